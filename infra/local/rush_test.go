package local_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callsheet/callsheet/infra/journey"
	"github.com/callsheet/callsheet/infra/local"
	"github.com/callsheet/callsheet/infra/local/ses"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/store"
)

// crowd are n pros of two languages and three zones.
func crowd(n int) []journey.Profile {
	var pros []journey.Profile
	for i := range n {
		id := fmt.Sprintf("rush-%04d", i)
		pros = append(pros, journey.Profile{
			Subject: id, Name: "Rusher Nº" + id, Email: id + "@pro.example.com", Roles: []string{"pro"},
			Language: []string{"en", "es"}[i%2], Zone: []string{"Europe/Madrid", "Asia/Tokyo", "America/Bogota"}[i%3],
		})
	}
	return pros
}

// register puts them into the directory, a hundred in a commit.
func (tn *town) register(people []journey.Profile) {
	tn.t.Helper()
	db := tn.store()
	for some := range slices.Chunk(people, 100) {
		var c store.Change
		for _, p := range some {
			c.Records = append(c.Records, party.Profile{
				ID: p.Subject, Version: 1, Active: true, Roles: []lifecycle.Role{party.Pro},
				Contact: party.Contact{Name: p.Name, Email: p.Email, Language: p.Language, Zone: p.Zone},
			})
		}
		tn.must(db.Commit(tn.t.Context(), c))
	}
}

// atOnce calls do for 0 to n-1, 64 at a time.
func atOnce(n int, do func(i int)) {
	var wg sync.WaitGroup
	free := make(chan struct{}, 64)
	for i := range n {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			do(i)
		})
	}
	wg.Wait()
}

func TestRush(t *testing.T) {
	people := crowd(1000)
	tn := open(t, func(c *local.Config) { c.Personas = append(c.Personas, local.Personas(people)...) })
	tn.register(people)
	pros := make([]*journey.Person, len(people))
	atOnce(len(pros), func(i int) {
		p, err := tn.world.As(people[i].Subject)
		if err != nil {
			t.Error(err)
		}
		pros[i] = p
	})
	for _, seats := range []int{1, 10} {
		t.Run(fmt.Sprintf("gives %d of 1,000 pros who accept at once a seat and tells the others the truth (F11)", seats), func(t *testing.T) {
			tn.in(t).rush(pros, people, seats)
		})
	}
	tn.sound()
}

func (tn *town) rush(pros []*journey.Person, people []journey.Profile, seats int) {
	t := tn.t
	project := tn.project(map[string]any{"type": "contest", "seats": seats})
	var invitations []string
	for some := range slices.Chunk(people, 25) {
		var ids []string
		for _, p := range some {
			ids = append(ids, p.Subject)
		}
		invitations = append(invitations, tn.invite(project, ids...)...)
	}
	tn.pass(0)
	told := len(tn.mails("filled"))
	terms := tn.terms(people[0].Subject, invitations[0])

	answers := make([]journey.Answer, len(pros))
	began := time.Now()
	atOnce(len(pros), func(i int) {
		a, err := pros[i].Post("/v1/invitations/"+invitations[i]+"/accept", terms)
		if err != nil {
			t.Error(err)
		}
		answers[i] = a
	})
	took := time.Since(began)
	t.Logf("%d accepts for %d seats in %s: %.0f a second", len(pros), seats, took.Round(time.Millisecond), float64(len(pros))/took.Seconds())

	winners := map[string]bool{}
	for i, a := range answers {
		if a.Status == http.StatusCreated {
			winners[people[i].Email] = true
			continue
		}
		truthful(t, a, tn.Clock.Now(), seats)
	}
	equal(t, "winners", len(winners), seats)
	mails := tn.mails("filled")
	digests(t, mails[:len(mails)-told], people, winners)
}

// truthful holds a loser's answer to what is true, and to nothing about anybody else.
func truthful(t *testing.T, a journey.Answer, filled time.Time, seats int) {
	t.Helper()
	var body named
	if err := json.Unmarshal(a.Body, &body); err != nil || a.Status != http.StatusConflict || body.Code != "already-taken" {
		t.Errorf("a loser is told %d %s", a.Status, a.Body)
		return
	}
	n := fmt.Sprint(seats)
	at := filled.Format("2006-01-02T15:04:05.000Z07:00")
	if body.Facts["filledAt"] != at || body.Facts["seats"] != n || body.Facts["taken"] != n || body.Facts["notifiedAt"] != at {
		t.Errorf("a loser is told the facts %v", body.Facts)
	}
	if strings.Contains(string(a.Body), "rush-") || strings.Contains(string(a.Body), "Rusher") {
		t.Errorf("a loser is told who else is there: %s", a.Body)
	}
}

// digests holds the mails to the losers: one each, to at most fifty who share language and zone, naming nobody.
func digests(t *testing.T, mails []ses.Message, people []journey.Profile, winners map[string]bool) {
	t.Helper()
	byEmail := map[string]journey.Profile{}
	for _, p := range people {
		byEmail[p.Email] = p
	}
	heard := map[string]int{}
	for _, m := range mails {
		if len(m.Recipients) > 50 {
			t.Errorf("one mail goes to %d people", len(m.Recipients))
		}
		first := byEmail[m.Recipients[0]]
		for _, r := range m.Recipients {
			heard[r]++
			if p := byEmail[r]; p.Language != first.Language || p.Zone != first.Zone {
				t.Errorf("%s of %s/%s shares a mail with %s/%s", r, p.Language, p.Zone, first.Language, first.Zone)
			}
		}
		if said := fmt.Sprint(m.Header, m.Subject, m.Text, m.HTML); strings.Contains(said, "rush-") || strings.Contains(said, "Rusher") {
			t.Errorf("a digest names somebody: %s", said)
		}
	}
	for _, p := range people {
		want := 1
		if winners[p.Email] {
			want = 0
		}
		if heard[p.Email] != want {
			t.Errorf("%s gets %d digests, want %d", p.Email, heard[p.Email], want)
		}
	}
	t.Logf("%d digests for %d losers", len(mails), len(people)-len(winners))
}

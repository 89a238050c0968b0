package main

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/callsheet/callsheet/infra/journey"
	"github.com/callsheet/callsheet/infra/local"
	"github.com/callsheet/callsheet/infra/local/dynamodb"
)

// The counted budget: what one whole project costs, from draft to credit. Counts do not depend on the machine.

// limits are the product's promises for one project with twenty invited pros and one QC rejection.
var limits = []struct {
	what  string
	limit float64
	of    func(counted) float64
}{
	{"write units", 150, func(c counted) float64 { return c.WriteUnits }},
	{"read units", 30, func(c counted) float64 { return c.ReadUnits }},
	{"state transitions", 12, func(c counted) float64 { return float64(c.Transitions) }},
	{"mails", 25, func(c counted) float64 { return float64(c.Mails) }},
}

type counted struct {
	journey.Usage
	byFunction map[string]units
	byCall     map[string]units
}

type units struct {
	calls       int
	read, write float64
}

// meter counts DynamoDB calls by the function that made them. The sweep is left out: it runs by the clock, whether or
// not there are projects, and its cost is stated by itself.
type meter struct {
	mu    sync.Mutex
	calls []dynamodb.Call
}

func (m *meter) record(c dynamodb.Call) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = append(m.calls, c)
}

func (m *meter) reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = nil
}

const sweep = "callsheet-SweepFunction"

// project plays one project and counts it.
func project(cloud *local.Cloud, m *meter) (counted, error) {
	world := journey.New(cloud.URL)
	var pros []string
	for _, p := range benchPros() {
		pros = append(pros, p.Subject)
	}
	if err := world.Settle(benchPros()); err != nil {
		return counted{}, err
	}
	before, err := world.Usage()
	if err != nil {
		return counted{}, err
	}
	m.reset()
	if err := lean(world, pros); err != nil {
		return counted{}, err
	}
	after, err := world.Usage()
	if err != nil {
		return counted{}, err
	}
	c := counted{byFunction: map[string]units{}, byCall: map[string]units{}, Usage: journey.Usage{
		Requests: after.Requests - before.Requests, Transitions: after.Transitions - before.Transitions, Mails: after.Mails - before.Mails,
	}}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, call := range m.calls {
		for key, into := range map[string]map[string]units{call.AccessKeyID: c.byFunction, call.AccessKeyID + " " + call.Operation: c.byCall} {
			u := into[key]
			into[key] = units{u.calls + 1, u.read + call.ReadUnits, u.write + call.WriteUnits}
		}
		if call.AccessKeyID != sweep {
			c.ReadUnits += call.ReadUnits
			c.WriteUnits += call.WriteUnits
		}
	}
	return c, nil
}

// benchPros are twenty pros more.
func benchPros() []journey.Profile {
	var pros []journey.Profile
	for i := range 20 {
		subject := fmt.Sprintf("bench-%03d", i)
		pros = append(pros, journey.Profile{
			Subject: subject, Name: fmt.Sprintf("Pro Number %d", i), Email: subject + "@pro.example.com", Language: "en", Zone: "Europe/Madrid", Roles: []string{"pro"},
		})
	}
	return pros
}

// lean is one project without a look more than it takes: every call of it changes something, but for the pro's look at
// the invitation and the client's at the delivery.
func lean(world *journey.World, pros []string) error {
	people := map[string]*journey.Person{}
	for _, subject := range []string{"client", "agent", "qc", pros[0]} {
		p, err := world.As(subject)
		if err != nil {
			return err
		}
		people[subject] = p
	}
	client, agent, qc, pro := people["client"], people["agent"], people["qc"], people[pros[0]]
	now, err := world.Now()
	if err != nil {
		return err
	}
	var made struct{ ID string }
	if err := posted(client, "/v1/projects", http.StatusCreated, map[string]any{
		"type": "speedy", "category": "translation", "title": "Audio guide, English to Spanish", "brief": "Forty short texts. Keep the warm tone.",
		"reward": map[string]string{"amount": "120.00", "currency": "USD"}, "deliverBy": now.Add(5 * 24 * time.Hour).Format(time.RFC3339), "publish": true,
	}, &made); err != nil {
		return err
	}
	guests := []map[string]any{}
	for i, p := range pros {
		guests = append(guests, map[string]any{"pro": p, "reward": map[string]string{"amount": fmt.Sprintf("%d.00", 100+i), "currency": "USD"}})
	}
	var round struct{ Invitations []struct{ ID string } }
	if err := posted(agent, "/v1/projects/"+made.ID+"/invitations", http.StatusCreated, map[string]any{"invitations": guests}, &round); err != nil {
		return err
	}
	if _, err := world.Advance(0); err != nil {
		return err
	}
	invitation := "/v1/invitations/" + round.Invitations[0].ID
	answer, err := pro.Get(invitation)
	if err != nil {
		return err
	}
	var seen struct{ Terms struct{ Version string } }
	if err := answer.Into(http.StatusOK, &seen); err != nil {
		return err
	}
	if err := posted(pro, invitation+"/accept", http.StatusCreated, map[string]string{"terms": seen.Terms.Version}, &made); err != nil {
		return err
	}
	return finish(world, pro, qc, client, "/v1/assignments/"+made.ID, made.ID)
}

// finish takes an assignment through one rejection, approval, the client's yes and the hold.
func finish(world *journey.World, pro, qc, client *journey.Person, path, id string) error {
	for version, verdict := range []struct {
		path string
		body any
	}{{"/revision", map[string]any{"comments": []string{"Text 7: the year is missing."}}}, {"/pass", nil}} {
		upload, err := pro.Upload(id, fmt.Sprintf("guide v%d.docx", version+1), []byte("forty texts"))
		if err != nil {
			return err
		}
		if err := posted(pro, path+"/submit", http.StatusOK, map[string]any{"uploads": []string{upload}}, nil); err != nil {
			return err
		}
		if err := posted(qc, path+"/claim", http.StatusOK, nil, nil); err != nil {
			return err
		}
		if err := posted(qc, path+verdict.path, http.StatusOK, verdict.body, nil); err != nil {
			return err
		}
	}
	if err := posted(client, path+"/approve", http.StatusOK, nil, nil); err != nil {
		return err
	}
	_, err := world.Advance(31 * 24 * time.Hour)
	return err
}

func posted(p *journey.Person, path string, status int, body, out any) error {
	answer, err := p.Post(path, body)
	if err != nil {
		return err
	}
	if err := answer.Into(status, out); err != nil {
		return fmt.Errorf("POST %s: %w", path, err)
	}
	return nil
}

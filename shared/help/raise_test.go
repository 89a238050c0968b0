package help_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

func TestRaise(t *testing.T) {
	t.Run("is in the queue at once, with a promise and everything that the team needs — R1 R6 R7 R8 R9 R22", func(t *testing.T) {
		w := newWorld(t)
		f := w.raised()
		if f.Progress.State != help.Open || !f.AnswerBy.Equal(noon.Add(12*time.Hour)) {
			t.Errorf("got %+v", f)
		}
		queue, err := w.Queue(t.Context(), agent, help.QueueFilter{}, 10, nil)
		must(t, err)
		if len(queue.Items) != 1 || queue.Items[0].Ref() != f.Ref() {
			t.Errorf("queue %+v", queue.Items)
		}
		raised := w.last().Facts[0].(help.FlagRaised)
		if raised.Snapshot.Brief != "Two minutes of film." || raised.Comment != "Two days, please." || raised.Flag.InCharge != agent.ID || !w.last().Outbox {
			t.Errorf("got %+v", raised)
		}
	})
	t.Run("takes every reason of the catalogue, and words where the reason is not enough — R11 R12 R13 R14 R15 R16 R17 A7", func(t *testing.T) {
		for _, o := range help.Reasons() {
			w := newWorld(t)
			_, err := w.raise(ana, o.Reason, "")
			if o.NeedsComment {
				refusedAt(t, err, "/comment")
				_, err = w.raise(ana, o.Reason, "  \n")
				refusedAt(t, err, "/comment")
				_, err = w.raise(ana, o.Reason, "The door is locked.")
			}
			must(t, err)
		}
		w := newWorld(t)
		w.unchanged(func() {
			_, err := w.raise(ana, "bored", "So bored.")
			refusedAt(t, err, "/reason")
		})
	})
	t.Run("is refused for somebody else's project and for one that is over, and changes nothing", func(t *testing.T) {
		w := newWorld(t)
		w.unchanged(func() {
			_, err := w.Raise(t.Context(), w.ask(ana), "not mine", help.Call{Reason: help.MoreTime})
			refused(t, err, problem.CodeNotFound)
			w.closed = problem.New(problem.CodeStateChanged, "The work on this project is done.")
			_, err = w.raise(ana, help.MoreTime, "")
			refused(t, err, problem.CodeStateChanged)
		})
	})
	t.Run("for the same reason while one is open adds a comment to that one — A6", func(t *testing.T) {
		w := newWorld(t)
		first := w.raised()
		again, err := w.raise(ana, help.MoreTime, "Or one.")
		must(t, err)
		if again.Flag.ID != first.ID || !again.Added || !slices.Equal(w.facts(first.ID), []string{"flag.raised", "flag.commented"}) {
			t.Errorf("got %+v, %v", again, w.facts(first.ID))
		}
		if !again.Flag.AnswerBy.Equal(first.AnswerBy) {
			t.Errorf("the promise moved to %s", again.Flag.AnswerBy)
		}
		for _, else_ := range []struct {
			by     party.Actor
			reason help.Reason
		}{{ana, help.HigherReward}, {ben, help.MoreTime}} {
			held, err := w.raise(else_.by, else_.reason, "")
			must(t, err)
			if held.Added || held.Flag.ID == first.ID {
				t.Errorf("%+v was added to %s", else_, first.ID)
			}
		}
		must(t, w.resolve(agent, first.ID, answered("Take two.")))
		if held, err := w.raise(ana, help.MoreTime, "One more."); err != nil || held.Added {
			t.Errorf("after resolution: %+v, %v", held, err)
		}
	})
	t.Run("for the same reason while the one before is being resolved is a flag of its own, and no conflict — A6", func(t *testing.T) {
		w := newWorld(t)
		first := w.raised()
		meanwhile := []func(){
			func() { // so that it is decided again, on what is read fresh
				_, err := w.Comment(t.Context(), w.ask(ana), first.ID, help.Call{Comment: "Please."})
				must(t, err)
			},
			func() { must(t, w.resolve(agent, first.ID, answered("Take two."))) },
		}
		busy := false
		w.Service.Store = interrupted{w.mem, func(ref store.Ref) {
			if ref.Kind == store.Asker && !busy && len(meanwhile) > 0 {
				busy = true
				meanwhile[0]()
				busy, meanwhile = false, meanwhile[1:]
			}
		}}
		held, err := w.raise(ana, help.MoreTime, "One more.")
		must(t, err)
		if asker := latest[help.Asker](w.mem)[0]; held.Added || held.Flag.ID == first.ID || len(asker.Open) != 1 || asker.Open[0].Flag != held.Flag.ID {
			t.Errorf("got %+v, %+v", held.Flag, asker)
		}
	})
	t.Run("by one pro fifteen at once for one reason makes one flag, and loses no comment — A6", func(t *testing.T) {
		w := newWorld(t)
		var all sync.WaitGroup
		for n := range 15 {
			all.Go(func() {
				if _, err := w.raise(ana, help.MissingAssets, fmt.Sprint(n)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if flags := latest[help.Flag](w.mem); len(flags) != 1 || len(w.facts(flags[0].ID)) != 15 {
			t.Errorf("%d flags", len(flags))
		}
	})
	t.Run("more often than the policy's hour allows is refused until the oldest is an hour old, however many at once — B112", func(t *testing.T) {
		w := newWorld(t)
		var mu sync.Mutex
		codes := map[string]int{}
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				_, err := w.raise(ana, help.Other, "Help!")
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					codes[string(problem.As(err).Code)]++
				} else {
					codes["ok"]++
				}
			})
		}
		all.Wait()
		lost := codes["unavailable"] // lost more races than anybody waits for
		if codes["ok"]+codes["rate-limited"]+lost != 50 || codes["ok"] > numbers.PerHour {
			t.Errorf("got %v", codes)
		}
		for n := codes["ok"]; n < numbers.PerHour; n++ {
			_, err := w.raise(ana, help.Other, "Help!")
			must(t, err)
		}
		for _, edge := range edges {
			w.now = noon.Add(time.Hour + edge.by)
			_, err := w.raise(ana, help.Other, "Help "+edge.name)
			if edge.passed {
				must(t, err)
				continue
			}
			refused(t, err, problem.CodeRateLimited)
			if wait := problem.As(err).Wait; wait != ms {
				t.Errorf("%s: wait %s", edge.name, wait)
			}
		}
		if _, err := w.raise(ben, help.Other, "Me too."); err != nil {
			t.Errorf("another pro: %v", err)
		}
	})
	t.Run("takes files of any kind that their pro announced, and nobody else's", func(t *testing.T) {
		w := newWorld(t)
		w.files[help.FileKey(help.FolderOf(ana), "fil_1")] = help.File{Name: "a b.exe", Size: 7}
		call := help.Call{Reason: help.MissingAssets, Uploads: []string{"fil_1"}}
		w.unchanged(func() {
			_, err := w.Raise(t.Context(), w.ask(ben), "prj_1", call)
			refused(t, err, problem.CodeUploadMissing)
			_, err = w.Raise(t.Context(), w.ask(ana), "prj_1", help.Call{Reason: help.MissingAssets, Uploads: []string{"fil_1", "fil_1"}})
			refusedAt(t, err, "/uploads/1")
			_, err = w.Raise(t.Context(), w.ask(ana), "prj_1", help.Call{Reason: help.MissingAssets, Uploads: make([]string, 11)})
			refusedAt(t, err, "/uploads")
		})
		_, err := w.Raise(t.Context(), w.ask(ana), "prj_1", call)
		must(t, err)
		got := w.last().Facts[0].(help.FlagRaised).Files
		if diff := cmp.Diff([]help.File{{ID: "fil_1", Folder: help.FolderOf(ana), Name: "a b.exe", Size: 7}}, got); diff != "" || len(w.kept) != 1 {
			t.Errorf("kept %v: %s", w.kept, diff)
		}
	})
	t.Run("from the old system is in the same queue under the same promise, known by its reference alone — R18 R21 R22 R23", func(t *testing.T) {
		w := newWorld(t)
		_, err := w.RaiseOld(t.Context(), w.ask(ana), "OLD-77", "The length is missing.")
		must(t, err)
		f := latest[help.Flag](w.mem)[0]
		if f.Subject.Reference != "OLD-77" || f.Subject.Relation() != "old_system" || !f.AnswerBy.Equal(noon.Add(12*time.Hour)) {
			t.Errorf("got %+v", f)
		}
		w.unchanged(func() {
			_, err := w.RaiseOld(t.Context(), w.ask(ana), "OLD-77", " ")
			refusedAt(t, err, "/text")
		})
		must(t, w.did(w.Claim, agent, f.ID))
		w.unchanged(func() {
			refused(t, w.askClient(agent, f.ID), problem.CodeStateChanged)
			refused(t, w.resolve(agent, f.ID, help.Outcome{Kind: help.DeadlineExtended, Text: "Two days.", To: noon.AddDate(0, 0, 2)}), problem.CodeStateChanged)
		})
		must(t, w.resolve(agent, f.ID, answered("Two minutes.")))
		if len(w.relief) != 0 {
			t.Errorf("the work was touched: %+v", w.relief)
		}
	})
	t.Run("once, however often it is sent", func(t *testing.T) {
		w := newWorld(t)
		send := func() error {
			ask := w.ask(ana)
			ask.Once = store.Once{ID: "one", Fingerprint: "f", Keep: time.Hour}
			_, err := w.Raise(t.Context(), ask, "prj_1", help.Call{Reason: help.MoreTime})
			return err
		}
		must(t, send())
		w.unchanged(func() {
			if err := send(); !errors.As(err, new(*store.Answered)) {
				t.Errorf("got %v", err)
			}
		})
	})
}

func TestSnapshot(t *testing.T) {
	long := strings.Repeat("x", 600)
	s := help.Snapshot{Versions: []help.Version{{Number: 1, Comment: long, QC: []string{long, long}}, {Number: 2, Comment: "new", QC: []string{"short", long}}}, History: make([]help.Line, 9)}
	t.Run("keeps the newest comments whole and counts what it leaves out — R7 R9", func(t *testing.T) {
		got := s.Bounded(1000)
		if len(got.Versions[1].QC) != 2 || got.Versions[1].Comment != "new" || len(got.Versions[0].QC) != 0 || got.LeftOut != 3+9 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("is whole where there is room, and the original stays as it is", func(t *testing.T) {
		if got := s.Bounded(1 << 20); !cmp.Equal(got, s) || len(s.Versions[0].QC) != 2 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestReasons(t *testing.T) {
	t.Run("are the seven of the source and one for all else, each with what it leads to in both languages — R11 R12 R13 R14 R15 R16 R17 A7", func(t *testing.T) {
		if len(help.Reasons()) != 8 {
			t.Errorf("%d reasons", len(help.Reasons()))
		}
		for _, o := range help.Reasons() {
			for _, language := range party.Languages() {
				if w := o.Words[language]; w.Title == "" || w.Next == "" {
					t.Errorf("%s has no words in %s", o.Reason, language)
				}
			}
			if !slices.Contains(o.Outcomes, help.ByAnswer) || !slices.Contains(o.Outcomes, help.Declined) || o.Usually <= 0 || o.Rules == "" {
				t.Errorf("got %+v", o)
			}
		}
	})
	t.Run("are read in English where a language is missing", func(t *testing.T) {
		if o := help.Reasons()[0]; o.In("fr") != o.Words["en"] {
			t.Errorf("got %+v", o.In("fr"))
		}
	})
}

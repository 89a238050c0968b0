package page_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/store"
)

// old is a pro's link from a project of the old system, good for a day from the beginning.
func (w *world) old(pro string) string {
	w.t.Helper()
	path, err := w.pages.Links.Legacy(w.t.Context(), "OLD-77", pro, noon.Add(24*time.Hour))
	if err != nil {
		w.t.Fatal(err)
	}
	return path
}

// tells submits words on that page.
func (w *world) tells(pro, text string) handler.Response {
	w.t.Helper()
	return w.post(w.old(pro), url.Values{"text": {text}}.Encode())
}

// flags lists those that wait for the team.
func (w *world) flags(t *testing.T) []help.Flag {
	t.Helper()
	page, err := w.store.Waiting(t.Context(), store.Flags, 100, nil)
	if err != nil {
		t.Fatal(err)
	}
	var flags []help.Flag
	for _, r := range page.Items {
		flags = append(flags, r.(help.Flag))
	}
	return flags
}

// asksHelp is a request of somebody of the team's about a flag.
func (w *world) asksHelp(by party.Actor) help.Request {
	return help.Request{By: by, Channel: "http", Now: w.clock.Now(), Answer: func(any) (store.Reply, error) { return store.Reply{}, nil }}
}

func (w *world) resolve(t *testing.T, f help.Flag) {
	t.Helper()
	w.did(w.pages.Help.Resolve(t.Context(), w.asksHelp(agent), f.ID, help.Outcome{Kind: help.ByAnswer, Text: "Two minutes."}, nil))
}

func TestOldSystem(t *testing.T) {
	t.Run("asks under Additional Instructions, and looking changes nothing — R18 R19", func(t *testing.T) {
		w := newWorld(t, brief())
		path := w.old("ann")
		w.unchanged(t, func() {
			says(t, w.get(path), http.StatusOK, "Additional Instructions", "wrong or confusing", "OLD-77", "<textarea", `method="post"`)
			if r := w.visit("HEAD", path); r.StatusCode != http.StatusOK || r.Body != "" {
				t.Errorf("got %d %s", r.StatusCode, r.Body)
			}
		})
	})
	t.Run("puts what is submitted into the same queue under the same promise, and says until when — R21 R22 R23", func(t *testing.T) {
		w := newWorld(t, brief())
		done(t, w.tells("ann", "The length is missing.\r\nOr is it?"), w.old("ann"))
		flags := w.flags(t)
		if len(flags) != 1 || flags[0].Subject.Reference != "OLD-77" || flags[0].Subject.Pro != "ann" || !flags[0].AnswerBy.Equal(noon.Add(12*time.Hour)) {
			t.Fatalf("got %+v", flags)
		}
		says(t, w.get(w.old("ann")), http.StatusOK, "Our team has your question", "Monday 2 November 2026, 00:00")
	})
	t.Run("takes a second press of the button as the first, and more words as a comment — A6", func(t *testing.T) {
		w := newWorld(t, brief())
		for _, text := range []string{"The length?", "The length?", "And the voice?"} {
			done(t, w.tells("ann", text), w.old("ann"))
		}
		flags := w.flags(t)
		if len(flags) != 1 || flags[0].Version != 2 {
			t.Errorf("got %+v", flags)
		}
	})
	t.Run("takes the same words once more, when what they had asked is resolved — R21 R22", func(t *testing.T) {
		w := newWorld(t, brief())
		for n := range 3 {
			for range 2 {
				done(t, w.tells("ann", "The length?"), w.old("ann"))
			}
			flags := w.flags(t)
			if len(flags) != 1 || flags[0].Version != 1 {
				t.Fatalf("time %d: %+v", n+1, flags)
			}
			w.resolve(t, flags[0])
		}
	})
	t.Run("says what is so: that somebody has answered, or that we are late — R23 A8", func(t *testing.T) {
		w := newWorld(t, brief())
		done(t, w.tells("ann", "The length?"), w.old("ann"))
		w.advance(12*time.Hour - time.Millisecond)
		says(t, w.get(w.old("ann")), http.StatusOK, "A person answers you by")
		w.advance(time.Millisecond)
		says(t, w.get(w.old("ann")), http.StatusOK, "We promised you an answer by Monday 2 November 2026, 00:00", "are late")
		w.did(w.pages.Help.Reply(t.Context(), w.asksHelp(agent), w.flags(t)[0].ID, "Two minutes."))
		answered := w.get(w.old("ann"))
		says(t, answered, http.StatusOK, "Our team has answered you")
		if strings.Contains(answered.Body, "2 November") {
			t.Errorf("still promises: %s", answered.Body)
		}
	})
	t.Run("refuses what says nothing, is too long, or is no form, and changes nothing", func(t *testing.T) {
		w := newWorld(t, brief())
		path := w.old("ann")
		w.unchanged(t, func() {
			for name, form := range map[string]string{
				"nothing": "text=", "blanks": "text=+++", "no field": "", "another field": "text=a&b=c", "twice": "text=a&text=b", "control characters": "text=a%00b",
				"too long": "text=" + strings.Repeat("x", 2001),
			} {
				if r := w.post(path, form); r.StatusCode != http.StatusUnprocessableEntity {
					t.Errorf("%s: %d", name, r.StatusCode)
				}
			}
		})
	})
	t.Run("shows what people write as text only", func(t *testing.T) {
		w := newWorld(t, brief())
		done(t, w.tells("ann", "</textarea><script>alert(1)</script>"), w.old("ann"))
		if body := w.get(w.old("ann")).Body; strings.Contains(body, "<script") {
			t.Error(body)
		}
	})
	t.Run("refuses words without end with the time to wait — B112", func(t *testing.T) {
		w := newWorld(t, brief())
		for n := range policy.Editions().Current().Help.PerHour {
			done(t, w.tells("ann", strings.Repeat("x", n+1)), w.old("ann"))
		}
		w.unchanged(t, func() {
			r := w.tells("ann", "One more.")
			says(t, r, http.StatusTooManyRequests, "within the last hour", ">One more.</textarea>") // their words are not lost
			if r.Headers["retry-after"] != "3600" {
				t.Errorf("retry after %q", r.Headers["retry-after"])
			}
		})
	})
}

func TestOldLinks(t *testing.T) {
	w := newWorld(t, brief())
	path := w.old("ann")
	parts := strings.Split(path, "/")
	with := func(n int, value string) string {
		changed := append([]string(nil), parts...)
		changed[n] = value
		return strings.Join(changed, "/")
	}
	w.unchanged(t, func() {
		for name, p := range map[string]string{
			"for another reference":    with(2, "OLD-78"),
			"for another pro":          with(3, "eva"),
			"that would last longer":   with(4, "1999999999"),
			"without an instant":       with(4, "soon"),
			"cut":                      path[:len(path)-1],
			"with a letter more":       path + "A",
			"of an invitation":         with(5, strings.Split(w.links["ann"], "/")[3]),
			"with a reference of dots": with(2, ".."),
		} {
			t.Run("B94 one "+name+" is 404", func(t *testing.T) {
				says(t, w.get(p), http.StatusNotFound, "This link leads nowhere")
				says(t, w.post(p, "text=Help."), http.StatusNotFound, "This link leads nowhere")
			})
		}
	})
	t.Run("B49 one whose pro is not active any more is refused", func(t *testing.T) {
		w.put(pros[0], false)
		says(t, w.get(path), http.StatusForbidden, "not active")
		says(t, w.post(path, "text=Help."), http.StatusForbidden, "not active")
		w.put(pros[0], true)
	})
	for _, edge := range []struct {
		name   string
		at     time.Duration
		status int
	}{{"1 ms before its end is good", 24*time.Hour - time.Millisecond, http.StatusOK}, {"at its very end is gone", 24 * time.Hour, http.StatusGone}, {"after its end is gone", 24*time.Hour + time.Millisecond, http.StatusGone}} {
		t.Run("B93 one "+edge.name, func(t *testing.T) {
			w := newWorld(t, brief())
			w.advance(edge.at)
			says(t, w.get(w.old("ann")), edge.status)
			if edge.status == http.StatusGone {
				w.unchanged(t, func() { says(t, w.tells("ann", "Help."), edge.status, "This link has expired") })
			}
		})
	}
}

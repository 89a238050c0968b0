package page_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/project"
)

var update = flag.Bool("update", false, "write the pages into testdata")

// TestGolden holds every page in both languages; testdata can be opened in a browser.
func TestGolden(t *testing.T) {
	reader := map[string]string{"en": "ann", "es": "eva"}
	for name, answer := range map[string]func(w *world, pro string) handler.Response{
		"open":          func(w *world, pro string) handler.Response { return w.get(w.links[pro]) },
		"terms-changed": func(w *world, pro string) handler.Response { return w.post(w.links[pro], "do=accept&terms=old") },
		"accepted":      func(w *world, pro string) handler.Response { w.press(pro, "accept"); return w.get(w.links[pro]) },
		"declined":      func(w *world, pro string) handler.Response { w.press(pro, "decline"); return w.get(w.links[pro]) },
		"filled":        func(w *world, pro string) handler.Response { takenByCem(w); return w.get(w.links[pro]) },
		"waiting": func(w *world, pro string) handler.Response {
			takenByCem(w)
			w.press(pro, "watch")
			return w.get(w.links[pro])
		},
		"reopened": func(w *world, pro string) handler.Response {
			takenByCem(w)
			w.press(pro, "watch")
			freed(w)
			return w.get(w.links[pro])
		},
		"left": func(w *world, pro string) handler.Response {
			w.press(pro, "accept")
			w.did(w.pages.Jobs.TakeBack(w.t.Context(), w.ask(agent, nil), w.seats()[0].Assignment, "We could not reach you."))
			return w.get(w.links[pro])
		},
		"proofreading": func(w *world, pro string) handler.Response {
			takenByCem(w)
			proofread(w)
			return w.get(w.links[pro])
		},
		"proofreading-accepted": func(w *world, pro string) handler.Response {
			takenByCem(w)
			proofread(w)
			w.press(pro, "accept")
			return w.get(w.links[pro])
		},
		"own-work":  func(w *world, pro string) handler.Response { return w.get(ownWork(w, pro)) },
		"withdrawn": func(w *world, pro string) handler.Response { withdrawn(w); return w.get(w.links[pro]) },
		"cancelled": func(w *world, pro string) handler.Response { cancelled(w); return w.get(w.links[pro]) },
		"expired":   func(w *world, pro string) handler.Response { expired(w); return w.get(w.links[pro]) },
		"old":       func(w *world, pro string) handler.Response { return w.get(w.old(pro)) },
		"old-sent":  func(w *world, pro string) handler.Response { w.tells(pro, "The length?"); return w.get(w.old(pro)) },
		"no-such-link": func(w *world, pro string) handler.Response {
			return w.visit("GET", "/invitations/x/y", func(r *handler.Request) { r.Headers["accept-language"] = w.language(pro) })
		},
		"not-active": func(w *world, pro string) handler.Response {
			for _, p := range pros {
				w.put(p, false)
			}
			return w.visit("GET", w.links[pro], func(r *handler.Request) { r.Headers["accept-language"] = w.language(pro) })
		},
	} {
		for language, pro := range reader {
			t.Run(name+" reads well in "+language, func(t *testing.T) {
				w := newWorld(t, brief())
				w.advance(90 * time.Minute)
				got, file := answer(w, pro).Body, filepath.Join("testdata", name+"."+language+".html")
				if *update {
					if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("run with -update if this is meant:\n%s", diff)
				}
			})
		}
	}
}

func (w *world) language(pro string) string {
	for _, p := range pros {
		if p.ID == pro {
			return p.Contact.Language
		}
	}
	return ""
}

const canary = "</title><script>alert(1)</script>\" onload='x' & \r\nSet-Cookie: a=b \u202e"

// TestEscaping puts markup into everything that people write, in every state, and finds it only as text.
func TestEscaping(t *testing.T) {
	hostile := brief(func(b *project.Brief) {
		b.Title, b.Text = "title"+canary, "brief"+canary
		b.Assets = []project.Asset{
			{Name: "web" + canary, URL: "https://client.example.com/?q=" + canary}, {Name: "script" + canary, URL: "javascript:alert(1)"},
			{Name: "data" + canary, URL: "data:text/html,<script>alert(1)</script>"}, {Name: "plain", URL: `https://client.example.com/" onmouseover="alert(1)`},
		}
	})
	for name, come := range map[string]func(*world){
		"open": func(*world) {}, "accepted": func(w *world) { w.press("ann", "accept") }, "taken": takenByCem, "withdrawn": withdrawn, "cancelled": cancelled, "expired": expired,
	} {
		t.Run("an invitation that is "+name+" shows markup as text", func(t *testing.T) {
			w := newWorld(t, hostile)
			come(w)
			for _, r := range []handler.Response{w.get(w.links["ann"]), w.post(w.links["ann"], "do="+canary+"&terms="+canary)} {
				says(t, r, r.StatusCode, "title&lt;/title&gt;&lt;script&gt;")
				for _, bad := range []string{"<script", `" on`, "' on", `href="javascript:`, `href="data:`} {
					if strings.Contains(r.Body, bad) {
						t.Errorf("%q in %s", bad, r.Body)
					}
				}
				for header, value := range r.Headers {
					if strings.ContainsAny(value, "\r\n") || strings.Contains(value, "alert") {
						t.Errorf("%s: %q", header, value)
					}
				}
			}
		})
	}
}

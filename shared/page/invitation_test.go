package page_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// takenByCem, withdrawn, cancelled and expired are what may come between a mail and its reader.
func takenByCem(w *world) { w.t.Helper(); done(w.t, w.press("cem", "accept"), w.links["cem"]) }
func expired(w *world)    { w.t.Helper(); w.advance(72 * time.Hour) }
func withdrawn(w *world) {
	w.t.Helper()
	for _, id := range w.invited {
		w.did(w.pages.Jobs.Withdraw(w.t.Context(), w.ask(agent, nil), id))
	}
}
func cancelled(w *world) {
	w.t.Helper()
	w.did(w.pages.Jobs.Cancel(w.t.Context(), w.ask(client, nil), w.project, "no longer needed"))
}

func TestShow(t *testing.T) {
	for name, row := range map[string]struct {
		come  func(*world)
		times int
	}{"open": {func(*world) {}, 100}, "taken": {takenByCem, 5}, "expired": {expired, 5}, "withdrawn": {withdrawn, 5}, "cancelled": {cancelled, 5}} {
		t.Run(fmt.Sprintf("B92 I29 %d GETs, HEADs and prefetches of an invitation that is %s change nothing", row.times, name), func(t *testing.T) {
			w := newWorld(t, brief())
			row.come(w)
			w.unchanged(t, func() {
				for range row.times {
					says(t, w.get(w.links["ann"]), http.StatusOK, "Museum audio guide")
					says(t, w.visit("GET", w.links["eva"], func(r *handler.Request) { r.Headers["sec-purpose"] = "prefetch" }), http.StatusOK, "Museum audio guide")
					if head := w.visit("HEAD", w.links["ann"]); head.StatusCode != http.StatusOK || head.Body != "" {
						t.Errorf("HEAD gives %d %q", head.StatusCode, head.Body)
					}
				}
			})
		})
	}
	t.Run("R53 the reward stands beside the accept button, and it is this pro's", func(t *testing.T) {
		w := newWorld(t, brief())
		says(t, w.get(w.links["ann"]), http.StatusOK, `<span class="reward">110.00 USD</span><button class="yes" name="do" type="submit" value="accept">Accept</button>`)
		says(t, w.get(w.links["eva"]), http.StatusOK, `<span class="reward">117.77 USD</span><button class="yes" name="do" type="submit" value="accept">Aceptar</button>`)
	})
	t.Run("R53 A13 so does what a contest leaves to who is not picked, where it is less than the reward", func(t *testing.T) {
		w := newWorld(t, brief(func(b *project.Brief) { b.Type, b.Seats = project.Contest, 2 }))
		if page := w.get(w.links["ann"]).Body; strings.Contains(page, "picks others") {
			t.Errorf("says so where it is all of it: %s", page)
		}
		book := policy.Editions()
		book[len(book)-1].NotPickedShare = 5_000
		w.pages.Jobs.Policies = book
		says(t, w.get(w.links["ann"]), http.StatusOK, "If the client picks others", "55.00 USD")
		says(t, w.get(w.links["eva"]), http.StatusOK, "Si el cliente elige a otros", "58.89 USD")
		says(t, w.press("ann", "accept"), http.StatusSeeOther)
		says(t, w.get(w.links["ann"]), http.StatusOK, "If the client picks others", "55.00 USD")
	})
	t.Run("a pro sees nothing of the others", func(t *testing.T) {
		w := newWorld(t, brief())
		for _, come := range []func(*world){func(*world) {}, takenByCem} {
			come(w)
			page := w.get(w.links["ann"]).Body
			for _, foreign := range []string{"117.77", "125.54", w.invited["eva"], w.invited["cem"], w.links["eva"], w.links["cem"], "Eva", "Cem", "@example.com", client.ID, "abel"} {
				if strings.Contains(page, foreign) {
					t.Errorf("%q in %s", foreign, page)
				}
			}
		}
	})
	t.Run("the page of the winner is no longer open to an answer and tells the assignment", func(t *testing.T) {
		w := newWorld(t, brief())
		done(t, w.press("ann", "accept"), w.links["ann"])
		page := w.get(w.links["ann"])
		says(t, page, http.StatusOK, "The work is yours", w.seats()[0].Assignment, "Museum audio guide", "Forty short texts")
		if strings.Contains(page.Body, "<form") {
			t.Error("it still has a form")
		}
	})
	t.Run("R53 A5 the page of the winner has the terms of the work, whatever the next ones are offered", func(t *testing.T) {
		w := newWorld(t, brief(func(b *project.Brief) { b.Type, b.Seats = project.Contest, 2 }))
		done(t, w.press("ann", "accept"), w.links["ann"])
		before := w.get(w.links["ann"]).Body
		until := w.clock.Now().AddDate(0, 3, 0)
		w.did(w.pages.Jobs.ExtendProject(w.t.Context(), w.ask(agent, nil), w.project, until, "Nobody was free."))
		if now := w.get(w.links["ann"]).Body; now != before {
			t.Errorf("it changed to %s", now)
		}
		says(t, w.get(w.links["eva"]), http.StatusOK, "febrero de 2027")
		w.did(w.pages.Jobs.ExtendDelivery(w.t.Context(), w.ask(agent, nil), w.seats()[0].Assignment, until, "The music came late."))
		says(t, w.get(w.links["ann"]), http.StatusOK, "February 2027")
	})
	t.Run("the loser's page tells the truth and neither brief nor what could be accepted (A21)", func(t *testing.T) {
		w := newWorld(t, brief())
		w.advance(time.Hour)
		takenByCem(w)
		page := w.get(w.links["ann"])
		says(t, page, http.StatusOK, "All seats are taken", "Sunday 1 November 2026, 13:00 (Europe/London, UTC+0)", "1 of 1 taken", "Sunday 1 November 2026, 12:00", "Nothing is wrong with your account or your access")
		for _, gone := range []string{`value="accept"`, `value="decline"`, "Forty short texts", "texts.zip"} {
			if strings.Contains(page.Body, gone) {
				t.Errorf("it still has %q", gone)
			}
		}
	})
	t.Run("a category that pays on the client's approval says so", func(t *testing.T) {
		w := newWorld(t, brief(func(b *project.Brief) { b.Category = "video" }))
		says(t, w.get(w.links["ann"]), http.StatusOK, "when the client approves your work")
	})
}

// waiting has Ann come too late and ask to be told; freed lets Cem give the seat up then.
func waiting(w *world) {
	w.t.Helper()
	takenByCem(w)
	done(w.t, w.press("ann", "watch"), w.links["ann"])
}
func freed(w *world) {
	w.t.Helper()
	w.did(w.pages.Jobs.GiveUp(w.t.Context(), w.ask(pros[2].Actor(), nil), w.seats()[0].Assignment, "I have fallen ill."))
}

// proofread offers the proofreading to Ann and Eva, whose links now lead to it.
func proofread(w *world) {
	w.t.Helper()
	terms := project.ProofreadingTerms{Reward: ledger.Money{Minor: 3500, Currency: "USD"}}
	w.did(w.pages.Jobs.OfferProofreading(w.t.Context(), w.ask(agent, func(outcome any) {
		round := outcome.(project.Proofread).Round
		for i, line := range round.Lines {
			w.leadTo(line.Pro, project.InvitationID(round.ID, i))
		}
	}), w.project, terms))
}

// ownWork is the link to a proofreading whose pro has taken the translation's seat since.
func ownWork(w *world, pro string) string {
	w.t.Helper()
	takenByCem(w)
	w.press(pro, "watch")
	proofread(w)
	link := w.links[pro]
	freed(w)
	p, err := store.Is[project.Project](w.store.Get(w.t.Context(), store.Ref{Kind: store.Project, ID: w.project}, store.Fresh))
	w.did(store.Reply{}, err)
	w.leadTo(pro, p.Watchers[0].Again)
	done(w.t, w.press(pro, "accept"), w.links[pro])
	return link
}

// leadTo makes an invitation the one that a pro's link leads to.
func (w *world) leadTo(pro, invitation string) {
	w.t.Helper()
	path, err := w.pages.Links.Invitation(w.t.Context(), invitation, pro)
	w.did(store.Reply{}, err)
	w.links[pro] = path
}

func TestProofreading(t *testing.T) {
	t.Run("is taken on the page, which says what it is (R32)", func(t *testing.T) {
		w := newWorld(t, brief())
		takenByCem(w)
		proofread(w)
		says(t, w.get(w.links["ann"]), http.StatusOK, "This is proofreading", "35.00 USD", "Proofreading: Museum audio guide")
		done(t, w.press("ann", "accept"), w.links["ann"])
		says(t, w.get(w.links["eva"]), http.StatusOK, "Ya no quedan plazas")
	})
	t.Run("of one's own work cannot be accepted, and is refused in so many words (R32)", func(t *testing.T) {
		w := newWorld(t, brief())
		link := ownWork(w, "ann")
		page := w.get(link)
		says(t, page, http.StatusOK, "nobody proofreads their own work")
		if strings.Contains(page.Body, `value="accept"`) {
			t.Errorf("offers to accept: %s", page.Body)
		}
		w.links["ann"] = link
		says(t, w.post(link, strings.Replace(w.form("ann", "decline"), "do=decline", "do=accept", 1)), http.StatusForbidden, "nobody proofreads their own work")
	})
}

func TestIfASeatReopens(t *testing.T) {
	t.Run("a pro who came too late asks to be told, takes it back and asks again, each time with effect (A21)", func(t *testing.T) {
		w := newWorld(t, brief())
		takenByCem(w)
		for range 2 {
			says(t, w.get(w.links["ann"]), http.StatusOK, "Tell me if a seat reopens")
			done(t, w.press("ann", "watch"), w.links["ann"])
			says(t, w.get(w.links["ann"]), http.StatusOK, "We tell you if a seat reopens", "Do not tell me")
			done(t, w.press("ann", "unwatch"), w.links["ann"])
		}
	})
	t.Run("the page leads to the new invitation, and from there the seat is won (A21)", func(t *testing.T) {
		w := newWorld(t, brief())
		waiting(w)
		freed(w)
		page := w.get(w.links["ann"])
		says(t, page, http.StatusOK, "A seat has reopened", "See the new invitation")
		_, rest, _ := strings.Cut(page.Body, `<a href="`)
		w.links["ann"], _, _ = strings.Cut(rest, `"`)
		done(t, w.press("ann", "accept"), w.links["ann"])
		says(t, w.get(w.links["cem"]), http.StatusOK, "This work is no longer yours")
	})
	for name, come := range map[string]func(*world){"open": func(*world) {}, "expired": expired, "withdrawn": withdrawn, "cancelled": cancelled} {
		t.Run("the pro of an invitation that is "+name+" does not wait for a seat, and nothing is changed", func(t *testing.T) {
			w := newWorld(t, brief())
			form := strings.Replace(w.form("ann", "accept"), "do=accept", "do=watch", 1)
			come(w)
			w.unchanged(t, func() {
				if r := w.post(w.links["ann"], form); r.StatusCode != http.StatusConflict && r.StatusCode != http.StatusGone {
					t.Errorf("answered %d", r.StatusCode)
				}
			})
		})
	}
}

func TestLinkThatIsNotGenuine(t *testing.T) {
	w := newWorld(t, brief())
	path := w.links["ann"]
	cut := strings.LastIndex(path, "/") + 1
	id, key := w.invited["ann"], path[cut:]
	paths := map[string]string{
		"cut":                       path[:len(path)-1],
		"with a letter more":        path + "A",
		"padded":                    path + "=",
		"without a key":             path[:cut],
		"in capitals":               path[:cut] + strings.ToUpper(key),
		"of another pro":            "/invitations/" + id + w.links["eva"][strings.LastIndex(w.links["eva"], "/"):],
		"of another invitation":     "/invitations/" + w.invited["eva"] + "/" + key,
		"of no line of the round":   "/invitations/" + id + "9/" + key,
		"of an unknown round":       "/invitations/inv_00000000000000000000000099-1/" + key,
		"of something else":         "/invitations/" + w.project + "/" + key,
		"with an id of 2,000 bytes": "/invitations/inv_" + strings.Repeat("0", 2000) + "-1/" + key,
		"with an empty id":          "/invitations//" + key,
		"with an id like a path":    "/invitations/..%2f" + id + "/" + key,
	}
	for i := range key {
		other := "A"
		if key[i] == 'A' {
			other = "B"
		}
		paths["altered at "+string(rune('a'+i/26))+string(rune('a'+i%26))] = path[:cut] + key[:i] + other + key[i+1:]
	}
	form := w.form("ann", "accept")
	want := w.get("/invitations/x/y").Body
	w.unchanged(t, func() {
		for name, p := range paths {
			t.Run("B94 one "+name+" is 404 and looks like any other", func(t *testing.T) {
				for _, r := range []handler.Response{w.get(p), w.post(p, form)} {
					says(t, r, http.StatusNotFound, "This link leads nowhere")
					if r.Body != want {
						t.Errorf("differs: %s", r.Body)
					}
				}
			})
		}
	})
}

func TestWhoseProfileDoesNotAllowIt(t *testing.T) {
	for name, change := range map[string]func(*world){
		"is not active":      func(w *world) { w.put(pros[0], false) },
		"is no pro any more": func(w *world) { p := pros[0]; p.Roles = p.Roles[1:]; w.put(p, true) },
	} {
		t.Run("a pro whose profile "+name+" is answered 403, and nothing is done", func(t *testing.T) {
			w := newWorld(t, brief())
			form := w.form("ann", "accept")
			change(w)
			w.unchanged(t, func() {
				says(t, w.get(w.links["ann"]), http.StatusForbidden, "Your account is not active")
				says(t, w.post(w.links["ann"], form), http.StatusForbidden, "Your account is not active")
			})
		})
	}
	t.Run("a pro who is staff besides acts by the link as a pro, through the mail's channel", func(t *testing.T) {
		w := newWorld(t, brief())
		done(t, w.press("ann", "accept"), w.links["ann"])
		_, story, err := w.store.Story(t.Context(), store.Ref{Kind: store.Assignment, ID: w.seats()[0].Assignment}, store.Fresh)
		if err != nil || len(story) != 1 || story[0].Role != party.Pro || story[0].Channel != "mail" || story[0].Actor != "ann" {
			t.Errorf("%v, %+v", err, story)
		}
	})
}

func TestAnswer(t *testing.T) {
	for do, title := range map[string]string{"accept": "The work is yours", "decline": "You declined"} {
		t.Run(do+" leads back to the page, and a second click is answered like the first", func(t *testing.T) {
			w := newWorld(t, brief())
			form := w.form("ann", do)
			done(t, w.post(w.links["ann"], form), w.links["ann"])
			w.unchanged(t, func() { done(t, w.post(w.links["ann"], form), w.links["ann"]) })
			says(t, w.get(w.links["ann"]), http.StatusOK, title)
		})
		t.Run("B93 after "+do+" the link is used up for anything else", func(t *testing.T) {
			w := newWorld(t, brief())
			same, other := w.form("ann", do), w.form("ann", map[string]string{"accept": "decline", "decline": "accept"}[do])
			done(t, w.post(w.links["ann"], same), w.links["ann"])
			w.unchanged(t, func() {
				says(t, w.post(w.links["ann"], other), http.StatusGone, "This link has done its work", title)
			})
			w.advance(keep - time.Millisecond)
			done(t, w.post(w.links["ann"], same), w.links["ann"])
			w.advance(time.Millisecond)
			w.unchanged(t, func() {
				says(t, w.post(w.links["ann"], same), http.StatusGone, "This link has done its work", title)
			})
		})
	}
	t.Run("B93 what was answered with a sign-in is used up for the link", func(t *testing.T) {
		w := newWorld(t, brief())
		form := w.form("ann", "accept")
		w.did(w.pages.Jobs.Decline(t.Context(), w.ask(pros[0].Actor(), nil), w.invited["ann"]))
		w.unchanged(t, func() {
			says(t, w.post(w.links["ann"], form), http.StatusGone, "This link has done its work", "You declined")
		})
	})
	for name, row := range map[string]struct {
		come   func(*world)
		status int
		words  []string
	}{
		"taken by others": {takenByCem, http.StatusConflict, []string{"Your answer came when all seats were taken", "1 of 1 taken", "Nothing is wrong with your account"}},
		"withdrawn":       {withdrawn, http.StatusConflict, []string{"Your answer came too late", "This invitation was withdrawn"}},
		"cancelled":       {cancelled, http.StatusConflict, []string{"The project was cancelled"}},
		"expired":         {expired, http.StatusGone, []string{"Your answer came after the deadline", "This invitation has expired"}},
	} {
		for _, do := range []string{"accept", "decline"} {
			t.Run("B93 "+do+" of one that was "+name+" tells the truth and changes nothing", func(t *testing.T) {
				w := newWorld(t, brief())
				form := w.form("ann", do)
				row.come(w)
				w.unchanged(t, func() { says(t, w.post(w.links["ann"], form), row.status, row.words...) })
			})
		}
	}
	for _, row := range []struct {
		name   string
		wait   time.Duration
		status int
		shown  string
	}{
		{"1 ms before it is taken", 72*time.Hour - time.Millisecond, http.StatusSeeOther, `value="accept"`},
		{"at the deadline it is gone", 72 * time.Hour, http.StatusGone, "This invitation has expired"},
		{"1 ms after it is gone", 72*time.Hour + time.Millisecond, http.StatusGone, "This invitation has expired"},
	} {
		for _, do := range []string{"accept", "decline"} {
			t.Run("B89 "+do+": "+row.name, func(t *testing.T) {
				w := newWorld(t, brief())
				form := w.form("ann", do)
				w.advance(row.wait)
				says(t, w.get(w.links["ann"]), http.StatusOK, row.shown)
				says(t, w.post(w.links["ann"], form), row.status)
			})
		}
	}
	t.Run("64 clicks at once on one link take one seat, and all are told the same", func(t *testing.T) {
		w := newWorld(t, brief(func(b *project.Brief) { b.Type, b.Seats = project.Contest, 3 }))
		form := w.form("ann", "accept")
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() { done(t, w.post(w.links["ann"], form), w.links["ann"]) })
		}
		wg.Wait()
		if n := len(w.seats()); n != 1 {
			t.Errorf("%d seats are taken", n)
		}
	})
	t.Run("64 clicks at once on three links of one seat have one winner, and the others learn the truth", func(t *testing.T) {
		w := newWorld(t, brief())
		forms := map[string]string{}
		for _, p := range pros {
			forms[p.ID] = w.form(p.ID, "accept")
		}
		answers := make([]handler.Response, 64)
		var wg sync.WaitGroup
		for i := range answers {
			wg.Go(func() { pro := pros[i%len(pros)].ID; answers[i] = w.post(w.links[pro], forms[pro]) })
		}
		wg.Wait()
		seats := w.seats()
		if len(seats) != 1 {
			t.Fatalf("%d seats are taken", len(seats))
		}
		for i, a := range answers {
			if pro := pros[i%len(pros)].ID; pro == seats[0].Pro {
				done(t, a, w.links[pro])
			} else {
				says(t, a, http.StatusConflict, `role="alert"`)
			}
		}
	})
}

func TestFormThatIsNotOurs(t *testing.T) {
	w := newWorld(t, brief())
	genuine := w.form("ann", "accept")
	_, terms, _ := strings.Cut(genuine, "terms=")
	for name, row := range map[string]struct {
		form   string
		status int
	}{
		"nothing, as a scanner posts":  {"", http.StatusUnprocessableEntity},
		"no terms":                     {"do=accept", http.StatusUnprocessableEntity},
		"empty terms":                  {"do=accept&terms=", http.StatusUnprocessableEntity},
		"no answer":                    {"terms=" + terms, http.StatusUnprocessableEntity},
		"an unknown answer":            {"do=withdraw&terms=" + terms, http.StatusUnprocessableEntity},
		"two answers":                  {"do=decline&" + genuine, http.StatusUnprocessableEntity},
		"terms twice":                  {genuine + "&terms=" + terms, http.StatusUnprocessableEntity},
		"a field more":                 {genuine + "&pro=eva", http.StatusUnprocessableEntity},
		"a name in capitals":           {"DO=accept&terms=" + terms, http.StatusUnprocessableEntity},
		"a broken escape":              {genuine + "&x=%zz", http.StatusUnprocessableEntity},
		"a semicolon":                  {"do=accept;terms=" + terms, http.StatusUnprocessableEntity},
		"16 KB and one byte":           {genuine + "&" + strings.Repeat("x", 16<<10-len(genuine)), http.StatusRequestEntityTooLarge},
		"terms that nobody was shown":  {"do=accept&terms=AAAAAAAAAAAAAAAA", http.StatusConflict},
		"a no to terms nobody saw":     {"do=decline&terms=AAAAAAAAAAAAAAAA", http.StatusConflict},
		"terms of another pro's offer": {w.form("eva", "accept"), http.StatusConflict},
	} {
		t.Run("with "+name+" is refused, changes nothing, and shows the invitation again", func(t *testing.T) {
			w.unchanged(t, func() { says(t, w.post(w.links["ann"], row.form), row.status, `role="alert"`, `value="accept"`) })
		})
	}
	for name, change := range map[string]func(*handler.Request){
		"JSON":         func(r *handler.Request) { r.Headers["content-type"] = "application/json" },
		"a multipart":  func(r *handler.Request) { r.Headers["content-type"] = "multipart/form-data; boundary=x" },
		"no type":      func(r *handler.Request) { delete(r.Headers, "content-type") },
		"Latin-1":      func(r *handler.Request) { r.Headers["content-type"] += "; charset=iso-8859-1" },
		"compression":  func(r *handler.Request) { r.Headers["content-encoding"] = "gzip" },
		"form in text": func(r *handler.Request) { r.Headers["content-type"] = "text/plain" },
	} {
		t.Run("as "+name+" is refused with 415 and changes nothing", func(t *testing.T) {
			w.unchanged(t, func() {
				r := w.visit("POST", w.links["ann"], func(r *handler.Request) {
					r.Headers["content-type"] = "application/x-www-form-urlencoded"
					r.Body, r.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte(genuine)), true
				}, change)
				says(t, r, http.StatusUnsupportedMediaType, `role="alert"`, `value="accept"`)
			})
		})
	}
	t.Run("one that is ours is taken in plain text too", func(t *testing.T) {
		r := w.visit("POST", w.links["ann"], func(r *handler.Request) {
			r.Headers["Content-Type"], r.Body = "application/x-www-form-urlencoded; charset=UTF-8", genuine
		})
		done(t, r, w.links["ann"])
	})
}

func TestNothingOfALinkIsLogged(t *testing.T) {
	w := newWorld(t, brief())
	form := w.form("ann", "accept")
	takenByCem(w)
	w.post(w.links["ann"], form)
	w.post(w.links["ann"], form+"&x=%zz")
	w.get(w.links["ann"] + "A")
	logged := w.logged.String()
	for _, want := range []string{"already-taken", "validation", "not-found", "/invitations/{invitationId}/{key}"} {
		if !strings.Contains(logged, want) {
			t.Errorf("the log lacks %q: %s", want, logged)
		}
	}
	key := w.links["ann"][strings.LastIndex(w.links["ann"], "/")+1:]
	_, terms, _ := strings.Cut(form, "terms=")
	for _, secret := range []string{key[:20], w.invited["ann"], terms} {
		if strings.Contains(logged, secret) {
			t.Errorf("the log has %q: %s", secret, logged)
		}
	}
}

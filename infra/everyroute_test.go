package infra_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/callsheet/callsheet/infra/journey"
)

// A scene calls as somebody and ends the test where an answer is not as told.
type scene struct {
	*testing.T
	world  *journey.World
	people map[string]*journey.Person
}

func newScene(t *testing.T, world *journey.World) scene {
	t.Helper()
	s := scene{t, world, map[string]*journey.Person{}}
	for _, p := range journey.Cast() {
		person, err := world.As(p.Subject)
		s.must(err)
		s.people[p.Subject] = person
	}
	return s
}

func (s scene) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s scene) get(who, path string, into any) {
	s.Helper()
	answer, err := s.people[who].Get(path)
	s.must(err)
	s.must(answer.Into(http.StatusOK, into))
}

func (s scene) post(who, path string, status int, body, into any) {
	s.Helper()
	answer, err := s.people[who].Post(path, body)
	s.must(err)
	if err := answer.Into(status, into); err != nil {
		s.Fatalf("POST %s: %v", path, err)
	}
}

// walkEveryRoute calls every route so that it does all that it may ever do on AWS.
func walkEveryRoute(t *testing.T, world *journey.World) {
	t.Helper()
	if err := world.Settle(journey.Cast()); err != nil {
		t.Fatal(err)
	}
	s := newScene(t, world)
	// Whichever list is the first to meet a cursor makes the key that seals them. Here it is that of a function with no other
	// reason to write; firstCursor is the other one.
	answer, err := s.people["pro-ana"].Get("/v1/statement?cursor=" + strings.Repeat("A", 40))
	s.must(err)
	s.must(answer.Into(http.StatusBadRequest, nil))

	story := &journey.Speedy{World: world}
	for _, step := range append(story.Steps(), (&journey.Help{World: world}).Steps()...) {
		if _, err := step.Do(); err != nil {
			t.Fatalf("%s: %v", step.Title, err)
		}
	}
	s.replied()
	s.help()
	s.cancelled()
	s.money("pro-ana", s.inParts())
	s.changed()
	s.reopened()
	s.talked()
	s.contest()
	s.proofread()
	s.read(story.Pro)
}

func (s scene) brief(publish bool, days int) map[string]any {
	s.Helper()
	now, err := s.world.Now()
	s.must(err)
	return map[string]any{
		"type": "speedy", "category": "translation", "title": "Labels of the new wing", "brief": "Two hundred labels.",
		"reward": map[string]string{"amount": "80.00", "currency": "USD"}, "deliverBy": now.AddDate(0, 0, days).Format(time.RFC3339), "publish": publish,
	}
}

// invite publishes a project that is due in some days and invites pros; the invitations come in the order of the pros.
func (s scene) invite(days int, pros ...string) (project string, invitations []string) {
	s.Helper()
	var p struct{ ID string }
	s.post("client", "/v1/projects", http.StatusCreated, s.brief(true, days), &p)
	var guests []map[string]string
	for _, pro := range pros {
		guests = append(guests, map[string]string{"pro": pro})
	}
	var round struct{ Invitations []struct{ ID string } }
	s.post("agent", "/v1/projects/"+p.ID+"/invitations", http.StatusCreated, map[string]any{"invitations": guests}, &round)
	for _, i := range round.Invitations {
		invitations = append(invitations, i.ID)
	}
	return p.ID, invitations
}

// replied answers the last two mails that a loser has: the word to all who lost, and the invitation.
func (s scene) replied() {
	s.Helper()
	_, invitations := s.invite(5, "pro-ana", "pro-ben")
	s.accept("pro-ana", invitations[0])
	mails, err := s.world.Mails("ben@pro.example.com")
	s.must(err)
	for _, m := range mails[:2] {
		s.must(s.world.Reply(m, "ben@pro.example.com", "I have no access."))
		s.must(s.world.Reply(m, "ben@home.example.org", "I have no access."))
		s.must(s.world.Deliver("From: ben@pro.example.com\r\nTo: "+m.First("Reply-To")+"\r\nMessage-ID: <screen@pro.example.com>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"+
			"--b\r\nContent-Type: text/plain\r\n\r\nSee what I see.\r\n--b\r\nContent-Type: image/png; name=screen.png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--b--\r\n", ""))
	}
	_, err = s.world.Advance(0)
	s.must(err)
	var held struct {
		Data       []struct{ ID string }
		NextCursor string
	}
	s.get("agent", "/v1/quarantine", &held)
	s.post("agent", "/v1/quarantine/"+held.Data[0].ID+"/accredit", http.StatusOK, map[string]string{"pro": "pro-ben"}, nil)
	s.post("lead", "/v1/quarantine/"+held.Data[1].ID+"/dismiss", http.StatusOK, nil, nil)
}

// cancelled is a project that comes to nothing: drafted, edited, published, declined, withdrawn, cancelled.
func (s scene) cancelled() {
	s.Helper()
	var draft struct{ ID string }
	s.post("client", "/v1/projects", http.StatusCreated, s.brief(false, 5), &draft)
	edited := s.brief(false, 5)
	edited["title"] = "Labels of both wings"
	answer, err := s.people["client"].Put("/v1/projects/"+draft.ID, `"1"`, edited)
	s.must(err)
	s.must(answer.Into(http.StatusOK, nil))
	s.post("client", "/v1/projects/"+draft.ID+"/publish", http.StatusOK, nil, nil)

	project, invitations := s.invite(5, "pro-ben", "pro-cem", "pro-ana")
	s.post("pro-ben", "/v1/invitations/"+invitations[0]+"/decline", http.StatusOK, nil, nil)
	s.post("agent", "/v1/invitations/"+invitations[1]+"/withdraw", http.StatusOK, nil, nil)
	s.byLink(s.link("ana@pro.example.com"), "decline")
	s.get("agent", "/v1/projects/"+project+"/invitations", nil)
	s.get("agent", "/v1/projects/"+project, nil)
	s.post("client", "/v1/projects/"+project+"/cancel", http.StatusOK, map[string]string{"reason": "The wing opens next year."}, nil)

	var page struct{ NextCursor string }
	s.get("client", "/v1/projects?limit=1", &page)
	s.get("client", "/v1/projects?limit=1&cursor="+page.NextCursor, nil)
}

var (
	mailed = regexp.MustCompile(`https?://\S+/invitations/\S+`)
	shown  = regexp.MustCompile(`name="terms"[^>]* value="([^"]+)"|value="([^"]+)"[^>]* name="terms"`)
)

// link is that of the last mail to an address.
func (s scene) link(address string) string {
	s.Helper()
	mails, err := s.world.Mails(address)
	s.must(err)
	return mailed.FindString(mails[0].Text)
}

// byLink follows a link and presses a button of its page, as somebody who is not signed in.
func (s scene) byLink(link, do string) {
	s.Helper()
	s.page(http.NewRequest(http.MethodHead, link, nil))
	page := s.page(http.NewRequest(http.MethodGet, link, nil))
	terms := shown.FindStringSubmatch(page)
	if terms == nil {
		s.Fatalf("the page of %s has no form that answers:\n%s", link, page)
	}
	form := url.Values{"do": {do}, "terms": {terms[1] + terms[2]}}
	answer, err := http.NewRequest(http.MethodPost, link, strings.NewReader(form.Encode()))
	s.must(err)
	answer.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	s.page(answer, nil)
}

// page is what a browser gets to see, redirects followed.
func (s scene) page(request *http.Request, err error) string {
	s.Helper()
	s.must(err)
	resp, err := s.world.HTTP.Do(request)
	s.must(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	s.must(err)
	if resp.StatusCode != http.StatusOK {
		s.Fatalf("%s %s: %s\n%s", request.Method, request.URL, resp.Status, body)
	}
	return string(body)
}

// reopened are seats that are waited for, extended, given up and taken back.
func (s scene) reopened() {
	s.Helper()
	now, err := s.world.Now()
	s.must(err)
	reason := map[string]string{"reason": "The wing opens later."}
	later := map[string]string{"reason": "The wing opens later.", "deliverBy": now.AddDate(0, 0, 30).Format(time.RFC3339)}
	project, invitations := s.invite(5, "pro-ana", "pro-ben", "pro-cem")
	link := s.link("cem@pro.example.com")
	at := s.accept("pro-ana", invitations[0])
	for _, do := range []string{"watch", "unwatch", "watch"} {
		s.post("pro-ben", "/v1/invitations/"+invitations[1]+"/"+do, http.StatusOK, nil, nil)
	}
	s.post("agent", at+"/extend", http.StatusOK, later, nil)
	s.post("pro-ana", at+"/withdraw", http.StatusOK, reason, nil)
	s.byLink(link, "watch") // a seat is free already
	s.post("agent", "/v1/projects/"+project+"/extend", http.StatusOK, later, nil)
	var old struct{ Again string }
	s.get("pro-cem", "/v1/invitations/"+invitations[2], &old)
	s.post("agent", s.accept("pro-cem", old.Again)+"/reassign", http.StatusOK, reason, nil)
}

// proofread is a translation whose loser proofreads it.
func (s scene) proofread() {
	s.Helper()
	project, invitations := s.invite(5, "pro-ana", "pro-ben")
	s.accept("pro-ana", invitations[0])
	s.get("agent", "/v1/projects/"+project, nil) // with whom to ask
	var made struct {
		Round struct{ Invitations []struct{ ID string } }
	}
	s.post("agent", "/v1/projects/"+project+"/proofreading", http.StatusCreated, map[string]any{"reward": map[string]string{"amount": "20.00", "currency": "USD"}}, &made)
	at := s.accept("pro-ben", made.Round.Invitations[0].ID)
	var translation struct {
		Seats []struct{ Assignment string }
	}
	s.get("agent", "/v1/projects/"+project, &translation)
	s.deliver("pro-ana", "/v1/assignments/"+translation.Seats[0].Assignment)
	var source struct {
		Works []struct {
			Files []struct{ Download journey.Transfer }
		}
	}
	s.get("pro-ben", at+"/source", &source)
	sent, err := s.world.Send(source.Works[0].Files[0].Download, nil)
	s.must(err)
	s.must(sent.Into(http.StatusOK, nil))
}

// money is all that people decide about it on one assignment that passed.
func (s scene) money(pro, at string) {
	s.Helper()
	var statement struct{ Data []struct{ ID, State string } }
	s.get(pro, "/v1/statement", &statement)
	reward := "/v1/rewards/" + statement.Data[0].ID
	because := map[string]any{"reason": "A dispute."}
	s.post("agent", reward+"/freeze", http.StatusOK, because, nil)
	s.post("lead", reward+"/unfreeze", http.StatusOK, because, nil)
	adjust := func(body map[string]any) (path string) {
		var made struct{ ID string }
		body["reason"] = "We agreed on it."
		s.post("agent", at+"/adjustments", http.StatusCreated, body, &made)
		return made.ID
	}
	amount := func(value string) map[string]any { return map[string]any{"amount": value, "currency": "USD"} }
	s.post("lead", "/v1/adjustments/"+adjust(map[string]any{"kind": "credit", "amount": amount("300.00")})+"/approve", http.StatusOK, nil, nil)
	s.post("lead", "/v1/adjustments/"+adjust(map[string]any{"kind": "fee", "amount": amount("300.00")})+"/decline", http.StatusOK, because, nil)
	fee := adjust(map[string]any{"kind": "fee", "amount": amount("10.00")})
	adjust(map[string]any{"kind": "correction", "of": fee})
	s.get("client", "/v1/adjustments/"+fee, nil)
	adjust(map[string]any{"kind": "credit", "amount": amount("400.00")})
	adjust(map[string]any{"kind": "credit", "amount": amount("500.00")})
	var page struct{ NextCursor string }
	s.get("lead", "/v1/adjustments?state=proposed&limit=1", &page)
	s.get("lead", "/v1/adjustments?state=proposed&limit=1&cursor="+page.NextCursor, nil)
	s.get("lead", "/v1/book?month=2026-11", nil)
	s.get(pro, "/v1/statement/entries?year=2026", nil)
	s.get("lead", "/v1/pros/"+pro+"/statement/entries", nil)
	for who, path := range map[string]string{pro: "/v1/statement.csv?month=2026-11", "lead": "/v1/pros/" + pro + "/statement.csv"} {
		file, err := s.people[who].Get(path)
		s.must(err)
		if file.Status != http.StatusOK || !bytes.HasPrefix(file.Body, []byte("at,local,")) {
			s.Fatalf("GET %s: %d %s", path, file.Status, file.Body)
		}
	}
	s.get(pro, at+"/adjustments", nil)
}

// contest is one whose winner is picked.
func (s scene) contest() {
	s.Helper()
	body := s.brief(true, 5)
	body["type"] = "contest"
	var p struct{ ID string }
	s.post("client", "/v1/projects", http.StatusCreated, body, &p)
	var round struct{ Invitations []struct{ ID string } }
	s.post("agent", "/v1/projects/"+p.ID+"/invitations", http.StatusCreated, map[string]any{"invitations": []map[string]string{{"pro": "pro-ben"}}}, &round)
	at := s.accept("pro-ben", round.Invitations[0].ID)
	upload, err := s.people["pro-ben"].Upload(strings.TrimPrefix(at, "/v1/assignments/"), "name.txt", []byte("a name"))
	s.must(err)
	s.post("pro-ben", at+"/submit", http.StatusOK, map[string]any{"uploads": []string{upload}}, nil)
	s.post("qc", at+"/pass", http.StatusOK, nil, nil)
	s.post("client", "/v1/projects/"+p.ID+"/pick", http.StatusOK, map[string]any{"assignments": []string{strings.TrimPrefix(at, "/v1/assignments/")}}, nil)
}

// inParts is a delivery that is too large for one request. It answers with where its assignment is.
func (s scene) inParts() (path string) {
	s.Helper()
	_, invitations := s.invite(5, "pro-ana")
	at := s.accept("pro-ana", invitations[0])
	upload := s.uploadInParts("pro-ana", at)
	s.post("pro-ana", at+"/submit", http.StatusOK, map[string]any{"uploads": []string{upload}}, nil)

	s.get("qc", "/v1/qc/queue", nil)
	s.post("qc", at+"/claim", http.StatusOK, nil, nil)
	s.post("qc", at+"/unclaim", http.StatusOK, nil, nil)
	s.post("qc", at+"/claim", http.StatusOK, nil, nil)
	var files struct {
		Data []struct{ Download journey.Transfer }
	}
	s.get("qc", "/v1/qc"+strings.TrimPrefix(at, "/v1")+"/files", &files)
	sent, err := s.world.Send(files.Data[0].Download, nil)
	s.must(err)
	s.must(sent.Into(http.StatusOK, nil))
	s.post("qc", at+"/pass", http.StatusOK, nil, nil)
	s.get("pro-ana", at+"/comparison", nil)
	return at
}

// accept takes a seat and returns where its assignment is.
func (s scene) accept(pro, invitation string) (path string) {
	s.Helper()
	var offer struct{ Terms struct{ Version string } }
	s.get(pro, "/v1/invitations/"+invitation, &offer)
	var assignment struct{ ID string }
	s.post(pro, "/v1/invitations/"+invitation+"/accept", http.StatusCreated, map[string]string{"terms": offer.Terms.Version}, &assignment)
	return "/v1/assignments/" + assignment.ID
}

// talked is a question at an invitation, and its answer with an attachment on the seat.
func (s scene) talked() {
	s.Helper()
	_, invitations := s.invite(5, "pro-ana")
	asked := "/v1/invitations/" + invitations[0] + "/messages"
	s.post("pro-ana", asked, http.StatusCreated, map[string]any{"attachments": []string{s.inPartsTo("pro-ana", asked+"/attachments")}}, nil)
	answered := s.accept("pro-ana", invitations[0]) + "/messages"
	s.post("agent", answered, http.StatusCreated, map[string]any{"text": "It is.", "attachments": []string{s.inPartsTo("agent", answered+"/attachments")}}, nil)
	for _, at := range []string{asked, answered} {
		var page struct {
			NextCursor string
			Data       []struct {
				Attachments []struct{ Download journey.Transfer }
			}
		}
		s.get("pro-ana", at+"?limit=1", &page)
		sent, err := s.world.Send(page.Data[0].Attachments[0].Download, nil)
		s.must(err)
		s.must(sent.Into(http.StatusOK, nil))
		s.get("pro-ana", at+"?limit=1&cursor="+page.NextCursor, nil)
	}
	s.get("lead", "/v1/threads", nil)
	s.post("lead", asked+"/read", http.StatusOK, map[string]int{"upTo": 1}, nil)
	s.post("pro-ana", answered+"/read", http.StatusOK, map[string]int{"upTo": 2}, nil)
}

func (s scene) uploadInParts(pro, assignment string) (id string) {
	s.Helper()
	return s.inPartsTo(pro, assignment+"/uploads")
}

// inPartsTo announces a file that is too large for one request, sends it and puts it together.
func (s scene) inPartsTo(who, announce string) (id string) {
	s.Helper()
	const partSize = 64 << 20
	content := bytes.Repeat([]byte("label 1\n"), partSize/8+1)
	var sums []string
	for _, part := range [][]byte{content[:partSize], content[partSize:]} {
		sum := sha256.Sum256(part)
		sums = append(sums, base64.StdEncoding.EncodeToString(sum[:]))
	}
	var announced struct {
		ID, Multipart, Complete string
		Transfers               []journey.Transfer
	}
	s.post(who, announce, http.StatusCreated, map[string]any{"name": "labels.txt", "size": len(content), "sha256": sums}, &announced)
	var parts []map[string]any
	for i, transfer := range announced.Transfers {
		sent, err := s.world.Send(transfer, content[i*partSize:min(len(content), (i+1)*partSize)])
		s.must(err)
		s.must(sent.Into(http.StatusOK, nil))
		parts = append(parts, map[string]any{"number": i + 1, "etag": sent.Header.Get("ETag"), "sha256": sums[i]})
	}
	s.post(who, announced.Complete, http.StatusOK, map[string]any{"multipart": announced.Multipart, "parts": parts}, nil)
	return announced.ID
}

// changed is a delivery whose client wants one thing after the other: asked back, priced, agreed on, made, and declined,
// dropped, withdrawn and refused on the way.
func (s scene) changed() {
	s.Helper()
	_, invitations := s.invite(5, "pro-ana")
	at := s.accept("pro-ana", invitations[0])
	s.deliver("pro-ana", at)
	changes := at + "/changes"
	ok := func(who, path string, body any) { s.Helper(); s.post(who, path, http.StatusOK, body, nil) }
	wish := map[string]any{"text": "The other wing, please."}
	quote := map[string]any{"fee": map[string]string{"amount": "12.00", "currency": "USD"}, "reason": "A wing more than agreed."}

	ok("client", changes, wish)
	ok("agent", changes+"/ask-back", map[string]string{"question": "Which wing?"})
	ok("client", changes+"/clarify", map[string]string{"text": "The north wing."})
	ok("agent", changes+"/decline", map[string]string{"reason": "It is closed."})
	ok("client", changes, wish)
	ok("client", changes+"/drop", nil)
	ok("client", changes, wish)
	ok("agent", changes+"/review", map[string]string{"note": "They mean well."})
	ok("agent", at+"/agent", map[string]string{"agent": "lead"})
	ok("lead", changes+"/quote", quote)
	ok("client", changes+"/quote/decline", nil)

	ok("client", changes, wish)
	s.get("lead", changes+"/quote?amount=12.00&currency=USD", nil)
	ok("lead", changes+"/quote", quote)
	ok("lead", changes+"/quote/withdraw", nil)
	ok("lead", changes+"/forward", nil)
	ok("pro-ana", changes+"/ask-fee", map[string]string{"reason": "A wing more."})
	ok("lead", changes+"/quote", quote)
	ok("client", changes+"/quote/approve", map[string]string{"quote": "4.2"})
	ok("pro-ana", changes+"/offer/decline", nil)
	ok("lead", changes+"/quote", quote)
	ok("client", changes+"/quote/approve", map[string]string{"quote": "4.3"})
	ok("pro-ana", changes+"/offer/accept", map[string]string{"quote": "4.3"})
	s.deliver("pro-ana", at)
	ok("client", at+"/approve", nil)
}

// deliver uploads one file, submits it and has it passed.
func (s scene) deliver(pro, assignment string) {
	s.Helper()
	upload, err := s.people[pro].Upload(strings.TrimPrefix(assignment, "/v1/assignments/"), "labels.txt", []byte("label 1"))
	s.must(err)
	s.post(pro, assignment+"/submit", http.StatusOK, map[string]any{"uploads": []string{upload}}, nil)
	s.post("qc", assignment+"/pass", http.StatusOK, nil, nil)
}

// help is what the story of Request Help leaves out: files, second thoughts, and everything that staff may do besides.
func (s scene) help() {
	s.Helper()
	project, invitations := s.invite(5, "pro-cem")
	s.accept("pro-cem", invitations[0])
	attach := func(who string) string {
		content := []byte("la la")
		sum := sha256.Sum256(content)
		var announced struct {
			ID        string
			Transfers []journey.Transfer
		}
		s.post(who, "/v1/help-uploads", http.StatusCreated, map[string]any{"name": "music.wav", "size": len(content), "sha256": []string{base64.StdEncoding.EncodeToString(sum[:])}}, &announced)
		sent, err := s.world.Send(announced.Transfers[0], content)
		s.must(err)
		s.must(sent.Into(http.StatusOK, nil))
		return announced.ID
	}
	var flag struct{ ID, Assignment string }
	call := map[string]any{"project": project, "reason": "missing_assets", "comment": "No music.", "uploads": []string{attach("pro-cem")}}
	s.post("pro-cem", "/v1/flags", http.StatusCreated, call, &flag)
	at := "/v1/flags/" + flag.ID
	s.post("pro-cem", at+"/comments", http.StatusOK, map[string]any{"comment": "See the picture.", "uploads": []string{attach("pro-cem")}}, nil)
	why, text := map[string]any{"reason": "The client is asked by phone."}, map[string]any{"text": "A word."}
	for _, step := range []struct {
		path string
		body any
	}{
		{"claim", nil}, {"unclaim", nil}, {"claim", nil}, {"notes", text}, {"replies", text}, {"wait", why}, {"resume", nil},
		{"questions", map[string]any{"question": "Which?", "reason": "We asked."}}, {"resume", nil}, {"hand-over", map[string]any{"to": "lead"}},
	} {
		s.post("agent", at+"/"+step.path, http.StatusOK, step.body, nil)
	}
	s.post("lead", at+"/resolve", http.StatusOK, map[string]any{"outcome": "asset_supplied", "text": "Here.", "uploads": []string{attach("lead")}}, nil)
	s.post("pro-cem", at+"/reopen", http.StatusOK, map[string]any{"comment": "It is silent."}, nil)
	s.post("agent", at+"/resolve", http.StatusOK, map[string]any{"outcome": "project_corrected", "text": "Without music.", "brief": "Without music."}, nil)
	var files struct {
		Data []struct{ Download journey.Transfer }
	}
	s.get("pro-cem", at+"/files", &files)
	s.get("pro-cem", "/v1/assignments/"+flag.Assignment+"/material", &files)
	sent, err := s.world.Send(files.Data[0].Download, nil)
	s.must(err)
	s.must(sent.Into(http.StatusOK, nil))
	s.get("pro-cem", "/v1/flags", nil)

	s.post("pro-cem", "/v1/flags", http.StatusCreated, map[string]any{"project": project, "reason": "higher_reward"}, &flag)
	at = "/v1/flags/" + flag.ID
	s.post("agent", at+"/claim", http.StatusOK, nil, nil)
	s.post("agent", at+"/resolve", http.StatusOK, map[string]any{"outcome": "reward_adjusted", "text": "Yes.", "amount": map[string]string{"amount": "900.00", "currency": "USD"}}, nil)
	s.post("lead", at+"/refuse", http.StatusOK, map[string]any{"reason": "Too much."}, nil)
	var page struct{ NextCursor string }
	s.get("agent", "/v1/desk/flags?limit=1", &page)
	s.get("client", "/v1/questions?limit=1", &page)
	s.get("client", "/v1/questions?limit=1&cursor="+page.NextCursor, nil)
	var questions struct{ Data []struct{ ID string } }
	s.get("client", "/v1/questions", &questions)
	s.get("client", "/v1/questions/"+questions.Data[0].ID, nil)
	s.lost(project, at)
	s.old()
}

// lost are attachments that never arrived.
func (s scene) lost(project, flag string) {
	s.Helper()
	missing := []string{"fil_01ARZ3NDEKTSV4RRFFQ69NEVER"}
	s.post("pro-cem", "/v1/flags", http.StatusConflict, map[string]any{"project": project, "reason": "instructions_unclear", "comment": "See the picture.", "uploads": missing}, nil)
	s.post("lead", flag+"/resolve", http.StatusConflict, map[string]any{"outcome": "asset_supplied", "text": "Here.", "uploads": missing}, nil)
}

// old is a question from the page of the old system, and a second one on the same matter.
func (s scene) old() {
	s.Helper()
	var made struct{ URL string }
	s.post("agent", "/v1/desk/legacy-links", http.StatusCreated, map[string]any{"reference": "OLD-78", "pro": "pro-cem"}, &made)
	s.page(http.NewRequest(http.MethodHead, made.URL, nil))
	s.page(http.NewRequest(http.MethodGet, made.URL, nil))
	for range 2 {
		form := url.Values{"text": {"Two voices, or one?"}}
		request, err := http.NewRequest(http.MethodPost, made.URL, strings.NewReader(form.Encode()))
		s.must(err)
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		s.page(request, nil)
	}
}

// read looks at what the stories left.
func (s scene) read(pro string) {
	s.Helper()
	var statement struct{ Data []struct{ ID string } }
	s.get("lead", "/v1/pros/"+pro+"/statement", &statement)
	for _, reward := range statement.Data {
		s.get(pro, "/v1/rewards/"+reward.ID, nil)
	}
	s.get(pro, "/v1/invitations?state=accepted", nil)
	s.get("lead", "/v1/assignments?pro="+pro, nil)
	s.get("agent", "/v1/pros/"+pro+"/standing", nil)
	missing, err := s.people["lead"].Get("/v1/pros/nobody/standing") // who has won nothing is looked up
	s.must(err)
	s.must(missing.Into(http.StatusNotFound, nil))
	s.get("agent", "/v1/screening/queue?agent=me", nil)
	s.get("agent", "/v1/due", nil)
	s.get("client", "/v1/due", nil)
	s.get("qc", "/v1/profile", nil)
	s.get("lead", "/v1/profiles/"+pro, nil)
	answer, err := s.people["qc"].Get("/v1/nothing")
	s.must(err)
	s.must(answer.Into(http.StatusNotFound, nil))
}

// firstCursor is the first list of a deployment that is asked for a second page.
func firstCursor(t *testing.T, world *journey.World) {
	t.Helper()
	if err := world.Settle(journey.Cast()); err != nil {
		t.Fatal(err)
	}
	s := newScene(t, world)
	answer, err := s.people["pro-ana"].Get("/v1/assignments?cursor=" + strings.Repeat("A", 40))
	s.must(err)
	s.must(answer.Into(http.StatusBadRequest, nil))
}

// throttled invites two while SES takes one mail: the second attempt looks up which mail is out already.
func throttled(t *testing.T, world *journey.World) {
	t.Helper()
	s := newScene(t, world)
	s.invite(5, "pro-ben", "pro-cem")
	_, err := world.Advance(time.Hour)
	s.must(err)
	for _, address := range []string{"ben@pro.example.com", "cem@pro.example.com"} {
		mails, err := world.Mails(address)
		s.must(err)
		now, err := world.Now()
		s.must(err)
		if len(mails) == 0 || now.Sub(mails[0].At) > 2*time.Hour {
			t.Errorf("%s was never told, though SES takes mails again", address)
		}
	}
}

// outage sells while neither mails nor alarms go out: the sweep does both, minutes late.
func outage(t *testing.T, world *journey.World) {
	t.Helper()
	s := newScene(t, world)
	before, err := world.Mails("ben@pro.example.com")
	s.must(err)
	unanswered, _ := s.invite(1, "pro-ben")
	_, invitations := s.invite(1, "pro-cem")
	late := s.accept("pro-cem", invitations[0])
	_, err = world.Advance(25 * time.Hour)
	s.must(err)
	after, err := world.Mails("ben@pro.example.com")
	s.must(err)
	if len(after) == len(before) {
		t.Error("the sweep did not tell Ben of his invitation, which the stream lost")
	}
	for who, path := range map[string]string{"agent": "/v1/projects/" + unanswered, "pro-cem": late} {
		var shown struct {
			Deadlines []struct{ Kind, State string }
		}
		s.get(who, path, &shown)
		if len(shown.Deadlines) != 1 || shown.Deadlines[0].State != "fired" {
			t.Errorf("the sweep did not fire the deadline of %s, which has no alarm: %+v", path, shown.Deadlines)
		}
	}
}

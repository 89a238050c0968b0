package local_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"github.com/callsheet/callsheet/infra/journey"
	"github.com/callsheet/callsheet/infra/local/ses"
	"github.com/callsheet/callsheet/shared/dynamo/item"
)

// brief is a project's body; change may alter fields.
func (tn *town) brief(change map[string]any) map[string]any {
	tn.t.Helper()
	now, err := tn.world.Now()
	tn.must(err)
	body := map[string]any{
		"type": "speedy", "category": "translation", "title": "Museum audio guide", "brief": "Forty short texts.",
		"reward":    map[string]string{"amount": "120.00", "currency": "USD"},
		"deliverBy": now.Add(5 * 24 * time.Hour).Format(time.RFC3339), "publish": true,
	}
	for k, v := range change {
		body[k] = v
	}
	return body
}

// ok is the body of a call that has to have that status.
func ok[T any](tn *town, status int, a journey.Answer, err error) T {
	tn.t.Helper()
	var out T
	tn.must(err)
	tn.must(a.Into(status, &out))
	return out
}

// named is anything that a call answers with.
type named struct {
	ID, State, Code string
	Facts           map[string]string
}

type round struct {
	Invitations []struct{ ID, Pro string }
}

// project is a published project of the client's.
func (tn *town) project(change map[string]any) string {
	tn.t.Helper()
	a, err := tn.as("client").Post("/v1/projects", tn.brief(change))
	return ok[named](tn, http.StatusCreated, a, err).ID
}

// invite asks pros and answers with their invitations, in that order.
func (tn *town) invite(project string, pros ...string) []string {
	tn.t.Helper()
	guests := []map[string]any{}
	for _, p := range pros {
		guests = append(guests, map[string]any{"pro": p})
	}
	a, err := tn.as("agent").Post("/v1/projects/"+project+"/invitations", map[string]any{"invitations": guests})
	var ids []string
	for _, i := range ok[round](tn, http.StatusCreated, a, err).Invitations {
		ids = append(ids, i.ID)
	}
	return ids
}

// terms is the version of the terms that the pro sees.
func (tn *town) terms(pro, invitation string) map[string]string {
	tn.t.Helper()
	a, err := tn.as(pro).Get("/v1/invitations/" + invitation)
	seen := ok[struct{ Terms struct{ Version string } }](tn, http.StatusOK, a, err)
	return map[string]string{"terms": seen.Terms.Version}
}

// accept wins the invitation's seat and answers with the assignment.
func (tn *town) accept(pro, invitation string) string {
	tn.t.Helper()
	a, err := tn.as(pro).Post("/v1/invitations/"+invitation+"/accept", tn.terms(pro, invitation))
	return ok[named](tn, http.StatusCreated, a, err).ID
}

// assignment is one that the pro works on.
func (tn *town) assignment(pro string, change map[string]any) string {
	tn.t.Helper()
	return tn.accept(pro, tn.invite(tn.project(change), pro)[0])
}

// contest is one of two seats, whose client has picked the first pro's work and not the second's.
func (tn *town) contest(winner, other string) (won, lost string) {
	tn.t.Helper()
	p := tn.project(map[string]any{"type": "contest", "seats": 2})
	invitations := tn.invite(p, winner, other)
	won, lost = tn.accept(winner, invitations[0]), tn.accept(other, invitations[1])
	for pro, a := range map[string]string{winner: won, other: lost} {
		tn.submit(pro, a)
		tn.passQC(a)
	}
	a, err := tn.as("client").Post("/v1/projects/"+p+"/pick", map[string]any{"assignments": []string{won}})
	ok[named](tn, http.StatusOK, a, err)
	return won, lost
}

// submit uploads a file and sends it to quality control.
func (tn *town) submit(pro, assignment string) {
	tn.t.Helper()
	upload, err := tn.as(pro).Upload(assignment, "guide.docx", []byte("forty texts"))
	tn.must(err)
	tn.do(pro, assignment, "submit", map[string]any{"uploads": []string{upload}})
}

// passQC has the version claimed and passed.
func (tn *town) passQC(assignment string) {
	tn.t.Helper()
	tn.do("qc", assignment, "claim", nil)
	tn.do("qc", assignment, "pass", nil)
}

// quoted is an assignment whose client has to decide on a fee for changes.
func (tn *town) quoted(pro string) (assignment string) {
	tn.t.Helper()
	a := tn.assignment(pro, nil)
	tn.submit(pro, a)
	tn.passQC(a)
	tn.do("client", a, "changes", map[string]any{"text": "A second voice, please."})
	tn.do("agent", a, "changes/quote", map[string]any{"fee": map[string]string{"amount": "20.00", "currency": "USD"}, "reason": "One voice was agreed."})
	return a
}

// agreed is one whose pro makes the changes for their share.
func (tn *town) agreed(pro string) (assignment string) {
	tn.t.Helper()
	a := tn.quoted(pro)
	tn.do("client", a, "changes/quote/approve", map[string]string{"quote": "1.1"})
	tn.do(pro, a, "changes/offer/accept", map[string]string{"quote": "1.1"})
	return a
}

// do posts an action on an assignment and answers with the assignment's state.
func (tn *town) do(who, assignment, action string, body any) string {
	tn.t.Helper()
	a, err := tn.as(who).Post("/v1/assignments/"+assignment+"/"+action, body)
	return ok[named](tn, http.StatusOK, a, err).State
}

// decide posts a decision about money, with a reason, and answers with what it made.
func (tn *town) decide(who, path string, status int, body map[string]any) (id string) {
	tn.t.Helper()
	if body == nil {
		body = map[string]any{}
	}
	body["reason"] = "Because."
	a, err := tn.as(who).Post(path, body)
	return ok[named](tn, status, a, err).ID
}

// state reads an assignment's.
func (tn *town) state(who, assignment string) string {
	tn.t.Helper()
	a, err := tn.as(who).Get("/v1/assignments/" + assignment)
	return ok[named](tn, http.StatusOK, a, err).State
}

type reward struct {
	ID, Assignment, State, ReleaseAt, CreditedAt string
}

// rewards are the pro's, newest first.
func (tn *town) rewards(pro string) []reward {
	tn.t.Helper()
	a, err := tn.as(pro).Get("/v1/statement")
	return ok[struct{ Data []reward }](tn, http.StatusOK, a, err).Data
}

// mails are those of one notice, newest first, once everything under way is done.
func (tn *town) mails(notice string) []ses.Message {
	tn.t.Helper()
	tn.pass(0)
	all, err := tn.Mail.Messages(ses.Filter{})
	tn.must(err)
	var some []ses.Message
	for _, m := range all {
		if m.Header.Get("X-Callsheet-Notice") == notice {
			some = append(some, m)
		}
	}
	return some
}

// rows are the whole table.
func (tn *town) rows() []item.Item {
	tn.t.Helper()
	var all []item.Item
	tn.must(tn.Database.Walk(tn.Table, func(raw json.RawMessage) error {
		row, err := attributevalue.UnmarshalMapJSON(raw)
		all = append(all, row)
		return err
	}))
	return all
}

// invoke calls a function as its event source does.
func (tn *town) invoke(folder string, event any) json.RawMessage {
	tn.t.Helper()
	payload, err := json.Marshal(event)
	tn.must(err)
	result, err := tn.Lambda.Invoke(tn.t.Context(), tn.function(folder), payload)
	tn.must(err)
	if result.FunctionError != "" {
		tn.t.Fatalf("%s: %s %s", folder, result.FunctionError, result.Payload)
	}
	return result.Payload
}

// equal compares what is told with what should be.
func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// refused is the code of a refusal, or what came instead.
func refused(a journey.Answer) string {
	var body named
	if err := json.Unmarshal(a.Body, &body); err != nil || body.Code == "" {
		return fmt.Sprintf("%d %s", a.Status, a.Body)
	}
	return fmt.Sprintf("%d %s", a.Status, body.Code)
}

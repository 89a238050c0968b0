package journey

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Changes is the story of a client who wants more than was agreed: asked back, quoted a fee, revised, approved, and once
// more after the approval. Each reward is credited at its own instant.
type Changes struct {
	World      *World
	people     map[string]*Person
	assignment string // where it is
	quote      string // the one that both agreed on
	work, fee  string // when the two rewards are released
}

// Steps tells the story in order; each step needs the ones before it.
func (s *Changes) Steps() []Step {
	return []Step{
		{"Ben translates the garden guide; it passes, and his reward is on hold", s.deliver},
		{"Three days later Clara asks for changes; Abel is told, and Ben sees no word of them yet", s.ask},
		{"They are not clear: Abel asks back, and Clara answers", s.clarify},
		{"A second voice is more than was agreed. What if it cost the policy's 15 %?", s.whatIf},
		{"Abel quotes a fee; Clara is told what and why, and until when", s.price},
		{"Clara approves what she saw; Ben is offered his share, and never sees the fee", s.approveQuote},
		{"Ben accepts: Clara is charged and Ben's share is on hold, in one commit", s.acceptOffer},
		{"Quinn reads what Clara asked for, and passes version 2: the fee's own 30 days begin", s.revise},
		{"Clara approves", s.approve},
		{"A week later she wants one more change: within the 90 days, so the work reopens, and no reward's clock moves", s.late},
		{"Thirty days after the first approval the work's reward is credited, and the fee is not", s.workCredited},
		{"Three days later the fee is", s.feeCredited},
	}
}

func (s *Changes) do(who, path string, body, into any) error {
	answer, err := s.people[who].Post(s.assignment+path, body)
	if err == nil {
		err = answer.Into(http.StatusOK, into)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// request is the last of a client's requests, as somebody sees it.
type request struct {
	Number int
	State  string
	Text   string
	Quote  struct {
		Version, ValidUntil string
		Fee, Share          struct{ Amount string }
	}
}

func (s *Changes) request(who string) (request, error) {
	var a struct{ Changes []request }
	answer, err := s.people[who].Get(s.assignment)
	if err == nil {
		err = answer.Into(http.StatusOK, &a)
	}
	if err != nil || len(a.Changes) == 0 {
		return request{}, errorsFirst(err, expect(false, "there is a request"))
	}
	return a.Changes[len(a.Changes)-1], nil
}

func (s *Changes) deliver() ([]string, error) {
	s.people = map[string]*Person{}
	for _, subject := range []string{"client", "agent", "qc", "pro-ben"} {
		p, err := s.World.As(subject)
		if err != nil {
			return nil, err
		}
		s.people[subject] = p
	}
	now, err := s.World.Now()
	if err != nil {
		return nil, err
	}
	var p struct{ ID string }
	answer, err := s.people["client"].Post("/v1/projects", map[string]any{
		"type": "speedy", "category": "translation", "title": "Garden guide, English to Spanish", "brief": "One voice leads through the garden.",
		"reward": amount("120.00"), "deliverBy": now.Add(5 * 24 * time.Hour).Format(time.RFC3339), "publish": true,
	})
	if err = errorsFirst(err, answer.Into(http.StatusCreated, &p)); err != nil {
		return nil, err
	}
	var round struct{ Invitations []struct{ ID string } }
	answer, err = s.people["agent"].Post("/v1/projects/"+p.ID+"/invitations", map[string]any{"invitations": []map[string]any{{"pro": "pro-ben"}}})
	if err = errorsFirst(err, answer.Into(http.StatusCreated, &round)); err != nil {
		return nil, err
	}
	if err := s.accept(round.Invitations[0].ID); err != nil {
		return nil, err
	}
	if err := s.version("guide v1.docx"); err != nil {
		return nil, err
	}
	st, err := s.statement()
	if err = errorsFirst(err, expect(len(st.Data) == 1, "Ben has one reward of it")); err != nil {
		return nil, err
	}
	s.work = st.Data[0].ReleaseAt
	return []string{"on hold until " + s.work}, expect(st.Data[0].State == "held", "the reward is on hold")
}

func (s *Changes) accept(invitation string) error {
	var offer struct{ Terms struct{ Version string } }
	answer, err := s.people["pro-ben"].Get("/v1/invitations/" + invitation)
	if err = errorsFirst(err, answer.Into(http.StatusOK, &offer)); err != nil {
		return err
	}
	var a struct{ ID string }
	answer, err = s.people["pro-ben"].Post("/v1/invitations/"+invitation+"/accept", map[string]string{"terms": offer.Terms.Version})
	if err = errorsFirst(err, answer.Into(http.StatusCreated, &a)); err != nil {
		return err
	}
	s.assignment = "/v1/assignments/" + a.ID
	return nil
}

// version hands in one file, and quality control passes it.
func (s *Changes) version(name string) error {
	upload, err := s.people["pro-ben"].Upload(strings.TrimPrefix(s.assignment, "/v1/assignments/"), name, []byte(name))
	if err != nil {
		return err
	}
	return errorsFirst(s.do("pro-ben", "/submit", map[string]any{"uploads": []string{upload}}, nil), s.do("qc", "/pass", nil, nil))
}

func (s *Changes) statement() (statement, error) {
	return s.people["pro-ben"].statement(strings.TrimPrefix(s.assignment, "/v1/assignments/"))
}

func (s *Changes) ask() ([]string, error) {
	if _, err := s.World.Advance(3 * 24 * time.Hour); err != nil {
		return nil, err
	}
	err := s.do("client", "/changes", map[string]any{"text": "The guide now has a second voice. Please add her lines."}, nil)
	if err != nil {
		return nil, err
	}
	seen, err := s.request("pro-ben")
	if err != nil {
		return nil, err
	}
	mail, err := s.World.lastMail("abel@callsheet.example.com")
	return mail, errorsFirst(err, expect(seen.State == "screening" && seen.Text == "", "Ben sees that there is a request, and no word of it"))
}

func (s *Changes) clarify() ([]string, error) {
	if err := s.do("agent", "/changes/ask-back", map[string]string{"question": "Does she speak in every room, or only in the rose garden?"}, nil); err != nil {
		return nil, err
	}
	told, err := s.World.lastMail("clara@client.example.com")
	if err != nil {
		return told, err
	}
	return append(told, "Clara answers: only in the rose garden"), s.do("client", "/changes/clarify", map[string]string{"text": "Only in the rose garden."}, nil)
}

func (s *Changes) whatIf() ([]string, error) {
	var w struct {
		Fee, Share, Platform struct{ Amount, Currency string }
		Rule, ValidUntil     string
	}
	answer, err := s.people["agent"].Get(s.assignment + "/changes/quote")
	if err == nil {
		err = answer.Into(http.StatusOK, &w)
	}
	return []string{
		fmt.Sprintf("Clara would pay %s %s, Ben get %s, the marketplace keep %s", w.Fee.Amount, w.Fee.Currency, w.Share.Amount, w.Platform.Amount),
		"rule " + w.Rule + ", good until " + w.ValidUntil,
	}, errorsFirst(err, expect(w.Fee.Amount == "18.00" && w.Share.Amount == "14.40" && w.Platform.Amount == "3.60", "the policy's fee and shares"))
}

func (s *Changes) price() ([]string, error) {
	if err := s.do("agent", "/changes/quote", map[string]any{"fee": amount("20.00"), "reason": "A second voice was not in the brief."}, nil); err != nil {
		return nil, err
	}
	return s.World.lastMail("clara@client.example.com")
}

func (s *Changes) approveQuote() ([]string, error) {
	seen, err := s.request("client")
	if err != nil {
		return nil, err
	}
	if err := expect(seen.Quote.Fee.Amount == "20.00" && seen.Quote.Share.Amount == "", "Clara sees the fee and not the share"); err != nil {
		return nil, err
	}
	if err := s.do("client", "/changes/quote/approve", map[string]string{"quote": seen.Quote.Version}, nil); err != nil {
		return nil, err
	}
	offered, err := s.request("pro-ben")
	if err != nil {
		return nil, err
	}
	s.quote = offered.Quote.Version
	told, err := s.World.lastMail("ben@pro.example.com")
	return told, errorsFirst(err, expect(offered.Quote.Share.Amount == "16.00" && offered.Quote.Fee.Amount == "" && offered.Text != "", "Ben sees his share, the changes and not the fee"))
}

func (s *Changes) acceptOffer() ([]string, error) {
	if err := s.do("pro-ben", "/changes/offer/accept", map[string]string{"quote": s.quote}, nil); err != nil {
		return nil, err
	}
	st, err := s.statement()
	if err != nil {
		return nil, err
	}
	told, err := s.World.lastMail("clara@client.example.com")
	told = append(told, fmt.Sprintf("Ben's balances: %v", st.Balances))
	if err := errorsFirst(err, expect(len(st.Data) == 2, "Ben has two rewards of it")); err != nil {
		return told, err
	}
	fee, work := st.Data[0], st.Data[1]
	return told, expect(fee.Change == 1 && fee.Amount.Amount == "16.00" && fee.State == "held" && fee.ReleaseAt == "" && work.Amount.Amount == "120.00" && work.State == "held", "the share is on hold, without a clock")
}

func (s *Changes) revise() ([]string, error) {
	seen, err := s.request("qc")
	if err != nil {
		return nil, err
	}
	if err := expect(seen.Text != "" && seen.Quote.Version == "", "Quinn reads the changes, and nothing of the fee"); err != nil {
		return nil, err
	}
	if err := s.version("guide v2.docx"); err != nil {
		return nil, err
	}
	st, err := s.statement()
	if err != nil {
		return nil, err
	}
	s.fee = st.Data[0].ReleaseAt
	return []string{"the fee is on hold until " + s.fee, "the work's reward until " + s.work}, expect(s.fee > s.work && st.Data[1].ReleaseAt == s.work, "each has its own instant")
}

func (s *Changes) approve() ([]string, error) {
	var a struct{ State string }
	err := s.do("client", "/approve", nil, &a)
	return []string{"the assignment is " + a.State}, errorsFirst(err, expect(a.State == "done", "Clara is done"))
}

func (s *Changes) late() ([]string, error) {
	if _, err := s.World.Advance(7 * 24 * time.Hour); err != nil {
		return nil, err
	}
	if err := errorsFirst(
		s.do("client", "/changes", map[string]any{"text": "Her name has one r: Clarisa."}, nil),
		s.do("agent", "/changes/forward", nil, nil),
	); err != nil {
		return nil, err
	}
	told, err := s.World.lastMail("ben@pro.example.com")
	if err != nil {
		return told, err
	}
	if err := errorsFirst(s.version("guide v3.docx"), s.do("client", "/approve", nil, nil)); err != nil {
		return told, err
	}
	st, err := s.statement()
	return told, errorsFirst(err, expect(len(st.Data) == 2 && st.Data[0].ReleaseAt == s.fee && st.Data[1].ReleaseAt == s.work, "no clock has moved, and there is no third reward"))
}

func (s *Changes) workCredited() ([]string, error) { return s.creditedAt(s.work, "held", "credited") }

func (s *Changes) feeCredited() ([]string, error) {
	return s.creditedAt(s.fee, "credited", "credited")
}

// creditedAt goes to just after an instant and looks at the fee's reward and the work's.
func (s *Changes) creditedAt(instant, fee, work string) ([]string, error) {
	at, err := time.Parse(time.RFC3339Nano, instant)
	if err != nil {
		return nil, err
	}
	now, err := s.World.Now()
	if err != nil {
		return nil, err
	}
	if _, err := s.World.Advance(at.Sub(now) + time.Minute); err != nil {
		return nil, err
	}
	st, err := s.statement()
	if err != nil {
		return nil, err
	}
	var told []string
	for _, r := range st.Data {
		told = append(told, fmt.Sprintf("%s %s %s %s", r.Amount.Amount, r.Amount.Currency, r.State, r.CreditedAt))
	}
	credited := st.Data[1]
	if fee == "credited" {
		credited = st.Data[0]
	}
	return told, expect(st.Data[0].State == fee && st.Data[1].State == work && credited.CreditedAt == instant, "credited at its own instant: "+instant)
}

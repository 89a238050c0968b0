package journey

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Speedy is the story of one speedy project: three pros race, quality control sends the work back once, the client
// approves, and thirty days later the reward is credited.
type Speedy struct {
	World                    *World
	client, agent, qc        *Person
	pros                     map[string]*Person
	project                  string
	invitations              map[string]string // by pro
	winner                   string
	assignment               string
	Assignment, Project, Pro string // what came of it, for whoever looks further
}

// Steps tells the story in order; each step needs the ones before it.
func (s *Speedy) Steps() []Step {
	return []Step{
		{"Clara needs a translation: she drafts and publishes a speedy project", s.publish},
		{"Abel invites three pros at once, each at their own reward; the mails go out by themselves", s.invite},
		{"Ben opens his invitation: brief, reward, terms, deadline, and what he may do", s.open},
		{"All three press Accept in the same moment; exactly one gets the seat", s.race},
		{"The other two are told the truth, on the page and in one mail", s.losers},
		{"The winner uploads a file; uploading alone sends nothing to quality control", s.upload},
		{"Submitting sends version 1 to quality control; the client does not see it", s.submit},
		{"Quinn claims it and asks for a revision, all comments in one mail", s.revise},
		{"Version 2 comes in, every comment answered, and passes; the reward is on hold for 30 days", s.pass},
		{"Clara downloads what passed and approves", s.approve},
		{"One hour before the 30 days are over nothing is credited yet", s.early},
		{"Thirty days after the first approval the reward is credited, exactly once", s.credited},
	}
}

func (s *Speedy) cast() error {
	s.pros, s.invitations = map[string]*Person{}, map[string]string{}
	for subject, into := range map[string]**Person{"client": &s.client, "agent": &s.agent, "qc": &s.qc} {
		p, err := s.World.As(subject)
		if err != nil {
			return err
		}
		*into = p
	}
	for _, subject := range []string{"pro-ana", "pro-ben", "pro-cem"} {
		p, err := s.World.As(subject)
		if err != nil {
			return err
		}
		s.pros[subject] = p
	}
	return nil
}

func (s *Speedy) publish() ([]string, error) {
	if err := s.cast(); err != nil {
		return nil, err
	}
	now, err := s.World.Now()
	if err != nil {
		return nil, err
	}
	answer, err := s.client.Post("/v1/projects", map[string]any{
		"type": "speedy", "category": "translation", "title": "Museum audio guide, English to Spanish",
		"brief":  "Forty short texts for visitors. Keep the warm tone; numbers in words.",
		"assets": []map[string]string{{"name": "source texts", "url": "https://client.example.com/guide.zip"}},
		"reward": amount("120.00"), "deliverBy": now.Add(5 * 24 * time.Hour).Format(time.RFC3339), "publish": true,
	})
	if err != nil {
		return nil, err
	}
	var p struct{ ID, State string }
	if err := answer.Into(http.StatusCreated, &p); err != nil {
		return nil, err
	}
	s.project, s.Project = p.ID, p.ID
	return []string{"project " + p.ID + " is " + p.State}, expect(p.State == "open", "the project is open")
}

func (s *Speedy) invite() ([]string, error) {
	answer, err := s.agent.Post("/v1/projects/"+s.project+"/invitations", map[string]any{"invitations": []map[string]any{
		{"pro": "pro-ana", "reward": amount("140.00")}, {"pro": "pro-ben"}, {"pro": "pro-cem", "reward": amount("110.00")},
	}})
	if err != nil {
		return nil, err
	}
	var round struct {
		Invitations []struct {
			ID, Pro string
			Reward  struct{ Amount, Currency string }
		}
	}
	if err := answer.Into(http.StatusCreated, &round); err != nil {
		return nil, err
	}
	var told []string
	for _, i := range round.Invitations {
		s.invitations[i.Pro] = i.ID
		told = append(told, fmt.Sprintf("%s is offered %s %s", i.Pro, i.Reward.Amount, i.Reward.Currency))
	}
	mails, err := s.World.Mails("ana@pro.example.com")
	if err != nil {
		return nil, err
	}
	if err := expect(len(mails) > 0, "Ana has an invitation mail"); err != nil {
		return nil, err
	}
	return append(told, quote(mails[0])...), nil
}

func (s *Speedy) open() ([]string, error) {
	answer, err := s.pros["pro-ben"].Get("/v1/invitations/" + s.invitations["pro-ben"])
	if err != nil {
		return nil, err
	}
	var i invitation
	if err := answer.Into(http.StatusOK, &i); err != nil {
		return nil, err
	}
	told := []string{fmt.Sprintf("«%s», %s %s, due %s, open until %s", i.Title, i.Terms.Reward.Amount, i.Terms.Reward.Currency, i.Terms.DeliverBy, i.ExpiresAt)}
	for _, a := range i.Actions {
		told = append(told, fmt.Sprintf("may %s: %v", a.Action, a.Allowed))
	}
	return told, expect(i.State == "open" && i.Brief != "", "an open invitation shows its brief")
}

type invitation struct {
	State, Title, Brief, ExpiresAt, FilledAt, NotifiedAt string
	Seats                                                struct{ Total, Taken int }
	Terms                                                struct {
		Version, DeliverBy string
		Reward             struct{ Amount, Currency string }
	}
	Actions []struct {
		Action, Code, Reason string
		Allowed              bool
	}
}

func (s *Speedy) race() ([]string, error) {
	type result struct {
		pro    string
		answer Answer
		err    error
	}
	seen := map[string]string{} // before anybody presses: who opens it later finds no terms any more
	for subject, pro := range s.pros {
		var i invitation
		answer, err := pro.Get("/v1/invitations/" + s.invitations[subject])
		if err == nil {
			err = answer.Into(http.StatusOK, &i)
		}
		if err != nil {
			return nil, err
		}
		seen[subject] = i.Terms.Version
	}
	results := make(chan result)
	for subject, pro := range s.pros {
		go func() {
			answer, err := pro.Post("/v1/invitations/"+s.invitations[subject]+"/accept", map[string]string{"terms": seen[subject]})
			results <- result{subject, answer, err}
		}()
	}
	var told []string
	for range s.pros {
		r := <-results
		if r.err != nil {
			return told, r.err
		}
		var body struct{ ID, Code, Detail string }
		if r.answer.Status == http.StatusCreated {
			if err := r.answer.Into(http.StatusCreated, &body); err != nil {
				return told, err
			}
			if err := expect(s.winner == "", "only one pro has the seat"); err != nil {
				return told, err
			}
			s.winner, s.assignment = r.pro, body.ID
			s.Pro, s.Assignment = r.pro, body.ID
			told = append(told, r.pro+" has it and may start at once: "+body.ID)
			continue
		}
		if err := r.answer.Into(http.StatusConflict, &body); err != nil {
			return told, err
		}
		told = append(told, fmt.Sprintf("%s is refused with %s: %s", r.pro, body.Code, body.Detail))
	}
	return told, expect(s.winner != "", "one pro has the seat")
}

func (s *Speedy) losers() ([]string, error) {
	for subject, pro := range s.pros {
		if subject == s.winner {
			continue
		}
		answer, err := pro.Get("/v1/invitations/" + s.invitations[subject])
		if err != nil {
			return nil, err
		}
		var i invitation
		if err := answer.Into(http.StatusOK, &i); err != nil {
			return nil, err
		}
		told := []string{fmt.Sprintf("page of %s: %s, %d of %d seats taken at %s, invited at %s", subject, i.State, i.Seats.Taken, i.Seats.Total, i.FilledAt, i.NotifiedAt)}
		mails, err := s.World.Mails(strings.TrimPrefix(subject, "pro-") + "@pro.example.com")
		if err != nil {
			return told, err
		}
		if err := expect(i.State == "closed" && len(mails) == 2, "a loser has a truthful page and one more mail"); err != nil {
			return told, err
		}
		return append(told, quote(mails[0])...), nil
	}
	return nil, fmt.Errorf("nobody lost")
}

func (s *Speedy) upload() ([]string, error) {
	upload, err := s.pros[s.winner].Upload(s.assignment, "guía v1.docx", []byte("first draft of forty texts"))
	if err != nil {
		return nil, err
	}
	s.invitations["upload"] = upload
	state, err := s.state()
	return []string{"uploaded " + upload + "; the assignment is still " + state}, errorsFirst(err, expect(state == "working", "an upload alone changes nothing"))
}

func (s *Speedy) submit() ([]string, error) {
	answer, err := s.pros[s.winner].Post("/v1/assignments/"+s.assignment+"/submit", map[string]any{"uploads": []string{s.invitations["upload"]}, "comment": "Numbers are in words."})
	if err != nil {
		return nil, err
	}
	var a struct{ State string }
	if err := answer.Into(http.StatusOK, &a); err != nil {
		return nil, err
	}
	files, err := s.delivery()
	return []string{"the assignment is " + a.State, fmt.Sprintf("the client sees %d files", len(files))}, errorsFirst(err, expect(a.State == "in_qc" && len(files) == 0, "the client sees nothing before QC"))
}

func (s *Speedy) revise() ([]string, error) {
	answer, err := s.qc.Post("/v1/assignments/"+s.assignment+"/claim", nil)
	if err != nil {
		return nil, err
	}
	if err := answer.Into(http.StatusOK, nil); err != nil {
		return nil, err
	}
	answer, err = s.qc.Post("/v1/assignments/"+s.assignment+"/revision", map[string]any{"comments": []map[string]any{
		{"text": "The year is missing.", "file": s.invitations["upload"], "page": 7}, {"text": "Text 23 is addressed to «usted»; the guide says «tú»."},
	}})
	if err != nil {
		return nil, err
	}
	if err := answer.Into(http.StatusOK, nil); err != nil {
		return nil, err
	}
	return s.World.lastMail(strings.TrimPrefix(s.winner, "pro-") + "@pro.example.com")
}

func (s *Speedy) pass() ([]string, error) {
	upload, err := s.pros[s.winner].Upload(s.assignment, "guía v2.docx", []byte("second draft of forty texts"))
	if err != nil {
		return nil, err
	}
	for _, call := range []struct {
		who  *Person
		path string
		body any
	}{
		{s.pros[s.winner], "submit", map[string]any{"uploads": []string{upload}, "answers": []map[string]any{
			{"comment": 1, "text": "Added."}, {"comment": 2, "text": "«tú» throughout."},
		}}}, {s.qc, "claim", nil}, {s.qc, "pass", nil},
	} {
		answer, err := call.who.Post("/v1/assignments/"+s.assignment+"/"+call.path, call.body)
		if err != nil {
			return nil, err
		}
		if err := answer.Into(http.StatusOK, nil); err != nil {
			return nil, fmt.Errorf("%s: %w", call.path, err)
		}
	}
	told, err := s.compared()
	if err != nil {
		return told, err
	}
	st, err := s.statement()
	if err != nil {
		return told, err
	}
	if err := expect(len(st.Data) == 1 && st.Data[0].State == "held", "the reward is on hold"); err != nil {
		return told, err
	}
	told = append(told, fmt.Sprintf("statement: %s %s %s until %s", st.Data[0].Amount.Amount, st.Data[0].Amount.Currency, st.Data[0].State, st.Data[0].ReleaseAt))
	mail, err := s.World.lastMail("clara@client.example.com")
	return append(told, mail...), err
}

func (s *Speedy) approve() ([]string, error) {
	files, err := s.delivery()
	if err != nil {
		return nil, err
	}
	if err := expect(len(files) == 1, "the client sees one file"); err != nil {
		return nil, err
	}
	content, err := s.World.Send(files[0].Download, nil)
	if err != nil {
		return nil, err
	}
	answer, err := s.client.Post("/v1/assignments/"+s.assignment+"/approve", nil)
	if err != nil {
		return nil, err
	}
	var a struct{ State string }
	if err := answer.Into(http.StatusOK, &a); err != nil {
		return nil, err
	}
	return []string{fmt.Sprintf("downloaded «%s»: %q", files[0].Name, content.Body), "the assignment is " + a.State},
		expect(a.State == "done" && string(content.Body) == "second draft of forty texts", "the client has version 2 and is done")
}

func (s *Speedy) early() ([]string, error) {
	st, err := s.statement()
	if err != nil {
		return nil, err
	}
	release, err := time.Parse(time.RFC3339Nano, st.Data[0].ReleaseAt)
	if err != nil {
		return nil, err
	}
	now, err := s.World.Now()
	if err != nil {
		return nil, err
	}
	if _, err := s.World.Advance(release.Sub(now) - time.Hour); err != nil {
		return nil, err
	}
	if st, err = s.statement(); err != nil {
		return nil, err
	}
	return []string{"still " + st.Data[0].State}, expect(st.Data[0].State == "held", "an hour early the reward is held")
}

func (s *Speedy) credited() ([]string, error) {
	happened, err := s.World.Advance(2 * time.Hour)
	if err != nil {
		return nil, err
	}
	var told []string
	for _, h := range happened {
		if h.Source == "stepfunctions" {
			told = append(told, h.At.Format(time.RFC3339)+" "+h.What)
		}
	}
	st, err := s.statement()
	if err != nil {
		return told, err
	}
	told = append(told, fmt.Sprintf("statement: %s %s %s at %s; balances %v", st.Data[0].Amount.Amount, st.Data[0].Amount.Currency, st.Data[0].State, st.Data[0].CreditedAt, st.Balances))
	if err := expect(len(st.Data) == 1 && st.Data[0].State == "credited" && st.Data[0].CreditedAt == st.Data[0].ReleaseAt, "the reward is credited once, at its instant"); err != nil {
		return told, err
	}
	mail, err := s.World.lastMail(strings.TrimPrefix(s.winner, "pro-") + "@pro.example.com")
	return append(told, mail...), err
}

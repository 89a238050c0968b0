package journey

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// play is what the shorter stories share: people who come when they are needed, one project with its invitations, and
// what can be done to them in one line.
type play struct {
	world       *World
	people      map[string]*Person
	project     string
	invitations map[string]string // by pro, the last one
	assignments map[string]string // by pro
}

func newPlay(w *World) *play {
	return &play{world: w, people: map[string]*Person{}, invitations: map[string]string{}, assignments: map[string]string{}}
}

// as is somebody of the cast.
func (p *play) as(who string) (*Person, error) {
	if p.people[who] == nil {
		person, err := p.world.As(who)
		if err != nil {
			return nil, err
		}
		p.people[who] = person
	}
	return p.people[who], nil
}

func (p *play) get(who, path string, into any) error {
	person, err := p.as(who)
	if err != nil {
		return err
	}
	answer, err := person.Get(path)
	if err != nil {
		return err
	}
	return answer.Into(http.StatusOK, into)
}

// post does something and expects the status.
func (p *play) post(who, path string, status int, body, into any) error {
	person, err := p.as(who)
	if err != nil {
		return err
	}
	answer, err := person.Post(path, body)
	if err != nil {
		return err
	}
	if err := answer.Into(status, into); err != nil {
		return fmt.Errorf("%s %s: %w", who, path, err)
	}
	return nil
}

// publish is Clara's project, due in some days; more changes what is special about it.
func (p *play) publish(title string, days int, more map[string]any) error {
	now, err := p.world.Now()
	if err != nil {
		return err
	}
	body := map[string]any{
		"type": "speedy", "category": "translation", "title": title, "brief": "Forty short texts for visitors. Keep the warm tone.",
		"reward": amount("120.00"), "deliverBy": now.AddDate(0, 0, days).Format(time.RFC3339), "publish": true,
	}
	for field, value := range more {
		body[field] = value
	}
	var made struct{ ID string }
	err = p.post("client", "/v1/projects", http.StatusCreated, body, &made)
	p.project = made.ID
	return err
}

// invite calls a round of pros at the project's reward, and waits until they are told: who comes too late to be told of an
// open invitation gets no mail about it.
func (p *play) invite(pros ...string) error {
	var guests []map[string]string
	for _, pro := range pros {
		guests = append(guests, map[string]string{"pro": pro})
	}
	var round struct{ Invitations []struct{ ID, Pro string } }
	err := p.post("agent", "/v1/projects/"+p.project+"/invitations", http.StatusCreated, map[string]any{"invitations": guests}, &round)
	for _, i := range round.Invitations {
		p.invitations[i.Pro] = i.ID
	}
	if err != nil {
		return err
	}
	_, err = p.world.Advance(0)
	return err
}

// accept takes a pro's last invitation on the terms that it shows.
func (p *play) accept(pro string) error {
	var i invitation
	if err := p.get(pro, "/v1/invitations/"+p.invitations[pro], &i); err != nil {
		return err
	}
	var a struct{ ID string }
	err := p.post(pro, "/v1/invitations/"+p.invitations[pro]+"/accept", http.StatusCreated, map[string]string{"terms": i.Terms.Version}, &a)
	p.assignments[pro] = a.ID
	return err
}

// deliver hands a file in; pass has quality control approve it.
func (p *play) deliver(pro, name, content string) error {
	person, err := p.as(pro)
	if err != nil {
		return err
	}
	upload, err := person.Upload(p.assignments[pro], name, []byte(content))
	if err != nil {
		return err
	}
	return p.post(pro, "/v1/assignments/"+p.assignments[pro]+"/submit", http.StatusOK, map[string]any{"uploads": []string{upload}}, nil)
}

func (p *play) pass(pro string) error {
	return errorsFirst(
		p.post("qc", "/v1/assignments/"+p.assignments[pro]+"/claim", http.StatusOK, nil, nil),
		p.post("qc", "/v1/assignments/"+p.assignments[pro]+"/pass", http.StatusOK, nil, nil),
	)
}

// mail quotes the newest mail to a persona whose subject begins as said. On a clock that stands still the newest of all may
// be of another story.
func (p *play) mail(who, subject string) ([]string, error) {
	mails, err := p.world.Mails(address(who))
	if err != nil {
		return nil, err
	}
	for _, m := range mails {
		if strings.HasPrefix(m.Subject, subject) {
			return quote(m), nil
		}
	}
	return nil, fmt.Errorf("none of %d mails to %s is %q", len(mails), who, subject)
}

// address is where a persona of the cast gets mail.
func address(who string) string {
	for _, p := range Cast() {
		if p.Subject == who {
			return p.Email
		}
	}
	return ""
}

package budget

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/callsheet/callsheet/infra/journey"
	"github.com/callsheet/callsheet/infra/local"
	"github.com/callsheet/callsheet/infra/local/dynamodb"
)

// Limit is one of the product's promises about what a project costs.
type Limit struct {
	What string
	Most float64
	Of   func(Cost) float64
}

// Limits are the promises for one project with twenty invited pros and one QC rejection.
func Limits() []Limit {
	return []Limit{
		{"write units", 150, func(c Cost) float64 { return c.WriteUnits }},
		{"read units", 30, func(c Cost) float64 { return c.ReadUnits }},
		{"state transitions", 12, func(c Cost) float64 { return float64(c.Transitions) }},
		{"mails", 25, func(c Cost) float64 { return float64(c.Mails) }},
	}
}

// Cost is what one project came to. Counts do not depend on the machine.
type Cost struct {
	journey.Usage
	ByCall map[string]Units // by function and DynamoDB operation
}

// Units are calls with what they consumed.
type Units struct {
	Calls       int
	Read, Write float64
}

// Meter counts DynamoDB calls by the function that made them. The sweep is left out of a project's cost: it runs by the
// clock, whether or not there are projects.
type Meter struct {
	mu    sync.Mutex
	calls []dynamodb.Call
}

// Record is for local.Config.OnCall.
func (m *Meter) Record(c dynamodb.Call) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = append(m.calls, c)
}

func (m *Meter) reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = nil
}

const sweep = "callsheet-SweepFunction"

// Project plays one project, from draft to credit, and counts it. The cloud must know Cast.
func (m *Meter) Project(cloud *local.Cloud) (Cost, error) {
	world := journey.New(cloud.URL)
	if err := world.Settle(Cast()); err != nil {
		return Cost{}, err
	}
	if err := lean(world); err != nil { // processes read the deployment's keys once, at their first project
		return Cost{}, err
	}
	return m.counted(world, func() error { return lean(world) })
}

// counted is what something costs that is done in a world.
func (m *Meter) counted(world *journey.World, do func() error) (Cost, error) {
	before, err := world.Usage()
	if err != nil {
		return Cost{}, err
	}
	m.reset()
	if err := do(); err != nil {
		return Cost{}, err
	}
	after, err := world.Usage()
	if err != nil {
		return Cost{}, err
	}
	c := Cost{ByCall: map[string]Units{}, Usage: journey.Usage{
		Requests: after.Requests - before.Requests, Transitions: after.Transitions - before.Transitions, Mails: after.Mails - before.Mails,
	}}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, call := range m.calls {
		key := call.AccessKeyID + " " + call.Operation
		u := c.ByCall[key]
		c.ByCall[key] = Units{u.Calls + 1, u.Read + call.ReadUnits, u.Write + call.WriteUnits}
		if call.AccessKeyID != sweep {
			c.ReadUnits += call.ReadUnits
			c.WriteUnits += call.WriteUnits
		}
	}
	return c, nil
}

// Cast are the people of the stories and as many pros more as the budget speaks of.
func Cast() []journey.Profile {
	people := journey.Cast()
	for i := range guests {
		people = append(people, journey.Profile{
			Subject: guest(i), Name: fmt.Sprintf("Pro Number %d", i), Email: guest(i) + "@pro.example.com", Language: "en", Zone: "Europe/Madrid", Roles: []string{"pro"},
		})
	}
	return people
}

const guests = 20

// guest is as long as the subjects of most issuers, because every record of the pro's carries it.
func guest(i int) string { return fmt.Sprintf("6f1e2d3c-4b5a-4978-8796-a5b4c3d2e%03d", i) }

// lean is one project without a look more than it takes: every call of it changes something, but for the pro's look at
// the invitation and the client's at the delivery.
func lean(world *journey.World) error {
	people, err := cast(world, "client", "agent", "qc", guest(0))
	if err != nil {
		return err
	}
	client, agent, qc, pro := people["client"], people["agent"], people["qc"], people[guest(0)]
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
	invited := []map[string]any{}
	for i := range guests {
		invited = append(invited, map[string]any{"pro": guest(i), "reward": map[string]string{"amount": fmt.Sprintf("%d.00", 100+i), "currency": "USD"}})
	}
	var round struct{ Invitations []struct{ ID string } }
	if err := posted(agent, "/v1/projects/"+made.ID+"/invitations", http.StatusCreated, map[string]any{"invitations": invited}, &round); err != nil {
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
	}{{"/revision", map[string]any{"comments": []map[string]any{{"text": "Text 7: the year is missing."}}}}, {"/pass", nil}} {
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

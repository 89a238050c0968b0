package budget

import (
	"net/http"
	"time"

	"github.com/callsheet/callsheet/infra/journey"
	"github.com/callsheet/callsheet/infra/local"
)

// FlagLimits are the promises for one flag: raised with a comment, claimed, answered, and resolved with two days more.
func FlagLimits() []Limit {
	return []Limit{
		{"write units", 80, func(c Cost) float64 { return c.WriteUnits }},
		{"read units", 20, func(c Cost) float64 { return c.ReadUnits }},
		{"state transitions", 9, func(c Cost) float64 { return float64(c.Transitions) }},
		{"mails", 4, func(c Cost) float64 { return float64(c.Mails) }},
	}
}

// Flag plays one flag of a pro at work, to the end of its promise, and counts it.
func (m *Meter) Flag(cloud *local.Cloud) (Cost, error) {
	world := journey.New(cloud.URL)
	if err := world.Settle(Cast()); err != nil {
		return Cost{}, err
	}
	var c Cost
	for range 2 { // processes read the deployment's keys once, so the second flag counts
		project, err := begun(world)
		if err != nil {
			return Cost{}, err
		}
		if c, err = m.counted(world, func() error { return answered(world, project) }); err != nil {
			return Cost{}, err
		}
	}
	return c, nil
}

// begun is a project on which a pro works.
func begun(world *journey.World) (project string, err error) {
	people, err := cast(world, "client", "agent", guest(0))
	if err != nil {
		return "", err
	}
	now, err := world.Now()
	if err != nil {
		return "", err
	}
	var made struct{ ID string }
	if err := posted(people["client"], "/v1/projects", http.StatusCreated, map[string]any{
		"type": "speedy", "category": "translation", "title": "Audio guide, English to Spanish", "brief": "Forty short texts. Keep the warm tone.",
		"reward": map[string]string{"amount": "120.00", "currency": "USD"}, "deliverBy": now.Add(5 * 24 * time.Hour).Format(time.RFC3339), "publish": true,
	}, &made); err != nil {
		return "", err
	}
	var round struct{ Invitations []struct{ ID string } }
	if err := posted(people["agent"], "/v1/projects/"+made.ID+"/invitations", http.StatusCreated, map[string]any{"invitations": []map[string]any{{"pro": guest(0)}}}, &round); err != nil {
		return "", err
	}
	invitation := "/v1/invitations/" + round.Invitations[0].ID
	answer, err := people[guest(0)].Get(invitation)
	if err != nil {
		return "", err
	}
	var seen struct{ Terms struct{ Version string } }
	if err := answer.Into(http.StatusOK, &seen); err != nil {
		return "", err
	}
	err = posted(people[guest(0)], invitation+"/accept", http.StatusCreated, map[string]string{"terms": seen.Terms.Version}, nil)
	if err == nil {
		_, err = world.Advance(0)
	}
	return made.ID, err
}

// answered is one flag, and thirteen hours in which its alarms ring for nothing.
func answered(world *journey.World, project string) error {
	people, err := cast(world, "agent", guest(0))
	if err != nil {
		return err
	}
	now, err := world.Now()
	if err != nil {
		return err
	}
	var flag struct{ ID string }
	if err := posted(people[guest(0)], "/v1/flags", http.StatusCreated, map[string]any{"project": project, "reason": "more_time", "comment": "The texts came two days late."}, &flag); err != nil {
		return err
	}
	for _, step := range []struct {
		path string
		body any
	}{
		{"/claim", nil}, {"/replies", map[string]any{"text": "Would two days do?"}},
		{"/resolve", map[string]any{"outcome": "deadline_extended", "text": "You have two days more.", "to": now.Add(7 * 24 * time.Hour).Format(time.RFC3339)}},
	} {
		if err := posted(people["agent"], "/v1/flags/"+flag.ID+step.path, http.StatusOK, step.body, nil); err != nil {
			return err
		}
	}
	_, err = world.Advance(13 * time.Hour)
	return err
}

func cast(world *journey.World, subjects ...string) (map[string]*journey.Person, error) {
	people := map[string]*journey.Person{}
	for _, subject := range subjects {
		p, err := world.As(subject)
		if err != nil {
			return nil, err
		}
		people[subject] = p
	}
	return people, nil
}

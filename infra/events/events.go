// Package events is the world that the files of events/ speak of: people, projects, assignments and rewards with fixed
// ids, as they stand at one instant. Every record is made by the jobs themselves, so none is in a state that production
// could not reach. It knows neither Lambda nor the event files; infra/events_test.go replays those.
package events

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/callsheet/callsheet/infra/journey"
	"github.com/callsheet/callsheet/shared/api"
	"github.com/callsheet/callsheet/shared/directory"
	"github.com/callsheet/callsheet/shared/dynamo"
	"github.com/callsheet/callsheet/shared/dynamo/item"
	"github.com/callsheet/callsheet/shared/files"
	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// Start is the instant of the world: what is due in it is due exactly now.
var Start = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// Base begins every ULID of the world; five characters that name the story follow.
const Base = "01ARZ3NDEKTSV4RRFFQ69"

const day = 24 * time.Hour

// Seed writes the world into an empty table and bucket. The bucket's clock stands at about Start, because it judges the
// links with which the files come in.
func Seed(ctx context.Context, client dynamo.Client, table string, bucket *files.Bucket) error {
	w := &world{ctx: ctx, bucket: bucket, people: map[string]party.Actor{}}
	db := settled{dynamo.New(client, table), client, table}
	w.jobs = &project.Service{Store: db, Files: bucket, Policies: policy.Editions(), NewID: w.newID, Pause: alone}
	w.desk = api.Help(db, past{w}, w.jobs, bucket)
	for _, name := range []string{"cursor", "links"} { // so that those in the files are good
		if _, err := db.SigningKey(ctx, name, []byte("known to everybody: no deployment")); err != nil {
			return fmt.Errorf("signing key %s: %w", name, err)
		}
	}
	if err := w.settle(); err != nil {
		return err
	}
	for _, s := range stories {
		w.story, w.events = s.id, 0
		for i, h := range s.happened {
			ask := project.Ask{By: w.people[h.who], Channel: "http", Now: Start.Add(-h.ago), Answer: unanswered}
			if err := h.do(w, ask); err != nil {
				return fmt.Errorf("story %s, step %d by %s: %w", s.id, i+1, h.who, err)
			}
		}
	}
	return nil
}

// world is the past while it is being written.
type world struct {
	ctx    context.Context
	jobs   *project.Service
	desk   *help.Service
	bucket *files.Bucket
	people map[string]party.Actor
	story  string // the one under way
	events int    // of that story
}

// newID gives everything of a story the story's ULID, and numbers its events.
func (w *world) newID(prefix string) string {
	if prefix == "evt" {
		w.events++
		return fmt.Sprintf("evt_%s%02d%s", Base[:len(Base)-2], w.events, w.story)
	}
	return prefix + "_" + Base + w.story
}

// past is the world as the environment of a job.
type past struct{ *world }

func (p past) Now(context.Context) (time.Time, error) { return Start, nil }
func (p past) NewID(prefix string) string             { return p.newID(prefix) }
func (p past) NewKey() []byte                         { return nil }
func (p past) Pause(ctx context.Context, try int)     { alone(ctx, try) }

// settle writes the profiles of the cast.
func (w *world) settle() error {
	w.story = "CAST0"
	people := directory.Service{Store: w.jobs.Store, NewID: w.newID, Pause: alone}
	admin := party.Actor{ID: "admin", Roles: []lifecycle.Role{party.Admin}}
	for _, p := range journey.Cast() {
		profile := party.Profile{ID: p.Subject, Active: true, Contact: party.Contact{Name: p.Name, Email: p.Email, Language: p.Language, Zone: p.Zone}}
		for _, r := range p.Roles {
			profile.Roles = append(profile.Roles, lifecycle.Role(r))
		}
		w.people[p.Subject] = profile.Actor()
		_, err := people.Put(w.ctx, admin, Start.Add(-120*day), profile, 0, func(party.Profile) (store.Reply, error) { return store.Reply{}, nil })
		if err != nil {
			return fmt.Errorf("profile of %s: %w", p.Subject, err)
		}
	}
	return nil
}

func unanswered(any) (store.Reply, error) { return store.Reply{}, nil }

// alone never waits: nobody else writes while the world is made.
func alone(context.Context, int) {}

// settled is a store whose past is over: people were told, and no alarm is left waiting. What is due stays due, so the
// events, and nothing but the events, make it happen. Only what happens at Start is still to be told: it is written a
// second time as the commit had it, which the stream takes for a change, and the functions behind it for nothing new.
type settled struct {
	store.Store
	client dynamo.Client
	table  string
}

func (s settled) Commit(ctx context.Context, c store.Change) error {
	news := c.Event
	c.Event.Outbox, c.Event.Armed = false, nil
	for n := range c.Others {
		c.Others[n].Outbox, c.Others[n].Armed = false, nil
	}
	if err := s.Store.Commit(ctx, c); err != nil || news.At.Before(Start) {
		return err
	}
	row, err := item.EncodeEvent(news)
	if err != nil {
		return err
	}
	_, err = s.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: row})
	return err
}

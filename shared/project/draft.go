package project

import (
	"slices"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
)

// Brief is what people write about a project while it is a draft.
type Brief struct {
	Client           string // staff name the client; a client is their own
	Type             Type
	Category         string
	Title            string
	Text             string
	Assets           []Asset
	Reward           ledger.Money
	ZeroRewardReason string
	DeliverBy        time.Time
	Seats            int
}

// Drafted is a new project. A client drafts their own; staff may draft for a client.
func Drafted(id string, b Brief, by party.Actor, p policy.Policy, now time.Time) (Project, error) {
	if b.Client == "" && by.Is(party.Client) {
		b.Client = by.ID
	}
	if !by.Is(staff...) && (!by.Is(party.Client) || b.Client != by.ID) {
		return Project{}, problem.New(problem.CodeForbidden, "Projects are created by their client or by staff.")
	}
	if err := b.validate(p, now); err != nil {
		return Project{}, err
	}
	project := Project{ID: id, Progress: lifecycle.Start(Lifecycle), Policy: p.Version, Client: b.Client, CreatedAt: now}
	return project.with(b).touched(now), nil
}

// Revised is a draft after an edit; a published project is not edited here.
func Revised(p Project, b Brief, by party.Actor, book policy.Policy, now time.Time) (Project, error) {
	progress, err := p.Progress.Do(Lifecycle, Edit, p.RolesOf(by)...)
	if err != nil {
		return p, err
	}
	b.Client = p.Client
	if err := b.validate(book, now); err != nil {
		return p, err
	}
	p.Progress = progress
	return p.with(b).touched(now), nil
}

// Opened is a published project. A reward of 0 must be explained, and the deadline must be ahead (R54, A22).
func Opened(p Project, by party.Actor, now time.Time) (Project, error) {
	progress, err := p.Progress.Do(Lifecycle, Publish, p.RolesOf(by)...)
	if err != nil {
		return p, err
	}
	if p.Reward.IsZero() && p.ZeroRewardReason == "" {
		return p, problem.New(problem.CodeZeroReward, "A project with a reward of 0 is published only with zeroRewardReason.")
	}
	if !p.DeliverBy.After(now) {
		return p, problem.New(problem.CodeDeadlinePassed, "The delivery deadline has passed; set a later one first.")
	}
	p.Progress = progress
	return p.touched(now), nil
}

// CalledOff is a cancelled project, possible until the last seat is taken and while nobody works on it.
func CalledOff(p Project, by party.Actor, now time.Time) (Project, error) {
	progress, err := p.Progress.Do(Lifecycle, Cancel, p.RolesOf(by)...)
	if err != nil {
		return p, err
	}
	if p.Taken() > 0 {
		return p, problem.New(problem.CodeStateChanged, "Pros are working on it already.").With("taken", itoa(p.Taken()))
	}
	p.Progress = progress
	return p.closed(now).touched(now), nil
}

func (p Project) with(b Brief) Project {
	p.Type, p.Category, p.Title, p.Brief, p.Assets = b.Type, b.Category, b.Title, b.Text, b.Assets
	p.Reward, p.ZeroRewardReason, p.DeliverBy = b.Reward, b.ZeroRewardReason, b.DeliverBy.UTC().Truncate(time.Millisecond)
	p.Seats = make([]Seat, b.Seats)
	return p
}

func (b Brief) validate(p policy.Policy, now time.Time) error {
	var wrong problem.Fields
	if !party.ValidID(b.Client) {
		wrong.Add("/client", "Name the client whose project this is.")
	}
	if !slices.Contains(Types(), b.Type) {
		wrong.Add("/type", "The type is one of speedy, contest, booking.")
	}
	if _, ok := p.Category(b.Category); !ok {
		wrong.Add("/category", "There is no category %q.", b.Category)
	}
	if b.Title == "" {
		wrong.Add("/title", "A title is needed.")
	}
	if b.Text == "" {
		wrong.Add("/brief", "A brief is needed: it is what pros decide on.")
	}
	switch most := min(p.SeatsPerProject, mostSeats); {
	case b.Seats < 1 || b.Seats > most:
		wrong.Add("/seats", "A project has 1 to %d seats.", most)
	case b.Type != Contest && b.Seats != 1:
		wrong.Add("/seats", "Only a contest has more than one seat.")
	}
	if !b.DeliverBy.After(now) || b.DeliverBy.After(now.AddDate(2, 0, 0)) {
		wrong.Add("/deliverBy", "The delivery deadline lies ahead, within two years.")
	}
	return wrong.Err()
}

package project

import (
	"context"
	"strings"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// The use cases after the seat: upload, submit, quality control, client review.

// UploadKey is where a file of an assignment lies in the bucket.
func UploadKey(assignment, file string) string { return "uploads/" + assignment + "/" + file }

// Upload checks that the actor may add a file to the assignment now, and names it. A yes on data a moment old does no
// harm, since submitting decides again; a no is only given on fresh data.
func (s *Service) Upload(ctx context.Context, by party.Actor, id string) (fileID string, err error) {
	for _, f := range []store.Freshness{store.Stale, store.Fresh} {
		var a Assignment
		a, err = store.Is[Assignment](s.Store.Get(ctx, store.Ref{Kind: store.Assignment, ID: id}, f))
		if err == nil && !a.Visible(by) {
			err = notFound()
		}
		if err == nil {
			err = MayUpload(a, by)
		}
		if err == nil {
			return s.NewID("fil"), nil
		}
	}
	return "", err
}

// Submission is what a pro hands in as one version.
type Submission struct {
	Uploads []string // IDs
	Note    string   // for who checks it
	Answers []Answer // to the comments on the version before
}

// Submit sends a version to QC: files that have arrived whole, verified by the bucket (R40, A19).
func (s *Service) Submit(ctx context.Context, ask Ask, id string, handed Submission) (store.Reply, error) {
	return s.onAssignment(ctx, ask, id, Submit, func(a Assignment) (decided, error) {
		if err := MayUpload(a, ask.By); err != nil {
			return decided{}, err
		}
		book, err := s.policyOf(a.Policy)
		if err != nil {
			return decided{}, err
		}
		if len(handed.Uploads) > book.FilesPerVersion {
			return decided{}, problem.New(problem.CodeTooManyItems, "A version has at most %d files.", book.FilesPerVersion)
		}
		files, err := s.arrived(ctx, handed.Uploads, func(file string) string { return UploadKey(a.ID, file) })
		if err != nil {
			return decided{}, err
		}
		next, err := Submitted(a, files, handed.Answers, ask.By, book, ask.Now)
		return decided{next: next, facts: []store.Fact{VersionSubmitted{Assignment: a.ID, Number: next.Number, Files: files, Comment: handed.Note, Answers: handed.Answers}}}, err
	})
}

// arrived looks every upload up in the bucket, under its key; what is missing or empty is refused before anything changes.
func (s *Service) arrived(ctx context.Context, uploads []string, keyOf func(file string) string) ([]File, error) {
	var files []File
	for i, id := range uploads {
		key := keyOf(id)
		f, ok, err := s.Files.Stored(ctx, key)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, problem.New(problem.CodeUploadMissing, "There is no complete upload %q here.", id).With("upload", id)
		}
		if f.Size == 0 || f.SHA256 == "" {
			return nil, problem.New(problem.CodeUploadMismatch, "Upload %d is empty or was not verified.", i+1).With("upload", id)
		}
		if err := s.Files.Keep(ctx, key); err != nil {
			return nil, err
		}
		f.ID = id
		files = append(files, f)
	}
	return files, nil
}

// Claim takes a version from the queue.
func (s *Service) Claim(ctx context.Context, ask Ask, id string) (store.Reply, error) {
	return s.onAssignment(ctx, ask, id, Claim, func(a Assignment) (decided, error) {
		next, err := ClaimedBy(a, ask.By, ask.Now)
		return decided{next: next, facts: []store.Fact{Claimed{Reviewer: party.Hidden(ask.By.ID)}}}, err
	})
}

// Unclaim puts it back.
func (s *Service) Unclaim(ctx context.Context, ask Ask, id string) (store.Reply, error) {
	return s.onAssignment(ctx, ask, id, Unclaim, func(a Assignment) (decided, error) {
		next, err := GivenBack(a, ask.By, ask.Now)
		return decided{next: next, facts: []store.Fact{Released{Reviewer: party.Hidden(ask.By.ID)}}}, err
	})
}

// Revise asks the pro for another version (R42–R44).
func (s *Service) Revise(ctx context.Context, ask Ask, id string, comments []Comment) (store.Reply, error) {
	return s.onAssignment(ctx, ask, id, Revise, func(a Assignment) (decided, error) {
		book, err := s.policyOf(a.Policy)
		if err != nil {
			return decided{}, err
		}
		next, comments, err := ForRevision(a, comments, ask.By, book, ask.Now)
		if err != nil {
			return decided{}, err
		}
		due, _ := next.Progress.Live(DeliveryDue, "")
		texts, places := split(comments)
		return decided{next: next, tell: true, facts: []store.Fact{RevisionRequested{
			Assignment: a.ID, Project: a.Project, Title: a.Terms.Title, Pro: a.Pro, Number: a.Number, Comments: texts, Places: places, DeliverBy: due.At,
		}}}, nil
	})
}

// Pass approves a version: the client may see it, and the reward is on hold (R41, R46, R55).
func (s *Service) Pass(ctx context.Context, ask Ask, id string) (store.Reply, error) {
	return s.onAssignment(ctx, ask, id, Pass, func(a Assignment) (decided, error) {
		book, err := s.policyOf(a.Policy)
		if err != nil {
			return decided{}, err
		}
		next, reward, entry, err := PassedQC(a, RewardID(a.ID), ask.By, book, ask.Now)
		if err != nil {
			return decided{}, err
		}
		review, _ := next.Progress.Live(ReviewAutoClose, "")
		fact := QCPassed{
			Assignment: a.ID, Project: a.Project, Title: a.Terms.Title, Pro: a.Pro, Client: a.Client, Number: a.Number,
			Reward: a.Terms.Reward, Release: a.Terms.Release, ReviewUntil: review.At, Later: reward == nil, Contest: a.Rivals > 0,
		}
		d := decided{next: next, tell: true}
		if reward != nil {
			fact.ReleaseAt = reward.ReleaseAt
			d.reward(nil, *reward, *entry)
		}
		d.facts = []store.Fact{fact}
		return d, s.changesMade(ctx, a, &d, book, ask.Now)
	})
}

// RewardID names the one base reward of an assignment, so that there cannot be two.
func RewardID(assignment string) string { return "rwd_" + assignment[len("asg_"):] }

// FeeID names the one reward of a client's request for changes that has a fee.
func FeeID(assignment string, change int) string { return RewardID(assignment) + "-" + itoa(change) }

// assignmentOf is the assignment that a reward's ID names.
func assignmentOf(reward string) string {
	id, _, _ := strings.Cut(strings.TrimPrefix(reward, "rwd_"), "-")
	return "asg_" + id
}

// Approve is the client's yes (R47).
func (s *Service) Approve(ctx context.Context, ask Ask, id string) (store.Reply, error) {
	return s.onAssignment(ctx, ask, id, Approve, func(a Assignment) (decided, error) {
		next, err := Finished(a, ask.By, ask.Now)
		if err != nil {
			return decided{}, err
		}
		return s.finish(ctx, a, next, ask, false)
	})
}

// decided is what a decision on an assignment comes to.
type decided struct {
	next    Assignment
	facts   []store.Fact
	tell    bool
	rewards []moved
	entries []ledger.Entry
	fired   string // the deadline whose firing this is
}

// onAssignment runs one decision about an assignment, with its timeline in the answer.
func (s *Service) onAssignment(ctx context.Context, ask Ask, id string, action lifecycle.Action, decide func(Assignment) (decided, error)) (store.Reply, error) {
	return s.transact(ctx, ask, func(f store.Freshness) (step, error) {
		a, story, err := s.assignment(ctx, id, ask.By, f)
		if err != nil {
			return step{}, err
		}
		d, err := decide(a)
		if err != nil {
			return step{}, err
		}
		return d.about(a, action, AssignmentLifecycle.As(a.Progress.State, action, a.RolesOf(ask.By)...), story), nil
	})
}

func (d decided) about(a Assignment, action lifecycle.Action, role lifecycle.Role, story []store.Event) step {
	return step{
		action: action, role: role, subject: a.Ref(), policy: a.Policy,
		moved:   append([]moved{{machine: AssignmentLifecycle.Name, before: a, after: d.next}}, d.rewards...),
		entries: d.entries, facts: d.facts, tell: d.tell, fired: d.fired,
		outcome: func(e store.Event) any { return Held{Assignment: d.next, Timeline: append(story, e)} },
	}
}

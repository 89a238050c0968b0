package help

import (
	"time"

	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// Question is what staff ask a client about their project. It tells nothing of the flag that it was asked for (R20, A9).
type Question struct {
	ID         string
	Version    int
	Progress   lifecycle.Progress
	Flag       party.Hidden
	Project    string
	Title      string
	Client     string
	Text       string
	Answer     string
	AskedAt    time.Time
	AnsweredAt time.Time
}

// Ref names the question.
func (q Question) Ref() store.Ref { return store.Ref{Kind: store.Question, ID: q.ID} }

// Revision is the version to be written.
func (q Question) Revision() int { return q.Version }

// Standing is where it is in its lifecycle.
func (q Question) Standing() lifecycle.Progress { return q.Progress }

// RolesOf are the roles that an actor holds on this question: client on one's own, staff on all, others none.
func (q Question) RolesOf(by party.Actor) []lifecycle.Role {
	var held []lifecycle.Role
	for _, r := range by.Roles {
		switch {
		case r == party.Client && by.ID != q.Client:
		case r == party.Pro, r == party.QC:
		default:
			held = append(held, r)
		}
	}
	return held
}

// AskedOf is a new question to the client of a flag's project.
func AskedOf(f Flag, id, text string, now time.Time) (Question, error) {
	if f.Subject.Client == "" {
		return Question{}, problem.New(problem.CodeStateChanged, "The project is in the old system, so its client cannot be asked here. Ask them there, and wait.")
	}
	if err := words("/question", text); err != nil {
		return Question{}, err
	}
	return Question{
		ID: id, Version: 1, Progress: lifecycle.Start(QuestionLifecycle), Flag: party.Hidden(f.ID), Project: f.Subject.Project, Title: f.Subject.Title,
		Client: f.Subject.Client, Text: text, AskedAt: now,
	}, nil
}

// AnsweredBy is a question with its client's answer.
func AnsweredBy(q Question, text string, by party.Actor, now time.Time) (Question, error) {
	progress, err := q.Progress.Do(QuestionLifecycle, Answer, q.RolesOf(by)...)
	if err != nil {
		return q, err
	}
	if err := words("/answer", text); err != nil {
		return q, err
	}
	q.Progress, q.Answer, q.AnsweredAt = progress, text, now
	q.Version++
	return q, nil
}

// Dropped is a question whose flag went on without an answer.
func Dropped(q Question, by party.Actor) (Question, error) {
	progress, err := q.Progress.Do(QuestionLifecycle, Drop, q.RolesOf(by)...)
	if err != nil {
		return q, err
	}
	q.Progress = progress
	q.Version++
	return q, nil
}

// Back is the flag whose question was answered: the wait is over (R20).
func Back(f Flag, question string, now time.Time) (Flag, error) {
	if f.Paused.Question != question {
		return f, problem.New(problem.CodeStateChanged, "The question is not waited for any more.")
	}
	progress, err := f.Progress.Do(Lifecycle, Answer, party.Client)
	if err != nil {
		return f, err
	}
	f.Progress = progress
	return f.unpaused(now).touched(now), nil
}

package api

import (
	"encoding/json"
	"net/http"
	"regexp"
	"time"

	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// Money is an amount as the contract writes it.
type Money struct {
	Amount   string `json:"amount" max:"40"`
	Currency string `json:"currency" max:"3"`
}

func money(m ledger.Money) Money { return Money{m.Amount(), m.Currency} }

// amount reads a Money; what is wrong is told at its pointer, but a range problem keeps its own code.
func amount(m Money, at string, wrong *problem.Fields) (ledger.Money, error) {
	parsed, err := ledger.Parse(m.Amount, m.Currency)
	if problem.Is(err, problem.CodeAmountOutOfRange) {
		return parsed, err
	}
	if err != nil {
		wrong.Add(at, "%s", problem.As(err).Message)
	}
	return parsed, nil
}

var instantForm = regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|\+([01]\d|2[0-3]):[0-5]\d|-(0[1-9]|1\d|2[0-3]):[0-5]\d|-00:(0[1-9]|[1-5]\d))$`)

// instant reads RFC 3339 with an offset; the fraction is cut to milliseconds.
func instant(s, at string, wrong *problem.Fields) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || !instantForm.MatchString(s) {
		wrong.Add(at, "An instant is RFC 3339 with an offset, like 2026-11-24T09:30:00Z.")
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

// stamp writes an instant as the contract does: UTC, milliseconds, empty for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

// ok is a reply with a representation, its version as ETag, and where it is found if it is new.
func ok(status int, view any, version int, location string) (store.Reply, error) {
	body, err := json.Marshal(view)
	reply := store.Reply{Status: status, Body: body}
	if status == http.StatusCreated {
		reply.Location = location
	}
	if version > 0 {
		reply.ETag = handler.ETag(version)
	}
	return reply, err
}

// shown is a reply to a read.
func shown(view any, version int) (store.Reply, error) { return ok(http.StatusOK, view, version, "") }

var ids = map[string]*regexp.Regexp{
	"projectId":    regexp.MustCompile(`^prj_[0-9A-HJKMNP-TV-Z]{26}$`),
	"assignmentId": regexp.MustCompile(`^asg_[0-9A-HJKMNP-TV-Z]{26}$`),
	"invitationId": regexp.MustCompile(`^inv_[0-9A-HJKMNP-TV-Z]{26}-[1-9][0-9]{0,2}$`),
	"rewardId":     regexp.MustCompile(`^rwd_[0-9A-HJKMNP-TV-Z]{26}(-[1-9][0-9]{0,2})?$`),
	"adjustmentId": regexp.MustCompile(`^adj_[0-9A-HJKMNP-TV-Z]{26}$`),
	"mailId":       regexp.MustCompile(`^str_[0-9A-HJKMNP-TV-Z]{26}$`),
	"uploadId":     regexp.MustCompile(`^fil_[0-9A-HJKMNP-TV-Z]{26}$`),
	"flagId":       regexp.MustCompile(`^flg_[0-9A-HJKMNP-TV-Z]{26}$`),
	"questionId":   regexp.MustCompile(`^qst_[0-9A-HJKMNP-TV-Z]{26}$`),
	"proId":        regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.|@-]{0,63}$`),
	"partyId":      regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.|@-]{0,63}$`),
}

// id reads a path parameter; one that cannot be an id of that kind names nothing (B47, B48).
func id(c *handler.Call, name string) (string, error) {
	value := c.Path[name]
	if !ids[name].MatchString(value) {
		return "", problem.New(problem.CodeNotFound, "There is no such thing, or it is not yours to see.")
	}
	return value, nil
}

// ask turns a call into a job's request; answer renders the outcome that is committed with it.
func ask(c *handler.Call, answer func(outcome any) (store.Reply, error)) project.Ask {
	return project.Ask{By: c.Actor, Channel: "http", Now: c.Now, Trace: c.Trace, Once: c.Once, Answer: answer}
}

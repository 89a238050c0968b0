package notice

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

var (
	now  = time.Date(2026, 11, 24, 13, 5, 0, 0, time.UTC)
	site = Site{
		Name: "Callsheet", URL: "https://pages.example.com", Support: "https://community.example.com/ask",
		From: "team@mail.example.com", ReplyTo: "replies@mail.example.com",
	}
)

// world is what a Teller works with: records, events, leases, marks and an outbox in memory. Every other call of the port
// would panic.
type world struct {
	store.Store
	mu      sync.Mutex
	records map[store.Ref]store.Record
	events  []store.Event // for Unsent, oldest first
	leases  map[string]time.Time
	marks   map[string][]store.Mail // of an event
	closed  []string
	sent    []Message
	answers map[string]error // what the channel says to a mail for this address
	unable  error            // what the store says to a mark
	read    []store.Freshness
	listed  []store.Listing
	unlist  error // what the store says to a listing
}

func newWorld(records ...store.Record) *world {
	w := &world{records: map[store.Ref]store.Record{}, leases: map[string]time.Time{}, marks: map[string][]store.Mail{}, answers: map[string]error{}}
	for _, r := range records {
		w.records[r.Ref()] = r
	}
	return w
}

func (w *world) teller() Teller {
	return Teller{Store: w, Send: w, Policies: policy.Editions(), Site: site, Link: linked, Token: tokened}
}

func (w *world) Get(_ context.Context, ref store.Ref, _ store.Freshness) (store.Record, error) {
	if r, ok := w.records[ref]; ok {
		return r, nil
	}
	return nil, store.ErrNoRecord
}

func (w *world) GetAll(_ context.Context, refs []store.Ref, f store.Freshness) ([]store.Record, error) {
	w.mu.Lock()
	w.read = append(w.read, f)
	w.mu.Unlock()
	var found []store.Record
	for _, ref := range slices.Backward(refs) { // in any order
		if r, ok := w.records[ref]; ok {
			found = append(found, r)
		}
	}
	return found, nil
}

func (w *world) Leads(context.Context, int, store.Position) (store.Page[store.Record], error) {
	var page store.Page[store.Record]
	for _, r := range w.records {
		if p, ok := r.(party.Profile); ok && p.Actor().Is(party.Lead) {
			page.Items = append(page.Items, p)
		}
	}
	return page, nil
}

func (w *world) Unsent(_ context.Context, now time.Time, limit int, after store.Position) (store.Page[store.Event], error) {
	var page store.Page[store.Event]
	for _, e := range w.events {
		switch {
		case e.At.After(now) || e.ID <= after["id"] || slices.Contains(w.closed, e.ID):
		case len(page.Items) == limit:
			page.Next = store.Position{"id": page.Items[limit-1].ID}
			return page, nil
		default:
			page.Items = append(page.Items, e)
		}
	}
	return page, nil
}

func (w *world) Lease(_ context.Context, e store.Event, now, until time.Time) (store.Lease, []store.Mail, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	had, ok := w.leases[e.ID]
	switch {
	case slices.Contains(w.closed, e.ID):
		return store.Done, nil, nil
	case ok && now.Before(had):
		return store.Running, nil, nil
	}
	w.leases[e.ID] = until
	if !ok {
		return store.Granted, nil, nil
	}
	return store.Granted, slices.Clone(w.marks[e.ID]), nil
}

// List also sees that no mail has gone before.
func (w *world) List(_ context.Context, listings []store.Listing) error {
	if w.unlist != nil {
		return w.unlist
	}
	if len(w.sent) == 0 {
		w.listed = append(w.listed, listings...)
	}
	return nil
}

func (w *world) Release(ctx context.Context, e store.Event, until time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.leases[e.ID].Equal(until) {
		w.leases[e.ID] = time.Time{}
	}
	return nil
}

func (w *world) Delivered(ctx context.Context, e store.Event, mails []store.Mail, _ time.Time) error {
	if err := errors.Join(ctx.Err(), w.unable); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.leases[e.ID]; !ok {
		return fmt.Errorf("delivered without a lease: %v", mails)
	}
	w.marks[e.ID] = append(w.marks[e.ID], mails...)
	return nil
}

func (w *world) Sent(_ context.Context, e store.Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = append(w.closed, e.ID)
	return nil
}

func (w *world) Send(_ context.Context, m Message) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, to := range m.To {
		if err := w.answers[to.Address]; err != nil {
			return "", err
		}
	}
	w.sent = append(w.sent, m)
	return fmt.Sprintf("ses-%d", len(w.sent)), nil
}

// about are the messages of a notice, in the order of their first recipients.
func (w *world) about(notice string) []Message {
	list := slices.DeleteFunc(slices.Clone(w.sent), func(m Message) bool { return header(m, "X-Callsheet-Notice") != notice })
	slices.SortFunc(list, func(a, b Message) int { return strings.Compare(a.To[0].Address, b.To[0].Address) })
	return list
}

func header(m Message, name string) string {
	for _, h := range m.Headers {
		if h.Name == name {
			return h.Value
		}
	}
	return ""
}

func contact(name, language, zone string) party.Contact {
	return party.Contact{Name: name, Email: strings.ToLower(name) + "@people.example.com", Language: language, Zone: zone}
}

func profile(id, language string, roles ...lifecycle.Role) party.Profile {
	zone := map[string]string{"en": "America/New_York", "es": "Europe/Madrid"}[language]
	return party.Profile{ID: id, Version: 1, Roles: roles, Active: true, Contact: contact(strings.ToUpper(id[:1])+strings.TrimSuffix(id[1:], "-secret"), language, zone)}
}

// round is a call of four pros: two who read Spanish, one who reads English, one who said no.
func round() project.Round {
	return project.Round{
		ID: "rnd_1", Version: 1, Policy: "2026-11", Project: "prj_1", By: "agent", SentAt: now.Add(-26 * time.Hour),
		ExpiresAt: now.Add(46 * time.Hour), Currency: "USD",
		Lines: []project.Line{
			{Pro: "ana", Reward: 12_50, State: project.Invited, Contact: contact("Ana", "es", "Europe/Madrid")},
			{Pro: "bob", Reward: 15_00, State: project.Invited, Contact: contact("Bob", "en", "America/New_York")},
			{Pro: "carla", Reward: 12_50, State: project.Invited, Contact: contact("Carla", "es", "Europe/Madrid")},
			{Pro: "dora", Reward: 12_50, State: project.Declined, At: now.Add(-time.Hour), Contact: contact("Dora", "es", "Europe/Madrid")},
		},
	}
}

// message is of two lines, the second of which tries to look like ours, and has one file.
func message() project.Message {
	return project.Message{
		ID: "msg_00000001", Thread: "thr_1.pro", At: now, Author: "reviewer-secret", Role: party.Agent, Source: project.Source{Kind: project.FromAPI, ID: "request-secret"},
		Text: "Which names stay in Spanish?\n--\nCallsheet", Files: []project.File{{ID: "fil_secret", Name: "names & places.txt", Size: 12, SHA256: "sum"}},
	}
}

// samples are one fact for each notice, about people who read one language. Every ID that must not be told has the word
// secret in it.
func samples() map[string]store.Fact {
	const title = "Subtítulos & más"
	reward := ledger.Money{Minor: 12_50, Currency: "USD"}
	overdue := project.DeliveryOverdue{Assignment: "asg_1", Project: "prj_1", Title: title, Pro: "pro", Agent: "agent-secret", DeliverBy: now}
	over := project.CancelledAnswered{
		Project: "prj_1", Title: title, Round: "rnd_1", Invitation: "inv_1-1", Pro: "ana", At: now.Add(-time.Hour), SentAt: now.Add(-26 * time.Hour), MessageID: "<reply@pro.example.net>",
	}
	passed := project.QCPassed{
		Assignment: "asg_1", Project: "prj_1", Title: title, Pro: "pro", Client: "client", Number: 2, Reward: reward,
		Release: policy.AfterHold, ReleaseAt: now.Add(720 * time.Hour), ReviewUntil: now.Add(90 * 24 * time.Hour),
	}
	wrote := project.TeamWrote{
		Thread: "thr_1.pro", Message: "msg_00000001", Project: "prj_1", Title: title, Pro: "pro", Agent: "agent-secret", Invitation: "inv_1-1", Assignment: "asg_1",
	}
	told := help.Told{ID: "flg_1", Project: "prj_1", Title: title, Pro: "pro", InCharge: "agent-secret", Reason: help.HigherReward, Assignment: "asg_1"}
	samples := map[string]store.Fact{
		"corrected":         project.ProjectCorrected{Project: "prj_1", Title: title, Rounds: []string{"rnd_1"}, Won: []string{"inv_1-1"}, Open: true, Brief: true, DeliverBy: now.Add(96 * time.Hour), Said: "It is <three> minutes."},
		"flag_received":     help.FlagRaised{Flag: told, Reason: told.Reason, Comment: "Twice the work.\nReally.", AnswerBy: now.Add(12 * time.Hour)},
		"flag_raised":       help.FlagRaised{Flag: told, Reason: told.Reason, Comment: "Twice the work.\nReally.", AnswerBy: now.Add(12 * time.Hour)},
		"flag_commented":    help.FlagCommented{Flag: told, Comment: "And one more thing.", Files: make([]help.File, 2)},
		"flag_replied":      help.FlagReplied{Flag: told, Text: "We look into it."},
		"flag_warned":       help.FlagWarned{Flag: told, AnswerBy: now.Add(2 * time.Hour)},
		"flag_breached":     help.FlagBreached{Flag: told, AnswerBy: now},
		"flag_proposed":     help.FlagProposed{Flag: told},
		"flag_resolved":     help.FlagResolved{Flag: told, Outcome: help.Outcome{Kind: help.RewardAdjusted, Text: "You are right.", Amount: reward}},
		"flag_reopened":     help.FlagReopened{Flag: told, Why: "It is not.", AnswerBy: now.Add(12 * time.Hour)},
		"question":          help.ClientAsked{Question: "qst_1", Project: "prj_1", Title: title, Client: "client", Text: "Which voice?", Working: true},
		"question_answered": help.ClientAnswered{Flag: told, Question: "qst_1", Text: "The low one."},

		"message_pro": wrote, "message_agent": project.ProWrote(wrote),
		"invitation":    project.InvitationsSent{Project: "prj_1", Round: "rnd_1", Title: title, Count: 4, DeliverBy: now.Add(96 * time.Hour)},
		"withdrawn":     project.InvitationWithdrawn{Invitation: "inv_1-1", Project: "prj_1", Round: "rnd_1", Title: title, Pro: "ana"},
		"round_expired": project.RoundExpired{Project: "prj_1", Round: "rnd_1", Title: title, Agent: "agent-secret", Count: 4, Taken: 1, Seats: 3},
		"filled":        project.FilledUp{Project: "prj_1", Title: title, Rounds: []string{"rnd_1"}, Won: []string{"inv_1-3"}, Seats: 1, At: now},
		"cancelled":     project.ProjectCancelled{Project: "prj_1", Title: title, Reason: "secret reason", Rounds: []string{"rnd_1"}},
		"revision": project.RevisionRequested{
			Assignment: "asg_1", Project: "prj_1", Title: title, Pro: "pro", Number: 1, DeliverBy: now.Add(48 * time.Hour),
			Comments: []string{"The music is too loud.\r\nFrom 0:12 to 0:40.", "Please say “Callsheet”, not <Call sheet>.", "Shorter."},
			Places:   []project.Place{{File: "fil_1", Name: "cut 1.mov", TimeCode: "00:00:12"}, {File: "fil_2", Name: "titles.docx", Page: 3}, {}},
		},
		"booking_declined": project.BookingDeclined{Project: "prj_1", Invitation: "inv_1-1", Title: title, Agent: "agent-secret"},
		"given_up": project.SeatGivenUp{
			Project: "prj_1", Assignment: "asg_secret", Invitation: "inv_secret-1", Title: title, Pro: "pro-secret", Agent: "agent-secret",
			Reason: "I have fallen ill.\r\nI am sorry.", Waiting: 3, Recalled: 2,
		},
		"taken_back": project.SeatTakenBack{
			Project: "prj_1", Assignment: "asg_1", Invitation: "inv_secret-1", Title: title, Pro: "pro", Agent: "agent-secret", Reason: "We could not reach you.",
		},
		"reopened":      project.SeatReopened{Project: "prj_1", Round: "rnd_1", Title: title, Count: 3, DeliverBy: now.Add(96 * time.Hour)},
		"proofreading":  project.ProofreadingOffered{Project: "prj_1", Round: "rnd_1", Title: "Proofreading: " + title, Of: "prj_secret", Translation: title, Count: 3, DeliverBy: now.Add(96 * time.Hour)},
		"picked_client": project.WinnersPicked{Project: "prj_1", Title: title, Client: "client", Picked: 2, Seats: 3},
		"picked":        project.WorkPicked{Assignment: "asg_1", Project: "prj_1", Title: title, Pro: "pro"},
		"not_picked": project.NotChosen{
			Assignment: "asg_1", Project: "prj_1", Title: title, Pro: "pro", Paid: true,
			Earns: ledger.Money{Minor: 3000, Currency: "USD"}, Forgone: ledger.Money{Minor: 9000, Currency: "USD"},
		},
		"extended": project.DeliveryExtended{
			Assignment: "asg_1", Project: "prj_1", Title: title, Pro: "pro", Reason: "The client sent the music late.", From: now, DeliverBy: now.Add(48 * time.Hour),
		},
		"late": project.LateAnswered{
			Project: "prj_1", Title: title, Round: "rnd_1", Invitation: "inv_1-1", Pro: "ana", FilledAt: now.Add(-time.Hour), SentAt: now.Add(-26 * time.Hour), Seats: 2,
			Proofreading: true, MessageID: "<reply@pro.example.net>",
		},
		"answer_cancelled": over, "answer_withdrawn": project.WithdrawnAnswered(over), "answer_expired": project.ExpiredAnswered(over),
		"passed_pro": passed, "passed_client": passed, "overdue_pro": overdue, "overdue_agent": overdue,
		"frozen": project.RewardFrozen{
			Reward: "rwd_1", Assignment: "asg_1", Project: "prj_1", Title: title, Pro: "pro", Amount: reward, Reason: "secret suspicion", Note: "We ask the client first.\nIt takes two days.",
		},
		"unfrozen": project.RewardUnfrozen{
			Reward: "rwd_1", Assignment: "asg_1", Project: "prj_1", Title: title, Pro: "pro", Amount: reward, ReleaseAt: now.Add(time.Hour), Reason: "secret outcome",
		},
		"proposed": project.AdjustmentProposed{
			Adjustment: "adj_1", Assignment: "asg_1", Project: "prj_1", Title: title, Kind: ledger.ExtraFee, Amount: reward, Reason: "It was two voices more.", Proposer: "agent-secret",
		},
		"quarantined": project.MailQuarantined{Mail: "str_secret", Project: "prj_1"},
		"declined": project.AdjustmentDeclined{
			Adjustment: "adj_1", Assignment: "asg_1", Project: "prj_1", Title: title, Kind: ledger.Credit, Amount: reward, Proposer: "agent-secret", Reason: "It was their own mistake.",
		},
		"adjusted": project.AdjustmentPosted{
			Adjustment: "adj_1", Assignment: "asg_1", Project: "prj_1", Title: title, Pro: "pro", Kind: ledger.ExtraFee, Share: reward, Reason: "secret reason", Note: "For the second voice.",
		},
		"charged": project.ClientCharged{
			Adjustment: "adj_1", Assignment: "asg_1", Project: "prj_1", Title: title, Client: "client", Charge: reward, Note: "For the second voice.",
		},
		"credited": project.RewardCredited{
			Reward: "rwd_1", Assignment: "asg_1", Project: "prj_1", Title: title, Pro: "pro", Amount: reward, HeldAt: now.Add(-720 * time.Hour),
		},
	}
	maps.Copy(samples, samplesOfChanges(title))
	return samples
}

func samplesOfChanges(title string) map[string]store.Fact {
	about := project.Case{Assignment: "asg_1", Project: "prj_1", Title: title, Client: "client", Pro: "pro", Agent: "agent-secret"}
	fee, share, week := ledger.Money{Minor: 23_45, Currency: "USD"}, ledger.Money{Minor: 18_76, Currency: "USD"}, now.Add(7*24*time.Hour)
	said := []project.Comment{
		{Text: "Warmer, please.\nAs in the first scene."}, {Text: "Here.", Place: project.Place{File: "fil_secret", Name: "cut 1.mov", TimeCode: "00:00:12"}},
		{Text: "Which half?\n→ The second."},
	}
	return map[string]store.Fact{
		"changes_requested": project.ChangesRequested{Case: about, Number: 2, Text: said[0].Text, Comments: said[1:2], Late: true},
		"changes_question":  project.ChangesQuestioned{Case: about, Number: 2, Question: "Which half?\nThe one with <Call sheet>?", AnswerBy: week},
		"changes_returned":  project.ChangesReturned{Case: about, Number: 2, Why: project.AskFee, Text: "Forty lines more.", Amount: share},
		"changes_forwarded": project.ChangesForwarded{Case: about, Number: 2, Comments: said, DeliverBy: now.Add(48 * time.Hour)},
		"changes_declined":  project.ChangesDeclined{Case: about, Number: 2, Reason: "The brief says cold.", ReviewUntil: week},
		"changes_stopped":   project.ChangesStopped{Case: about, Number: 2},
		"fee_quoted":        project.FeeQuoted{Case: about, Number: 2, Fee: fee, Reason: "A character more than agreed.", Until: week},
		"fee_offered":       project.FeeOffered{Case: about, Number: 2, Share: share, Comments: said, Until: now.Add(72 * time.Hour)},
		"fee_charged":       project.FeeAgreed{Case: about, Number: 2, Reward: "rwd_secret-2", Fee: fee, Share: share, DeliverBy: now.Add(48 * time.Hour)},
		"quote_declined":    project.QuoteDeclined{Case: about, Number: 2, Fee: fee},
		"quote_lapsed":      project.QuoteLapsed{Case: about, Number: 2, Fee: fee, ReviewUntil: week},
		"quote_withdrawn":   project.QuoteWithdrawn{Case: about, Number: 2, Fee: fee},
		"offer_withdrawn":   project.OfferWithdrawn{Case: about, Number: 2, Share: share},
		"changes_review":    project.CaseRaised{Case: about, Number: 3},
		"handed_over":       project.HandedOver{Case: about, From: "other-secret"},
	}
}

func event(facts ...store.Fact) store.Event {
	return store.Event{
		ID: "evt_1", Subject: store.Ref{Kind: store.Assignment, ID: "asg_1"}, At: now, Actor: "reviewer-secret", Role: party.QC, Policy: "2026-11",
		Facts: facts, Request: "trace-secret", Outbox: true,
	}
}

// inLanguage is a world in which everybody reads one language.
func inLanguage(language string) *world {
	r := round()
	for i := range r.Lines {
		zone := map[string]string{"en": "America/New_York", "es": "Europe/Madrid"}[language]
		r.Lines[i].Contact.Language, r.Lines[i].Contact.Zone = language, zone
	}
	return newWorld(r, message(), profile("pro", language, party.Pro), profile("client", language, party.Client), profile("agent-secret", language, party.Agent), profile("lena-secret", language, party.Lead))
}

// tell tells one event and fails the test when that fails.
func tell(t *testing.T, w *world, e store.Event) {
	t.Helper()
	if err := w.teller().Tell(t.Context(), e, now); err != nil {
		t.Fatalf("Tell: %v", err)
	}
}

// linked stands for the signed links, whose making is tested where they are made.
func linked(_ context.Context, invitation, pro string) (string, error) {
	return "/invitations/" + invitation + "/key-of-" + pro, nil
}

// tokened stands for the signed tokens, whose making is tested where they are made. Like them it does not spell the ID.
func tokened(_ context.Context, id string) (string, error) {
	return "token-of-" + strings.ReplaceAll(id, "_", ""), nil
}

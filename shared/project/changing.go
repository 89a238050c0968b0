package project

import (
	"context"
	"errors"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/store"
)

// The use cases of a client's request for changes: asked, screened, priced, made (R47–R52).

// AskChanges is the client's wish for changes (R47); staff screen it first.
func (s *Service) AskChanges(ctx context.Context, ask Ask, id, text string, comments []Comment) (store.Reply, error) {
	return s.onChange(ctx, ask, id, AskChanges, func(a Assignment, book policy.Policy) (Assignment, []store.Fact, error) {
		next, err := AskedForChanges(a, text, comments, ask.By, book, ask.Now)
		r := next.Request
		facts := []store.Fact{ChangesRequested{Case: next.toldAs(), Number: r.Number, Text: r.Text, Comments: r.Comments, Late: r.Late}}
		if !next.CaseSince.IsZero() && a.CaseSince.IsZero() {
			facts = append(facts, CaseRaised{Case: next.toldAs(), Number: r.Number})
		}
		return next, facts, err
	})
}

// Clarify is the client's answer to what staff asked back.
func (s *Service) Clarify(ctx context.Context, ask Ask, id, text string) (store.Reply, error) {
	return s.onChange(ctx, ask, id, Clarify, func(a Assignment, _ policy.Policy) (Assignment, []store.Fact, error) {
		next, err := Clarified(a, text, ask.By, ask.Now)
		return next, []store.Fact{next.returned(Clarify, Demand{Reason: text})}, err
	})
}

// DropChanges is the client's second thought.
func (s *Service) DropChanges(ctx context.Context, ask Ask, id string) (store.Reply, error) {
	return s.onChange(ctx, ask, id, DropChanges, func(a Assignment, book policy.Policy) (Assignment, []store.Fact, error) {
		next, err := Dropped(a, ask.By, book, ask.Now)
		return next, a.over("dropped", ""), err
	})
}

// Forward puts the pro to the changes (R48).
func (s *Service) Forward(ctx context.Context, ask Ask, id string) (store.Reply, error) {
	return s.onChange(ctx, ask, id, Forward, func(a Assignment, book policy.Policy) (Assignment, []store.Fact, error) {
		next, err := Forwarded(a, ask.By, book, ask.Now)
		due, _ := next.Progress.Live(DeliveryDue, "")
		return next, []store.Fact{ChangesForwarded{Case: next.toldAs(), Number: a.Request.Number, Comments: a.Request.Said(), DeliverBy: due.At}}, err
	})
}

// AskBack asks the client what they mean (R48).
func (s *Service) AskBack(ctx context.Context, ask Ask, id, question string) (store.Reply, error) {
	return s.onChange(ctx, ask, id, AskBack, func(a Assignment, book policy.Policy) (Assignment, []store.Fact, error) {
		next, err := AskedBack(a, question, ask.By, book, ask.Now)
		return next, []store.Fact{ChangesQuestioned{Case: next.toldAs(), Number: a.Request.Number, Question: question, AnswerBy: next.ReviewUntil}}, err
	})
}

// DeclineChanges tells the client why their request is not made, and the pro where they were at it (R48, R52).
func (s *Service) DeclineChanges(ctx context.Context, ask Ask, id, reason string) (store.Reply, error) {
	return s.onChange(ctx, ask, id, DeclineChanges, func(a Assignment, book policy.Policy) (Assignment, []store.Fact, error) {
		var fee lifecycle.State
		if !a.Request.Quote.AgreedAt.IsZero() {
			reward, err := s.rewardOf(ctx, a, FeeID(a.ID, a.Request.Number)) // nothing leaves voided, so it may be read beside
			if err != nil {
				return a, nil, err
			}
			fee = reward.Progress.State
		}
		next, err := Refused(a, fee, reason, ask.By, book, ask.Now)
		declined := ChangesDeclined{Case: next.toldAs(), Number: a.Request.Number, Reason: reason, ReviewUntil: next.ReviewUntil}
		return next, append([]store.Fact{declined}, a.over("declined", reason)...), err
	})
}

// QuoteFee prices the changes for the client (R49, A18).
func (s *Service) QuoteFee(ctx context.Context, ask Ask, id string, amount, share ledger.Money, reason string) (store.Reply, error) {
	return s.onChange(ctx, ask, id, QuoteFee, func(a Assignment, book policy.Policy) (Assignment, []store.Fact, error) {
		next, err := Priced(a, amount, share, reason, ask.By, book, ask.Now)
		q := next.Request.Quote
		return next, []store.Fact{FeeQuoted{Case: next.toldAs(), Number: a.Request.Number, Fee: q.Fee.Amount, Reason: q.Reason, Until: q.Until}}, err
	})
}

// WithdrawQuote takes a quote back, approved or not; whoever has it is told.
func (s *Service) WithdrawQuote(ctx context.Context, ask Ask, id string) (store.Reply, error) {
	return s.onChange(ctx, ask, id, WithdrawQuote, func(a Assignment, _ policy.Policy) (Assignment, []store.Fact, error) {
		next, err := QuoteTakenBack(a, ask.By, ask.Now)
		fee := a.Request.Quote.Fee
		facts := []store.Fact{QuoteWithdrawn{Case: next.toldAs(), Number: a.Request.Number, Fee: fee.Amount}}
		if a.Progress.State == Offered {
			facts = append(facts, OfferWithdrawn{Case: next.toldAs(), Number: a.Request.Number, Share: fee.Share})
		}
		return next, facts, err
	})
}

// ApproveQuote is the client's yes to the quote that they saw.
func (s *Service) ApproveQuote(ctx context.Context, ask Ask, id, seen string) (store.Reply, error) {
	return s.onChange(ctx, ask, id, ApproveQuote, func(a Assignment, book policy.Policy) (Assignment, []store.Fact, error) {
		next, err := FeeApproved(a, seen, ask.By, book, ask.Now)
		q := next.Request.Quote
		return next, []store.Fact{FeeOffered{Case: next.toldAs(), Number: a.Request.Number, Share: q.Fee.Share, Comments: a.Request.Said(), Until: q.Until}}, err
	})
}

// DeclineQuote is the client's no, to the fee and so to the changes.
func (s *Service) DeclineQuote(ctx context.Context, ask Ask, id string) (store.Reply, error) {
	return s.onChange(ctx, ask, id, DeclineQuote, func(a Assignment, book policy.Policy) (Assignment, []store.Fact, error) {
		next, err := FeeRefused(a, ask.By, book, ask.Now)
		declined := QuoteDeclined{Case: next.toldAs(), Number: a.Request.Number, Fee: a.Request.Quote.Fee.Amount}
		return next, append([]store.Fact{declined}, a.over("declined", "")...), err
	})
}

// AcceptOffer is the pro's yes to the share that they saw; both ledger sides are posted in its commit (A18).
func (s *Service) AcceptOffer(ctx context.Context, ask Ask, id, seen string) (store.Reply, error) {
	return s.onAssignment(ctx, ask, id, AcceptOffer, func(a Assignment) (decided, error) {
		book, err := s.policyOf(a.Policy)
		if err != nil {
			return decided{}, err
		}
		next, reward, entry, err := ShareAccepted(a, seen, ask.By, book, ask.Now)
		if err != nil {
			return decided{}, err
		}
		due, _ := next.Progress.Live(DeliveryDue, "")
		d := decided{next: next, tell: true, facts: []store.Fact{FeeAgreed{
			Case: next.toldAs(), Number: a.Request.Number, Reward: reward.ID, Fee: a.Request.Quote.Fee.Amount, Share: a.Request.Quote.Fee.Share,
			Comments: a.Request.Said(), DeliverBy: due.At,
		}}}
		d.reward(nil, reward, entry)
		return d, nil
	})
}

// DeclineOffer is the pro's no.
func (s *Service) DeclineOffer(ctx context.Context, ask Ask, id string) (store.Reply, error) {
	return s.onChange(ctx, ask, id, DeclineOffer, func(a Assignment, _ policy.Policy) (Assignment, []store.Fact, error) {
		next, err := ShareRefused(a, ask.By, ask.Now)
		return next, []store.Fact{next.returned(DeclineOffer, Demand{})}, err
	})
}

// AskFee is the pro's wish for a fee (R50).
func (s *Service) AskFee(ctx context.Context, ask Ask, id string, demand Demand) (store.Reply, error) {
	return s.onChange(ctx, ask, id, AskFee, func(a Assignment, _ policy.Policy) (Assignment, []store.Fact, error) {
		next, err := FeeDemanded(a, demand, ask.By, ask.Now)
		return next, []store.Fact{next.returned(AskFee, demand)}, err
	})
}

// ReviewCase closes the review of a case whose client asks often (R51, A17).
func (s *Service) ReviewCase(ctx context.Context, ask Ask, id, note string) (store.Reply, error) {
	return s.onChange(ctx, ask, id, ReviewCase, func(a Assignment, _ policy.Policy) (Assignment, []store.Fact, error) {
		next, err := LookedAt(a, note, ask.By, ask.Now)
		return next, []store.Fact{CaseReviewed{Note: party.Hidden(note)}}, err
	})
}

// HandOver puts another agent in charge (R52).
func (s *Service) HandOver(ctx context.Context, ask Ask, id, agent string) (store.Reply, error) {
	return s.onChange(ctx, ask, id, HandOver, func(a Assignment, _ policy.Policy) (Assignment, []store.Fact, error) {
		to, err := s.profile(ctx, agent)
		if err != nil {
			return a, nil, err
		}
		next, err := HandedTo(a, to, ask.By, ask.Now)
		return next, []store.Fact{HandedOver{Case: next.toldAs(), From: a.Agent}}, err
	})
}

// WhatIf is what a fee would come to, for staff; it changes nothing (A18).
func (s *Service) WhatIf(ctx context.Context, ask Ask, id string, amount ledger.Money) (Assignment, Quote, error) {
	a, _, err := s.assignment(ctx, id, ask.By, store.Fresh)
	if err != nil {
		return a, Quote{}, err
	}
	if !ask.By.IsStaff() {
		return a, Quote{}, problem.New(problem.CodeForbidden, "What a fee would come to is for staff.")
	}
	book, err := s.policyOf(a.Policy)
	if err != nil {
		return a, Quote{}, err
	}
	q, err := WhatIf(a, amount, ledger.Money{}, book, ask.Now)
	return a, q, err
}

// quoteRung decides what the expiry of a quote comes to.
func (s *Service) quoteRung(a Assignment, ask Ask, alarm store.Alarm) (decided, error) {
	book, err := s.policyOf(a.Policy)
	if err != nil {
		return decided{}, err
	}
	next, err := QuoteOver(a, alarm.Kind, alarm.Entry, book, ask.Now)
	if err != nil {
		return decided{}, err
	}
	d := decided{next: next, tell: true}
	if a.Progress.State == Offered {
		d.facts = []store.Fact{next.returned(LapseQuote, Demand{})}
		return d, nil
	}
	d.facts = []store.Fact{QuoteLapsed{Case: next.toldAs(), Number: a.Request.Number, Fee: a.Request.Quote.Fee.Amount, ReviewUntil: next.ReviewUntil}}
	d.facts = append(d.facts, a.over("lapsed", "")...)
	return d, nil
}

// onChange is onAssignment for what moves no money.
func (s *Service) onChange(ctx context.Context, ask Ask, id string, action lifecycle.Action, decide func(Assignment, policy.Policy) (Assignment, []store.Fact, error)) (store.Reply, error) {
	return s.onAssignment(ctx, ask, id, action, func(a Assignment) (decided, error) {
		book, err := s.policyOf(a.Policy)
		if err != nil {
			return decided{}, err
		}
		next, facts, err := decide(a, book)
		return decided{next: next, facts: facts, tell: action != ReviewCase && (action != DropChanges || a.Request.Shared)}, err
	})
}

// over is what is told of a request that comes to nothing: what it was and why, and to the pro who was shown it that it is not
// to be made any more.
func (a Assignment) over(outcome, reason string) []store.Fact {
	facts := []store.Fact{ChangesSettled{Request: a.Request, Outcome: outcome, Reason: reason}}
	if a.Request.Shared {
		facts = append(facts, ChangesStopped{Case: a.toldAs(), Number: a.Request.Number})
	}
	return facts
}

// toldAs names the case for those who are told of it.
func (a Assignment) toldAs() Case {
	return Case{Assignment: a.ID, Project: a.Project, Title: a.Terms.Title, Client: a.Client, Pro: a.Pro, Agent: a.Agent}
}

func (a Assignment) returned(why lifecycle.Action, said Demand) ChangesReturned {
	return ChangesReturned{Case: a.toldAs(), Number: a.Request.Number, Why: why, Text: said.Reason, Amount: said.Amount}
}

// profile is somebody of the directory, or nil.
func (s *Service) profile(ctx context.Context, id string) (*party.Profile, error) {
	if !party.ValidID(id) {
		return nil, nil
	}
	record, err := s.Store.Get(ctx, store.Ref{Kind: store.Profile, ID: id}, store.Fresh)
	if errors.Is(err, store.ErrNoRecord) {
		return nil, nil
	}
	profile, ok := record.(party.Profile)
	if err != nil || !ok {
		return nil, err
	}
	return &profile, nil
}

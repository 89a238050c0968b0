package audit

import (
	"slices"
	"strings"

	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// checkVersions: each commit that wrote a record has its event, and raised the version by one (I14, I18, I22).
func (b *books) checkVersions() {
	written := map[store.Ref]int{}
	for subject, story := range b.stories {
		for _, e := range story {
			if e.State != "" {
				written[subject]++
			}
			for _, f := range e.Facts {
				for _, ref := range alsoWritten(subject, f) {
					written[ref]++
				}
			}
		}
	}
	for _, r := range b.records {
		if ref := r.Ref(); ref.Kind != store.Profile && ref.Kind != store.Reward && r.Revision() != written[ref] {
			b.fault("I18", "%s has version %d after %d commits", ref, r.Revision(), written[ref])
		}
	}
	for ref := range written {
		if !slices.ContainsFunc(b.records, func(r store.Record) bool { return r.Ref() == ref }) {
			b.fault("I14", "%s has events and is not there", ref)
		}
	}
}

// alsoWritten are the records that the commit of a fact wrote besides one whose state its event names.
func alsoWritten(subject store.Ref, fact store.Fact) []store.Ref {
	round := func(id string) store.Ref { return store.Ref{Kind: store.Round, ID: id} }
	adjustment := func(id string) store.Ref { return store.Ref{Kind: store.Adjustment, ID: id} }
	switch f := fact.(type) {
	case project.InvitationsSent:
		return []store.Ref{round(f.Round)}
	case project.ProofreadingOffered:
		return []store.Ref{round(f.Round)}
	case project.InvitationDeclined:
		return []store.Ref{round(project.RoundOf(f.Invitation)), subject}
	case project.InvitationWithdrawn:
		return []store.Ref{round(f.Round), subject}
	case project.MailQuarantined:
		return inbox(f.Inbox)
	case project.MailsDropped:
		return inbox(project.InboxID(f.Project, f.Pro))
	case project.AdjustmentProposed:
		return []store.Ref{adjustment(f.Adjustment)}
	case project.AdjustmentDeclined:
		return []store.Ref{adjustment(f.Adjustment)}
	case project.AdjustmentPosted:
		if strings.HasPrefix(f.Of, "adj_") {
			return []store.Ref{adjustment(f.Adjustment), adjustment(f.Of)}
		}
		return []store.Ref{adjustment(f.Adjustment)}
	case project.SeatGivenUp:
		return []store.Ref{{Kind: store.Project, ID: f.Project}}
	case project.SeatTakenBack:
		return []store.Ref{{Kind: store.Project, ID: f.Project}}
	case project.SeatReopened:
		return []store.Ref{round(f.Round)}
	case project.InvitationRepriced:
		return []store.Ref{round(f.Round), subject}
	case help.FlagRaised:
		return []store.Ref{asker(f.Flag)}
	case help.FlagCommented:
		return []store.Ref{asker(f.Flag)}
	case help.FlagResolved:
		return []store.Ref{asker(f.Flag)}
	case help.FlagReopened:
		return []store.Ref{asker(f.Flag)}
	case project.SeatTaken:
		taken := []store.Ref{{Kind: store.Project, ID: f.Project}}
		if f.Other != "" {
			taken = append(taken, store.Ref{Kind: store.Project, ID: f.Other})
		}
		return taken
	case project.TeamWrote:
		return append(inbox(f.Inbox), store.Ref{Kind: store.Thread, ID: f.Thread}, store.Ref{Kind: store.Message, ID: f.Message, Owner: f.Thread})
	case project.ProWrote:
		return alsoWritten(subject, project.TeamWrote(f))
	case project.MailAccredited:
		return []store.Ref{{Kind: store.Thread, ID: f.Thread}, {Kind: store.Message, ID: f.Message, Owner: f.Thread}}
	case project.MessagesRead:
		return []store.Ref{{Kind: store.Thread, ID: f.Thread}}
	}
	return nil
}

// asker is who raised a flag, as a record: each word of theirs and each resolution writes it.
func asker(f help.Told) store.Ref { return store.Ref{Kind: store.Asker, ID: f.Pro} }

// inbox is what counted a mail; older mails were not counted.
func inbox(id string) []store.Ref {
	if id == "" {
		return nil
	}
	return []store.Ref{{Kind: store.Inbox, ID: id}}
}

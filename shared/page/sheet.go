package page

import (
	"fmt"
	"time"

	"github.com/callsheet/callsheet/shared/page/markup"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
)

// invitation is the page as the invitation stands: all that it takes to decide while it is open, and the truth about what
// became of it afterwards (R25–R29, R53, A21). It names nobody. code says why an answer was refused just now.
func (s Service) invitation(o opened, code problem.Code) string {
	w := speech[o.to.Language]
	var content []markup.Node
	if said := w.refusal(code); said != "" {
		content = append(content, markup.El("p", markup.Attrs{"class": "said", "role": "alert"}, markup.Text(said)))
	}
	switch o.State(o.now) {
	case project.Invited:
		content = append(content, o.offer(w)...)
	case project.Accepted:
		content = append(content, o.won(w)...)
	default:
		content = append(content, o.over(w)...)
	}
	return s.document(o.to, o.terms.Title, append(content, small(w.Personal))...)
}

// offer is an open invitation; its form stands at the end, after everything that is agreed to (R27).
func (o opened) offer(w words) []markup.Node {
	nodes := append([]markup.Node{paragraph(w.Invited)}, o.work(w)...)
	nodes = append(nodes, heading(w.Terms), facts(append(o.agreed(w),
		row{w.AcceptBy, o.to.When(o.Round.ExpiresAt)}, row{w.Seats, o.seats(w)}, row{w.Sent, o.to.When(o.Round.SentAt)},
	)...))
	if o.OwnWork() != nil {
		return append(nodes, o.form([]markup.Node{paragraph(w.OwnWork), paragraph(w.IfDeclined)}, button("decline", "no", w.Decline)))
	}
	return append(nodes, o.form([]markup.Node{paragraph(w.IfAccepted), paragraph(w.IfDeclined)},
		markup.El("span", class("reward"), markup.Text(o.terms.Reward.String())), button("accept", "yes", w.Accept), button("decline", "no", w.Decline)))
}

// agreed are the terms; what a contest pays to who is not picked is one of them where that is less (R53, A13).
func (o opened) agreed(w words) []row {
	rows := []row{{w.Reward, o.terms.Reward.String()}}
	if kept, less := o.terms.IfNotPicked(len(o.Project.Seats), o.book); less {
		rows = append(rows, row{w.IfNotPicked, kept.String()})
	}
	return append(rows, row{w.Credited, o.release(w)}, row{w.DeliverBy, o.to.When(o.terms.DeliverBy)})
}

// form asks for an answer to what the page shows.
func (o opened) form(words []markup.Node, buttons ...markup.Node) markup.Node {
	return markup.El("form", markup.Attrs{"method": "post", "action": o.path}, append(words,
		markup.El("input", markup.Attrs{"type": "hidden", "name": "terms", "value": o.terms.Seen}),
		markup.El("div", class("offer"), buttons...),
	)...)
}

func button(do, look, text string) markup.Node {
	return markup.El("button", markup.Attrs{"type": "submit", "name": "do", "value": do, "class": look}, markup.Text(text))
}

// work is what is to be made, and of what.
func (o opened) work(w words) []markup.Node {
	nodes := []markup.Node{heading(w.Brief), markup.El("p", markup.Attrs{"class": "brief", "dir": "auto"}, markup.Text(o.Project.Brief))}
	if o.Project.Of != "" {
		nodes = append([]markup.Node{paragraph(w.Proofreads)}, nodes...)
	}
	if len(o.Project.Assets) == 0 {
		return nodes
	}
	var list []markup.Node
	for _, a := range o.Project.Assets {
		list = append(list, markup.El("li", theirs, markup.Link(a.URL, a.Name)))
	}
	return append(nodes, heading(w.Material), markup.El("ul", nil, list...))
}

// won is the invitation of a pro who has a seat.
func (o opened) won(w words) []markup.Node {
	var seat project.Seat
	for _, taken := range o.Project.Seats {
		if taken.Invitation == o.ID {
			seat = taken
		}
	}
	o.terms = project.TermsNow(o.Invitation, o.book)
	return append([]markup.Node{
		heading(w.Accepted.Title), at(o, w.Accepted, seat.TakenAt),
		facts(append([]row{{w.Assignment, seat.Assignment}}, o.agreed(w)...)...),
		heading(w.Next), steps(w.Start, fmt.Sprintf(w.Deliver, o.to.When(o.terms.DeliverBy)), w.Check),
	}, o.work(w)...)
}

// over is an invitation that nobody can accept any more, and why.
func (o opened) over(w words) []markup.Node {
	sent := row{w.Sent, o.to.When(o.Round.SentAt)}
	switch o.State(o.now) {
	case project.Declined:
		return []markup.Node{heading(w.Declined.Title), at(o, w.Declined, o.Line.At), facts(sent)}
	case project.Withdrawn:
		return []markup.Node{heading(w.Withdrawn.Title), at(o, w.Withdrawn, o.Line.At), facts(sent), paragraph(w.NothingWrong)}
	case project.Expired:
		return []markup.Node{heading(w.Expired.Title), at(o, w.Expired, o.Round.ExpiresAt), facts(row{w.Seats, o.seats(w)}, sent), paragraph(w.NothingWrong)}
	}
	if left, ok := o.Left(); ok {
		return []markup.Node{heading(w.Left.Title), at(o, w.Left, left.LeftAt), facts(row{w.Assignment, left.Assignment}, sent)}
	}
	if o.Project.Progress.State == project.Cancelled {
		return []markup.Node{heading(w.Cancelled.Title), paragraph(w.Cancelled.Text), facts(sent), paragraph(w.NothingWrong)}
	}
	return append([]markup.Node{
		heading(w.Filled.Title), paragraph(w.Filled.Text),
		facts(row{w.FilledAt, o.to.When(o.ClosedAt())}, row{w.Seats, o.seats(w)}, sent), paragraph(w.NothingWrong),
	}, o.ifReopened(w)...)
}

// ifReopened lets a pro who came too late ask to be told when a seat reopens, and leads to what came of it (A21).
func (o opened) ifReopened(w words) []markup.Node {
	watch, asked := o.Watch()
	switch {
	case o.again != "":
		return []markup.Node{heading(w.Again.Title), paragraph(w.Again.Text), markup.El("p", nil, markup.El("a", markup.Attrs{"href": o.again}, markup.Text(w.SeeAgain)))}
	case asked:
		return []markup.Node{heading(w.Watching.Title), o.form([]markup.Node{at(o, w.Watching, watch.Since)}, button("unwatch", "no", w.Unwatch))}
	}
	return []markup.Node{heading(w.Reopens.Title), o.form([]markup.Node{paragraph(w.Reopens.Text)}, button("watch", "yes", w.Watch))}
}

func at(o opened, said titled, when time.Time) markup.Node {
	return paragraph(fmt.Sprintf(said.Text, o.to.When(when)))
}

func (o opened) seats(w words) string {
	return fmt.Sprintf(w.SeatsTaken, o.Project.Taken(), len(o.Project.Seats))
}

// release says when the reward becomes the pro's (R55, A10).
func (o opened) release(w words) string {
	if o.terms.Release == policy.OnClientApproval {
		return w.OnApproval
	}
	return fmt.Sprintf(w.AfterHold, int(o.book.RewardHold/(24*time.Hour)))
}

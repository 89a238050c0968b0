package events

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"time"

	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// A story is one project and what happened to it before Start. Its id is the end of all its ULIDs.
type story struct {
	id       string
	happened []happening
}

// A happening is something that somebody did, so long before Start.
type happening struct {
	ago time.Duration
	who string
	do  func(*world, project.Ask) error
}

// The stories, each at a point that an event needs. README.md in events/ lists them for people.
var stories = []story{
	{"DRAFT", []happening{ // not published yet
		{2 * day, "client", drafts("Spring catalogue", "proofreading", 6*day, false)},
	}},
	{"RACE0", []happening{ // three pros are invited, nobody has accepted
		{2 * day, "client", drafts("Museum audio guide", "translation", 5*day, true)},
		{day, "agent", invites(2 * day)},
	}},
	{"FRESH", []happening{ // three pros are invited this moment; nobody was told yet
		{time.Hour, "client", drafts("Harbour signs", "translation", 5*day, true)},
		{0, "agent", invites(2 * day)},
	}},
	{"ENDED", []happening{ // the round expires now
		{5 * day, "client", drafts("Wine list", "translation", 4*day, true)},
		{3 * day, "agent", invites(0)},
	}},
	{"TAKEN", []happening{ // Ana was quickest; she has uploaded a file and not submitted it, and has asked the team something; a mail is held back
		{3 * day, "client", drafts("City map legend", "translation", 3*day, true)},
		{2 * day, "agent", invites(2 * day)},
		{2*day - time.Hour, "pro-ana", accepts},
		{day, "pro-ana", uploads},
		{time.Hour, "pro-ana", asks},
		{time.Hour, "pro-ben", writes},
	}},
	{"BENCH", []happening{ // Ana was quickest; Ben wants to be told when the seat reopens
		{3 * day, "client", drafts("Opening hours", "translation", 5*day, true)},
		{2 * day, "agent", invites(2 * day)},
		{2*day - time.Hour, "pro-ana", accepts},
		{day, "pro-ben", waits},
	}},
	{"TEXT1", []happening{ // Ana was quickest, and version 1 waits for quality control
		{4 * day, "client", drafts("Lighthouse tour", "translation", 5*day, true)},
		{3 * day, "agent", invites(day)},
		{3*day - time.Hour, "pro-ana", accepts},
		{day, "pro-ana", uploads}, {day, "pro-ana", submits},
	}},
	{"PR00F", []happening{ // the proofreading of TEXT1: Ben was quickest
		{2 * day, "agent", offersProofreading},
		{day, "pro-ben", accepts},
	}},
	{"TARDY", []happening{ // the work is due now, and nothing was submitted
		{5 * day, "client", drafts("Menu of the day", "translation", 0, true)},
		{4 * day, "agent", invites(-day)},
		{4*day - time.Hour, "pro-ana", accepts},
	}},
	{"CHECK", []happening{ // version 1 waits for quality control
		{5 * day, "client", drafts("Bicycle manual", "translation", 2*day, true)},
		{4 * day, "agent", invites(day)},
		{4*day - time.Hour, "pro-ana", accepts},
		{day, "pro-ana", uploads}, {day, "pro-ana", submits},
	}},
	{"G5FAV", []happening{ // passed 30 days ago: the reward is released now, and the client may still decide
		{35 * day, "client", drafts("Winter catalogue", "translation", -29*day, true)},
		{34 * day, "agent", invites(-30 * day)},
		{34*day - time.Hour, "pro-ana", accepts},
		{31 * day, "pro-ana", uploads}, {31 * day, "pro-ana", submits},
		{30*day + time.Hour, "qc", claims}, {30 * day, "qc", passes},
	}},
	{"AGED9", []happening{ // passed 90 days ago: the review closes now, and the reward waits for that
		{95 * day, "client", drafts("Image film", "video", -89*day, true)},
		{94 * day, "agent", invites(-90 * day)},
		{94*day - time.Hour, "pro-ana", accepts},
		{91 * day, "pro-ana", uploads}, {91 * day, "pro-ana", submits},
		{90 * day, "qc", passes},
	}},
	{"FR0ZE", []happening{ // passed quality control, and the reward is held back since
		{9 * day, "client", drafts("Ferry timetable", "translation", -3*day, true)},
		{8 * day, "agent", invites(-4 * day)},
		{8*day - time.Hour, "pro-ana", accepts},
		{5 * day, "pro-ana", uploads}, {5 * day, "pro-ana", submits}, {4 * day, "qc", passes},
		{3 * day, "agent", freezes},
	}},
	{"NEEDS", []happening{ // passed quality control; a credit waits for a second person
		{9 * day, "client", drafts("Cheese labels", "translation", -3*day, true)},
		{8 * day, "agent", invites(-4 * day)},
		{8*day - time.Hour, "pro-ana", accepts},
		{5 * day, "pro-ana", uploads}, {5 * day, "pro-ana", submits}, {4 * day, "qc", passes},
		{day, "agent", adjusts},
	}},
	{"WSHES", append(shown("Garden guide"), happening{time.Hour, "client", wants})},                                                                            // the client wants changes
	{"PRCED", append(shown("River guide"), happening{day, "client", wants}, happening{day, "agent", quotes})},                                                  // a fee is quoted
	{"STARE", append(shown("Tower guide"), happening{8 * day, "client", wants}, happening{7 * day, "agent", quotes})},                                          // the quote expires now
	{"SHARE", append(shown("Harbour guide"), happening{day, "client", wants}, happening{day, "agent", quotes}, happening{time.Hour, "client", approvesQuote})}, // Ana is offered her share
	{"HE1PS", asking(time.Hour)},                                                                                        // Ana has asked for more time
	{"WARN0", asking(10 * time.Hour)},                                                                                   // the team is warned now
	{"BREAK", asking(12*time.Hour, happening{2 * time.Hour, "timer", warns})},                                           // nobody answered, and the promise breaks now
	{"HE1D0", asking(3*time.Hour, happening{2 * time.Hour, "agent", takes})},                                            // Abel works on it
	{"WA1TS", asking(3*time.Hour, happening{2 * time.Hour, "agent", takes}, happening{time.Hour, "agent", asksClient})}, // Clara is asked
	{"RA1SE", asking(3*time.Hour, happening{2 * time.Hour, "agent", proposes})},                                         // a higher reward waits for a second person
	{"AGA1N", asking(3*time.Hour, happening{time.Hour, "agent", resolves})},                                             // resolved
}

// shown is a translation that passed nine days ago.
func shown(title string) []happening {
	return []happening{
		{14 * day, "client", drafts(title, "translation", -8*day, true)},
		{13 * day, "agent", invites(-9 * day)},
		{13*day - time.Hour, "pro-ana", accepts},
		{10 * day, "pro-ana", uploads}, {10 * day, "pro-ana", submits},
		{9 * day, "qc", passes},
	}
}

// asking is the story of a pro at work who raised a flag so long before Start, and what happened to it since.
func asking(ago time.Duration, since ...happening) []happening {
	return append([]happening{
		{3 * day, "client", drafts("Zoo signs", "translation", 3*day, true)},
		{2 * day, "agent", invites(2 * day)},
		{2*day - time.Hour, "pro-ana", accepts},
		{ago, "pro-ana", calls},
	}, since...)
}

// drafts writes a project that is due so long after Start.
func drafts(title, category string, due time.Duration, publish bool) func(*world, project.Ask) error {
	return func(w *world, ask project.Ask) error {
		_, err := w.jobs.Create(w.ctx, ask, project.Brief{
			Type: project.Speedy, Category: category, Title: title, Text: "Forty short texts for visitors. Keep the warm tone.",
			Assets: []project.Asset{{Name: "source texts", URL: "https://client.example.com/texts.zip"}},
			Reward: ledger.Money{Minor: 12000, Currency: "USD"}, DeliverBy: Start.Add(due), Seats: 1,
		}, publish)
		return err
	}
}

// invites calls Ana, Ben and Cem, Ana at a reward of her own, in a round that expires so long after Start.
func invites(expires time.Duration) func(*world, project.Ask) error {
	return func(w *world, ask project.Ask) error {
		reward := ledger.Money{Minor: 14000, Currency: "USD"}
		guests := []project.Guest{{Pro: "pro-ana", Reward: &reward}, {Pro: "pro-ben"}, {Pro: "pro-cem"}}
		_, err := w.jobs.Invite(w.ctx, ask, w.newID("prj"), guests, Start.Add(expires))
		return err
	}
}

// offersProofreading has who came too late for TEXT1 proofread it.
func offersProofreading(w *world, ask project.Ask) error {
	_, err := w.jobs.OfferProofreading(w.ctx, ask, "prj_"+Base+"TEXT1", project.ProofreadingTerms{Reward: ledger.Money{Minor: 3500, Currency: "USD"}})
	return err
}

// accepts takes the first invitation of the round on the terms that its pro saw.
func accepts(w *world, ask project.Ask) error {
	id := project.InvitationID(w.newID("rnd"), 0)
	invitation, err := w.jobs.Invitation(w.ctx, ask.By, id)
	if err != nil {
		return err
	}
	_, err = w.jobs.Accept(w.ctx, ask, id, project.TermsOf(invitation, w.jobs.Policies.Current()).Seen)
	return err
}

// waits has Ben told when a seat reopens.
func waits(w *world, ask project.Ask) error {
	_, err := w.jobs.Watch(w.ctx, ask, project.InvitationID(w.newID("rnd"), 1))
	return err
}

// uploads sends one file into the bucket, as a browser would.
func uploads(w *world, _ project.Ask) error {
	content := []byte("forty texts of " + w.story)
	sum := sha256.Sum256(content)
	key := project.UploadKey(w.newID("asg"), w.newID("fil"))
	signed, err := w.bucket.PresignUpload(w.ctx, key, "textos.docx", int64(len(content)), base64.StdEncoding.EncodeToString(sum[:]), time.Minute)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(w.ctx, signed.Method, signed.URL, bytes.NewReader(content))
	if err != nil {
		return err
	}
	for name, value := range signed.Headers {
		req.Header.Set(name, value)
	}
	resp, err := w.bucket.Client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("upload of %s: %s", key, resp.Status)
	}
	return nil
}

func asks(w *world, ask project.Ask) error {
	ask.Once = store.Once{ID: "question of " + w.story, Fingerprint: w.story, Keep: day}
	_, err := w.jobs.Say(w.ctx, ask, w.newID("asg"), "Do street names stay in English?", nil)
	return err
}

// writes is a mail of Ben's about his invitation, from an address that nobody knows: it is held back.
func writes(w *world, ask project.Ask) error {
	return w.jobs.Take(w.ctx, project.Ask{Channel: "mail", Now: ask.Now, Trace: "ses-" + w.story}, project.InvitationID(w.newID("rnd"), 1), project.Incoming{
		Name: "<home-1@home.example.org>", From: "ben@home.example.org", Subject: "Re: All seats are taken: City map legend", Text: "It is Ben, from home.",
	}, nil)
}

func submits(w *world, ask project.Ask) error {
	_, err := w.jobs.Submit(w.ctx, ask, w.newID("asg"), project.Submission{Uploads: []string{w.newID("fil")}, Note: "Numbers are in words."})
	return err
}

func claims(w *world, ask project.Ask) error {
	_, err := w.jobs.Claim(w.ctx, ask, w.newID("asg"))
	return err
}

func passes(w *world, ask project.Ask) error {
	_, err := w.jobs.Pass(w.ctx, ask, w.newID("asg"))
	return err
}

func freezes(w *world, ask project.Ask) error {
	_, err := w.jobs.Freeze(w.ctx, ask, w.newID("rwd"), project.Why{Reason: "The client doubts who translated it.", Note: "We are asking the client."})
	return err
}

// adjusts proposes a credit that is more than one person may decide about.
func adjusts(w *world, ask project.Ask) error {
	_, err := w.jobs.Adjust(w.ctx, ask, w.newID("asg"), project.Proposal{
		Kind: ledger.Credit, Amount: ledger.Money{Minor: 300_00, Currency: "USD"}, Why: project.Why{Reason: "Forty more texts, agreed on the phone.", Note: "For the forty more texts."},
	})
	return err
}

func wants(w *world, ask project.Ask) error {
	_, err := w.jobs.AskChanges(w.ctx, ask, w.newID("asg"), "The guide now has a second voice. Please add her lines.", nil)
	return err
}

func quotes(w *world, ask project.Ask) error {
	_, err := w.jobs.QuoteFee(w.ctx, ask, w.newID("asg"), ledger.Money{Minor: 2100, Currency: "USD"}, ledger.Money{}, "A voice more than agreed.")
	return err
}

func approvesQuote(w *world, ask project.Ask) error {
	_, err := w.jobs.ApproveQuote(w.ctx, ask, w.newID("asg"), "1.1")
	return err
}
func calls(w *world, ask project.Ask) error {
	reason := help.MoreTime
	if w.story == "RA1SE" {
		reason = help.HigherReward
	}
	_, err := w.desk.Raise(w.ctx, wish(ask), w.newID("prj"), help.Call{Reason: reason, Comment: "The texts came two days late."})
	return err
}

func takes(w *world, ask project.Ask) error {
	_, err := w.desk.Claim(w.ctx, wish(ask), w.newID("flg"))
	return err
}

func asksClient(w *world, ask project.Ask) error {
	_, err := w.desk.AskClient(w.ctx, wish(ask), w.newID("flg"), "May it be two days later?", "We asked the client for two days.")
	return err
}

// proposes a reward that rises by more than one person decides.
func proposes(w *world, ask project.Ask) error {
	if err := takes(w, ask); err != nil {
		return err
	}
	_, err := w.desk.Resolve(w.ctx, wish(ask), w.newID("flg"), help.Outcome{Kind: help.RewardAdjusted, Text: "It is far more work.", Amount: ledger.Money{Minor: 60000, Currency: "USD"}}, nil)
	return err
}

func resolves(w *world, ask project.Ask) error {
	_, err := w.desk.Resolve(w.ctx, wish(ask), w.newID("flg"), help.Outcome{Kind: help.ByAnswer, Text: "The deadline has room for that."}, nil)
	return err
}

func warns(w *world, ask project.Ask) error {
	alarm := store.Alarm{Ref: store.Ref{Kind: store.Flag, ID: w.newID("flg")}, Kind: help.Warning, Entry: 2}
	_, err := w.desk.Fire(w.ctx, wish(ask), alarm)
	return err
}

// wish is the same request to the job of flags.
func wish(ask project.Ask) help.Request {
	return help.Request{By: ask.By, Channel: ask.Channel, Now: ask.Now, Answer: ask.Answer}
}

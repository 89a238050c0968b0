package api_test

import (
	"maps"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/api"
	"github.com/callsheet/callsheet/shared/project"
)

// story is one project on its way: the ids of what has come of it so far.
type story struct {
	*world
	project    string
	invited    map[string]string // invitation by pro
	terms      string
	assignment string
	upload     string // complete, not yet submitted
	attachment string // complete, in the winner's thread
	reward     string
	adjustment string // posted
	proposed   string // an adjustment that waits for a second person
	comment    string // of quality control
	quote      string // that is agreed on
	contest    bool
	read       string            // the loser's invitation to proofread the winner's work
	reading    string            // the assignment that came of it
	stray      string            // a mail about the winner's invitation, from another address
	flags      map[string]string // by what has come of them: open, claimed, waiting, proposed, resolved
	question   string
}

// stage is how far a story has come.
type stage int

const (
	drafted stage = iota
	published
	invitedPros
	working
	waiting // the loser wants to be told when the seat reopens
	uploaded
	inQC
	claimed
	helped // the pro has raised five flags
	inReview
	frozen   // the reward is held back
	adjusted // a credit is posted, and a larger one is proposed
	done
	asked     // the client wants changes, after their approval
	askedBack // staff want to know what they mean
	priced    // a fee is quoted
	offered   // the client approved it
	insisting // the changes were made, and more were asked for twice
	contested // in review, of a contest
	proofread // in quality control, and the loser proofreads it
)

const (
	projectTitle = "Translate the season's trailer"
	secretNote   = "canary-comment: the second line drifts"
	leaveNote    = "canary-leave: my studio is flooded"
	proNote      = "canary-note: mind the names"
	teamReason   = "canary-reason: they may have copied it"
	moneyNote    = "canary-note-on-money: we look into it"
	clientWish   = "canary-wish: a new character"
	quoteReason  = "canary-reason: not in the brief"
	feeAsked     = "canary-demand: forty lines more"
	teamNote     = "canary-team: they are never satisfied"
	question     = "canary-question: which names stay?"
	reply        = "canary-reply: all but the last"
	plea         = "canary-plea: why have I no access?"
	attached     = "canary-attached.pdf"
)

// brief is a valid project.
func brief() map[string]any {
	return map[string]any{
		"type": "speedy", "category": "translation", "title": projectTitle, "brief": "canary-brief: two minutes, three voices", "client": client,
		"assets": []map[string]any{{"name": "trailer", "url": "https://assets.example/canary-asset"}},
		"reward": map[string]any{"amount": "120.00", "currency": "USD"}, "deliverBy": "2026-11-20T12:00:00Z",
	}
}

func with(body map[string]any, field string, value any) map[string]any {
	changed := maps.Clone(body)
	changed[field] = value
	return changed
}

// tell plays a story up to a stage.
func tell(t *testing.T, until stage) *story {
	t.Helper()
	s := &story{world: newWorld(t), invited: map[string]string{}, comment: secretNote}
	if s.contest = until == contested; s.contest {
		until = inReview
	}
	reads := until == proofread
	if reads {
		until = inQC
	}
	for now := drafted; now <= until; now++ {
		s.next(now)
	}
	if reads {
		s.proofread()
	}
	return s
}

// tellOnce plays each stage once, for tests after which everything is as it was.
func tellOnce(t *testing.T) func(stage) *story {
	told := map[stage]*story{}
	return func(until stage) *story {
		t.Helper()
		if told[until] == nil {
			told[until] = tell(t, until)
		}
		return told[until]
	}
}

func (s *story) next(now stage) {
	s.t.Helper()
	switch now {
	case drafted:
		body := brief()
		if s.contest {
			body["type"] = "contest"
		}
		s.project = s.ask(client, "POST", "/v1/projects", body).want(201)["id"].(string)
	case published:
		s.ask(client, "POST", "/v1/projects/"+s.project+"/publish", nil).want(200)
	case invitedPros:
		s.invite(winner, loser)
		s.write()
	case working:
		s.ask(winner, "GET", "/v1/invitations/"+s.invited[winner], nil).want(200)
		s.assignment = s.accept(winner).want(201)["id"].(string)
		s.talk()
	case waiting:
		s.ask(loser, "POST", "/v1/invitations/"+s.invited[loser]+"/watch", nil).want(200)
	case uploaded:
		s.upload = s.deliver("first.srt", "one")
	case inQC:
		s.submit()
	case claimed:
		s.ask(reviewer, "POST", "/v1/assignments/"+s.assignment+"/claim", nil).want(200)
	case helped:
		s.help()
	case inReview:
		s.ask(reviewer, "POST", "/v1/assignments/"+s.assignment+"/pass", nil).want(200)
		s.reward = s.ask(winner, "GET", "/v1/statement", nil).want(200)["data"].([]any)[0].(map[string]any)["id"].(string)
	case frozen:
		s.ask(agent, "POST", "/v1/rewards/"+s.reward+"/freeze", why()).want(200)
	case adjusted:
		s.adjustment = s.ask(agent, "POST", "/v1/assignments/"+s.assignment+"/adjustments", credit("20.00")).want(201)["id"].(string)
		s.proposed = s.ask(agent, "POST", "/v1/assignments/"+s.assignment+"/adjustments", credit("250.01")).want(201)["id"].(string)
	case done:
		s.ask(client, "POST", "/v1/assignments/"+s.assignment+"/approve", nil).want(200)
	default:
		s.revise(now)
	}
}

// proofread offers the proofreading to the loser, who takes it.
func (s *story) proofread() {
	s.t.Helper()
	round := s.ask(agent, "POST", "/v1/projects/"+s.project+"/proofreading", readingTerms()).want(201)["round"].(map[string]any)
	s.read = round["invitations"].([]any)[0].(map[string]any)["id"].(string)
	at := "/v1/invitations/" + s.read
	terms := s.ask(loser, "GET", at, nil).want(200)["terms"].(map[string]any)["version"]
	s.reading = s.ask(loser, "POST", at+"/accept", map[string]any{"terms": terms}).want(201)["id"].(string)
}

// readingTerms is a valid proofreading.
func readingTerms() map[string]any { return map[string]any{"reward": amount("35.00", "USD")} }

// write is a mail about the winner's invitation, from an address that nobody knows.
func (s *story) write() {
	s.t.Helper()
	now, err := s.Now(s.t.Context())
	if err == nil {
		err = api.Jobs(s.store, s, s.bucket).Take(s.t.Context(), project.Ask{Channel: "mail", Now: now, Trace: "ses-1"}, s.invited[winner], project.Incoming{
			Name: "<1@elsewhere.example.com>", From: "elsewhere@example.com", Subject: "Re: your invitation", Text: "It is me.",
			LeftOut: []string{"everything after 4 MB"}, Files: []project.File{{Name: "guide.zip", Size: 12}},
		}, nil)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.stray = s.ask(agent, "GET", "/v1/quarantine", nil).want(200)["data"].([]any)[0].(map[string]any)["id"].(string)
}

// revise is what comes of the client's wishes.
func (s *story) revise(now stage) {
	s.t.Helper()
	at := "/v1/assignments/" + s.assignment + "/changes"
	switch now {
	case asked:
		s.ask(client, "POST", at, wish).want(200)
	case askedBack:
		s.ask(agent, "POST", at+"/ask-back", map[string]any{"question": "Which of the two?"}).want(200)
	case priced:
		s.ask(client, "POST", at+"/clarify", map[string]any{"text": "The second."}).want(200)
		s.price()
	case offered:
		s.ask(client, "POST", at+"/quote/approve", map[string]any{"quote": s.quote}).want(200)
	case insisting:
		s.ask(winner, "POST", at+"/offer/accept", map[string]any{"quote": s.quote}).want(200)
		s.upload = s.deliver("third.srt", "three")
		s.submit()
		s.ask(reviewer, "POST", "/v1/assignments/"+s.assignment+"/pass", nil).want(200)
		s.ask(client, "POST", at, wish).want(200)
		s.ask(client, "POST", at+"/drop", nil).want(200)
		s.ask(client, "POST", at, wish).want(200)
	}
}

func (s *story) price() {
	s.t.Helper()
	view := s.ask(agent, "POST", "/v1/assignments/"+s.assignment+"/changes/quote", quote).want(200)
	requests := view["changes"].([]any)
	s.quote = requests[len(requests)-1].(map[string]any)["quote"].(map[string]any)["version"].(string)
}

var (
	wish  = map[string]any{"text": clientWish, "comments": []map[string]any{{"text": "warmer"}}}
	quote = map[string]any{"fee": map[string]any{"amount": "23.45", "currency": "USD"}, "share": map[string]any{"amount": "19.87", "currency": "USD"}, "reason": quoteReason}
)

func (s *story) invite(pros ...string) {
	s.t.Helper()
	var guests []map[string]any
	for _, pro := range pros {
		guests = append(guests, map[string]any{"pro": pro})
	}
	round := s.ask(agent, "POST", "/v1/projects/"+s.project+"/invitations", map[string]any{"invitations": guests}).want(201)
	for _, line := range round["invitations"].([]any) {
		l := line.(map[string]any)
		s.invited[l["pro"].(string)] = l["id"].(string)
	}
	s.terms = s.ask(pros[0], "GET", "/v1/invitations/"+s.invited[pros[0]], nil).want(200)["terms"].(map[string]any)["version"].(string)
}

func (s *story) accept(pro string, headers ...string) answer {
	s.t.Helper()
	return s.ask(pro, "POST", "/v1/invitations/"+s.invited[pro]+"/accept", map[string]any{"terms": s.terms}, headers...)
}

// talk is a question of each pro, answered to the one who has the seat.
func (s *story) talk() {
	s.t.Helper()
	at := "/v1/assignments/" + s.assignment + "/messages"
	s.attachment = s.attach(winner, at, attached, "one")
	s.ask(winner, "POST", at, map[string]any{"text": question, "attachments": []string{s.attachment}}).want(201)
	s.ask(agent, "POST", at, map[string]any{"text": reply}).want(201)
	s.ask(loser, "POST", "/v1/invitations/"+s.invited[loser]+"/messages", map[string]any{"text": plea}).want(201)
}

// attach announces a file in a thread and sends it.
func (s *story) attach(who, messages, name, content string) (id string) {
	s.t.Helper()
	view := s.ask(who, "POST", messages+"/attachments", announcement(name, content)).want(201)
	if got := transfer(s.t, view["transfers"].([]any)[0].(map[string]any), content); got != 200 {
		s.t.Fatalf("the bucket answered %d", got)
	}
	return view["id"].(string)
}

// deliver uploads one file, whole.
func (s *story) deliver(name, content string) (upload string) {
	s.t.Helper()
	view := s.ask(winner, "POST", "/v1/assignments/"+s.assignment+"/uploads", announcement(name, content)).want(201)
	if got := transfer(s.t, view["transfers"].([]any)[0].(map[string]any), content); got != 200 {
		s.t.Fatalf("the bucket answered %d", got)
	}
	return view["id"].(string)
}

func announcement(name, content string) map[string]any {
	return map[string]any{"name": name, "contentType": "text/plain", "size": len(content), "sha256": []string{sum(content)}}
}

func (s *story) submit() answer {
	s.t.Helper()
	a := s.ask(winner, "POST", "/v1/assignments/"+s.assignment+"/submit", s.submission())
	a.want(200)
	return a
}

func (s *story) submission() map[string]any {
	return map[string]any{"uploads": []string{s.upload}, "comment": proNote}
}

// sample is a valid request of a route by somebody who may send it, and the stage at which it may be sent.
type sample struct {
	at   stage
	by   string
	path func(s *story) string
	body func(s *story) any
	// headers that the route needs besides a fresh Idempotency-Key
	headers []string
}

func at(path string) func(*story) string { return func(*story) string { return path } }

func onProject(suffix string) func(*story) string {
	return func(s *story) string { return "/v1/projects/" + s.project + suffix }
}

func onInvitation(suffix string) func(*story) string {
	return func(s *story) string { return "/v1/invitations/" + s.invited[winner] + suffix }
}

func onAssignment(prefix, suffix string) func(*story) string {
	return func(s *story) string { return prefix + "/assignments/" + s.assignment + suffix }
}

func extension(*story) any {
	return map[string]any{"deliverBy": "2026-12-01T12:00:00Z", "reason": leaveNote}
}

func profile(name string) map[string]any {
	return map[string]any{"name": name, "email": "x@example.com", "language": "en", "zone": "UTC", "roles": []string{"pro"}}
}

func says(body map[string]any) func(*story) any { return func(*story) any { return body } }
func completing(*story) any {
	return map[string]any{"multipart": "m", "parts": []map[string]any{{"number": 1, "etag": "e", "sha256": sum("one")}}}
}

// samples has every route of the contract once.
func samples() map[string]sample {
	all := moneySamples()
	maps.Copy(all, messageSamples())
	maps.Copy(all, listSamples())
	maps.Copy(all, helpSamples())
	maps.Copy(all, map[string]sample{
		"POST /v1/projects":                     {at: drafted, by: client, path: at("/v1/projects"), body: func(*story) any { return brief() }},
		"GET /v1/projects":                      {at: drafted, by: client, path: at("/v1/projects")},
		"GET /v1/projects/{projectId}":          {at: inReview, by: client, path: onProject("")},
		"PUT /v1/projects/{projectId}":          {at: drafted, by: client, path: onProject(""), body: func(*story) any { return brief() }, headers: []string{"if-match", `"1"`}},
		"POST /v1/projects/{projectId}/publish": {at: drafted, by: client, path: onProject("/publish")},
		"POST /v1/projects/{projectId}/cancel":  {at: published, by: client, path: onProject("/cancel"), body: func(*story) any { return map[string]any{"reason": "not needed"} }},
		"POST /v1/projects/{projectId}/invitations": {at: published, by: agent, path: onProject("/invitations"), body: func(*story) any {
			return map[string]any{"invitations": []map[string]any{{"pro": winner}}}
		}},
		"POST /v1/projects/{projectId}/proofreading":                 {at: working, by: agent, path: onProject("/proofreading"), body: says(readingTerms())},
		"GET /v1/assignments/{assignmentId}/source":                  {at: proofread, by: loser, path: func(s *story) string { return "/v1/assignments/" + s.reading + "/source" }},
		"GET /v1/projects/{projectId}/invitations":                   {at: invitedPros, by: agent, path: onProject("/invitations")},
		"POST /v1/invitations/{invitationId}/withdraw":               {at: invitedPros, by: agent, path: onInvitation("/withdraw")},
		"GET /v1/invitations/{invitationId}":                         {at: invitedPros, by: winner, path: onInvitation("")},
		"POST /v1/invitations/{invitationId}/accept":                 {at: invitedPros, by: winner, path: onInvitation("/accept"), body: func(s *story) any { return map[string]any{"terms": s.terms} }},
		"POST /v1/invitations/{invitationId}/decline":                {at: invitedPros, by: winner, path: onInvitation("/decline")},
		"GET /v1/assignments/{assignmentId}":                         {at: inReview, by: winner, path: onAssignment("/v1", "")},
		"GET /v1/assignments/{assignmentId}/comparison":              {at: inReview, by: winner, path: onAssignment("/v1", "/comparison")},
		"POST /v1/assignments/{assignmentId}/uploads":                {at: working, by: winner, path: onAssignment("/v1", "/uploads"), body: func(*story) any { return announcement("a.srt", "one") }},
		"POST /v1/assignments/{assignmentId}/submit":                 {at: uploaded, by: winner, path: onAssignment("/v1", "/submit"), body: func(s *story) any { return s.submission() }},
		"GET /v1/qc/queue":                                           {at: inQC, by: reviewer, path: at("/v1/qc/queue")},
		"GET /v1/qc/assignments/{assignmentId}/files":                {at: inQC, by: reviewer, path: onAssignment("/v1/qc", "/files")},
		"POST /v1/assignments/{assignmentId}/claim":                  {at: inQC, by: reviewer, path: onAssignment("/v1", "/claim")},
		"POST /v1/assignments/{assignmentId}/unclaim":                {at: claimed, by: reviewer, path: onAssignment("/v1", "/unclaim")},
		"POST /v1/assignments/{assignmentId}/pass":                   {at: inQC, by: reviewer, path: onAssignment("/v1", "/pass")},
		"GET /v1/assignments/{assignmentId}/delivery":                {at: inReview, by: client, path: onAssignment("/v1", "/delivery")},
		"POST /v1/assignments/{assignmentId}/approve":                {at: inReview, by: client, path: onAssignment("/v1", "/approve")},
		"POST /v1/assignments/{assignmentId}/changes":                {at: inReview, by: client, path: onAssignment("/v1", "/changes"), body: says(wish)},
		"POST /v1/assignments/{assignmentId}/changes/forward":        {at: asked, by: agent, path: onAssignment("/v1", "/changes/forward")},
		"POST /v1/assignments/{assignmentId}/changes/ask-back":       {at: asked, by: agent, path: onAssignment("/v1", "/changes/ask-back"), body: says(map[string]any{"question": "Which of the two?"})},
		"POST /v1/assignments/{assignmentId}/changes/clarify":        {at: askedBack, by: client, path: onAssignment("/v1", "/changes/clarify"), body: says(map[string]any{"text": "The second."})},
		"POST /v1/assignments/{assignmentId}/changes/decline":        {at: asked, by: agent, path: onAssignment("/v1", "/changes/decline"), body: says(map[string]any{"reason": "Not in the brief."})},
		"POST /v1/assignments/{assignmentId}/changes/drop":           {at: asked, by: client, path: onAssignment("/v1", "/changes/drop")},
		"GET /v1/assignments/{assignmentId}/changes/quote":           {at: asked, by: agent, path: onAssignment("/v1", "/changes/quote")},
		"POST /v1/assignments/{assignmentId}/changes/quote":          {at: asked, by: agent, path: onAssignment("/v1", "/changes/quote"), body: says(quote)},
		"POST /v1/assignments/{assignmentId}/changes/quote/withdraw": {at: priced, by: agent, path: onAssignment("/v1", "/changes/quote/withdraw")},
		"POST /v1/assignments/{assignmentId}/changes/quote/approve":  {at: priced, by: client, path: onAssignment("/v1", "/changes/quote/approve"), body: says(map[string]any{"quote": "1.1"})},
		"POST /v1/assignments/{assignmentId}/changes/quote/decline":  {at: priced, by: client, path: onAssignment("/v1", "/changes/quote/decline")},
		"POST /v1/assignments/{assignmentId}/changes/offer/accept":   {at: offered, by: winner, path: onAssignment("/v1", "/changes/offer/accept"), body: says(map[string]any{"quote": "1.1"})},
		"POST /v1/assignments/{assignmentId}/changes/offer/decline":  {at: offered, by: winner, path: onAssignment("/v1", "/changes/offer/decline")},
		"POST /v1/assignments/{assignmentId}/changes/ask-fee":        {at: offered, by: winner, path: onAssignment("/v1", "/changes/ask-fee"), body: says(map[string]any{"reason": feeAsked, "amount": map[string]any{"amount": "31.41", "currency": "USD"}})},
		"POST /v1/assignments/{assignmentId}/changes/review":         {at: insisting, by: agent, path: onAssignment("/v1", "/changes/review"), body: says(map[string]any{"note": teamNote})},
		"POST /v1/assignments/{assignmentId}/agent":                  {at: inReview, by: agent, path: onAssignment("/v1", "/agent"), body: says(map[string]any{"agent": lead})},
		"POST /v1/assignments/{assignmentId}/withdraw":               {at: working, by: winner, path: onAssignment("/v1", "/withdraw"), body: says(map[string]any{"reason": leaveNote})},
		"POST /v1/assignments/{assignmentId}/reassign":               {at: working, by: agent, path: onAssignment("/v1", "/reassign"), body: says(map[string]any{"reason": leaveNote})},
		"POST /v1/assignments/{assignmentId}/extend":                 {at: working, by: agent, path: onAssignment("/v1", "/extend"), body: extension},
		"POST /v1/projects/{projectId}/extend":                       {at: published, by: agent, path: onProject("/extend"), body: extension},
		"POST /v1/projects/{projectId}/pick":                         {at: contested, by: client, path: onProject("/pick"), body: func(s *story) any { return map[string]any{"assignments": []string{s.assignment}} }},
		"POST /v1/invitations/{invitationId}/watch":                  {at: working, by: loser, path: func(s *story) string { return "/v1/invitations/" + s.invited[loser] + "/watch" }},
		"POST /v1/invitations/{invitationId}/unwatch":                {at: waiting, by: loser, path: func(s *story) string { return "/v1/invitations/" + s.invited[loser] + "/unwatch" }},
		"GET /v1/quarantine":                                         {at: invitedPros, by: agent, path: at("/v1/quarantine")},
		"POST /v1/quarantine/{mailId}/accredit":                      {at: invitedPros, by: agent, path: func(s *story) string { return "/v1/quarantine/" + s.stray + "/accredit" }, body: says(map[string]any{"pro": winner})},
		"POST /v1/quarantine/{mailId}/dismiss":                       {at: invitedPros, by: agent, path: func(s *story) string { return "/v1/quarantine/" + s.stray + "/dismiss" }},
		"GET /v1/statement":                                          {at: inReview, by: winner, path: at("/v1/statement")},
		"GET /v1/pros/{proId}/statement":                             {at: inReview, by: winner, path: at("/v1/pros/" + winner + "/statement")},
		"GET /v1/rewards/{rewardId}":                                 {at: inReview, by: winner, path: func(s *story) string { return "/v1/rewards/" + s.reward }},
		"GET /v1/profile":                                            {at: drafted, by: winner, path: at("/v1/profile")},
		"GET /v1/profiles/{partyId}":                                 {at: drafted, by: agent, path: at("/v1/profiles/" + client)},
		"PUT /v1/profiles/{partyId}":                                 {at: drafted, by: agent, path: at("/v1/profiles/" + stranger), body: func(*story) any { return profile("Eve") }, headers: []string{"if-match", `"1"`}},
		"POST /v1/assignments/{assignmentId}/revision": {at: inQC, by: reviewer, path: onAssignment("/v1", "/revision"), body: func(s *story) any {
			return map[string]any{"comments": []map[string]any{{"text": s.comment}}}
		}},
		"POST /v1/assignments/{assignmentId}/uploads/{uploadId}/complete": {at: uploaded, by: winner,
			path: func(s *story) string { return "/v1/assignments/" + s.assignment + "/uploads/" + s.upload + "/complete" },
			body: completing},
	})
	return all
}

// send sends a route's sample as somebody.
func (s *story) send(t *testing.T, route, who string, headers ...string) answer {
	t.Helper()
	smp := samples()[route]
	var body any
	if smp.body != nil {
		body = smp.body(s)
	}
	return s.call(who, method(route), smp.path(s), body, append(smp.headers, headers...)...)
}

func method(route string) string {
	m := ""
	for _, c := range route {
		if c == ' ' {
			break
		}
		m += string(c)
	}
	return m
}

const day = 24 * time.Hour

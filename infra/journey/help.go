package journey

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Help is the story of a pro in trouble: more time, a higher reward, a question to the client, a promise that breaks, and a
// question about a project of the old system.
type Help struct {
	World                    *World
	client, agent, lead, pro *Person
	project, assignment      string
	time, reward             string // flags
	due                      time.Time
}

// Steps tells the story in order; each step needs the ones before it.
func (s *Help) Steps() []Step {
	return []Step{
		{"Ben works on a film of Clara's, due in ten days", s.begin},
		{"He asks what Request Help leads to, and then for more time and for a higher reward: two flags, each with everything in it", s.ask},
		{"Abel takes the first, answers, and grants two days: the deadline moves in the same step", s.moreTime},
		{"The higher reward is above what one person decides: Abel proposes, Lena agrees, the terms rise", s.higherReward},
		{"Music is missing: Abel asks Clara, and the delivery deadline stands still until she has answered", s.askClient},
		{"Nobody answers the next one: ten hours later the team is warned, and after twelve the promise breaks", s.breaks},
		{"A project of the old system: its page takes a free text, and the flag is in the same queue under the same promise", s.old},
		{"The figures say how it went", s.figures},
	}
}

type flag struct {
	ID, State, Relation string
	Promise             struct {
		AnswerBy, AnsweredAt, BreachedAt string
		Moved                            []struct{ Why string }
	}
	Snapshot struct{ Brief string }
}

func (s *Help) begin() ([]string, error) {
	for subject, into := range map[string]**Person{"client": &s.client, "agent": &s.agent, "lead": &s.lead, "pro-ben": &s.pro} {
		p, err := s.World.As(subject)
		if err != nil {
			return nil, err
		}
		*into = p
	}
	now, err := s.World.Now()
	if err != nil {
		return nil, err
	}
	s.due = now.Add(10 * 24 * time.Hour).Truncate(time.Second)
	var made struct{ ID string }
	if err := s.does(s.client, "/v1/projects", http.StatusCreated, map[string]any{
		"type": "speedy", "category": "voice_over", "title": "Image film of the harbour", "brief": "Three minutes, one voice.",
		"reward": amount("120.00"), "deliverBy": s.due.Format(time.RFC3339), "publish": true,
	}, &made); err != nil {
		return nil, err
	}
	s.project = made.ID
	var round struct{ Invitations []struct{ ID string } }
	if err := s.does(s.agent, "/v1/projects/"+s.project+"/invitations", http.StatusCreated, map[string]any{"invitations": []map[string]any{{"pro": "pro-ben"}}}, &round); err != nil {
		return nil, err
	}
	path := "/v1/invitations/" + round.Invitations[0].ID
	var i invitation
	if err := s.reads(s.pro, path, &i); err != nil {
		return nil, err
	}
	if err := s.does(s.pro, path+"/accept", http.StatusCreated, map[string]string{"terms": i.Terms.Version}, &made); err != nil {
		return nil, err
	}
	s.assignment = made.ID
	return []string{"Ben works on " + s.assignment + " until " + i.Terms.DeliverBy}, nil
}

func (s *Help) ask() ([]string, error) {
	var reasons struct {
		Data []struct{ Reason, Title, Next string }
	}
	if err := s.reads(s.pro, "/v1/flag-reasons", &reasons); err != nil {
		return nil, err
	}
	var told []string
	for _, r := range reasons.Data {
		told = append(told, r.Title)
	}
	for reason, into := range map[string]*string{"more_time": &s.time, "higher_reward": &s.reward} {
		f, err := s.raise(reason, "The film has twice the words that the brief speaks of.")
		if err != nil {
			return told, err
		}
		*into = f.ID
		told = append(told, fmt.Sprintf("flag for %s: a person answers by %s", reason, f.Promise.AnswerBy))
		if err := expect(f.State == "open" && f.Snapshot.Brief == "Three minutes, one voice.", "the flag carries the project"); err != nil {
			return told, err
		}
	}
	mail, err := s.lastMail("abel@callsheet.example.com")
	return append(told, mail...), err
}

func (s *Help) moreTime() ([]string, error) {
	path := "/v1/flags/" + s.time
	for _, call := range []struct {
		path string
		body any
	}{
		{"/claim", nil}, {"/replies", map[string]any{"text": "You are right, it is more. Two days?"}},
		{"/resolve", map[string]any{"outcome": "deadline_extended", "text": "You have two days more.", "to": s.due.Add(48 * time.Hour).Format(time.RFC3339)}},
	} {
		if err := s.does(s.agent, path+call.path, http.StatusOK, call.body, nil); err != nil {
			return nil, err
		}
	}
	due, err := s.deliverBy()
	if err != nil {
		return nil, err
	}
	told := []string{"due " + due.Format(time.RFC3339) + " now"}
	if err := expect(due.Equal(s.due.Add(48*time.Hour)), "the deadline is two days later"); err != nil {
		return told, err
	}
	s.due = due
	mail, err := s.lastMail("ben@pro.example.com")
	return append(told, mail...), err
}

func (s *Help) higherReward() ([]string, error) {
	path := "/v1/flags/" + s.reward
	var f flag
	body := map[string]any{"outcome": "reward_adjusted", "text": "It is twice the work.", "amount": amount("400.00")}
	if err := errorsFirst(s.does(s.agent, path+"/claim", http.StatusOK, nil, nil), s.does(s.agent, path+"/resolve", http.StatusOK, body, &f)); err != nil {
		return nil, err
	}
	told := []string{"the flag is " + f.State}
	if err := expect(f.State == "proposed", "280 USD more take a second person"); err != nil {
		return told, err
	}
	if err := s.does(s.lead, path+"/agree", http.StatusOK, nil, &f); err != nil {
		return told, err
	}
	var a struct {
		Terms struct {
			Reward struct{ Amount, Currency string }
		}
	}
	if err := s.reads(s.pro, "/v1/assignments/"+s.assignment, &a); err != nil {
		return told, err
	}
	told = append(told, "the flag is "+f.State, "the reward is "+a.Terms.Reward.Amount+" "+a.Terms.Reward.Currency)
	return told, expect(a.Terms.Reward.Amount == "400.00", "the terms have the higher reward")
}

func (s *Help) askClient() ([]string, error) {
	f, err := s.raise("missing_assets", "There is no music in the folder.")
	if err != nil {
		return nil, err
	}
	path := "/v1/flags/" + f.ID
	err = errorsFirst(
		s.does(s.agent, path+"/claim", http.StatusOK, nil, nil),
		s.does(s.agent, path+"/questions", http.StatusOK, map[string]any{"question": "Which music goes under the film?", "reason": "We asked the client for the music."}, nil),
	)
	if err != nil {
		return nil, err
	}
	told, err := s.lastMail("clara@client.example.com")
	if err != nil {
		return told, err
	}
	if _, err := s.World.Advance(24 * time.Hour); err != nil {
		return told, err
	}
	var questions struct {
		Data []struct{ ID, Question string }
	}
	if err := s.reads(s.client, "/v1/questions", &questions); err != nil {
		return told, err
	}
	if err := expect(len(questions.Data) == 1, "Clara has one question"); err != nil {
		return told, err
	}
	err = errorsFirst(
		s.does(s.client, "/v1/questions/"+questions.Data[0].ID+"/answer", http.StatusOK, map[string]any{"answer": "The waltz of last year's film."}, nil),
		s.does(s.agent, path+"/resolve", http.StatusOK, map[string]any{"outcome": "asset_supplied", "text": "The waltz, please.", "assets": []map[string]string{{"name": "waltz", "url": "https://client.example.com/waltz.wav"}}}, nil),
		s.reads(s.pro, path, &f),
	)
	if err != nil {
		return told, err
	}
	if err := expect(len(f.Promise.Moved) == 1, "the flag says why its resolution moved"); err != nil {
		return told, err
	}
	due, err := s.deliverBy()
	told = append(told, fmt.Sprintf("a day of waiting later: due %s, because «%s»", due.Format(time.RFC3339), f.Promise.Moved[0].Why))
	s.due, due = due, s.due
	return told, errorsFirst(err, expect(s.due.Sub(due) >= 24*time.Hour && f.State == "resolved", "the deadline stood still for a day"))
}

func (s *Help) breaks() ([]string, error) {
	f, err := s.raise("requirements", "Is the speaker on or off screen?")
	if err != nil {
		return nil, err
	}
	if _, err := s.World.Advance(11 * time.Hour); err != nil {
		return nil, err
	}
	told, err := s.lastMail("abel@callsheet.example.com")
	if err != nil {
		return told, err
	}
	happened, err := s.World.Advance(2 * time.Hour)
	if err != nil {
		return told, err
	}
	for _, h := range happened {
		if h.Source == "stepfunctions" {
			told = append(told, h.At.Format(time.RFC3339)+" "+h.What)
		}
	}
	mail, err := s.lastMail("lena@callsheet.example.com")
	if err != nil {
		return told, err
	}
	told = append(told, mail...)
	var queue struct {
		Data []struct {
			ID       string
			Breached bool
		}
	}
	if err := errorsFirst(s.reads(s.lead, "/v1/desk/flags", &queue), s.reads(s.pro, "/v1/flags/"+f.ID, &f)); err != nil {
		return told, err
	}
	if err := expect(len(queue.Data) > 0 && queue.Data[0].ID == f.ID && f.State == "open" && f.Promise.BreachedAt == f.Promise.AnswerBy, "the flag is at the top of the queue, and open"); err != nil {
		return told, err
	}
	return told, s.does(s.lead, "/v1/flags/"+f.ID+"/resolve", http.StatusOK, map[string]any{"outcome": "answered", "text": "Off screen. Sorry that it took so long."}, nil)
}

func (s *Help) old() ([]string, error) {
	var made struct{ URL string }
	if err := s.does(s.agent, "/v1/desk/legacy-links", http.StatusCreated, map[string]any{"reference": "OLD-77", "pro": "pro-ben"}, &made); err != nil {
		return nil, err
	}
	page, err := s.visit(http.MethodGet, made.URL, nil)
	if err != nil {
		return nil, err
	}
	if err := expect(strings.Contains(page, "Additional Instructions") && strings.Contains(page, "<textarea"), "the page asks"); err != nil {
		return nil, err
	}
	page, err = s.visit(http.MethodPost, made.URL, url.Values{"text": {"The script says two voices, the form says one."}})
	if err != nil {
		return nil, err
	}
	var queue struct {
		Data []struct{ ID, Reference, Relation, AnswerBy string }
	}
	if err := s.reads(s.agent, "/v1/desk/flags", &queue); err != nil {
		return nil, err
	}
	if err := expect(len(queue.Data) > 0, "the queue has a flag"); err != nil {
		return nil, err
	}
	told := []string{fmt.Sprintf("%s of %s is in the queue: answer by %s", queue.Data[0].ID, queue.Data[0].Reference, queue.Data[0].AnswerBy)}
	if err := expect(strings.Contains(page, "Our team has your question") && queue.Data[0].Reference == "OLD-77", "the page says until when, and the queue has the flag"); err != nil {
		return told, err
	}
	return told, s.does(s.agent, "/v1/flags/"+queue.Data[0].ID+"/resolve", http.StatusOK, map[string]any{"outcome": "answered", "text": "Two voices: we asked the client."}, nil)
}

func (s *Help) figures() ([]string, error) {
	now, err := s.World.Now()
	if err != nil {
		return nil, err
	}
	var all struct {
		Data []struct {
			Reason                 string
			Raised, Open, Breached int
			FirstResponse          struct{ MedianSeconds, P95Seconds int }
		}
	}
	query := url.Values{"from": {now.AddDate(0, 0, -30).Format(time.RFC3339)}, "to": {now.Add(time.Minute).Format(time.RFC3339)}}
	if err := s.reads(s.lead, "/v1/desk/figures?"+query.Encode(), &all); err != nil {
		return nil, err
	}
	if err := expect(len(all.Data) > 0, "there are figures"); err != nil {
		return nil, err
	}
	var told []string
	for _, f := range all.Data {
		told = append(told, fmt.Sprintf("%-20s %d raised, %d open, %d broken promises, first answer after %s (median), %s (95 %%)", f.Reason, f.Raised, f.Open, f.Breached,
			time.Duration(f.FirstResponse.MedianSeconds)*time.Second, time.Duration(f.FirstResponse.P95Seconds)*time.Second))
	}
	return told, expect(all.Data[0].Raised == 5 && all.Data[0].Open == 0 && all.Data[0].Breached >= 1, "five flags, one of them too late")
}

func (s *Help) raise(reason, comment string) (flag, error) {
	var f flag
	err := s.does(s.pro, "/v1/flags", http.StatusCreated, map[string]any{"project": s.project, "reason": reason, "comment": comment}, &f)
	return f, err
}

func (s *Help) deliverBy() (time.Time, error) {
	var a struct{ DeliverBy time.Time }
	err := s.reads(s.pro, "/v1/assignments/"+s.assignment, &a)
	return a.DeliverBy, err
}

func (s *Help) does(who *Person, path string, status int, body, into any) error {
	answer, err := who.Post(path, body)
	if err == nil {
		err = answer.Into(status, into)
	}
	if err != nil {
		return fmt.Errorf("POST %s: %w", path, err)
	}
	return nil
}

func (s *Help) reads(who *Person, path string, into any) error {
	answer, err := who.Get(path)
	if err == nil {
		err = answer.Into(http.StatusOK, into)
	}
	return err
}

func (s *Help) lastMail(to string) ([]string, error) {
	mails, err := s.World.Mails(to)
	if err == nil && len(mails) == 0 {
		err = fmt.Errorf("no mail to %s", to)
	}
	if err != nil {
		return nil, err
	}
	return quote(mails[0]), nil
}

// visit is a page as a browser without a sign-in gets it, redirects followed.
func (s *Help) visit(method, link string, form url.Values) (string, error) {
	req, err := http.NewRequest(method, link, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := s.World.HTTP.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %s", method, link, resp.Status, page)
	}
	return string(page), err
}

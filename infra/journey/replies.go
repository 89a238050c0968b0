package journey

import (
	"net/http"
	"strings"
)

// Replies is the story of a pro who came too late and answers the invitation by mail, as they nearly always do.
type Replies struct{ *play }

// Steps tells the story in order.
func (s *Replies) Steps() []Step {
	return []Step{
		{"Clara publishes a translation, Abel invites Ana and Ben, and Ana is quickest", s.taken},
		{"Ben replies to the invitation: he has no access. He is answered by itself, with the truth", s.reply},
		{"Abel reads Ben's words, and that they were answered", s.agent},
		{"Ben's out-of-office note and a second mail get no answer: two machines never talk", s.silence},
		{"Ben writes from another address; nobody believes it until Lena does", s.stray},
	}
}

func (s *Replies) taken() ([]string, error) {
	err := errorsFirst(s.publish("Museum café menu, English to Spanish", 4, nil), s.invite("pro-ana", "pro-ben"), s.accept("pro-ana"))
	return nil, err
}

// mails are Ben's about this project, newest first.
func (s *Replies) mails() (found []Mail, err error) {
	all, err := s.world.Mails("ben@pro.example.com")
	for _, m := range all {
		if strings.Contains(m.Subject, "Museum café menu") {
			found = append(found, m)
		}
	}
	return found, err
}

func (s *Replies) reply() ([]string, error) {
	mails, err := s.mails()
	if err := errorsFirst(err, expect(len(mails) == 2, "Ben has the invitation and the word to who lost")); err != nil {
		return nil, err
	}
	if err := s.world.Reply(mails[1], "Ben Brook <ben@pro.example.com>", "I have no access to this project. What happened?"); err != nil {
		return nil, err
	}
	mails, err = s.mails()
	if err := errorsFirst(err, expect(len(mails) == 3, "Ben has an answer")); err != nil {
		return nil, err
	}
	answer := mails[0]
	truthful := strings.Contains(answer.Text, "Seats taken: 1 of 1") && strings.Contains(answer.Text, "told if a seat becomes free") && strings.Contains(answer.Text, "proofreading")
	return quote(answer), errorsFirst(expect(truthful, "the answer says what happened and what there is to do"), expect(answer.First("Auto-Submitted") == "auto-replied", "it says that a machine answers"))
}

func (s *Replies) agent() ([]string, error) {
	mails, err := s.world.Mails("abel@callsheet.example.com")
	if err := errorsFirst(err, expect(len(mails) > 0, "Abel has mail")); err != nil {
		return nil, err
	}
	return quote(mails[0]), expect(strings.Contains(mails[0].Text, "What happened?") && strings.Contains(mails[0].Text, "answered by ourselves") && strings.Contains(mails[0].Text, "offer its proofreading"), "Abel has Ben's words, knows of the answer, and what he can offer")
}

func (s *Replies) silence() ([]string, error) {
	mails, err := s.mails()
	if err != nil {
		return nil, err
	}
	note := "From: ben@pro.example.com\r\nTo: " + mails[0].First("Reply-To") + "\r\nMessage-ID: <away@pro.example.com>\r\nAuto-Submitted: auto-replied\r\nSubject: Away\r\n\r\nI am away until Monday.\r\n"
	if err := errorsFirst(s.world.Deliver(note, ""), s.world.Reply(mails[0], "ben@pro.example.com", "Thank you, I see.")); err != nil {
		return nil, err
	}
	mails, err = s.mails()
	return nil, errorsFirst(err, expect(len(mails) == 3, "neither is answered"))
}

func (s *Replies) stray() ([]string, error) {
	mails, err := s.mails()
	if err != nil {
		return nil, err
	}
	if err := s.world.Reply(mails[0], "ben@home.example.org", "It is Ben, from home. Could I proofread?"); err != nil {
		return nil, err
	}
	if _, err := s.world.Advance(0); err != nil {
		return nil, err
	}
	var held struct {
		Data []struct {
			ID, Pro, Text string
			Doubts        []string
		}
	}
	if err := s.get("lead", "/v1/quarantine", &held); err != nil {
		return nil, err
	}
	if err := expect(len(held.Data) == 1 && held.Data[0].Pro == "pro-ben", "one mail is held back"); err != nil {
		return nil, err
	}
	told := []string{"held back: " + held.Data[0].Text + " (" + strings.Join(held.Data[0].Doubts, ", ") + ")"}
	var m struct{ State string }
	err = s.post("lead", "/v1/quarantine/"+held.Data[0].ID+"/accredit", http.StatusOK, map[string]string{}, &m)
	return append(told, "it is "+m.State), err
}

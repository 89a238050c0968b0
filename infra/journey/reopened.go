package journey

import (
	"fmt"
	"net/http"
	"time"
)

// Reopened is the story of a seat that its pro gives up: who came too late and asked to be told is invited again, and the
// next one who is late gets more time.
type Reopened struct{ *play }

// Steps tells the story in order.
func (s *Reopened) Steps() []Step {
	return []Step{
		{"Clara publishes a speedy, Abel invites Ana, Ben and Cem, and Ana is quickest", s.taken},
		{"Ben and Cem came too late; both ask to be told if a seat reopens", s.watch},
		{"Ana falls ill and withdraws; Abel is told why", s.withdraw},
		{"Ben and Cem are told in the same moment, each with a new invitation", s.told},
		{"Cem is quickest this time; Ben is told the truth once more, and the first invitation stays closed", s.raceAgain},
		{"The deadline passes and nothing is there: Cem and Abel are told, and Abel grants two more days", s.extend},
		{"Cem delivers in the time that he was given, and it passes", s.deliver},
	}
}

func (s *Reopened) taken() ([]string, error) {
	if err := errorsFirst(s.publish("Opening hours, English to Spanish", 4, nil), s.invite("pro-ana", "pro-ben", "pro-cem"), s.accept("pro-ana")); err != nil {
		return nil, err
	}
	return []string{"Ana works on " + s.assignments["pro-ana"]}, nil
}

func (s *Reopened) watch() ([]string, error) {
	var told []string
	for _, pro := range []string{"pro-ben", "pro-cem"} {
		var i struct {
			State    string
			Watching bool
		}
		if err := s.post(pro, "/v1/invitations/"+s.invitations[pro]+"/watch", http.StatusOK, nil, &i); err != nil {
			return told, err
		}
		told = append(told, fmt.Sprintf("the invitation of %s is %s; is told when a seat reopens: %v", pro, i.State, i.Watching))
	}
	return told, nil
}

func (s *Reopened) withdraw() ([]string, error) {
	var a struct{ State string }
	err := s.post("pro-ana", "/v1/assignments/"+s.assignments["pro-ana"]+"/withdraw", http.StatusOK, map[string]string{"reason": "I have fallen ill, and I am sorry."}, &a)
	if err != nil {
		return nil, err
	}
	mail, err := s.mail("agent", "A pro has withdrawn")
	return append([]string{"the assignment is " + a.State}, mail...), err
}

func (s *Reopened) told() ([]string, error) {
	var told []string
	for _, pro := range []string{"pro-ben", "pro-cem"} {
		mail, err := s.mail(pro, "A seat has reopened")
		if err != nil {
			return told, err
		}
		var i struct{ State, Again string }
		if err := s.get(pro, "/v1/invitations/"+s.invitations[pro], &i); err != nil {
			return told, err
		}
		if err := expect(i.State == "closed" && i.Again != "", "the old invitation stays closed and leads to the new one"); err != nil {
			return told, err
		}
		s.invitations[pro] = i.Again
		told = append(told, mail...)
	}
	return told, nil
}

func (s *Reopened) raceAgain() ([]string, error) {
	if err := s.accept("pro-cem"); err != nil {
		return nil, err
	}
	mail, err := s.mail("pro-ben", "All seats are taken")
	return append([]string{"Cem works on " + s.assignments["pro-cem"]}, mail...), err
}

func (s *Reopened) extend() ([]string, error) {
	if _, err := s.world.Advance(5 * 24 * time.Hour); err != nil {
		return nil, err
	}
	overdue, err := s.mail("agent", "Overdue")
	if err != nil {
		return nil, err
	}
	now, err := s.world.Now()
	if err != nil {
		return nil, err
	}
	var a struct {
		Late      bool
		DeliverBy string
	}
	err = s.post("agent", "/v1/assignments/"+s.assignments["pro-cem"]+"/extend", http.StatusOK, map[string]string{
		"deliverBy": now.AddDate(0, 0, 2).Format(time.RFC3339), "reason": "He started late through no fault of his own.",
	}, &a)
	if err != nil {
		return overdue, err
	}
	mail, err := s.mail("pro-cem", "You have more time")
	told := append(append(overdue, fmt.Sprintf("due %s, late: %v", a.DeliverBy, a.Late)), mail...)
	return told, errorsFirst(err, expect(!a.Late, "nobody is late while they have time"))
}

func (s *Reopened) deliver() ([]string, error) {
	if err := errorsFirst(s.play.deliver("pro-cem", "horarios.docx", "opening hours"), s.pass("pro-cem")); err != nil {
		return nil, err
	}
	return s.mail("client", "Ready for your review")
}

package journey

import (
	"fmt"
	"net/http"
)

// Booking is the story of one named pro without a race: the first says no, which goes to the agent, and the second gets in.
type Booking struct{ *play }

// Steps tells the story in order.
func (s *Booking) Steps() []Step {
	return []Step{
		{"Clara books one named pro; Abel invites Cem", s.book},
		{"Nobody else can be invited beside him: a booking is no race", s.noRace},
		{"Cem declines; Abel is told by mail", s.decline},
		{"Abel invites Ben instead, who always gets in", s.accepts},
		{"Ben delivers, it passes, and Clara approves", s.deliver},
	}
}

func (s *Booking) book() ([]string, error) {
	err := errorsFirst(s.publish("The voice of the audio guide", 5, map[string]any{"type": "booking", "category": "voice_over"}), s.invite("pro-cem"))
	return []string{"invitation " + s.invitations["pro-cem"]}, err
}

func (s *Booking) noRace() ([]string, error) {
	agent, err := s.as("agent")
	if err != nil {
		return nil, err
	}
	answer, err := agent.Post("/v1/projects/"+s.project+"/invitations", map[string]any{"invitations": []map[string]string{{"pro": "pro-ana"}}})
	if err != nil {
		return nil, err
	}
	var refusal struct{ Code, Detail string }
	err = answer.Into(http.StatusConflict, &refusal)
	return []string{refusal.Code + ": " + refusal.Detail}, err
}

func (s *Booking) decline() ([]string, error) {
	if err := s.post("pro-cem", "/v1/invitations/"+s.invitations["pro-cem"]+"/decline", http.StatusOK, nil, nil); err != nil {
		return nil, err
	}
	return s.mail("agent", "The booking was declined")
}

func (s *Booking) accepts() ([]string, error) {
	err := errorsFirst(s.invite("pro-ben"), s.accept("pro-ben"))
	return []string{"Ben works on " + s.assignments["pro-ben"]}, err
}

func (s *Booking) deliver() ([]string, error) {
	var a struct{ State string }
	err := errorsFirst(s.play.deliver("pro-ben", "guide.wav", "a voice"), s.pass("pro-ben"),
		s.post("client", "/v1/assignments/"+s.assignments["pro-ben"]+"/approve", http.StatusOK, nil, &a))
	return []string{fmt.Sprintf("the assignment is %s", a.State)}, err
}

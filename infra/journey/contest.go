package journey

import (
	"fmt"
	"net/http"
)

// Contest is the story of two seats: both winners of the race deliver, and the client picks one.
type Contest struct{ *play }

// Steps tells the story in order.
func (s *Contest) Steps() []Step {
	return []Step{
		{"Clara publishes a contest with two seats; Abel invites three pros", s.publish},
		{"Ana and Ben take the seats; Cem comes too late and is told how many there were", s.race},
		{"Both deliver, and both pass quality control: each has a reward on hold", s.deliver},
		{"Clara cannot approve one alone; she is told where winners are picked", s.approve},
		{"Clara picks Ben; everybody is told, and Ana is paid for what passed", s.pick},
	}
}

func (s *Contest) publish() ([]string, error) {
	err := errorsFirst(s.play.publish("A name for the new wing", 5, map[string]any{"type": "contest", "seats": 2}), s.invite("pro-ana", "pro-ben", "pro-cem"))
	return []string{"project " + s.project}, err
}

func (s *Contest) race() ([]string, error) {
	if err := errorsFirst(s.accept("pro-ana"), s.accept("pro-ben")); err != nil {
		return nil, err
	}
	var i invitation
	if err := s.get("pro-cem", "/v1/invitations/"+s.invitations["pro-cem"], &i); err != nil {
		return nil, err
	}
	mail, err := s.mail("pro-cem", "All seats are taken")
	told := append([]string{fmt.Sprintf("page of Cem: %s, %d of %d seats taken", i.State, i.Seats.Taken, i.Seats.Total)}, mail...)
	return told, errorsFirst(err, expect(i.State == "closed" && i.Seats.Total == 2, "a truthful page"))
}

func (s *Contest) deliver() ([]string, error) {
	var told []string
	for _, pro := range []string{"pro-ana", "pro-ben"} {
		if err := errorsFirst(s.play.deliver(pro, "names.txt", "names by "+pro), s.pass(pro)); err != nil {
			return told, err
		}
		told = append(told, pro+" delivered "+s.assignments[pro])
	}
	return told, nil
}

func (s *Contest) approve() ([]string, error) {
	client, err := s.as("client")
	if err != nil {
		return nil, err
	}
	answer, err := client.Post("/v1/assignments/"+s.assignments["pro-ben"]+"/approve", nil)
	if err != nil {
		return nil, err
	}
	var refusal struct{ Code, Detail string }
	err = answer.Into(http.StatusConflict, &refusal)
	return []string{refusal.Code + ": " + refusal.Detail}, errorsFirst(err, expect(refusal.Code == "pick-winners", "the way to pick"))
}

func (s *Contest) pick() ([]string, error) {
	if err := s.post("client", "/v1/projects/"+s.project+"/pick", http.StatusOK, map[string]any{"assignments": []string{s.assignments["pro-ben"]}}, nil); err != nil {
		return nil, err
	}
	var told []string
	for pro, state := range map[string]string{"pro-ben": "done", "pro-ana": "not_picked"} {
		var a struct{ State string }
		if err := s.get(pro, "/v1/assignments/"+s.assignments[pro], &a); err != nil {
			return told, err
		}
		if err := expect(a.State == state, pro+" is "+state); err != nil {
			return told, err
		}
	}
	for who, subject := range map[string]string{"pro-ben": "Your work was picked", "pro-ana": "El concurso ha terminado", "client": "You picked the winners"} {
		mail, err := s.mail(who, subject)
		if err != nil {
			return told, err
		}
		told = append(told, mail...)
	}
	var st statement
	if err := s.get("pro-ana", "/v1/statement", &st); err != nil {
		return told, err
	}
	told = append(told, fmt.Sprintf("Ana's statement: %s %s %s", st.Data[0].Amount.Amount, st.Data[0].Amount.Currency, st.Data[0].State))
	return told, expect(st.Data[0].State == "held", "what passed is paid after its hold")
}

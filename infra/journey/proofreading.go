package journey

import (
	"fmt"
	"net/http"
	"time"
)

// Proofreading is the story of a translation whose loser proofreads it.
type Proofreading struct {
	*play
	reading string // the project of the proofreading
}

// Steps tells the story in order.
func (s *Proofreading) Steps() []Step {
	return []Step{
		{"Clara publishes a translation, Abel invites Ana, Ben and Cem, and Ana is quickest", s.taken},
		{"Abel is offered to have the losers proofread it: one call, and Ben and Cem are invited in the same moment", s.offer},
		{"Ana cannot proofread her own work; Ben is quickest this time, and Cem is told the truth once more", s.race},
		{"There is nothing to read yet; then Ana hands in, and Ben finds her version on his assignment", s.source},
		{"Ben delivers what he corrected; both works pass quality control, and Clara approves both", s.deliver},
		{"Thirty days later both rewards are credited, each once", s.credited},
	}
}

func (s *Proofreading) taken() ([]string, error) {
	err := errorsFirst(s.publish("Museum leaflet, English to Spanish", 4, nil), s.invite("pro-ana", "pro-ben", "pro-cem"), s.accept("pro-ana"))
	return []string{"Ana translates, on " + s.assignments["pro-ana"]}, err
}

func (s *Proofreading) offer() ([]string, error) {
	may := func() (allowed bool, reason string, err error) {
		var p struct {
			Actions []struct {
				Action, Reason string
				Allowed        bool
			}
		}
		err = s.get("agent", "/v1/projects/"+s.project, &p)
		for _, a := range p.Actions {
			if a.Action == "offer_proofreading" {
				allowed, reason = a.Allowed, a.Reason
			}
		}
		return allowed, reason, err
	}
	allowed, _, err := may()
	if err := errorsFirst(err, expect(allowed, "proofreading is suggested to Abel")); err != nil {
		return nil, err
	}
	var made struct {
		Project, Title, DeliverBy string
		Round                     struct{ Invitations []struct{ ID, Pro string } }
	}
	if err := s.post("agent", "/v1/projects/"+s.project+"/proofreading", http.StatusCreated, map[string]any{"reward": amount("35.00")}, &made); err != nil {
		return nil, err
	}
	s.reading = made.Project
	told := []string{fmt.Sprintf("%s is «%s», 35.00 USD, due %s", made.Project, made.Title, made.DeliverBy)}
	if _, err := s.world.Advance(0); err != nil {
		return told, err
	}
	for _, i := range made.Round.Invitations {
		s.invitations[i.Pro] = i.ID
	}
	mail, err := s.mail("pro-ben", "Proofreading offered: Museum leaflet")
	told = append(told, mail...)
	if err := errorsFirst(err, expect(len(made.Round.Invitations) == 2, "both losers are invited")); err != nil {
		return told, err
	}
	allowed, reason, err := may()
	return append(told, "again: "+reason), errorsFirst(err, expect(!allowed, "it is offered once"))
}

func (s *Proofreading) race() ([]string, error) {
	var refusal struct{ Errors []struct{ Detail string } }
	err := s.post("agent", "/v1/projects/"+s.reading+"/invitations", http.StatusUnprocessableEntity, map[string]any{"invitations": []map[string]string{{"pro": "pro-ana"}}}, &refusal)
	if err := errorsFirst(err, expect(len(refusal.Errors) == 1, "Ana is refused by name")); err != nil {
		return nil, err
	}
	told := []string{"inviting Ana is refused: " + refusal.Errors[0].Detail}
	if err := s.accept("pro-ben"); err != nil {
		return told, err
	}
	told = append(told, "Ben proofreads, on "+s.assignments["pro-ben"])
	mail, err := s.mail("pro-cem", "All seats are taken: Proofreading: Museum leaflet")
	return append(told, mail...), err
}

func (s *Proofreading) source() ([]string, error) {
	ben, err := s.as("pro-ben")
	if err != nil {
		return nil, err
	}
	var a struct{ Source string }
	if err := s.get("pro-ben", "/v1/assignments/"+s.assignments["pro-ben"], &a); err != nil {
		return nil, err
	}
	answer, err := ben.Get(a.Source)
	if err != nil {
		return nil, err
	}
	var refusal struct{ Code, Detail string }
	if err := answer.Into(http.StatusConflict, &refusal); err != nil {
		return nil, err
	}
	told := []string{refusal.Code + ": " + refusal.Detail}
	if err := s.play.deliver("pro-ana", "folleto.docx", "the leaflet in Spanish"); err != nil {
		return told, err
	}
	var source struct {
		Works []struct {
			Version     int
			SubmittedAt string
			Files       []file
		}
	}
	if err := errorsFirst(s.get("pro-ben", a.Source, &source), expect(len(source.Works) == 1 && len(source.Works[0].Files) == 1, "one version with one file")); err != nil {
		return told, err
	}
	work := source.Works[0]
	sent, err := s.world.Send(work.Files[0].Download, nil)
	told = append(told, fmt.Sprintf("version %d of %s: %s", work.Version, work.SubmittedAt, work.Files[0].Name))
	return told, errorsFirst(err, expect(string(sent.Body) == "the leaflet in Spanish", "Ben reads what Ana wrote"))
}

func (s *Proofreading) deliver() ([]string, error) {
	err := errorsFirst(
		s.play.deliver("pro-ben", "folleto corregido.docx", "the leaflet in better Spanish"),
		s.pass("pro-ana"), s.pass("pro-ben"),
		s.post("client", "/v1/assignments/"+s.assignments["pro-ana"]+"/approve", http.StatusOK, nil, nil),
		s.post("client", "/v1/assignments/"+s.assignments["pro-ben"]+"/approve", http.StatusOK, nil, nil),
	)
	if err != nil {
		return nil, err
	}
	var p struct{ Of string }
	err = s.get("client", "/v1/projects/"+s.reading, &p)
	return []string{"Clara has both; " + s.reading + " proofreads " + p.Of}, errorsFirst(err, expect(p.Of == s.project, "the projects are linked"))
}

func (s *Proofreading) credited() ([]string, error) {
	if _, err := s.world.Advance(30*24*time.Hour + time.Minute); err != nil {
		return nil, err
	}
	var told []string
	for _, due := range [][2]string{{"pro-ana", "120.00"}, {"pro-ben", "35.00"}} {
		pro, reward := due[0], due[1]
		person, err := s.as(pro)
		if err != nil {
			return told, err
		}
		st, err := person.statement(s.assignments[pro])
		if err := errorsFirst(err, expect(len(st.Data) == 1 && st.Data[0].State == "credited" && st.Data[0].Amount.Amount == reward, pro+" has "+reward)); err != nil {
			return told, err
		}
		told = append(told, fmt.Sprintf("%s: %s %s, credited %s", pro, st.Data[0].Amount.Amount, st.Data[0].Amount.Currency, st.Data[0].CreditedAt))
	}
	return told, nil
}

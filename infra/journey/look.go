package journey

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// What the stories look at, and how they tell it.

type statement struct {
	Balances []struct {
		Account string
		Amount  struct{ Amount, Currency string }
	}
	Data []struct {
		ID, Assignment, State, ReleaseAt, CreditedAt string
		Change                                       int // the client's request that a fee pays for
		Amount                                       struct{ Amount, Currency string }
	}
}

type file struct {
	Name     string
	Download Transfer
}

// statement is the pro's, with the rewards of one assignment: a world may have told other stories before.
func (p *Person) statement(assignment string) (statement, error) {
	var st statement
	answer, err := p.Get("/v1/statement")
	if err == nil {
		err = answer.Into(http.StatusOK, &st)
	}
	kept := st.Data[:0]
	for _, reward := range st.Data {
		if reward.Assignment == assignment {
			kept = append(kept, reward)
		}
	}
	st.Data = kept
	return st, err
}

func (s *Speedy) statement() (statement, error) { return s.pros[s.winner].statement(s.assignment) }

func (s *Speedy) state() (string, error) {
	var a struct{ State string }
	answer, err := s.pros[s.winner].Get("/v1/assignments/" + s.assignment)
	if err == nil {
		err = answer.Into(http.StatusOK, &a)
	}
	return a.State, err
}

// compared tells what changed from version 1 to 2.
func (s *Speedy) compared() (told []string, err error) {
	answer, err := s.qc.Get("/v1/assignments/" + s.assignment + "/comparison?from=1&to=2")
	if err != nil {
		return nil, err
	}
	var c struct {
		Files    []struct{ Change string }
		Comments []struct {
			Number             int
			Text, Name, Answer string
			Page               int
		}
	}
	if err := answer.Into(http.StatusOK, &c); err != nil {
		return nil, err
	}
	for _, said := range c.Comments {
		where := ""
		if said.Name != "" {
			where = fmt.Sprintf("%s, page %d: ", said.Name, said.Page)
		}
		told = append(told, fmt.Sprintf("comment %d: %s%s → %s", said.Number, where, said.Text, said.Answer))
	}
	return told, expect(len(c.Files) == 2 && len(c.Comments) == 2 && c.Comments[1].Answer != "", "the comparison shows both files and both answers")
}

// delivery is what the client can see and download.
func (s *Speedy) delivery() ([]file, error) {
	var d struct{ Files []file }
	answer, err := s.client.Get("/v1/assignments/" + s.assignment + "/delivery")
	if err == nil {
		err = answer.Into(http.StatusOK, &d)
	}
	return d.Files, err
}

func (w *World) lastMail(to string) ([]string, error) {
	mails, err := w.Mails(to)
	if err != nil {
		return nil, err
	}
	if len(mails) == 0 {
		return nil, fmt.Errorf("no mail to %s", to)
	}
	return quote(mails[0]), nil
}

// quote is a mail as a story quotes it: to whom, subject, and its first lines.
func quote(m Mail) []string {
	told := []string{fmt.Sprintf("✉ to %s: %s", strings.Join(m.Recipients, ", "), m.Subject)}
	kept := 0
	for _, line := range strings.Split(m.Text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || kept == 7 {
			continue
		}
		kept++
		told = append(told, "  │ "+line)
	}
	return told
}

func amount(decimal string) map[string]string {
	return map[string]string{"amount": decimal, "currency": "USD"}
}

// expect is an error that names what should have been so.
func expect(so bool, what string) error {
	if so {
		return nil
	}
	return errors.New("not so: " + what)
}

func errorsFirst(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

package journey

import "fmt"

// Profile is a persona's entry in the directory.
type Profile struct {
	Subject  string   `json:"-"`
	Name     string   `json:"name"`
	Email    string   `json:"email"`
	Language string   `json:"language"`
	Zone     string   `json:"zone"`
	Roles    []string `json:"roles"`
}

// Cast are the people of the local marketplace.
func Cast() []Profile {
	return []Profile{
		{"admin", "Alba Admin", "alba@callsheet.example.com", "en", "UTC", []string{"admin"}},
		{"lead", "Lena Lead", "lena@callsheet.example.com", "en", "Europe/Madrid", []string{"lead"}},
		{"agent", "Abel Agent", "abel@callsheet.example.com", "en", "Europe/Madrid", []string{"agent"}},
		{"qc", "Quinn Check", "quinn@callsheet.example.com", "en", "Europe/London", []string{"qc"}},
		{"client", "Clara Client", "clara@client.example.com", "en", "America/New_York", []string{"client"}},
		{"pro-ana", "Ana Arroyo", "ana@pro.example.com", "es", "Europe/Madrid", []string{"pro"}},
		{"pro-ben", "Ben Brook", "ben@pro.example.com", "en", "Europe/London", []string{"pro"}},
		{"pro-cem", "Cem Cetin", "cem@pro.example.com", "en", "Europe/Istanbul", []string{"pro"}},
	}
}

// Settle puts people into the directory who are not there yet; the first admin starts.
func (w *World) Settle(people []Profile) error {
	admin, err := w.As("admin")
	if err != nil {
		return err
	}
	for _, p := range people {
		answer, err := admin.Get("/v1/profiles/" + p.Subject)
		if err != nil {
			return err
		}
		if answer.Status == 200 {
			continue
		}
		answer, err = admin.Put("/v1/profiles/"+p.Subject, `"0"`, p)
		if err != nil {
			return err
		}
		if err := answer.Into(201, nil); err != nil {
			return fmt.Errorf("profile of %s: %w", p.Subject, err)
		}
	}
	return nil
}

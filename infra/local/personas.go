package local

import (
	"github.com/callsheet/callsheet/infra/journey"
	"github.com/callsheet/callsheet/infra/local/oidc"
)

// Personas are the people of the stories, as the local issuer knows them.
func Personas(cast []journey.Profile) []oidc.Persona {
	var list []oidc.Persona
	for _, p := range cast {
		list = append(list, oidc.Persona{Subject: p.Subject, Name: p.Name, Role: p.Roles[0], Email: p.Email, Language: p.Language, Zone: p.Zone})
	}
	return list
}

package api

import (
	"context"
	"net/http"

	"github.com/callsheet/callsheet/shared/directory"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/store"
)

// ProfileBody is a profile, whole. If-Match is "0" for a new one.
type ProfileBody struct {
	Name     string   `json:"name" max:"100"`
	Email    string   `json:"email" max:"254"`
	Language string   `json:"language" max:"2"`
	Zone     string   `json:"zone" max:"64"`
	Roles    []string `json:"roles" max:"10"`
	Active   *bool    `json:"active"`
}

// ProfileView is a profile as oneself and staff see it.
type ProfileView struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Email     string   `json:"email"`
	Language  string   `json:"language"`
	Zone      string   `json:"zone"`
	Roles     []string `json:"roles"`
	Active    bool     `json:"active"`
	UpdatedAt string   `json:"updatedAt"`
}

// Profiles serves the function profiles.
func Profiles(people *directory.Service) []handler.Endpoint {
	show := func(ctx context.Context, c *handler.Call, id string) (store.Reply, error) {
		p, err := people.Profile(ctx, c.Actor, id)
		if err != nil {
			return store.Reply{}, err
		}
		return shown(profileView(p), p.Version)
	}
	return []handler.Endpoint{
		{Route: "GET /v1/profile", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			if err := c.NoQuery(); err != nil {
				return store.Reply{}, err
			}
			return show(ctx, c, c.Actor.ID)
		}},
		{Route: "GET /v1/profiles/{partyId}", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "partyId", func(id string) (store.Reply, error) { return show(ctx, c, id) })
		}},
		{Route: "PUT /v1/profiles/{partyId}", Edit: true, Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "partyId", func(id string) (store.Reply, error) {
				var body ProfileBody
				if err := c.Read(&body); err != nil {
					return store.Reply{}, err
				}
				status := http.StatusOK
				if c.IfMatch == 0 {
					status = http.StatusCreated
				}
				return people.Put(ctx, c.Actor, c.Now, body.profile(id), c.IfMatch, func(p party.Profile) (store.Reply, error) {
					return ok(status, profileView(p), p.Version, "/v1/profiles/"+id)
				})
			})
		}},
	}
}

func (b ProfileBody) profile(id string) party.Profile {
	p := party.Profile{ID: id, Active: b.Active == nil || *b.Active, Contact: party.Contact{Name: b.Name, Email: b.Email, Language: b.Language, Zone: b.Zone}}
	for _, r := range b.Roles {
		p.Roles = append(p.Roles, lifecycle.Role(r))
	}
	return p
}

func profileView(p party.Profile) ProfileView {
	v := ProfileView{
		ID: p.ID, Name: p.Contact.Name, Email: p.Contact.Email, Language: p.Contact.Language, Zone: p.Contact.Zone, Roles: []string{}, Active: p.Active, UpdatedAt: stamp(p.UpdatedAt),
	}
	for _, r := range p.Roles {
		v.Roles = append(v.Roles, string(r))
	}
	return v
}

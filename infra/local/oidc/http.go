package oidc

import (
	_ "embed"
	"encoding/json"
	"errors"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"strings"
)

//go:embed personas.html
var personasHTML string

var page = template.Must(template.New("personas").Parse(personasHTML))

// ServeHTTP answers whoever can reach it: the keys to anyone, tokens only to the issuer's own host or a loopback name, so
// that a web page elsewhere cannot fetch one through a name it controls (DNS rebinding).
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.routes.ServeHTTP(w, r) }

func (s *Server) newRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", s.discovery)
	mux.HandleFunc("GET /.well-known/jwks.json", s.keys)
	mux.HandleFunc("POST /token", s.ownHost(s.token))
	mux.HandleFunc("GET /{$}", s.ownHost(s.listPersonas))
	return mux
}

func (s *Server) ownHost(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		ip := net.ParseIP(strings.Trim(host, "[]"))
		if host != "localhost" && (ip == nil || !ip.IsLoopback()) && !strings.HasSuffix(s.issuer, "//"+r.Host) {
			writeError(w, http.StatusForbidden, "invalid_request", "This server answers on loopback only.")
			return
		}
		next(w, r)
	}
}

func (s *Server) discovery(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer":                                s.issuer,
		"jwks_uri":                              s.issuer + "/.well-known/jwks.json",
		"token_endpoint":                        s.issuer + "/token",
		"grant_types_supported":                 []string{"persona"},
		"response_types_supported":              []string{},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"ES256"},
	})
}

func (s *Server) keys(w http.ResponseWriter, _ *http.Request) {
	key, err := s.publicKey()
	if err != nil {
		internal(w, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"keys": []jwk{key}})
}

// token takes a form with the field persona, a subject.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	if err := r.ParseForm(); err != nil {
		writeError(w, http.StatusBadRequest, "invalid_request", "The form cannot be read.")
		return
	}
	signed, err := s.Token(r.PostForm.Get("persona"))
	if errors.Is(err, ErrUnknownPersona) {
		writeError(w, http.StatusBadRequest, "invalid_grant", "There is no such persona; GET / lists them.")
		return
	}
	if err != nil {
		internal(w, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"access_token": signed, "token_type": "Bearer", "expires_in": int(TokenLife.Seconds())})
}

func (s *Server) listPersonas(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if err := page.Execute(w, map[string]any{"Issuer": s.issuer, "Personas": s.personas, "Audience": s.audience}); err != nil {
		slog.Error("oidc", "error", err)
	}
}

// internal keeps the cause in the log.
func internal(w http.ResponseWriter, err error) {
	slog.Error("oidc", "error", err)
	writeError(w, http.StatusInternalServerError, "server_error", "The token could not be made.")
}

// writeError has the shape of RFC 6749, section 5.2.
func writeError(w http.ResponseWriter, status int, code, description string) {
	writeJSON(w, status, map[string]string{"error": code, "error_description": description})
}

// writeJSON ignores a failed write: a caller who hung up cannot be told anything.
func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

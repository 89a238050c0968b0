// Package lambdaenv is what a function finds around it: its variables, the AWS configuration, the clock, identity and
// randomness. It says everything that is missing, then stops; a half-configured function never runs.
package lambdaenv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// Env is the environment of one function.
type Env struct {
	Log     *slog.Logger
	missing []string
	refused []string
	client  *http.Client
}

// Open reads nothing yet; Need and AWS do, and Ready tells what they missed.
func Open() *Env {
	return &Env{Log: slog.New(lambdacontext.NewLogHandler()), client: &http.Client{Transport: ownBody{transport()}, Timeout: 5 * time.Second}}
}

// Need is a variable without which the function cannot run.
func (e *Env) Need(name string) string {
	v := os.Getenv(name)
	if v == "" && !slices.Contains(e.missing, name) {
		e.missing = append(e.missing, name)
	}
	return v
}

// Maybe is a variable that may be empty; the template declares it all the same, because SAM passes only declared ones.
func (e *Env) Maybe(name string) string { return os.Getenv(name) }

// Refuse notes that a variable says what cannot be. One that is missing is only named as that.
func (e *Env) Refuse(name, why string) {
	if !slices.Contains(e.missing, name) {
		e.refused = append(e.refused, name+": "+why)
	}
}

// Ready stops the process when a needed variable was empty or one was refused, naming all of them.
func (e *Env) Ready() {
	if wrong := e.wrong(); len(wrong) > 0 {
		fmt.Fprintf(os.Stderr, "not configured: %s\n", strings.Join(wrong, "; "))
		os.Exit(1)
	}
}

func (e *Env) wrong() []string {
	if len(e.missing) == 0 {
		return e.refused
	}
	return append([]string{"set " + strings.Join(e.missing, ", ")}, e.refused...)
}

// Now is the instant: the wall clock, or the virtual one of a local cloud at CLOCK_URL.
func (e *Env) Now(ctx context.Context) (time.Time, error) {
	url := os.Getenv("CLOCK_URL")
	if url == "" {
		return time.Now().UTC().Truncate(time.Millisecond), nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return time.Time{}, err
	}
	resp, err := e.client.Do(req)
	if err != nil {
		return time.Time{}, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return time.Time{}, fmt.Errorf("clock: %s", resp.Status)
	}
	var answer struct {
		Now time.Time `json:"now"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return time.Time{}, fmt.Errorf("clock: %w", err)
	}
	if answer.Now.IsZero() {
		return time.Time{}, errors.New("clock: it told no time")
	}
	return answer.Now.UTC().Truncate(time.Millisecond), nil
}

// Pause is full jitter between two tries of a commit: up to 5 ms more each time.
func (e *Env) Pause(ctx context.Context, try int) {
	select {
	case <-ctx.Done():
	case <-time.After(rand.N(time.Duration(try) * 5 * time.Millisecond)):
	}
}

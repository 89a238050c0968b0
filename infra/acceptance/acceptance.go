package acceptance

import (
	"testing"
	"time"

	"github.com/callsheet/callsheet/infra/journey"
)

// Target is what is held to the suite.
type Target struct {
	World *journey.World // without Local, there are neither personas nor mails nor a clock to move
	// Token is an access token that the target takes, for somebody in its directory. With Local the personas have their own.
	Token string
	// Contract is the file of the published routes.
	Contract string
}

// Run plays the whole suite, or as much of it as the target has the means for; the log tells what is left out.
func Run(t *testing.T, target Target) {
	if target.World.Local != "" {
		client, err := target.World.As("client")
		if err != nil {
			t.Fatal(err)
		}
		target.Token = client.Token()
	}
	t.Run("strangers", target.strangers)
	if target.Token == "" {
		t.Log("not shown here: that a token of ours opens what it should and nothing when it is tampered with, because no TOKEN was given")
	} else {
		t.Run("forgers", target.forgers)
	}
	if target.World.Local == "" {
		t.Log("not shown here: stories, mails, deadlines, money and expired tokens, because an account's clock does not move and its mails go to people")
		return
	}
	t.Run("a token that has run out is refused, and a new one is not", target.expired)
	for _, story := range journey.Stories(target.World) {
		t.Run(story.Title, func(t *testing.T) {
			// SES takes so many mails a second, and on a clock that stands still the second of the story before lasts.
			if _, err := target.World.Advance(time.Minute); err != nil {
				t.Fatal(err)
			}
			for i, step := range story.Steps {
				if told, err := step.Do(); err != nil {
					t.Fatalf("step %d, %s: %v\n%v", i+1, step.Title, err, told)
				}
			}
		})
	}
}

package s3_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/callsheet/callsheet/infra/local/s3"
)

func TestExpiryOfObjects(t *testing.T) {
	const days = 24 * time.Hour
	rule := s3.Rule{Prefix: "uploads/", TagKey: "state", TagValue: "pending", After: 3 * days, AbortAfter: 1 * days}
	submit := func(c *cloud, key string) {
		_, err := c.client.PutObjectTagging(context.Background(), &sdk.PutObjectTaggingInput{Bucket: aws.String(bucket), Key: aws.String(key),
			Tagging: &types.Tagging{TagSet: []types.Tag{{Key: aws.String("state"), Value: aws.String("submitted")}}}})
		if err != nil {
			c.t.Fatal(err)
		}
	}
	for name, row := range map[string]struct {
		passed time.Duration
		gone   bool
	}{
		"is there 1 ms before": {3*days - time.Millisecond, false},
		"is gone exactly then": {3 * days, true},
		"is gone 1 ms after":   {3*days + time.Millisecond, true},
	} {
		t.Run("an upload that was never submitted "+name, func(t *testing.T) {
			c := open(t, rule)
			c.put("uploads/a", "hello")
			happened := c.advance(row.passed)
			if c.exists("uploads/a") == row.gone || (len(happened) == 1) != row.gone {
				t.Fatalf("gone: want %v; %v", row.gone, happened)
			}
			if row.gone && (!happened[0].At.Equal(start.Add(3*days)) || c.files() != 0) {
				t.Fatalf("%v, %d files", happened, c.files())
			}
		})
	}
	t.Run("what was submitted, and what lies elsewhere, stays", func(t *testing.T) {
		c := open(t, rule)
		c.put("uploads/a", "hello")
		c.put("kept/b", "hello")
		submit(c, "uploads/a")
		if happened := c.advance(400 * days); len(happened) != 0 || !c.exists("uploads/a") || !c.exists("kept/b") {
			t.Fatalf("%v", happened)
		}
	})
	t.Run("rules that came later hold for what is there already", func(t *testing.T) {
		c := open(t)
		c.put("uploads/a", "hello")
		c.stop()
		c.start(rule)
		if happened := c.advance(3 * days); len(happened) != 1 || c.exists("uploads/a") {
			t.Fatalf("%v", happened)
		}
	})
	t.Run("an unfinished multipart upload is aborted", func(t *testing.T) {
		c := open(t, rule)
		u := c.multipart("uploads/big")
		u.part(1, "hello")
		happened := c.advance(1 * days)
		if len(happened) != 1 || c.files() != 0 {
			t.Fatalf("%v, %d files", happened, c.files())
		}
		if _, err := u.complete(); code(err) != "NoSuchUpload" {
			t.Fatal(err)
		}
	})
}

func TestRestart(t *testing.T) {
	t.Run("keeps objects, tags and uploads in progress, and removes bytes without a record", func(t *testing.T) {
		c := open(t)
		c.put("k", "hello")
		u := c.multipart("big")
		u.part(1, "part one")
		orphan := filepath.Join(c.folder, "objects", "cut-off")
		if err := writeFile(orphan, "half"); err != nil {
			t.Fatal(err)
		}
		c.stop()
		c.start()
		if c.files() != 2 {
			t.Fatalf("%d files", c.files())
		}
		if got := c.read("k"); got != "hello" {
			t.Fatalf("read %q", got)
		}
		if _, err := u.complete(); err != nil {
			t.Fatal(err)
		}
		if got := c.read("big"); got != "part one" {
			t.Fatalf("read %q", got)
		}
	})
}

package s3_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func TestTags(t *testing.T) {
	ctx := context.Background()
	tagsOf := func(c *cloud) string {
		out, err := c.client.GetObjectTagging(ctx, &sdk.GetObjectTaggingInput{Bucket: aws.String(bucket), Key: aws.String("k")})
		if err != nil {
			c.t.Fatal(err)
		}
		var tags []string
		for _, tag := range out.TagSet {
			tags = append(tags, *tag.Key+"="+*tag.Value)
		}
		return strings.Join(tags, " ")
	}
	t.Run("come with the upload, and are replaced and deleted", func(t *testing.T) {
		c := open(t)
		c.put("k", "hello")
		if got := tagsOf(c); got != "state=pending" {
			t.Fatal(got)
		}
		_, err := c.client.PutObjectTagging(ctx, &sdk.PutObjectTaggingInput{Bucket: aws.String(bucket), Key: aws.String("k"),
			Tagging: &types.Tagging{TagSet: []types.Tag{{Key: aws.String("state"), Value: aws.String("submitted")}, {Key: aws.String("a<b"), Value: aws.String("&")}}}})
		if err != nil {
			t.Fatal(err)
		}
		if got := tagsOf(c); got != "a<b=& state=submitted" {
			t.Fatal(got)
		}
		if _, err := c.client.DeleteObjectTagging(ctx, &sdk.DeleteObjectTaggingInput{Bucket: aws.String(bucket), Key: aws.String("k")}); err != nil {
			t.Fatal(err)
		}
		if got := tagsOf(c); got != "" {
			t.Fatal(got)
		}
	})
	t.Run("refuses a body without a digest", func(t *testing.T) {
		c := open(t)
		c.put("k", "hello")
		status, answer := c.sendSigned("PUT", "/k?tagging=", "<Tagging><TagSet></TagSet></Tagging>", "<Tagging><TagSet></TagSet></Tagging>")
		c.want(status, answer, http.StatusBadRequest, "Missing required header for this request: Content-MD5")
	})
	t.Run("refuses the eleventh, a double one and one too long", func(t *testing.T) {
		c := open(t)
		eleven := "x"
		for i := range 10 {
			eleven += "&k" + string(rune('a'+i))
		}
		for _, header := range []string{eleven, "a=1&a=2", strings.Repeat("k", 129) + "=1", "a=" + strings.Repeat("v", 257)} {
			_, err := c.client.PutObject(ctx, &sdk.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String("k"), Tagging: aws.String(header)})
			if code(err) != "InvalidTag" {
				t.Fatalf("%.20s: got %v, want InvalidTag", header, err)
			}
		}
	})
}

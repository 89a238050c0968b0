package s3_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
)

func TestDownload(t *testing.T) {
	t.Run("takes name and type from the signed URL", func(t *testing.T) {
		c := open(t)
		c.put("k", "hello")
		signed, err := c.presigner(time.Minute).PresignGetObject(context.Background(), &sdk.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("k"),
			ResponseContentDisposition: aws.String(`attachment; filename="señal.txt"`), ResponseContentType: aws.String("text/plain")})
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.Get(signed.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if res.StatusCode != 200 || res.Header.Get("Content-Disposition") != `attachment; filename="señal.txt"` || res.Header.Get("Content-Type") != "text/plain" || res.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Fatalf("%d %v", res.StatusCode, res.Header)
		}
	})
	t.Run("gives a range", func(t *testing.T) {
		c := open(t)
		c.put("k", "0123456789")
		out, err := c.client.GetObject(context.Background(), &sdk.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("k"), Range: aws.String("bytes=3-5")})
		if err != nil {
			t.Fatal(err)
		}
		defer out.Body.Close()
		if text, err := io.ReadAll(out.Body); err != nil || string(text) != "345" || aws.ToString(out.ContentRange) != "bytes 3-5/10" {
			t.Fatalf("%q %v %v", text, aws.ToString(out.ContentRange), err)
		}
	})
	t.Run("knows neither key nor bucket that is not there", func(t *testing.T) {
		c := open(t)
		for _, b := range []string{bucket, "nobody"} {
			_, err := c.client.GetObject(context.Background(), &sdk.GetObjectInput{Bucket: aws.String(b), Key: aws.String("k")})
			if want := map[string]string{bucket: "NoSuchKey", "nobody": "NoSuchBucket"}[b]; code(err) != want {
				t.Fatalf("got %v, want %s", err, want)
			}
		}
	})
	t.Run("lists a prefix page by page", func(t *testing.T) {
		c := open(t)
		for _, key := range []string{"a/1", "b/1", "b/2", "b/3", "c/1"} {
			c.put(key, key)
		}
		var keys []string
		pages := sdk.NewListObjectsV2Paginator(c.client, &sdk.ListObjectsV2Input{Bucket: aws.String(bucket), Prefix: aws.String("b/"), MaxKeys: aws.Int32(2)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range page.Contents {
				keys = append(keys, *o.Key)
			}
		}
		if strings.Join(keys, " ") != "b/1 b/2 b/3" {
			t.Fatalf("%v", keys)
		}
	})
}

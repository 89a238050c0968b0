package s3_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/s3"
)

func TestSignature(t *testing.T) {
	for name, change := range map[string]func(*http.Request){
		"another key":          func(r *http.Request) { r.URL.Path = "/" + bucket + "/other" },
		"another method":       func(r *http.Request) { r.Method = "DELETE" },
		"another checksum":     func(r *http.Request) { r.Header.Set("x-amz-checksum-sha256", sum("other")) },
		"other metadata":       func(r *http.Request) { r.Header.Set("x-amz-meta-upload", "upl_2") },
		"other tags":           func(r *http.Request) { r.Header.Set("x-amz-tagging", "state=kept") },
		"another content type": func(r *http.Request) { r.Header.Set("Content-Type", "text/html") },
		"no If-None-Match":     func(r *http.Request) { r.Header.Del("If-None-Match") },
		"no checksum":          func(r *http.Request) { r.Header.Del("x-amz-checksum-sha256") },
		"a longer life": func(r *http.Request) {
			r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "Expires=900", "Expires=9000", 1)
		},
		"another query parameter":      func(r *http.Request) { r.URL.RawQuery += "&tagging=" },
		"a signature cut short":        func(r *http.Request) { r.URL.RawQuery = r.URL.RawQuery[:len(r.URL.RawQuery)-1] },
		"another host":                 func(r *http.Request) { r.Host = "deliverables.localhost" },
		"fewer signed headers claimed": func(r *http.Request) { r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "content-length%3B", "", 1) },
	} {
		t.Run("refuses a leaked URL with "+name, func(t *testing.T) {
			c := open(t)
			status, answer := c.send(c.presignPut("k", "hello"), "hello", change)
			c.want(status, answer, http.StatusForbidden, "SignatureDoesNotMatch")
		})
	}
	t.Run("refuses an x-amz header that was not signed", func(t *testing.T) {
		c := open(t)
		status, answer := c.send(c.presignPut("k", "hello"), "hello", func(r *http.Request) { r.Header.Set("x-amz-meta-extra", "1") })
		c.want(status, answer, http.StatusForbidden, "not signed")
	})
	t.Run("refuses an unsigned call of any kind", func(t *testing.T) {
		c := open(t)
		for _, method := range []string{"GET", "PUT", "POST", "DELETE", "OPTIONS", "PATCH"} {
			r, err := http.NewRequestWithContext(context.Background(), method, c.http.URL+"/"+bucket+"/k", nil)
			if err != nil {
				t.Fatal(err)
			}
			status, answer := c.do(r)
			c.want(status, answer, http.StatusForbidden, "AccessDenied")
		}
	})
	t.Run("refuses a malformed Authorization header", func(t *testing.T) {
		c := open(t)
		for _, header := range []string{"Basic x", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=a/b/c", "AWS4-HMAC-SHA256 Credential=upload/20270301/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0"} {
			r, err := http.NewRequestWithContext(context.Background(), "GET", c.http.URL+"/"+bucket+"/k", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", header)
			r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
			status, answer := c.do(r)
			c.want(status, answer, http.StatusBadRequest, "AuthorizationHeaderMalformed")
		}
	})
	t.Run("refuses an unknown key id, a wrong secret, a wrong region and a session token", func(t *testing.T) {
		c := open(t)
		head := func(id, secret, session string, opts ...func(*sdk.Options)) string {
			o := append(opts, func(o *sdk.Options) { o.Credentials = credentials.NewStaticCredentialsProvider(id, secret, session) })
			_, err := c.client.GetObject(context.Background(), &sdk.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("k")}, o...)
			return code(err)
		}
		got := []string{head("other", secret, ""), head(keyID, "wrong", ""), head(keyID, secret, "", func(o *sdk.Options) { o.Region = "us-east-1" }), head(keyID, secret, "token")}
		want := "InvalidAccessKeyId SignatureDoesNotMatch AuthorizationHeaderMalformed InvalidToken"
		if strings.Join(got, " ") != want {
			t.Fatalf("got %v, want %s", got, want)
		}
	})
	t.Run("takes virtual-host style below localhost", func(t *testing.T) {
		c := open(t)
		c.put("a/b", "hello")
		client := sdk.New(sdk.Options{BaseEndpoint: aws.String(strings.Replace(c.http.URL, "127.0.0.1", "localhost", 1)), Region: region,
			Credentials: credentials.NewStaticCredentialsProvider(keyID, secret, ""), HTTPClient: loopback{c.http.Listener.Addr().String()}})
		out, err := client.HeadObject(context.Background(), &sdk.HeadObjectInput{Bucket: aws.String(bucket), Key: aws.String("a/b")})
		if err != nil || *out.ContentLength != 5 {
			t.Fatalf("%v %v", out, err)
		}
	})
}

// loopback reaches address whatever the URL's host is, as a resolver that knows *.localhost would.
type loopback struct{ address string }

func (l loopback) Do(r *http.Request) (*http.Response, error) {
	r.Host = r.URL.Host
	r.URL.Host = l.address
	return http.DefaultClient.Do(r)
}

func TestExpiryOfAPresignedURL(t *testing.T) {
	for name, row := range map[string]struct {
		passed time.Duration
		ok     bool
	}{
		"works 1 ms before":    {15*time.Minute - time.Millisecond, true},
		"refused exactly then": {15 * time.Minute, false},
		"refused 1 ms after":   {15*time.Minute + time.Millisecond, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := open(t)
			signed := c.presignPut("k", "hello")
			c.advance(row.passed)
			status, answer := c.send(signed, "hello", nil)
			if row.ok {
				c.want(status, answer, http.StatusOK, "")
			} else {
				c.want(status, answer, http.StatusForbidden, "Request has expired")
			}
		})
	}
	t.Run("refuses a life of 0 and of more than seven days", func(t *testing.T) {
		c := open(t)
		signed, err := c.presigner(8*24*time.Hour).PresignGetObject(context.Background(), &sdk.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("k")})
		if err != nil {
			t.Fatal(err)
		}
		status, answer := c.send(signed, "", nil)
		c.want(status, answer, http.StatusBadRequest, "AuthorizationQueryParametersError")
	})
	t.Run("refuses a URL from the future", func(t *testing.T) {
		c := open(t)
		later := signedAt(t, c, start.Add(15*time.Minute+time.Second))
		status, answer := c.send(later, "", nil)
		c.want(status, answer, http.StatusForbidden, "not valid yet")
	})
}

func signedAt(t *testing.T, c *cloud, at time.Time) *v4.PresignedHTTPRequest {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), "GET", c.http.URL+"/"+bucket+"/k?"+url.Values{"X-Amz-Expires": {"60"}}.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, headers, err := v4.NewSigner().PresignHTTP(context.Background(), aws.Credentials{AccessKeyID: keyID, SecretAccessKey: secret}, r, "UNSIGNED-PAYLOAD", "s3", region, at)
	if err != nil {
		t.Fatal(err)
	}
	return &v4.PresignedHTTPRequest{URL: signed, Method: "GET", SignedHeader: headers}
}

package local_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/callsheet/callsheet/shared/link"
)

// TestLink follows an invitation's link as a mail program, a scanner and a browser do: without a token.
func TestLink(t *testing.T) {
	tn := open(t)
	invitation := tn.invite(tn.project(nil), "pro-ana", "pro-ben")[0]
	path, err := link.New(tn.store(), func() []byte { return make([]byte, 32) }).Invitation(t.Context(), invitation, "pro-ana")
	tn.must(err)
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	ask := func(method, path, form string) (int, string, http.Header) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, tn.URL+path, strings.NewReader(form))
		tn.must(err)
		if form != "" {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		resp, err := browser.Do(req)
		tn.must(err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		tn.must(err)
		return resp.StatusCode, string(body), resp.Header
	}
	status, page, headers := ask("GET", path, "")
	terms := regexp.MustCompile(`name="terms" type="hidden" value="([^"]+)"`).FindStringSubmatch(page)
	if status != http.StatusOK || terms == nil || headers.Get("Referrer-Policy") != "no-referrer" {
		t.Fatalf("GET gives %d %v: %s", status, headers, page)
	}
	t.Run("HEAD has no body", func(t *testing.T) {
		status, body, _ := ask("HEAD", path, "")
		equal(t, "status", status, http.StatusOK)
		equal(t, "body", body, "")
	})
	t.Run("another method is 405 with what the path takes", func(t *testing.T) {
		status, _, headers := ask("DELETE", path, "")
		equal(t, "status", status, http.StatusMethodNotAllowed)
		equal(t, "Allow", headers.Get("Allow"), "GET, HEAD, POST")
	})
	t.Run("a scanner that posts nothing does nothing", func(t *testing.T) {
		status, _, _ := ask("POST", path, "")
		equal(t, "status", status, http.StatusUnsupportedMediaType)
	})
	t.Run("the button takes the seat and leads back to the page", func(t *testing.T) {
		status, _, headers := ask("POST", path, url.Values{"do": {"accept"}, "terms": {terms[1]}}.Encode())
		equal(t, "status", status, http.StatusSeeOther)
		equal(t, "Location", headers.Get("Location"), path)
		_, page, _ := ask("GET", path, "")
		equal(t, "tells the assignment", strings.Contains(page, "asg_"), true)
	})
	tn.sound()
}

package journey

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
)

// Upload announces a file and sends it; it returns the upload's id, to be submitted.
func (p *Person) Upload(assignment, name string, content []byte) (string, error) {
	sum := sha256.Sum256(content)
	answer, err := p.Do(http.MethodPost, "/v1/assignments/"+assignment+"/uploads", map[string]any{
		"name": name, "size": len(content), "sha256": []string{base64.StdEncoding.EncodeToString(sum[:])},
	}, nil)
	if err != nil {
		return "", err
	}
	var announced struct {
		ID        string
		Transfers []Transfer
	}
	if err := answer.Into(http.StatusCreated, &announced); err != nil {
		return "", err
	}
	sent, err := p.World.Send(announced.Transfers[0], content)
	if err != nil {
		return "", err
	}
	return announced.ID, sent.Into(http.StatusOK, nil)
}

// Transfer is a presigned request.
type Transfer struct {
	Method  string
	URL     string
	Headers map[string]string
}

// Send does a presigned request, without any token.
func (w *World) Send(t Transfer, content []byte) (Answer, error) {
	req, err := http.NewRequest(t.Method, t.URL, bytes.NewReader(content))
	if err != nil {
		return Answer{}, err
	}
	for k, v := range t.Headers {
		req.Header.Set(k, v)
	}
	resp, err := w.HTTP.Do(req)
	if err != nil {
		return Answer{}, fmt.Errorf("transfer: %w", err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return Answer{resp.StatusCode, resp.Header, b}, err
}

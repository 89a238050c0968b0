package local_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/callsheet/callsheet/infra/journey"
)

// announced is an upload that may be sent.
type announced struct {
	ID, Multipart string
	Transfers     []journey.Transfer
}

func checksum(content []byte) string {
	sum := sha256.Sum256(content)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// announce says what file will come, one checksum per part.
func (tn *town) announce(assignment string, size int, sums ...string) announced {
	tn.t.Helper()
	a, err := tn.as("pro-ana").Post("/v1/assignments/"+assignment+"/uploads", map[string]any{"name": "guide.docx", "size": size, "sha256": sums})
	return ok[announced](tn, http.StatusCreated, a, err)
}

// send does a presigned request and answers with its status.
func (tn *town) send(t journey.Transfer, content []byte) int {
	tn.t.Helper()
	a, err := tn.world.Send(t, content)
	tn.must(err)
	return a.Status
}

// tries to submit the upload, and answers with what comes of it.
func (tn *town) trySubmit(assignment, upload string) string {
	tn.t.Helper()
	a, err := tn.as("pro-ana").Post("/v1/assignments/"+assignment+"/submit", map[string]any{"uploads": []string{upload}})
	tn.must(err)
	if a.Status == http.StatusOK {
		return "ok"
	}
	return refused(a)
}

type delivery struct {
	Files []struct {
		Name     string
		Download journey.Transfer
	}
}

func (tn *town) delivery(assignment string) delivery {
	tn.t.Helper()
	a, err := tn.as("client").Get("/v1/assignments/" + assignment + "/delivery")
	return ok[delivery](tn, http.StatusOK, a, err)
}

func TestUploadFaults(t *testing.T) {
	tn := open(t)
	file := []byte("forty texts")
	fresh := func(tn *town) (string, announced) {
		a := tn.assignment("pro-ana", nil)
		return a, tn.announce(a, len(file), checksum(file))
	}
	t.Run("a link that is never used shows no file and cannot be submitted (F60)", func(t *testing.T) {
		tn := tn.in(t)
		a, up := fresh(tn)
		equal(t, "submitting it", tn.trySubmit(a, up.ID), "409 upload-missing")
		equal(t, "state", tn.state("pro-ana", a), "working")
		equal(t, "files of the client", len(tn.delivery(a).Files), 0)
	})
	t.Run("a file that is never submitted is gone after 24 hours, and one that is submitted stays (F60)", func(t *testing.T) {
		tn := tn.in(t)
		a, kept := fresh(tn)
		equal(t, "sending it", tn.send(kept.Transfers[0], file), http.StatusOK)
		left := tn.announce(a, len(file), checksum(file))
		equal(t, "sending another", tn.send(left.Transfers[0], file), http.StatusOK)
		equal(t, "submitting one", tn.trySubmit(a, kept.ID), "ok")
		tn.pass(24 * time.Hour)
		tn.do("qc", a, "revision", map[string]any{"comments": []map[string]any{{"text": "Text 7: the year."}}})
		equal(t, "submitting the one that was left a day ago", tn.trySubmit(a, left.ID), "409 upload-missing")
		equal(t, "submitting the one that was kept", tn.trySubmit(a, kept.ID), "ok")
	})
	t.Run("a multipart upload that is half done is no file, and is ended after a day (F61)", func(t *testing.T) {
		tn := tn.in(t)
		const part = 64 << 20
		tail := []byte("the end of a long film")
		a := tn.assignment("pro-ana", nil)
		up := tn.announce(a, part+len(tail), checksum([]byte("the beginning")), checksum(tail))
		equal(t, "sending the second part", tn.send(up.Transfers[1], tail), http.StatusOK)
		equal(t, "submitting it", tn.trySubmit(a, up.ID), "409 upload-missing")
		complete := func() string {
			answer, err := tn.as("pro-ana").Post("/v1/assignments/"+a+"/uploads/"+up.ID+"/complete", map[string]any{
				"multipart": up.Multipart, "parts": []map[string]any{
					{"number": 1, "etag": `"0123456789abcdef0123456789abcdef"`, "sha256": checksum([]byte("the beginning"))},
					{"number": 2, "etag": `"0123456789abcdef0123456789abcdef"`, "sha256": checksum(tail)}},
			})
			tn.must(err)
			return refused(answer)
		}
		equal(t, "completing half of it", complete(), "409 upload-mismatch")
		tn.pass(24 * time.Hour)
		equal(t, "completing it a day later", complete(), "404 not-found")
		equal(t, "sending a part a day later", tn.send(up.Transfers[1], tail), http.StatusForbidden)
	})
	t.Run("a file that arrives when the work is done changes nothing and is gone after a day (F62)", func(t *testing.T) {
		tn := tn.in(t)
		a, late := fresh(tn)
		tn.submit("pro-ana", a)
		tn.passQC(a)
		equal(t, "state", tn.do("client", a, "approve", nil), "done")
		equal(t, "sending it", tn.send(late.Transfers[0], file), http.StatusOK)
		equal(t, "submitting it", tn.trySubmit(a, late.ID), "409 state-changed")
		equal(t, "state", tn.state("pro-ana", a), "done")
		equal(t, "files of the client", len(tn.delivery(a).Files), 1)
	})
	t.Run("submitting before the file is there is refused, and works once it is: the bucket decides (F63, F64)", func(t *testing.T) {
		tn := tn.in(t)
		a, up := fresh(tn)
		equal(t, "submitting first", tn.trySubmit(a, up.ID), "409 upload-missing")
		equal(t, "sending", tn.send(up.Transfers[0], file), http.StatusOK)
		equal(t, "submitting then", tn.trySubmit(a, up.ID), "ok")
	})
	t.Run("a file cannot be replaced, before or after its review (F65)", func(t *testing.T) {
		tn := tn.in(t)
		a, up := fresh(tn)
		equal(t, "sending", tn.send(up.Transfers[0], file), http.StatusOK)
		equal(t, "sending again", tn.send(up.Transfers[0], file), http.StatusPreconditionFailed)
		equal(t, "submitting", tn.trySubmit(a, up.ID), "ok")
		tn.passQC(a)
		equal(t, "sending once more", tn.send(up.Transfers[0], file), http.StatusPreconditionFailed)
		forced := up.Transfers[0]
		forced.Headers = map[string]string{}
		for name, value := range up.Transfers[0].Headers {
			if !strings.EqualFold(name, "if-none-match") {
				forced.Headers[name] = value
			}
		}
		equal(t, "sending without the signed condition", tn.send(forced, file), http.StatusForbidden)
		got, err := tn.world.Send(tn.delivery(a).Files[0].Download, nil)
		if err != nil || !bytes.Equal(got.Body, file) {
			t.Errorf("the client downloads %q, %v", got.Body, err)
		}
	})
	t.Run("a file of another size or checksum than announced is refused (F66)", func(t *testing.T) {
		tn := tn.in(t)
		a, up := fresh(tn)
		equal(t, "a byte more", tn.send(up.Transfers[0], append(bytes.Clone(file), '!')), http.StatusForbidden)
		equal(t, "a byte less", tn.send(up.Transfers[0], file[1:]), http.StatusForbidden)
		equal(t, "another content", tn.send(up.Transfers[0], bytes.ToUpper(file)), http.StatusBadRequest)
		equal(t, "submitting it", tn.trySubmit(a, up.ID), "409 upload-missing")
	})
	t.Run("a leaked link is good for one method, one key and some minutes, and is signed anew for each reader (F70)", func(t *testing.T) {
		tn := tn.in(t)
		a, up := fresh(tn)
		read := up.Transfers[0]
		read.Method = http.MethodGet
		equal(t, "reading with an upload link", tn.send(read, nil), http.StatusForbidden)
		other := up.Transfers[0]
		other.URL = strings.Replace(other.URL, up.ID, "fil_01ARZ3NDEKTSV4RRFFQ69G5FAV", 1)
		equal(t, "another key", tn.send(other, file), http.StatusForbidden)
		tn.submit("pro-ana", a)
		tn.passQC(a)
		download := tn.delivery(a).Files[0].Download
		stranger, err := tn.as("pro-ben").Get("/v1/assignments/" + a + "/delivery")
		tn.must(err)
		equal(t, "a stranger asks for links", refused(stranger), "404 not-found")
		write := download
		write.Method = http.MethodPut
		equal(t, "writing with a download link", tn.send(write, file), http.StatusForbidden)
		equal(t, "downloading", tn.send(download, nil), http.StatusOK)
		tn.pass(5*time.Minute - time.Millisecond)
		equal(t, "downloading within five minutes", tn.send(download, nil), http.StatusOK)
		tn.pass(time.Second)
		equal(t, "downloading after five minutes", tn.send(download, nil), http.StatusForbidden)
		tn.pass(5 * time.Minute)
		equal(t, "uploading after ten minutes", tn.send(up.Transfers[0], file), http.StatusForbidden)
	})
	tn.sound()
}

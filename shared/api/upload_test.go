package api_test

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/policy"
)

func TestAnnouncement(t *testing.T) {
	s := tell(t, working)
	path := "/v1/assignments/" + s.assignment + "/uploads"
	book := policy.Editions().Current()
	valid := announcement("a.srt", "one")
	big := func(sums int) map[string]any {
		return map[string]any{"name": "big.mov", "size": 2*book.PartSize + 1, "sha256": slices.Repeat([]string{sum("x")}, sums)}
	}
	for _, row := range []struct {
		name string
		body map[string]any
		at   string
	}{
		{"B95 an empty file", with(valid, "size", 0), "/size"},
		{"B95 a negative size", with(valid, "size", -1), "/size"},
		{"B95 a byte over the limit", with(valid, "size", book.FileSize+1), "/size"},
		{"B95 the largest number", with(valid, "size", int64(math.MaxInt64)), "/size"},
		{"B95 a missing checksum", with(valid, "sha256", []string{}), "/sha256"},
		{"B95 two checksums for one part", with(valid, "sha256", []string{sum("a"), sum("b")}), "/sha256"},
		{"B95 a checksum in hex", with(valid, "sha256", []string{"6b86b273ff34fce19d6b804eff5a3f57"}), "/sha256/0"},
		{"B95 a checksum that is too short", with(valid, "sha256", []string{"YQ=="}), "/sha256/0"},
		{"B95 a checksum without padding", with(valid, "sha256", []string{strings.TrimRight(sum("a"), "=")}), "/sha256/0"},
		{"B99 a checksum less than parts", big(2), "/sha256"},
		{"B99 a checksum more than parts", big(4), "/sha256"},
		{"B96 a content type with CRLF", with(valid, "contentType", "text/html\r\nX-Evil: 1"), "/contentType"},
		{"B96 a content type of 301 characters", with(valid, "contentType", strings.Repeat("x", 301)), "/contentType"},
		{"B97 no name", with(valid, "name", ""), "/name"},
		{"B97 a dot", with(valid, "name", "."), "/name"},
		{"B97 two dots", with(valid, "name", ".."), "/name"},
		{"B97 a folder", with(valid, "name", "../../"), "/name"},
		{"B97 only blanks", with(valid, "name", "   "), "/name"},
		{"B97 a NUL", with(valid, "name", "a\x00.jpg"), "/name"},
		{"B97 an override of direction", with(valid, "name", "a.pdf\u202egpj.exe"), "/name"},
		{"B97 1,001 characters", with(valid, "name", strings.Repeat("x", 1001)), "/name"},
	} {
		t.Run(row.name+" is refused", func(t *testing.T) {
			s.unchanged(t, func() {
				if got := pointers(s.call(winner, "POST", path, row.body).refused(422, "validation")); !slices.Contains(got, row.at) {
					t.Errorf("told %v, want %s", got, row.at)
				}
			})
		})
	}
	for _, contentType := range []string{"text/html", "image/svg+xml", strings.Repeat("x", 300), ""} {
		t.Run(fmt.Sprintf("B96 content type %.20q is taken and never signed or served", contentType), func(t *testing.T) {
			view := s.call(winner, "POST", path, with(valid, "contentType", contentType))
			view.want(201)
			if contentType != "" && strings.Contains(view.Body, contentType) {
				t.Errorf("it is in the answer: %s", view.Body)
			}
		})
	}
	t.Run("B99 a large file is signed part by part, each with its own size", func(t *testing.T) {
		view := s.call(winner, "POST", path, big(3)).want(201)
		var sizes []string
		for _, transfer := range view["transfers"].([]any) {
			sizes = append(sizes, fmt.Sprint(transfer.(map[string]any)["headers"].(map[string]any)["content-length"]))
		}
		if want := []string{fmt.Sprint(book.PartSize), fmt.Sprint(book.PartSize), "1"}; !slices.Equal(sizes, want) || view["multipart"] == "" {
			t.Errorf("sizes %v, want %v", sizes, want)
		}
	})
	t.Run("a whole file of one part is one PUT", func(t *testing.T) {
		view := s.call(winner, "POST", path, with(valid, "size", book.PartSize)).want(201)
		if len(view["transfers"].([]any)) != 1 || view["multipart"] != nil {
			t.Errorf("%v", view)
		}
	})
}

// TestFileNames: a name is for people; the key is never built from it (B97).
func TestFileNames(t *testing.T) {
	s := tell(t, working)
	for sent, want := range map[string]string{
		"../../etc/passwd": "passwd", `C:\temp\x.txt`: "x.txt", `..\..\boot.ini`: "boot.ini", ".htaccess": "htaccess", "...x": "x", "CON": "_CON", "con.txt": "_con.txt", "LPT9": "_LPT9", "COM7.log": "_COM7.log",
		"CONTRACT.pdf": "CONTRACT.pdf", "COM10": "COM10", strings.Repeat("x", 1000): strings.Repeat("x", 150), strings.Repeat("é", 200): strings.Repeat("é", 150), "Größe für José.srt": "Größe für José.srt",
		"שלום.txt": "שלום.txt", "a;b\"c'd.txt": "a;b\"c'd.txt", "e\u0301.txt": "é.txt", "https://x.example/y?z#1": "y?z#1",
	} {
		t.Run(fmt.Sprintf("B97 %.30q becomes %.30q", sent, want), func(t *testing.T) {
			view := s.call(winner, "POST", "/v1/assignments/"+s.assignment+"/uploads", announcement(sent, "one")).want(201)
			signed := view["transfers"].([]any)[0].(map[string]any)
			target, err := url.Parse(signed["url"].(string))
			if err != nil {
				t.Fatal(err)
			}
			if target.Path != "/files/uploads/"+s.assignment+"/"+view["id"].(string) {
				t.Errorf("the key is %s", target.Path)
			}
			if got := transfer(t, signed, "one"); got != 200 {
				t.Fatalf("the bucket answered %d", got)
			}
			done := s.call(winner, "POST", "/v1/assignments/"+s.assignment+"/uploads/"+view["id"].(string)+"/complete",
				map[string]any{"multipart": "m", "parts": []map[string]any{{"number": 1, "etag": "e", "sha256": sum("one")}}}).want(200)
			if done["name"] != want {
				t.Errorf("it is called %q", done["name"])
			}
		})
	}
}

func TestMultipart(t *testing.T) {
	s := tell(t, working)
	size := policy.Editions().Current().PartSize
	contents := []string{strings.Repeat("a", int(size)), "tail"}
	view := s.call(winner, "POST", "/v1/assignments/"+s.assignment+"/uploads", map[string]any{
		"name": "big.mov", "size": size + 4, "sha256": []string{sum(contents[0]), sum(contents[1])},
	}).want(201)
	for i, content := range contents {
		if got := transfer(t, view["transfers"].([]any)[i].(map[string]any), content); got != 200 {
			t.Fatalf("part %d: the bucket answered %d", i+1, got)
		}
	}
	part := func(n int, content string) map[string]any {
		return map[string]any{"number": n, "etag": fmt.Sprintf("%q", md5Hex(content)), "sha256": sum(content)}
	}
	complete, multipart := view["complete"].(string), view["multipart"].(string)
	finish := func(path, multipart string, parts ...map[string]any) answer {
		t.Helper()
		return s.call(winner, "POST", path, map[string]any{"multipart": multipart, "parts": parts})
	}
	one, two := part(1, contents[0]), part(2, contents[1])
	for name, parts := range map[string][]map[string]any{
		"part 0": {part(0, "x"), one}, "part 10,001": {one, part(10001, "x")}, "a gap": {one, part(3, "x")}, "the wrong order": {two, one}, "a part twice": {one, one},
		"no parts": {}, "no ETag": {with(one, "etag", ""), two}, "no checksum": {with(one, "sha256", ""), two},
	} {
		t.Run("B99 "+name+" is refused", func(t *testing.T) {
			s.unchanged(t, func() { finish(complete, multipart, parts...).refused(422, "validation") })
		})
	}
	t.Run("B99 no multipart id is refused", func(t *testing.T) {
		s.unchanged(t, func() { finish(complete, "", one, two).refused(422, "validation") })
	})
	for name, parts := range map[string][]map[string]any{
		"a wrong ETag": {one, with(two, "etag", `"d41d8cd98f00b204e9800998ecf8427e"`)}, "a wrong checksum": {one, with(two, "sha256", sum("other"))}, "a part that never came": {one, two, part(3, "x")},
	} {
		t.Run("B95 B99 "+name+" does not make up the upload", func(t *testing.T) {
			s.unchanged(t, func() { finish(complete, multipart, parts...).refused(409, "upload-mismatch") })
		})
	}
	t.Run("B98 completing what was never announced is nothing", func(t *testing.T) {
		s.unchanged(t, func() {
			finish(complete, "another", one, two).refused(404, "not-found")
			finish(strings.Replace(complete, view["id"].(string), "fil_"+strings.Repeat("9", 26), 1), multipart, one, two).refused(404, "not-found")
		})
	})
	t.Run("B98 completing on another assignment is nothing", func(t *testing.T) {
		s.unchanged(t, func() {
			finish(strings.Replace(complete, s.assignment, "asg_"+strings.Repeat("9", 26), 1), multipart, one, two).refused(404, "not-found")
		})
	})
	t.Run("F61 what is not complete cannot be submitted", func(t *testing.T) {
		s.unchanged(t, func() { s.submitted(view["id"]).refused(409, "upload-missing") })
	})
	first := finish(complete, multipart, one, two)
	t.Run("the parts make up the file", func(t *testing.T) {
		if body := first.want(200); body["size"] != float64(size+4) || body["name"] != "big.mov" || body["sha256"] == "" {
			t.Errorf("%v", body)
		}
	})
	t.Run("B98 F63 completing twice gets the same answer", func(t *testing.T) {
		s.unchanged(t, func() {
			if again := finish(complete, multipart, one, two); again.StatusCode != 200 || again.Body != first.Body {
				t.Errorf("%d %s", again.StatusCode, again.Body)
			}
		})
	})
}

func (s *story) submitted(uploads ...any) answer {
	s.t.Helper()
	return s.call(winner, "POST", "/v1/assignments/"+s.assignment+"/submit", map[string]any{"uploads": uploads})
}

func TestSubmit(t *testing.T) {
	s := tell(t, uploaded)
	nine := "fil_" + strings.Repeat("9", 26)
	t.Run("F60 a link that nobody used leaves nothing to submit", func(t *testing.T) {
		unused := s.call(winner, "POST", "/v1/assignments/"+s.assignment+"/uploads", announcement("b.srt", "two")).want(201)
		s.unchanged(t, func() { s.submitted(unused["id"]).refused(409, "upload-missing") })
	})
	for name, uploads := range map[string][]any{
		"no upload": {}, "an upload twice": {s.upload, s.upload}, "a path": {"../" + s.upload}, "an id of another kind": {s.assignment}, "an empty id": {""}, "an upload in lower case": {strings.ToLower(nine) + "x"},
	} {
		t.Run("B98 "+name+" is refused", func(t *testing.T) {
			s.unchanged(t, func() { s.submitted(uploads...).refused(422, "validation") })
		})
	}
	t.Run("B98 an upload that does not exist is missing, and the others are not submitted", func(t *testing.T) {
		s.call(winner, "POST", "/v1/assignments/"+s.assignment+"/submit", map[string]any{"uploads": []any{nine, s.upload}}).refused(409, "upload-missing")
		if state := s.call(winner, "GET", "/v1/assignments/"+s.assignment, nil).want(200)["state"]; state != "working" {
			t.Errorf("it is %s", state)
		}
	})
	t.Run("B101 twenty-one files are too many", func(t *testing.T) {
		var many []any
		for i := range 21 {
			many = append(many, fmt.Sprintf("fil_%026d", i))
		}
		s.unchanged(t, func() { s.submitted(many...).refused(422, "too-many-items") })
	})
	t.Run("F62 what arrives after the version was submitted changes nothing", func(t *testing.T) {
		late := s.call(winner, "POST", "/v1/assignments/"+s.assignment+"/uploads", announcement("late.srt", "late")).want(201)
		s.submit()
		if got := transfer(t, late["transfers"].([]any)[0].(map[string]any), "late"); got != 200 {
			t.Fatalf("the bucket answered %d", got)
		}
		s.unchanged(t, func() {
			s.send(t, "POST /v1/assignments/{assignmentId}/uploads", winner).refused(409, "state-changed")
			s.submitted(late["id"]).refused(409, "state-changed")
		})
		list := s.call(reviewer, "GET", "/v1/qc/assignments/"+s.assignment+"/files", nil).want(200)["data"].([]any)
		if len(list) != 1 || list[0].(map[string]any)["id"] != s.upload {
			t.Errorf("QC sees %v", list)
		}
	})
}

func TestDownload(t *testing.T) {
	s := tell(t, inReview)
	download := func() map[string]any {
		file := s.call(client, "GET", "/v1/assignments/"+s.assignment+"/delivery", nil).want(200)["files"].([]any)[0].(map[string]any)
		return file["download"].(map[string]any)
	}
	signed := download()
	life := policy.Editions().Current().DownloadURL
	t.Run("F70 a link is good until five minutes are over, less a millisecond", func(t *testing.T) {
		if got := transfer(t, signed, ""); got != 200 {
			t.Errorf("at once: %d", got)
		}
		s.advance(life - time.Millisecond)
		if got := transfer(t, signed, ""); got != 200 {
			t.Errorf("at -1 ms: %d", got)
		}
		s.advance(time.Millisecond)
		if got := transfer(t, signed, ""); got != 403 {
			t.Errorf("at the end: %d", got)
		}
	})
	t.Run("F70 the right to a link is checked at every request", func(t *testing.T) {
		s.send(t, "GET /v1/assignments/{assignmentId}/delivery", otherCli).refused(404, "not-found")
		if got := transfer(t, download(), ""); got != 200 {
			t.Errorf("a new link: %d", got)
		}
	})
}

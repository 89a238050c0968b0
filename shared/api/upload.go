package api

import (
	"context"
	"encoding/base64"
	"net/http"
	"strconv"
	"time"

	"github.com/callsheet/callsheet/shared/files"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// UploadBody announces one file: any type and format (R38), a name for people, its exact size, and its checksum; one
// checksum per part when it is larger than a part.
type UploadBody struct {
	Name        string   `json:"name" max:"1000"`
	ContentType string   `json:"contentType" max:"300"` // taken and not trusted: files are stored and served as plain bytes (B96)
	Size        int64    `json:"size"`
	SHA256      []string `json:"sha256" max:"44"`
}

// UploadView tells how to send the file.
type UploadView struct {
	ID        string         `json:"id"`
	PartSize  int64          `json:"partSize"`
	Multipart string         `json:"multipart,omitempty"` // send it back when completing
	Transfers []TransferView `json:"transfers"`           // one PUT, or one per part
	Complete  string         `json:"complete,omitempty"`  // where to POST the parts
}

// CompleteBody puts the parts of a large file together.
type CompleteBody struct {
	Multipart string     `json:"multipart" max:"1024"`
	Parts     []PartBody `json:"parts"`
}

// PartBody is what the bucket answered to a part.
type PartBody struct {
	Number int    `json:"number"`
	ETag   string `json:"etag" max:"100"`
	SHA256 string `json:"sha256" max:"44"`
}

// SubmitBody sends a version to QC: uploads that are complete, and a word about them.
type SubmitBody struct {
	Uploads []string     `json:"uploads" max:"64"`
	Comment string       `json:"comment" max:"2000" text:"lines"`
	Answers []AnswerBody `json:"answers"`
}

// AnswerBody is what the pro did about one comment on the version before, named by its number.
type AnswerBody struct {
	Comment int    `json:"comment"`
	Text    string `json:"text" max:"2000" text:"lines"`
}

// Upload serves the function upload.
func Upload(jobs *project.Service, bucket *files.Bucket) []handler.Endpoint {
	return []handler.Endpoint{
		{Route: "GET /v1/assignments/{assignmentId}", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "assignmentId", func(id string) (store.Reply, error) {
				held, err := jobs.Assignment(ctx, c.Actor, id)
				if err != nil {
					return store.Reply{}, err
				}
				return assignmentReply(c, http.StatusOK)(held)
			})
		}},
		{Route: "GET /v1/assignments/{assignmentId}/comparison", Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return comparison(ctx, c, jobs)
		}},
		source(jobs, bucket),
		{Route: "POST /v1/assignments/{assignmentId}/uploads", Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "assignmentId", func(id string) (store.Reply, error) {
				return announce(ctx, c, bucket, jobs.Policies.Current(), func() (slot, error) {
					file, err := jobs.Upload(ctx, c.Actor, id)
					return slot{file, project.UploadKey(id, file), "/v1/assignments/" + id + "/uploads/" + file + "/complete"}, err
				})
			})
		}},
		{Route: "POST /v1/assignments/{assignmentId}/uploads/{uploadId}/complete", Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "assignmentId", func(id string) (store.Reply, error) {
				return complete(ctx, c, bucket, func(file string) (string, error) {
					_, err := jobs.Upload(ctx, c.Actor, id)
					return project.UploadKey(id, file), err
				})
			})
		}},
		{Route: "POST /v1/assignments/{assignmentId}/submit", Once: true, Body: true, Handle: func(ctx context.Context, c *handler.Call) (store.Reply, error) {
			return onID(c, "assignmentId", func(id string) (store.Reply, error) {
				var body SubmitBody
				if err := c.Read(&body); err != nil {
					return store.Reply{}, err
				}
				if err := body.validate(); err != nil {
					return store.Reply{}, err
				}
				return jobs.Submit(ctx, ask(c, assignmentReply(c, http.StatusOK)), id, body.submission())
			})
		}},
	}
}

// slot is where an announced file goes: its ID, its key in the bucket, and where its parts are put together.
type slot struct{ file, key, complete string }

// announce reads what is announced and, where open gives a slot for it, signs the requests that send it.
func announce(ctx context.Context, c *handler.Call, bucket *files.Bucket, book policy.Policy, open func() (slot, error)) (store.Reply, error) {
	var body UploadBody
	if err := c.Read(&body); err != nil {
		return store.Reply{}, err
	}
	name, err := body.validate(book)
	if err != nil {
		return store.Reply{}, err
	}
	to, err := open()
	if err != nil {
		return store.Reply{}, err
	}
	view, err := signed(ctx, bucket, book, to, name, body)
	if err != nil {
		return store.Reply{}, err
	}
	return ok(http.StatusCreated, view, 0, "")
}

func signed(ctx context.Context, bucket *files.Bucket, book policy.Policy, to slot, name string, body UploadBody) (UploadView, error) {
	view := UploadView{ID: to.file, PartSize: book.PartSize}
	if body.Size <= book.PartSize {
		signed, err := bucket.PresignUpload(ctx, to.key, name, body.Size, body.SHA256[0], book.UploadURL)
		view.Transfers = []TransferView{transfer(signed)}
		return view, err
	}
	multipart, err := bucket.Begin(ctx, to.key, name)
	if err != nil {
		return view, err
	}
	view.Multipart, view.Complete = multipart, to.complete
	for i, sha := range body.SHA256 {
		size := min(book.PartSize, body.Size-int64(i)*book.PartSize)
		signed, err := bucket.PresignPart(ctx, to.key, multipart, i+1, size, sha, book.UploadURL)
		if err != nil {
			return view, err
		}
		view.Transfers = append(view.Transfers, transfer(signed))
	}
	return view, nil
}

// complete puts the parts of a file together, where keyOf says that the caller may.
func complete(ctx context.Context, c *handler.Call, bucket *files.Bucket, keyOf func(file string) (string, error)) (store.Reply, error) {
	file, err := id(c, "uploadId")
	if err != nil {
		return store.Reply{}, err
	}
	var body CompleteBody
	if err := c.Read(&body); err != nil {
		return store.Reply{}, err
	}
	parts, err := body.parts()
	if err != nil {
		return store.Reply{}, err
	}
	key, err := keyOf(file)
	if err != nil {
		return store.Reply{}, err
	}
	stored, there, err := bucket.Stored(ctx, key)
	if err == nil && !there { // completing twice gets the same answer
		if err = bucket.Finish(ctx, key, body.Multipart, parts); err == nil {
			stored, _, err = bucket.Stored(ctx, key)
		}
	}
	if err != nil {
		return store.Reply{}, err
	}
	return shown(FileView{ID: file, Name: stored.Name, Size: stored.Size, SHA256: stored.SHA256}, 0)
}

func transfer(s files.Signed) TransferView {
	return TransferView{Method: s.Method, URL: s.URL, Headers: s.Headers, ExpiresAt: stamp(s.ExpiresAt)}
}

// validate checks what is announced and cleans the name for people; the bucket's key is never built from it.
func (b UploadBody) validate(book policy.Policy) (name string, err error) {
	var wrong problem.Fields
	name = project.FileName(b.Name)
	if name == "" {
		wrong.Add("/name", "A file needs a name.")
	}
	want := int((b.Size + book.PartSize - 1) / book.PartSize)
	switch {
	case b.Size < 1:
		wrong.Add("/size", "A file has at least one byte.")
	case b.Size > book.FileSize:
		wrong.Add("/size", "A file has at most %d bytes.", book.FileSize)
	case len(b.SHA256) != want:
		wrong.Add("/sha256", "Send %d SHA-256 checksums: one per part of %d bytes.", want, book.PartSize)
	}
	for i, sum := range b.SHA256 {
		if !checksum(sum) {
			wrong.Add("/sha256/"+strconv.Itoa(i), "A checksum is the base64 of the 32 bytes of a SHA-256.")
		}
	}
	return name, wrong.Err()
}

func checksum(s string) bool {
	raw, err := base64.StdEncoding.Strict().DecodeString(s)
	return err == nil && len(raw) == 32
}

func (b CompleteBody) parts() ([]files.Part, error) {
	var wrong problem.Fields
	var parts []files.Part
	if b.Multipart == "" {
		wrong.Add("/multipart", "Send the multipart id that the upload was announced with.")
	}
	if len(b.Parts) == 0 {
		wrong.Add("/parts", "Send every part.")
	}
	for i, p := range b.Parts {
		if p.Number != i+1 || p.ETag == "" || !checksum(p.SHA256) {
			wrong.Add("/parts/"+strconv.Itoa(i), "Parts come in order from 1 without gaps, each with its ETag and checksum.")
		}
		parts = append(parts, files.Part{Number: p.Number, ETag: p.ETag, SHA256: p.SHA256})
	}
	return parts, wrong.Err()
}

func (b SubmitBody) submission() project.Submission {
	handed := project.Submission{Uploads: b.Uploads, Note: b.Comment}
	for _, a := range b.Answers {
		handed.Answers = append(handed.Answers, project.Answer{Comment: a.Comment, Text: a.Text})
	}
	return handed
}

func (b SubmitBody) validate() error {
	wrong := eachOnce(b.Uploads, "/uploads/")
	if len(b.Uploads) == 0 {
		wrong.Add("/uploads", "A version has at least one file.")
	}
	return wrong.Err()
}

// eachOnce says what is wrong with a list of uploads.
func eachOnce(uploads []string, at string) (wrong problem.Fields) {
	seen := map[string]bool{}
	for i, u := range uploads {
		if !ids["uploadId"].MatchString(u) || seen[u] {
			wrong.Add(at+strconv.Itoa(i), "Each upload is named once, by the id that it was announced with.")
		}
		seen[u] = true
	}
	return wrong
}

// downloads adds a short-lived link to each file.
func downloads(ctx context.Context, bucket *files.Bucket, assignment string, list []FileView, life time.Duration) ([]FileView, error) {
	for i := range list {
		if err := list[i].link(ctx, bucket, project.UploadKey(assignment, list[i].ID), life); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// link adds a short-lived link to what lies under a key.
func (f *FileView) link(ctx context.Context, bucket *files.Bucket, key string, life time.Duration) error {
	signed, err := bucket.PresignDownload(ctx, key, f.Name, life)
	t := transfer(signed)
	f.Download = &t
	return err
}

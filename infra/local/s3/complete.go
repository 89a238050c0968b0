package s3

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/johannesboyne/gofakes3"
	bolt "go.etcd.io/bbolt"
)

const smallestPart = 5 << 20 // of every part but the last

type completion struct {
	Parts []completedPart `xml:"Part"`
}

type completedPart struct {
	PartNumber     int
	ETag           string
	ChecksumSHA256 string
}

type completed struct {
	XMLName        xml.Name `xml:"CompleteMultipartUploadResult"`
	Location       string
	Bucket         string
	Key            string
	ETag           string
	ChecksumSHA256 string `xml:",omitempty"`
	ChecksumType   string `xml:",omitempty"`
}

// completeUpload joins the listed parts into one file; the upload ends in the transaction that makes the object appear.
func (s *Server) completeUpload(w http.ResponseWriter, q *request) error {
	if err := compositeOnly(q); err != nil {
		return err
	}
	u, err := s.uploadOf(q)
	if err != nil {
		return err
	}
	parts, err := s.chosenParts(w, q, u)
	if err != nil {
		return err
	}
	o, err := s.join(u, parts)
	if err != nil {
		return err
	}
	o.Modified = s.clock.Now()
	if err := s.finish(q, o); err != nil {
		return err
	}
	writeXML(w, completed{Location: "http://" + q.Host + q.URL.Path, Bucket: q.bucket, Key: q.key, ETag: o.etag(),
		ChecksumSHA256: o.Meta[checksumSHA256], ChecksumType: o.Meta[checksumType]})
	return nil
}

func (s *Server) chosenParts(w http.ResponseWriter, q *request, u upload) ([]blob, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, q.Body, largestXML))
	if err != nil {
		return nil, err
	}
	var c completion
	if err := xml.Unmarshal(body, &c); err != nil || len(c.Parts) == 0 {
		return nil, gofakes3.ErrorMessage(gofakes3.ErrMalformedXML, gofakes3.ErrMalformedXML.Message())
	}
	for i := range c.Parts[1:] {
		if c.Parts[i+1].PartNumber <= c.Parts[i].PartNumber {
			return nil, gofakes3.ErrorMessage(gofakes3.ErrInvalidPartOrder, "The list of parts was not in ascending order. Parts must be ordered by part number.")
		}
	}
	var uploaded map[int]blob
	err = s.db.View(func(tx *bolt.Tx) (err error) {
		uploaded, err = partsOf(tx, q.query.Get("uploadId"))
		return err
	})
	if err != nil {
		return nil, err
	}
	var parts []blob
	for i, listed := range c.Parts {
		part, ok := uploaded[listed.PartNumber]
		if err := listed.check(part, ok, u.Checksums); err != nil {
			return nil, err
		}
		if part.Size < smallestPart && i < len(c.Parts)-1 {
			return nil, refuse(http.StatusBadRequest, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// check compares what the caller lists with what arrived.
func (c completedPart) check(part blob, uploaded, checksums bool) error {
	if checksums && c.ChecksumSHA256 == "" {
		return invalidRequest("The upload was created using a sha256 checksum. The complete request must include the checksum for each part. It was missing for part " + strconv.Itoa(c.PartNumber) + " in the request.")
	}
	wrongSum := c.ChecksumSHA256 != "" && c.ChecksumSHA256 != base64.StdEncoding.EncodeToString(part.SHA256)
	if !uploaded || strings.Trim(c.ETag, `"`) != strings.Trim(part.etag(), `"`) || wrongSum {
		return gofakes3.ErrorMessage(gofakes3.ErrInvalidPart, "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.")
	}
	return nil
}

// join writes the parts one after another. The ETag and the checksum of the whole are hashes of the parts' hashes.
func (s *Server) join(u upload, parts []blob) (object, error) {
	var readers []io.Reader
	var tags, sums bytes.Buffer
	for _, p := range parts {
		readers = append(readers, &lazyFile{folder: s.folder, name: p.File})
		tags.Write(p.MD5)
		sums.Write(p.SHA256)
	}
	b, err := s.folder.write(io.MultiReader(readers...))
	if errors.Is(err, os.ErrNotExist) { // completed or aborted by somebody else meanwhile
		return object{}, noSuchUpload()
	}
	if err != nil {
		return object{}, err
	}
	etag := md5.Sum(tags.Bytes())
	b.MD5 = etag[:]
	o := object{blob: b, Meta: u.Meta, Tags: u.Tags}
	if u.Checksums {
		sum := sha256.Sum256(sums.Bytes())
		o.Meta[checksumSHA256] = base64.StdEncoding.EncodeToString(sum[:]) + "-" + strconv.Itoa(len(parts))
		o.Meta[checksumType] = "COMPOSITE"
	}
	return o, nil
}

// lazyFile opens its file when it is read, so that 10,000 parts need one file handle.
type lazyFile struct {
	folder folder
	name   string
	file   *os.File
}

func (l *lazyFile) Read(p []byte) (int, error) {
	if l.file == nil {
		file, err := l.folder.open(l.name)
		if err != nil {
			return 0, err
		}
		l.file = file
	}
	n, err := l.file.Read(p)
	if err != nil { // the end, or a failure that outweighs one of closing
		_ = l.file.Close()
	}
	return n, err
}

func (s *Server) finish(q *request, o object) error {
	conditions := &gofakes3.PutConditions{}
	if v := q.Header.Get("If-None-Match"); v != "" {
		conditions.IfNoneMatch = &v
	}
	if v := q.Header.Get("If-Match"); v != "" {
		conditions.IfMatch = &v
	}
	var stale []string
	err := s.db.Update(func(tx *bolt.Tx) error {
		parts, err := s.forget(tx, q.query.Get("uploadId"))
		if err != nil {
			return err
		}
		old, err := s.replace(tx, q.bucket, q.key, o, conditions)
		stale = append(parts, old)
		return err
	})
	if err != nil {
		return s.folder.discard(err, o.File)
	}
	return s.folder.remove(stale...)
}

package s3

import (
	"encoding/xml"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"unicode/utf8"

	"github.com/johannesboyne/gofakes3"
	bolt "go.etcd.io/bbolt"
)

const (
	mostTags        = 10
	longestTagKey   = 128 // characters
	longestTagValue = 256
	largestXML      = 1 << 20
)

type tagging struct {
	XMLName xml.Name `xml:"Tagging"`
	Tags    []tag    `xml:"TagSet>Tag"`
}

type tag struct {
	Key   string
	Value string
}

// tagsFromHeader reads x-amz-tagging, which is a URL query.
func tagsFromHeader(value string) (map[string]string, error) {
	parsed, err := url.ParseQuery(value)
	if err != nil {
		return nil, gofakes3.ErrorMessage(gofakes3.ErrInvalidArgument, "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.")
	}
	var tags []tag
	for key, values := range parsed {
		for _, v := range values {
			tags = append(tags, tag{key, v})
		}
	}
	return tagSet(tags)
}

func tagSet(tags []tag) (map[string]string, error) {
	if len(tags) > mostTags {
		return nil, invalidTag("Object tags cannot be greater than 10")
	}
	set := map[string]string{}
	for _, t := range tags {
		if _, twice := set[t.Key]; twice {
			return nil, invalidTag("Cannot provide multiple Tags with the same key")
		}
		if n := utf8.RuneCountInString(t.Key); n < 1 || n > longestTagKey || !utf8.ValidString(t.Key) {
			return nil, invalidTag("The TagKey you have provided is invalid")
		}
		if utf8.RuneCountInString(t.Value) > longestTagValue || !utf8.ValidString(t.Value) {
			return nil, invalidTag("The TagValue you have provided is invalid")
		}
		set[t.Key] = t.Value
	}
	return set, nil
}

func invalidTag(message string) error {
	return refuse(http.StatusBadRequest, "InvalidTag", message)
}

// putTagging wants a digest of its body, as S3 does.
func (s *Server) putTagging(w http.ResponseWriter, q *request) error {
	if q.Header.Get("Content-Md5") == "" && q.Header.Get(checksumSHA256) == "" && q.Header.Get(checksumCRC32) == "" {
		return invalidRequest("Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, q.Body, largestXML))
	if err != nil {
		return err
	}
	var sent tagging
	if err := xml.Unmarshal(body, &sent); err != nil {
		return gofakes3.ErrorMessage(gofakes3.ErrMalformedXML, gofakes3.ErrMalformedXML.Message())
	}
	tags, err := tagSet(sent.Tags)
	if err != nil {
		return err
	}
	return s.setTags(q.bucket, q.key, tags)
}

func (s *Server) deleteTagging(w http.ResponseWriter, q *request) error {
	if err := s.setTags(q.bucket, q.key, nil); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// setTags may bring the object under another rule; its age counts from its upload, not from its tags.
func (s *Server) setTags(bucket, key string, tags map[string]string) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		o, err := objectIn(tx, bucket, key)
		if err != nil {
			return err
		}
		if err := s.unschedule(tx, target{Bucket: bucket, Key: key}, o.Tags, o.Modified); err != nil {
			return err
		}
		o.Tags = tags
		return s.save(tx, bucket, key, o)
	})
}

func (s *Server) getTagging(w http.ResponseWriter, q *request) error {
	o, err := s.object(q.bucket, q.key)
	if err != nil {
		return err
	}
	var answer tagging
	for _, key := range slices.Sorted(maps.Keys(o.Tags)) {
		answer.Tags = append(answer.Tags, tag{key, o.Tags[key]})
	}
	writeXML(w, answer)
	return nil
}

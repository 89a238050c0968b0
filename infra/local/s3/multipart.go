package s3

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/oklog/ulid/v2"
	bolt "go.etcd.io/bbolt"
)

// An upload is a multipart upload in progress. It and its parts survive a restart.
type upload struct {
	Bucket, Key string
	Meta, Tags  map[string]string
	Checksums   bool // made with x-amz-checksum-algorithm SHA256: every part must carry its own
	Started     time.Time
}

var (
	aboutKey   = []byte("about")
	partsTable = []byte("parts") // number, big endian → blob
)

func (s *Server) createUpload(w http.ResponseWriter, q *request) error {
	checksums := q.Header.Get("X-Amz-Checksum-Algorithm")
	if checksums != "" && checksums != "SHA256" {
		return unsupported("x-amz-checksum-algorithm " + checksums)
	}
	if err := compositeOnly(q); err != nil {
		return err
	}
	headers := map[string]string{}
	for name := range q.Header {
		headers[name] = q.Header.Get(name)
	}
	u := upload{Bucket: q.bucket, Key: q.key, Checksums: checksums != "", Started: s.clock.Now()}
	var err error
	if u.Meta, u.Tags, err = stored(headers); err != nil {
		return err
	}
	id := ulid.Make().String()
	if err := s.db.Update(func(tx *bolt.Tx) error { return s.begin(tx, id, u) }); err != nil {
		return err
	}
	if u.Checksums {
		w.Header().Set("X-Amz-Checksum-Algorithm", checksums)
		w.Header().Set(checksumType, "COMPOSITE")
	}
	writeXML(w, gofakes3.InitiateMultipartUploadResult{Bucket: q.bucket, Key: q.key, UploadID: gofakes3.UploadID(id)})
	return nil
}

func compositeOnly(q *request) error {
	if t := q.Header.Get(checksumType); t != "" && t != "COMPOSITE" {
		return unsupported("x-amz-checksum-type " + t)
	}
	return nil
}

func (s *Server) begin(tx *bolt.Tx, id string, u upload) error {
	saved, err := json.Marshal(u)
	if err != nil {
		return err
	}
	b, err := tx.Bucket(root).Bucket(uploadsTable).CreateBucket([]byte(id))
	if err != nil {
		return err
	}
	if _, err := b.CreateBucket(partsTable); err != nil {
		return err
	}
	if err := s.schedule(tx, target{Bucket: u.Bucket, Key: u.Key, Upload: id}, nil, u.Started); err != nil {
		return err
	}
	return b.Put(aboutKey, saved)
}

// uploadPart replaces an earlier part of the same number.
func (s *Server) uploadPart(w http.ResponseWriter, q *request) error {
	number, err := strconv.Atoi(q.query.Get("partNumber"))
	if err != nil || number < 1 || number > gofakes3.MaxUploadPartNumber {
		return refuse(http.StatusBadRequest, "InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive")
	}
	u, err := s.uploadOf(q)
	if err != nil {
		return err
	}
	if u.Checksums && q.Header.Get(checksumSHA256) == "" {
		return invalidRequest("Checksum Type mismatch occurred, expected checksum Type: sha256")
	}
	part, err := s.folder.write(q.Body)
	if err != nil {
		return err
	}
	var stale string
	err = s.db.Update(func(tx *bolt.Tx) (err error) {
		stale, err = putPart(tx, q.query.Get("uploadId"), number, part)
		return err
	})
	if err != nil {
		return s.folder.discard(err, part.File)
	}
	w.Header().Set("ETag", part.etag())
	echoChecksums(w.Header(), q.Header)
	return s.folder.remove(stale)
}

// putPart looks the upload up again: it may have been completed or aborted while the part was on its way.
func putPart(tx *bolt.Tx, id string, number int, part blob) (stale string, err error) {
	if _, err := uploadIn(tx, id); err != nil {
		return "", err
	}
	parts := tx.Bucket(root).Bucket(uploadsTable).Bucket([]byte(id)).Bucket(partsTable)
	key := binary.BigEndian.AppendUint16(nil, uint16(number))
	if old := parts.Get(key); old != nil {
		var b blob
		if err := json.Unmarshal(old, &b); err != nil {
			return "", err
		}
		stale = b.File
	}
	saved, err := json.Marshal(part)
	if err != nil {
		return "", err
	}
	return stale, parts.Put(key, saved)
}

func (b blob) etag() string { return `"` + hex.EncodeToString(b.MD5) + `"` }

func (s *Server) abortUpload(w http.ResponseWriter, q *request) error {
	if _, err := s.uploadOf(q); err != nil {
		return err
	}
	var stale []string
	err := s.db.Update(func(tx *bolt.Tx) (err error) {
		stale, err = s.forget(tx, q.query.Get("uploadId"))
		return err
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return s.folder.remove(stale...)
}

// forget ends an upload and tells the files of its parts.
func (s *Server) forget(tx *bolt.Tx, id string) (stale []string, err error) {
	u, err := uploadIn(tx, id)
	if err != nil {
		return nil, err
	}
	parts, err := partsOf(tx, id)
	if err != nil {
		return nil, err
	}
	for _, p := range parts {
		stale = append(stale, p.File)
	}
	if err := s.unschedule(tx, target{Bucket: u.Bucket, Key: u.Key, Upload: id}, nil, u.Started); err != nil {
		return nil, err
	}
	return stale, tx.Bucket(root).Bucket(uploadsTable).DeleteBucket([]byte(id))
}

// uploadOf finds the upload of a request, which must be of the same bucket and key.
func (s *Server) uploadOf(q *request) (u upload, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		u, err = uploadIn(tx, q.query.Get("uploadId"))
		return err
	})
	if err == nil && (u.Bucket != q.bucket || u.Key != q.key) {
		err = noSuchUpload()
	}
	return u, err
}

func uploadIn(tx *bolt.Tx, id string) (u upload, err error) {
	if id == "" {
		return u, noSuchUpload()
	}
	b := tx.Bucket(root).Bucket(uploadsTable).Bucket([]byte(id))
	if b == nil {
		return u, noSuchUpload()
	}
	return u, json.Unmarshal(b.Get(aboutKey), &u)
}

func noSuchUpload() error {
	return gofakes3.ErrorMessage(gofakes3.ErrNoSuchUpload, "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.")
}

func eachUpload(tx *bolt.Tx, visit func(id string, u upload) error) error {
	return tx.Bucket(root).Bucket(uploadsTable).ForEachBucket(func(id []byte) error {
		u, err := uploadIn(tx, string(id))
		if err != nil {
			return err
		}
		return visit(string(id), u)
	})
}

func partsOf(tx *bolt.Tx, id string) (map[int]blob, error) {
	if _, err := uploadIn(tx, id); err != nil {
		return nil, err
	}
	parts := map[int]blob{}
	err := tx.Bucket(root).Bucket(uploadsTable).Bucket([]byte(id)).Bucket(partsTable).ForEach(func(number, saved []byte) error {
		var b blob
		err := json.Unmarshal(saved, &b)
		parts[int(binary.BigEndian.Uint16(number))] = b
		return err
	})
	return parts, err
}

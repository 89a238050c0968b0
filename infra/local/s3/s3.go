// Package s3 is Amazon S3 for one laptop: signed requests only, whole-object and multipart uploads with checksums,
// tags, and expiry on the virtual clock. Plain objects are served by gofakes3; this package puts the signature and body
// checks in front of it, keeps the bytes in a folder and everything else in bbolt, and does multipart itself, because
// gofakes3 would hold the parts in memory and forget their checksums.
//
// It is not a general S3: no versions, copies, policies, ACLs, encryption or events. What it does not do is refused with
// NotImplemented and the name of the thing. Serve it on a listener of its own, not under a mux that cleans paths: a key
// may contain "//" and "..".
package s3

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/johannesboyne/gofakes3"
	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/local/clock"
)

// Config is what S3 needs from the cloud around it.
type Config struct {
	DB     *bolt.DB
	Clock  *clock.Clock
	Folder string // holds the bytes of the objects; nothing else may be in it
	Region string // the only region a signature may name
	// Secret gives the secret key of an access key id; false refuses the caller.
	Secret func(accessKeyID string) (secret string, ok bool)
	Rules  []Rule
}

// Server is an http.Handler that speaks the S3 REST protocol. Attach it to the clock, so that its rules expire objects.
type Server struct {
	db      *bolt.DB
	clock   *clock.Clock
	folder  folder
	region  string
	secret  func(string) (string, bool)
	rules   []Rule
	objects http.Handler // gofakes3 over backend
}

// The layout of this package's bucket in bbolt.
var (
	root         = []byte("s3")
	objectsTable = []byte("objects") // bucket name → key → object
	uploadsTable = []byte("uploads") // upload id → about, parts
	expiryTable  = []byte("expiry")  // instant and target, in order of time
)

// An object is what bbolt knows of a key; the bytes are a file.
type object struct {
	blob
	Meta     map[string]string // headers that come back with the object, by canonical name
	Tags     map[string]string
	Modified time.Time
}

// Open prepares the tables, applies the rules to what is stored, and removes files that a crash left without a record.
func Open(c Config) (*Server, error) {
	dir, err := openFolder(c.Folder)
	if err != nil {
		return nil, err
	}
	s := &Server{db: c.DB, clock: c.Clock, folder: dir, region: c.Region, secret: c.Secret, rules: c.Rules}
	s.objects = gofakes3.New(backend{s},
		gofakes3.WithTimeSource(timeSource{c.Clock}),
		gofakes3.WithTimeSkewLimit(0),      // SDKs sign with wall time; ours is virtual
		gofakes3.WithIntegrityCheck(false), // body.go checks every digest
		gofakes3.WithLogger(gofakes3.StdLog(log.Default(), gofakes3.LogErr)),
		gofakes3.WithUnimplementedPageError()).Server()
	if err := s.db.Update(s.prepare); err != nil {
		return nil, fmt.Errorf("s3: prepare tables: %w", err)
	}
	if err := s.sweep(); err != nil {
		return nil, fmt.Errorf("s3: sweep files: %w", err)
	}
	return s, nil
}

func (s *Server) prepare(tx *bolt.Tx) error {
	b, err := tx.CreateBucketIfNotExists(root)
	if err != nil {
		return err
	}
	for _, table := range [][]byte{objectsTable, uploadsTable} {
		if _, err := b.CreateBucketIfNotExists(table); err != nil {
			return err
		}
	}
	return s.reindex(tx)
}

// CreateBucket makes a bucket; making it again changes nothing.
func (s *Server) CreateBucket(name string) error {
	if err := gofakes3.ValidateBucketName(name); err != nil {
		return fmt.Errorf("s3: bucket %q: %w", name, err)
	}
	return s.db.Update(func(tx *bolt.Tx) error {
		_, err := tx.Bucket(root).Bucket(objectsTable).CreateBucketIfNotExists([]byte(name))
		return err
	})
}

func (s *Server) hasBucket(name string) bool {
	found := false
	_ = s.db.View(func(tx *bolt.Tx) error { // this function cannot fail, and View only repeats its error
		found = name != "" && tx.Bucket(root).Bucket(objectsTable).Bucket([]byte(name)) != nil
		return nil
	})
	return found
}

func (s *Server) object(bucket, key string) (o object, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		o, err = objectIn(tx, bucket, key)
		return err
	})
	return o, err
}

// objectIn answers gofakes3's NoSuchBucket and NoSuchKey.
func objectIn(tx *bolt.Tx, bucket, key string) (o object, err error) {
	b := tx.Bucket(root).Bucket(objectsTable).Bucket([]byte(bucket))
	if b == nil {
		return o, gofakes3.BucketNotFound(bucket)
	}
	saved := b.Get([]byte(key))
	if saved == nil {
		return o, gofakes3.KeyNotFound(key)
	}
	return o, json.Unmarshal(saved, &o)
}

// save records o under key and the rules that apply to it.
func (s *Server) save(tx *bolt.Tx, bucket, key string, o object) error {
	saved, err := json.Marshal(o)
	if err != nil {
		return err
	}
	if err := s.schedule(tx, target{Bucket: bucket, Key: key}, o.Tags, o.Modified); err != nil {
		return err
	}
	return tx.Bucket(root).Bucket(objectsTable).Bucket([]byte(bucket)).Put([]byte(key), saved)
}

// remove tells which file is then no longer needed. The caller removes it once the transaction is through: a crash
// between the two leaves an orphan for sweep, never a record without bytes.
func (s *Server) remove(tx *bolt.Tx, bucket, key string) (stale string, err error) {
	o, err := objectIn(tx, bucket, key)
	if err != nil {
		return "", err
	}
	if err := s.unschedule(tx, target{Bucket: bucket, Key: key}, o.Tags, o.Modified); err != nil {
		return "", err
	}
	return o.File, tx.Bucket(root).Bucket(objectsTable).Bucket([]byte(bucket)).Delete([]byte(key))
}

// Keep stores an object for another service, which has no need to sign for it.
func (s *Server) Keep(bucket, key string, content []byte) error {
	if !s.hasBucket(bucket) {
		return gofakes3.BucketNotFound(bucket)
	}
	b, err := s.folder.write(bytes.NewReader(content))
	if err != nil {
		return err
	}
	return s.put(bucket, key, object{blob: b, Modified: s.clock.Now(), Meta: map[string]string{"Content-Type": "binary/octet-stream"}}, nil)
}

// put commits a finished upload, or removes its bytes again.
func (s *Server) put(bucket, key string, o object, conditions *gofakes3.PutConditions) error {
	var stale string
	err := s.db.Update(func(tx *bolt.Tx) (err error) {
		stale, err = s.replace(tx, bucket, key, o, conditions)
		return err
	})
	if err != nil {
		return s.folder.discard(err, o.File)
	}
	return s.folder.remove(stale)
}

// replace stores o if the conditions hold of what is there now, and tells which file that leaves over.
func (s *Server) replace(tx *bolt.Tx, bucket, key string, o object, conditions *gofakes3.PutConditions) (stale string, err error) {
	old, err := objectIn(tx, bucket, key)
	exists := err == nil
	if !exists && !gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchKey) {
		return "", err
	}
	if conditions != nil {
		if err := gofakes3.CheckPutConditions(conditions, &gofakes3.ConditionalObjectInfo{Exists: exists, Hash: old.MD5}); err != nil {
			return "", err
		}
	}
	if exists {
		if stale, err = s.remove(tx, bucket, key); err != nil {
			return "", err
		}
	}
	return stale, s.save(tx, bucket, key, o)
}

type timeSource struct{ clock *clock.Clock }

func (t timeSource) Now() time.Time                        { return t.clock.Now() }
func (t timeSource) Since(earlier time.Time) time.Duration { return t.clock.Now().Sub(earlier) }

package s3

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/johannesboyne/gofakes3"
	bolt "go.etcd.io/bbolt"
)

// backend is the storage that gofakes3 asks for. The calls that operations never forwards are refused.
type backend struct{ s *Server }

func (b backend) BucketExists(name string) (bool, error) { return b.s.hasBucket(name), nil }

// PutObject reads the body to its end, where its checks are, before anything is recorded.
func (b backend) PutObject(bucket, key string, headers map[string]string, input io.Reader, size int64, conditions *gofakes3.PutConditions) (gofakes3.PutObjectResult, error) {
	o := object{Modified: b.s.clock.Now()}
	var err error
	if o.Meta, o.Tags, err = stored(headers); err != nil {
		return gofakes3.PutObjectResult{}, err
	}
	if o.blob, err = b.s.folder.write(input); err != nil {
		return gofakes3.PutObjectResult{}, err
	}
	if o.Size != size {
		return gofakes3.PutObjectResult{}, b.s.folder.discard(gofakes3.ErrIncompleteBody, o.File)
	}
	return gofakes3.PutObjectResult{}, b.s.put(bucket, key, o, conditions)
}

var kept = []string{"Content-Type", "Content-Disposition", "Content-Encoding", checksumSHA256, checksumCRC32}

// stored picks from the headers of an upload what S3 keeps with the object.
func stored(headers map[string]string) (meta, tags map[string]string, err error) {
	meta = map[string]string{"Content-Type": "binary/octet-stream"}
	size := 0
	for name, value := range headers {
		user, isUser := strings.CutPrefix(name, "X-Amz-Meta-")
		if isUser {
			size += len(user) + len(value)
		}
		if isUser || slices.Contains(kept, name) {
			meta[name] = value
		}
	}
	if size > gofakes3.DefaultMetadataSizeLimit {
		return nil, nil, gofakes3.ErrorMessage(gofakes3.ErrMetadataTooLarge, "Your metadata headers exceed the maximum allowed metadata size")
	}
	tags, err = tagsFromHeader(headers["X-Amz-Tagging"])
	return meta, tags, err
}

func (b backend) HeadObject(bucket, key string) (*gofakes3.Object, error) {
	o, err := b.s.object(bucket, key)
	if err != nil {
		return nil, err
	}
	return o.answer(key, io.NopCloser(strings.NewReader("")), nil), nil
}

// GetObject opens the file; it stays readable for this caller even when the object is replaced meanwhile.
func (b backend) GetObject(bucket, key string, wanted *gofakes3.ObjectRangeRequest) (*gofakes3.Object, error) {
	o, err := b.s.object(bucket, key)
	if err != nil {
		return nil, err
	}
	part, err := wanted.Range(o.Size)
	if err != nil {
		return nil, err
	}
	file, err := b.s.folder.open(o.File)
	if err != nil {
		return nil, err
	}
	if part == nil {
		return o.answer(key, file, nil), nil
	}
	return o.answer(key, section{io.NewSectionReader(file, part.Start, part.Length), file}, part), nil
}

type section struct {
	*io.SectionReader
	file *os.File
}

func (s section) Close() error { return s.file.Close() }

func (o object) answer(key string, contents io.ReadCloser, part *gofakes3.ObjectRange) *gofakes3.Object {
	headers := maps.Clone(o.Meta)
	headers["Last-Modified"] = o.Modified.UTC().Format(http.TimeFormat)
	return &gofakes3.Object{Name: key, Metadata: headers, Size: o.Size, Contents: contents, Hash: o.MD5, Range: part}
}

// DeleteObject: deleting what is not there is a success, as in S3.
func (b backend) DeleteObject(bucket, key string) (gofakes3.ObjectDeleteResult, error) {
	var stale string
	err := b.s.db.Update(func(tx *bolt.Tx) (err error) {
		stale, err = b.s.remove(tx, bucket, key)
		return err
	})
	if err != nil && !gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchKey) {
		return gofakes3.ObjectDeleteResult{}, err
	}
	return gofakes3.ObjectDeleteResult{}, b.s.folder.remove(stale)
}

// ListBucket lists by prefix, in the order of the keys' bytes; a page starts after its marker.
func (b backend) ListBucket(bucket string, prefix *gofakes3.Prefix, page gofakes3.ListBucketPage) (*gofakes3.ObjectList, error) {
	list := gofakes3.NewObjectList()
	err := b.s.db.View(func(tx *bolt.Tx) error {
		c := tx.Bucket(root).Bucket(objectsTable).Bucket([]byte(bucket)).Cursor()
		from := max(prefix.Prefix, page.Marker)
		for key, saved := c.Seek([]byte(from)); bytes.HasPrefix(key, []byte(prefix.Prefix)) && key != nil; key, saved = c.Next() {
			if string(key) == page.Marker {
				continue
			}
			if int64(len(list.Contents)) == page.MaxKeys {
				list.IsTruncated = page.MaxKeys > 0
				return nil
			}
			var o object
			if err := json.Unmarshal(saved, &o); err != nil {
				return err
			}
			list.NextMarker = string(key)
			list.Add(&gofakes3.Content{Key: string(key), LastModified: gofakes3.NewContentTime(o.Modified),
				ETag: `"` + hex.EncodeToString(o.MD5) + `"`, Size: o.Size, StorageClass: gofakes3.StorageStandard})
		}
		list.NextMarker = ""
		return nil
	})
	return list, err
}

func (backend) ListBuckets() ([]gofakes3.BucketInfo, error) { return nil, gofakes3.ErrNotImplemented }
func (backend) CreateBucket(string) error                   { return gofakes3.ErrNotImplemented }
func (backend) DeleteBucket(string) error                   { return gofakes3.ErrNotImplemented }
func (backend) ForceDeleteBucket(string) error              { return gofakes3.ErrNotImplemented }
func (backend) DeleteMulti(string, ...string) (gofakes3.MultiDeleteResult, error) {
	return gofakes3.MultiDeleteResult{}, gofakes3.ErrNotImplemented
}
func (backend) CopyObject(_, _, _, _ string, _ map[string]string) (gofakes3.CopyObjectResult, error) {
	return gofakes3.CopyObjectResult{}, gofakes3.ErrNotImplemented
}

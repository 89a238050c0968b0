package s3

import (
	"crypto/md5"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/oklog/ulid/v2"
)

// folder holds the bytes of objects and parts, each in a file with a random name, so no key ever reaches the file system.
type folder string

// A blob is one written file and what was computed on the way.
type blob struct {
	File   string
	Size   int64
	MD5    []byte
	SHA256 []byte
}

func openFolder(path string) (folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return "", fmt.Errorf("s3: object folder: %w", err)
	}
	return folder(path), nil
}

// write streams r into a new file. The error of r comes back unwrapped: gofakes3 looks at its type, not its chain.
func (f folder) write(r io.Reader) (blob, error) {
	b := blob{File: ulid.Make().String()}
	file, err := os.OpenFile(f.path(b.File), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return blob{}, fmt.Errorf("s3: new file: %w", err)
	}
	md, sha := md5.New(), sha256.New()
	b.Size, err = io.Copy(io.MultiWriter(file, md, sha), r)
	if closed := file.Close(); err == nil && closed != nil {
		err = fmt.Errorf("s3: close file: %w", closed)
	}
	if err != nil {
		return blob{}, f.discard(err, b.File)
	}
	b.MD5, b.SHA256 = md.Sum(nil), sha.Sum(nil)
	return b, nil
}

func (f folder) open(name string) (*os.File, error) { return os.Open(f.path(name)) }

// remove deletes files; the empty name and a file that is gone already are fine.
func (f folder) remove(names ...string) error {
	var failed error
	for _, name := range names {
		if name == "" {
			continue
		}
		if err := os.Remove(f.path(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			failed = errors.Join(failed, fmt.Errorf("s3: remove file: %w", err))
		}
	}
	return failed
}

// discard removes the files of a request that failed, and returns its error as it is, unless the removal fails too.
func (f folder) discard(cause error, names ...string) error {
	if err := f.remove(names...); err != nil {
		return errors.Join(cause, err)
	}
	return cause
}

func (f folder) path(name string) string { return filepath.Join(string(f), name) }

// names lists every file of the folder.
func (f folder) names() ([]string, error) {
	entries, err := os.ReadDir(string(f))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, nil
}

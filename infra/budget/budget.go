// Package budget measures what the functions weigh when they are deployed. It knows no limits: tests and benchmarks do.
package budget

import (
	"archive/zip"
	"compress/flate"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/callsheet/callsheet/infra/local"
)

// Sizes builds every function for linux/arm64 with the deployed flags and returns the bytes of its zip, by its folder's
// name. The binaries stay in build/arm64, so that the next call builds only what has changed.
func Sizes(ctx context.Context, project string) (map[string]int64, error) {
	into, err := filepath.Abs(filepath.Join(project, "build", "arm64"))
	if err != nil {
		return nil, err
	}
	if err := local.Build(ctx, project, into, io.Discard, "GOOS=linux", "GOARCH=arm64"); err != nil {
		return nil, err
	}
	binaries, err := filepath.Glob(filepath.Join(into, "*", "bootstrap"))
	if err != nil {
		return nil, err
	}
	sizes := map[string]int64{}
	for _, binary := range binaries {
		name := filepath.Base(filepath.Dir(binary))
		if _, err := os.Stat(filepath.Join(project, "functions", name)); err != nil {
			continue // built when there was such a function
		}
		if sizes[name], err = zipped(binary); err != nil {
			return nil, fmt.Errorf("zip %s: %w", name, err)
		}
	}
	return sizes, nil
}

// zipped is the size of a zip with that one file, compressed as well as the format can.
func zipped(binary string) (int64, error) {
	in, err := os.Open(binary)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	var size counter
	archive := zip.NewWriter(&size)
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	out, err := archive.Create("bootstrap")
	if err != nil {
		return 0, err
	}
	if _, err := io.Copy(out, in); err != nil {
		return 0, err
	}
	err = archive.Close() // writes the directory, which counts too
	return int64(size), err
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/callsheet/callsheet/infra/audit"
	"github.com/callsheet/callsheet/infra/local/dynamodb"
)

// Fsck reads the whole table and says everything that the rows contradict each other in, or nil. Call it while nothing is
// under way: after an Advance, which waits for that.
func (c *Cloud) Fsck() error {
	report, err := audit.Of(func(visit func(json.RawMessage) error) error { return c.Database.Walk(c.Table, visit) })
	return errors.Join(append(report.Faults, err)...)
}

// Inspect does the same for a data folder that no local cloud has open, and changes nothing in it.
func Inspect(data string) (audit.Report, error) {
	file := filepath.Join(data, databaseFile)
	if _, err := os.Stat(file); err != nil {
		return audit.Report{}, fmt.Errorf("no data of a local cloud: %w", err)
	}
	db, err := bolt.Open(file, 0o600, &bolt.Options{ReadOnly: true, Timeout: time.Second})
	if err != nil {
		return audit.Report{}, fmt.Errorf("data folder %s is in use by a local cloud, or not readable: %w", data, err)
	}
	report, err := audit.Of(func(visit func(json.RawMessage) error) error { return dynamodb.WalkAll(db, visit) })
	return report, errors.Join(err, db.Close())
}

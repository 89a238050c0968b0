package api

import (
	"context"
	"log/slog"
	"time"

	"github.com/callsheet/callsheet/shared/directory"
	"github.com/callsheet/callsheet/shared/handler"
	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

// Environment is what a function gives to the parts that must not know where they run.
type Environment interface {
	Now(ctx context.Context) (time.Time, error)
	NewID(prefix string) string
	NewKey() []byte
	Pause(ctx context.Context, try int)
}

// Edge is the HTTP edge over a store: who asks is looked up in the directory at every request.
func Edge(db store.Store, env Environment, log *slog.Logger) handler.Edge {
	people := &directory.Service{Store: db}
	return handler.Edge{Actor: people.Actor, Now: env.Now, Log: log, Keep: policy.Editions().Current().IdempotencyKeep, Margin: time.Second}
}

// Jobs is the project job over a store; files is nil where the function does not look into the bucket.
func Jobs(db store.Store, env Environment, files project.Files) *project.Service {
	return &project.Service{Store: db, Files: files, Policies: policy.Editions(), NewID: env.NewID, Pause: env.Pause}
}

// Cursors seals cursors with this deployment's own key, which is made at the first list.
func Cursors(db store.Store, env Environment) handler.Cursors {
	return handler.Cursors{Life: policy.Editions().Current().CursorLife, Key: func(ctx context.Context) ([]byte, error) {
		return db.SigningKey(ctx, "cursor", env.NewKey())
	}}
}

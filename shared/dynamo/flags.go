package dynamo

import (
	"context"

	"github.com/callsheet/callsheet/shared/dynamo/item"
	"github.com/callsheet/callsheet/shared/store"
)

// FlagsIn lists the flags of a month, oldest first.
func (s *Store) FlagsIn(ctx context.Context, month string, limit int, after store.Position) (store.Page[store.Record], error) {
	return listed(ctx, s, owners, item.FlagsPartition(month), forward, store.Stale, limit, after, item.DecodeRecord)
}

// QuestionsOf lists the questions to a client, newest first.
func (s *Store) QuestionsOf(ctx context.Context, client string, limit int, after store.Position) (store.Page[store.Record], error) {
	return listed(ctx, s, owners, item.QuestionsPartition(client), backward, store.Stale, limit, after, item.DecodeRecord)
}

// Leads lists the active leads.
func (s *Store) Leads(ctx context.Context, limit int, after store.Position) (store.Page[store.Record], error) {
	return listed(ctx, s, owners, item.LeadsPartition, forward, store.Stale, limit, after, item.DecodeRecord)
}

package item

import (
	"strings"

	"github.com/callsheet/callsheet/shared/store"
)

const listingKind = "invitation"

// EncodeListing spells an invitation on its pro's list.
func EncodeListing(l store.Listing) (Item, error) {
	return encode(key(ProPartition(l.Pro), InvitationPrefix+l.Invitation), listingKind, l, "Invitation", "Pro")
}

// DecodeListing reads one.
func DecodeListing(i Item) (store.Listing, error) {
	var l store.Listing
	err := decode(i, listingKind, &l)
	l.Invitation = strings.TrimPrefix(Text(i, SK), InvitationPrefix)
	l.Pro = strings.TrimPrefix(Text(i, PK), ProPartition(""))
	return l, err
}

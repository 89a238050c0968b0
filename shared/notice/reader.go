package notice

import (
	"github.com/callsheet/callsheet/shared/party"
	people "github.com/callsheet/callsheet/shared/reader"
)

// reader is for whom a mail is written: one person, or all who share a language and a zone, without a name.
type reader = people.Reader

func readerOf(c party.Contact) reader { return people.Of(c) }

package expression

import (
	"strings"

	"github.com/callsheet/callsheet/infra/local/dynamodb/attribute"
)

type tokenKind int

const (
	end tokenKind = iota
	word
	namePlaceholder
	valuePlaceholder
	integer
	symbol
)

type token struct {
	kind     tokenKind
	text     string
	from, to int
}

// maxLength is DynamoDB's limit for one expression, in bytes. It also bounds how deep a parse can recurse.
const maxLength = 4096

// scan cuts an expression into tokens, the last of which is the end.
func scan(kind, source string) ([]token, error) {
	if strings.TrimSpace(source) == "" {
		return nil, attribute.Invalidf("Invalid %s: The expression can not be empty;", kind)
	}
	if len(source) > maxLength {
		return nil, attribute.Invalidf("Invalid %s: Expression size has exceeded the maximum allowed size; expression size: %d", kind, len(source))
	}
	var tokens []token
	for at := 0; ; {
		for at < len(source) && strings.IndexByte(" \t\r\n", source[at]) >= 0 {
			at++
		}
		if at == len(source) {
			return append(tokens, token{end, "<EOF>", at, at}), nil
		}
		t := next(source, at)
		if t.to == at {
			return nil, attribute.Invalidf("Invalid %s: Syntax error; token: %q, near: %q", kind, source[at:at+1], source[max(at-8, 0):min(at+8, len(source))])
		}
		tokens = append(tokens, t)
		at = t.to
	}
}

// next reads the token that begins at from; an empty token means that none does.
func next(source string, from int) token {
	c := source[from]
	to := from + 1
	switch {
	case isLetter(c):
		return token{word, source[from:span(source, to)], from, span(source, to)}
	case isDigit(c):
		for to < len(source) && isDigit(source[to]) {
			to++
		}
		return token{integer, source[from:to], from, to}
	case c == '#' || c == ':':
		to = span(source, to)
		if to == from+1 {
			return token{from: from, to: from}
		}
		kind := namePlaceholder
		if c == ':' {
			kind = valuePlaceholder
		}
		return token{kind, source[from:to], from, to}
	case strings.HasPrefix(source[from:], "<>"), strings.HasPrefix(source[from:], "<="), strings.HasPrefix(source[from:], ">="):
		return token{symbol, source[from : from+2], from, from + 2}
	case strings.IndexByte("()[],.=<>+-", c) >= 0:
		return token{symbol, source[from:to], from, to}
	}
	return token{from: from, to: from}
}

func span(source string, at int) int {
	for at < len(source) && (isLetter(source[at]) || isDigit(source[at])) {
		at++
	}
	return at
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

package project

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// deviceForm matches names that Windows cannot save.
var deviceForm = regexp.MustCompile(`(?i)^(CON|PRN|AUX|NUL|COM[1-9]|LPT[1-9])(\.|$)`)

// FileName keeps the last element of what somebody calls a file, without leading dots, at most 150 runes (B97).
func FileName(s string) string {
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	s = strings.TrimSpace(strings.TrimLeft(s, ". "))
	for utf8.RuneCountInString(s) > 150 {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	if deviceForm.MatchString(s) {
		s = "_" + s
	}
	return s
}

package handler

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/callsheet/callsheet/shared/problem"
)

const (
	maxDepth = 16
	maxItems = 1000 // of any list; lists have smaller limits of their own
)

// object keeps the keys of a JSON object as they came.
type object map[string]any

// Read binds the body to the struct that into points at. It is strict: exactly one JSON object in UTF-8, every key once
// and spelled as documented, every value of the documented type. Strings are stored in NFC; the tag `max:"200"` limits
// their runes and `text:"lines"` allows line breaks. Wrong JSON is malformed; wrong values are told with their pointers.
func (c *Call) Read(into any) error {
	tree, err := parse(c.body)
	if err != nil {
		return problem.New(problem.CodeMalformedJSON, "%s", err)
	}
	b := binder{}
	b.value(tree, reflect.ValueOf(into).Elem(), "", "")
	if b.tooMany {
		return problem.New(problem.CodeTooManyItems, "A list has more than %d items.", maxItems)
	}
	return b.wrong.Err()
}

func parse(body []byte) (object, error) {
	if !utf8.Valid(body) || bytes.HasPrefix(body, []byte("\uFEFF")) {
		return nil, errors.New("the body is not plain UTF-8")
	}
	if loneSurrogate(body) {
		return nil, errors.New("a \\u escape is half of a surrogate pair")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	v, err := value(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is data after the JSON value")
	}
	o, ok := v.(object)
	if !ok {
		return nil, errors.New("the body is not a JSON object")
	}
	return o, nil
}

func value(d *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("the JSON is nested deeper than %d levels", maxDepth)
	}
	t, err := d.Token()
	if err != nil {
		return nil, errors.New("the body is not valid JSON")
	}
	switch t {
	case json.Delim('{'):
		return members(d, depth)
	case json.Delim('['):
		return items(d, depth)
	}
	return t, nil
}

func members(d *json.Decoder, depth int) (any, error) {
	o := object{}
	for d.More() {
		k, err := d.Token()
		if err != nil {
			return nil, errors.New("the body is not valid JSON")
		}
		key, _ := k.(string)
		if _, twice := o[key]; twice {
			return nil, fmt.Errorf("the key %q appears twice", key)
		}
		if o[key], err = value(d, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return o, err
}

func items(d *json.Decoder, depth int) (any, error) {
	list := []any{}
	for d.More() {
		v, err := value(d, depth+1)
		if err != nil {
			return nil, err
		}
		if len(list) <= maxItems { // one more than allowed is enough to refuse it
			list = append(list, v)
		}
	}
	_, err := d.Token()
	return list, err
}

// loneSurrogate finds a \ud800–\udfff escape without its other half, which the decoder would silently replace.
func loneSurrogate(b []byte) bool {
	for i := 0; i+1 < len(b); i++ {
		if b[i] != '\\' {
			continue
		}
		if b[i+1] != 'u' {
			i++
			continue
		}
		first := escape(b[i:])
		switch {
		case first >= 0xDC00 && first <= 0xDFFF:
			return true
		case first >= 0xD800 && first <= 0xDBFF:
			second := rune(-1)
			if len(b) >= i+12 {
				second = escape(b[i+6:])
			}
			if second < 0xDC00 || second > 0xDFFF {
				return true
			}
			i += 6
		}
		i += 5
	}
	return false
}

func escape(b []byte) rune {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 32)
	if err != nil {
		return -1
	}
	return rune(n)
}

// binder writes a parsed tree into Go values and notes what does not fit.
type binder struct {
	wrong   problem.Fields
	tooMany bool
}

func (b *binder) value(v any, into reflect.Value, at string, tag reflect.StructTag) {
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		b.value(v, into.Elem(), at, tag)
	case reflect.Struct:
		b.structure(v, into, at)
	case reflect.Slice:
		b.list(v, into, at, tag)
	case reflect.String:
		s, ok := v.(string)
		if !ok {
			b.wrong.Add(at, "A string is expected.")
			return
		}
		into.SetString(b.text(s, at, tag))
	case reflect.Bool:
		t, ok := v.(bool)
		if !ok {
			b.wrong.Add(at, "true or false is expected.")
		}
		into.SetBool(t)
	case reflect.Int64, reflect.Int:
		b.integer(v, into, at)
	default:
		panic("handler: request field of unsupported kind " + into.Kind().String())
	}
}

func (b *binder) structure(v any, into reflect.Value, at string) {
	o, ok := v.(object)
	if !ok {
		b.wrong.Add(at, "An object is expected.")
		return
	}
	known := map[string]bool{}
	t := into.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("json")
		known[name] = true
		if member, given := o[name]; given {
			b.value(member, into.Field(i), at+"/"+name, f.Tag)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o)) {
		if !known[name] {
			b.wrong.Add(at+"/"+pointer(name), "Unknown field.")
		}
	}
}

func (b *binder) list(v any, into reflect.Value, at string, tag reflect.StructTag) {
	list, ok := v.([]any)
	if !ok {
		b.wrong.Add(at, "A list is expected.")
		return
	}
	if len(list) > maxItems {
		b.tooMany = true
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(list), len(list)))
	for i, item := range list {
		b.value(item, into.Index(i), at+"/"+strconv.Itoa(i), tag)
	}
}

// integer accepts plain integers only: no fraction, exponent or string, so nothing is ever rounded.
func (b *binder) integer(v any, into reflect.Value, at string) {
	n, ok := v.(json.Number)
	i, err := strconv.ParseInt(string(n), 10, 64)
	if !ok || err != nil || string(n) == "-0" {
		b.wrong.Add(at, "A whole number is expected.")
		return
	}
	into.SetInt(i)
}

// text normalises a string and refuses what people cannot see or what turns text around.
func (b *binder) text(s, at string, tag reflect.StructTag) string {
	s = norm.NFC.String(s)
	limit, err := strconv.Atoi(tag.Get("max"))
	if err != nil {
		limit = 200
	}
	if utf8.RuneCountInString(s) > limit {
		b.wrong.Add(at, "At most %d characters are allowed.", limit)
		return ""
	}
	visible := false
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t':
			if tag.Get("text") != "lines" {
				b.wrong.Add(at, "Line breaks and tabs are not allowed here.")
				return ""
			}
		case unicode.IsControl(r), r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
			b.wrong.Add(at, "Control characters and direction overrides are not allowed.")
			return ""
		case !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r):
			visible = true
		}
	}
	if s != "" && !visible {
		b.wrong.Add(at, "The text has nothing visible in it.")
		return ""
	}
	return strings.TrimSpace(s)
}

// Lines reads a text of several lines from a form as a body's would be read. Browsers end its lines with two characters.
func Lines(s, at string, most int) (string, error) {
	var b binder
	text := b.text(strings.ReplaceAll(s, "\r\n", "\n"), at, reflect.StructTag(`max:"`+strconv.Itoa(most)+`" text:"lines"`))
	return text, b.wrong.Err()
}

func pointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

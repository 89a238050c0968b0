package stepfunctions

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
)

// A path is a JSONPath reference path: "$.a.b[0]" into the data, or "$$.Execution.Name" into the context object.
type path struct {
	text    string
	context bool
	steps   []step
}

// A step goes to a member, or to an element where name is empty.
type step struct {
	name  string
	index int
}

var (
	dataPath    = regexp.MustCompile(`^\$(\.[A-Za-z0-9_-]+|\[[0-9]{1,6}\])*$`)
	contextPath = regexp.MustCompile(`^\$\$\.(Execution\.(Id|Name|StartTime|Input(\.[A-Za-z0-9_-]+|\[[0-9]{1,6}\])*)|State\.(EnteredTime|Name|RetryCount))$`)
	pathStep    = regexp.MustCompile(`\.([A-Za-z0-9_-]+)|\[([0-9]+)\]`)
)

func parsePath(text string) (path, error) {
	p := path{text: text, context: contextPath.MatchString(text)}
	if !p.context && !dataPath.MatchString(text) {
		return path{}, fmt.Errorf("%q is not supported; use a reference path such as $.a.b[0], $$.Execution.Id, Name, StartTime or Input, $$.State.EnteredTime, Name or RetryCount", text)
	}
	for _, m := range pathStep.FindAllStringSubmatch(text, -1) {
		s := step{name: m[1]}
		if s.name == "" {
			index, err := strconv.Atoi(m[2])
			if err != nil {
				return path{}, fmt.Errorf("index in %q: %w", text, err)
			}
			s.index = index
		}
		p.steps = append(p.steps, s)
	}
	return p, nil
}

func (p *path) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return fmt.Errorf("a path must be a string, not %s", raw)
	}
	parsed, err := parsePath(text)
	if err != nil {
		return err
	}
	*p = parsed
	return nil
}

// lookup is ok only where the whole path exists.
func (p path) lookup(data, context any) (found any, ok bool) {
	found = data
	if p.context {
		found = context
	}
	for _, s := range p.steps {
		if s.name != "" {
			object, isObject := found.(map[string]any)
			if !isObject {
				return nil, false
			}
			if found, ok = object[s.name]; !ok {
				return nil, false
			}
			continue
		}
		array, isArray := found.([]any)
		if !isArray || s.index >= len(array) {
			return nil, false
		}
		found = array[s.index]
	}
	return found, true
}

// A resultPath says where a result goes: absent or "$" replaces the data, null drops the result, "$.a.b" is set in it.
type resultPath struct {
	discard bool
	path    path
}

func (r *resultPath) UnmarshalJSON(raw []byte) error {
	if string(raw) == "null" {
		r.discard = true
		return nil
	}
	if err := r.path.UnmarshalJSON(raw); err != nil {
		return err
	}
	for _, s := range r.path.steps {
		if s.name == "" {
			return fmt.Errorf("an array index in ResultPath %q is not supported", r.path.text)
		}
	}
	if r.path.context {
		return fmt.Errorf("ResultPath %q may not point into the context object", r.path.text)
	}
	return nil
}

// place may change data.
func (r resultPath) place(data, result any) (any, error) {
	if r.discard {
		return data, nil
	}
	if len(r.path.steps) == 0 {
		return result, nil
	}
	object, ok := data.(map[string]any)
	for i, s := range r.path.steps {
		if !ok {
			return nil, failure{"States.ResultPathMatchFailure", fmt.Sprintf("unable to apply ResultPath %q to the state's input", r.path.text)}
		}
		if i == len(r.path.steps)-1 {
			object[s.name] = result
			break
		}
		if object[s.name] == nil {
			object[s.name] = map[string]any{}
		}
		object, ok = object[s.name].(map[string]any)
	}
	return data, nil
}

// decode keeps numbers as they were written.
func decode(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, fmt.Errorf("more than one JSON value")
	}
	return v, nil
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

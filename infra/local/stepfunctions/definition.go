package stepfunctions

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A definition is a state machine in the Amazon States Language, parsed and found valid.
type definition struct {
	StartAt        string
	TimeoutSeconds *int
	States         map[string]*state
}

// state holds the fields of every type; fieldsOf says which of them a type may carry.
type state struct {
	Type string
	Next string
	End  bool

	Resource       string
	Parameters     template
	ResultSelector template
	ResultPath     resultPath
	OutputPath     path
	TimeoutSeconds *int
	Retry          []retrier
	Catch          []catcher

	Seconds       *int
	Timestamp     string
	TimestampPath *path

	Choices []choice
	Default string

	Result json.RawMessage

	Error string
	Cause string
}

var fieldsOf = map[string][]string{
	"Wait":    {"Type", "Comment", "Next", "End", "Seconds", "Timestamp", "TimestampPath"},
	"Task":    {"Type", "Comment", "Next", "End", "Resource", "Parameters", "ResultSelector", "ResultPath", "OutputPath", "TimeoutSeconds", "Retry", "Catch"},
	"Choice":  {"Type", "Comment", "Choices", "Default"},
	"Pass":    {"Type", "Comment", "Next", "End", "Result", "Parameters", "ResultPath"},
	"Succeed": {"Type", "Comment"},
	"Fail":    {"Type", "Comment", "Error", "Cause"},
}

const lambdaInvoke = "arn:aws:states:::lambda:invoke"

func parseDefinition(raw []byte) (*definition, error) {
	var top struct {
		StartAt        string
		TimeoutSeconds *int
		States         json.RawMessage
	}
	if err := strict(raw, &top, "StartAt", "States", "TimeoutSeconds", "Comment", "Version"); err != nil {
		return nil, invalid("/", err)
	}
	d := &definition{StartAt: top.StartAt, TimeoutSeconds: top.TimeoutSeconds, States: map[string]*state{}}
	if err := checkTimeout(d.TimeoutSeconds); err != nil {
		return nil, invalid("/TimeoutSeconds", err)
	}
	states, err := members(top.States)
	if err != nil {
		return nil, invalid("/States", err)
	}
	var problems []error
	for _, m := range states {
		s, err := parseState(m.value)
		if n := utf8.RuneCountInString(m.name); n == 0 || n > 80 {
			err = errors.Join(err, errors.New("a state's name has 1 to 80 characters"))
		}
		if err != nil {
			problems = append(problems, invalid("/States/"+m.name, err))
			continue
		}
		d.States[m.name] = s
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return d, d.checkGraph()
}

func invalid(at string, err error) error {
	return fmt.Errorf("InvalidDefinition at %s: %w", at, err)
}

func parseState(raw []byte) (*state, error) {
	fields, err := members(raw)
	if err != nil {
		return nil, err
	}
	var typ string
	for _, f := range fields {
		if f.name == "Type" {
			err = json.Unmarshal(f.value, &typ)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("type: %w", err)
	}
	allowed, known := fieldsOf[typ]
	if !known {
		return nil, fmt.Errorf("state type %q is not supported; use %s", typ, strings.Join(slices.Sorted(maps.Keys(fieldsOf)), ", "))
	}
	s := &state{}
	if err := strict(raw, s, allowed...); err != nil {
		return nil, err
	}
	return s, s.check()
}

func (s *state) check() error {
	if goesOn := slices.Contains(fieldsOf[s.Type], "End"); goesOn && (s.Next != "") == s.End {
		return errors.New("exactly one of Next and End is needed")
	}
	switch s.Type {
	case "Wait":
		return s.checkWait()
	case "Task":
		return s.checkTask()
	case "Choice":
		if len(s.Choices) == 0 {
			return errors.New("a Choice needs Choices")
		}
	case "Pass":
		if s.Result != nil && !s.Parameters.absent() {
			return errors.New("both Result and Parameters are given; use one")
		}
	}
	return nil
}

func (s *state) checkWait() error {
	given := 0
	for _, present := range []bool{s.Seconds != nil, s.Timestamp != "", s.TimestampPath != nil} {
		if present {
			given++
		}
	}
	if given != 1 {
		return errors.New("exactly one of Seconds, Timestamp and TimestampPath is needed")
	}
	if s.Seconds != nil && (*s.Seconds < 0 || *s.Seconds > mostSeconds) {
		return fmt.Errorf("the field Seconds must be between 0 and %d", mostSeconds)
	}
	if s.Timestamp != "" {
		_, err := time.Parse(time.RFC3339, s.Timestamp)
		return err
	}
	return nil
}

func (s *state) checkTask() error {
	if s.Resource != lambdaInvoke {
		return fmt.Errorf("resource %q is not supported; use %s", s.Resource, lambdaInvoke)
	}
	parameters, _ := s.Parameters.tree.(map[string]any)
	if name, _ := parameters["FunctionName"].(string); name == "" {
		return errors.New("the parameter FunctionName must name the function")
	}
	for name := range parameters {
		if name != "FunctionName" && name != "Payload" {
			return fmt.Errorf("parameter %q is not supported", name)
		}
	}
	if s.OutputPath.context {
		return errors.New("an OutputPath into the context object is not supported")
	}
	var retries, catches [][]string
	for _, r := range s.Retry {
		retries = append(retries, r.ErrorEquals)
	}
	for _, c := range s.Catch {
		catches = append(catches, c.ErrorEquals)
	}
	return errors.Join(checkTimeout(s.TimeoutSeconds), checkErrorEquals(retries), checkErrorEquals(catches))
}

func checkTimeout(seconds *int) error {
	if seconds != nil && (*seconds < 1 || *seconds > mostSeconds) {
		return fmt.Errorf("TimeoutSeconds must be between 1 and %d", mostSeconds)
	}
	return nil
}

func (s *state) targets() []string {
	var next []string
	if s.Next != "" {
		next = append(next, s.Next)
	}
	if s.Default != "" {
		next = append(next, s.Default)
	}
	for _, c := range s.Choices {
		next = append(next, c.Next)
	}
	for _, c := range s.Catch {
		next = append(next, c.Next)
	}
	return next
}

// checkGraph: StartAt and all targets exist, every state can be reached, and the machine can end.
func (d *definition) checkGraph() error {
	if d.States[d.StartAt] == nil {
		return invalid("/StartAt", fmt.Errorf("state %q does not exist", d.StartAt))
	}
	ends := false
	reached := map[string]bool{d.StartAt: true}
	for open := []string{d.StartAt}; len(open) > 0; {
		name := open[0]
		open = open[1:]
		s := d.States[name]
		ends = ends || s.End || s.Type == "Succeed" || s.Type == "Fail"
		for _, target := range s.targets() {
			if d.States[target] == nil {
				return invalid("/States/"+name, fmt.Errorf("the target %q does not exist", target))
			}
			if !reached[target] {
				reached[target] = true
				open = append(open, target)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.States)) {
		if !reached[name] {
			return invalid("/States/"+name, errors.New("the state cannot be reached"))
		}
	}
	if !ends {
		return invalid("/States", errors.New("no state ends the machine"))
	}
	return nil
}

type member struct {
	name  string
	value json.RawMessage
}

// members lists an object's members in the order of the text and refuses a name given twice.
func members(raw []byte) ([]member, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	open, err := d.Token()
	if err != nil || open != json.Delim('{') {
		return nil, errors.Join(errors.New("a JSON object is needed"), err)
	}
	var list []member
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		m := member{name.(string), value}
		if slices.ContainsFunc(list, func(other member) bool { return other.name == m.name }) {
			return nil, fmt.Errorf("field %q is given twice", m.name)
		}
		list = append(list, m)
	}
	_, err = d.Token()
	return list, err
}

// strict decodes an object that has no other members than the allowed ones, spelled exactly so.
func strict(raw []byte, into any, allowed ...string) error {
	fields, err := members(raw)
	if err != nil {
		return err
	}
	for _, f := range fields {
		if !slices.Contains(allowed, f.name) {
			return fmt.Errorf("field %q is not supported here", f.name)
		}
	}
	return json.Unmarshal(raw, into)
}

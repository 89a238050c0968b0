package stepfunctions

import (
	"errors"
	"fmt"
)

// A choice is one rule of a Choice state: a variable held against exactly one test.
type choice struct {
	Variable      path
	StringEquals  *string
	BooleanEquals *bool
	IsPresent     *bool
	Next          string
}

func (c *choice) UnmarshalJSON(raw []byte) error {
	type plain choice
	if err := strict(raw, (*plain)(c), "Variable", "StringEquals", "BooleanEquals", "IsPresent", "Next", "Comment"); err != nil {
		return err
	}
	tests := 0
	for _, present := range []bool{c.StringEquals != nil, c.BooleanEquals != nil, c.IsPresent != nil} {
		if present {
			tests++
		}
	}
	if tests != 1 || c.Variable.text == "" {
		return errors.New("a choice needs Variable and exactly one of StringEquals, BooleanEquals and IsPresent")
	}
	return nil
}

func (c choice) matches(data, context any) (bool, error) {
	found, present := c.Variable.lookup(data, context)
	if c.IsPresent != nil {
		return present == *c.IsPresent, nil
	}
	if !present {
		return false, failure{"States.Runtime", fmt.Sprintf("the choice's Variable %q was not found in the data", c.Variable.text)}
	}
	if c.StringEquals != nil {
		return found == *c.StringEquals, nil
	}
	return found == *c.BooleanEquals, nil
}

func (s *state) choose(data, context any) (next string, err error) {
	for _, c := range s.Choices {
		if ok, err := c.matches(data, context); ok || err != nil {
			return c.Next, err
		}
	}
	if s.Default == "" {
		return "", failure{"States.NoChoiceMatched", "no choice matched and there is no Default"}
	}
	return s.Default, nil
}

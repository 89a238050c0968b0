package expression

import (
	"testing"
)

func TestUpdate(t *testing.T) {
	before := `{"n":{"N":"2"},"s":{"S":"x"},"tags":{"SS":["x","y"]},"nums":{"NS":["1","2"]},"l":{"L":[{"N":"0"},{"N":"1"},{"N":"2"}]},"mp":{"M":{"a":{"N":"1"},"b":{"N":"2"}}}}`
	for _, c := range []struct{ source, path, want string }{
		{"SET fresh = :one", "fresh", `{"fresh":{"N":"1"}}`},
		{"SET n = n + :one", "n", `{"n":{"N":"3"}}`},
		{"SET n = n - :three", "n", `{"n":{"N":"-1"}}`},
		{"SET c = if_not_exists(c, :one) + :two", "c", `{"c":{"N":"3"}}`},
		{"SET n = if_not_exists(n, :one)", "n", `{"n":{"N":"2"}}`},
		{"SET l = list_append(l, :list)", "l", `{"l":{"L":[{"N":"0"},{"N":"1"},{"N":"2"},{"S":"x"}]}}`},
		{"SET l = list_append(if_not_exists(k, :list), l)", "l[0]", `{"l":{"L":[{"S":"x"}]}}`},
		{"SET mp.a = :two, mp.c = :one", "mp", `{"mp":{"M":{"a":{"N":"2"},"b":{"N":"2"},"c":{"N":"1"}}}}`},
		{"SET l[1] = :open", "l", `{"l":{"L":[{"N":"0"},{"S":"open"},{"N":"2"}]}}`},
		{"SET l[9] = :one, l[7] = :open", "l", `{"l":{"L":[{"N":"0"},{"N":"1"},{"N":"2"},{"S":"open"},{"N":"1"}]}}`},
		{"SET n = s, s = n", "n, s", `{"n":{"S":"x"},"s":{"N":"2"}}`},
		{"REMOVE n, absent", "n", `{}`},
		{"REMOVE l[0], l[2]", "l", `{"l":{"L":[{"N":"1"}]}}`},
		{"REMOVE l[9]", "l[2]", `{"l":{"L":[{"N":"2"}]}}`},
		{"REMOVE mp.a", "mp", `{"mp":{"M":{"b":{"N":"2"}}}}`},
		{"ADD n :one, c :two", "n, c", `{"c":{"N":"2"},"n":{"N":"3"}}`},
		{"ADD nums :ns, fresh :ss", "nums, fresh", `{"fresh":{"SS":["x"]},"nums":{"NS":["1","2"]}}`},
		{"DELETE tags :ss", "tags", `{"tags":{"SS":["y"]}}`},
		{"DELETE nums :ns, absent :ss", "nums", `{}`},
		{"set #s = :open remove s add n :one delete tags :ss", "#s, s, n, tags", `{"n":{"N":"3"},"status":{"S":"open"},"tags":{"SS":["y"]}}`},
	} {
		t.Run(c.source, func(t *testing.T) {
			record := item(t, before)
			u, err := placeholders(t).ParseUpdate(c.source)
			if err != nil {
				t.Fatal(err)
			}
			after, err := u.Apply(record)
			if err != nil {
				t.Fatal(err)
			}
			p, err := placeholders(t).ParseProjection(c.path)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(p.Of(after).AppendJSON(nil)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if got, want := string(record.AppendJSON(nil)), string(item(t, before).AppendJSON(nil)); got != want {
				t.Errorf("the old item changed to %s", got)
			}
		})
	}
	for source, want := range map[string]string{
		"SET c = absent": "attribute that does not exist", "SET c = s + :one": "incorrect data type", "SET c = list_append(s, :list)": "incorrect data type", "SET absent.a = :one": "invalid for update",
		"SET s.a = :one": "invalid for update", "SET mp[0] = :one": "invalid for update", "SET l.a = :one": "invalid for update", "SET l[9].a = :one": "invalid for update", "REMOVE absent.a": "invalid for update",
		"ADD s :one": "incorrect data type", "ADD tags :ns": "incorrect data type", "DELETE tags :ns": "incorrect data type",
	} {
		t.Run("fails for "+source, func(t *testing.T) {
			u, err := placeholders(t).ParseUpdate(source)
			if err != nil {
				t.Fatal(err)
			}
			_, err = u.Apply(item(t, before))
			refused(t, err, want)
		})
	}
}

func TestUpdateRefuses(t *testing.T) {
	for source, want := range map[string]string{
		"n = :one": "Syntax error", "SET": "Syntax error", "SET n": "Syntax error", "SET n = :one,": "Syntax error", "SET n = :one SET m = :one": "can only be used once", "SET n = :one + :two + :three": "Syntax error",
		"SET n = foo(n)": "Invalid function name", "SET n = size(n)": "not allowed to be used this way", "SET n = :one + :open": "Incorrect operand type", "SET n = list_append(:one, n)": "Incorrect operand type",
		"SET n = if_not_exists(:one, :two)": "requires a document path", "SET n = if_not_exists(n)": "Syntax error", "ADD n :open": "Incorrect operand type", "ADD n m": "Syntax error", "DELETE n :one": "Incorrect operand type",
		"SET n = :one, n = :two": "overlap", "SET mp.a = :one REMOVE mp": "overlap", "SET a.b = :one, a[0] = :two": "conflict", "REMOVE": "Syntax error", "FOO n :one": "Syntax error", "SET #s = :nope": "not defined",
	} {
		t.Run("refuses "+source, func(t *testing.T) {
			_, err := placeholders(t).ParseUpdate(source)
			refused(t, err, want)
		})
	}
}

func TestProjection(t *testing.T) {
	record := item(t, `{"a":{"M":{"b":{"N":"1"},"c":{"N":"2"}}},"l":{"L":[{"N":"0"},{"N":"1"},{"M":{"x":{"N":"9"},"y":{"N":"8"}}}]},"s":{"S":"x"}}`)
	for source, want := range map[string]string{
		"s": `{"s":{"S":"x"}}`, "a.c, s": `{"a":{"M":{"c":{"N":"2"}}},"s":{"S":"x"}}`, "l[2].x, l[0]": `{"l":{"L":[{"N":"0"},{"M":{"x":{"N":"9"}}}]}}`, "absent, a.absent, l[7]": `{}`, "s.x": `{}`, "l.x, a[0]": `{}`,
	} {
		t.Run("keeps "+source, func(t *testing.T) {
			p, err := placeholders(t).ParseProjection(source)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(p.Of(record).AppendJSON(nil)); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
	for source, want := range map[string]string{"a,": "Syntax error", "a b": "Syntax error", "a, a": "overlap", "a, a.b": "overlap", ":one": "Syntax error", "size(a)": "reserved"} {
		t.Run("refuses "+source, func(t *testing.T) {
			_, err := placeholders(t).ParseProjection(source)
			refused(t, err, want)
		})
	}
}

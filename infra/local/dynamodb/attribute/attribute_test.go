package attribute

import (
	"bytes"
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func number(t *testing.T, s string) Number {
	t.Helper()
	n, err := ParseNumber(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return n
}

func TestParseNumber(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0", "-0": "0", "000": "0", "0.000": "0", "0e999999999999999999999": "0", "+7": "7", "007": "7", "1.50": "1.5", ".5": "0.5", "5.": "5",
		"1e3": "1000", "1E+3": "1000", "12.5E-3": "0.0125", "-0.10": "-0.1",
		"1e125": "1" + strings.Repeat("0", 125), "1e-130": "0." + strings.Repeat("0", 129) + "1",
		"12345678901234567890123456789012345678":      "12345678901234567890123456789012345678",
		"0.00012345678901234567890123456789012345678": "0.00012345678901234567890123456789012345678",
		"100000000000000000000000000000000000000000":  "100000000000000000000000000000000000000000",
	} {
		t.Run("normalises "+in, func(t *testing.T) {
			if got := number(t, in).String(); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if again := number(t, want); again != number(t, in) {
				t.Errorf("the normal form %s reads as another number", want)
			}
		})
	}
	for in, want := range map[string]string{
		"": "numeric value", "-": "numeric value", "1a": "numeric value", "1e": "numeric value", "1e+-1": "numeric value", "--1": "numeric value",
		"+-1": "numeric value", "1.2.3": "numeric value", " 1": "numeric value", "NaN": "numeric value", "0x10": "numeric value", "1e5e5": "numeric value",
		"123456789012345678901234567890123456789": "38 significant", "1e126": "overflow", "1e-131": "underflow",
		"1e99999999999999999999": "overflow", "1e-99999999999999999999": "underflow",
	} {
		t.Run("refuses "+in, func(t *testing.T) {
			if n, err := ParseNumber(in); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, %v; want an error with %q", n, err, want)
			}
		})
	}
}

func TestArithmetic(t *testing.T) {
	for _, c := range []struct{ a, b, sum, difference string }{
		{"0.1", "0.2", "0.3", "-0.1"}, {"5", "5", "10", "0"}, {"-5", "5", "0", "-10"}, {"0", "7", "7", "-7"}, {"1e20", "1", "100000000000000000001", "99999999999999999999"},
	} {
		t.Run("is exact for "+c.a+" and "+c.b, func(t *testing.T) {
			sum, err := number(t, c.a).Plus(number(t, c.b))
			if err != nil || sum != number(t, c.sum) {
				t.Errorf("sum %v, %v; want %s", sum, err, c.sum)
			}
			difference, err := number(t, c.a).Minus(number(t, c.b))
			if err != nil || difference != number(t, c.difference) {
				t.Errorf("difference %v, %v; want %s", difference, err, c.difference)
			}
		})
	}
	t.Run("refuses a sum of more than 38 digits", func(t *testing.T) {
		if sum, err := number(t, "1e40").Plus(number(t, "1")); err == nil {
			t.Errorf("got %v", sum)
		}
	})
}

func TestNumberFloor(t *testing.T) {
	for in, want := range map[string]int64{"12.9": 12, "-0.5": -1, "-3": -3, "0": 0} {
		if got, ok := number(t, in).Floor(); !ok || got != want {
			t.Errorf("floor of %s is %d, %v; want %d", in, got, ok, want)
		}
	}
	if _, ok := number(t, "1e30").Floor(); ok {
		t.Error("1e30 does not fit an int64")
	}
}

// decimal draws numbers over the whole range, near each other often enough to be compared in the last digit.
func decimal(t *rapid.T, label string) Number {
	mantissa := rapid.Int64Range(-1000, 1000).Draw(t, label+" mantissa")
	exponent := rapid.SampledFrom([]string{"e-120", "e-3", "e-1", "", "e1", "e2", "e100"}).Draw(t, label+" exponent")
	n, err := ParseNumber(big.NewInt(mantissa).String() + exponent)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func key(t *rapid.T, label string, kind Kind) Value {
	if kind == NumberKind {
		return decimal(t, label)
	}
	raw := string(rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 'a', 'b', 0xfe, 0xff}), 0, 4).Draw(t, label))
	if kind == BinaryKind {
		return Binary(raw)
	}
	return String(raw)
}

func TestKeyOrder(t *testing.T) {
	t.Run("sorts forms as values, even when something follows", rapid.MakeCheck(func(t *rapid.T) {
		kind := rapid.SampledFrom([]Kind{StringKind, NumberKind, BinaryKind}).Draw(t, "kind")
		a, b := key(t, "a", kind), key(t, "b", kind)
		want, _ := Compare(a, b)
		tail := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 0xff}), 2, 2)
		formA := append(AppendKey(nil, a), tail.Draw(t, "tail a")...)
		formB := append(AppendKey(nil, b), tail.Draw(t, "tail b")...)
		if got := bytes.Compare(formA, formB); want != 0 && got != want {
			t.Errorf("%v and %v compare %d, their forms %d", a, b, want, got)
		}
		if same := bytes.Equal(AppendKey(nil, a), AppendKey(nil, b)); same != (want == 0) {
			t.Errorf("equal forms: %v, equal values: %v", same, want == 0)
		}
	}))
	t.Run("gives all strings with a prefix, and no others, forms with the prefix", rapid.MakeCheck(func(t *rapid.T) {
		prefix, s := key(t, "prefix", StringKind).(String), key(t, "s", StringKind).(String)
		begins := strings.HasPrefix(string(s), string(prefix))
		if got := bytes.HasPrefix(AppendKey(nil, s), AppendKeyPrefix(nil, prefix)); got != begins {
			t.Errorf("prefix of the form: %v, prefix of the string: %v", got, begins)
		}
	}))
	t.Run("AfterPrefix is above everything with the prefix and not above anything else that is", rapid.MakeCheck(func(t *rapid.T) {
		prefix := AppendKey(nil, key(t, "prefix", NumberKind))
		other := AppendKey(nil, key(t, "other", NumberKind))
		inside := bytes.Compare(other, prefix) >= 0 && bytes.Compare(other, AfterPrefix(prefix)) < 0
		if inside != bytes.HasPrefix(other, prefix) {
			t.Errorf("%x between %x and its end: %v", other, prefix, inside)
		}
	}))
}

func TestJSON(t *testing.T) {
	t.Run("reads every type and writes it back in its normal form", func(t *testing.T) {
		in := `{"s":{"S":"a\"ü"},"n":{"N":"1.50"},"b":{"B":"AP8="},"t":{"BOOL":true},"f":{"BOOL":false},"z":{"NULL":true},` +
			`"l":{"L":[{"S":""},{"M":{}}]},"ss":{"SS":["b","a"]},"ns":{"NS":["10","9.0"]},"bs":{"BS":["AQ==","AA=="]}}`
		want := `{"b":{"B":"AP8="},"bs":{"BS":["AA==","AQ=="]},"f":{"BOOL":false},"l":{"L":[{"S":""},{"M":{}}]},"n":{"N":"1.5"},` +
			`"ns":{"NS":["9","10"]},"s":{"S":"a\"ü"},"ss":{"SS":["a","b"]},"t":{"BOOL":true},"z":{"NULL":true}}`
		var item Map
		if err := json.Unmarshal([]byte(in), &item); err != nil {
			t.Fatal(err)
		}
		if got := string(item.AppendJSON(nil)); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
	for _, in := range []string{
		`{"a":{}}`, `{"a":"x"}`, `{"a":null}`, `{"a":{"S":"x","N":"1"}}`, `{"a":{"S":1}}`, `{"a":{"N":1}}`, `{"a":{"X":"x"}}`, `{"a":{"B":"%"}}`, `{"a":{"NULL":false}}`,
		`{"a":{"BOOL":"true"}}`, `{"a":{"SS":[]}}`, `{"a":{"SS":["x","x"]}}`, `{"a":{"NS":["1","1.0"]}}`, `{"a":{"SS":[1]}}`, `{"a":{"L":{"S":"x"}}}`, `{"a":{"L":[{"S":1}]}}`, `{"a":{"M":[]}}`,
	} {
		t.Run("refuses "+in, func(t *testing.T) {
			var item Map
			err := json.Unmarshal([]byte(in), &item)
			if _, invalid := err.(ValidationError); !invalid {
				t.Errorf("got %v, %v", item, err)
			}
		})
	}
}

func TestSize(t *testing.T) {
	set, err := NewSet(StringKind, []Value{String("ab"), String("c")})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what  string
		value Value
		want  int
	}{
		{"a string its UTF-8 bytes", String("aü"), 3}, {"a binary its bytes", Binary("\x00\xff"), 2}, {"a boolean one", Bool(true), 1}, {"null one", Null{}, 1},
		{"zero one", Number{}, 1}, {"a number one and one per two digits", number(t, "123"), 3}, {"trailing zeros nothing", number(t, "1000000"), 2}, {"a minus sign one", number(t, "-12"), 3},
		{"a list three and one per element", List{String("ab"), Bool(true)}, 8}, {"a map three, one per element and names", Map{"ab": String("c")}, 7}, {"a set its members", set, 3},
	} {
		t.Run("counts "+c.what, func(t *testing.T) {
			if got := Size(Map{"n": c.value}); got != c.want+1 {
				t.Errorf("got %d with a name of one byte, want %d", got, c.want+1)
			}
		})
	}
	if got := Depth(Map{"a": List{Map{"b": List{}}}}); got != 3 {
		t.Errorf("depth %d, want 3", got)
	}
}

func TestEqual(t *testing.T) {
	var samples Map
	if err := json.Unmarshal([]byte(`{"a":{"S":"x"},"b":{"B":"eA=="},"c":{"N":"1"},"d":{"BOOL":true},"e":{"NULL":true},"f":{"L":[{"S":"x"}]},"g":{"L":[]},"h":{"M":{"x":{"S":"x"}}},"i":{"M":{}},
		"j":{"SS":["x"]},"k":{"BS":["eA=="]},"l":{"NS":["1"]},"m":{"SS":["x","y"]},"n":{"BOOL":false},"o":{"L":[{"M":{}}]}}`), &samples); err != nil {
		t.Fatal(err)
	}
	samples["z"] = nil
	for a, v := range samples {
		for b, w := range samples {
			if Equal(v, w) != (a == b) {
				t.Errorf("%v and %v equal: %v", v, w, Equal(v, w))
			}
		}
	}
}

func TestSet(t *testing.T) {
	set := func(members ...Value) Set {
		s, err := NewSet(NumberKind, members)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	one, two, ten := NumberOf(1), NumberOf(2), NumberOf(10)
	t.Run("is the same in any order", func(t *testing.T) {
		if !Equal(set(ten, two, one), set(one, ten, two)) {
			t.Error("differs")
		}
	})
	t.Run("unites", func(t *testing.T) {
		if got := set(one, ten).Union(set(two, one)); !Equal(got, set(one, two, ten)) || got.Len() != 3 {
			t.Errorf("got %v", got)
		}
	})
	t.Run("takes away, and is never empty", func(t *testing.T) {
		if got, ok := set(one, two).Without(set(two, ten)); !ok || !Equal(got, set(one)) {
			t.Errorf("got %v, %v", got, ok)
		}
		if _, ok := set(one).Without(set(one)); ok {
			t.Error("an empty set")
		}
	})
}

func FuzzNumber(f *testing.F) {
	for _, s := range []string{"0", "-1.5e3", "1e125", "9e-130", "..", "1e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseNumber(s)
		if err != nil {
			return
		}
		again, err := ParseNumber(n.String())
		if err != nil || again != n {
			t.Errorf("%q became %v, then %v (%v)", s, n, again, err)
		}
		if exact, ok := new(big.Rat).SetString(strings.TrimSuffix(s, ".")); ok {
			if mine, ok := new(big.Rat).SetString(n.String()); !ok || exact.Cmp(mine) != 0 {
				t.Errorf("%q became %v", s, n)
			}
		}
	})
}

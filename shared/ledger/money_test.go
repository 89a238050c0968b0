package ledger

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name, amount, currency string
		minor                  int64
	}{
		{"two decimals of a dollar", "12.50", "USD", 1250},
		{"no decimals of a yen", "100", "JPY", 100},
		{"three decimals of a dinar", "1.005", "KWD", 1005},
		{"zero, which is a price like any other", "0.00", "EUR", 0},
		{"the limit", "10000000000.00", "USD", MaxMinor},
	} {
		t.Run("reads "+c.name, func(t *testing.T) {
			got, err := Parse(c.amount, c.currency)
			if err != nil || got != (Money{c.minor, c.currency}) || got.Amount() != c.amount {
				t.Errorf("got %+v %q, %v", got, got.Amount(), err)
			}
		})
	}
	for _, c := range []struct {
		name, amount, currency string
		code                   problem.Code
	}{
		{"a negative amount — B52", "-5.00", "USD", problem.CodeAmountOutOfRange},
		{"minus zero — B19", "-0.00", "USD", problem.CodeAmountOutOfRange},
		{"one minor unit above the limit — B53", "10000000000.01", "USD", problem.CodeAmountOutOfRange},
		{"the largest int64 — B53", "9223372036854775807", "JPY", problem.CodeAmountOutOfRange},
		{"one more than the largest int64 — B53", "92233720368547758.08", "USD", problem.CodeAmountOutOfRange},
		{"a number of forty digits — B53", "1000000000000000000000000000000000000000", "JPY", problem.CodeAmountOutOfRange},
		{"one decimal of a dollar — B54", "10.5", "USD", problem.CodeValidation},
		{"no decimals of a dollar — B54", "10", "USD", problem.CodeValidation},
		{"three decimals of a dollar", "10.500", "USD", problem.CodeValidation},
		{"decimals of a yen — B57", "1.00", "JPY", problem.CodeValidation},
		{"two decimals of a dinar — B57", "1.00", "KWD", problem.CodeValidation},
		{"thousands separators — B54", "1,000.00", "USD", problem.CodeValidation},
		{"an exponent — B54", "1e2", "JPY", problem.CodeValidation},
		{"a leading zero", "01.00", "USD", problem.CodeValidation},
		{"a plus sign", "+1.00", "USD", problem.CodeValidation},
		{"blanks", " 1.00", "USD", problem.CodeValidation},
		{"a line end", "1.00\n", "USD", problem.CodeValidation},
		{"digits of another script", "١.٠٠", "USD", problem.CodeValidation},
		{"nothing", "", "USD", problem.CodeValidation},
		{"a bare point", ".50", "USD", problem.CodeValidation},
		{"no currency — B55", "1.00", "", problem.CodeValidation},
		{"a currency in lower case — B55", "1.00", "usd", problem.CodeValidation},
		{"the currency of tests — B55", "1.00", "XXX", problem.CodeValidation},
		{"a currency that never was — B55", "1.00", "ZZZ", problem.CodeValidation},
		{"a historical currency — B55", "1.00", "DEM", problem.CodeValidation},
		{"a currency of four letters — B55", "1.00", "USDT", problem.CodeValidation},
	} {
		t.Run("refuses "+c.name, func(t *testing.T) {
			if got, err := Parse(c.amount, c.currency); !problem.Is(err, c.code) || got != (Money{}) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

// currency is one of each number of digits.
func currency(r *rapid.T) string {
	return rapid.SampledFrom([]string{"JPY", "USD", "KWD"}).Draw(r, "currency")
}

func TestMoney(t *testing.T) {
	t.Run("is read back as it was written, in every currency", func(t *testing.T) {
		rapid.Check(t, func(r *rapid.T) {
			want := Money{rapid.Int64Range(0, MaxMinor).Draw(r, "minor"), rapid.SampledFrom(currencies()).Draw(r, "currency")}
			if got, err := Parse(want.Amount(), want.Currency); err != nil || got != want {
				r.Fatalf("%q is read as %+v, %v", want.Amount(), got, err)
			}
		})
	})
	t.Run("is written with a minus sign where it is negative, down to the least int64", func(t *testing.T) {
		for want, m := range map[string]Money{"-0.05": {-5, "USD"}, "-100": {-100, "JPY"}, "-1.005": {-1005, "KWD"}, "-92233720368547758.08": {math.MinInt64, "USD"}} {
			if m.Amount() != want {
				t.Errorf("got %s, want %s", m.Amount(), want)
			}
		}
	})
	t.Run("is added exactly or not at all — B53 I8", func(t *testing.T) {
		rapid.Check(t, func(r *rapid.T) {
			a := Money{rapid.Int64().Draw(r, "a"), currency(r)}
			b := Money{rapid.Int64().Draw(r, "b"), a.Currency}
			sum, err := a.Add(b)
			wraps := (a.Minor+b.Minor > a.Minor) != (b.Minor > 0) && b.Minor != 0
			if wraps != (err != nil) || err == nil && sum != (Money{a.Minor + b.Minor, a.Currency}) {
				r.Fatalf("%s + %s = %s, %v", a, b, sum, err)
			}
		})
	})
	t.Run("is never added across currencies — B56 I8", func(t *testing.T) {
		if sum, err := (Money{1, "USD"}).Add(Money{1, "EUR"}); !problem.Is(err, problem.CodeCurrencyMismatch) {
			t.Errorf("got %s, %v", sum, err)
		}
	})
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		name        string
		minor       int64
		share       policy.BasisPoints
		part, rest_ int64
	}{
		{"nothing", 1250, 0, 0, 1250},
		{"everything", 1250, policy.Whole, 1250, 0},
		{"15 %", 1000, 1_500, 150, 850},
		{"half a minor unit down to an even one", 5, 5_000, 2, 3},
		{"half a minor unit up to an even one", 7, 5_000, 4, 3},
		{"half a minor unit of a debt, to an even one", -5, 5_000, -2, -3},
		{"a third and a bit, to the nearer unit", 100, 3_333, 33, 67},
		{"the most that an amount can be", math.MaxInt64, 9_999, 9222449699651090329, 922337203685478},
	} {
		t.Run("gives "+c.name+" — B60", func(t *testing.T) {
			part, rest, err := Money{c.minor, "USD"}.Split(c.share)
			if err != nil || part.Minor != c.part || rest.Minor != c.rest_ {
				t.Errorf("got %d and %d, %v", part.Minor, rest.Minor, err)
			}
		})
	}
	t.Run("loses nothing, rounds half to even and never wraps, whatever the amount — B60 I8", func(t *testing.T) {
		rapid.Check(t, func(r *rapid.T) {
			m := Money{rapid.Int64().Draw(r, "minor"), currency(r)}
			share := policy.BasisPoints(rapid.IntRange(0, int(policy.Whole)).Draw(r, "share"))
			part, rest, err := m.Split(share)
			if err != nil {
				r.Fatal(err)
			}
			exact := new(big.Rat).Mul(new(big.Rat).SetInt64(m.Minor), big.NewRat(int64(share), int64(policy.Whole)))
			off := new(big.Rat).Sub(exact, new(big.Rat).SetInt64(part.Minor))
			half := off.Abs(off).Cmp(big.NewRat(1, 2))
			sum, err := part.Add(rest)
			if err != nil || sum != m || half > 0 || half == 0 && part.Minor%2 != 0 {
				r.Fatalf("%d of %s is %s and %s, off by %s, %v", share, m, part, rest, off, err)
			}
		})
	})
	for name, share := range map[string]policy.BasisPoints{"101 %": 10_100, "-1 %": -100} {
		t.Run("refuses "+name+" — B60", func(t *testing.T) {
			if part, rest, err := (Money{100, "USD"}).Split(share); !problem.Is(err, problem.CodeValidation) || part != (Money{}) || rest != (Money{}) {
				t.Errorf("got %s and %s, %v", part, rest, err)
			}
		})
	}
}

func currencies() []string {
	var names []string
	for name := range digits {
		names = append(names, name)
	}
	return names
}

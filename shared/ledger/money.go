// Package ledger is the money of Callsheet: amounts, accounts, entries and rewards. Double entry, append only: every
// entry sums to zero, and a correction is a new entry. Timers move state; people, or an explicit policy, move money.
package ledger

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/callsheet/callsheet/shared/policy"
	"github.com/callsheet/callsheet/shared/problem"
)

// Money is an amount in minor units of an ISO 4217 currency. It never holds a float.
type Money struct {
	Minor    int64
	Currency string
}

// MaxMinor bounds any amount that a person may enter.
const MaxMinor = 1_000_000_000_000

// digits holds the minor-unit digits of the currencies that the marketplace trades in.
var digits = map[string]int{
	"AUD": 2, "BRL": 2, "CAD": 2, "CHF": 2, "CLP": 0, "COP": 2, "EUR": 2, "GBP": 2, "INR": 2, "JPY": 0, "KRW": 0, "KWD": 3, "MXN": 2, "PEN": 2, "PLN": 2, "USD": 2,
}

var decimal = regexp.MustCompile(`^(-?)(0|[1-9][0-9]*)(?:\.([0-9]{1,3}))?$`)

// Parse reads a decimal with exactly the currency's digits: "12.50" USD, "100" JPY. No sign, exponent or separator, so
// nothing is ever rounded.
func Parse(amount, currency string) (Money, error) {
	want, ok := digits[currency]
	if !ok {
		return Money{}, problem.New(problem.CodeValidation, "%q is not a currency that we trade in.", currency)
	}
	m := decimal.FindStringSubmatch(amount)
	if m == nil || len(m[3]) != want {
		return Money{}, problem.New(problem.CodeValidation, "%q is not an amount in %s; write it with %d decimals and nothing else.", amount, currency, want)
	}
	minor, err := strconv.ParseInt(m[2]+m[3], 10, 64)
	if err != nil || minor > MaxMinor || m[1] != "" {
		return Money{}, problem.New(problem.CodeAmountOutOfRange, "An amount lies between 0 and %d minor units.", int64(MaxMinor))
	}
	return Money{Minor: minor, Currency: currency}, nil
}

// Amount is the decimal that Parse reads, with a minus sign where it is negative.
func (m Money) Amount() string {
	d := digits[m.Currency]
	sign := ""
	s, negative := strings.CutPrefix(strconv.FormatInt(m.Minor, 10), "-")
	if negative {
		sign = "-"
	}
	if d == 0 {
		return sign + s
	}
	if len(s) <= d {
		s = strings.Repeat("0", d+1-len(s)) + s
	}
	return sign + s[:len(s)-d] + "." + s[len(s)-d:]
}

func (m Money) String() string { return m.Amount() + " " + m.Currency }

// IsZero reports an amount of nothing.
func (m Money) IsZero() bool { return m.Minor == 0 }

// Neg is the opposite amount.
func (m Money) Neg() Money { return Money{-m.Minor, m.Currency} }

// Add sums two amounts of one currency; another currency or an overflow is an error, never a wrong number.
func (m Money) Add(o Money) (Money, error) {
	if m.Currency != o.Currency {
		return Money{}, problem.New(problem.CodeCurrencyMismatch, "%s and %s cannot be added.", m.Currency, o.Currency)
	}
	if (o.Minor > 0 && m.Minor > math.MaxInt64-o.Minor) || (o.Minor < 0 && m.Minor < math.MinInt64-o.Minor) {
		return Money{}, fmt.Errorf("ledger: %s + %s overflows", m, o)
	}
	return Money{m.Minor + o.Minor, m.Currency}, nil
}

// Split takes a share of the amount, rounded half to even, and gives what is left of it with it, so that no minor unit is
// lost. A share below 0 or above the whole is an error (B60).
func (m Money) Split(share policy.BasisPoints) (part, rest Money, err error) {
	if share < 0 || share > policy.Whole {
		return Money{}, Money{}, problem.New(problem.CodeValidation, "A share lies between 0 %% and 100 %%.")
	}
	const whole = int64(policy.Whole)
	// The product of amount and share may not fit 64 bits; those of quotient and remainder do.
	minor := m.Minor / whole * int64(share)
	small := m.Minor % whole * int64(share)
	minor += small / whole
	switch left := 2 * (small % whole); {
	case left > whole, left == whole && minor%2 != 0:
		minor++
	case left < -whole, left == -whole && minor%2 != 0:
		minor--
	}
	return Money{minor, m.Currency}, Money{m.Minor - minor, m.Currency}, nil
}

package attribute

import (
	"cmp"
	"math/big"
	"strconv"
	"strings"
)

// Number is an exact decimal of up to 38 significant digits, in its one normal form, so that == is equality.
// Its value is ±0.digits × 10^exponent, with no leading or trailing zero in digits; zero is the zero Number.
type Number struct {
	negative bool
	digits   string
	exponent int
}

const (
	maxDigits   = 38
	maxExponent = 126  // 9.99…E+125
	minExponent = -129 // 1E-130
)

// NumberOf is the Number of an integer.
func NumberOf(n int) Number {
	number, err := ParseNumber(strconv.Itoa(n))
	if err != nil {
		panic(err) // an int has at most 19 digits
	}
	return number
}

// ParseNumber reads a decimal such as -12.5E3. It refuses what DynamoDB cannot hold exactly.
func ParseNumber(s string) (Number, error) {
	mantissa, exponentText, hasExponent := strings.Cut(strings.Replace(s, "E", "e", 1), "e")
	unsigned := strings.TrimPrefix(strings.TrimPrefix(mantissa, "+"), "-")
	whole, fraction, _ := strings.Cut(unsigned, ".")
	if len(mantissa)-len(unsigned) > 1 || whole+fraction == "" || !onlyDigits(whole+fraction) {
		return Number{}, Invalidf("The parameter cannot be converted to a numeric value: %s", s)
	}
	exponent := 0
	if hasExponent {
		bare := strings.TrimLeft(exponentText, "+-")
		if bare == "" || len(exponentText)-len(bare) > 1 || !onlyDigits(bare) {
			return Number{}, Invalidf("The parameter cannot be converted to a numeric value: %s", s)
		}
		// An exponent too long for an int saturates, which normal then refuses as out of range.
		exponent, _ = strconv.Atoi(exponentText)
	}
	return normal(strings.HasPrefix(mantissa, "-"), whole+fraction, clamp(exponent)+len(whole))
}

// normal brings ±0.digits × 10^exponent into normal form and refuses it when it does not fit.
func normal(negative bool, digits string, exponent int) (Number, error) {
	significant := strings.TrimLeft(digits, "0")
	exponent -= len(digits) - len(significant)
	significant = strings.TrimRight(significant, "0")
	switch {
	case significant == "":
		return Number{}, nil
	case len(significant) > maxDigits:
		return Number{}, Invalidf("Attempting to store more than 38 significant digits in a Number")
	case exponent > maxExponent:
		return Number{}, Invalidf("Number overflow. Attempting to store a number with magnitude larger than supported range")
	case exponent < minExponent:
		return Number{}, Invalidf("Number underflow. Attempting to store a number with magnitude smaller than supported range")
	}
	return Number{negative, significant, exponent}, nil
}

func onlyDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

func clamp(exponent int) int { return max(-1<<30, min(1<<30, exponent)) }

// String is the plain decimal notation, without an exponent, as DynamoDB returns it.
func (n Number) String() string {
	if n.digits == "" {
		return "0"
	}
	sign := ""
	if n.negative {
		sign = "-"
	}
	switch {
	case n.exponent <= 0:
		return sign + "0." + strings.Repeat("0", -n.exponent) + n.digits
	case n.exponent >= len(n.digits):
		return sign + n.digits + strings.Repeat("0", n.exponent-len(n.digits))
	}
	return sign + n.digits[:n.exponent] + "." + n.digits[n.exponent:]
}

// Plus is the exact sum, refused when it needs more than 38 digits.
func (n Number) Plus(m Number) (Number, error) {
	power := min(n.power(), m.power())
	sum := new(big.Int).Add(n.scaled(power), m.scaled(power))
	digits := new(big.Int).Abs(sum).String()
	return normal(sum.Sign() < 0, digits, len(digits)+power)
}

// Minus is the exact difference, refused when it needs more than 38 digits.
func (n Number) Minus(m Number) (Number, error) {
	m.negative = !m.negative
	return n.Plus(m)
}

// Floor is the largest integer not above n as an int64; ok is false when it does not fit.
func (n Number) Floor() (floor int64, ok bool) {
	text := n.String()
	whole, _, fraction := strings.Cut(text, ".")
	floor, err := strconv.ParseInt(whole, 10, 64)
	if fraction && n.negative {
		floor--
	}
	return floor, err == nil
}

// power is the exponent of the last digit.
func (n Number) power() int { return n.exponent - len(n.digits) }

// scaled is n as an integer count of 10^power; power is not above n.power().
func (n Number) scaled(power int) *big.Int {
	if n.digits == "" {
		return new(big.Int)
	}
	i, _ := new(big.Int).SetString(n.digits, 10)
	i.Mul(i, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n.power()-power)), nil))
	if n.negative {
		i.Neg(i)
	}
	return i
}

func (n Number) sign() int {
	switch {
	case n.digits == "":
		return 0
	case n.negative:
		return -1
	}
	return 1
}

func (n Number) compare(m Number) int {
	if order := cmp.Compare(n.sign(), m.sign()); order != 0 {
		return order
	}
	magnitude := cmp.Or(cmp.Compare(n.exponent, m.exponent), cmp.Compare(n.digits, m.digits))
	return magnitude * n.sign()
}

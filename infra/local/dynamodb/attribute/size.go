package attribute

// Size is an item's weight in bytes by DynamoDB's rule: the UTF-8 length of every name plus every value. A number
// weighs one byte, one per two significant digits and one more for a minus sign; a list or map three bytes and one per
// element.
func Size(item Map) int {
	total := 0
	for name, v := range item {
		total += len(name) + v.size()
	}
	return total
}

// Depth is the number of levels of lists and maps inside an item.
func Depth(item Map) int { return item.depth() - 1 }

const (
	containerOverhead = 3
	elementOverhead   = 1
)

func (s String) size() int { return len(s) }
func (b Binary) size() int { return len(b) }
func (Bool) size() int     { return 1 }
func (Null) size() int     { return 1 }
func (n Number) size() int {
	size := 1 + (len(n.digits)+1)/2
	if n.negative {
		size++
	}
	return size
}

func (l List) size() int {
	total := containerOverhead + len(l)*elementOverhead
	for _, v := range l {
		total += v.size()
	}
	return total
}

func (m Map) size() int { return containerOverhead + len(m)*elementOverhead + Size(m) }

func (s Set) size() int {
	total := 0
	for _, v := range s.members {
		total += v.size()
	}
	return total
}

func (String) depth() int { return 0 }
func (Number) depth() int { return 0 }
func (Binary) depth() int { return 0 }
func (Bool) depth() int   { return 0 }
func (Null) depth() int   { return 0 }
func (Set) depth() int    { return 0 }

func (l List) depth() int {
	deepest := 0
	for _, v := range l {
		deepest = max(deepest, v.depth())
	}
	return deepest + 1
}

func (m Map) depth() int {
	deepest := 0
	for _, v := range m {
		deepest = max(deepest, v.depth())
	}
	return deepest + 1
}

package store

// readsPerPage bounds how far a page with a filter looks for more.
const readsPerPage = 8

// Sifted reads on until a page is full of what is wanted or the list ends. Where little of a long list is wanted, a page
// may be short, or even empty, though more follow.
func Sifted[T, W any](limit int, after Position, read func(limit int, after Position) (Page[T], error), wanted func(T) (W, bool)) (Page[W], error) {
	page := Page[W]{Next: after}
	for range readsPerPage {
		got, err := read(limit-len(page.Items), page.Next)
		if err != nil {
			return Page[W]{}, err
		}
		for _, item := range got.Items {
			if w, ok := wanted(item); ok {
				page.Items = append(page.Items, w)
			}
		}
		if page.Next = got.Next; page.Next == nil || len(page.Items) == limit {
			break
		}
	}
	return page, nil
}

// OfType takes records of one type that pass a filter.
func OfType[T Record](passes func(T) bool) func(Record) (T, bool) {
	return func(r Record) (T, bool) {
		t, ok := r.(T)
		return t, ok && passes(t)
	}
}

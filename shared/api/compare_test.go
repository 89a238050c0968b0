package api_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// reviseAt sends a story's version back with one comment.
func (s *story) reviseAt(comment map[string]any) answer {
	s.t.Helper()
	return s.ask(reviewer, "POST", "/v1/assignments/"+s.assignment+"/revision", map[string]any{"comments": []map[string]any{comment}})
}

func same(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestPlacedComment(t *testing.T) {
	t.Run("comes back to the pro as it was made, under its number and the file's name — R44", func(t *testing.T) {
		s := tell(t, inQC)
		region := map[string]any{"left": 0.0, "top": 250.0, "width": 1000.0, "height": 500.0}
		s.reviseAt(map[string]any{"text": "Softer.", "file": s.upload, "page": 2, "timeCode": "00:01:02.500", "region": region}).want(200)
		versions := s.ask(winner, "GET", "/v1/assignments/"+s.assignment, nil).want(200)["versions"].([]any)
		got := versions[0].(map[string]any)["comments"].([]any)[0].(map[string]any)
		same(t, map[string]any{
			"number": 1.0, "text": "Softer.", "file": s.upload, "name": "first.srt", "page": 2.0, "timeCode": "00:01:02.500", "region": region,
		}, got)
	})
	for pointer, comment := range map[string]map[string]any{
		"/comments/0/text":     {"text": ""},
		"/comments/0/file":     {"text": "Softer.", "file": "fil_01ARZ3NDEKTSV4RRFFQ69OTHER"},
		"/comments/0/timeCode": {"text": "Softer.", "timeCode": "1:2"},
	} {
		t.Run("is refused at "+pointer+", and nothing changes", func(t *testing.T) {
			s := tell(t, inQC)
			s.unchanged(t, func() {
				if at := pointers(s.reviseAt(comment).refused(422, "validation")); !slices.Contains(at, pointer) {
					t.Errorf("points at %v", at)
				}
			})
		})
	}
}

func TestComparison(t *testing.T) {
	s := tell(t, inQC)
	s.reviseAt(map[string]any{"text": s.comment}).want(200)
	s.upload = s.deliver("second.srt", "two")
	handed := s.submission()
	handed["answers"] = []map[string]any{{"comment": 1, "text": "It holds now."}}
	s.ask(winner, "POST", "/v1/assignments/"+s.assignment+"/submit", handed).want(200)
	path := "/v1/assignments/" + s.assignment + "/comparison"
	t.Run("shows what changed from one version to the next: files by checksum, and the comments with their answers", func(t *testing.T) {
		got := s.ask(reviewer, "GET", path+"?from=1&to=2", nil).want(200)
		same(t, []any{"added", "removed"}, []any{got["files"].([]any)[0].(map[string]any)["change"], got["files"].([]any)[1].(map[string]any)["change"]})
		same(t, map[string]any{"number": 1.0, "text": s.comment, "answer": "It holds now."}, got["comments"].([]any)[0].(map[string]any))
	})
	t.Run("is refused for what is no number of a version, and for any other parameter", func(t *testing.T) {
		for _, query := range []string{"?from=0", "?to=-1", "?from=one", "?to=1.5", "?from=1&since=2", "?from=99999999999999999999"} {
			s.ask(winner, "GET", path+query, nil).refused(422, "validation")
		}
	})
	t.Run("knows no version that was never submitted", func(t *testing.T) {
		s.ask(winner, "GET", path+"?from=1&to=7", nil).refused(404, "not-found")
	})
}

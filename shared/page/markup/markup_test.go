package markup_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/callsheet/callsheet/shared/page/markup"
)

func written(n markup.Node) string {
	return strings.TrimPrefix(markup.Document(n), "<!doctype html>\n")
}

func TestMarkup(t *testing.T) {
	t.Run("an element has its attributes in order and its children", func(t *testing.T) {
		got := written(markup.El("span", markup.Attrs{"id": "b", "class": `a"<`}, markup.Text("1 < 2"), markup.El("b", nil, markup.Text("&"))))
		if got != `<span class="a&#34;&lt;" id="b">1 &lt; 2<b>&amp;</b></span>` {
			t.Error(got)
		}
	})
	t.Run("an element without content is not closed", func(t *testing.T) {
		if got := written(markup.El("input", markup.Attrs{"name": "x"})); got != "<input name=\"x\">\n" {
			t.Error(got)
		}
	})
	t.Run("whatever is written, text and values hold no markup", func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			s := rapid.StringOf(rapid.SampledFrom([]rune(`<>&"'/=; ax`+"\r\n\x00é"))).Draw(rt, "text")
			got := written(markup.El("i", markup.Attrs{"title": s}, markup.Text(s)))
			inside := strings.TrimSuffix(strings.TrimPrefix(got, `<i title="`), "</i>")
			if strings.Count(inside, `"`) != 1 || strings.Count(inside, ">") != 1 || strings.Contains(inside, "<") {
				rt.Fatal(got)
			}
		})
	})
	for address, linked := range map[string]bool{
		"https://example.com/a?b=1&c=2": true, "http://example.com": true, "HTTPS://example.com": true,
		"javascript:alert(1)": false, "JavaScript:alert(1)": false, " javascript:alert(1)": false, "java\nscript:alert(1)": false,
		"data:text/html,x": false, "vbscript:x": false, "file:///etc/passwd": false, "//example.com": false, "/path": false, "https:": false, "": false, "http://[": false,
	} {
		t.Run("the address "+address+" is a link or only text", func(t *testing.T) {
			got := written(markup.Link(address, "name"))
			if strings.Contains(got, "href") != linked || !strings.Contains(got, "name") {
				t.Error(got)
			}
		})
	}
}

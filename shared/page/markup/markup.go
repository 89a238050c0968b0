// Package markup builds HTML in which every value is escaped by construction: nothing but this package makes a Node, and
// it makes none out of text without escaping it. It is no template language, because templates cost a function a megabyte.
package markup

import (
	"html"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Node is a piece of HTML that is safe to send.
type Node struct{ html string }

// Attrs are an element's attributes. Names come from the program, values from anywhere.
type Attrs map[string]string

// alone are the elements without content; block are those after which the source breaks its line.
var (
	alone = []string{"input", "meta"}
	block = []string{"body", "dd", "div", "dl", "dt", "footer", "form", "h1", "h2", "head", "header", "html", "input", "li", "main", "meta", "ol", "p", "style", "title", "ul"}
)

// Text is text as it reads.
func Text(s string) Node { return Node{html.EscapeString(s)} }

// El is an element; its name comes from the program.
func El(name string, attrs Attrs, children ...Node) Node {
	var b strings.Builder
	b.WriteString("<" + name)
	for _, a := range slices.Sorted(maps.Keys(attrs)) {
		b.WriteString(" " + a + `="` + html.EscapeString(attrs[a]) + `"`)
	}
	b.WriteString(">")
	if !slices.Contains(alone, name) {
		for _, c := range children {
			b.WriteString(c.html)
		}
		b.WriteString("</" + name + ">")
	}
	if slices.Contains(block, name) {
		b.WriteString("\n")
	}
	return Node{b.String()}
}

// Link leads to an absolute http or https address; any other address would run or read something, so only its text stays.
func Link(address, text string) Node {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return Text(text)
	}
	return El("a", Attrs{"href": address, "rel": "noopener noreferrer"}, Text(text))
}

// Style is the page's style sheet, which browsers read unescaped: it comes from the program alone.
func Style(sheet string) Node { return Node{"<style>" + sheet + "</style>\n"} }

// Document is a whole page.
func Document(root Node) string { return "<!doctype html>\n" + root.html }

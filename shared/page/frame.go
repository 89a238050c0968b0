package page

import (
	_ "embed"

	"github.com/callsheet/callsheet/shared/page/markup"
	"github.com/callsheet/callsheet/shared/reader"
)

//go:embed style.css
var style string

// document is a page in the frame that all have.
func (s Service) document(to reader.Reader, title string, content ...markup.Node) string {
	w := speech[to.Language]
	head := markup.El("head", nil,
		markup.El("meta", markup.Attrs{"charset": "utf-8"}),
		markup.El("meta", markup.Attrs{"name": "viewport", "content": "width=device-width, initial-scale=1"}),
		markup.El("meta", markup.Attrs{"name": "robots", "content": "noindex"}),
		markup.El("title", nil, markup.Text(title+" · "+s.Site.Name)),
		markup.Style(style),
	)
	body := markup.El("body", nil,
		markup.El("header", nil, markup.Text(s.Site.Name)),
		markup.El("main", nil, append([]markup.Node{markup.El("h1", theirs, markup.Text(title))}, content...)...),
		markup.El("footer", nil, markup.El("p", nil, markup.Link(s.Site.Support, w.Questions))),
	)
	return markup.Document(markup.El("html", markup.Attrs{"lang": to.Language}, head, body))
}

// theirs marks what people wrote: its own first letter decides in which direction it reads.
var theirs = markup.Attrs{"dir": "auto"}

func class(name string) markup.Attrs { return markup.Attrs{"class": name} }

func heading(text string) markup.Node { return markup.El("h2", nil, markup.Text(text)) }

func paragraph(text string) markup.Node { return markup.El("p", nil, markup.Text(text)) }

func small(text string) markup.Node { return markup.El("p", class("small"), markup.Text(text)) }

// row is one line of a list of facts.
type row struct{ name, value string }

func facts(rows ...row) markup.Node {
	var list []markup.Node
	for _, r := range rows {
		list = append(list, markup.El("dt", nil, markup.Text(r.name)), markup.El("dd", nil, markup.Text(r.value)))
	}
	return markup.El("dl", nil, list...)
}

func steps(texts ...string) markup.Node {
	var list []markup.Node
	for _, t := range texts {
		list = append(list, markup.El("li", nil, markup.Text(t)))
	}
	return markup.El("ol", nil, list...)
}

package notice

import (
	"embed"
	"fmt"
	htmltemplate "html/template"
	"strings"
	"sync"
	texttemplate "text/template"

	"github.com/callsheet/callsheet/shared/party"
)

// Per language, frame.txt has the words around every mail; <notice>.txt defines subject, body, label and why; <notice>.html
// defines the body once more, marked up. letter.txt and letter.html are the layout, the same in every language.
//
//go:embed templates
var files embed.FS

// wording is one notice in one language.
type wording struct {
	text *texttemplate.Template
	html *htmltemplate.Template
}

// wordings are read at the first mail, so that nothing else waits for them.
var wordings = sync.OnceValue(func() map[string]wording {
	all := map[string]wording{}
	for _, language := range party.Languages() {
		for _, n := range named() {
			at := "templates/" + language + "/"
			all[language+"/"+n.Name] = wording{
				text: texttemplate.Must(texttemplate.New("letter.txt").Funcs(texttemplate.FuncMap{"indent": indent, "quote": quote}).
					ParseFS(files, "templates/letter.txt", at+"frame.txt", at+n.Name+".txt")),
				html: htmltemplate.Must(htmltemplate.New("letter.html").
					ParseFS(files, "templates/letter.html", at+n.Name+".html")),
			}
		}
	}
	return all
})

// indent keeps the lines of a person's words under their bullet.
func indent(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(s), "\r\n", "\n"), "\n", "\n  ")
}

// quote marks every line of a person's words, so that none of them passes for ours.
func quote(s string) string {
	return "> " + strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(s), "\r\n", "\n"), "\n", "\n> ")
}

// written is a notice in words.
type written struct{ subject, text, html string }

// sheet is what the HTML layout shows: the page, and the words that both parts share.
type sheet struct {
	page
	Subject, Greeting, Label, Why, Answerable, Questions string
}

// write puts a page into the words of a notice.
func write(notice string, p page) (written, error) {
	w, ok := wordings()[p.Language+"/"+notice]
	if !ok {
		return written{}, fmt.Errorf("no words in language %q", p.Language)
	}
	s := sheet{page: p}
	for _, shared := range []struct {
		name string
		to   *string
	}{{"subject", &s.Subject}, {"greeting", &s.Greeting}, {"label", &s.Label}, {"why", &s.Why}, {"answerable", &s.Answerable}, {"questions", &s.Questions}} {
		var b strings.Builder
		if err := w.text.ExecuteTemplate(&b, shared.name, p); err != nil {
			return written{}, err
		}
		*shared.to = b.String()
	}
	var text, html strings.Builder
	if err := w.text.Execute(&text, p); err != nil {
		return written{}, err
	}
	if err := w.html.Execute(&html, s); err != nil {
		return written{}, err
	}
	return written{subject: s.Subject, text: text.String(), html: html.String()}, nil
}

// subjects are the subject templates of a notice, one per language.
func subjects(notice string) []string {
	var list []string
	for _, language := range party.Languages() {
		list = append(list, wordings()[language+"/"+notice].text.Lookup("subject").Root.String())
	}
	return list
}

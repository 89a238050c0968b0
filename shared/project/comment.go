package project

import (
	"regexp"

	"github.com/callsheet/callsheet/shared/problem"
)

// Comment is one thing to change, and where (R44).
type Comment struct {
	Text  string
	Place Place
}

// Place points into a file of the version that is commented on. The zero value means the version as a whole; without a
// file, no other part says anything.
type Place struct {
	File     string // ID
	Name     string // the file's, as it was when the comment was made
	Page     int    // from 1; 0 where the comment is about no page
	TimeCode string // hours:minutes:seconds, with milliseconds where they matter; empty for none
	Region   Region
}

// Region is a part of a page or picture, in thousandths of its width and height; the zero value is the whole.
type Region struct{ Left, Top, Width, Height int }

// Answer is what the pro did about a comment of the last request, which they name by its number, from 1.
type Answer struct {
	Comment int
	Text    string
}

var timeCodeForm = regexp.MustCompile(`^\d{2}:[0-5]\d:[0-5]\d(\.\d{3})?$`)

// maxPage is above any document that is checked by people.
const maxPage = 100_000

// placed completes comments with the names of their files, and refuses what points nowhere.
func placed(comments []Comment, files []File) ([]Comment, error) {
	var wrong problem.Fields
	if len(comments) == 0 {
		wrong.Add("/comments", "Say what needs revision: at least one comment.")
	}
	all := make([]Comment, 0, len(comments))
	for i, c := range comments {
		c.Place = c.Place.check("/comments/"+itoa(i), files, &wrong)
		all = append(all, c)
	}
	return all, wrong.Err()
}

func (p Place) check(at string, files []File, wrong *problem.Fields) Place {
	if p.File == "" && (p.Page != 0 || p.TimeCode != "" || p.Region != (Region{})) {
		wrong.Add(at+"/file", "Name the file that the comment points into.")
	}
	if p.File != "" {
		p.Name = ""
		for _, f := range files {
			if f.ID == p.File {
				p.Name = f.Name
			}
		}
		if p.Name == "" {
			wrong.Add(at+"/file", "This version has no file %q.", p.File)
		}
	}
	if p.Page < 0 || p.Page > maxPage {
		wrong.Add(at+"/page", "Pages count from 1 to %d.", maxPage)
	}
	if p.TimeCode != "" && !timeCodeForm.MatchString(p.TimeCode) {
		wrong.Add(at+"/timeCode", "A time code is hours, minutes and seconds from the start, like 00:01:23 or 00:01:23.500.")
	}
	if p.Region != (Region{}) && !p.Region.inside() {
		wrong.Add(at+"/region", "A region has a size and lies inside the page, in thousandths of its width and height.")
	}
	return p
}

func (r Region) inside() bool {
	return r.Left >= 0 && r.Top >= 0 && r.Width > 0 && r.Height > 0 && r.Left <= 1000-r.Width && r.Top <= 1000-r.Height
}

// answers refuses answers to comments that nobody made, and two to one comment.
func answers(given []Answer, asked int) error {
	var wrong problem.Fields
	seen := map[int]bool{}
	for i, a := range given {
		at := "/answers/" + itoa(i)
		switch {
		case a.Comment < 1 || a.Comment > asked:
			wrong.Add(at+"/comment", "The last request has %d comments, numbered from 1.", asked)
		case seen[a.Comment]:
			wrong.Add(at+"/comment", "Comment %d is answered twice.", a.Comment)
		case a.Text == "":
			wrong.Add(at+"/text", "Say what you did about it.")
		}
		seen[a.Comment] = true
	}
	return wrong.Err()
}

func split(comments []Comment) (texts []string, places []Place) {
	for _, c := range comments {
		texts, places = append(texts, c.Text), append(places, c.Place)
	}
	return texts, places
}

func join(texts []string, places []Place) []Comment {
	var comments []Comment
	for i, text := range texts {
		c := Comment{Text: text}
		if i < len(places) { // earlier editions of the fact have none
			c.Place = places[i]
		}
		comments = append(comments, c)
	}
	return comments
}

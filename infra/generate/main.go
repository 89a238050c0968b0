// Command generate prints what is derived from the tables: state machines, docs/lifecycles.md, docs/notices.md,
// docs/errors.md and the sample timer events. Run it in the project's folder; -check compares instead of writing.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/notice"
	"github.com/callsheet/callsheet/shared/project"
)

func main() {
	check := flag.Bool("check", false, "fail if a file is not current")
	flag.Parse()
	files, err := generate()
	if err == nil {
		err = settle(files, *check)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// generate makes every derived file, by its path.
func generate() (map[string][]byte, error) {
	tables := slices.Concat(project.Lifecycles(), help.Lifecycles())
	files := map[string][]byte{
		"docs/lifecycles.md": lifecycles(tables),
		"docs/notices.md":    []byte(notice.Markdown()),
		"docs/errors.md":     problems(),
	}
	for _, t := range tables {
		if err := t.Validate(); err != nil {
			return nil, err
		}
		for _, d := range t.Kinds() {
			name := lifecycle.Machine(t.Name, d.Kind)
			asl, err := t.ASL(d)
			if err != nil {
				return nil, err
			}
			files["infra/statemachines/"+name+".asl.json"] = asl
			event, err := sampleAlarm(t, d)
			if err != nil {
				return nil, err
			}
			files["events/timers-"+name+".json"] = event
		}
	}
	return files, nil
}

// settle writes the files, or says which are not current and which should not be there.
func settle(files map[string][]byte, check bool) error {
	var stale []string
	for path, want := range files {
		have, err := os.ReadFile(path)
		if err == nil && bytes.Equal(have, want) {
			continue
		}
		stale = append(stale, path)
		if check {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, want, 0o644); err != nil {
			return err
		}
	}
	left, err := filepath.Glob("infra/statemachines/*")
	if err != nil {
		return err
	}
	for _, path := range left {
		if _, ours := files[path]; !ours {
			stale = append(stale, path+" (nothing makes it any more)")
		}
	}
	slices.Sort(stale)
	if check && len(stale) > 0 {
		return fmt.Errorf("not current, run make generate: %v", stale)
	}
	return nil
}

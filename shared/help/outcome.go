package help

import (
	"slices"
	"strings"
	"time"

	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/problem"
)

// Kind is what a resolution does (A5).
type Kind string

// The kinds.
const (
	ByAnswer         Kind = "answered"
	AssetSupplied    Kind = "asset_supplied"
	DeadlineExtended Kind = "deadline_extended"
	RewardAdjusted   Kind = "reward_adjusted"
	ProjectCorrected Kind = "project_corrected"
	Declined         Kind = "declined"
)

// Kinds lists them all.
func Kinds() []Kind {
	return []Kind{ByAnswer, AssetSupplied, DeadlineExtended, RewardAdjusted, ProjectCorrected, Declined}
}

// Outcome is how a flag ends: words for the pro, and what changes with them.
type Outcome struct {
	Kind   Kind
	Text   string
	To     time.Time    // of deadline_extended
	Amount ledger.Money // of reward_adjusted: the whole reward as it is then
	Assets []Asset      // links, of asset_supplied and project_corrected
	Files  []File       // of asset_supplied
	Brief  string       // of project_corrected
}

// File is one file that travels with a flag. Its key in the bucket is never built from its name (B97).
type File struct {
	ID     string
	Folder string // its uploader's, so that nobody attaches what somebody else announced
	Name   string
	Size   int64 // bytes
	SHA256 string
}

// FileKey is where a file of a flag lies in the bucket.
func FileKey(folder, file string) string { return "help/" + folder + "/" + file }

// Validate holds an outcome to its kind, to the flag's reason, and to what the flag is about.
func (o Outcome) Validate(f Flag) error {
	var wrong problem.Fields
	offer, _ := f.Reason.offer()
	if !slices.Contains(Kinds(), o.Kind) {
		wrong.Add("/outcome", "There is no outcome %q.", o.Kind)
	} else if !slices.Contains(offer.Outcomes, o.Kind) {
		wrong.Add("/outcome", "A flag for %s does not end with %s.", f.Reason, o.Kind)
	}
	if strings.TrimSpace(o.Text) == "" {
		wrong.Add("/text", "Tell the pro in words what came of it.")
	}
	needs := func(kind Kind, has bool, pointer, why string) {
		if (o.Kind == kind) != has {
			wrong.Add(pointer, "%s", why)
		}
	}
	needs(DeadlineExtended, !o.To.IsZero(), "/to", "Give the new deadline with deadline_extended, and only then.")
	needs(RewardAdjusted, o.Amount.Currency != "", "/amount", "Give the whole new reward with reward_adjusted, and only then.")
	if (len(o.Files) > 0 || o.Kind == AssetSupplied) && (o.Kind != AssetSupplied || len(o.Files)+len(o.Assets) == 0) {
		wrong.Add("/uploads", "Give files or links with asset_supplied; files only then.")
	}
	if (o.Brief != "" || o.Kind == ProjectCorrected) && (o.Kind != ProjectCorrected || o.Brief == "" && len(o.Assets) == 0) {
		wrong.Add("/brief", "Give the brief as it is now, or further assets, with project_corrected, and only then.")
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	return o.possible(f)
}

// possible refuses to change a project that is not here.
func (o Outcome) possible(f Flag) error {
	if f.Subject.Reference != "" && o.Kind != ByAnswer && o.Kind != Declined {
		return problem.New(problem.CodeStateChanged, "The project is in the old system: change it there, and answer here.")
	}
	return nil
}

package infra_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/policy"
	jobs "github.com/callsheet/callsheet/shared/project"
)

// TestContractLists holds the closed lists of the contract to where they are decided.
func TestContractLists(t *testing.T) {
	doc, book := loadContract(t), policy.Editions().Current()
	staff := party.Staff()
	actions := slices.Concat(
		offered(jobs.Lifecycle, append(staff, party.Client)...), offered(jobs.InvitationLifecycle, append(staff, party.Pro)...), offered(jobs.AssignmentLifecycle, party.Roles()...),
	)
	for _, o := range jobs.AdjustmentOffers(ledger.Adjustment{Progress: lifecycle.Start(ledger.AdjustmentLifecycle)}, party.Actor{Roles: staff}) {
		actions = append(actions, string(o.Action))
	}
	for _, o := range (jobs.Earned{Reward: ledger.Reward{Progress: lifecycle.Start(ledger.RewardLifecycle)}}).Offers(party.Actor{Roles: staff}, time.Time{}) {
		actions = append(actions, string(o.Action))
	}
	actions = slices.DeleteFunc(slices.Concat(actions, offered(help.Lifecycle, append(staff, party.Pro)...), offered(help.QuestionLifecycle, party.Client)), func(a string) bool {
		return slices.Contains(words(jobs.Help, jobs.Correct, help.Propose), a) // these come with another action
	})
	var kinds, facts, categories []string
	for _, table := range slices.Concat(jobs.Lifecycles(), help.Lifecycles()) {
		for _, d := range table.Kinds() {
			kinds = append(kinds, d.Kind)
		}
	}
	for _, f := range slices.Concat(jobs.Facts(), help.Facts()) {
		facts = append(facts, f.FactName())
	}
	for _, c := range book.Categories {
		categories = append(categories, c.Name)
	}
	types := words(jobs.Speedy, jobs.Contest, jobs.Booking)
	adjustments := words(ledger.Credit, ledger.ExtraFee, ledger.Correction)
	releases := words(policy.AfterHold, policy.OnClientApproval)
	for at, want := range map[string][]string{
		"Category": categories, "Action.action": actions, "Deadline.kind": kinds, "Fact.fact": facts, "Money.currency": currencies(),
		"ProjectBody.type": types, "ProjectView.type": types, "ProjectSummary.type": types, "InvitationView.type": types,
		"InvitationSummary.type": types, "InvitationSummary.state": words(jobs.InvitationLifecycle.States()...), "AssignmentSummary.state": words(jobs.AssignmentLifecycle.States()...),
		"DueRow.kind": kinds, "DueRow.what": {"project", "assignment", "reward", "flag"},
		"ProjectView.state": words(jobs.Lifecycle.States()...), "ProjectSummary.state": words(jobs.Lifecycle.States()...),
		"InvitationView.state": words(jobs.InvitationLifecycle.States()...), "InvitationLine.state": words(jobs.InvitationLifecycle.States()...),
		"AssignmentView.state": words(jobs.AssignmentLifecycle.States()...), "DeliveryView.state": words(jobs.AssignmentLifecycle.States()...),
		"RewardView.state": words(ledger.RewardLifecycle.States()...), "RewardView.rule": releases,
		"AdjustmentView.state": words(ledger.AdjustmentLifecycle.States()...), "AdjustmentView.kind": adjustments, "AdjustmentBody.kind": adjustments,
		"TermsView.release": releases, "StrayView.state": words(jobs.StrayLifecycle.States()...),
		"FlagView.state": words(help.Lifecycle.States()...), "FlagSummary.state": words(help.Lifecycle.States()...), "ClientQuestionView.state": words(help.QuestionLifecycle.States()...),
		"FlagBody.reason": reasons(), "FlagView.reason": reasons(), "ReasonView.reason": reasons(), "ReasonView.outcomes": words(help.Kinds()...),
		"ResolveBody.outcome": words(help.Kinds()...), "OutcomeView.outcome": words(help.Kinds()...),
		"ProfileBody.roles": words(party.Roles()...), "ProfileView.roles": words(party.Roles()...), "Entry.role": words(append(party.Roles(), lifecycle.Timer, party.Stranger.Roles[0])...),
		"ProfileBody.language": party.Languages(), "ProfileView.language": party.Languages(),
	} {
		t.Run(at+" lists what the code knows", func(t *testing.T) {
			schema := doc.property(t, at)
			if schema.Type.Is("array") {
				schema = schema.Items.Value
			}
			equal(t, "components.schemas."+at+".enum", texts(schema.Enum), want)
		})
	}
}

// TestContractLimits holds the numbers of the contract to the policy.
func TestContractLimits(t *testing.T) {
	doc, book := loadContract(t), policy.Editions().Current()
	for at, want := range map[string]int{"InviteBody.invitations": book.InvitationsPerCall, "SubmitBody.uploads": book.FilesPerVersion, "FlagBody.uploads": book.Help.Attachments,
		"FlagCommentBody.uploads": book.Help.Attachments, "ResolveBody.uploads": book.Help.Attachments, "UploadBody.sha256": int(book.FileSize / book.PartSize)} {
		t.Run(at+" has the policy's limit", func(t *testing.T) {
			if got := *doc.property(t, at).MaxItems; got != uint64(want) {
				t.Errorf("components.schemas.%s.maxItems is %d; policy says %d", at, got, want)
			}
		})
	}
	for at, want := range map[string]int64{"ProjectBody.seats": int64(book.SeatsPerProject), "UploadBody.size": book.FileSize} {
		t.Run(at+" has the policy's limit", func(t *testing.T) {
			if got := *doc.property(t, at).Max; got != float64(want) {
				t.Errorf("components.schemas.%s.maximum is %.0f; policy says %d", at, got, want)
			}
		})
	}
}

// property is a schema by its name, or one of its properties.
func (c contract) property(t *testing.T, at string) *openapi3.Schema {
	t.Helper()
	name, property, nested := strings.Cut(at, ".")
	schema := c.Components.Schemas[name]
	if schema != nil && nested {
		schema = schema.Value.Properties[property]
	}
	if schema == nil {
		t.Fatalf("components.schemas has no %s", at)
	}
	return schema.Value
}

func reasons() []string {
	var names []string
	for _, o := range help.Reasons() {
		names = append(names, string(o.Reason))
	}
	return names
}

// offered are the actions that roles are ever told about.
func offered(table lifecycle.Table, roles ...lifecycle.Role) []string {
	var names []string
	for _, o := range table.Offers(table.Initial, roles...) {
		names = append(names, string(o.Action))
	}
	return names
}

// currencies are those in which the ledger reads some amount.
func currencies() []string {
	var found []string
	for n := range 26 * 26 * 26 {
		code := string([]byte{'A' + byte(n/676), 'A' + byte(n/26%26), 'A' + byte(n%26)})
		for _, amount := range []string{"1", "1.00", "1.000"} {
			if _, err := ledger.Parse(amount, code); err == nil {
				found = append(found, code)
			}
		}
	}
	return found
}

func texts(values []any) []string {
	var out []string
	for _, v := range values {
		out = append(out, v.(string))
	}
	return out
}

func words[S ~string](values ...S) []string {
	var out []string
	for _, v := range values {
		out = append(out, string(v))
	}
	return out
}

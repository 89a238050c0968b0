package local_test

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/callsheet/callsheet/infra/local"
	"github.com/callsheet/callsheet/shared/dynamo/item"
)

// damage is one fault in the rows, and the invariant that must be told of.
type damage struct {
	name      string
	kind, has string // the row's kind, and a part of its keys
	do        func(row item.Item) item.Item
	want      string
}

func TestFsck(t *testing.T) {
	tn := open(t)
	paid := tn.assignment("pro-ana", nil)
	tn.submit("pro-ana", paid)
	tn.passQC(paid)
	tn.pass(30 * 24 * time.Hour)
	working := tn.assignment("pro-ben", nil)
	charged := "rwd_" + strings.TrimPrefix(tn.agreed("pro-cem"), "asg_") + "-1"
	frozen := tn.assignment("pro-cem", nil)
	tn.submit("pro-cem", frozen)
	tn.passQC(frozen)
	tn.decide("agent", "/v1/rewards/rwd_"+frozen[len("asg_"):]+"/freeze", http.StatusOK, nil)
	credit := tn.decide("agent", "/v1/assignments/"+frozen+"/adjustments", http.StatusCreated, map[string]any{"kind": "credit", "amount": map[string]string{"amount": "20.00", "currency": "USD"}})
	fee := tn.decide("agent", "/v1/assignments/"+frozen+"/adjustments", http.StatusCreated, map[string]any{"kind": "fee", "amount": map[string]string{"amount": "10.00", "currency": "USD"}})
	undone := tn.decide("agent", "/v1/assignments/"+frozen+"/adjustments", http.StatusCreated, map[string]any{"kind": "correction", "of": fee})
	tn.decide("agent", "/v1/assignments/"+paid+"/adjustments", http.StatusCreated, map[string]any{"kind": "correction", "of": "rwd_" + paid[len("asg_"):]})
	translated, reading := tn.proofread()
	tn.pass(0)
	for _, who := range []string{"pro-ben", "agent", "pro-ben"} {
		answer, err := tn.as(who).Post("/v1/assignments/"+working+"/messages", map[string]string{"text": "A word."})
		tn.must(err)
		tn.must(answer.Into(http.StatusCreated, nil))
	}
	won, lost := tn.contest("pro-ana", "pro-ben")
	tn.pass(0)
	tn.sound()

	number := func(n int) types.AttributeValue { return &types.AttributeValueMemberN{Value: strconv.Itoa(n)} }
	text := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	gone := func(item.Item) item.Item { return nil }
	put := func(v types.AttributeValue, path ...string) func(item.Item) item.Item {
		return func(row item.Item) item.Item { return with(row, v, path) }
	}
	lessened := func(row item.Item) item.Item { // as much as is kept too little is said to be taken away
		row = with(row, number(110_00), []string{"body", "Amount", "Minor"})
		return with(row, &types.AttributeValueMemberM{Value: item.Item{"Minor": number(10_00), "Currency": text("USD")}}, []string{"body", "Forgone"})
	}
	for _, d := range []damage{
		{"an entry that does not sum to zero", "entry", ".hold", put(number(1), "body", "Postings", "0", "Amount", "Minor"), "I1:"},
		{"a credit without its entry", "entry", ".credit", gone, "I4:"},
		{"a hold of another amount than the reward", "reward", paid[len("asg_"):], put(number(7), "body", "Amount", "Minor"), "I4:"},
		{"a credit at another instant than promised", "reward", paid[len("asg_"):], put(text("2027-04-01T00:00:00.000Z"), "body", "CreditedAt"), "I4:"},
		{"a passed assignment without a reward", "reward", paid[len("asg_"):], gone, "I4:"},
		{"a fee that is not there", "reward", charged, gone, "I4:"},
		{"a fee that its assignment does not know of", "reward", charged, put(number(2), "body", "Change"), "I4:"},
		{"a fee that is charged to somebody else", "entry", charged + ".hold", put(text("client:somebody"), "body", "Postings", "0", "Account"), "I5:"},
		{"a fee that nothing releases once its changes are made", "assignment", "asg_" + strings.TrimSuffix(strings.TrimPrefix(charged, "rwd_"), "-1"), put(number(2), "body", "Request", "Number"), "I10:"},
		{"a seat of another pro than its assignment", "assignment", working, put(text("pro#pro-cem"), "listPK"), "I12:"},
		{"an adjustment without its entry", "entry", credit, gone, "I4:"},
		{"an adjustment of another amount than its entry", "adjustment", credit, put(number(7), "body", "Share", "Minor"), "I4:"},
		{"an entry without its adjustment", "adjustment", credit, gone, "I4:"},
		{"a reversal that nothing was reversed by", "entry", undone, put(text(""), "body", "Reverses"), "I3:"},
		{"an adjustment approved by who proposed it", "adjustment", credit, put(text("agent"), "body", "DecidedBy"), "I30:"},
		{"a frozen reward with an alarm", "reward", frozen[len("asg_"):], put(text("held"), "body", "Progress", "State"), "I10:"},
		{"an assignment without a seat", "project", "prj_", put(&types.AttributeValueMemberL{}, "body", "Seats"), "I12:"},
		{"an entry that a pick left undecided", "assignment", lost, put(text("in_review"), "body", "Progress", "State"), "A14:"},
		{"somebody passed over where nobody was picked", "assignment", working, put(text("not_picked"), "body", "Progress", "State"), "A14:"},
		{"who was not picked and keeps less than their share", "reward", lost[len("asg_"):], lessened, "A13:"},
		{"a winner who keeps less than their reward", "reward", won[len("asg_"):], lessened, "A13:"},
		{"a share taken away without its entry", "reward", lost[len("asg_"):], lessened, "I4:"},
		{"a round that is not there", "round", "rnd_", gone, "I12:"},
		{"a state without its deadline", "assignment", working, put(&types.AttributeValueMemberL{}, "body", "Progress", "Deadlines"), "I10:"},
		{"a state that no event led to", "assignment", paid, put(text("working"), "body", "Progress", "State"), "I9:"},
		{"a version that no commit wrote", "assignment", working, put(number(9), "body", "Version"), "I18:"},
		{"a commit whose event is lost", "event", working, gone, "I18:"},
		{"a record that is lost while its events are there", "assignment", working, gone, "I14:"},
		{"an outbox that is still open", "event", working, put(text("yes"), "tell"), "I32:"},
		{"a record that the sweep does not find", "assignment", working, put(text("2028-01-01T00:00:00.000Z#x"), "dueSK"), "I23:"},
		{"an entry that the book of its month lacks", "entry", ".hold", put(text("book#2020-01"), "listPK"), "I23:"},
		{"an invitation that is on nobody's list", "invitation", "inv_", gone, "I32:"},
		{"an invitation that is listed and was never sent", "invitation", "inv_", put(text("prj_other"), "body", "Project"), "I32:"},
		{"a translation that is proofread by something else", "project", translated, put(text("prj_other"), "body", "Proofreading"), "R32:"},
		{"a proofreading of nothing", "assignment", reading, put(text("prj_other"), "body", "Of"), "R32:"},
		{"a translator who proofreads their own work", "project", translated, put(text("pro-ben"), "body", "Seats", "0", "Pro"), "R32:"},
		{"a message that is lost", "message", "msg_00000002", gone, "I26:"},
		{"a message without a source", "message", "msg_00000003", put(text(""), "body", "Source", "ID"), "I26:"},
		{"a thread that is lost", "thread", "thr_", gone, "I26:"},
		{"a mark that counts otherwise than the messages", "thread", "thr_", put(number(7), "body", "TeamRead", "Unread"), "I26:"},
		{"a thread that staff do not find", "thread", "thr_", put(text("qc"), "queuePK"), "I23:"},
		{"a row of a format from the future", "assignment", working, put(number(2), "format"), "I32:"},
	} {
		t.Run("tells of "+d.name, func(t *testing.T) { tn.in(t).damaged(d) })
	}
	tn.sound()
}

// proofread is a translation of Ana's that Ben proofreads: its project, and his assignment.
func (tn *town) proofread() (translated, reading string) {
	tn.t.Helper()
	translated = tn.project(nil)
	invitations := tn.invite(translated, "pro-ana", "pro-ben")
	tn.accept("pro-ana", invitations[0])
	answer, err := tn.as("agent").Post("/v1/projects/"+translated+"/proofreading", map[string]any{"reward": map[string]string{"amount": "35.00", "currency": "USD"}})
	tn.must(err)
	var made struct {
		Round struct{ Invitations []struct{ ID string } }
	}
	tn.must(answer.Into(http.StatusCreated, &made))
	return translated, tn.accept("pro-ben", made.Round.Invitations[0].ID)
}

// damaged does the damage, expects it to be told of, and repairs it.
func (tn *town) damaged(d damage) {
	tn.t.Helper()
	client, ctx := tn.table(), tn.t.Context()
	before := tn.row(d.kind, d.has)
	after := d.do(before)
	var err error
	if after == nil {
		_, err = client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &tn.Table, Key: item.KeyOf(before)})
	} else {
		_, err = client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &tn.Table, Item: after})
	}
	tn.must(err)
	if err := tn.Fsck(); err == nil || !strings.Contains(err.Error(), d.want) {
		tn.t.Errorf("fsck says %v, want %s", err, d.want)
	}
	_, err = client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &tn.Table, Item: before})
	tn.must(err)
	tn.sound()
}

// row is the first of a kind with that text in its keys.
func (tn *town) row(kind, has string) item.Item {
	tn.t.Helper()
	for _, row := range tn.rows() {
		if item.Text(row, item.Kind) == kind && strings.Contains(item.Text(row, item.PK)+item.Text(row, item.SK), has) {
			return row
		}
	}
	tn.t.Fatalf("no %s row with %s", kind, has)
	return nil
}

// with is a copy of the row with one value replaced, deep inside; a number in the path is an index.
func with(row item.Item, v types.AttributeValue, path []string) item.Item {
	return replaced(&types.AttributeValueMemberM{Value: row}, v, path).(*types.AttributeValueMemberM).Value
}

func replaced(in, v types.AttributeValue, path []string) types.AttributeValue {
	if len(path) == 0 {
		return v
	}
	switch in := in.(type) {
	case *types.AttributeValueMemberM:
		out := item.Item{}
		for name, field := range in.Value {
			out[name] = field
		}
		out[path[0]] = replaced(in.Value[path[0]], v, path[1:])
		return &types.AttributeValueMemberM{Value: out}
	case *types.AttributeValueMemberL:
		out := append([]types.AttributeValue{}, in.Value...)
		n, err := strconv.Atoi(path[0])
		if err != nil {
			panic(err) // a path of these tests
		}
		out[n] = replaced(in.Value[n], v, path[1:])
		return &types.AttributeValueMemberL{Value: out}
	}
	panic("no way into " + path[0])
}

// TestInspect reads the folder of a stopped cloud: the same faults, and nothing written.
func TestInspect(t *testing.T) {
	tn := open(t)
	paid := tn.assignment("pro-ana", nil)
	tn.submit("pro-ana", paid)
	tn.passQC(paid)
	tn.decide("agent", "/v1/assignments/"+paid+"/adjustments", http.StatusCreated, map[string]any{"kind": "fee", "amount": map[string]string{"amount": "10.00", "currency": "USD"}})
	tn.pass(0)
	t.Run("refuses a folder that a cloud has open", func(t *testing.T) {
		if report, err := local.Inspect(tn.config.Data); err == nil {
			t.Errorf("got %+v", report)
		}
	})
	entry := tn.row("entry", paid[len("asg_"):])
	damaged := with(entry, &types.AttributeValueMemberN{Value: "1"}, []string{"body", "Postings", "0", "Amount", "Minor"})
	_, err := tn.table().PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &tn.Table, Item: damaged})
	tn.must(err)
	tn.close()
	before, err := os.ReadFile(filepath.Join(tn.config.Data, "cloud.db"))
	tn.must(err)
	report, err := local.Inspect(tn.config.Data)
	tn.must(err)
	t.Run("counts rows and money of a stopped one, and tells its faults — I1", func(t *testing.T) {
		if report.Rows["assignment"] != 1 || report.Rows["entry"] != 2 || report.Book.Entries != 2 || report.Book.Turnovers["client"]["USD"].Out.Minor != 1000 {
			t.Errorf("got %+v", report)
		}
		if told := errors.Join(report.Faults...); told == nil || !strings.Contains(told.Error(), "I1:") || report.Book.Balanced() {
			t.Errorf("told %v, balanced: %t", told, report.Book.Balanced())
		}
	})
	t.Run("changes nothing", func(t *testing.T) {
		if after, err := os.ReadFile(filepath.Join(tn.config.Data, "cloud.db")); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%d bytes before, %d after, %v", len(before), len(after), err)
		}
	})
	t.Run("refuses a folder without data", func(t *testing.T) {
		if report, err := local.Inspect(t.TempDir()); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("got %+v, %v", report, err)
		}
	})
}

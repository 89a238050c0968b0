package local_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/callsheet/callsheet/infra/local"
	"github.com/callsheet/callsheet/shared/dynamo/item"
)

// batch is every stream record that concerns a function, as its mapping delivers them.
func (tn *town) batch(mark string) map[string]any {
	tn.t.Helper()
	found, err := tn.Database.ReadStream(tn.Table, "", 10_000)
	tn.must(err)
	var records []json.RawMessage
	for _, r := range found {
		var change struct {
			EventName string
			DynamoDB  struct {
				NewImage map[string]json.RawMessage
			}
		}
		tn.must(json.Unmarshal(r.JSON, &change))
		if change.EventName == "INSERT" && string(change.DynamoDB.NewImage[mark]) == `{"S":"yes"}` {
			records = append(records, r.JSON)
		}
	}
	return map[string]any{"Records": records}
}

func TestStreamFaults(t *testing.T) {
	t.Run("a batch that is delivered twice sends no second mail and starts no second execution (F23, F33)", func(t *testing.T) {
		tn := open(t)
		assignment := tn.assignment("pro-ana", nil)
		tn.submit("pro-ana", assignment)
		tn.passQC(assignment)
		tn.pass(0)
		mails, executions := tn.sends(), tn.Machines.Usage().Executions
		tell, alarms := tn.batch("tell"), tn.batch("alarm")
		for _, when := range []string{"at once", "after executions have ended"} {
			for range 2 {
				equal(t, "notify, "+when, string(tn.invoke("notify", tell)), `{"batchItemFailures":[]}`)
				equal(t, "schedule, "+when, string(tn.invoke("schedule", alarms)), `{"batchItemFailures":[]}`)
			}
			equal(t, "mails, "+when, tn.sends(), mails)
			equal(t, "executions, "+when, tn.Machines.Usage().Executions, executions)
			tn.pass(31 * 24 * time.Hour)
			mails = tn.sends()
		}
		tn.sound()
	})
	t.Run("a poison record is tried ten times more, told to the queue with what is needed to replay it, and holds up nobody (F26)", func(t *testing.T) {
		tn := open(t)
		poison := item.Item{"PK": item.S("project#poison"), "SK": item.S("event#evt_poison"), "kind": item.S("event"), "tell": item.S("yes"), "alarm": item.S("yes"), "format": item.N(99)}
		tn.put(poison)
		assignment := tn.assignment("pro-ana", nil)
		executions := tn.Machines.Usage().Executions
		tn.pass(time.Hour)
		equal(t, "state of what came after the poison", tn.state("pro-ana", assignment), "working")
		equal(t, "mails behind the poison", len(tn.mails("invitation")), 1)
		if tn.Machines.Usage().Executions == executions {
			t.Error("no alarm was started behind the poison")
		}
		tn.leftOver(2, "RetryAttemptsExhausted", 11)
		tn.remove(poison)
		tn.sound()
	})
	t.Run("an event that nobody can read does not keep the sweep from telling the others (F26, F32)", func(t *testing.T) {
		tn := open(t, func(c *local.Config) { c.Binaries = without(t, "notify") })
		poison := item.Item{
			"PK": item.S("project#poison"), "SK": item.S("event#evt_poison"), "kind": item.S("event"), "tell": item.S("yes"), "format": item.N(99),
			"duePK": item.S(item.OutboxPartition(0)), "dueSK": item.S(item.Stamp(noon) + "#evt_poison"),
		}
		tn.put(poison)
		tn.invite(tn.project(nil), "pro-ana")
		tn.pass(time.Hour)
		equal(t, "invitation mails", len(tn.mails("invitation")), 1)
		tn.remove(poison)
		tn.sound()
	})
	t.Run("while both stream functions are down for 30 hours the sweep sends the mails and fires the deadlines (F27, F34, F39)", func(t *testing.T) {
		tn := open(t, func(c *local.Config) { c.Binaries = without(t, "notify", "schedule") })
		project := tn.project(nil)
		tn.invite(project, "pro-ana", "pro-ben")
		tn.pass(30 * time.Minute)
		equal(t, "invitation mails", len(tn.mails("invitation")), 2)
		tn.pass(30 * time.Hour)
		equal(t, "executions", tn.Machines.Usage().Executions, 0)
		tn.pass(72*time.Hour - 30*time.Hour - 20*time.Minute) // ten minutes after the round's end
		tn.onTime(10 * time.Minute)
		tn.pass(30 * time.Minute)
		equal(t, "mails that the round is over", len(tn.mails("round_expired")), 1)
		tn.sound()
	})
}

// onTime holds that no deadline is overdue for longer than that.
func (tn *town) onTime(most time.Duration) {
	tn.t.Helper()
	late := 0
	for _, row := range tn.rows() {
		if strings.HasPrefix(item.Text(row, item.DuePK), "due#") && item.Text(row, item.DueSK) < item.Stamp(tn.Clock.Now().Add(-most)) {
			late++
		}
	}
	equal(tn.t, "deadlines overdue for longer than "+most.String(), late, 0)
}

func (tn *town) sends() int {
	tn.t.Helper()
	tn.pass(0)
	u, err := tn.Mail.Usage()
	tn.must(err)
	return u.Sends
}

func (tn *town) put(row item.Item) {
	tn.t.Helper()
	_, err := tn.table().PutItem(tn.t.Context(), &dynamodb.PutItemInput{TableName: &tn.Table, Item: row})
	tn.must(err)
}

func (tn *town) remove(row item.Item) {
	tn.t.Helper()
	_, err := tn.table().DeleteItem(tn.t.Context(), &dynamodb.DeleteItemInput{TableName: &tn.Table, Key: item.KeyOf(row)})
	tn.must(err)
}

// queue is where the sweep and the stream functions leave what keeps failing.
func (tn *town) queue() string {
	tn.t.Helper()
	for _, f := range parsed(tn.t).Functions {
		if f.Async.OnFailure != "" {
			return f.Async.OnFailure
		}
	}
	tn.t.Fatal("no function has an on-failure queue")
	return ""
}

// leftOver holds the messages of the on-failure queue: why, after how many tries, and where in the stream to read again.
func (tn *town) leftOver(n int, condition string, tries int) {
	tn.t.Helper()
	queued, err := tn.Queues.Messages(tn.queue())
	tn.must(err)
	equal(tn.t, "messages in the queue", len(queued), n)
	for _, m := range queued {
		var body struct {
			RequestContext struct {
				Condition              string
				ApproximateInvokeCount int
			}
			DDBStreamBatchInfo struct {
				StartSequenceNumber, EndSequenceNumber, StreamArn string
				BatchSize                                         int
			}
		}
		tn.must(json.Unmarshal(m.Body, &body))
		info := body.DDBStreamBatchInfo
		if body.RequestContext.Condition != condition || body.RequestContext.ApproximateInvokeCount != tries || info.BatchSize != 1 ||
			info.StartSequenceNumber == "" || info.StartSequenceNumber != info.EndSequenceNumber || info.StreamArn == "" {
			tn.t.Errorf("left over: %s", m.Body)
		}
	}
}

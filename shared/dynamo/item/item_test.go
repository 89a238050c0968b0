package item_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/callsheet/callsheet/shared/dynamo/item"
	"github.com/callsheet/callsheet/shared/ledger"
	"github.com/callsheet/callsheet/shared/lifecycle"
	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/project"
	"github.com/callsheet/callsheet/shared/store"
)

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

type strangeFact struct{ Title string }

func (strangeFact) FactName() string { return "project.created" }

type strangeRecord struct{ party.Profile }

func TestRefusals(t *testing.T) {
	event := store.Event{ID: "evt_1", Subject: store.Ref{Kind: store.Project, ID: "prj_1"}, At: noon}
	good, err := item.EncodeEvent(event)
	if err != nil {
		t.Fatal(err)
	}
	with := func(name string, v types.AttributeValue) item.Item {
		changed := item.Item{}
		for n, had := range good {
			changed[n] = had
		}
		changed[name] = v
		return changed
	}
	row := func(i item.Item) func() error {
		return func() error { _, err := decode(i); return err }
	}
	facts := func(v types.AttributeValue) types.AttributeValue {
		return &types.AttributeValueMemberM{Value: item.Item{"Facts": &types.AttributeValueMemberL{Value: []types.AttributeValue{v}}}}
	}
	for name, c := range map[string]struct {
		do   func() error
		says string
	}{
		"refuses a row of an unknown kind": {row(with(item.Kind, item.S("weather"))), `unknown kind "weather"`},
		"refuses a row of a newer format":  {row(with(item.Format, item.N(2))), "has format 2"},
		"refuses a row without a format":   {row(with(item.Format, nil)), "has format 0"},
		"refuses a row without a body":     {func() error { _, err := item.DecodeEntry(good); return err }, `is of kind "event", not "entry"`},
		"refuses a field of another type":  {row(with(item.Body, &types.AttributeValueMemberM{Value: item.Item{"At": item.N(1), "ID": &types.AttributeValueMemberBOOL{Value: true}}})), "decode event"},
		"refuses an unknown fact":          {row(with(item.Body, facts(&types.AttributeValueMemberM{Value: item.Item{"fact": item.S("sun.rose")}}))), `unknown fact "sun.rose"`},
		"refuses a fact that is no map":    {row(with(item.Body, facts(item.S("sun.rose")))), "a fact is a map"},
		"refuses an image that is no item": {func() error { _, err := item.DecodeImage([]byte(`{"PK":"x"}`)); return err }, "stream image"},
		"refuses to write a strange fact": {func() error {
			e := event
			e.Facts = []store.Fact{strangeFact{}}
			_, err := item.EncodeEvent(e)
			return err
		}, "unknown fact"},
		"refuses to write a strange record":    {func() error { _, err := item.EncodeRecord(strangeRecord{party.Profile{ID: "ana"}}); return err }, "strangeRecord"},
		"refuses an unknown kind of record":    {func() error { _, err := item.RecordKey(store.Ref{Kind: "weather", ID: "1"}); return err }, `unknown kind of record "weather"`},
		"refuses a reward without its pro":     {func() error { _, err := item.RecordKey(store.Ref{Kind: store.Reward, ID: "rwd_1"}); return err }, "kept with its Pro"},
		"refuses a message without its thread": {func() error { _, err := item.RecordKey(store.Ref{Kind: store.Message, ID: "msg_1"}); return err }, "kept with its Thread"},
		"refuses a timeline of a message": {func() error {
			_, err := item.TimelinePartition(store.Ref{Kind: store.Message, ID: "msg_1", Owner: "thr_1.ana"})
			return err
		}, "has no timeline"},
		"refuses a timeline of a reward": {func() error {
			_, err := item.TimelinePartition(store.Ref{Kind: store.Reward, ID: "rwd_1", Owner: "ana"})
			return err
		}, "has no timeline"},
		"refuses a ref from an event's key": {func() error { _, err := item.RefOf(good); return err }, "not the key of a record"},
		"refuses a reply that is not gzip":  {brokenReply, "request 1"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.do(); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want an error that says %q", err, c.says)
			}
		})
	}
}

func brokenReply() error {
	i, err := item.EncodeRequest(store.Request{ID: "1", Reply: store.Reply{Body: []byte("{}")}, ExpiresAt: noon})
	if err != nil {
		return err
	}
	reply := i[item.Body].(*types.AttributeValueMemberM).Value["Reply"].(*types.AttributeValueMemberM)
	reply.Value["Body"] = &types.AttributeValueMemberB{Value: []byte("plain")}
	_, err = item.DecodeRequest(i)
	return err
}

func TestRecordKey(t *testing.T) {
	for name, id := range map[string]string{"an empty ID": "", "an ID of 256 bytes": strings.Repeat("x", 256)} {
		t.Run("no record has "+name, func(t *testing.T) {
			if _, err := item.RecordKey(store.Ref{Kind: store.Project, ID: id}); !errors.Is(err, store.ErrNoRecord) {
				t.Errorf("got %v, want ErrNoRecord", err)
			}
		})
	}
	for _, ref := range []store.Ref{
		{Kind: store.Profile, ID: "auth0|ana@example.com"}, {Kind: store.Project, ID: "prj_1"}, {Kind: store.Round, ID: "rnd_1"},
		{Kind: store.Assignment, ID: "asg_1"}, {Kind: store.Reward, ID: "rwd_1", Owner: "ana"},
		{Kind: store.Thread, ID: "thr_1.auth0|ana@example.com"}, {Kind: store.Message, ID: "msg_00000001", Owner: "thr_1.auth0|ana@example.com"},
	} {
		t.Run("leads back to the "+ref.Kind, func(t *testing.T) {
			key, err := item.RecordKey(ref)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := item.RefOf(key); err != nil || got != ref {
				t.Errorf("got %+v, %v, want %+v", got, err, ref)
			}
		})
	}
}

func TestSparseIndexes(t *testing.T) {
	t.Run("a record without deadlines is not in the due index", func(t *testing.T) {
		i, err := item.EncodeRecord(project.Project{ID: "prj_1", Version: 1, Client: "acme"})
		if err != nil {
			t.Fatal(err)
		}
		if i[item.DuePK] != nil || i[item.DueSK] != nil {
			t.Errorf("it has %v / %v", i[item.DuePK], i[item.DueSK])
		}
	})
	t.Run("an assignment is in the queue only while it is in quality control, and in its pro's list always", func(t *testing.T) {
		a := project.Assignment{ID: "asg_1", Version: 1, Pro: "ana", WaitsSince: noon}
		for _, state := range project.AssignmentLifecycle.States() {
			a.Progress.State = state
			i, err := item.EncodeRecord(a)
			if err != nil {
				t.Fatal(err)
			}
			if waits := item.Text(i, item.QueuePK) == "qc" && i[item.QueueSK] != nil; waits != (state == project.InQC) {
				t.Errorf("%s: waits %v", state, waits)
			}
			if item.Text(i, item.ListPK) != "pro#ana" {
				t.Errorf("%s: not in its pro's list", state)
			}
		}
	})
	t.Run("an event has marks for what it causes and no others", func(t *testing.T) {
		e := store.Event{ID: "evt_1", Subject: store.Ref{Kind: store.Project, ID: "prj_1"}, At: noon}
		quiet, err := item.EncodeEvent(e)
		if err != nil {
			t.Fatal(err)
		}
		e.Outbox, e.Armed = true, []store.Alarm{{Kind: project.RoundExpiry}}
		loud, err := item.EncodeEvent(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{item.Alarm, item.Tell, item.DuePK, item.DueSK} {
			if quiet[name] != nil || loud[name] == nil {
				t.Errorf("%s: %v without cause, %v with", name, quiet[name], loud[name])
			}
		}
	})
}

func TestDecodeImage(t *testing.T) {
	t.Run("reads what the stream carries", func(t *testing.T) {
		want := samples()["event-seat.taken"].(store.Event)
		i, err := item.EncodeEvent(want)
		if err != nil {
			t.Fatal(err)
		}
		image, err := attributevalue.MarshalMapJSON(i)
		if err != nil {
			t.Fatal(err)
		}
		got, err := item.DecodeImage(image)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestEvent(t *testing.T) {
	t.Run("says once what its alarms and ended deadlines repeat", func(t *testing.T) {
		subject, other := store.Ref{Kind: store.Assignment, ID: "asg_1"}, store.Ref{Kind: store.Reward, ID: "rwd_1", Owner: "ana"}
		want := store.Event{ID: "evt_1", Subject: subject, At: noon, Armed: []store.Alarm{
			{Machine: lifecycle.Machine("assignment", project.ReviewAutoClose), Ref: subject, Kind: project.ReviewAutoClose, Entry: 3, DueAt: noon},
			{Machine: lifecycle.Machine("reward", ledger.ReleaseDeadline), Ref: other, Kind: ledger.ReleaseDeadline, Entry: 2, DueAt: noon},
			{Machine: "another", Ref: subject, Kind: project.DeliveryDue, Entry: 1, DueAt: noon},
		}, Ended: []store.Ended{{Ref: subject, Kind: project.DeliveryDue, At: noon, How: "cancelled"}, {Ref: other, Kind: "x", At: noon, How: "fired"}}}
		given := want
		given.Armed, given.Ended = slices.Clone(want.Armed), slices.Clone(want.Ended)
		i, err := item.EncodeEvent(given)
		if err != nil {
			t.Fatal(err)
		}
		if text := string(pretty(t, i)); strings.Count(text, "asg_1") != 1 || strings.Count(text, "Machine") != 1 {
			t.Errorf("it repeats itself: %s", text)
		}
		got, err := item.DecodeEvent(i)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]store.Event{want, want}, []store.Event{got, given}); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestZeroValues(t *testing.T) {
	t.Run("are left out of maps and keep their place in lists", func(t *testing.T) {
		want := project.Project{ID: "prj_1", Version: 1, Seats: []project.Seat{{}, {Pro: "ana"}}, Rounds: []project.Invitations{{}}}
		i, err := item.EncodeRecord(want)
		if err != nil {
			t.Fatal(err)
		}
		body := i[item.Body].(*types.AttributeValueMemberM).Value
		if len(body) != 3 {
			t.Errorf("the body has %d attributes, want Version, Seats and Rounds", len(body))
		}
		got, err := item.DecodeRecord(i)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(store.Record(want), got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("the largest amount comes back exactly", func(t *testing.T) {
		want := ledger.Entry{ID: "rwd_1.hold", Pro: "ana", Postings: []ledger.Posting{{Amount: ledger.Money{Minor: 1<<63 - 1}}, {Amount: ledger.Money{Minor: -1 << 63}}}}
		i, err := item.EncodeEntry(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := item.DecodeEntry(i)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestRequest(t *testing.T) {
	t.Run("keeps a reply packed and gives it back as it was", func(t *testing.T) {
		body := `{"items":[` + strings.Repeat(`{"state":"open","actions":[]},`, 100) + `{}]}`
		want := store.Request{ID: "1", Fingerprint: "f", Reply: store.Reply{Status: 201, Body: []byte(body)}, ExpiresAt: noon}
		i, err := item.EncodeRequest(want)
		if err != nil {
			t.Fatal(err)
		}
		reply := i[item.Body].(*types.AttributeValueMemberM).Value["Reply"].(*types.AttributeValueMemberM)
		if packed := reply.Value["Body"].(*types.AttributeValueMemberB).Value; len(packed)*10 > len(body) {
			t.Errorf("%d bytes were packed into %d", len(body), len(packed))
		}
		got, err := item.DecodeRequest(i)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("reads a reply that was packed long ago", func(t *testing.T) {
		raw, err := os.ReadFile("testdata/old/request-packed.json")
		if err != nil {
			t.Fatal(err)
		}
		got, err := item.DecodeRequest(parse(t, raw))
		if err != nil {
			t.Fatal(err)
		}
		if want := `{"id":"asg_1","state":"working"}`; string(got.Reply.Body) != want {
			t.Errorf("got %s, want %s", got.Reply.Body, want)
		}
	})
	t.Run("is dropped by the table in no second before it has expired", func(t *testing.T) {
		for after, want := range map[time.Duration]int64{0: 0, time.Millisecond: 1, 999 * time.Millisecond: 1, time.Second: 1} {
			i, err := item.EncodeRequest(store.Request{ID: "1", ExpiresAt: noon.Add(after)})
			if err != nil {
				t.Fatal(err)
			}
			var ttl int64
			if err := attributevalue.Unmarshal(i[item.TTL], &ttl); err != nil || ttl != noon.Unix()+want {
				t.Errorf("%s after noon: ttl is %d seconds after it, %v", after, ttl-noon.Unix(), err)
			}
		}
	})
}

func TestMark(t *testing.T) {
	mark := func(mails ...string) item.Mark {
		m := item.Mark{At: noon}
		for _, recipient := range mails {
			m.Mails = append(m.Mails, store.Mail{Notice: "invitation", Recipient: recipient, MessageID: "ses-1"})
		}
		return m
	}
	t.Run("is dropped by the table after 400 days", func(t *testing.T) {
		row, err := item.EncodeMark("evt_1", mark("ana"))
		if err != nil {
			t.Fatal(err)
		}
		var ttl int64
		if err := attributevalue.Unmarshal(row[item.TTL], &ttl); err != nil || ttl != noon.AddDate(0, 0, 400).Unix() {
			t.Errorf("ttl is %d, %v", ttl, err)
		}
	})
	t.Run("of no mail is refused", func(t *testing.T) {
		if _, err := item.EncodeMark("evt_1", mark()); err == nil {
			t.Error("it was written")
		}
	})
	t.Run("of four mails costs one write unit", func(t *testing.T) {
		long := mark("5b1f0c9e-0000-4a7e-9d55-000000000001", "5b1f0c9e-0000-4a7e-9d55-000000000002", "5b1f0c9e-0000-4a7e-9d55-000000000003", "5b1f0c9e-0000-4a7e-9d55-000000000004")
		for n := range long.Mails {
			long.Mails[n].MessageID = strings.Repeat("x", 60)
		}
		row, err := item.EncodeMark("evt_01JBK9ZQ3V0000000000000009", long)
		if err != nil {
			t.Fatal(err)
		}
		if raw, err := attributevalue.MarshalMapJSON(row); err != nil || len(raw) > 1024 { // spelled in JSON it is longer than DynamoDB counts
			t.Errorf("%d bytes, %v", len(raw), err)
		}
	})
}

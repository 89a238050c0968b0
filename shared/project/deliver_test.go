package project_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/project"
)

func TestUpload(t *testing.T) {
	t.Run("is for the pro of the assignment, while they work on it — R37", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		id, err := w.Upload(t.Context(), ana, a.ID)
		must(t, err)
		if id == "" {
			t.Error("the file has no name")
		}
		for by, code := range map[*party.Actor]problem.Code{
			&ben: problem.CodeNotFound, &stranger: problem.CodeNotFound, &client: problem.CodeForbidden, &agent: problem.CodeForbidden, &qc: problem.CodeForbidden,
		} {
			_, err := w.Upload(t.Context(), *by, a.ID)
			refused(t, err, code)
		}
	})
	t.Run("sends nothing to QC by itself — A19", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		commits := len(w.mem.events)
		_, err := w.Upload(t.Context(), ana, a.ID)
		must(t, err)
		w.arrived(a, "take 1.mov")
		if after := load[project.Assignment](w, a.Ref()); after.Progress.State != project.Working || len(w.mem.events) != commits {
			t.Errorf("got %+v", after)
		}
	})
	t.Run("is possible again while revising, and not while QC or the client has it — R37", func(t *testing.T) {
		w := newWorld(t)
		a := w.submitted(ana)
		_, err := w.Upload(t.Context(), ana, a.ID)
		refused(t, err, problem.CodeStateChanged)
		_, err = w.revise(qc, a.ID, "Louder.")
		must(t, err)
		_, err = w.Upload(t.Context(), ana, a.ID)
		must(t, err)
		_, err = w.Upload(t.Context(), ana, w.delivered(ana).ID)
		refused(t, err, problem.CodeStateChanged)
	})
}

func TestSubmit(t *testing.T) {
	t.Run("sends one version of several files, whole, to QC — R37 R40 A19", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		first, second := w.arrived(a, "take 1.mov"), w.arrived(a, "notes.txt")
		w.now = noon.Add(time.Hour)
		a, err := w.submit(ana, a.ID, first, second)
		must(t, err)
		told, _ := fact[project.VersionSubmitted](w)
		if a.Progress.State != project.InQC || a.Number != 1 || len(a.Files) != 2 || a.Files[0].ID != first || a.Files[0].Name != "take 1.mov" || !a.WaitsSince.Equal(w.now) || told.Number != 1 || len(told.Files) != 2 || told.Comment == "" {
			t.Errorf("got %+v, told %+v", a, told)
		}
	})
	t.Run("takes any format: neither name nor type of a file is looked at — R38", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		var uploads []string
		for _, name := range []string{"a.exe", "b", "c.tar.gz", "d.psd", "e.🎬", "f.svg", ".g"} {
			uploads = append(uploads, w.arrived(a, name))
		}
		a, err := w.submit(ana, a.ID, uploads...)
		must(t, err)
		if len(a.Files) != len(uploads) {
			t.Errorf("got %+v", a.Files)
		}
	})
	t.Run("numbers the versions, and the next replaces the files of the one before — R40", func(t *testing.T) {
		w := newWorld(t)
		a := w.submitted(ana)
		_, err := w.revise(qc, a.ID, "Louder.")
		must(t, err)
		a, err = w.submit(ana, a.ID, w.arrived(a, "take 2.mov"))
		must(t, err)
		if a.Number != 2 || len(a.Files) != 1 || a.Files[0].Name != "take 2.mov" {
			t.Errorf("got %+v", a)
		}
	})
	t.Run("refuses what has not arrived, or not on this assignment, by name, and changes nothing — R39 B98", func(t *testing.T) {
		w := newWorld(t)
		a, other := w.working(ana), w.working(ana)
		elsewhere := w.arrived(other, "take 1.mov")
		for _, upload := range []string{"fil_never", elsewhere, "../" + other.ID + "/" + elsewhere} {
			_, err := w.submit(ana, a.ID, w.arrived(a, "take 1.mov"), upload)
			refused(t, err, problem.CodeUploadMissing)
			if got := problem.As(err).Facts["upload"]; got != upload {
				t.Errorf("told %q", got)
			}
		}
		if after := load[project.Assignment](w, a.Ref()); after.Version != a.Version {
			t.Errorf("got %+v", after)
		}
	})
	t.Run("refuses a file that is empty or that the bucket did not verify — R39", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		for _, f := range []project.File{{Name: "empty", SHA256: "sum"}, {Name: "unverified", Size: 1}} {
			id := w.arrived(a, f.Name)
			w.files[project.UploadKey(a.ID, id)] = f
			_, err := w.submit(ana, a.ID, id)
			refused(t, err, problem.CodeUploadMismatch)
		}
	})
	t.Run("takes 1 to the policy's number of files — A19", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		_, err := w.submit(ana, a.ID)
		refusedAt(t, err, "/uploads")
		var uploads []string
		for n := range w.Policies.Current().FilesPerVersion + 1 {
			uploads = append(uploads, w.arrived(a, fmt.Sprint(n)))
		}
		_, err = w.submit(ana, a.ID, uploads...)
		refused(t, err, problem.CodeTooManyItems)
		_, err = w.submit(ana, a.ID, uploads[1:]...)
		must(t, err)
	})
	t.Run("twice is refused: the version is with QC — R40", func(t *testing.T) {
		w := newWorld(t)
		a := w.submitted(ana)
		_, err := w.submit(ana, a.ID, w.arrived(a, "take 2.mov"))
		refused(t, err, problem.CodeStateChanged)
	})
}

func TestDeliveryDue(t *testing.T) {
	for _, edge := range edges {
		t.Run(fmt.Sprintf("%s it a version is taken, and marked late: %t — A15", edge.name, edge.passed), func(t *testing.T) {
			w := newWorld(t)
			a := w.working(ana)
			w.now = a.Terms.DeliverBy.Add(edge.by)
			a, err := w.submit(ana, a.ID, w.arrived(a, "take 1.mov"))
			must(t, err)
			if a.Late != edge.passed || a.Progress.State != project.InQC {
				t.Errorf("got %+v", a)
			}
		})
		t.Run(fmt.Sprintf("%s it the timer marks late who has submitted nothing: %t — A15", edge.name, edge.passed), func(t *testing.T) {
			w := newWorld(t)
			a := w.working(ana)
			w.now = a.Terms.DeliverBy.Add(edge.by)
			err := w.ring(a, project.DeliveryDue)
			after := load[project.Assignment](w, a.Ref())
			if !edge.passed {
				refused(t, err, problem.CodeNotYet)
				if after.Version != a.Version {
					t.Errorf("got %+v", after)
				}
				return
			}
			must(t, err)
			told, ok := fact[project.DeliveryOverdue](w)
			if !after.Late || after.Progress.State != project.Working || len(after.Progress.Deadlines) != 0 || !ok || told.Agent != agent.ID || told.Pro != ana.ID || !w.last().Outbox {
				t.Errorf("got %+v, told %+v", after, told)
			}
		})
	}
	t.Run("with a version in QC makes nobody late, and tells nobody — A15", func(t *testing.T) {
		w := newWorld(t)
		a := w.submitted(ana)
		w.now = a.Terms.DeliverBy
		must(t, w.ring(a, project.DeliveryDue))
		_, met := fact[project.DeliveryMet](w)
		if after := load[project.Assignment](w, a.Ref()); after.Late || after.Progress.State != project.InQC || !met || w.last().Outbox {
			t.Errorf("got %+v", after)
		}
	})
	t.Run("that a revision sets anew is a deadline like any other: who was late is not, and may be again — A15 R42 R48", func(t *testing.T) {
		for name, again := range map[string]func(w *world, a project.Assignment) (project.Assignment, error){
			"quality control's": func(w *world, a project.Assignment) (project.Assignment, error) { return w.revise(qc, a.ID, "Louder.") },
			"the client's": func(w *world, a project.Assignment) (project.Assignment, error) {
				_, err := w.pass(qc, a.ID)
				must(t, err)
				_, err = w.askChanges(client, a.ID, "Warmer.")
				must(t, err)
				return w.forward(agent, a.ID)
			},
			"one for a fee": func(w *world, a project.Assignment) (project.Assignment, error) {
				_, err := w.pass(qc, a.ID)
				must(t, err)
				return w.paidChanges(a.ID), nil
			},
		} {
			w := newWorld(t)
			a := w.working(ana)
			w.now = a.Terms.DeliverBy
			a, err := w.submit(ana, a.ID, w.arrived(a, "take 1.mov"))
			must(t, err)
			if !a.Late || a.TimesLate != 1 {
				t.Fatalf("%s: %+v", name, a)
			}
			a, err = again(w, a)
			must(t, err)
			if a.Late || a.TimesLate != 1 {
				t.Errorf("%s: late %t, %d times", name, a.Late, a.TimesLate)
			}
			w.now = alarms(a, project.DeliveryDue)[0].DueAt
			must(t, w.ring(a, project.DeliveryDue))
			if after := load[project.Assignment](w, a.Ref()); !after.Late || after.TimesLate != 2 {
				t.Errorf("%s passed: late %t, %d times", name, after.Late, after.TimesLate)
			}
		}
	})
	t.Run("met too late is late also when the alarm is later still — F38", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		w.now = a.Terms.DeliverBy.Add(time.Minute)
		late, err := w.submit(ana, a.ID, w.arrived(a, "take 1.mov"))
		must(t, err)
		w.now = w.now.Add(time.Minute)
		refused(t, w.ring(a, project.DeliveryDue), problem.CodeNotYet)
		if after := load[project.Assignment](w, a.Ref()); !after.Late || after.Version != late.Version {
			t.Errorf("got %+v", after)
		}
	})
	t.Run("passed leaves the work open: people decide what becomes of it — A15", func(t *testing.T) {
		w := newWorld(t)
		a := w.working(ana)
		w.now = a.Terms.DeliverBy
		must(t, w.ring(a, project.DeliveryDue))
		a, err := w.submit(ana, a.ID, w.arrived(a, "take 1.mov"))
		must(t, err)
		a, err = w.pass(qc, a.ID)
		must(t, err)
		if !a.Late || a.Progress.State != project.InReview {
			t.Errorf("got %+v", a)
		}
	})
}

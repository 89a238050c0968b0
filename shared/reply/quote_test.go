package reply

import (
	"slices"
	"strings"
	"testing"
)

func TestUnquoted(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"keeps what is not quoted", "One\n\nTwo", "One\n\nTwo"},
		{"drops the quoted mail and its attribution", "Hi\n\nOn Tue, 24 Nov 2026, Callsheet <team@example.com> wrote:\n> a\n> b", "Hi"},
		{"drops an attribution over two lines", "Hi\n\nOn Tue, 24 Nov 2026 at 14:05, Callsheet <\nteam@example.com> wrote:\n\n> a", "Hi"},
		{"drops a Spanish one", "Hola\n\nEl mar, 24 nov 2026 a las 14:05, Callsheet (<team@example.com>) escribió:\n> a", "Hola"},
		{"drops a German one", "Hallo\n\nAm 24.11.2026 um 14:05 schrieb Callsheet <team@example.com>:\n> a", "Hallo"},
		{"drops to the end what no > marks", "Hi\n\nOn Tue, 24 Nov 2026, Callsheet wrote:\nYou were invited.\nBest", "Hi"},
		{"drops Outlook's header and all after it", "Hi\n\nFrom: Callsheet <team@example.com>\nSent: Tuesday\nTo: Ben\n\nHello", "Hi"},
		{"drops Outlook's header in Spanish", "Hola\n\n________________________________\nDe: Callsheet <team@example.com>\nEnviado el: martes\n\nHola", "Hola"},
		{"drops an original message", "Hi\n-----Original Message-----\nFrom: x\n", "Hi"},
		{"keeps answers below and between", "On Tue, Callsheet <team@example.com> wrote:\n> a?\nYes.\n> b?\nNo.", "Yes.\nNo."},
		{"drops a signature", "Hi\n-- \nBen\nTranslator", "Hi"},
		{"keeps a line of two dashes, which is no signature", "Hi\n--\nBen", "Hi\n--\nBen"},
		{"keeps a sentence that only looks like an attribution", "On Monday I wrote:\nHello", "On Monday I wrote:\nHello"},
		{"keeps it, and what follows, also behind other words", "Two things.\n\nOn page 2 of 10 you wrote:\n\nthat it is blue. It is red.", "Two things.\n\nOn page 2 of 10 you wrote:\n\nthat it is blue. It is red."},
		{"keeps it in Spanish", "Hola\nEl cliente me escribió:\nsin música", "Hola\nEl cliente me escribió:\nsin música"},
		{"drops an attribution with a short date", "Hi\n\nOn 24/11/26, Callsheet wrote:\nYou were invited.", "Hi"},
		{"drops one with a time alone", "Hallo\n\nAm Dienstag um 14:05 schrieb Callsheet:\nGuten Tag", "Hallo"},
		{"keeps a From: in a sentence", "From: me\nwith love", "From: me\nwith love"},
		{"keeps all where nothing would be left", "> I have no access", "> I have no access"},
		{"keeps nothing of nothing", " \n\n ", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Unquoted(c.text); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// FuzzUnquoted holds that only lines that were there come out, in their order, and that words are never lost altogether.
func FuzzUnquoted(f *testing.F) {
	f.Add("Hi\n\nOn Tue, 24 Nov 2026, Callsheet <team@example.com> wrote:\n> a\nb\n-- \nBen")
	f.Add("El mar, 24 nov 2026\nescribió:\n\nx")
	f.Add("De: a\nFecha: b\n>")
	f.Fuzz(func(t *testing.T, text string) {
		got := Unquoted(text)
		if (strings.TrimSpace(got) == "") != (strings.TrimSpace(text) == "") {
			t.Fatalf("%q from %q", got, text)
		}
		lines := strings.Split(text, "\n")
		for l := range strings.SplitSeq(got, "\n") {
			at := slices.IndexFunc(lines, func(had string) bool { return strings.Contains(had, l) })
			if at < 0 {
				t.Fatalf("%q is not a line of %q, or not after those before it", l, text)
			}
			lines = lines[at+1:]
		}
	})
}

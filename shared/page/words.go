package page

import (
	"slices"
	"strings"

	"github.com/callsheet/callsheet/shared/party"
	"github.com/callsheet/callsheet/shared/problem"
	"github.com/callsheet/callsheet/shared/reader"
)

// words is all that the pages say, in one language. Every language fills every field, with the same verbs.
type words struct {
	// An open invitation.
	Invited, Brief, Material, Terms                    string
	Proofreads, OwnWork                                string
	Reward, Credited, DeliverBy, AcceptBy, Seats, Sent string
	SeatsTaken                                         string // taken, of
	AfterHold                                          string // days
	OnApproval, IfNotPicked                            string
	IfAccepted, IfDeclined, Accept, Decline            string

	// What became of it.
	Accepted, Declined, Withdrawn, Expired titled // when
	Filled, Cancelled                      titled
	Left                                   titled // when
	FilledAt                               string
	NothingWrong                           string
	Assignment, Next                       string
	Start, Deliver, Check                  string // Deliver: when

	// When a seat reopens. Watching: when.
	Reopens, Watching, Again titled
	Watch, Unwatch, SeeAgain string

	// Why an answer was refused.
	LinkUsed, LinkExpired, TooLate, TermsChanged, NotPossible, Unreadable string

	// The question of the old system.
	HelpTitle, HelpProject, HelpAsk, HelpSend, HelpPersonal string
	HelpSent, HelpLate, HelpAnswered                        titled // HelpSent, HelpLate: when
	TooOften                                                string

	// Without an invitation.
	NoSuchLink, NotActive, LinkOver, Failed titled
	Reference                               string // of the request

	Personal, Questions string
}

type titled struct{ Title, Text string }

var speech = map[string]words{
	"en": {
		Invited: "You are invited to work on this project.", Brief: "Brief", Material: "Material", Terms: "Terms",
		Proofreads: "This is proofreading: another pro translates, and you find the newest version on your assignment as soon as it has been handed in.",
		OwnWork:    "You cannot accept this: you work on the translation or on its proofreading already, or have worked on it, and nobody proofreads their own work.",
		Reward:     "Your reward", Credited: "Credited", DeliverBy: "Deliver by", AcceptBy: "Accept by", Seats: "Seats", Sent: "You were invited",
		SeatsTaken: "%d of %d taken",
		AfterHold:  "automatically, %d days after your work first passes quality control",
		OnApproval: "when the client approves your work, or when their review closes by itself", IfNotPicked: "If the client picks others",
		IfAccepted: "Accept, and as long as a seat is free the work is yours at once, on these terms. You can start without waiting for a confirmation.",
		IfDeclined: "Decline, and nothing else happens. You need not say why.",
		Accept:     "Accept", Decline: "Decline",

		Accepted:     titled{"The work is yours", "You accepted on %s. Nobody has to confirm it."},
		Declined:     titled{"You declined", "You declined this invitation on %s. There is nothing else you need to do."},
		Withdrawn:    titled{"This invitation was withdrawn", "Our team took it back on %s. If you think that this is a mistake, write to us."},
		Expired:      titled{"This invitation has expired", "It could be accepted until %s."},
		Filled:       titled{"All seats are taken", "Other pros accepted before you, so this invitation can no longer be accepted."},
		Cancelled:    titled{"The project was cancelled", "This work is no longer needed, and the invitation is closed."},
		Left:         titled{"This work is no longer yours", "You had a seat, and it was given up or taken back on %s."},
		FilledAt:     "Filled",
		NothingWrong: "Nothing is wrong with your account or your access, and there is nothing you need to do.",
		Assignment:   "Assignment", Next: "What comes next",
		Start:   "Start now. The brief and the material are below.",
		Deliver: "Sign in, upload your files to the assignment and submit them by %s.",
		Check:   "Quality control looks at every version. What passes goes to the client, and your reward is on hold for you.",

		Reopens:  titled{"If a seat reopens", "We can tell you. Everybody who asks is invited again in the same moment, and the first to accept has the seat."},
		Watching: titled{"We tell you if a seat reopens", "You asked for it on %s."},
		Again:    titled{"A seat has reopened", "You asked to be told, and you have a new invitation."},
		Watch:    "Tell me if a seat reopens", Unwatch: "Do not tell me", SeeAgain: "See the new invitation",

		LinkUsed:     "This link has done its work. Nothing was changed now.",
		LinkExpired:  "Your answer came after the deadline. Nothing was changed.",
		TooLate:      "Your answer came when all seats were taken. Nothing was changed.",
		TermsChanged: "These are not the terms that you answered to. Nothing was changed. Read them, and decide on what they say now.",
		NotPossible:  "Your answer came too late. Nothing was changed.",
		Unreadable:   "Your answer could not be read. Nothing was changed. Use the buttons on this page.",

		HelpTitle: "Additional Instructions", HelpProject: "Project",
		HelpAsk:      "Are the requirements of this project wrong or confusing? Describe the issue or ask your question, and our team follows up.",
		HelpSend:     "Submit",
		HelpSent:     titled{"Our team has your question", "A person answers you by %s. You can add to it below."},
		HelpLate:     titled{"Our team has your question", "We promised you an answer by %s and are late: your question is at the top of our list. You can add to it below."},
		HelpAnswered: titled{"Our team has answered you", "The answer is in your mail. You can add to your question below."},
		HelpPersonal: "This page is yours alone: whoever has its link can ask in your name. Do not pass it on.",
		TooOften:     "You have written often within the last hour. Nothing was sent now. Our team reads what you wrote already; try again a little later.",

		LinkOver:   titled{"This link has expired", "It was good until its deadline. Open your project once more for a new one."},
		NoSuchLink: titled{"This link leads nowhere", "It is not complete, or it is not one of ours. Open it from the mail once more."},
		NotActive:  titled{"Your account is not active", "Only active pros answer invitations. If you think that this is a mistake, write to us."},
		Failed:     titled{"That did not work", "Something went wrong, and we do not know that anything was changed. Open the link from the mail again to see how things stand."},
		Reference:  "Reference: %s",

		Personal:  "This page is yours alone: whoever has its link can answer for you. Do not pass it on.",
		Questions: "Questions? Our team and the community answer them",
	},
	"es": {
		Invited: "Te invitamos a trabajar en este proyecto.", Brief: "Instrucciones", Material: "Material", Terms: "Condiciones",
		Proofreads: "Se trata de una corrección: traduce otro profesional, y encontrarás la última versión en tu encargo en cuanto se haya entregado.",
		OwnWork:    "No puedes aceptar: ya trabajas en la traducción o en su corrección, o has trabajado en ella, y nadie corrige su propio trabajo.",
		Reward:     "Tu recompensa", Credited: "Abono", DeliverBy: "Fecha de entrega", AcceptBy: "Puedes aceptar hasta", Seats: "Plazas", Sent: "Te invitamos",
		SeatsTaken: "%d de %d ocupadas",
		AfterHold:  "automático, %d días después de que tu trabajo supere por primera vez el control de calidad",
		OnApproval: "cuando el cliente apruebe tu trabajo o cuando su revisión se cierre por sí sola", IfNotPicked: "Si el cliente elige a otros",
		IfAccepted: "Si aceptas y queda una plaza libre, el trabajo es tuyo de inmediato en estas condiciones. Puedes empezar sin esperar ninguna confirmación.",
		IfDeclined: "Si rechazas, no pasa nada más. No tienes que decir por qué.",
		Accept:     "Aceptar", Decline: "Rechazar",

		Accepted:     titled{"El trabajo es tuyo", "Aceptaste el %s. Nadie tiene que confirmarlo."},
		Declined:     titled{"Has rechazado la invitación", "La rechazaste el %s. No tienes que hacer nada más."},
		Withdrawn:    titled{"Hemos retirado esta invitación", "Nuestro equipo la retiró el %s. Si crees que se trata de un error, escríbenos."},
		Expired:      titled{"Esta invitación ha caducado", "Se podía aceptar hasta el %s."},
		Filled:       titled{"Ya no quedan plazas", "Otros profesionales aceptaron antes que tú, así que esta invitación ya no se puede aceptar."},
		Cancelled:    titled{"El proyecto se ha cancelado", "Ese trabajo ya no hace falta y la invitación queda cerrada."},
		Left:         titled{"Este trabajo ya no es tuyo", "Tenías una plaza, y se dejó o se retiró el %s."},
		FilledAt:     "Completado",
		NothingWrong: "No hay ningún problema con tu cuenta ni con tu acceso, y no tienes que hacer nada.",
		Assignment:   "Encargo", Next: "Qué viene ahora",
		Start:   "Empieza ya. Las instrucciones y el material están más abajo.",
		Deliver: "Inicia sesión, sube tus archivos al encargo y envíalos antes del %s.",
		Check:   "Control de calidad mira cada versión. La que lo supera llega al cliente, y tu recompensa queda retenida para ti.",

		Reopens:  titled{"Si vuelve a haber una plaza", "Podemos avisarte. Invitamos de nuevo en el mismo momento a todas las personas que lo piden, y la plaza es de quien acepte primero."},
		Watching: titled{"Te avisaremos si vuelve a haber una plaza", "Lo pediste el %s."},
		Again:    titled{"Vuelve a haber una plaza", "Pediste que te avisáramos y tienes una nueva invitación."},
		Watch:    "Avísame si vuelve a haber una plaza", Unwatch: "No me avises", SeeAgain: "Ver la nueva invitación",

		LinkUsed:     "Este enlace ya ha hecho su trabajo. Ahora no se ha cambiado nada.",
		LinkExpired:  "Tu respuesta llegó después del plazo. No se ha cambiado nada.",
		TooLate:      "Tu respuesta llegó cuando ya no quedaban plazas. No se ha cambiado nada.",
		TermsChanged: "Estas no son las condiciones a las que respondiste. No se ha cambiado nada. Léelas y decide según lo que dicen ahora.",
		NotPossible:  "Tu respuesta llegó demasiado tarde. No se ha cambiado nada.",
		Unreadable:   "No hemos podido leer tu respuesta. No se ha cambiado nada. Usa los botones de esta página.",

		HelpTitle: "Instrucciones adicionales", HelpProject: "Proyecto",
		HelpAsk:      "¿Los requisitos de este proyecto son incorrectos o confusos? Describe el problema o haz tu pregunta y nuestro equipo se encargará.",
		HelpSend:     "Enviar",
		HelpSent:     titled{"Nuestro equipo tiene tu pregunta", "Una persona te responderá antes del %s. Puedes añadir algo más abajo."},
		HelpLate:     titled{"Nuestro equipo tiene tu pregunta", "Te prometimos una respuesta antes del %s y vamos con retraso: tu pregunta es la primera de nuestra lista. Puedes añadir algo más abajo."},
		HelpAnswered: titled{"Nuestro equipo te ha respondido", "Tienes la respuesta en tu correo. Puedes añadir algo a tu pregunta más abajo."},
		HelpPersonal: "Esta página es solo tuya: quien tenga su enlace puede preguntar en tu nombre. No lo compartas.",
		TooOften:     "Has escrito a menudo en la última hora. Ahora no se ha enviado nada. Nuestro equipo ya lee lo que escribiste; inténtalo un poco más tarde.",

		LinkOver:   titled{"Este enlace ha caducado", "Era válido hasta su plazo. Abre otra vez tu proyecto para obtener uno nuevo."},
		NoSuchLink: titled{"Este enlace no lleva a ninguna parte", "No está completo o no es nuestro. Ábrelo otra vez desde el correo."},
		NotActive:  titled{"Tu cuenta no está activa", "Solo los profesionales activos responden a invitaciones. Si crees que se trata de un error, escríbenos."},
		Failed:     titled{"No ha funcionado", "Algo ha fallado y no nos consta ningún cambio. Abre otra vez el enlace del correo para ver cómo está todo."},
		Reference:  "Referencia: %s",

		Personal:  "Esta página es solo tuya: quien tenga su enlace puede responder por ti. No lo compartas.",
		Questions: "¿Tienes preguntas? Nuestro equipo y la comunidad te responden",
	},
}

// refusal says in a sentence why an answer was refused; nothing where none was.
func (w words) refusal(code problem.Code) string {
	switch code {
	case "":
		return ""
	case problem.CodeLinkUsed:
		return w.LinkUsed
	case problem.CodeLinkExpired:
		return w.LinkExpired
	case problem.CodeAlreadyTaken:
		return w.TooLate
	case problem.CodeTermsChanged:
		return w.TermsChanged
	case problem.CodeStateChanged:
		return w.NotPossible
	case problem.CodeOwnWork:
		return w.OwnWork
	case problem.CodeRateLimited:
		return w.TooOften
	}
	return w.Unreadable
}

// stranger is somebody of whom only the browser's languages are known: the first of ours among them, in UTC.
func stranger(languages string) reader.Reader {
	var c party.Contact
	for tag := range strings.SplitSeq(strings.ToLower(languages), ",") {
		tag, _, _ = strings.Cut(tag, ";")
		tag, _, _ = strings.Cut(strings.TrimSpace(tag), "-")
		if c.Language == "" && slices.Contains(party.Languages(), tag) {
			c.Language = tag
		}
	}
	return reader.Of(c)
}

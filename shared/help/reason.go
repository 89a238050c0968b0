package help

import (
	"slices"
	"time"

	"github.com/callsheet/callsheet/shared/party"
)

// Reason says why a flag is raised. The catalogue is closed (A7).
type Reason string

// The seven of the source, and one for all else (R11–R17, A7).
const (
	InstructionsUnclear Reason = "instructions_unclear"
	HardToSync          Reason = "hard_to_sync"
	MissingAssets       Reason = "missing_assets"
	Requirements        Reason = "requirements"
	PostedIncorrectly   Reason = "posted_incorrectly"
	HigherReward        Reason = "higher_reward"
	MoreTime            Reason = "more_time"
	Other               Reason = "other"
)

// Offer is what a reason leads to, as data: who is told, what may be the outcome, how long it usually takes, and in words
// what happens next.
type Offer struct {
	Reason       Reason
	NeedsComment bool // free text is mandatory
	Audience     string
	Outcomes     []Kind
	Usually      time.Duration // from raising to resolution
	Words        map[string]Words
	Rules        string
}

// Words are what a pro reads of a reason before choosing it.
type Words struct {
	Title string
	Next  string // what happens, who is told, what it may change
}

// agents are told of most reasons: whoever is in charge of the project, and who looks after the queue.
const (
	agents = "agent"
	leads  = "agent_and_lead"
)

var catalogue = []Offer{
	{InstructionsUnclear, false, agents, []Kind{ByAnswer, ProjectCorrected, DeadlineExtended, Declined}, 24 * time.Hour, map[string]Words{
		"en": {"The instructions or project details are unclear", "The agent in charge is told. They explain, or correct the brief for everybody who works on it; where they have to ask the client, your delivery deadline stands still."},
		"es": {"Las instrucciones o los detalles del proyecto no están claros", "Avisamos al agente responsable. Te lo explica o corrige el encargo para todos los que trabajan en él; si tiene que preguntar al cliente, tu plazo de entrega se detiene."},
	}, "R11"},
	{HardToSync, false, agents, []Kind{ByAnswer, AssetSupplied, DeadlineExtended, Declined}, 24 * time.Hour, map[string]Words{
		"en": {"I cannot synchronise the work with the client's request", "The agent in charge is told. They help you, send material that fits, or give you more time."},
		"es": {"No consigo sincronizar el trabajo con lo que pide el cliente", "Avisamos al agente responsable. Te ayuda, te envía material que encaje o te da más tiempo."},
	}, "R12"},
	{MissingAssets, false, agents, []Kind{ByAnswer, AssetSupplied, ProjectCorrected, DeadlineExtended, Declined}, 48 * time.Hour, map[string]Words{
		"en": {"Music, images, videos or other material is missing", "The agent in charge is told and asks the client for it; meanwhile your delivery deadline stands still. The material is added to your assignment."},
		"es": {"Falta música, imágenes, vídeos u otro material", "Avisamos al agente responsable, que se lo pide al cliente; mientras tanto tu plazo de entrega se detiene. El material se añade a tu encargo."},
	}, "R13"},
	{Requirements, false, agents, []Kind{ByAnswer, ProjectCorrected, DeadlineExtended, Declined}, 24 * time.Hour, map[string]Words{
		"en": {"I have a question on the script or the requirements", "The agent in charge is told and answers, after asking the client where needed."},
		"es": {"Tengo una pregunta sobre el guion o los requisitos", "Avisamos al agente responsable, que te responde y, si hace falta, pregunta antes al cliente."},
	}, "R14"},
	{PostedIncorrectly, false, leads, []Kind{ByAnswer, ProjectCorrected, Declined}, 24 * time.Hour, map[string]Words{
		"en": {"The project was posted incorrectly", "The agent in charge and a lead are told. If something is wrong, the project is corrected and everybody who is invited or works on it is told."},
		"es": {"El proyecto se publicó con errores", "Avisamos al agente responsable y a un coordinador. Si hay un error, se corrige el proyecto y se avisa a todos los invitados y a quienes trabajan en él."},
	}, "R15"},
	{HigherReward, false, leads, []Kind{ByAnswer, RewardAdjusted, Declined}, 48 * time.Hour, map[string]Words{
		"en": {"I ask for a higher reward", "The agent in charge looks at the work and may raise your reward; a large rise needs a second person. You see the new terms before anything else changes."},
		"es": {"Pido una remuneración mayor", "El agente responsable revisa el trabajo y puede subir tu remuneración; una subida grande necesita a una segunda persona. Verás las nuevas condiciones antes de que cambie nada más."},
	}, "R16"},
	{MoreTime, false, agents, []Kind{ByAnswer, DeadlineExtended, Declined}, 12 * time.Hour, map[string]Words{
		"en": {"I need more time", "The agent in charge is told and may move your delivery deadline. Until they answer, the deadline stays as it is."},
		"es": {"Necesito más tiempo", "Avisamos al agente responsable, que puede mover tu plazo de entrega. Hasta que responda, el plazo sigue igual."},
	}, "R17"},
	{Other, true, agents, Kinds(), 48 * time.Hour, map[string]Words{
		"en": {"Something else", "Tell us what it is. The agent in charge is told and answers."},
		"es": {"Otra cosa", "Cuéntanos qué es. Avisamos al agente responsable, que te responde."},
	}, "A7"},
}

// Reasons lists the catalogue.
func Reasons() []Offer { return slices.Clone(catalogue) }

// offer finds a reason.
func (r Reason) offer() (Offer, bool) {
	i := slices.IndexFunc(catalogue, func(o Offer) bool { return o.Reason == r })
	if i < 0 {
		return Offer{}, false
	}
	return catalogue[i], true
}

// ForLeads reports whether leads are told of a flag for this reason besides the agent.
func (r Reason) ForLeads() bool {
	o, _ := r.offer()
	return o.Audience == leads
}

// In are the words for a language; English where there are none.
func (o Offer) In(language string) Words {
	if w, ok := o.Words[language]; ok {
		return w
	}
	return o.Words[party.Languages()[0]]
}

// Package help is the job behind Request Help: a pro in trouble raises a flag, a person answers within the promise, and the
// answer changes something (S0).
//
// The nouns:
//
//	flag      a pro's call for help, with everything that the team needs to answer it (R2, R7–R9)
//	reason    why it was raised: one of a closed catalogue, which says what it leads to (R11–R17, A7)
//	snapshot  the work as it was when the flag was raised
//	promise   until when a person answers; a breach is acted on and closes nothing (R23, A1, A2, A8)
//	wait      the time for which the client is asked; it pauses the owned clock, never the promise (A4)
//	question  what staff ask the client; the client sees it and never the flag (R20, A9)
//	outcome   what a resolution does: six kinds, five of which change the work (A5)
//	asker     what a pro has asked for: their open flags, and how often lately
//	work      the other job, that a flag is about; this one knows it by a port
//
// Rules are pure functions of the nouns, the actor and the instant; service.go loads, decides and commits.
package help

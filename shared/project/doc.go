// Package project is the first job: work that is sold, won, delivered, checked, approved and paid (S1).
//
// The nouns:
//
//	project     what a client wants made: brief, assets, deadline, reward, seats
//	seat        one place on a project; exactly one pro fills it
//	round       one call of invitations: who was invited, each with the reward decided for them
//	invitation  one pro's line of a round
//	assignment  a filled seat: the terms as the pro saw them, the deliverable, its checks
//	version     one submitted set of files of the deliverable
//	request     what the client wants changed in a version that passed
//	quote       a fee for it: the client's to approve, then the pro's to accept their share
//	reward      what the pro earns for it (kept by shared/ledger)
//
// Rules are pure functions of the nouns, the actor and the instant; service.go loads, decides and commits.
package project

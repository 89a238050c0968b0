package problem

// Code is the stable, machine-readable name of a refusal. Clients may switch on it; it is never renamed.
type Code string

const (
	CodeInternal              Code = "internal"
	CodeMalformedJSON         Code = "malformed-json"
	CodeIdempotencyKeyMissing Code = "idempotency-key-missing"
	CodeIdempotencyKeyInvalid Code = "idempotency-key-invalid"
	CodeCursorInvalid         Code = "cursor-invalid"
	CodeUnauthenticated       Code = "unauthenticated"
	CodeForbidden             Code = "forbidden"
	CodeAccountDisabled       Code = "account-disabled"
	CodeOwnWork               Code = "own-work"
	CodeConflictOfInterest    Code = "conflict-of-interest"
	CodeNotFound              Code = "not-found"
	CodeMethodNotAllowed      Code = "method-not-allowed"
	CodeStateChanged          Code = "state-changed"
	CodeAlreadyTaken          Code = "already-taken"
	CodeDeadlinePassed        Code = "deadline-passed"
	CodeNotYet                Code = "not-yet"
	CodeTermsChanged          Code = "terms-changed"
	CodeClaimedByOther        Code = "claimed-by-other"
	CodeAlreadyInvited        Code = "already-invited"
	CodeAlreadyReversed       Code = "already-reversed"
	CodePickWinners           Code = "pick-winners"
	CodeUploadMissing         Code = "upload-missing"
	CodeUploadMismatch        Code = "upload-mismatch"
	CodeRecipientInactive     Code = "recipient-inactive"
	CodeLinkUsed              Code = "link-used"
	CodeLinkExpired           Code = "link-expired"
	CodeStaleVersion          Code = "stale-version"
	CodePayloadTooLarge       Code = "payload-too-large"
	CodeUnsupportedMedia      Code = "unsupported-media-type"
	CodeValidation            Code = "validation"
	CodeTooManyItems          Code = "too-many-items"
	CodeAmountOutOfRange      Code = "amount-out-of-range"
	CodeCurrencyMismatch      Code = "currency-mismatch"
	CodeZeroReward            Code = "zero-reward"
	CodeIdempotencyKeyReused  Code = "idempotency-key-reused"
	CodePreconditionRequired  Code = "precondition-required"
	CodeRateLimited           Code = "rate-limited"
	CodeUnavailable           Code = "unavailable"
)

// Entry is one row of docs/errors.md.
type Entry struct {
	Code    Code
	Kind    Kind
	Title   string // the same for every occurrence
	Meaning string // what happened and what the caller can do
}

var catalogue = []Entry{
	{CodeInternal, Internal, "Internal error", "A fault of ours. Nothing is known to have changed; retry with the same Idempotency-Key."},
	{CodeMalformedJSON, Malformed, "Malformed JSON", "The body is not one JSON object in UTF-8: empty, truncated, trailing data, a key twice, too deep. Send one well-formed object."},
	{CodeIdempotencyKeyMissing, Malformed, "Idempotency-Key missing", "This request creates something or moves money, so it needs an Idempotency-Key header that is yours and unique to the intent."},
	{CodeIdempotencyKeyInvalid, Malformed, "Idempotency-Key invalid", "An Idempotency-Key has 1 to 255 printable ASCII characters, bare or in double quotes."},
	{CodeCursorInvalid, Malformed, "Cursor invalid", "A cursor works only as it was given, for the same caller, the same list and the same filters. Start again without it."},
	{CodeUnauthenticated, Unauthenticated, "Not authenticated", "No valid access token came with the request. Sign in again."},
	{CodeForbidden, Forbidden, "Not allowed", "You may see this, but your role does not allow the action."},
	{CodeAccountDisabled, Forbidden, "Account disabled", "Your account is not active. Ask the team."},
	{CodeOwnWork, Forbidden, "Own work", "Nobody reviews or proofreads their own work. Somebody else must."},
	{CodeConflictOfInterest, Forbidden, "Conflict of interest", "Nobody decides about money of their own, nor approves what they proposed. Someone else of the team must."},
	{CodeNotFound, NotFound, "Not found", "There is no such thing, or it is not yours to see."},
	{CodeMethodNotAllowed, MethodNotAllowed, "Method not allowed", "The path exists, the method does not. The Allow header lists those that do."},
	{CodeStateChanged, Conflict, "Not possible in this state", "The thing has moved on, or is not there yet. Read it again; its `actions` say what is possible and why not."},
	{CodeAlreadyTaken, Conflict, "Already taken", "Other pros were quicker and all seats are taken. The facts say when and how many."},
	{CodeDeadlinePassed, Conflict, "Deadline passed", "You could act until the deadline, and it has come."},
	{CodeNotYet, Conflict, "Not yet", "This comes at a set instant, or after something that has not happened, and not before."},
	{CodeTermsChanged, Conflict, "Terms changed", "The terms, or the quote, that you saw are no longer the current ones. Read them again and decide on what they say now."},
	{CodeClaimedByOther, Conflict, "Claimed by someone else", "Another reviewer is on this. Take another one, or ask them to release it."},
	{CodeAlreadyInvited, Conflict, "Already invited", "This pro has an open invitation to the project."},
	{CodeAlreadyReversed, Conflict, "Already reversed", "This has been taken back, or takes something back itself; either is final. Make a new adjustment."},
	{CodePickWinners, Conflict, "Pick the winners", "A contest has several works in review. Pick the winners on the project instead of approving one."},
	{CodeUploadMissing, Conflict, "Upload missing", "No complete upload with this id exists here. Upload the file first, then name it."},
	{CodeUploadMismatch, Conflict, "Upload mismatch", "What arrived is not what was announced: another size or another checksum. Upload the file again."},
	{CodeRecipientInactive, Conflict, "Recipient inactive", "The person whom this would reach has no active account, so nobody would read it."},
	{CodeLinkUsed, Gone, "Link used", "This link has done its work. Open the page to see what came of it."},
	{CodeLinkExpired, Gone, "Link expired", "This link was valid until its deadline, and that has passed."},
	{CodeStaleVersion, Stale, "Stale version", "Somebody changed this after you read it. Read it again and repeat your edit."},
	{CodePayloadTooLarge, TooLarge, "Payload too large", "A request body has at most 256 KiB. Files go through uploads."},
	{CodeUnsupportedMedia, Unsupported, "Unsupported media type", "Send application/json in UTF-8, without content encoding."},
	{CodeValidation, Invalid, "Validation failed", "Each entry of `errors` points at a value and says what is expected."},
	{CodeTooManyItems, Invalid, "Too many items", "A list in the request is longer than its limit."},
	{CodeAmountOutOfRange, Invalid, "Amount out of range", "Amounts are positive decimals with exactly the currency's digits, up to 10^12 minor units."},
	{CodeCurrencyMismatch, Invalid, "Currency mismatch", "All amounts of a project are in the project's currency."},
	{CodeZeroReward, Invalid, "Zero reward", "A paid project with a reward of 0 needs `zeroRewardReason`."},
	{CodeIdempotencyKeyReused, Invalid, "Idempotency-Key reused", "This key came before with another body. Use a new key for a new intent."},
	{CodePreconditionRequired, PreconditionRequired, "Precondition required", "Edits need If-Match with the ETag that you read, so that nobody overwrites another's work."},
	{CodeRateLimited, RateLimited, "Too many requests", "Wait for the seconds in Retry-After."},
	{CodeUnavailable, Unavailable, "Unavailable", "Something we depend on did not answer, or the outcome is unknown. Retry with the same Idempotency-Key after Retry-After seconds."},
}

var codes = func() map[Code]Entry {
	m := make(map[Code]Entry, len(catalogue))
	for _, e := range catalogue {
		m[e.Code] = e
	}
	return m
}()

// Catalogue lists every code; docs/errors.md and the contract are printed from it.
func Catalogue() []Entry { return append([]Entry(nil), catalogue...) }

// Title is the code's title.
func (c Code) Title() string { return codes[c].Title }

package template

import "time"

// Template is what runs. Lists are in the order of the file.
type Template struct {
	Functions     []Function
	Tables        []Table
	HTTPAPIs      []HTTPAPI
	StateMachines []StateMachine
	Buckets       []Bucket
	Queues        []Queue
	Identities    []Identity
	ReceiptRules  []ReceiptRule
	Outputs       map[string]string
	Aside         []Resource // known, and without effect on what runs
}

// Resource is where something stands in the template.
type Resource struct {
	LogicalID string
	Type      string
	Line      int
}

// Function is an AWS::Serverless::Function with Globals merged in.
type Function struct {
	Resource
	Name        string
	ARN         string
	CodeURI     string // "functions/accept"
	Env         map[string]string
	Timeout     time.Duration
	MemorySize  int
	Concurrency int // reserved concurrency; 0 when none is reserved
	Statements  []Statement
	Routes      []Route
	Streams     []Stream
	Schedules   []Schedule
	Async       Async
}

// Statement is one IAM policy statement.
type Statement struct {
	Effect    string
	Actions   []string
	Resources []string
	Condition map[string]any
	Line      int
}

// Async is how asynchronous invocations that fail are treated.
type Async struct {
	MaximumRetryAttempts int           // 2 by default
	MaximumEventAge      time.Duration // 6 hours by default
	OnFailure            string        // name of a queue, or ""
}

// Route is an HttpApi event.
type Route struct {
	API        string // logical id of the HTTPAPI
	Method     string // upper case, or ANY; "" for the $default route
	Path       string // "" for the $default route
	Authorizer string // "" for an open route
	Timeout    time.Duration
	Line       int
}

// Stream is a DynamoDB event: a mapping from a table's stream.
type Stream struct {
	LogicalID                  string
	Table                      string // name of the table
	StartingPosition           string // TRIM_HORIZON or LATEST
	BatchSize                  int
	MaximumRetryAttempts       int           // -1 for as long as the record lives
	MaximumRecordAge           time.Duration // -1 for as long as the record lives
	BisectBatchOnFunctionError bool
	ReportBatchItemFailures    bool
	Enabled                    bool
	FilterPatterns             []string // JSON
	OnFailure                  string   // name of a queue, or ""
	Line                       int
}

// Schedule is a Schedule or ScheduleV2 event with a rate.
type Schedule struct {
	LogicalID string
	Name      string
	Every     time.Duration
	Input     string // JSON, or "" for the scheduled event
	Enabled   bool
	Line      int
}

// Table is an AWS::DynamoDB::Table.
type Table struct {
	Resource
	Name           string
	ARN            string
	StreamARN      string // "" without a stream
	Key            []Key
	Indexes        []Index
	StreamViewType string // "" without a stream
	TTLAttribute   string // "" without TTL
}

// Key is one key attribute; the partition key comes first.
type Key struct {
	Name string
	Type string // S, N or B
}

// Index is a global secondary index.
type Index struct {
	Name       string
	Key        []Key
	Projection string   // ALL, KEYS_ONLY or INCLUDE
	NonKey     []string // with INCLUDE
}

// HTTPAPI is an AWS::Serverless::HttpApi.
type HTTPAPI struct {
	Resource
	ID          string
	Authorizers map[string]Authorizer
	CORS        *CORS // nil without CORS
}

// Authorizer is a Lambda authorizer, payload format 2.0 with simple responses.
type Authorizer struct {
	Function        string   // name of the function
	IdentitySources []string // "$request.header.Authorization", …
	CacheTTL        time.Duration
}

// CORS is a CorsConfiguration.
type CORS struct {
	AllowOrigins     []string
	AllowMethods     []string
	AllowHeaders     []string
	ExposeHeaders    []string
	AllowCredentials bool
	MaxAge           time.Duration
}

// StateMachine is an AWS::Serverless::StateMachine of type STANDARD.
type StateMachine struct {
	Resource
	Name          string
	ARN           string
	DefinitionURI string
	Substitutions map[string]string
	Statements    []Statement
}

// Bucket is an AWS::S3::Bucket.
type Bucket struct {
	Resource
	Name      string
	ARN       string
	Versioned bool
	Expiry    []Expiry
}

// Expiry is an enabled lifecycle rule. A duration of 0 means that the rule does not do this.
type Expiry struct {
	Prefix         string
	Tags           map[string]string
	Objects        time.Duration
	OldVersions    time.Duration
	OpenMultiparts time.Duration
	Line           int
}

// Queue is an AWS::SQS::Queue.
type Queue struct {
	Resource
	Name string
	ARN  string
	URL  string
}

// Identity is an address or a domain that mail may come from.
type Identity struct {
	Resource
	Name string
}

// ReceiptRule is an AWS::SES::ReceiptRule: mail to its recipients is put into a bucket, and then a function is told.
type ReceiptRule struct {
	Resource
	Name       string
	Recipients []string // addresses, and domains
	Bucket     string   // name of the bucket
	Prefix     string   // of the keys; the mail's ID follows
	Function   string   // name of the function, invoked as an event
}

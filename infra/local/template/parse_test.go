package template

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var settings = Settings{Stack: "cs", AccountID: "123456789012", Region: "eu-west-1"}

func example(t testing.TB, parameters map[string]string) *Template {
	t.Helper()
	source, err := os.ReadFile("testdata/template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s := settings
	s.Parameters = parameters
	out, err := Parse("template.yaml", source, s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// same compares without line numbers, which have a test of their own.
func same(t *testing.T, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Line" }, cmp.Ignore()), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

const (
	tableARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/cs-Table"
	lostARN  = "arn:aws:sqs:eu-west-1:123456789012:dev-lost"
)

func TestAFunction(t *testing.T) {
	functions := example(t, nil).Functions
	t.Run("has the globals, the defaults and a made-up name", func(t *testing.T) {
		same(t, Function{
			Resource: Resource{LogicalID: "AuthorizerFunction", Type: "AWS::Serverless::Function"},
			Name:     "cs-AuthorizerFunction", ARN: "arn:aws:lambda:eu-west-1:123456789012:function:cs-AuthorizerFunction",
			CodeURI: "functions/authorizer", Env: map[string]string{"STAGE": "dev", "TABLE": "global"}, Timeout: 5 * time.Second, MemorySize: 256,
			Async: Async{MaximumRetryAttempts: 2, MaximumEventAge: 6 * time.Hour},
		}, functions[0])
	})
	f := functions[1]
	t.Run("overrides the globals and resolves every intrinsic", func(t *testing.T) {
		same(t, map[string]string{
			"STAGE": "dev", "TABLE": "cs-Table", "QUEUE": "https://sqs.eu-west-1.amazonaws.com/123456789012/dev-lost",
			"MACHINE": "arn:aws:states:eu-west-1:123456789012:stateMachine:cs-hold", "BUCKET": "cs-bucket",
			"PLACE": "eu-west-1/123456789012/${Literal}/" + tableARN, "LOUD": "no", "EITHER": "no",
		}, f.Env)
		if f.Name != "cs-timers" || f.Timeout != 20*time.Second || f.MemorySize != 256 || f.Concurrency != 4 {
			t.Errorf("%+v", f)
		}
	})
	t.Run("has its asynchronous destination", func(t *testing.T) {
		same(t, Async{MaximumRetryAttempts: 1, MaximumEventAge: 6 * time.Hour, OnFailure: "dev-lost"}, f.Async)
	})
	t.Run("has its policy statements", func(t *testing.T) {
		same(t, []Statement{{Effect: "Allow", Actions: []string{"dynamodb:GetItem", "dynamodb:UpdateItem"}, Resources: []string{tableARN, tableARN + "/index/*"},
			Condition: map[string]any{"ForAllValues:StringLike": map[string]any{"dynamodb:LeadingKeys": []any{"P#*"}}}}}, f.Statements)
	})
	t.Run("has its routes with the authorizer that applies", func(t *testing.T) {
		same(t, []Route{
			{API: "Api", Method: "GET", Path: "/v1/health", Timeout: 30 * time.Second},
			{API: "Api", Method: "POST", Path: "/v1/x/{id}", Authorizer: "Token", Timeout: 5 * time.Second},
			{API: "Api", Authorizer: "Token", Timeout: 30 * time.Second},
		}, f.Routes)
	})
	t.Run("has its streams", func(t *testing.T) {
		same(t, []Stream{
			{LogicalID: "Facts", Table: "cs-Table", StartingPosition: "TRIM_HORIZON", BatchSize: 50, MaximumRetryAttempts: 10, MaximumRecordAge: 12 * time.Hour,
				BisectBatchOnFunctionError: true, ReportBatchItemFailures: true, Enabled: true, FilterPatterns: []string{`{"eventName":["INSERT"]}`}, OnFailure: "dev-lost"},
			{LogicalID: "Plain", Table: "cs-Table", StartingPosition: "LATEST", BatchSize: 100, MaximumRetryAttempts: -1, MaximumRecordAge: -1},
		}, f.Streams)
	})
	t.Run("has its schedules", func(t *testing.T) {
		same(t, []Schedule{
			{LogicalID: "Sweep", Name: "cs-TimersFunctionSweep", Every: 5 * time.Minute, Input: `{"a":1}`, Enabled: true},
			{LogicalID: "Daily", Name: "daily", Every: 24 * time.Hour},
		}, f.Schedules)
	})
}

func TestEverythingElse(t *testing.T) {
	out := example(t, nil)
	t.Run("a table has keys, indexes, stream and TTL", func(t *testing.T) {
		pk, sk := Key{"pk", "S"}, Key{"sk", "N"}
		same(t, []Table{{Resource: Resource{LogicalID: "Table", Type: "AWS::DynamoDB::Table"}, Name: "cs-Table", ARN: tableARN, StreamARN: tableARN + streamLabel,
			Key: []Key{pk, sk}, Indexes: []Index{{Name: "bySk", Key: []Key{sk}, Projection: "INCLUDE", NonKey: []string{"a", "b"}}},
			StreamViewType: "NEW_IMAGE", TTLAttribute: "expires"}}, out.Tables)
	})
	t.Run("an API has authorizers and CORS", func(t *testing.T) {
		same(t, []HTTPAPI{{Resource: Resource{LogicalID: "Api", Type: "AWS::Serverless::HttpApi"}, ID: "cs-api",
			Authorizers: map[string]Authorizer{"Token": {Function: "cs-AuthorizerFunction",
				IdentitySources: []string{"$request.header.Authorization", "$context.routeKey"}, CacheTTL: time.Minute}},
			CORS: &CORS{AllowOrigins: []string{"https://app.example.com"}, AllowMethods: []string{"GET"}, AllowHeaders: []string{"authorization"}, MaxAge: 10 * time.Minute}}}, out.HTTPAPIs)
	})
	t.Run("a state machine has its substitutions and grants", func(t *testing.T) {
		timers := "arn:aws:lambda:eu-west-1:123456789012:function:cs-timers"
		same(t, []StateMachine{{Resource: Resource{LogicalID: "Machine", Type: "AWS::Serverless::StateMachine"}, Name: "cs-hold",
			ARN: "arn:aws:states:eu-west-1:123456789012:stateMachine:cs-hold", DefinitionURI: "infra/statemachines/hold.asl.json",
			Substitutions: map[string]string{"TimersArn": timers},
			Statements:    []Statement{{Effect: "Allow", Actions: []string{"lambda:InvokeFunction"}, Resources: []string{timers}}}}}, out.StateMachines)
	})
	t.Run("a bucket has its enabled rules", func(t *testing.T) {
		same(t, []Bucket{{Resource: Resource{LogicalID: "Bucket", Type: "AWS::S3::Bucket"}, Name: "cs-bucket", ARN: "arn:aws:s3:::cs-bucket", Versioned: true,
			Expiry: []Expiry{{Prefix: "tmp/", Tags: map[string]string{"state": "open"}, Objects: 48 * time.Hour, OpenMultiparts: 24 * time.Hour}}}}, out.Buckets)
	})
	t.Run("a queue has name, ARN and URL", func(t *testing.T) {
		same(t, []Queue{{Resource: Resource{LogicalID: "Lost", Type: "AWS::SQS::Queue"}, Name: "dev-lost", ARN: lostARN,
			URL: "https://sqs.eu-west-1.amazonaws.com/123456789012/dev-lost"}}, out.Queues)
	})
	t.Run("a receipt rule has recipients, a bucket and a function", func(t *testing.T) {
		same(t, []ReceiptRule{{Resource: Resource{LogicalID: "ReplyRule", Type: "AWS::SES::ReceiptRule"}, Name: "reply", Recipients: []string{"reply.example.com"},
			Bucket: "cs-bucket", Prefix: "inbound/", Function: "cs-timers"}}, out.ReceiptRules)
	})
	t.Run("what only operates the system is set aside unread, with its line", func(t *testing.T) {
		if diff := cmp.Diff([]Resource{{"LostAlarm", "AWS::CloudWatch::Alarm", 81}}, out.Aside); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("a condition that does not hold removes resources and outputs", func(t *testing.T) {
		same(t, []Identity{}, out.Identities)
		same(t, map[string]string{"Url": "https://cs-api.execute-api.eu-west-1.amazonaws.com/v1"}, out.Outputs)
	})
	t.Run("given parameters change what holds", func(t *testing.T) {
		out := example(t, map[string]string{"Stage": "prod", "Sender": "desk@example.com", "Seconds": "7"})
		env := out.Functions[1].Env
		if env["LOUD"] != "yes" || env["EITHER"] != "yes" || env["GONE"] != "x" || out.Functions[0].Timeout != 7*time.Second || out.Queues[0].Name != "prod-lost" {
			t.Errorf("%v", env)
		}
		same(t, []Identity{{Resource: Resource{LogicalID: "Mail", Type: "AWS::SES::EmailIdentity"}, Name: "desk@example.com"}}, out.Identities)
		if out.Outputs["Sender"] != "desk@example.com" {
			t.Error(out.Outputs)
		}
	})
}

// header makes a fragment a template; its first line is line 4.
const header = "Transform: AWS::Serverless-2016-10-31\nParameters: {P: {Type: String, Default: p}}\nResources:\n"

func resource(typ, properties string) string {
	return header + "  R:\n    Type: " + typ + "\n    Properties: {" + properties + "}\n"
}

func event(typ, properties string) string {
	return resource("AWS::Serverless::Function", "CodeUri: f, Events: {E: {Type: "+typ+", Properties: {"+properties+"}}}") +
		"  T: {Type: AWS::DynamoDB::Table, Properties: {AttributeDefinitions: [{AttributeName: k, AttributeType: S}], KeySchema: [{AttributeName: k, KeyType: HASH}]}}\n" +
		"  A: {Type: AWS::Serverless::HttpApi}\n"
}

func authorizer(properties string) string {
	return resource("AWS::Serverless::HttpApi", "Auth: {Authorizers: {X: {"+properties+"}}}")
}

func receipt(properties, first string) string {
	return resource("AWS::SES::ReceiptRule", "RuleSetName: !Ref S, Rule: {Name: n, "+properties+", Recipients: [r.example.com], Actions: [{"+first+"}, {LambdaAction: {FunctionArn: !GetAtt F.Arn, InvocationType: Event}}]}") +
		"  S: {Type: AWS::SES::ReceiptRuleSet}\n  B: {Type: AWS::S3::Bucket}\n  F: {Type: AWS::Serverless::Function, Properties: {CodeUri: f}}\n"
}

const stored = "S3Action: {BucketName: !Ref B}"

const simple = `FunctionArn: !GetAtt F.Arn, AuthorizerPayloadFormatVersion: "2.0", EnableSimpleResponses: true`

func TestParseRefuses(t *testing.T) {
	function, table, queue := "AWS::Serverless::Function", "AWS::DynamoDB::Table", "AWS::SQS::Queue"
	for _, row := range []struct{ what, source, want string }{
		{"an empty file", "", "t.yaml: the template is empty"},
		{"what is not YAML", "a: [", "t.yaml: "},
		{"a list", "- a", "t.yaml:1: expected a mapping"},
		{"another transform", "Transform: X", `t.yaml:1: Transform is "X"; write AWS::Serverless-2016-10-31`},
		{"mappings", "Mappings: {}", "t.yaml:1: section Mappings is not supported"},
		{"other globals", "Globals: {Api: {}}", "t.yaml:1: Globals.Api is not supported"},
		{"an unknown global property", "Globals:\n  Function:\n    Layers: [x]\n" + header + "  R: {Type: AWS::Serverless::Function, Properties: {CodeUri: f}}", "t.yaml:3: AWS::Serverless::Function.Layers is not supported by the local cloud; remove it"},
		{"a key given twice", "Outputs: {}\nOutputs: {}", "Outputs"},
		{"an alias", header + "  R: {Type: AWS::SQS::Queue, Properties: {QueueName: &x n, Tags: *x}}", "t.yaml:4: YAML aliases are not supported"},

		{"a parameter without a value", "Parameters:\n  A: {Type: String}", "t.yaml:2: parameter A has no default; give it a value"},
		{"a parameter from SSM", "Parameters:\n  A: {Type: 'AWS::SSM::Parameter::Value<String>', Default: x}", "t.yaml:2: parameter A.Type is"},
		{"a value that is not allowed", "Parameters:\n  A: {Type: String, Default: x, AllowedValues: [y]}", `t.yaml:2: parameter A is "x"; allowed are ["y"]`},
		{"a value against the pattern", "Parameters:\n  A: {Type: String, Default: xx, AllowedPattern: x}", `t.yaml:2: parameter A is "xx"; it must match x`},
		{"a value that is too short", "Parameters:\n  A: {Type: String, Default: x, MinLength: 2}", "t.yaml:2: parameter A is outside its MinLength of 2"},
		{"a number that is too large", "Parameters:\n  A: {Type: Number, Default: 3, MaxValue: 2}", "t.yaml:2: parameter A is outside its MaxValue of 2"},
		{"a number that is none", "Parameters:\n  A: {Type: Number, Default: x}", `t.yaml:2: parameter A is "x"; write a number`},
		{"parameters against a rule", "Parameters:\n  A: {Type: String, Default: x}\nRules:\n  R:\n    Assertions:\n      - {Assert: !Equals [!Ref A, y], AssertDescription: A is y.}", "t.yaml:6: rule R: A is y."},
		{"a rule for some cases only", "Rules:\n  R:\n    RuleCondition: !Equals [a, a]", "t.yaml:3: rule R: RuleCondition is not supported"},
		{"an assertion of something else", "Rules:\n  R:\n    Assertions:\n      - {Test: x}", "t.yaml:4: rule R: Test is no part of an assertion"},
		{"an undeclared condition", header + "  R: {Type: AWS::SQS::Queue, Condition: C}", "t.yaml:4: condition C is not declared"},
		{"a condition in a circle", "Conditions:\n  C: !Not [!Condition C]\n" + header + "  R: {Type: AWS::SQS::Queue, Condition: C}", "t.yaml:2: condition C refers to itself"},
		{"a strange condition", "Conditions:\n  C: !Equals [a]\n" + header + "  R: {Type: AWS::SQS::Queue, Condition: C}", "t.yaml:2: a condition is Fn::Equals of two values"},

		{"an unknown reference", resource(queue, "QueueName: !Ref X"), "t.yaml:6: X is neither a parameter nor a resource"},
		{"an unknown name in a text", resource(queue, "QueueName: !Sub '${X}'"), "t.yaml:6: X is neither"},
		{"an attribute of nothing", resource(queue, "QueueName: !GetAtt X.Arn"), "t.yaml:6: X is not a resource"},
		{"an unknown attribute", resource(queue, "QueueName: !GetAtt R.Size"), "t.yaml:6: R (AWS::SQS::Queue) has no attribute Size"},
		{"a name in a circle", resource(queue, "QueueName: !Sub 'x${R.Arn}'"), "t.yaml:4: the name of R refers to itself"},
		{"another intrinsic", resource(queue, "QueueName: !Select [0, [a]]"), "t.yaml:6: Fn::Select is not supported by the local cloud; use Ref"},
		{"another intrinsic in its long form", resource(queue, "QueueName: {'Fn::ImportValue': x}"), "t.yaml:6: Fn::ImportValue is not supported"},
		{"a half join", resource(queue, "QueueName: !Join [a]"), "t.yaml:6: Fn::Join takes"},
		{"a half if", resource(queue, "QueueName: !If [a]"), "t.yaml:6: Fn::If takes"},
		{"a list as text", resource(queue, "QueueName: [a]"), "t.yaml:6: AWS::SQS::Queue.QueueName is a list; write text"},

		{"an unknown type", header + "  R: {Type: AWS::EC2::Instance}", `t.yaml:4: R: type "AWS::EC2::Instance" is not supported by the local cloud`},
		{"a type with a counterpart", header + "  R: {Type: AWS::Events::Rule}", "write a ScheduleV2 event"},
		{"an unknown resource attribute", header + "  R: {Type: AWS::SQS::Queue, CreationPolicy: {}}", "t.yaml:4: resource attribute CreationPolicy is not supported"},
		{"a fifo queue", resource(queue, "FifoQueue: true"), "t.yaml:6: AWS::SQS::Queue.FifoQueue is not supported"},
		{"a bucket that notifies", resource("AWS::S3::Bucket", "NotificationConfiguration: {}"), "t.yaml:6: AWS::S3::Bucket.NotificationConfiguration is not supported"},
		{"an express machine", resource("AWS::Serverless::StateMachine", "DefinitionUri: x, Type: EXPRESS"), `t.yaml:6: AWS::Serverless::StateMachine.Type is "EXPRESS"; the local cloud supports STANDARD`},
		{"an inline definition", resource("AWS::Serverless::StateMachine", "Definition: {}"), "write DefinitionUri"},
		{"an output without a value", "Outputs:\n  O: {Description: x}", "t.yaml:2: output O needs Value"},

		{"a function without code", resource(function, "Timeout: 3"), "t.yaml:4: AWS::Serverless::Function needs CodeUri"},
		{"another runtime", resource(function, "CodeUri: f, Runtime: nodejs22.x"), `t.yaml:6: AWS::Serverless::Function.Runtime is "nodejs22.x"; the local cloud supports provided.al2023, provided.al2`},
		{"a timeout above 15 minutes", resource(function, "CodeUri: f, Timeout: 901"), `t.yaml:6: AWS::Serverless::Function.Timeout is "901"; write a whole number from 1 to 900`},
		{"a network", resource(function, "CodeUri: f, VpcConfig: {}"), "t.yaml:6: AWS::Serverless::Function.VpcConfig is not supported by the local cloud; remove it"},
		{"a dead letter queue", resource(function, "CodeUri: f, DeadLetterQueue: {}"), "write EventInvokeConfig.DestinationConfig.OnFailure"},
		{"a managed policy", resource(function, "CodeUri: f, Policies: AdministratorAccess"), `"AdministratorAccess" is a managed policy; write Statement`},
		{"a policy template", resource(function, "CodeUri: f, Policies: [DynamoDBCrudPolicy: {TableName: x}]"), "only inline policies are supported"},
		{"a statement without a resource", resource(function, "CodeUri: f, Policies: [Statement: {Effect: Allow, Action: x}]"), "needs Effect, Action and Resource"},
		{"a destination that is not declared", resource(function, "CodeUri: f, EventInvokeConfig: {DestinationConfig: {OnFailure: {Destination: x}}}"), `"x" is not the ARN of an AWS::SQS::Queue`},

		{"another event", event("S3", "Bucket: x"), `t.yaml:6: event E: type "S3" is not supported`},
		{"a route of no API", event("HttpApi", "ApiId: x, Path: /, Method: GET"), `t.yaml:6: ApiId "x" is not an AWS::Serverless::HttpApi`},
		{"a route without a method", event("HttpApi", "ApiId: !Ref A, Path: /"), "needs Path and Method"},
		{"format 1.0", event("HttpApi", `ApiId: !Ref A, Path: /, Method: GET, PayloadFormatVersion: "1.0"`), "the local cloud supports 2.0"},
		{"an authorizer that is not there", event("HttpApi", "ApiId: !Ref A, Path: /, Method: GET, Auth: {Authorizer: X}"), "t.yaml:6: A has no authorizer X"},
		{"a table without a stream", event("DynamoDB", "Stream: !GetAtt T.StreamArn, StartingPosition: LATEST"), "t.yaml:6: T has no stream"},
		{"a stream from nowhere", event("DynamoDB", "Stream: x, StartingPosition: LATEST"), "is not the ARN of an AWS::DynamoDB::Table"},
		{"a stream from no position", event("DynamoDB", "Stream: !GetAtt T.StreamArn"), "needs StartingPosition"},
		{"parallel shards", event("DynamoDB", "Stream: !GetAtt T.StreamArn, StartingPosition: LATEST, ParallelizationFactor: 2"), "ParallelizationFactor"},
		{"a filter that is not JSON", event("DynamoDB", "Stream: !GetAtt T.StreamArn, StartingPosition: LATEST, FilterCriteria: {Filters: [{Pattern: '{'}]}"), "the pattern is not JSON"},
		{"cron", event("ScheduleV2", "ScheduleExpression: cron(0 12 * * ? *)"), "write rate(N minutes)"},
		{"a wrong plural", event("ScheduleV2", "ScheduleExpression: rate(1 hours)"), "write 1 with the singular"},
		{"a wrong singular", event("Schedule", "Schedule: rate(2 hour)"), "write 1 with the singular"},
		{"a zero rate", event("Schedule", "Schedule: rate(0 hours)"), "write 1 with the singular"},
		{"a flexible window", event("ScheduleV2", "ScheduleExpression: rate(1 hour), FlexibleTimeWindow: {Mode: FLEXIBLE}"), "the local cloud supports OFF"},

		{"a receipt rule that is off", receipt("Enabled: false, ScanEnabled: true", stored), `Rule.Enabled is "false"; the local cloud supports true`},
		{"a receipt rule that scans nothing", receipt("Enabled: true", stored), "Rule needs ScanEnabled"},
		{"a receipt rule with another action", receipt("Enabled: true, ScanEnabled: true", "BounceAction: {}"), "supports one S3Action and then one LambdaAction"},
		{"a receipt rule into no bucket", receipt("Enabled: true, ScanEnabled: true", "S3Action: {BucketName: x}"), `BucketName "x" is not an AWS::S3::Bucket`},
		{"a receipt rule of no set", strings.Replace(receipt("Enabled: true, ScanEnabled: true", stored), "!Ref S", "x", 1), `RuleSetName "x" is not an AWS::SES::ReceiptRuleSet`},
		{"a receipt rule that waits for its function", strings.Replace(receipt("Enabled: true, ScanEnabled: true", stored), "Event", "RequestResponse", 1), "the local cloud supports Event"},

		{"a named stage", resource("AWS::Serverless::HttpApi", "StageName: prod"), "the local cloud supports $default"},
		{"a definition", resource("AWS::Serverless::HttpApi", "DefinitionUri: x"), "let the functions' HttpApi events own the routes"},
		{"a default authorizer that is not there", resource("AWS::Serverless::HttpApi", "Auth: {DefaultAuthorizer: X}"), "R has no authorizer X"},
		{"a JWT authorizer", authorizer("JwtConfiguration: {}"), "use a Lambda authorizer"},
		{"a policy answer", authorizer(strings.Replace(simple, "true", "false", 1)), "needs EnableSimpleResponses: true"},
		{"an authorizer of format 1.0", authorizer(strings.Replace(simple, "2.0", "1.0", 1)), "the local cloud supports 2.0"},
		{"an authorizer without a format", authorizer("FunctionArn: x, EnableSimpleResponses: true"), "needs AuthorizerPayloadFormatVersion"},
		{"a cache above an hour", authorizer(simple + ", Identity: {ReauthorizeEvery: 3601}"), "write a whole number from 0 to 3600"},

		{"a key that is not defined", resource(table, "KeySchema: [{AttributeName: k, KeyType: HASH}]"), "key attribute k is not in AttributeDefinitions"},
		{"an attribute in no key", resource(table, "AttributeDefinitions: [{AttributeName: x, AttributeType: S}]"), "attribute x is defined but in no key"},
		{"a key of two partitions", resource(table, "AttributeDefinitions: [{AttributeName: k, AttributeType: S}], KeySchema: [{AttributeName: k, KeyType: RANGE}]"), "one HASH, then perhaps one RANGE"},
		{"a local index", resource(table, "LocalSecondaryIndexes: []"), "write GlobalSecondaryIndexes"},
		{"an included projection of nothing", resource(table, "GlobalSecondaryIndexes: [{IndexName: i, Projection: {ProjectionType: INCLUDE}}]"), "NonKeyAttributes exactly with INCLUDE"},
	} {
		t.Run(row.what, func(t *testing.T) {
			_, err := Parse("t.yaml", []byte(row.source), settings)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v\nwant %s", err, row.want)
			}
		})
	}
	t.Run("a parameter that is not declared", func(t *testing.T) {
		s := settings
		s.Parameters = map[string]string{"Q": "x"}
		if _, err := Parse("t.yaml", []byte(header+"  R: {Type: AWS::SQS::Queue}"), s); err == nil || !strings.Contains(err.Error(), "parameter Q is given but not declared") {
			t.Error(err)
		}
	})
	t.Run("with every problem at once, in the order of the file", func(t *testing.T) {
		_, err := Parse("t.yaml", []byte(header+"  R: {Type: AWS::SQS::Queue, Properties: {FifoQueue: true}}\n  S: {Type: X}\n  T: {Type: Y}"), settings)
		var lines []string
		for _, line := range strings.Split(fmt.Sprint(err), "\n") {
			lines = append(lines, line[:len("t.yaml:4")])
		}
		if diff := cmp.Diff([]string{"t.yaml:4", "t.yaml:5", "t.yaml:6"}, lines); diff != "" {
			t.Error(diff)
		}
	})
}

func FuzzParse(f *testing.F) {
	source, err := os.ReadFile("testdata/template.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(source)
	f.Add([]byte(event("ScheduleV2", "ScheduleExpression: rate(1 hour)")))
	f.Add([]byte(authorizer(simple)))
	f.Fuzz(func(t *testing.T, source []byte) {
		out, err := Parse("t.yaml", source, settings)
		if (out == nil) == (err == nil) {
			t.Errorf("%v %v", out, err)
		}
	})
}

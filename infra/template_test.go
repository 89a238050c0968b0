package infra_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/callsheet/callsheet/infra/local/template"
	"github.com/callsheet/callsheet/shared/help"
	"github.com/callsheet/callsheet/shared/lifecycle"
	jobs "github.com/callsheet/callsheet/shared/project"
)

var readTemplate = sync.OnceValues(func() ([]byte, error) { return os.ReadFile(filepath.Join(project, "template.yaml")) })

// described is the template as the local cloud understands it. Parsing already refuses managed policies and SAM's policy
// templates: what they grant cannot be read in the template.
func described(t *testing.T) *template.Template {
	t.Helper()
	source, err := readTemplate()
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := template.Parse("template.yaml", source, template.Settings{
		Stack: "callsheet", AccountID: "123456789012", Region: "eu-west-1", Parameters: map[string]string{"SenderAddress": "team@callsheet.example.com"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// written is the template as it is written, for what does not change what runs.
func written(t *testing.T) *yaml.Node {
	t.Helper()
	source, err := readTemplate()
	if err != nil {
		t.Fatal(err)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(source, &document); err != nil {
		t.Fatal(err)
	}
	return document.Content[0]
}

// at follows keys through mappings; nil where there is no such key.
func at(n *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		if n == nil || n.Kind != yaml.MappingNode {
			return nil
		}
		next := (*yaml.Node)(nil)
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				next = n.Content[i+1]
			}
		}
		n = next
	}
	return n
}

func textAt(n *yaml.Node, keys ...string) string {
	if found := at(n, keys...); found != nil {
		return found.Value
	}
	return ""
}

// ofType are the written resources of a type, by logical id.
func ofType(t *testing.T, kind string) map[string]*yaml.Node {
	t.Helper()
	found, resources := map[string]*yaml.Node{}, at(written(t), "Resources")
	for i := 0; i+1 < len(resources.Content); i += 2 {
		if textAt(resources.Content[i+1], "Type") == kind {
			found[resources.Content[i].Value] = resources.Content[i+1]
		}
	}
	return found
}

func TestParameters(t *testing.T) {
	source, err := readTemplate()
	if err != nil {
		t.Fatal(err)
	}
	for name, wrong := range map[string][]string{
		"Issuer":           {"", "issuer.example.com"},
		"JwksUrl":          {"", "issuer.example.com/jwks.json"},
		"SiteUrl":          {"", "callsheet.example.com", "https://callsheet.example.com/"},
		"SupportUrl":       {"", "callsheet.example.com/community"},
		"MailDomain":       {"", "team@callsheet.example.com", "https://callsheet.example.com"},
		"SenderAddress":    {"", "callsheet.example.com", "Callsheet <team@callsheet.example.com>"},
		"ReplyDomain":      {"", "reply@callsheet.example.com"},
		"ApiDomain":        {"https://api.callsheet.example.com"},
		"ApiCertificate":   {"api.callsheet.example.com"},
		"AlarmAddress":     {"callsheet.example.com"},
		"LogRetentionDays": {"0", "45"},
	} {
		for _, value := range wrong {
			t.Run(name+" is refused as "+strconv.Quote(value)+" before anything is changed", func(t *testing.T) {
				_, err := template.Parse("template.yaml", source, template.Settings{Stack: "callsheet", AccountID: "123456789012", Region: "eu-west-1", Parameters: map[string]string{name: value}})
				if err == nil || !strings.Contains(err.Error(), "parameter "+name+" is ") {
					t.Errorf("it is taken (%v): the deployment would fail halfway, or its functions at their start. Give the parameter an AllowedPattern.", err)
				}
			})
		}
	}
}

func TestRules(t *testing.T) {
	source, err := readTemplate()
	if err != nil {
		t.Fatal(err)
	}
	const certificate = "arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
	for name, row := range map[string]struct {
		given   map[string]string
		refused bool
	}{
		"a domain without its certificate": {map[string]string{"ApiDomain": "api.callsheet.example.com"}, true},
		"a certificate without its domain": {map[string]string{"ApiCertificate": certificate}, true},
		"both":                             {map[string]string{"ApiDomain": "api.callsheet.example.com", "ApiCertificate": certificate}, false},
		"neither":                          {nil, false},
	} {
		t.Run(name+map[bool]string{true: " is refused before anything is changed", false: " is taken"}[row.refused], func(t *testing.T) {
			_, err := template.Parse("template.yaml", source, template.Settings{Stack: "callsheet", AccountID: "123456789012", Region: "eu-west-1", Parameters: row.given})
			// The local cloud has no domains, so it may say something else of the output that names one.
			if refused := err != nil && strings.Contains(err.Error(), "both or neither"); refused != row.refused {
				t.Errorf("%v. A domain that is left out unseen would have mails lead where nobody answers.", err)
			}
		})
	}
}

func TestDependencies(t *testing.T) {
	resources := at(written(t), "Resources")
	for i := 0; i+1 < len(resources.Content); i += 2 {
		id, after := resources.Content[i].Value, at(resources.Content[i+1], "DependsOn")
		if after == nil {
			continue
		}
		t.Run(id+" comes after resources that are written here", func(t *testing.T) {
			named := after.Content
			if after.Kind == yaml.ScalarNode {
				named = []*yaml.Node{after}
			}
			for _, n := range named {
				if at(resources, n.Value) == nil {
					t.Errorf("template.yaml:%d: there is no resource %s. The linter lets it pass, since SAM might make it; CloudFormation then refuses the whole template. What SAM makes is named by !Ref, as in !Ref Api.Stage.", n.Line, n.Value)
				}
			}
		})
	}
}

func TestFunctions(t *testing.T) {
	functions := described(t).Functions
	t.Run("has one resource per folder, and their names agree", func(t *testing.T) {
		var have, want []string
		for _, f := range functions {
			have = append(have, f.LogicalID+" "+f.CodeURI)
		}
		for _, name := range functionNames(t) {
			want = append(want, strings.ToUpper(name[:1])+name[1:]+"Function functions/"+name)
		}
		slices.Sort(have)
		slices.Sort(want)
		if !slices.Equal(have, want) {
			t.Errorf("template.yaml has\n%v\nand the folders ask for\n%v\nWho reads a log line must find the code by its name. Rename one of them.", have, want)
		}
	})
	t.Run("keeps the logs of each function in a group that is there before it, and not for ever", func(t *testing.T) {
		groups, resources := ofType(t, "AWS::Logs::LogGroup"), at(written(t), "Resources")
		for id, group := range groups {
			if at(group, "Properties", "RetentionInDays") == nil {
				t.Errorf("%s has no RetentionInDays: logs without an end are paid for ever, and hold personal data longer than needed.", id)
			}
		}
		for _, f := range functions {
			name := "/aws/lambda/${AWS::StackName}-" + f.LogicalID
			group := at(resources, f.LogicalID, "Properties", "LoggingConfig", "LogGroup")
			if group == nil || group.Tag != "!Ref" || textAt(groups[group.Value], "Properties", "LogGroupName") != name {
				t.Errorf("%s does not wait for a log group of its own. Lambda would make one without retention at its first call: let LoggingConfig.LogGroup refer to an AWS::Logs::LogGroup named %s.", f.LogicalID, name)
			}
		}
	})
	t.Run("answers before API Gateway gives up", func(t *testing.T) {
		for _, f := range functions {
			if len(f.Routes) > 0 && f.Timeout >= 29*time.Second {
				t.Errorf("%s may run %s, but its caller is gone after 30 s and would not know what was done. Set Timeout below 29.", f.LogicalID, f.Timeout)
			}
		}
	})
	t.Run("runs on arm64 with tracing and structured logs", func(t *testing.T) {
		root := written(t)
		for what, ok := range map[string]bool{
			"Parameters.Architecture.Default: arm64":          textAt(root, "Parameters", "Architecture", "Default") == "arm64",
			"Globals.Function.Tracing: Active":                textAt(root, "Globals", "Function", "Tracing") == "Active",
			"Globals.Function.LoggingConfig.LogFormat: JSON":  textAt(root, "Globals", "Function", "LoggingConfig", "LogFormat") == "JSON",
			"Globals.Function.Architectures: [!Ref …]":        at(root, "Globals", "Function", "Architectures") != nil,
			"TrimGoPath for every function, for small builds": trimmed(t),
		} {
			if !ok {
				t.Errorf("template.yaml lost %q: arm64 is cheaper and starts faster, and a request that crosses functions is only found by its trace.", what)
			}
		}
	})
}

func trimmed(t *testing.T) bool {
	t.Helper()
	for _, f := range ofType(t, "AWS::Serverless::Function") {
		if textAt(f, "Metadata", "BuildMethod") != "go1.x" || textAt(f, "Metadata", "BuildProperties", "TrimGoPath") != "true" {
			return false
		}
	}
	return true
}

// wide are the only resources with a *, each with its reason.
var wide = map[string]string{
	"arn:aws:s3:::callsheet-files/uploads/*":        "a file has no name before it is announced; the prefix is the unit",
	"arn:aws:ses:eu-west-1:123456789012:identity/*": "in the sandbox SES asks for each recipient's identity too; ses:FromAddress holds the sender",
	"arn:aws:s3:::callsheet-mails/inbound/*":        "SES names a mail when it comes in",
	"arn:aws:s3:::callsheet-files/messages/*":       "likewise what is attached to messages",
	"arn:aws:s3:::callsheet-files/help/*":           "likewise what travels with flags",
}

func TestGrants(t *testing.T) {
	parsed := described(t)
	grants := map[string][]template.Statement{}
	for _, f := range parsed.Functions {
		grants[f.LogicalID] = f.Statements
	}
	for _, m := range parsed.StateMachines {
		grants[m.LogicalID] = m.Statements
	}
	for _, id := range slices.Sorted(maps.Keys(grants)) {
		t.Run(id+" is granted single actions on single resources", func(t *testing.T) {
			for _, s := range grants[id] {
				for _, action := range s.Actions {
					if strings.Contains(action, "*") {
						t.Errorf("template.yaml:%d grants %s. A * grants what nobody has thought of, and what AWS adds next year: name the actions.", s.Line, action)
					}
				}
				for _, resource := range s.Resources {
					if strings.Contains(resource, "*") && wide[resource] == "" {
						t.Errorf("template.yaml:%d grants on %s. Name the resource, or explain it in wide, in infra/template_test.go.", s.Line, resource)
					}
				}
			}
		})
	}
}

func TestStreams(t *testing.T) {
	for _, f := range described(t).Functions {
		for _, s := range f.Streams {
			t.Run(f.LogicalID+" takes its stream without losing a record or standing still", func(t *testing.T) {
				for what, ok := range map[string]bool{
					"FunctionResponseTypes: [ReportBatchItemFailures], or one bad record repeats its whole batch": s.ReportBatchItemFailures,
					"BisectBatchOnFunctionError: true, or a crash repeats the whole batch":                        s.BisectBatchOnFunctionError,
					"MaximumRetryAttempts, or one bad record holds its shard for a day":                           s.MaximumRetryAttempts >= 0,
					"MaximumRecordAgeInSeconds below 24 h, or the stream forgets before it is given up":           s.MaximumRecordAge > 0 && s.MaximumRecordAge < 24*time.Hour,
					"DestinationConfig.OnFailure, or what is given up is lost":                                    s.OnFailure != "",
					"FilterCriteria, or it is invoked and billed for every write":                                 len(s.FilterPatterns) > 0,
					"StartingPosition: TRIM_HORIZON, or records between deployment and start are lost":            s.StartingPosition == "TRIM_HORIZON",
				} {
					if !ok {
						t.Errorf("template.yaml:%d: the stream of %s needs %s.", s.Line, f.LogicalID, what)
					}
				}
			})
		}
		if len(f.Schedules) > 0 && f.Async.OnFailure == "" {
			t.Errorf("%s is invoked asynchronously without EventInvokeConfig.DestinationConfig.OnFailure: a failed run would leave no trace.", f.LogicalID)
		}
	}
}

func TestHTTPAPI(t *testing.T) {
	parsed := described(t)
	api := parsed.HTTPAPIs[0]
	t.Run("asks the authorizer at every route but the public ones", func(t *testing.T) {
		const link = "a mail's link stands for the person that it was sent to: its key has 256 bits and is checked before anything else"
		public := map[string]string{
			"PageFunction GET/invitations/{invitationId}/{key}":        link,
			"PageFunction HEAD/invitations/{invitationId}/{key}":       link,
			"PageFunction POST/invitations/{invitationId}/{key}":       link,
			"PageFunction GET/help/{reference}/{proId}/{until}/{key}":  link,
			"PageFunction HEAD/help/{reference}/{proId}/{until}/{key}": link,
			"PageFunction POST/help/{reference}/{proId}/{until}/{key}": link,
			"UnmatchedFunction ": "$default tells only which routes there are, which the published contract tells too",
		}
		for _, f := range parsed.Functions {
			for _, r := range f.Routes {
				if key := f.LogicalID + " " + r.Method + r.Path; r.Authorizer == "" && public[key] == "" {
					t.Errorf("template.yaml:%d: %q is open to anybody. Leave Auth to the default, or explain the route in infra/template_test.go.", r.Line, key)
				}
			}
		}
	})
	t.Run("caches no answer of the authorizer beyond its route", func(t *testing.T) {
		for name, a := range api.Authorizers {
			if a.CacheTTL > 0 && !slices.Contains(a.IdentitySources, "$context.routeKey") {
				t.Errorf("authorizer %s caches for %s: who is disabled goes on for that long. Set ReauthorizeEvery: 0, or add $context.routeKey to the identity sources.", name, a.CacheTTL)
			}
		}
	})
	t.Run("is throttled, and logs its requests", func(t *testing.T) {
		properties := at(ofType(t, "AWS::Serverless::HttpApi")[api.LogicalID], "Properties")
		for _, key := range []string{"ThrottlingBurstLimit", "ThrottlingRateLimit"} {
			if at(properties, "DefaultRouteSettings", key) == nil {
				t.Errorf("the API has no %s: one loop in one client would use up the account's concurrency and its money.", key)
			}
		}
		if at(properties, "AccessLogSettings", "DestinationArn") == nil {
			t.Error("the API has no access log: a request that never reached a function would leave no trace.")
		}
		format := textAt(properties, "AccessLogSettings", "Format")
		for variable, why := range map[string]string{
			"$context.authorizer.error":        "an authorizer that fails is told nowhere else",
			"$context.awsEndpointRequestId":    "by it the function's log, and the requestId that a client was told, are found",
			"$context.integrationErrorMessage": "a function that fails is told by it",
		} {
			if !json.Valid([]byte(format)) || !strings.Contains(format, `"`+variable+`"`) {
				t.Errorf("the access log needs %s, in JSON: %s (docs/runbook/api-fails.md).", variable, why)
			}
		}
	})
}

func TestStateMachines(t *testing.T) {
	parsed := described(t)
	var declared []string
	for _, m := range parsed.StateMachines {
		declared = append(declared, m.ARN)
	}
	slices.Sort(declared)
	t.Run("has one machine per deadline of the lifecycle tables, under the name that alarms use", func(t *testing.T) {
		prefix := function(t, parsed, "ScheduleFunction").Env["MACHINE_ARN_PREFIX"]
		var needed []string
		for _, table := range slices.Concat(jobs.Lifecycles(), help.Lifecycles()) {
			for _, d := range table.Kinds() {
				needed = append(needed, prefix+lifecycle.Machine(table.Name, d.Kind))
			}
		}
		slices.Sort(needed)
		if !slices.Equal(declared, needed) {
			t.Errorf("template.yaml has the machines\n%v\nand the lifecycle tables need\n%v\nAn alarm without its machine would be left to the sweep for ever. Add or remove a resource.", declared, needed)
		}
	})
	t.Run("lets schedule start exactly these", func(t *testing.T) {
		var may []string
		for _, s := range function(t, parsed, "ScheduleFunction").Statements {
			if slices.Contains(s.Actions, "states:StartExecution") {
				may = append(may, s.Resources...)
			}
		}
		slices.Sort(may)
		if !slices.Equal(may, declared) {
			t.Errorf("ScheduleFunction may start\n%v\nof\n%v\nAn alarm that it may not set is left to the sweep. Edit its Resource list.", may, declared)
		}
	})
	for _, m := range parsed.StateMachines {
		t.Run(m.LogicalID+" is substituted exactly what its definition names", func(t *testing.T) {
			definition, err := os.ReadFile(filepath.Join(project, m.DefinitionURI))
			if err != nil {
				t.Fatal(err)
			}
			named := map[string]bool{}
			for _, match := range regexp.MustCompile(`\$\{(\w+)\}`).FindAllStringSubmatch(string(definition), -1) {
				named[match[1]] = true
			}
			have, want := slices.Sorted(maps.Keys(m.Substitutions)), slices.Sorted(maps.Keys(named))
			if !slices.Equal(have, want) {
				t.Errorf("%s names %v, and %s has the DefinitionSubstitutions %v. A name without a value is deployed as it stands and fails at the first alarm.", m.DefinitionURI, want, m.LogicalID, have)
			}
		})
	}
}

func function(t *testing.T, parsed *template.Template, logicalID string) template.Function {
	t.Helper()
	i := slices.IndexFunc(parsed.Functions, func(f template.Function) bool { return f.LogicalID == logicalID })
	if i < 0 {
		t.Fatalf("template.yaml has no %s", logicalID)
	}
	return parsed.Functions[i]
}

func TestWhatIsKept(t *testing.T) {
	for id, table := range ofType(t, "AWS::DynamoDB::Table") {
		t.Run("protects the table "+id, func(t *testing.T) {
			for what, ok := range map[string]bool{
				"DeletionPolicy: Retain":          textAt(table, "DeletionPolicy") == "Retain",
				"UpdateReplacePolicy: Retain":     textAt(table, "UpdateReplacePolicy") == "Retain",
				"DeletionProtectionEnabled: true": textAt(table, "Properties", "DeletionProtectionEnabled") == "true",
				"PointInTimeRecovery":             textAt(table, "Properties", "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled") == "true",
				"SSESpecification":                textAt(table, "Properties", "SSESpecification", "SSEEnabled") == "true",
				"StreamSpecification":             textAt(table, "Properties", "StreamSpecification", "StreamViewType") == "NEW_AND_OLD_IMAGES",
				"TimeToLiveSpecification":         textAt(table, "Properties", "TimeToLiveSpecification", "Enabled") == "true",
				"BillingMode: PAY_PER_REQUEST":    textAt(table, "Properties", "BillingMode") == "PAY_PER_REQUEST",
			} {
				if !ok {
					t.Errorf("%s needs %s: it is the only copy of who is owed what.", id, what)
				}
			}
		})
	}
	for id, bucket := range ofType(t, "AWS::S3::Bucket") {
		t.Run("closes the bucket "+id, func(t *testing.T) {
			for _, key := range []string{"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"} {
				if textAt(bucket, "Properties", "PublicAccessBlockConfiguration", key) != "true" {
					t.Errorf("%s needs %s: true. Clients' files are never public.", id, key)
				}
			}
			if at(bucket, "Properties", "BucketEncryption") == nil || textAt(bucket, "DeletionPolicy") != "Retain" {
				t.Errorf("%s needs BucketEncryption and DeletionPolicy: Retain.", id)
			}
			if !refusesPlainText(ofType(t, "AWS::S3::BucketPolicy"), id) {
				t.Errorf("%s needs an AWS::S3::BucketPolicy that denies s3:* where aws:SecureTransport is false: a presigned link is a password.", id)
			}
		})
	}
	t.Run("expires what nobody submits or completes, wherever a function signs uploads", func(t *testing.T) {
		bucket := bucketOf(t, "Files")
		for _, folder := range folders(t, bucket, "s3:PutObject") {
			pending, multiparts := false, false
			for _, rule := range bucket.Expiry {
				within := strings.HasPrefix(folder, rule.Prefix)
				for name, value := range rule.Tags {
					pending = pending || within && rule.Objects > 0 && name+"="+value == constant(t, "shared/files", "pending")
				}
				multiparts = multiparts || within && rule.OpenMultiparts > 0
			}
			if !pending || !multiparts {
				t.Errorf("under %s the bucket expires pending uploads = %v, unfinished multiparts = %v. Both cost money for ever and are shown to nobody. Edit LifecycleConfiguration; the tag is the constant pending of shared/files.", folder, pending, multiparts)
			}
		}
	})
}

// folders are the prefixes of a bucket on which some function is granted an action.
func folders(t *testing.T, bucket template.Bucket, action string) []string {
	t.Helper()
	var all []string
	for _, f := range described(t).Functions {
		for _, s := range f.Statements {
			for _, resource := range s.Resources {
				if key, ok := strings.CutPrefix(resource, bucket.ARN+"/"); ok && slices.Contains(s.Actions, action) {
					all = append(all, strings.TrimSuffix(key, "*"))
				}
			}
		}
	}
	if len(all) == 0 {
		t.Fatalf("no function may %s in %s", action, bucket.LogicalID)
	}
	return all
}

func bucketOf(t *testing.T, logicalID string) template.Bucket {
	t.Helper()
	for _, b := range described(t).Buckets {
		if b.LogicalID == logicalID {
			return b
		}
	}
	t.Fatalf("template.yaml has no bucket %s", logicalID)
	return template.Bucket{}
}

func TestMailThatGoesOut(t *testing.T) {
	for _, f := range described(t).Functions {
		for _, s := range f.Statements {
			if !slices.Contains(s.Actions, "ses:SendRawEmail") {
				continue
			}
			t.Run(f.LogicalID+" may send from the sender's address alone", func(t *testing.T) {
				if from := fmt.Sprint(s.Condition["StringEquals"]); from != "map[ses:FromAddress:team@callsheet.example.com]" {
					t.Errorf("template.yaml:%d: its condition is %s. Since it may use every identity, the condition is all that holds it.", s.Line, from)
				}
			})
		}
	}
	t.Run("its identity goes with a first deployment that fails, and stays when the stack is deleted", func(t *testing.T) {
		for id, identity := range ofType(t, "AWS::SES::EmailIdentity") {
			if textAt(identity, "DeletionPolicy") != "RetainExceptOnCreate" || textAt(identity, "UpdateReplacePolicy") != "Retain" {
				t.Errorf("%s needs DeletionPolicy: RetainExceptOnCreate and UpdateReplacePolicy: Retain. What is retained by a failed creation has a name of ours, so the next deployment finds it taken.", id)
			}
		}
	})
	t.Run("its events are spelled as CloudFormation documents them", func(t *testing.T) {
		destination := at(ofType(t, "AWS::SES::ConfigurationSetEventDestination")["MailEvents"], "Properties", "EventDestination")
		documented := []string{"send", "reject", "bounce", "complaint", "delivery", "open", "click", "renderingFailure", "deliveryDelay", "subscription"}
		for _, event := range at(destination, "MatchingEventTypes").Content {
			if !slices.Contains(documented, event.Value) {
				t.Errorf("template.yaml:%d: %s is the API's spelling; no schema checks it, and CloudFormation documents only %v", event.Line, event.Value, documented)
			}
		}
		for _, dimension := range at(destination, "CloudWatchDestination", "DimensionConfigurations").Content {
			if source := textAt(dimension, "DimensionValueSource"); source != "messageTag" {
				t.Errorf("template.yaml:%d: the dimension's source is %s, not messageTag", dimension.Line, source)
			}
		}
	})
}

func TestMailThatComesIn(t *testing.T) {
	rules := described(t).ReceiptRules
	if len(rules) != 1 {
		t.Fatalf("%d receipt rules", len(rules))
	}
	inbound, mails := function(t, described(t), "InboundFunction"), bucketOf(t, "Mails")
	t.Run("is kept where the function looks for it, and not for ever", func(t *testing.T) {
		prefix := constant(t, "shared/reply", "keys")
		if rules[0].Bucket != mails.Name || inbound.Env["BUCKET_NAME"] != mails.Name || rules[0].Prefix != prefix || rules[0].Function != inbound.Name {
			t.Errorf("the rule puts mail into %s/%s and tells %s; the function looks in %s/%s. They must be the same.", rules[0].Bucket, rules[0].Prefix, rules[0].Function, inbound.Env["BUCKET_NAME"], prefix)
		}
		if len(mails.Expiry) != 1 || mails.Expiry[0].Prefix != prefix || mails.Expiry[0].Objects == 0 {
			t.Errorf("raw mails expire by %+v. They are people's letters: a rule for %s must end them.", mails.Expiry, prefix)
		}
	})
	t.Run("is for the domain that mails are answered to", func(t *testing.T) {
		for _, id := range []string{"InboundFunction", "NotifyFunction", "SweepFunction"} {
			_, domain, _ := strings.Cut(function(t, described(t), id).Env["REPLY_ADDRESS"], "@")
			if !slices.Equal(rules[0].Recipients, []string{domain}) {
				t.Errorf("%s answers at %s, and the rule is for %v: replies would be refused.", id, domain, rules[0].Recipients)
			}
		}
	})
	t.Run("is tried again, and then given up to a queue", func(t *testing.T) {
		if a := inbound.Async; a.MaximumRetryAttempts != 2 || a.OnFailure == "" {
			t.Errorf("InboundFunction has %+v: a mail that cannot be taken in at once must come again, and then lie where somebody looks.", a)
		}
	})
	t.Run("may come from SES alone, by any receipt rule of this account: a copy of ours in the active rule set is another rule", func(t *testing.T) {
		const rules = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:receipt-rule-set/*"
		if p := at(ofType(t, "AWS::Lambda::Permission")["InboundPermission"], "Properties"); textAt(p, "Principal") != "ses.amazonaws.com" || textAt(p, "SourceAccount") != "AWS::AccountId" || textAt(p, "SourceArn") != rules {
			t.Error("InboundPermission must name ses.amazonaws.com, this account and its receipt rules")
		}
		allowed := false
		for _, s := range at(ofType(t, "AWS::S3::BucketPolicy")["MailsPolicy"], "Properties", "PolicyDocument", "Statement").Content {
			if textAt(s, "Effect") != "Allow" {
				continue
			}
			allowed = textAt(s, "Principal", "Service") == "ses.amazonaws.com" && textAt(s, "Action") == "s3:PutObject" && textAt(s, "Resource") == "${Mails.Arn}/inbound/*" &&
				textAt(s, "Condition", "StringEquals", "aws:SourceAccount") == "AWS::AccountId" && textAt(s, "Condition", "ArnLike", "aws:SourceArn") == rules
			if !allowed {
				t.Errorf("template.yaml:%d: MailsPolicy allows something else than SES to put objects for receipt rules of this account", s.Line)
			}
		}
		if !allowed {
			t.Error("MailsPolicy must let ses.amazonaws.com put objects for receipt rules of this account, or no mail can come in")
		}
	})
}

func refusesPlainText(policies map[string]*yaml.Node, bucket string) bool {
	for _, p := range policies {
		for _, s := range at(p, "Properties", "PolicyDocument", "Statement").Content {
			if textAt(p, "Properties", "Bucket") == bucket && textAt(s, "Effect") == "Deny" && textAt(s, "Action") == "s3:*" && textAt(s, "Principal") == "*" &&
				textAt(s, "Condition", "Bool", "aws:SecureTransport") == "false" && len(at(s, "Resource").Content) == 2 {
				return true
			}
		}
	}
	return false
}

// constant is the text of a constant in the program.
func constant(t *testing.T, folder, name string) string {
	t.Helper()
	value := ""
	for _, file := range parsed(t)[folder].files {
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 && spec.Names[0].Name == name {
				value, _ = literal(spec.Values[0])
			}
			return true
		})
	}
	return value
}

var runbookPage = regexp.MustCompile(`\(docs/runbook/([\w-]+\.md)\)\.$`)

func TestAlarms(t *testing.T) {
	for id, alarm := range ofType(t, "AWS::CloudWatch::Alarm") {
		t.Run(id+" reaches people and tells them what to do", func(t *testing.T) {
			found := runbookPage.FindStringSubmatch(textAt(alarm, "Properties", "AlarmDescription"))
			if found == nil {
				t.Fatalf("the description of %s ends with no page of docs/runbook. Who is woken at night needs more than a name: write one, and name it.", id)
			}
			page, err := os.ReadFile(filepath.Join(project, "docs", "runbook", found[1]))
			if err != nil {
				t.Fatalf("%s names a page that is missing: %v", id, err)
			}
			for _, part := range []string{"**Means.**", "**Look at.**", "**Do.**"} {
				if !strings.Contains(string(page), part) {
					t.Errorf("docs/runbook/%s has no part %s", found[1], part)
				}
			}
			for _, state := range []string{"AlarmActions", "OKActions"} {
				if actions := at(alarm, "Properties", state); actions == nil || len(actions.Content) != 1 || actions.Content[0].Value != "Alarms" {
					t.Errorf("%s needs %s: [!Ref Alarms], or it rings where nobody hears it", id, state)
				}
			}
		})
	}
	t.Run("the dashboard shows every alarm", func(t *testing.T) {
		for _, dashboard := range ofType(t, "AWS::CloudWatch::Dashboard") {
			body := textAt(dashboard, "Properties", "DashboardBody", "Fn::Sub")
			if !json.Valid([]byte(body)) {
				t.Error("the dashboard's body is no JSON")
			}
			for id := range ofType(t, "AWS::CloudWatch::Alarm") {
				if !strings.Contains(body, "${"+id+".Arn}") {
					t.Errorf("the dashboard does not show %s: add it to the first widget", id)
				}
			}
		}
	})
	t.Run("every stream and every schedule is watched", func(t *testing.T) {
		watched := map[string]bool{}
		for _, alarm := range ofType(t, "AWS::CloudWatch::Alarm") {
			if dimensions := at(alarm, "Properties", "Dimensions"); dimensions != nil {
				watched[textAt(alarm, "Properties", "MetricName")+" "+textAt(dimensions.Content[0], "Value")] = true
			}
		}
		for _, f := range described(t).Functions {
			if len(f.Streams) > 0 && !watched["IteratorAge "+f.LogicalID] {
				t.Errorf("%s falls behind its stream unseen: add an alarm on its IteratorAge, as NotifyBehindAlarm is", f.LogicalID)
			}
			if len(f.Schedules) > 0 && !watched["Invocations "+f.LogicalID] {
				t.Errorf("%s stops running unseen: add an alarm on its Invocations, as SweepMissingAlarm is", f.LogicalID)
			}
		}
	})
}

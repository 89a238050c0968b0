package template

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// noAuthorizer is SAM's word for an open route under a default authorizer.
const noAuthorizer = "NONE"

// route reads an HttpApi event. API and Authorizer are settled by checkRoute, once every API is read.
func (p *parser) route(o *object) Route {
	o.pass("RouteSettings")
	o.oneOf("PayloadFormatVersion", "2.0", "2.0")
	auth := o.object("Auth")
	defer auth.end()
	auth.refuse("AuthorizationScopes", "let the authorizer decide")
	r := Route{
		API:        o.required("ApiId"),
		Method:     strings.ToUpper(o.text("Method")),
		Path:       o.text("Path"),
		Authorizer: auth.text("Authorizer"),
		Timeout:    time.Duration(o.number("TimeoutInMillis", 30_000, 50, 30_000)) * time.Millisecond,
		Line:       o.line,
	}
	switch {
	case r.Path == "$default" || r.Path == "" && r.Method == "":
		r.Path, r.Method = "", ""
	case r.Path == "" || r.Method == "":
		p.add(o.line, "an HttpApi event needs Path and Method, or neither for $default")
	case r.Method == "X-AMAZON-APIGATEWAY-ANY-METHOD":
		r.Method = "ANY"
	}
	return r
}

// checkRoute replaces the API's id by its logical id and the event's authorizer by the one that applies.
func (p *parser) checkRoute(r *Route, apis map[string]*HTTPAPI) {
	api := apis[r.API]
	if api == nil {
		p.add(r.Line, "ApiId %q is not an AWS::Serverless::HttpApi of this template; write ApiId: !Ref <its logical id>", r.API)
		return
	}
	r.API = api.LogicalID
	if r.Authorizer == "" {
		r.Authorizer = p.defaultAuthorizers[api.LogicalID]
	}
	if r.Authorizer == noAuthorizer {
		r.Authorizer = ""
	}
	if _, ok := api.Authorizers[r.Authorizer]; r.Authorizer != "" && !ok {
		p.add(r.Line, "%s has no authorizer %s", api.LogicalID, r.Authorizer)
	}
}

const maxRecordAge = 604_800 // seconds

func (p *parser) stream(logicalID string, o *object) Stream {
	o.pass("MaximumBatchingWindowInSeconds", "Tags", "KmsKeyArn", "MetricsConfig")
	o.number("ParallelizationFactor", 1, 1, 1)
	o.refuse("TumblingWindowInSeconds", "remove it")
	s := Stream{
		LogicalID:                  logicalID,
		StartingPosition:           o.oneOf("StartingPosition", "", "TRIM_HORIZON", "LATEST"),
		BatchSize:                  o.number("BatchSize", 100, 1, 10_000),
		MaximumRetryAttempts:       o.number("MaximumRetryAttempts", -1, -1, 10_000),
		BisectBatchOnFunctionError: o.flag("BisectBatchOnFunctionError", false),
		Enabled:                    o.flag("Enabled", true),
		OnFailure:                  p.onFailure(o.object("DestinationConfig")),
		Line:                       o.line,
	}
	if s.StartingPosition == "" {
		p.add(o.line, "a DynamoDB event needs StartingPosition")
	}
	if stream := o.required("Stream"); stream != "" {
		s.Table = p.target(o.get("Stream").line, "AWS::DynamoDB::Table", stream)
	}
	s.MaximumRecordAge = -1
	if age := o.number("MaximumRecordAgeInSeconds", -1, -1, maxRecordAge); age >= 0 {
		s.MaximumRecordAge = time.Duration(age) * time.Second
	}
	for _, kind := range o.texts("FunctionResponseTypes") {
		s.ReportBatchItemFailures = true
		if kind != "ReportBatchItemFailures" {
			p.add(o.line, "FunctionResponseTypes: %q is not supported; write ReportBatchItemFailures", kind)
		}
	}
	s.FilterPatterns = p.filterPatterns(o.object("FilterCriteria"))
	return s
}

func (p *parser) filterPatterns(o *object) []string {
	defer o.end()
	var patterns []string
	for _, item := range o.list("Filters") {
		filter := p.object(item, o.path+".Filters")
		pattern := filter.required("Pattern")
		if pattern != "" && !json.Valid([]byte(pattern)) {
			p.add(item.line, "%s.Filters: the pattern is not JSON", o.path)
		}
		patterns = append(patterns, pattern)
		filter.end()
	}
	return patterns
}

func (p *parser) schedule(kind, logicalID, name string, o *object) Schedule {
	expression := map[string]string{"Schedule": "Schedule", "ScheduleV2": "ScheduleExpression"}[kind]
	o.pass("Description", "RetryPolicy", "DeadLetterConfig")
	s := Schedule{LogicalID: logicalID, Name: name, Input: o.text("Input"), Line: o.line}
	if given := o.text("Name"); given != "" {
		s.Name = given
	}
	if s.Input != "" && !json.Valid([]byte(s.Input)) {
		p.add(o.get("Input").line, "Input is not JSON")
	}
	s.Enabled = o.oneOf("State", "ENABLED", "ENABLED", "DISABLED") == "ENABLED"
	if kind == "Schedule" {
		s.Enabled = o.flag("Enabled", s.Enabled)
	} else {
		o.pass("GroupName", "KmsKeyArn", "OmitName", "PermissionsBoundary", "RoleArn", "ScheduleExpressionTimezone")
		window := o.object("FlexibleTimeWindow")
		window.oneOf("Mode", "OFF", "OFF")
		window.end()
	}
	if text := o.required(expression); text != "" {
		s.Every = p.rate(o.get(expression).line, text)
	}
	return s
}

var rateExpression = regexp.MustCompile(`^rate\((\d+) (minute|hour|day)(s?)\)$`)

// rate reads rate(5 minutes). As on AWS, 1 takes the singular and every other number the plural.
func (p *parser) rate(line int, text string) time.Duration {
	m := rateExpression.FindStringSubmatch(text)
	if m == nil {
		p.add(line, "schedule %q is not supported by the local cloud; write rate(N minutes), rate(N hours) or rate(N days)", text)
		return 0
	}
	n, err := strconv.Atoi(m[1])
	unit := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[m[2]]
	if err != nil || n < 1 || n > 36_500 || (n == 1) != (m[3] == "") {
		p.add(line, "schedule %q: write 1 with the singular, a number from 2 to 36500 with the plural", text)
		return 0
	}
	return time.Duration(n) * unit
}

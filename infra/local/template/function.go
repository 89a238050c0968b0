package template

import (
	"fmt"
	"time"
)

func (p *parser) readFunction(d *declaration) {
	o := p.properties(d)
	defer o.end()
	o.pass("Architectures", "AutoPublishAlias", "DeploymentPreference", "Description", "EphemeralStorage",
		"KmsKeyArn", "LoggingConfig", "PermissionsBoundary", "PropagateTags", "RecursiveLoop", "Role", "RolePath",
		"RuntimeManagementConfig", "Tags", "Tracing")
	o.oneOf("Runtime", "", "provided.al2023", "provided.al2")
	o.oneOf("Handler", "", "bootstrap")
	o.oneOf("PackageType", "Zip", "Zip")
	o.refuse("InlineCode", "write CodeUri")
	o.refuse("DeadLetterQueue", "write EventInvokeConfig.DestinationConfig.OnFailure")
	f := Function{
		Resource:    d.Resource,
		Name:        p.name(d),
		ARN:         p.arn(d),
		CodeURI:     o.required("CodeUri"),
		Env:         p.environment(o.object("Environment")),
		Timeout:     o.seconds("Timeout", 3, 1, 900),
		MemorySize:  o.number("MemorySize", 128, 128, 10240),
		Concurrency: o.number("ReservedConcurrentExecutions", 0, 1, 1000),
		Statements:  p.statements(o),
		Async:       p.async(o.object("EventInvokeConfig")),
	}
	events := o.object("Events")
	for _, e := range events.fields {
		p.readEvent(&f, e.name, e.line, events.object(e.name))
	}
	p.out.Functions = append(p.out.Functions, f)
}

// merge lays own over global as SAM does: mappings key by key, lists one after the other, the rest replaced.
func merge(global, own value) value {
	switch {
	case own.kind == absent:
		return global
	case global.kind == list && own.kind == list:
		own.items = append(append([]value{}, global.items...), own.items...)
	case global.kind == mapping && own.kind == mapping:
		fields := append([]field{}, global.fields...)
		for _, f := range own.fields {
			fields = overlay(fields, f)
		}
		own.fields = fields
	}
	return own
}

func overlay(fields []field, f field) []field {
	for i, under := range fields {
		if under.name == f.name {
			f.value = merge(under.value, f.value)
			fields[i] = f
			return fields
		}
	}
	return append(fields, f)
}

func (p *parser) environment(o *object) map[string]string {
	defer o.end()
	return o.textMap("Variables")
}

// statements reads inline policies. Managed policies and SAM's templates are refused: what they grant is not visible
// in the template.
func (p *parser) statements(o *object) []Statement {
	v := o.get("Policies")
	items := v.items
	if v.kind == mapping {
		items = []value{v}
	} else if v.kind == scalar {
		p.add(v.line, "%s.Policies: %q is a managed policy; write Statement with what is called", o.path, v.text)
	}
	var out []Statement
	for _, item := range items {
		if item.kind != mapping || !hasField(item, "Statement") {
			p.add(item.line, "%s.Policies: only inline policies are supported; write Statement with what is called", o.path)
			continue
		}
		policy := p.object(item, o.path+".Policies")
		policy.pass("Version", "Id")
		list := policy.get("Statement")
		if list.kind == mapping {
			list.items = []value{list}
		}
		for _, s := range list.items {
			out = append(out, p.statement(s, o.path+".Policies.Statement"))
		}
		policy.end()
	}
	return out
}

func hasField(v value, name string) bool {
	for _, f := range v.fields {
		if f.name == name {
			return true
		}
	}
	return false
}

func (p *parser) statement(v value, path string) Statement {
	o := p.object(v, path)
	defer o.end()
	o.pass("Sid")
	s := Statement{
		Effect:    o.oneOf("Effect", "", "Allow", "Deny"),
		Actions:   o.texts("Action"),
		Resources: o.texts("Resource"),
		Line:      v.line,
	}
	if c, ok := o.get("Condition").plain().(map[string]any); ok {
		s.Condition = c
	}
	if s.Effect == "" || len(s.Actions) == 0 || len(s.Resources) == 0 {
		p.add(v.line, "%s needs Effect, Action and Resource", path)
	}
	return s
}

func (p *parser) async(o *object) Async {
	defer o.end()
	return Async{
		MaximumRetryAttempts: o.number("MaximumRetryAttempts", 2, 0, 2),
		MaximumEventAge:      o.seconds("MaximumEventAgeInSeconds", int(6*time.Hour/time.Second), 60, 21600),
		OnFailure:            p.onFailure(o.object("DestinationConfig")),
	}
}

// onFailure is the queue of a DestinationConfig.
func (p *parser) onFailure(o *object) string {
	defer o.end()
	o.refuse("OnSuccess", "remove it")
	f := o.object("OnFailure")
	defer f.end()
	f.oneOf("Type", "SQS", "SQS")
	destination := f.get("Destination")
	if destination.kind == absent {
		return ""
	}
	return p.target(destination.line, "AWS::SQS::Queue", f.text("Destination"))
}

func (p *parser) readEvent(f *Function, logicalID string, line int, o *object) {
	defer o.end()
	properties := o.object("Properties")
	properties.line = line
	defer properties.end()
	switch kind := o.text("Type"); kind {
	case "HttpApi":
		f.Routes = append(f.Routes, p.route(properties))
	case "DynamoDB":
		f.Streams = append(f.Streams, p.stream(logicalID, properties))
	case "Schedule", "ScheduleV2":
		name := fmt.Sprintf("%s-%s%s", p.settings.Stack, f.LogicalID, logicalID)
		f.Schedules = append(f.Schedules, p.schedule(kind, logicalID, name, properties))
	default:
		properties.pass(fieldNames(properties)...)
		p.add(line, "event %s: type %q is not supported by the local cloud; use HttpApi, DynamoDB, Schedule or ScheduleV2", logicalID, kind)
	}
}

func fieldNames(o *object) []string {
	var names []string
	for _, f := range o.fields {
		names = append(names, f.name)
	}
	return names
}

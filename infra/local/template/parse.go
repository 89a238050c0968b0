package template

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"
)

// Settings are what CloudFormation would know. Parameters override defaults.
type Settings struct {
	Stack      string
	AccountID  string
	Region     string
	Parameters map[string]string
}

const transform = "AWS::Serverless-2016-10-31"

// parser carries the template's sections while they are read.
type parser struct {
	problems
	settings     Settings
	parameters   map[string]string
	conditions   map[string]*yaml.Node
	globals      map[string]*yaml.Node // by resource type
	declarations map[string]*declaration
	order        []*declaration
	visiting     map[string]bool // what is being resolved, against circles

	defaultAuthorizers map[string]string // by the API's logical id
	out                *Template
}

// Parse reads a template. file is its name for messages; an error lists every problem with its line.
func Parse(file string, source []byte, settings Settings) (*Template, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(source, &document); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(document.Content) != 1 {
		return nil, fmt.Errorf("%s: the template is empty", file)
	}
	p := &parser{
		problems:           problems{file: file},
		settings:           settings,
		parameters:         map[string]string{},
		globals:            map[string]*yaml.Node{},
		conditions:         map[string]*yaml.Node{},
		declarations:       map[string]*declaration{},
		visiting:           map[string]bool{},
		defaultAuthorizers: map[string]string{},
		out:                &Template{Outputs: map[string]string{}},
	}
	p.readSections(document.Content[0])
	if err := p.err(); err != nil {
		return nil, err
	}
	return p.out, nil
}

// readSections reads the sections in the order in which they depend on each other.
func (p *parser) readSections(root *yaml.Node) {
	sections := map[string]*yaml.Node{}
	for _, e := range p.entries(root) {
		switch e.name {
		case "AWSTemplateFormatVersion", "Description", "Metadata":
		case "Transform":
			if e.node.Value != transform {
				p.add(e.line, "Transform is %q; write %s", e.node.Value, transform)
			}
		case "Parameters", "Rules", "Conditions", "Globals", "Resources", "Outputs":
			sections[e.name] = e.node
		default:
			p.add(e.line, "section %s is not supported by the local cloud; use Parameters and Conditions", e.name)
		}
	}
	p.readParameters(sections["Parameters"])
	for _, e := range p.entries(sections["Conditions"]) {
		p.conditions[e.name] = e.node
	}
	p.checkRules(sections["Rules"])
	for _, e := range p.entries(sections["Globals"]) {
		switch e.name {
		case "Function", "HttpApi", "StateMachine":
			p.globals["AWS::Serverless::"+e.name] = e.node
		default:
			p.add(e.line, "Globals.%s is not supported by the local cloud; write it on each resource", e.name)
		}
	}
	p.readResources(sections["Resources"])
	for _, d := range p.order {
		p.readResource(d)
	}
	p.checkReferences()
	p.readOutputs(sections["Outputs"])
}

func (p *parser) readResource(d *declaration) {
	switch d.Type {
	case "AWS::Serverless::Function":
		p.readFunction(d)
	case "AWS::Serverless::HttpApi":
		p.readHTTPAPI(d)
	case "AWS::Serverless::StateMachine":
		p.readStateMachine(d)
	case "AWS::DynamoDB::Table":
		p.readTable(d)
	case "AWS::S3::Bucket":
		p.readBucket(d)
	case "AWS::SQS::Queue":
		p.readQueue(d)
	case "AWS::SES::EmailIdentity":
		p.readIdentity(d)
	case "AWS::SES::ReceiptRuleSet":
		p.properties(d).end()
	case "AWS::SES::ReceiptRule":
		p.readReceiptRule(d)
	default:
		if slices.Contains(aside, d.Type) {
			p.out.Aside = append(p.out.Aside, d.Resource)
			return
		}
		p.add(d.Line, "%s: type %q is not supported by the local cloud%s", d.LogicalID, d.Type, instead[d.Type])
	}
}

// instead is what to write for types that have a supported counterpart.
var instead = map[string]string{
	"AWS::Serverless::Api":             "; write AWS::Serverless::HttpApi",
	"AWS::Serverless::SimpleTable":     "; write AWS::DynamoDB::Table",
	"AWS::Lambda::Function":            "; write AWS::Serverless::Function",
	"AWS::Lambda::EventSourceMapping":  "; write a DynamoDB event on the function",
	"AWS::Events::Rule":                "; write a ScheduleV2 event on the function",
	"AWS::Scheduler::Schedule":         "; write a ScheduleV2 event on the function",
	"AWS::StepFunctions::StateMachine": "; write AWS::Serverless::StateMachine",
	"AWS::ApiGatewayV2::Api":           "; write AWS::Serverless::HttpApi",
}

// properties opens a resource's properties, laid over the globals of its type.
func (p *parser) properties(d *declaration) *object {
	v := value{line: d.Line}
	if d.properties != nil {
		v = p.resolve(d.properties)
	}
	if globals := p.globals[d.Type]; globals != nil {
		v = merge(p.resolve(globals), v)
	}
	o := p.object(v, d.Type)
	o.line = d.Line
	if name := nameProperty[d.Type]; name != "" {
		o.pass(name)
	}
	return o
}

// checkReferences checks what names a resource that may stand later in the file.
func (p *parser) checkReferences() {
	apis := map[string]*HTTPAPI{}
	for i := range p.out.HTTPAPIs {
		apis[p.out.HTTPAPIs[i].ID] = &p.out.HTTPAPIs[i]
	}
	for _, f := range p.out.Functions {
		for i := range f.Routes {
			p.checkRoute(&f.Routes[i], apis)
		}
		for _, s := range f.Streams {
			p.checkStream(s)
		}
	}
}

// checkStream checks that the table has a stream at all.
func (p *parser) checkStream(s Stream) {
	for _, t := range p.out.Tables {
		if t.Name == s.Table && t.StreamViewType == "" {
			p.add(s.Line, "%s has no stream; give it a StreamSpecification", t.LogicalID)
		}
	}
}

func (p *parser) readOutputs(n *yaml.Node) {
	for _, e := range p.entries(n) {
		attributes := map[string]*yaml.Node{}
		for _, attribute := range p.entries(e.node) {
			switch attribute.name {
			case "Value", "Condition", "Description", "Export":
				attributes[attribute.name] = attribute.node
			default:
				p.add(attribute.line, "output %s: %s is not supported", e.name, attribute.name)
			}
		}
		if c := attributes["Condition"]; c != nil && !p.condition(c.Line, c.Value) {
			continue
		}
		if attributes["Value"] == nil {
			p.add(e.line, "output %s needs Value", e.name)
			continue
		}
		p.out.Outputs[e.name] = p.text(p.resolve(attributes["Value"]), "output "+e.name)
	}
}

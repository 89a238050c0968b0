package template

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// declaration is a resource before its properties are read.
type declaration struct {
	Resource
	properties *yaml.Node // nil without any
}

// streamLabel stands for the creation time in a stream's ARN.
const streamLabel = "/stream/2026-01-01T00:00:00.000"

// nameProperty is where a type's physical name is given; without it CloudFormation makes one up.
var nameProperty = map[string]string{
	"AWS::Serverless::Function":     "FunctionName",
	"AWS::Serverless::StateMachine": "Name",
	"AWS::DynamoDB::Table":          "TableName",
	"AWS::S3::Bucket":               "BucketName",
	"AWS::SQS::Queue":               "QueueName",
	"AWS::SES::ConfigurationSet":    "Name",
	"AWS::SES::EmailIdentity":       "EmailIdentity",
	"AWS::SES::ReceiptRuleSet":      "RuleSetName",
	"AWS::SNS::Topic":               "TopicName",
	"AWS::Logs::LogGroup":           "LogGroupName",
	"AWS::IAM::Role":                "RoleName",
}

// aside are the types that operate the system and do not change what it does.
var aside = []string{
	"AWS::ApiGatewayV2::ApiMapping", "AWS::ApiGatewayV2::DomainName",
	"AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm", "AWS::CloudWatch::Dashboard",
	"AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::Role",
	"AWS::KMS::Alias", "AWS::KMS::Key",
	"AWS::Lambda::Permission",
	"AWS::Logs::LogGroup", "AWS::Logs::MetricFilter", "AWS::Logs::QueryDefinition",
	"AWS::S3::BucketPolicy", "AWS::SES::ConfigurationSet", "AWS::SES::ConfigurationSetEventDestination",
	"AWS::SNS::Subscription", "AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy",
}

// readResources lists what is declared; resources whose condition does not hold do not exist.
func (p *parser) readResources(n *yaml.Node) {
	for _, e := range p.entries(n) {
		d := &declaration{Resource: Resource{LogicalID: e.name, Line: e.line}}
		exists := true
		for _, attribute := range p.entries(e.node) {
			switch attribute.name {
			case "Type":
				d.Type = attribute.node.Value
			case "Properties":
				d.properties = attribute.node
			case "Condition":
				exists = p.condition(attribute.line, attribute.node.Value)
			case "Metadata", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy":
			default:
				p.add(attribute.line, "resource attribute %s is not supported by the local cloud; remove it", attribute.name)
			}
		}
		if exists {
			p.declarations[e.name] = d
			p.order = append(p.order, d)
		}
	}
}

// name is the physical name: as given, or <stack>-<logical id>.
func (p *parser) name(d *declaration) string {
	key := "name of " + d.LogicalID
	if p.visiting[key] {
		p.add(d.Line, "the name of %s refers to itself", d.LogicalID)
		return ""
	}
	p.visiting[key] = true
	defer delete(p.visiting, key)
	if d.properties != nil && d.properties.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(d.properties.Content); i += 2 {
			if d.properties.Content[i].Value == nameProperty[d.Type] && nameProperty[d.Type] != "" {
				if v := p.resolve(d.properties.Content[i+1]); v.kind != absent {
					return p.text(v, d.Type+"."+nameProperty[d.Type])
				}
			}
		}
	}
	made := p.settings.Stack + "-" + d.LogicalID
	if d.Type == "AWS::S3::Bucket" || d.Type == "AWS::Serverless::HttpApi" {
		return strings.ToLower(made)
	}
	return made
}

// reference is what Ref gives.
func (p *parser) reference(d *declaration) string {
	switch d.Type {
	case "AWS::SQS::Queue":
		return p.queueURL(d)
	case "AWS::Serverless::StateMachine", "AWS::SNS::Topic", "AWS::IAM::ManagedPolicy":
		return p.arn(d)
	}
	return p.name(d)
}

// attribute is what Fn::GetAtt gives, if the local cloud knows it.
func (p *parser) attribute(d *declaration, attribute string) (string, bool) {
	name := p.name(d)
	switch d.Type + "." + attribute {
	case "AWS::SNS::Topic.TopicArn":
		return p.arn(d), true
	case "AWS::DynamoDB::Table.StreamArn":
		return p.arn(d) + streamLabel, true
	case "AWS::SQS::Queue.QueueUrl":
		return p.queueURL(d), true
	case "AWS::SQS::Queue.QueueName", "AWS::Serverless::StateMachine.Name", "AWS::SNS::Topic.TopicName",
		"AWS::Serverless::HttpApi.ApiId", "AWS::KMS::Key.KeyId":
		return name, true
	case "AWS::Serverless::HttpApi.ApiEndpoint":
		return "https://" + name + ".execute-api." + p.settings.Region + ".amazonaws.com", true
	case "AWS::SES::EmailIdentity.DkimDNSTokenName1", "AWS::SES::EmailIdentity.DkimDNSTokenName2", "AWS::SES::EmailIdentity.DkimDNSTokenName3",
		"AWS::SES::EmailIdentity.DkimDNSTokenValue1", "AWS::SES::EmailIdentity.DkimDNSTokenValue2", "AWS::SES::EmailIdentity.DkimDNSTokenValue3":
		return strings.ToLower(attribute) + "." + name, true
	case "AWS::S3::Bucket.DomainName":
		return name + ".s3.amazonaws.com", true
	case "AWS::S3::Bucket.RegionalDomainName":
		return name + ".s3." + p.settings.Region + ".amazonaws.com", true
	}
	if attribute == "Arn" && d.Type != "AWS::SNS::Topic" {
		arn := p.arn(d)
		return arn, arn != ""
	}
	return "", false
}

func (p *parser) queueURL(d *declaration) string {
	return "https://sqs." + p.settings.Region + ".amazonaws.com/" + p.settings.AccountID + "/" + p.name(d)
}

// arn is "" for a type without one here.
func (p *parser) arn(d *declaration) string {
	here, name := ":"+p.settings.Region+":"+p.settings.AccountID+":", p.name(d)
	switch d.Type {
	case "AWS::Serverless::Function":
		return "arn:aws:lambda" + here + "function:" + name
	case "AWS::Serverless::StateMachine":
		return "arn:aws:states" + here + "stateMachine:" + name
	case "AWS::DynamoDB::Table":
		return "arn:aws:dynamodb" + here + "table/" + name
	case "AWS::S3::Bucket":
		return "arn:aws:s3:::" + name
	case "AWS::SQS::Queue":
		return "arn:aws:sqs" + here + name
	case "AWS::SNS::Topic":
		return "arn:aws:sns" + here + name
	case "AWS::Logs::LogGroup":
		return "arn:aws:logs" + here + "log-group:" + name + ":*"
	case "AWS::CloudWatch::Alarm":
		return "arn:aws:cloudwatch" + here + "alarm:" + name
	case "AWS::KMS::Key":
		return "arn:aws:kms" + here + "key/" + name
	case "AWS::IAM::Role":
		return "arn:aws:iam::" + p.settings.AccountID + ":role/" + name
	case "AWS::IAM::ManagedPolicy":
		return "arn:aws:iam::" + p.settings.AccountID + ":policy/" + name
	}
	return ""
}

// target finds the declared resource of a type behind an ARN (or, for a stream, the ARN's table) and gives its name.
func (p *parser) target(line int, typ, arn string) string {
	arn = strings.TrimSuffix(arn, streamLabel)
	i := slices.IndexFunc(p.order, func(d *declaration) bool { return d.Type == typ && p.arn(d) == arn })
	if i < 0 {
		p.add(line, "%q is not the ARN of an %s of this template", arn, typ)
		return ""
	}
	return p.name(p.order[i])
}

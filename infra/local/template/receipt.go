package template

// readReceiptRule takes the one order of actions that the product uses: the mail is kept first, so that whoever is told
// of it finds it.
func (p *parser) readReceiptRule(d *declaration) {
	o := p.properties(d)
	defer o.end()
	if set := o.required("RuleSetName"); !p.declares("AWS::SES::ReceiptRuleSet", set) {
		p.add(d.Line, "%s: RuleSetName %q is not an AWS::SES::ReceiptRuleSet of this template", d.LogicalID, set)
	}
	rule := o.object("Rule")
	defer rule.end()
	for _, on := range []string{"Enabled", "ScanEnabled"} { // both are off unless written
		rule.required(on)
		rule.oneOf(on, "", "true")
	}
	rule.oneOf("TlsPolicy", "Optional", "Optional", "Require")
	r := ReceiptRule{Resource: d.Resource, Name: rule.required("Name"), Recipients: rule.texts("Recipients")}
	actions := rule.list("Actions")
	if len(actions) != 2 || !hasField(actions[0], "S3Action") || !hasField(actions[1], "LambdaAction") {
		p.add(d.Line, "%s: the local cloud supports one S3Action and then one LambdaAction", d.LogicalID)
		return
	}
	first, second := p.object(actions[0], "Rule.Actions"), p.object(actions[1], "Rule.Actions")
	defer first.end()
	defer second.end()
	keep, tell := first.object("S3Action"), second.object("LambdaAction")
	defer keep.end()
	defer tell.end()
	if r.Bucket = keep.required("BucketName"); !p.declares("AWS::S3::Bucket", r.Bucket) {
		p.add(keep.line, "BucketName %q is not an AWS::S3::Bucket of this template", r.Bucket)
	}
	r.Prefix = keep.text("ObjectKeyPrefix")
	tell.oneOf("InvocationType", "Event", "Event")
	r.Function = p.target(d.Line, "AWS::Serverless::Function", tell.required("FunctionArn"))
	p.out.ReceiptRules = append(p.out.ReceiptRules, r)
}

// declares tells whether a resource of a type has that name.
func (p *parser) declares(typ, name string) bool {
	for _, d := range p.order {
		if d.Type == typ && p.name(d) == name {
			return true
		}
	}
	return false
}

package template

func (p *parser) readStateMachine(d *declaration) {
	o := p.properties(d)
	defer o.end()
	o.pass("Logging", "PermissionsBoundary", "PropagateTags", "Role", "RolePath", "Tags", "Tracing")
	o.oneOf("Type", "STANDARD", "STANDARD")
	o.refuse("Definition", "write DefinitionUri")
	o.refuse("Events", "start executions from a function")
	p.out.StateMachines = append(p.out.StateMachines, StateMachine{
		Resource:      d.Resource,
		Name:          p.name(d),
		ARN:           p.arn(d),
		DefinitionURI: o.required("DefinitionUri"),
		Substitutions: o.textMap("DefinitionSubstitutions"),
		Statements:    p.statements(o),
	})
}

func (p *parser) readBucket(d *declaration) {
	o := p.properties(d)
	defer o.end()
	o.pass("BucketEncryption", "CorsConfiguration", "LoggingConfiguration", "MetricsConfigurations", "OwnershipControls",
		"PublicAccessBlockConfiguration", "Tags")
	versioning := o.object("VersioningConfiguration")
	defer versioning.end()
	lifecycle := o.object("LifecycleConfiguration")
	defer lifecycle.end()
	b := Bucket{
		Resource:  d.Resource,
		Name:      p.name(d),
		ARN:       p.arn(d),
		Versioned: versioning.oneOf("Status", "Suspended", "Enabled", "Suspended") == "Enabled",
	}
	for _, item := range lifecycle.list("Rules") {
		if rule, enabled := p.expiry(item); enabled {
			b.Expiry = append(b.Expiry, rule)
		}
	}
	p.out.Buckets = append(p.out.Buckets, b)
}

func (p *parser) expiry(v value) (rule Expiry, enabled bool) {
	o := p.object(v, "LifecycleConfiguration.Rules")
	defer o.end()
	o.pass("Id", "Transitions", "NoncurrentVersionTransitions", "ExpiredObjectDeleteMarker")
	old := o.object("NoncurrentVersionExpiration")
	defer old.end()
	multipart := o.object("AbortIncompleteMultipartUpload")
	defer multipart.end()
	rule = Expiry{
		Prefix:         o.text("Prefix"),
		Tags:           map[string]string{},
		Objects:        o.days("ExpirationInDays"),
		OldVersions:    old.days("NoncurrentDays"),
		OpenMultiparts: multipart.days("DaysAfterInitiation"),
		Line:           v.line,
	}
	for _, item := range o.list("TagFilters") {
		tag := p.object(item, o.path+".TagFilters")
		rule.Tags[tag.required("Key")] = tag.required("Value")
		tag.end()
	}
	return rule, o.oneOf("Status", "", "Enabled", "Disabled") == "Enabled"
}

func (p *parser) readQueue(d *declaration) {
	o := p.properties(d)
	defer o.end()
	o.pass("KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "MaximumMessageSize", "MessageRetentionPeriod",
		"ReceiveMessageWaitTimeSeconds", "SqsManagedSseEnabled", "Tags", "VisibilityTimeout")
	p.out.Queues = append(p.out.Queues, Queue{Resource: d.Resource, Name: p.name(d), ARN: p.arn(d), URL: p.queueURL(d)})
}

func (p *parser) readIdentity(d *declaration) {
	o := p.properties(d)
	defer o.end()
	o.pass("ConfigurationSetAttributes", "DkimAttributes", "DkimSigningAttributes", "FeedbackAttributes", "MailFromAttributes", "Tags")
	p.out.Identities = append(p.out.Identities, Identity{Resource: d.Resource, Name: o.required("EmailIdentity")})
}

package template

import "slices"

func (p *parser) readTable(d *declaration) {
	o := p.properties(d)
	defer o.end()
	o.pass("BillingMode", "ContributorInsightsSpecification", "DeletionProtectionEnabled", "OnDemandThroughput",
		"PointInTimeRecoverySpecification", "ProvisionedThroughput", "ResourcePolicy", "SSESpecification", "TableClass", "Tags",
		"WarmThroughput")
	o.refuse("LocalSecondaryIndexes", "write GlobalSecondaryIndexes")
	types := p.attributeTypes(o)
	used := map[string]bool{}
	t := Table{
		Resource:     d.Resource,
		Name:         p.name(d),
		ARN:          p.arn(d),
		Key:          p.key(o, types, used),
		TTLAttribute: p.ttl(o.object("TimeToLiveSpecification")),
	}
	stream := o.object("StreamSpecification")
	defer stream.end()
	stream.pass("ResourcePolicy")
	t.StreamViewType = stream.oneOf("StreamViewType", "", "KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")
	if t.StreamViewType != "" {
		t.StreamARN = t.ARN + streamLabel
	}
	for _, item := range o.list("GlobalSecondaryIndexes") {
		t.Indexes = append(t.Indexes, p.index(item, types, used))
	}
	for name := range types {
		if !used[name] {
			p.add(o.get("AttributeDefinitions").line, "attribute %s is defined but in no key; CloudFormation refuses that", name)
		}
	}
	p.out.Tables = append(p.out.Tables, t)
}

func (p *parser) attributeTypes(o *object) map[string]string {
	types := map[string]string{}
	for _, item := range o.list("AttributeDefinitions") {
		a := p.object(item, "AttributeDefinitions")
		types[a.required("AttributeName")] = a.oneOf("AttributeType", "", "S", "N", "B")
		a.end()
	}
	return types
}

// key reads a KeySchema: one HASH, then perhaps one RANGE.
func (p *parser) key(o *object, types map[string]string, used map[string]bool) []Key {
	var keys []Key
	var kinds []string
	for _, item := range o.list("KeySchema") {
		k := p.object(item, o.path+".KeySchema")
		name := k.required("AttributeName")
		kinds = append(kinds, k.oneOf("KeyType", "", "HASH", "RANGE"))
		k.end()
		if types[name] == "" {
			p.add(item.line, "key attribute %s is not in AttributeDefinitions", name)
		}
		used[name] = true
		keys = append(keys, Key{name, types[name]})
	}
	if !slices.Equal(kinds, []string{"HASH"}) && !slices.Equal(kinds, []string{"HASH", "RANGE"}) {
		p.add(o.line, "%s.KeySchema is one HASH, then perhaps one RANGE", o.path)
	}
	return keys
}

func (p *parser) index(v value, types map[string]string, used map[string]bool) Index {
	o := p.object(v, "GlobalSecondaryIndexes")
	defer o.end()
	o.pass("ContributorInsightsSpecification", "OnDemandThroughput", "ProvisionedThroughput", "WarmThroughput")
	projection := o.object("Projection")
	defer projection.end()
	i := Index{
		Name:       o.required("IndexName"),
		Key:        p.key(o, types, used),
		Projection: projection.oneOf("ProjectionType", "", "ALL", "KEYS_ONLY", "INCLUDE"),
		NonKey:     projection.texts("NonKeyAttributes"),
	}
	if i.Projection == "" || (i.Projection == "INCLUDE") != (len(i.NonKey) > 0) {
		p.add(v.line, "index %s needs a ProjectionType, and NonKeyAttributes exactly with INCLUDE", i.Name)
	}
	return i
}

func (p *parser) ttl(o *object) string {
	defer o.end()
	attribute := o.text("AttributeName")
	if !o.flag("Enabled", true) {
		return ""
	}
	return attribute
}

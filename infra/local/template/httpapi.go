package template

func (p *parser) readHTTPAPI(d *declaration) {
	o := p.properties(d)
	defer o.end()
	o.pass("AccessLogSettings", "DefaultRouteSettings", "Description", "FailOnWarnings", "Name", "PropagateTags", "RouteSettings", "Tags")
	o.oneOf("StageName", "$default", "$default")
	o.refuse("DefinitionBody", "let the functions' HttpApi events own the routes")
	o.refuse("DefinitionUri", "let the functions' HttpApi events own the routes")
	api := HTTPAPI{Resource: d.Resource, ID: p.name(d), Authorizers: map[string]Authorizer{}, CORS: p.cors(o)}
	auth := o.object("Auth")
	defer auth.end()
	auth.refuse("EnableIamAuthorizer", "use a Lambda authorizer")
	authorizers := auth.object("Authorizers")
	for _, f := range authorizers.fields {
		inner := authorizers.object(f.name)
		inner.line = f.line
		api.Authorizers[f.name] = p.authorizer(inner)
	}
	if name := auth.text("DefaultAuthorizer"); name != "" {
		p.defaultAuthorizers[d.LogicalID] = name
		if _, ok := api.Authorizers[name]; !ok {
			p.add(auth.get("DefaultAuthorizer").line, "%s has no authorizer %s", d.LogicalID, name)
		}
	}
	p.out.HTTPAPIs = append(p.out.HTTPAPIs, api)
}

func (p *parser) authorizer(o *object) Authorizer {
	defer o.end()
	o.pass("EnableFunctionDefaultPermissions", "FunctionInvokeRole")
	o.refuse("JwtConfiguration", "use a Lambda authorizer: FunctionArn, AuthorizerPayloadFormatVersion 2.0, EnableSimpleResponses true")
	o.refuse("IdentitySource", "write Identity")
	if o.oneOf("AuthorizerPayloadFormatVersion", "", "2.0") == "" {
		p.add(o.line, "%s needs AuthorizerPayloadFormatVersion: \"2.0\"", o.path)
	}
	if !o.flag("EnableSimpleResponses", false) {
		p.add(o.line, "%s needs EnableSimpleResponses: true", o.path)
	}
	identity := o.object("Identity")
	defer identity.end()
	identity.refuse("StageVariables", "use Headers, QueryStrings or Context")
	a := Authorizer{CacheTTL: identity.seconds("ReauthorizeEvery", 0, 0, 3600)}
	if arn := o.required("FunctionArn"); arn != "" {
		a.Function = p.target(o.get("FunctionArn").line, "AWS::Serverless::Function", arn)
	}
	for _, source := range []struct{ property, prefix string }{
		{"Headers", "$request.header."}, {"QueryStrings", "$request.querystring."}, {"Context", "$context."},
	} {
		for _, name := range identity.texts(source.property) {
			a.IdentitySources = append(a.IdentitySources, source.prefix+name)
		}
	}
	if len(a.IdentitySources) == 0 {
		a.IdentitySources = []string{"$request.header.Authorization"} // SAM's default
	}
	return a
}

// cors reads CorsConfiguration; true allows every origin and nothing more, as in SAM.
func (p *parser) cors(o *object) *CORS {
	v := o.get("CorsConfiguration")
	if v.kind == absent || v.kind == scalar && v.text == "false" {
		return nil
	}
	if v.kind == scalar && v.text == "true" {
		return &CORS{AllowOrigins: []string{"*"}}
	}
	c := o.object("CorsConfiguration")
	defer c.end()
	return &CORS{
		AllowOrigins:     c.texts("AllowOrigins"),
		AllowMethods:     c.texts("AllowMethods"),
		AllowHeaders:     c.texts("AllowHeaders"),
		ExposeHeaders:    c.texts("ExposeHeaders"),
		AllowCredentials: c.flag("AllowCredentials", false),
		MaxAge:           c.seconds("MaxAge", 0, 0, 86_400),
	}
}

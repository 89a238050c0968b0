# Callsheet. `make` alone prints what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
# The race detector needs a C compiler; without one the suite still runs whole, and says so.
RACE := $(if $(shell command -v $${CC:-cc} gcc clang 2>/dev/null),-race,)
PORT ?= 8080
DATA ?= .callsheet
# The ports of sam local start-api and start-lambda.
API ?= 3000
LAMBDA ?= 3001
ENV ?= staging
# `sam build` hands these on to go build. Without CGO_ENABLED=0 a host with a C compiler would link its libc, which Lambda's image has not.
SAM_BUILD := CGO_ENABLED=0 GOFLAGS='-tags=lambda.norpc,nethttpomithttp2 -ldflags=-s -buildvcs=false' SAM_CLI_TELEMETRY=0

.PHONY: help
help: ## this list
	@awk -F':.*## ' '/^[a-zA-Z_-]+:.*## /{printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: go ## build, play the product's flows on the local cloud, tell what happens
	@go run ./infra/demo

.PHONY: local
local: go ## run the local cloud until Ctrl-C (PORT=8080 DATA=.callsheet)
	@go build -o build/local ./infra/local/serve && exec build/local -port $(PORT) -data $(DATA)

.PHONY: fsck
fsck: go ## check the data of make local while it is stopped: the book sums to zero, nothing contradicts (DATA=.callsheet)
	@go run ./infra/fsck -data $(DATA)

.PHONY: test
test: go ## the whole suite, with the race detector, shuffled
	@test -n "$(RACE)" || echo "no C compiler found: the tests run without the race detector"
	go test $(RACE) -shuffle=on -timeout 25m ./...

.PHONY: sam-local
sam-local: go ## the same under the real SAM CLI, until Ctrl-C (needs sam and Docker; API=3000 LAMBDA=3001 PORT=8080)
	@go build -o build/sam-local ./infra/sam/serve && exec build/sam-local -port $(PORT) -api $(API) -lambda $(LAMBDA) -data $(DATA)

.PHONY: sam-env
sam-env: go ## exports for the SAM CLI by hand, without any credentials: eval "$$(make -s sam-env)"
	@go run ./infra/sam/serve -exports

.PHONY: sam-invoke
sam-invoke: go ## one sample event by sam local invoke, compared with its want file: EVENT=accept-open
	@test -f "events/$(EVENT).json" || { echo "name a file of events/, without .json: make sam-invoke EVENT=accept-open"; exit 1; }
	@CALLSHEET_SAM=1 go test ./infra -count=1 -run '^TestEvents$$/^$(EVENT)_gives' -v

.PHONY: sam-validate
sam-validate: ## the template by the SAM CLI's own linter
	@command -v sam >/dev/null || { echo "The SAM CLI is missing: install it (pip install aws-sam-cli), so that sam --version answers"; exit 1; }
	@AWS_DEFAULT_REGION=eu-west-1 SAM_CLI_TELEMETRY=0 sam validate --lint

.PHONY: test-sam
test-sam: go sam-validate ## template, every event and the acceptance suite under the real SAM CLI
	CALLSHEET_SAM=1 go test ./infra -count=1 -timeout 20m -parallel 4 -run '^TestEvents$$'
	go run ./infra/sam/serve -port 0 -api 0 -lambda 0 -data "" -- go test ./infra/acceptance -count=1 -timeout 20m

.PHONY: test-reference
test-reference: go ## store contract and state machines against MiniStack, an independent emulator (needs sam and ministack)
	go run ./infra/reference

.PHONY: verify-aws
verify-aws: go ## the acceptance suite against an account: URL=https://… (TOKEN=… of somebody in its directory)
	@set -o pipefail; CALLSHEET_API=$(or $(URL),$(error name the output ApiUrl: make verify-aws URL=https://…)) CALLSHEET_LOCAL= CALLSHEET_TOKEN="$$TOKEN" \
	  go test ./infra/acceptance -count=1 -v | grep -vE '^=== |^ +--- PASS'

.PHONY: deploy
deploy: go sam-validate ## build and deploy to your account: ENV=staging or production; the first time it asks
	@grep -q '^\[$(ENV)\.deploy\.parameters\]' samconfig.toml || { echo "samconfig.toml knows no environment $(ENV)"; exit 1; }
	$(SAM_BUILD) sam build --config-env $(ENV)
	@if sam list stack-outputs --config-env $(ENV) >/dev/null 2>&1; then $(SAM_BUILD) sam deploy --config-env $(ENV); \
	  else $(SAM_BUILD) sam deploy --guided --config-env $(ENV); fi

.PHONY: bench
bench: go ## counted budgets against their limits, and what the local cloud does per second
	@go run ./infra/bench

.PHONY: check
check: go fmt-check vet lint generate-check test ## what CI runs: format, vet, staticcheck, generated files, all tests

.PHONY: fmt-check
fmt-check:
	@out=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$out" || { echo "not formatted, run make fmt:"; echo "$$out"; exit 1; }

.PHONY: fmt
fmt: ## format the code
	gofmt -w $$(git ls-files '*.go')

.PHONY: vet
vet:
	go vet ./...

.PHONY: lint
lint:
	go tool staticcheck ./...

.PHONY: generate
generate: ## print state machines, docs and sample events from the tables
	go run ./infra/generate

.PHONY: generate-check
generate-check:
	go run ./infra/generate -check

.PHONY: fuzz
fuzz: go ## each fuzz target for FUZZTIME (default 10s)
	@for f in $$(grep -rlE '^func Fuzz' --include=*_test.go .); do \
	  for t in $$(grep -oE '^func Fuzz[A-Za-z0-9_]+' $$f | cut -c6-); do \
	    echo "$$t in $$(dirname $$f)"; go test -run=^$$ -fuzz="^$$t$$" -fuzztime=$${FUZZTIME:-10s} ./$$(dirname $$f) || exit 1; done; done

.PHONY: clean
clean: ## delete what was built, and the data of make local and make sam-local
	rm -rf build .aws-sam $(DATA)

.PHONY: go
go:
	@command -v go >/dev/null || { echo "Go is missing: install Go 1.26 or later from your package manager"; exit 1; }
	@go version | awk '{v=substr($$3,3); split(v,p,"."); if (p[1]<1 || (p[1]==1 && p[2]<26)) {print "Go " v " is too old: 1.26 or later is needed"; exit 1}}'

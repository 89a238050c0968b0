# Callsheet. `make` alone prints what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
# The race detector needs a C compiler; without one the suite still runs whole, and says so.
RACE := $(if $(shell command -v $${CC:-cc} gcc clang 2>/dev/null),-race,)
PORT ?= 8080
DATA ?= .callsheet

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
clean: ## delete what was built, and the data of make local
	rm -rf build $(DATA)

.PHONY: go
go:
	@command -v go >/dev/null || { echo "Go is missing: install Go 1.26 or later from your package manager"; exit 1; }
	@go version | awk '{v=substr($$3,3); split(v,p,"."); if (p[1]<1 || (p[1]==1 && p[2]<26)) {print "Go " v " is too old: 1.26 or later is needed"; exit 1}}'

# `make run` and `make test` are all that a newcomer needs; the rest is for those who change Doorward.
.PHONY: help run test unit e2e lint deny install bench

help: ## what there is
	@grep -hE "^[a-z-]+:.*##" $(MAKEFILE_LIST) | sed -E "s/:[^#]*## /\t/" | expand -t 12

run: ## build, start Doorward with a real Traefik and a protected app, print where to go; Ctrl-C stops it
	@scripts/install.sh run
	@exec scripts/run.sh

test: ## install what is needed and run everything, unit to end-to-end
	@scripts/install.sh test
	@exec scripts/test.sh

unit: ## the tests beside the code, on both stores
	@scripts/with-postgres.sh cargo test --workspace --lib --bins

e2e: ## the end-to-end tests: Traefik, nginx, Caddy, PostgreSQL, Chromium
	@scripts/with-postgres.sh cargo test -p doorward --test it

lint: ## formatting and clippy
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

deny: ## licences, advisories and sources of the dependencies (needs: cargo install --locked cargo-deny)
	cargo deny check

install: ## what the tests need, without running them
	@scripts/install.sh test

bench: ## measure a release build: a table, target/bench/result.json and docs/performance.md
	@scripts/bench.sh

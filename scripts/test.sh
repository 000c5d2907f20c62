#!/usr/bin/env bash
# All tests, unit to end-to-end, on both stores; the last line counts them.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never}

step() { printf '== %s\n' "$*"; "$@"; }

step cargo fmt --all --check
step cargo clippy --workspace --all-targets --locked -- -D warnings

log=$(mktemp /tmp/doorward-test.XXXXXX)
trap 'rm -f "$log"' EXIT
status=0
step scripts/with-postgres.sh cargo test --workspace --locked --no-fail-fast 2>&1 | tee "$log" || status=$?
# "test result: ok. 12 passed; 0 failed; ..." of every test binary, added up.
awk '/^test result:/ { passed += $4; failed += $6 } END { printf "%d passed, %d failed\n", passed, failed; exit passed == 0 }' "$log"
exit "$status"

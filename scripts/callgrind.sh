#!/usr/bin/env bash
# Counts the instructions of one warm forward-auth check in process, a guard that no busy machine can
# upset. Fails when there are more than 15 % more than benches/forward_auth_instructions.txt says.
#
#   scripts/callgrind.sh             build (release), count, compare
#   scripts/callgrind.sh --record    the same, and write the count down
#
# What is counted: building the request, the router, the handler, dropping the answer. Start-up falls
# away in the difference of two runs. The profile stays in target/bench/callgrind.out: to read it,
# callgrind_annotate target/bench/callgrind.out.
set -euo pipefail
cd "$(dirname "$0")/.."
few=500 many=5500
recorded=benches/forward_auth_instructions.txt
out=target/bench
mkdir -p "$out"

cargo build --quiet --release --locked -p doorward-web --example forward_auth_once

# Total instructions of a run with so many checks.
instructions() {
    valgrind --quiet --tool=callgrind --callgrind-out-file="$out/callgrind.out" \
        target/release/examples/forward_auth_once "$1" >/dev/null 2>"$out/callgrind.log" ||
        { cat "$out/callgrind.log" >&2; exit 1; }
    awk '$1 == "totals:" || $1 == "summary:" { print $2; exit }' "$out/callgrind.out"
}

count=$((($(instructions $many) - $(instructions $few)) / (many - few)))
if [ "${1:-}" = --record ]; then
    printf '%s\n' "$count" >"$recorded"
fi
limit=$(($(cat "$recorded") * 115 / 100))
printf 'forward-auth: %s instructions a check; recorded %s, limit %s\n' "$count" "$(cat "$recorded")" "$limit"
[ "$count" -le "$limit" ] || { echo 'forward-auth has become more than 15 % dearer' >&2; exit 1; }

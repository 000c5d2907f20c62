#!/usr/bin/env bash
# Counts the instructions of one warm forward-auth check in process, a guard that no busy machine can
# upset. Fails when there are more than 15 % more than benches/forward_auth_instructions.txt says.
#
#   scripts/callgrind.sh             build (release), count, compare
#   scripts/callgrind.sh --record    the same, and write the count down
#
# What is counted: the way of a known person before the router (`doorward_web::known`), from the request's
# head to the answer's; building the request and dropping the answer are not. The profile stays in
# target/bench/callgrind.out: to read it, callgrind_annotate target/bench/callgrind.out.
#
# It is part of `make bench`, not of `make test`: the count depends on the compiler and on what the
# processor offers (SHA extensions), so it compares with the same machine's last one.
set -euo pipefail
cd "$(dirname "$0")/.."
checks=5000
recorded=benches/forward_auth_instructions.txt
out=target/bench
mkdir -p "$out"

cargo build --quiet --release --locked -p doorward-web --example forward_auth_once

valgrind --quiet --tool=callgrind --toggle-collect='doorward_web::outpost::known::known*' \
    --callgrind-out-file="$out/callgrind.out" \
    target/release/examples/forward_auth_once "$checks" >/dev/null 2>"$out/callgrind.log" ||
    { cat "$out/callgrind.log" >&2; exit 1; }
total=$(awk '$1 == "totals:" || $1 == "summary:" { print $2; exit }' "$out/callgrind.out")
count=$((total / checks))
[ "$count" -gt 0 ] || { echo 'nothing was counted: has doorward_web::known another name?' >&2; exit 1; }
if [ "${1:-}" = --record ]; then
    printf '%s\n' "$count" >"$recorded"
fi
limit=$(($(cat "$recorded") * 115 / 100))
printf 'forward-auth: %s instructions a check; recorded %s, limit %s\n' "$count" "$(cat "$recorded")" "$limit"
[ "$count" -le "$limit" ] || { echo 'forward-auth has become more than 15 % dearer' >&2; exit 1; }

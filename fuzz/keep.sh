#!/usr/bin/env bash
# Fuzzes each target for so many seconds (default 60) and keeps the smallest corpus that reaches the
# same code in fuzz/seeds/, one base64 a line. Needs nightly and cargo-fuzz.
#
#   fuzz/keep.sh [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
for target in blueprint cookie_and_seal expression forward_auth jose oauth oauth_requests password_hash redirect; do
    corpus=fuzz/corpus/$target
    mkdir -p "$corpus"
    number=0
    while read -r line; do
        base64 -d <<<"$line" >"$corpus/seed-$((number += 1))"
    done <"fuzz/seeds/$target.txt"
    cargo +nightly fuzz run --sanitizer none "$target" -- -max_total_time="$seconds" -max_len=2048
    cargo +nightly fuzz cmin --sanitizer none "$target"
    # So many of all lengths: the shortest alone would be the dullest.
    find "$corpus" -type f -size -1500c -exec base64 -w0 {} \; -exec echo \; | LC_ALL=C sort -u |
        awk '{ print length, $0 }' | sort -n | cut -d' ' -f2- >"$corpus.txt"
    awk -v all="$(wc -l <"$corpus.txt")" 'BEGIN { each = all / 120 } NR >= at { print; at += each > 1 ? each : 1 }' \
        "$corpus.txt" >"fuzz/seeds/$target.txt"
done

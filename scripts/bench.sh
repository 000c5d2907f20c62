#!/usr/bin/env bash
# Measures a release build: a table on the terminal, target/bench/result.json, docs/performance.md.
#
#   scripts/bench.sh            everything, about twenty minutes
#   scripts/bench.sh --quick    a first look; writes no document (other arguments: benches/run.py)
set -euo pipefail
cd "$(dirname "$0")/.."

as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
packages=()
command -v wrk >/dev/null || packages+=(wrk)
command -v taskset >/dev/null || packages+=(util-linux)
command -v valgrind >/dev/null || packages+=(valgrind)
if [ ${#packages[@]} != 0 ]; then
    "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${packages[@]}"
fi

# npm's oidc-provider is measured in the same rounds.
[ -d tests/oidc/node_modules/oidc-provider ] || npm ci --prefix tests/oidc --no-audit --no-fund --silent

cargo build --release --locked -p doorward --bin doorward --examples
PYTHONDONTWRITEBYTECODE=1 scripts/with-postgres.sh python3 benches/run.py "$@"
[ $# != 0 ] || scripts/callgrind.sh

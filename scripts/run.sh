#!/usr/bin/env bash
# `make run`: Doorward on its embedded store, a real Traefik with TLS in front, one protected app.
# Prints where to go. Ctrl-C stops everything it started. Only loopback addresses are used.
#
#   DOORWARD_DATA_DIR   where Doorward keeps its data (./data); remove it to start anew
#   HTTPS_PORT          port of Traefik (8443)
#   HTTP_PORT           port of Doorward itself (9000)
#   METRICS_PORT        port of its metrics (9300)
#   BINARY              a doorward to run instead of building one
#   RUN_DIR             where certificate, generated files and logs go (.run/dev)
set -euo pipefail
cd "$(dirname "$0")/.."
https=${HTTPS_PORT:-8443} http=${HTTP_PORT:-9000} metrics=${METRICS_PORT:-9300}
data=${DOORWARD_DATA_DIR:-./data} dev=${RUN_DIR:-.run/dev}
logs=$dev/logs
pids=()

say() { printf '%s\n' "$*"; }
fail() { say "make run: $*" >&2; exit 1; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

stop() {
    trap - EXIT INT TERM HUP
    [ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
    [ ${#pids[@]} = 0 ] || wait "${pids[@]}" 2>/dev/null || true
}
trap stop EXIT
trap 'say; say "Stopped. The data stays in $data"; stop; exit 0' INT TERM HUP

# start NAME COMMAND...: in the background with its own log.
start() {
    local log=$logs/$1.log
    shift
    "$@" >"$log" 2>&1 </dev/null &
    pids+=($!)
}

# Waits for a command to succeed, up to a minute, while all that was started lives.
wait_for() {
    local what=$1 pid
    shift
    for _ in $(seq 600); do
        "$@" >/dev/null 2>&1 && return
        for pid in "${pids[@]}"; do
            kill -0 "$pid" 2>/dev/null || { tail -n 20 "$logs"/*.log >&2; fail "$what ended; its log is in $logs"; }
        done
        sleep 0.1
    done
    fail "$what is not ready after a minute; its log is in $logs"
}

# need_port NAME PORT: says how to go on when something else listens there.
need_port() {
    ! taken "$2" || fail "port $2 is in use, perhaps by another \`make run\`. Stop that, or choose another port: $1=$(free_port) make run"
}
need_port HTTPS_PORT "$https"
need_port HTTP_PORT "$http"
need_port METRICS_PORT "$metrics"
# The addresses of the first run are in the data, so another port needs other data.
before=$(cat "$data/make-run.port" 2>/dev/null || echo "$https")
[ "$before" = "$https" ] ||
    fail "the data in $data was set up for port $before: HTTPS_PORT=$before make run, or for new data DOORWARD_DATA_DIR=./data-$https HTTPS_PORT=$https make run"
binary=${BINARY:-${CARGO_TARGET_DIR:-target}/release/doorward}
[ -n "${BINARY:-}" ] || cargo build --release --locked -p doorward

mkdir -p "$logs" "$dev/traefik" "$dev/blueprints"
[ -s "$dev/tls/server.crt" ] && openssl x509 -checkend 86400 -noout -in "$dev/tls/server.crt" >/dev/null ||
    scripts/make-certificate.sh "$dev/tls" 2>"$logs/openssl.log"
app=$(free_port)
cp deploy/traefik/doorward.yml deploy/traefik/outpost-router.yml "$dev/traefik/"
adapt() { sed "s|8443|$https|; s|\.run/dev|$dev|" "deploy/dev/$1" >"$dev/$2"; }
adapt traefik.yml traefik.yml
adapt traefik-site.yml traefik/traefik-site.yml
adapt whoami.yaml blueprints/whoami.yaml

# The demonstration app is made once, with the store; later it is the operator's to change or delete.
export DOORWARD_DATA_DIR=$data
export DOORWARD_LISTEN__HTTP=127.0.0.1:$http
export DOORWARD_LISTEN__METRICS=127.0.0.1:$metrics
[ -e "$data/doorward.db" ] || export DOORWARD_BLUEPRINTS_DIR=$dev/blueprints
start doorward "$binary" server
WHOAMI_URL=http://127.0.0.1:$app DOORWARD_URL=http://127.0.0.1:$http \
    start traefik .run/venv/bin/traefik --configfile="$dev/traefik.yml"
start whoami python3 deploy/dev/whoami.py "$app"

wait_for "The app" curl -sf "http://127.0.0.1:$app/"
ready="https://auth.localhost:$https/-/health/ready/"
wait_for Doorward curl -ksf --resolve "auth.localhost:$https:127.0.0.1" "$ready"

printf '%s' "$https" >"$data/make-run.port"
setup=$(grep -i 'initial setup' "$logs/doorward.log" | grep -oE '/if/flow/initial-setup/[^" \\]*' | tail -1 || true)
say ""
if [ -n "$setup" ]; then
    say "  Set up first       https://auth.localhost:$https$setup"
fi
say "  Sign in            https://auth.localhost:$https/"
say "  Administration     https://auth.localhost:$https/if/admin/"
say "  Protected app      https://whoami.localhost:$https/"
say ""
say "  The certificate is made for this machine, so the browser warns once a host; $dev/tls/ca.crt can be trusted instead."
say "  Data in $data, logs in $logs. Ctrl-C stops Doorward, Traefik and the app."
wait -n "${pids[@]}" || true
tail -n 20 "$logs"/*.log >&2
fail "one of the programs has ended; its log is in $logs"

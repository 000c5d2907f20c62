#!/usr/bin/env bash
# Runs a command with a throw-away PostgreSQL in a temporary directory on a free loopback port:
#
#   scripts/with-postgres.sh cargo test --workspace
#
# TEST_DATABASE_URL tells the command where it is; one that is already set is used as it is. The
# server is ended and its directory removed when the command ends, however it ends.
set -euo pipefail
[ -z "${TEST_DATABASE_URL:-}" ] || exec "$@"

bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -1)
dir=$(mktemp -d /tmp/doorward-postgres.XXXXXX)
as_owner=()
if [ "$(id -u)" = 0 ]; then
    as_owner=(runuser -u postgres --)
    chown postgres "$dir"
fi

finish() {
    "${as_owner[@]}" "$bin/pg_ctl" -D "$dir/data" -m immediate -s stop 2>/dev/null || true
    rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP
trap : PIPE # whoever reads the output may end first; the server must end all the same

cd "$dir"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"${as_owner[@]}" "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$dir/initdb.log"
"${as_owner[@]}" "$bin/pg_ctl" -D "$dir/data" -w -s -l "$dir/log" start -o "-p $port -k $dir \
    -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
    -c max_connections=300 -c shared_buffers=64MB"
cd "$OLDPWD"
export TEST_DATABASE_URL="postgres://postgres@127.0.0.1:$port/postgres"
"$@"

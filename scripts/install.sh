#!/usr/bin/env bash
# Installs what `make run` and `make test` need beside cargo, python3 and node. Idempotent; a second
# call takes a fraction of a second.
#
#   scripts/install.sh run     the compiler's helpers and Traefik
#   scripts/install.sh test    also OpenSSL's headers (a judge of our tokens), nginx, Caddy, PostgreSQL, Chromium, Apache with
#                              mod_auth_openidc and the npm packages
#
# Everything that is not a Debian package goes below .run/ and tests/*/node_modules/.
set -euo pipefail
cd "$(dirname "$0")/.."
scope=${1:-test}

say() { printf 'install: %s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }

# Debian packages whose program is not here yet.
missing_packages() {
    have cc || echo build-essential
    have ld.lld || echo lld
    have openssl || echo openssl
    have curl || echo curl
    python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
    [ "$scope" = test ] || return 0
    have pkg-config || echo pkg-config
    compgen -G '/usr/include/openssl/ssl.h' >/dev/null || echo libssl-dev
    have nginx || echo nginx-light
    have caddy || echo caddy
    have chromium || echo chromium
    [ -e /usr/lib/apache2/modules/mod_auth_openidc.so ] || echo libapache2-mod-auth-openidc
    have psql || echo postgresql-client
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || echo postgresql
    compgen -G '/usr/share/fonts/truetype/*/*.ttf' >/dev/null || echo fonts-dejavu-core
}

# apt starts what it installs. These are test tools, not services of this machine, so nothing is
# started (policy-rc.d), and what was just installed is not started at boot either.
install_packages() {
    local as_root=() policy=/usr/sbin/policy-rc.d made_policy=
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    say "apt-get install $*"
    "${as_root[@]}" apt-get update -qq
    if [ ! -e "$policy" ]; then
        made_policy=1
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
        "${as_root[@]}" chmod 755 "$policy"
    fi
    local status=0
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "$@" \
        >/tmp/doorward-apt.$$.log 2>&1 || status=$?
    [ -z "$made_policy" ] || "${as_root[@]}" rm -f "$policy"
    [ "$status" = 0 ] || { cat /tmp/doorward-apt.$$.log >&2; exit "$status"; }
    rm -f /tmp/doorward-apt.$$.log
    for package in "$@"; do
        case $package in nginx-light) unit=nginx ;; caddy | postgresql) unit=$package ;; libapache2-mod-auth-openidc) unit=apache2 ;; *) continue ;; esac
        [ -d /run/systemd/system ] && "${as_root[@]}" systemctl disable --now "$unit" >/dev/null 2>&1 || true
    done
}

# Runs a command unless the files it depends on are the ones of its last success.
once_per() {
    local stamp=.run/$1.stamp inputs=$2 sum
    shift 2
    # shellcheck disable=SC2086
    sum=$(cat $inputs | sha256sum)
    [ "$(cat "$stamp" 2>/dev/null)" = "$sum" ] && return
    "$@"
    printf '%s' "$sum" >"$stamp"
}

make_venv() {
    say "python packages into .run/venv"
    rm -rf .run/venv
    python3 -m venv .run/venv
    .run/venv/bin/pip install --quiet --disable-pip-version-check -r scripts/requirements.txt
}

make_node_modules() {
    say "npm packages into tests/$1/node_modules"
    (cd "tests/$1" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
}

have cargo || { say "cargo 1.95 or newer is needed (https://rustup.rs)"; exit 1; }
have python3 || { say "python3 is needed"; exit 1; }
mkdir -p .run
mapfile -t packages < <(missing_packages)
[ ${#packages[@]} = 0 ] || install_packages "${packages[@]}"
[ -x .run/venv/bin/traefik ] || rm -f .run/venv.stamp
once_per venv scripts/requirements.txt make_venv
if [ "$scope" = test ]; then
    have node && have npm || { say "node 20 or newer with npm is needed for the browser tests"; exit 1; }
    for of in browser oidc relying-parties; do
        [ -d "tests/$of/node_modules" ] || rm -f ".run/npm-$of.stamp"
        once_per "npm-$of" "tests/$of/package.json tests/$of/package-lock.json" make_node_modules "$of"
    done
fi

#!/usr/bin/env bash
# Makes a throw-away certificate authority and a certificate of it for the hosts below `localhost` that the
# tests and `make run` use (no client accepts a certificate for *.localhost, only for a name below that):
#
#   scripts/make-certificate.sh DIRECTORY     writes ca.crt, server.crt (with the chain) and server.key there
set -euo pipefail
dir=$1
mkdir -p "$dir"
cd "$dir"
umask 077
names=DNS:localhost,IP:127.0.0.1
for host in auth whoami app other '*.home' '*.work'; do names+=,DNS:$host.localhost; done
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -keyout ca.key -out ca.crt \
    -subj '/CN=Doorward test authority' -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr -subj /CN=localhost
openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out leaf.crt \
    -extfile <(printf 'subjectAltName=%s\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n' "$names")
cat leaf.crt ca.crt >server.crt
rm -f leaf.crt server.csr ca.key ca.srl

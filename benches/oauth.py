"""OpenID Connect under load: documents, userinfo, client credentials and code exchange.

Owns Doorward's clients and what is sent to them, npm's oidc-provider beside it, and what a signature
costs. The rule: both are asked for the same things in the same rounds, and a code is used once.
"""

import json
import os
import secrets
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from base64 import b64encode
from pathlib import Path
from urllib.parse import urlencode

import place
from servers import BINARIES, ROOT, SERVER_CPU, Server, cpu_of, free_port

ALGORITHMS = {"rs256": "RS256", "es256": "ES256", "eddsa": "EdDSA"}
SECRET = "secret-of-the-bench"
CALLBACK, SCOPE = "https://photos.bench.example/callback", "openid profile email"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
# The least that a proxy in front says; a client of OAuth sends little of its own.
PROXY = {name: place.forwarded(place.LOGIN_HOST)[name] for name in ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto")}
SIGNATURES = {"rs256": 2_000, "es256": 20_000, "eddsa": 20_000}
MODULES = ROOT / "tests" / "oidc" / "node_modules"


class Doorward:
    """Clients of Doorward, one for each algorithm; `location` is where codes are written."""

    paths = {"discovery": "/application/o/rs256/.well-known/openid-configuration", "jwks": "/application/o/rs256/jwks/",
             "userinfo": "/application/o/userinfo/", "token": "/application/o/token/"}

    def __init__(self, server, there, location):
        self.there, self.location = there, location
        self.clients = {name: add_client(server, name) for name in ALGORITHMS}

    def codes(self, name, count):
        """Codes as a signed-in person's browser would have brought them, written into the store."""
        now, day = int(time.time() * 1000), 86_400_000
        person, provider, session = self.there["people"]["five"], self.clients[name], str(uuid.uuid4())
        facts = json.dumps({"auth_time": now // 1000, "amr": ["pwd"], "nonce": "a nonce"})
        data = json.dumps({"redirect_uri": CALLBACK, "challenge": {"method": "S256", "value": CHALLENGE}})
        codes = [secrets.token_urlsafe(32) for _ in range(count)]
        grants = [str(uuid.uuid4()) for _ in codes]
        central = (session, place.hashed(session), person, "password", now, now, 7 * day, now + 30 * day, "203.0.113.7", "")
        write = place.write_postgres if str(self.location).startswith("postgres") else place.write_sqlite
        write(self.location, "sessions (id, sid_hash, user_id, auth_method, created_at, last_used_at, idle_ms, expires_at, last_ip, user_agent)", [central])
        write(self.location, "grants (id, provider_id, user_id, session_id, ends_with_session, scopes, facts, created_at, expires_at)",
              [(grant, provider, person, session, True, SCOPE, facts, now, now + day) for grant in grants])
        write(self.location, "grant_tokens (grant_id, provider_id, user_id, kind, hash, scopes, data, created_at, expires_at)",
              [(grant, provider, person, "code", place.hashed(code), SCOPE, data, now, now + day) for grant, code in zip(grants, codes)])
        return codes

    def access_token(self, server):
        """What the exchange of a code answers."""
        body = exchange(self.codes("rs256", 1)[0])
        return json.loads(fetch(server, self.paths["token"], body, authorization("rs256")))["access_token"]


class OidcProvider:
    """npm's oidc-provider, as benches/oidc_provider.mjs sets it up."""

    paths = {"discovery": "/.well-known/openid-configuration", "jwks": "/jwks", "userinfo": "/me", "token": "/token"}

    def __init__(self):
        port = free_port()
        self.server = Server(["node", Path(__file__).parent / "oidc_provider.mjs", port], port, {"NODE_ENV": "production"}, cpu=SERVER_CPU)
        self.server.wait_for(self.paths["jwks"])

    def codes(self, name, count):
        return fetch(self.server, f"/codes/{name}/{count}").split("\n")

    def access_token(self, server):
        return fetch(server, "/token")


def add_client(server, name):
    """One that signs with a key of this kind, and its application; the provider's number."""
    flow = lambda slug: place.call(server, "GET", f"/flows/instances/{slug}/")["pk"]
    scopes = place.call(server, "GET", "/propertymappings/provider/scope/?page_size=100")["results"]
    provider = place.call(server, "POST", "/providers/oauth2/", {
        "name": name, "client_id": name, "client_secret": SECRET,
        "authorization_flow": flow("default-provider-authorization-implicit-consent"),
        "invalidation_flow": flow("default-provider-invalidation-flow"),
        "grant_types": ["authorization_code", "client_credentials"],
        "property_mappings": [one["pk"] for one in scopes],
        "redirect_uris": [{"matching_mode": "strict", "url": CALLBACK}],
        "signing_key": signing_key(server, name),
    })["pk"]
    place.call(server, "POST", "/core/applications/", {"name": name, "slug": name, "provider": provider})
    return provider


def signing_key(server, name):
    """The installation's own for RS256, which new providers sign with (2048 bits); else one that is made."""
    pairs = "/crypto/certificatekeypairs/"
    if name == "rs256":
        (own,) = place.call(server, "GET", pairs + "?name=authentik%20Self-signed%20Certificate")["results"]
        return own["pk"]
    pair = {"common_name": f"bench {name}", "validity_days": 365, "alg": {"es256": "ecdsa", "eddsa": "ed25519"}[name]}
    return place.call(server, "POST", pairs + "generate/", pair)["pk"]


def authorization(name):
    return "Basic " + b64encode(f"{name}:{SECRET}".encode()).decode()


def credentials():
    return urlencode({"grant_type": "client_credentials", "scope": "profile email"})


def exchange(code):
    return urlencode({"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER}) + f"&code={code}"


def fetch(server, path, body=None, authorized=None):
    headers = PROXY | ({"Authorization": authorized} if authorized else {})
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}{path}", body and body.encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"{path}: {error.code} {error.read().decode()[:400]}\n{server.tail()}") from error


def posted(server, path, body, name, body_bytes=None):
    """The bytes of a POST; `{token}` in the body is replaced by as many bytes as `body_bytes` says."""
    headers = {"Host": f"127.0.0.1:{server.port}"} | PROXY | {
        "Authorization": authorization(name), "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(body_bytes or len(body)),
    }
    return "\r\n".join([f"POST {path} HTTP/1.1"] + [f"{key}: {value}" for key, value in headers.items()]) + "\r\n\r\n" + body


def exchange_request(server, path, name, codes):
    """The bytes of the exchange of `{token}`, which becomes one of these codes, all of one length."""
    (length,) = {len(exchange(code)) for code in codes}
    return posted(server, path, exchange("{token}"), name, length)


def signature_us(name, rounds):
    """Processor time of one signature over the claims of an access token, each time anew."""
    command = [BINARIES / "examples" / "signature_cost", ALGORITHMS[name]]
    few, many = 1, SIGNATURES[name]
    base_s = min(cpu_of([*command, few]) for _ in range(3))
    return [(cpu_of([*command, many]) - base_s) / (many - few) * 1e6 for _ in range(rounds)]


class Postgres:
    """The server behind an address: what all its processes have used of the processors."""

    def __init__(self, url):
        ask = ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", url, "-c", "SHOW data_directory"]
        folder = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip()
        self.leader = int(Path(folder, "postmaster.pid").read_text().split("\n")[0])

    def cpu_s(self):
        """Ended processes of it are in its own account of its children."""
        ticks = 0
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                ticks += self.ticks_of(entry)
        return ticks / os.sysconf("SC_CLK_TCK")

    def ticks_of(self, entry):
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            return 0
        parent, user, system, children_user, children_system = (int(fields[at]) for at in (1, 11, 12, 13, 14))
        if int(entry.name) == self.leader:
            return user + system + children_user + children_system
        return user + system if parent == self.leader else 0


class WithPostgres:
    """A server whose processor time includes its database's."""

    def __init__(self, server, database):
        self.server, self.database, self.port = server, database, server.port

    def cpu_s(self):
        return self.server.cpu_s() + self.database.cpu_s()

    def tail(self):
        return self.server.tail()

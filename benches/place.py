"""The place that is measured: an application behind the outpost, people, and their sessions.

Owns set-up through the public API, a browser's way through the doors, and rows of sessions written
straight into the store (thousands of logins would take minutes of hashing and change nothing).
"""

import base64
import hashlib
import html
import http.client
import json
import re
import secrets
import sqlite3
import subprocess
import threading
import time
import uuid
from urllib.parse import urlencode, urljoin, urlsplit

LOGIN_HOST, APP_HOST = "auth.bench.example", "whoami.bench.example"
ADMIN_PASSWORD, PASSWORD = secrets.token_urlsafe(16), "blue-kettle-on-the-window-sill"
API_TOKEN = secrets.token_urlsafe(32)
GROUPS_OF = {"five": 5, "many": 500}
CROWD = [f"crowd-{number:02}" for number in range(24)]
CHECK = "/outpost.goauthentik.io/auth/traefik"
EXECUTOR = "/api/v3/flows/executor/default-authentication-flow/?query="
LOGIN_PAGE = "/if/flow/default-authentication-flow/"

ENVIRONMENT = {
    "AUTHENTIK_BOOTSTRAP_PASSWORD": ADMIN_PASSWORD,
    "AUTHENTIK_BOOTSTRAP_TOKEN": API_TOKEN,
    "AUTHENTIK_BOOTSTRAP_EMAIL": "admin@bench.example",
    "AUTHENTIK_SECRET_KEY": secrets.token_urlsafe(48),
    "DOORWARD_BASE_URL": f"https://{LOGIN_HOST}",
}


def forwarded(host, uri="/", client="203.0.113.7"):
    """What Traefik puts before a request."""
    return {
        "X-Forwarded-For": client,
        "X-Forwarded-Host": host,
        "X-Forwarded-Method": "GET",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Server": "gateway",
        "X-Forwarded-Uri": uri,
        "X-Real-Ip": client,
    }


BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "en-US,en;q=0.9",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "none",
    "Sec-Fetch-User": "?1",
    "Upgrade-Insecure-Requests": "1",
}


def check_headers(server, cookie):
    """A check as Traefik sends it for a browser's navigation."""
    return {"Host": f"127.0.0.1:{server.port}"} | BROWSER | {"Cookie": cookie} | forwarded(APP_HOST, "/page?a=1")


def lean_headers(server, cookie):
    """The least that a check can consist of, to tell what the other headers cost."""
    said = forwarded(APP_HOST)
    names = ("X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Uri", "X-Forwarded-Method")
    return {"Host": f"127.0.0.1:{server.port}", "Cookie": cookie} | {name: said[name] for name in names}


def call(server, method, path, body=None, expect=(200, 201, 204)):
    """The API as the administrator."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = {"Authorization": f"Bearer {API_TOKEN}", "Content-Type": "application/json"}
    connection.request(method, "/api/v3" + path, body and json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    if answer.status not in expect:
        raise RuntimeError(f"{method} {path}: {answer.status} {text[:400]}\n{server.tail()}")
    return json.loads(text) if text else None


def set_up(server):
    """One application that a group may open, a person with 5 groups and one with 500."""
    flow = lambda slug: call(server, "GET", f"/flows/instances/{slug}/")["pk"]
    provider = call(server, "POST", "/providers/proxy/", {
        "name": "Provider for whoami",
        "authorization_flow": flow("default-provider-authorization-implicit-consent"),
        "invalidation_flow": flow("default-provider-invalidation-flow"),
        "external_host": f"https://{APP_HOST}",
        "mode": "forward_single",
    })["pk"]
    application = call(server, "POST", "/core/applications/", {"name": "Whoami", "slug": "whoami", "provider": provider})
    outpost = call(server, "GET", "/outposts/instances/?managed__iexact=goauthentik.io/outposts/embedded")["results"][0]
    call(server, "PATCH", f"/outposts/instances/{outpost['pk']}/", {"providers": [provider]})
    people = {name: add_person(server, name) for name in [*GROUPS_OF, *CROWD]}
    for number in range(max(GROUPS_OF.values())):
        members = [people[name] for name in GROUPS_OF if number < GROUPS_OF[name]]
        group = call(server, "POST", "/core/groups/", {"name": f"team-{number:03}", "users": members})
        if number == 0:
            call(server, "POST", "/policies/bindings/", {"target": application["pk"], "group": group["pk"], "order": 0})
    return {"provider": provider, "people": people}


def add_person(server, name):
    body = {"username": name, "name": f"Person with {name} groups", "email": f"{name}@bench.example", "is_active": True}
    pk = call(server, "POST", "/core/users/", body)["pk"]
    call(server, "POST", f"/core/users/{pk}/set_password/", {"password": PASSWORD})
    return pk


class Browser:
    """Cookies by host; every host is the server under test, as if a proxy was in front."""

    def __init__(self, server, client="203.0.113.7"):
        self.server, self.client, self.jar = server, client, {}
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)

    def send(self, method, url, body=None, headers=None):
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        sent = BROWSER | forwarded(parts.netloc, path, self.client) | {"Host": parts.netloc} | (headers or {})
        sent["X-Forwarded-Method"] = method
        jar = self.jar.setdefault(parts.hostname, {})
        if jar:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        self.connection.request(method, path, body, sent)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, value = line.split(";")[0].split("=", 1)
            gone = re.search(r"max-age=(0|-\d+)\b", line, re.I) or not value
            jar.pop(name, None) if gone else jar.update({name: value})
        return answer.status, answer.headers, text

    def open(self, url, method="GET", body=None, headers=None):
        """Follows redirects; the address and the text of the page at the end."""
        for _ in range(12):
            status, got, text = self.send(method, url, body, headers)
            if status not in (302, 303):
                return status, url, text
            url, method, body, headers = urljoin(url, got["Location"]), "GET", None, None
        raise RuntimeError(f"too many redirects, the last to {url}")

    def sign_in(self, name):
        """From the application through the login page back to it; the application's cookie."""
        start = f"https://{APP_HOST}/outpost.goauthentik.io/start?" + urlencode({"rd": f"https://{APP_HOST}/"})
        status, url, text = self.open(start)
        if status != 200 or "<form" not in text:
            raise RuntimeError(f"{url}: {status}\n{text[:600]}\n{self.server.tail()}")
        form = re.search(r"<form.*?</form>", text, re.S)[0]
        fields = dict(hidden_fields(form)) | {"uid_field": name, "password": PASSWORD}
        action = re.search(r'<form[^>]*\baction="([^"]*)"', form)
        target = urljoin(url, html.unescape(action[1]) if action else "") or url
        origin = {"Origin": f"https://{LOGIN_HOST}", "Content-Type": "application/x-www-form-urlencoded"}
        status, url, text = self.open(target, "POST", urlencode(fields), origin)
        cookies = {k: v for k, v in self.jar.get(APP_HOST, {}).items() if k.startswith("authentik_proxy_")}
        if not cookies:
            raise RuntimeError(f"no app session at {url}: {status}\n{text[:800]}\n{self.server.tail()}")
        return "; ".join(f"{name}={value}" for name, value in cookies.items())


def hidden_fields(form):
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = (re.search(rf'\b{key}="([^"]*)"', tag) for key in ("name", "value"))
        if name:
            yield name[1], html.unescape(value[1]) if value else ""


def log_in(server, name, client="203.0.113.7"):
    """A whole password login by the flow executor's JSON, as a new browser: milliseconds."""
    browser, began = Browser(server, client), time.monotonic()
    url = f"https://{LOGIN_HOST}{EXECUTOR}"
    fetch = {"Accept": "application/json", "Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}
    status, _, text = browser.open(url, headers=fetch)
    body = json.dumps({"component": "ak-stage-identification", "uid_field": name, "password": PASSWORD})
    headers = fetch | {"Content-Type": "application/json", "Origin": f"https://{LOGIN_HOST}"}
    status, _, text = browser.send("POST", url, body, headers)
    if status == 302:
        status, _, text = browser.send("GET", url, headers=fetch)
    if status != 200 or json.loads(text).get("component") != "xak-flow-redirect":
        raise RuntimeError(f"login: {status} {text[:400]}\n{server.tail()}")
    browser.connection.close()
    return (time.monotonic() - began) * 1000


class Storm:
    """A crowd that logs in again and again, each from a place of their own, until `with` ends."""

    def __init__(self, server):
        self.stopped, self.done, self.failed = threading.Event(), [], []
        self.threads = [threading.Thread(target=self.rage, args=(server, *who)) for who in enumerate(CROWD)]

    def rage(self, server, number, name):
        while not self.stopped.is_set():
            try:
                self.done.append(log_in(server, name, f"198.51.100.{number + 1}"))
            except (RuntimeError, OSError) as error:
                self.failed.append(str(error)[:200])
                time.sleep(0.2)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        for thread in self.threads:
            thread.join()


def hashed(token):
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()


def add_sessions(location, place, name, count):
    """Rows of so many signed-in browsers of one person; the values of their cookies."""
    now = int(time.time() * 1000)
    day = 86_400_000
    tokens = [secrets.token_urlsafe(32) for _ in range(count)]
    ids = [str(uuid.uuid4()) for _ in tokens]
    central = [(i, hashed("c" + t), place["people"][name], "password", now, now, 7 * day, now + 30 * day, "203.0.113.7", BROWSER["User-Agent"]) for i, t in zip(ids, tokens)]
    apps = [(hashed(t), i, place["provider"], now, now + day) for i, t in zip(ids, tokens)]
    write = write_postgres if str(location).startswith("postgres") else write_sqlite
    write(location, "sessions (id, sid_hash, user_id, auth_method, created_at, last_used_at, idle_ms, expires_at, last_ip, user_agent)", central)
    write(location, "app_sessions (token_hash, session_id, provider_id, created_at, expires_at)", apps)
    return tokens


def write_sqlite(path, table, rows):
    with sqlite3.connect(path, timeout=60) as connection:
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
    connection.close()


def write_postgres(url, table, rows):
    text = "".join("\t".join(str(value) for value in row) + "\n" for row in rows)
    command = ["psql", "-qX", "-v", "ON_ERROR_STOP=1", str(url), "-c", f"COPY {table} FROM STDIN"]
    subprocess.run(command, input=text, text=True, check=True)


def new_database(url):
    """A database of its own on the bench's PostgreSQL; its address."""
    name = f"bench_{secrets.token_hex(4)}"
    subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", url, "-c", f"CREATE DATABASE {name}"], check=True)
    return url.rsplit("/", 1)[0] + "/" + name

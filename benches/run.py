"""The bench: `make bench`. Prints a table, writes target/bench/result.json and docs/performance.md.

Method (docs/performance.md says it in full): rounds, each of which asks the bare `hello` server and
then Doorward the same way; the figure is processor time per request, the ratio is to the hello of the
same round, and what is reported is the median over the rounds.

    python3 benches/run.py [--quick] [--only PART,...]
"""

import argparse
import itertools
import os
import shutil
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

import load
import oauth
import place
import report
from servers import BINARIES, cpu_of, doorward, hello

ROUNDS, WRK_S = 7, 2.0
COLD_SESSIONS, STARTS, LOGINS = 10_000, 7, 20
# Codes are used once: so many a round, and one round to warm up.
CODES = {"rs256": 1_000, "es256": 3_000}
PACED_S = 8.0
MILLION, GROWTH_LIMIT_S = 1_000_000, 90.0

median = statistics.median


class Bench:
    """One installation on a SQLite store, and what was found out about it."""

    def __init__(self, folder):
        self.folder, self.data, self.found, self.there = folder, folder / "data", {}, None
        self.data.mkdir(mode=0o700)
        with doorward(self.data, place.ENVIRONMENT) as server:
            server.wait_for("/-/health/ready/")
            self.place = place.set_up(server)
            self.cookies = {name: place.Browser(server).sign_in(name) for name in place.GROUPS_OF}

    def server(self, **how):
        server = doorward(self.data, place.ENVIRONMENT, **how)
        server.wait_for("/-/health/ready/")
        return server

    def rounds(self, server, cases):
        """Interleaved rounds: hello, then every case; the medians."""
        runs = {name: [] for name, _ in cases}
        base, same = [], []
        with hello() as bare:
            for _ in range(ROUNDS):
                base.append(load.wrk(bare, seconds=WRK_S))
                same.append(load.wrk(bare, headers=self.request(bare, "five"), seconds=WRK_S))
                for name, run in cases:
                    done = run(server)
                    runs[name].append(done | {"ratio": base[-1]["cpu_us"] / done["cpu_us"]})
        keep_hello(self.found, base, same)
        for name, all_runs in runs.items():
            self.found[name] = {key: median(run[key] for run in all_runs) for key in ("cpu_us", "per_second", "ratio") if key in all_runs[0]}

    def request(self, server, name):
        return place.check_headers(server, self.cookies[name])

    def warm(self):
        """Checks of somebody who is known: 16 and 128 connections, 5 and 500 groups."""
        def case(name, connections):
            return lambda s: load.wrk(s, place.CHECK, self.request(s, name), connections, WRK_S)
        cases = [(f"warm_{name}_{n}", case(name, n)) for name in place.GROUPS_OF for n in (16, 128)]
        lean = lambda s: load.wrk(s, place.CHECK, place.lean_headers(s, self.cookies["five"]), 16, WRK_S)
        cases.append(("warm_lean_16", lean))
        cases.append(("login_page", lambda s: load.wrk(s, place.LOGIN_PAGE, login_page_headers(), 16, WRK_S)))
        with self.server() as server:
            self.rounds(server, cases)

    def cold(self):
        """Each check brings a session that this process has not seen, on both stores."""
        self.cold_on("sqlite", self.data, place.ENVIRONMENT, self.place, self.data / "doorward.db")
        if "TEST_DATABASE_URL" in os.environ:
            self.cold_on("postgres", *self.on_postgres())

    def on_postgres(self):
        """The same installation on a database of its own: what a server is started with, the place, the address."""
        if not self.there:
            database = place.new_database(os.environ["TEST_DATABASE_URL"])
            data = self.folder / "data-postgres"
            data.mkdir(mode=0o700)
            environment = place.ENVIRONMENT | {"DOORWARD_DATABASE__URL": database}
            with doorward(data, environment) as server:
                server.wait_for("/-/health/ready/")
                self.there = data, environment, place.set_up(server), database
        return self.there

    def cold_on(self, store, data, environment, there, location):
        tokens = iter(place.add_sessions(location, there, "five", COLD_SESSIONS * (ROUNDS + 1)))
        take = lambda: list(itertools.islice(tokens, COLD_SESSIONS))
        with doorward(data, environment) as server, hello() as bare:
            server.wait_for("/-/health/ready/")
            cookie_name = next(iter(self.cookies.values())).split("=")[0] if store == "sqlite" else cookie_name_of(server)
            request = load.raw(place.CHECK, place.check_headers(server, cookie_name + "={token}"))
            load.pace(server, request, tokens=take())
            before_kib, runs = server.memory_kib(), []
            for _ in range(ROUNDS):
                base = load.wrk(bare, seconds=WRK_S / 2)
                done = load.pace(server, request, tokens=take())
                runs.append({key: done[key] for key in ("cpu_us", "p50_us", "per_second")} | {"ratio": base["cpu_us"] / done["cpu_us"]})
            grown = (server.memory_kib() - before_kib) * 1024
        self.found[f"cold_{store}"] = {key: median(run[key] for run in runs) for key in runs[0]}
        self.found[f"session_bytes_{store}"] = grown / (COLD_SESSIONS * ROUNDS)

    def oauth(self):
        """OpenID Connect on both stores, beside npm's oidc-provider, and what a signature costs."""
        for name in oauth.ALGORITHMS:
            self.found[f"signature_{name}"] = {"cpu_us": median(oauth.signature_us(name, ROUNDS))}
        self.oauth_on_sqlite()
        if "TEST_DATABASE_URL" in os.environ:
            self.oauth_on_postgres()

    def oauth_on_sqlite(self):
        with self.server() as server:
            ours = oauth.Doorward(server, self.place, self.data / "doorward.db")
            theirs = oauth.OidcProvider()
            with theirs.server:
                cases = self.oauth_cases("oauth", server, ours, oauth.ALGORITHMS)
                cases += self.oauth_cases("oidc_provider", theirs.server, theirs, CODES)
                self.rounds(server, cases)

    def oauth_on_postgres(self):
        """What writes, with the time of the database in the figure."""
        data, environment, there, database = self.on_postgres()
        with doorward(data, environment) as server:
            server.wait_for("/-/health/ready/")
            ours = oauth.Doorward(server, there, database)
            both = oauth.WithPostgres(server, oauth.Postgres(database))
            cases = self.oauth_cases("oauth_postgres", both, ours, CODES)
            self.rounds(server, [case for case in cases if "token" in case[0] or "code" in case[0]])

    def oauth_cases(self, key, server, them, algorithms):
        """Everything that is asked of one provider: 16 connections for what is read, 32 for what is written."""
        bearer = {"Authorization": "Bearer " + them.access_token(server)}
        read = lambda what, more: lambda _: load.wrk(server, them.paths[what], oauth.PROXY | more, 16, WRK_S)
        cases = [(f"{key}_{what}", read(what, more)) for what, more in (("discovery", {}), ("jwks", {}), ("userinfo", bearer))]
        for name in algorithms:
            request = oauth.posted(server, them.paths["token"], oauth.credentials(), name)
            cases.append((f"{key}_token_{name}", lambda _, request=request: load.pace(server, request, 32, seconds=WRK_S)))
        for name in CODES:
            cases.append((f"{key}_code_{name}", self.exchanges(server, them, name)))
        return cases

    def exchanges(self, server, them, name):
        """Each round exchanges codes of its own, all made before the first."""
        codes = iter(them.codes(name, CODES[name] * (ROUNDS + 1)))
        take = lambda: list(itertools.islice(codes, CODES[name]))
        request = oauth.exchange_request(server, them.paths["token"], name, first := take())
        load.pace(server, request, 32, tokens=first)
        return lambda _: load.pace(server, request, 32, tokens=take())

    def login(self):
        """Whole logins one after another, beside the bare cost of the hash."""
        few, many = 1, 41
        base_s = min(cpu_of([BINARIES / "examples" / "hash_cost", few]) for _ in range(3))
        costs = [(cpu_of([BINARIES / "examples" / "hash_cost", many]) - base_s) / (many - few) * 1000 for _ in range(ROUNDS)]
        runs, walls = [], []
        with self.server() as server:
            place.log_in(server, "five")
            for _ in range(ROUNDS):
                before = server.cpu_s()
                walls += [place.log_in(server, "five") for _ in range(LOGINS)]
                runs.append((server.cpu_s() - before) / LOGINS * 1000)
        self.found["hash_ms"], self.found["login_ms"] = median(costs), median(runs)
        self.found["login_share_of_hash_limit"] = median(costs) / median(runs)
        self.found["login_wall_ms"] = median(walls)

    def start(self):
        """From the start of the process to the first 200 of readiness, on a migrated store."""
        ready, idle = [], []
        for _ in range(STARTS):
            with doorward(self.data, place.ENVIRONMENT, one_thread=False) as server:
                ready.append(server.wait_for("/-/health/ready/"))
                time.sleep(2)
                idle.append(server.memory_kib() / 1024)
        self.found["ready_ms"], self.found["idle_mib"] = median(ready), median(idle)

    def latency(self):
        """p99 of checks at half load, alone and while a crowd logs in; threads as they come."""
        quiet, storms, rates, logins, failed = [], [], [], [], []
        with self.server(one_thread=False) as server:
            request = load.raw(place.CHECK, self.request(server, "five"))
            full = median(load.pace(server, request, 16, seconds=3.0, pinned=False)["requests"] / 3.0 for _ in range(3))
            for _ in range(max(3, ROUNDS // 2)):
                quiet.append(load.pace(server, request, 16, full / 2, PACED_S, pinned=False))
                with place.Storm(server) as storm:
                    time.sleep(1)
                    before = len(storm.done)
                    storms.append(load.pace(server, request, 16, full / 2, PACED_S, pinned=False))
                    logins.append((len(storm.done) - before) / PACED_S)
                failed += storm.failed
        self.found["half_load"] = {"rate": full / 2} | middle(quiet)
        self.found["storm"] = {"logins_per_second": median(logins), "failed_logins": len(failed), "first_failure": failed[:1]} | middle(storms)

    def growth(self):
        """Memory before and after a million checks."""
        with self.server(one_thread=False) as server:
            headers = self.request(server, "five")
            load.wrk(server, place.CHECK, headers, 128, WRK_S * 2, pinned=False)
            before, done, began = server.memory_kib(), 0, time.monotonic()
            while done < MILLION and time.monotonic() - began < GROWTH_LIMIT_S:
                done += load.wrk(server, place.CHECK, headers, 128, 5.0, pinned=False)["requests"]
            after = server.memory_kib()
        self.found["growth"] = {"checks": done, "before_mib": before / 1024, "after_mib": after / 1024}


def keep_hello(found, base, same):
    found["hello"] = {key: median(run[key] for run in base) for key in ("cpu_us", "per_second")}
    found["hello_same_request"] = {"cpu_us": median(run["cpu_us"] for run in same)}
    found["hello_same_request"]["ratio"] = median(b["cpu_us"] / s["cpu_us"] for b, s in zip(base, same))


def middle(runs):
    return {key: median(run[key] for run in runs) for key in ("p50_us", "p99_us", "p999_us")}


def cookie_name_of(server):
    return place.Browser(server).sign_in("five").split("=")[0]


def login_page_headers():
    return {"Host": place.LOGIN_HOST} | place.BROWSER | place.forwarded(place.LOGIN_HOST)


PARTS = ("start", "warm", "cold", "oauth", "login", "latency", "growth")


def main():
    global ROUNDS, WRK_S, COLD_SESSIONS, STARTS, LOGINS, PACED_S, MILLION, CODES
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="a few minutes less, for a first look; writes no document")
    arguments.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas; writes no document")
    asked = arguments.parse_args()
    if asked.quick:
        ROUNDS, WRK_S, COLD_SESSIONS, STARTS, LOGINS, PACED_S, MILLION = 3, 1.0, 2_000, 3, 5, 3.0, 100_000
        CODES = {name: count // 5 for name, count in CODES.items()}
    # Asked to stop, it ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: stopped"))
    folder = Path(tempfile.mkdtemp(prefix="doorward-bench-"))
    try:
        bench = Bench(folder)
        for part in asked.only.split(","):
            print(f"bench: {part}", flush=True)
            getattr(bench, part)()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    whole = not asked.quick and set(asked.only.split(",")) == set(PARTS)
    report.publish(bench.found, rounds=ROUNDS, whole=whole)


if __name__ == "__main__":
    main()

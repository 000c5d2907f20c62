"""What is said about a run: the table on the terminal, the JSON, the document.

The rule: medians only, targets beside what was measured, and a target that was missed says so.
"""

import datetime
import json
import os
import platform
import subprocess
from pathlib import Path

from servers import BINARIES, ROOT


def rows(found):
    """Every line of the table whose figure there is: what, measured, target, met (None: no target)."""
    yield from request_rows(found)
    yield from oauth_rows(found)
    yield from login_rows(found)
    yield from process_rows(found)


def request_rows(found):
    def line(key, words, target=None):
        if key in found:
            it = found[key]
            ratio = f"ratio {it['ratio']:.2f}, " if "ratio" in it else ""
            wall = f", {it['per_second']:,.0f}/s" if "per_second" in it else ""
            yield words, f"{ratio}{it['cpu_us']:.1f} µs{wall}", target and f"ratio {target}", target and it["ratio"] >= target
    yield from line("hello", "bare hyper 'hello', bare request")
    yield from line("hello_same_request", "bare hyper 'hello', a check's 19 headers")
    for groups, word in (("five", "5 groups"), ("many", "500 groups")):
        for connections in (16, 128):
            target = 0.5 if groups == "five" else None
            yield from line(f"warm_{groups}_{connections}", f"forward-auth, warm, {word}, {connections} connections", target)
    yield from line("warm_lean_16", "forward-auth, warm, 6 headers in all, 16 connections")
    yield from line("cold_sqlite", "forward-auth, session not in memory, SQLite")
    yield from line("cold_postgres", "forward-auth, session not in memory, PostgreSQL")
    yield from line("login_page", "login page")


ALGORITHMS = {"rs256": "RS256", "es256": "ES256", "eddsa": "EdDSA"}
DOCUMENTS = {"discovery": ("discovery document", 0.6), "jwks": ("key set (JWKS)", 0.6), "userinfo": ("userinfo", 0.45)}
# What is asked of whoever signs so: the ratio for client credentials, and for the exchange of a code.
TOKENS = {"rs256": (None, 0.0065), "es256": (0.07, 0.035), "eddsa": (0.08, None)}
PROVIDERS = {"oauth": "", "oauth_postgres": ", PostgreSQL and its own time", "oidc_provider": ", npm oidc-provider (in memory)"}


def oauth_rows(found):
    """Doorward's lines with their targets, then the same of others; the signatures last."""
    for key, words in PROVIDERS.items():
        is_ours = key == "oauth"
        for what, (name, target) in DOCUMENTS.items():
            yield from oauth_row(found.get(f"{key}_{what}"), name + words, is_ours and target)
        for name, (token, code) in TOKENS.items():
            signature_us = found.get(f"signature_{name}", {}).get("cpu_us", 0)
            yield from oauth_row(found.get(f"{key}_token_{name}"), f"client credentials, {ALGORITHMS[name]}{words}", is_ours and token, signature_us, is_ours and name == "rs256")
            yield from oauth_row(found.get(f"{key}_code_{name}"), f"code exchange, two tokens, {ALGORITHMS[name]}{words}", is_ours and code, 2 * signature_us)
    for name, word in ALGORITHMS.items():
        if f"signature_{name}" in found:
            it = found[f"signature_{name}"]["cpu_us"]
            yield f"one signature, {word}", f"{it:.1f} µs, {1e6 / it:,.0f}/s", None, None


def oauth_row(it, words, target, signatures_us=0, is_limited=False):
    """With the part of its time that signatures take; `is_limited`: it is to be nine tenths of it."""
    if not it:
        return
    digits = 2 if it["ratio"] >= 0.1 else 4
    share = f", signing {signatures_us / it['cpu_us']:.0%}" if signatures_us else ""
    text = f"ratio {it['ratio']:.{digits}f}, {it['cpu_us']:.1f} µs, {it['per_second']:,.0f}/s{share}"
    if is_limited:
        yield words, text, "signing 90 %", signatures_us >= 0.9 * it["cpu_us"]
    else:
        yield words, text, target and f"ratio {target}", it["ratio"] >= target if target else None


def login_rows(found):
    if "login_ms" in found:
        share = found["login_share_of_hash_limit"]
        yield "one password hash (Argon2id 19 MiB, 2 passes)", f"{found['hash_ms']:.1f} ms", None, None
        yield "whole password login, processor time", f"{found['login_ms']:.1f} ms, {share:.0%} of the hash's limit", "90 %", share >= 0.9
        yield "whole password login, alone, wall", f"{found['login_wall_ms']:.1f} ms", None, None
    if "half_load" in found:
        quiet, storm = found["half_load"], found["storm"]
        yield f"forward-auth p50 / p99 at half load ({quiet['rate']:,.0f}/s)", f"{quiet['p50_us'] / 1000:.2f} / {quiet['p99_us'] / 1000:.2f} ms", "p99 1 ms", quiet["p99_us"] < 1000
        times = storm["p99_us"] / max(quiet["p99_us"], 1)
        met = storm["p99_us"] < 5000 and times <= 3
        yield f"the same while {storm['logins_per_second']:.0f} logins/s keep both cores busy", f"{storm['p50_us'] / 1000:.2f} / {storm['p99_us'] / 1000:.2f} ms ({times:.1f} times)", "p99 3 times, 5 ms", met


def process_rows(found):
    if "ready_ms" in found:
        yield "start to ready, migrated store", f"{found['ready_ms']:.0f} ms", "200 ms", found["ready_ms"] <= 200
        yield "resident memory, idle", f"{found['idle_mib']:.1f} MiB", "40 MiB", found["idle_mib"] < 40
    for store, word in (("sqlite", "SQLite"), ("postgres", "PostgreSQL")):
        if f"session_bytes_{store}" in found:
            size = found[f"session_bytes_{store}"]
            yield f"memory for each cached session ({word})", f"{size:,.0f} bytes", "600 bytes", size <= 600
    if "growth" in found:
        it = found["growth"]
        grown = it["after_mib"] - it["before_mib"]
        yield f"resident memory after load; growth over {it['checks']:,} more checks", f"{it['after_mib']:.1f} MiB; {grown:+.2f} MiB", "none", grown < 1.0
    yield "the program on disk", f"{(BINARIES / 'doorward').stat().st_size / 1e6:.1f} MB", None, None


def machine():
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    rust = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.split()[1:2]
    # BENCH_COMMIT: what a binary that was not built just now was built from.
    commit = os.environ.get("BENCH_COMMIT") or subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": cpu,
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "rust": rust[0] if rust else "",
        "commit": commit,
        "load_average": os.getloadavg()[1],
    }


def mark(met):
    return {None: "", True: "yes", False: "**no**"}[met]


def publish(found, rounds, whole):
    about, lines = machine(), list(rows(found))
    folder = ROOT / "target" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "result.json").write_text(json.dumps({"machine": about, "rounds": rounds, "result": found}, indent=2) + "\n")
    wide = max(len(words) for words, *_ in lines)
    for words, value, target, met in lines:
        print(f"{words:<{wide}}  {value:<34} {target or '':<18} {mark(met).strip('*')}")
    if whole:
        write_document(about, rounds, lines)


def write_document(about, rounds, lines):
    page = ROOT / "docs" / "performance.md"
    table = ["| what | measured | target | met |", "|---|---|---|---|"]
    table += [f"| {words} | {value} | {target or ''} | {mark(met)} |" for words, value, target, met in lines]
    where = (
        f"{about['date']}, commit {about['commit']}, {about['cores']} × {about['cpu']}, Linux {about['kernel']}, "
        f"Rust {about['rust']}, medians of {rounds} rounds, load average during the run {about['load_average']:.1f}."
    )
    if about["load_average"] > about["cores"]:
        where += (
            "\n\n**Other programs used the processors during this run** (the load average is above the number of cores): "
            "rates and latencies are theirs as much as Doorward's, and ratios come out lower than on a quiet machine. Run it again."
        )
    template = (Path(__file__).parent / "performance.md.in").read_text()
    page.write_text(template.replace("{where}", where).replace("{table}", "\n".join(table)))

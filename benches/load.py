"""Load: `wrk` as fast as it goes, `pace` at a known rate, and what a request of either costs.

The rule: a figure comes with the number of answers that were not what was asked for, and any such
answer ends the bench.
"""

import json
import re
import subprocess
import tempfile
from pathlib import Path

from servers import BINARIES, LOAD_CPU


def wrk(server, path="/", headers=None, connections=16, seconds=2.0, pinned=True):
    """One run: processor microseconds of the server per request, and requests a second."""
    command = ["taskset", "-c", LOAD_CPU] if pinned else []
    command += ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s"]
    for name, value in (headers or {}).items():
        command += ["-H", f"{name}: {value}"]
    before = server.cpu_s()
    out = subprocess.run(
        command + [f"http://127.0.0.1:{server.port}{path}"], capture_output=True, text=True, check=True
    ).stdout
    spent = server.cpu_s() - before
    requests = int(re.search(r"(\d+) requests in", out)[1])
    errors = re.findall(r"(?:Non-2xx or 3xx responses|Socket errors):.*", out)
    if errors or not requests:
        raise RuntimeError(f"{path}: {requests} requests, {errors}\n{server.tail()}")
    return {
        "cpu_us": spent / requests * 1e6,
        "per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]),
        "requests": requests,
    }


def raw(path, headers):
    """The bytes of a GET."""
    lines = [f"GET {path} HTTP/1.1"] + [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines) + "\r\n\r\n"


def pace(server, request, connections=16, rate=0, seconds=600, tokens=None, pinned=True):
    """One run: latencies, and processor microseconds of the server per request."""
    with tempfile.TemporaryDirectory() as folder:
        request_file, token_file = Path(folder) / "request", Path(folder) / "tokens"
        request_file.write_bytes(request.encode())
        command = ["taskset", "-c", LOAD_CPU] if pinned else []
        command += [BINARIES / "examples" / "pace", f"127.0.0.1:{server.port}"]
        command += [connections, rate, seconds, request_file]
        if tokens is not None:
            token_file.write_text("\n".join(tokens))
            command.append(token_file)
        before = server.cpu_s()
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"pace: {done.stderr}\n{server.tail()}")
    result = json.loads(done.stdout)
    if result["not_200"]:
        raise RuntimeError(f"pace: {result['not_200']} answers were not 200\n{server.tail()}")
    result["cpu_us"] = (server.cpu_s() - before) / result["requests"] * 1e6
    result["per_second"] = result["requests"] / result["seconds"]
    return result

"""Starting, watching and ending the servers under test.

Owns processes, their processor time and memory. Leaves what they are asked to `load` and `site`.
The rule: everything started here ends with the bench, and only listens on loopback.
"""

import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Another build only to try the bench itself: BENCH_TARGET=target/debug.
BINARIES = ROOT / os.environ.get("BENCH_TARGET", "target/release")
SERVER_CPU, LOAD_CPU = "1", "0"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """One running server; `with` ends it."""

    def __init__(self, command, port, environment=None, cpu=None, log=None):
        self.port = port
        pinned = ["taskset", "-c", cpu] if cpu else []
        keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.log = log or tempfile.TemporaryFile()
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            pinned + [str(word) for word in command],
            env=keep | (environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def wait_for(self, path, patience_s=30.0):
        """Waits for a 200; milliseconds since the process began."""
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        while time.monotonic() - self.began < patience_s:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.process.args[0]} ended early:\n{self.tail()}")
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as s:
                    s.sendall(request)
                    if s.recv(64).startswith(b"HTTP/1.1 200"):
                        return (time.monotonic() - self.began) * 1000
            except OSError:
                pass
            time.sleep(0.002)
        raise RuntimeError(f"not ready after {patience_s} s:\n{self.tail()}")

    def tail(self, lines=20):
        self.log.seek(0)
        return "\n".join(self.log.read().decode(errors="replace").splitlines()[-lines:])

    def cpu_s(self):
        """Processor time of all its threads so far, ended ones included, to the nanosecond.

        The same figure as utime + stime of /proc/PID/stat, which only counts in 10 ms.
        """
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def memory_kib(self, field="VmRSS"):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
        raise RuntimeError(f"no {field} of {self.process.pid}")


def hello():
    """The bare server, on the processor that all measured servers use."""
    port = free_port()
    server = Server([BINARIES / "examples" / "hello", f"127.0.0.1:{port}"], port, cpu=SERVER_CPU)
    server.wait_for("/")
    return server


def doorward(folder, environment, one_thread=True):
    """Doorward on a data directory; with one worker thread on one processor, or as it comes."""
    port = free_port()
    settings = {
        "DOORWARD_DATA_DIR": str(folder),
        "DOORWARD_LISTEN__HTTP": f"127.0.0.1:{port}",
        "DOORWARD_LISTEN__METRICS": f"127.0.0.1:{free_port()}",
        "DOORWARD_LOG__LEVEL": "info",
    }
    if one_thread:
        settings["TOKIO_WORKER_THREADS"] = "1"
    log = open(Path(folder).parent / f"server-{port}.log", "w+b")
    return Server(
        [BINARIES / "doorward", "server"],
        port,
        settings | environment,
        cpu=SERVER_CPU if one_thread else None,
        log=log,
    )


def cpu_of(command):
    """Processor seconds that a command takes from its start to its end."""
    process = subprocess.Popen([str(word) for word in command])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} failed")
    return usage.ru_utime + usage.ru_stime

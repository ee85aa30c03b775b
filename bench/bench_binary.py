"""The one file: how big it is, how soon it answers, what it takes at rest."""

import re
import statistics
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.harness import Bench, Measured, figure

BINARY = Path(__file__).resolve().parent.parent / "dist" / "tickroom"
MEGABYTE = 1e6
STARTS = 7
DIRECT = urllib.request.build_opener(
    urllib.request.ProxyHandler({})
)  # never through a proxy: it is this machine
REST_SECONDS = 3.0
READY = re.compile(r"Tickroom is ready at (http://\S+?)/?\s*$")


@contextmanager
def serving() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The one file, started in an empty folder with an empty environment: its process and its address."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [str(BINARY), "serve", "--host", "127.0.0.1", "--port", "0"],
            cwd=folder,
            env={"TMPDIR": folder},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        with process:
            try:
                yield process, address_of(process)
            finally:
                process.terminate()
                process.wait()


def address_of(process: subprocess.Popen[str]) -> str:
    """What the server says its address is. Raises RuntimeError when it ends without saying."""
    assert process.stdout is not None
    for line in process.stdout:
        if ready := READY.search(line):
            return ready.group(1)
    raise RuntimeError("the one file ended before it was ready")


def first_response() -> float:
    """Seconds from the start of the process to the first answer over HTTP."""
    begin = time.perf_counter()
    with serving() as (_, address), DIRECT.open(f"{address}/healthz"):
        return time.perf_counter() - begin


@figure("binary.size", unit="MB", goal=60.0, note="dist/tickroom, one file")
def size(bench: Bench) -> Measured:
    return bench.stated(BINARY.stat().st_size / MEGABYTE)


@figure(
    "binary.first_response",
    unit="s",
    goal=2.0,
    note="start to the first answer over HTTP, in an empty folder",
)
def start(bench: Bench) -> Measured:
    seconds = [first_response() for _ in range(STARTS)]
    return bench.stated(
        statistics.median(seconds),
        ("starts", ", ".join(f"{each:.2f} s" for each in seconds)),
    )


@figure("binary.memory_at_rest", unit="MB", goal=80.0, note="resident, both processes, no room open")
def memory(bench: Bench) -> Measured:
    with serving() as (process, address):
        with DIRECT.open(f"{address}/games") as answer:
            answer.read()
        time.sleep(REST_SECONDS)
        parent = psutil.Process(process.pid)
        [child] = parent.children()
        resident = [each.memory_info().rss / MEGABYTE for each in (parent, child)]
        private = [each.memory_full_info().uss / MEGABYTE for each in (parent, child)]
    return bench.stated(
        sum(resident),
        ("parent, server: resident", ", ".join(f"{each:.1f} MB" for each in resident)),
        ("parent, server: not shared", ", ".join(f"{each:.1f} MB" for each in private)),
    )

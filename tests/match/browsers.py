"""Browsers in a virtual lock-step room: the SDK's client, its lock-step driver and the JavaScript engine, in node, over a pipe.

    with Browsers(program) as browsers, VirtualLockstep(load("skirmish")) as room:
        ada, ben = browsers.join(room, "Ada", PRESETS["train"]), room.join("Ben")

`program` is web/sdk/test/virtual/main.ts as one file (the fixture `virtual_browsers`); its head says what goes over the pipe.
"""

import shutil
import struct
import subprocess
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Self

import msgspec
import pytest

from net.codec import MESSAGEPACK
from net.conditions import NEVER, PERFECT, Conditions, Line
from net.drivers.virtual_lockstep import VirtualLockstep
from net.errors import RemoteProtocolError
from net.players.session import Session
from net.players.sessions import token_digest
from net.protocol import CloseReason

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
ENGINE = ROOT / "mods" / "skirmish" / "client" / "engine.js"
SCRIPT = Path(__file__).with_name("script.mjs")
_length = struct.Struct("<I")


def bundled(folder: Path) -> Path:
    """The program for node, made of its TypeScript. Skips the test where there is no node, or no esbuild."""
    node, esbuild = shutil.which("node"), WEB / "node_modules" / "esbuild" / "bin" / "esbuild"
    if node is None or not esbuild.exists():
        pytest.skip("NOT TESTED: no node or no web/node_modules on this machine")
    program = folder / "virtual_browsers.mjs"
    source = WEB / "sdk" / "test" / "virtual" / "main.ts"
    options = ("--bundle", "--format=esm", "--platform=node", "--target=node20", f"--outfile={program}")
    command = (
        [node, str(esbuild), str(source), *options]
        if is_script(esbuild)
        else [str(esbuild), str(source), *options]
    )
    subprocess.run(command, cwd=WEB, check=True, capture_output=True)
    return program


def is_script(path: Path) -> bool:
    """npm puts a script there, and its own installer the program itself."""
    with path.open("rb") as file:
        return file.read(2) == b"#!"


class Browser:
    """One player in a browser, on a line to the room."""

    def __init__(
        self, browsers: "Browsers", room: VirtualLockstep, number: int, name: str, conditions: Conditions
    ) -> None:
        self.name = name
        self.generation = -1
        """The last generation that was run."""
        self.computed = -1
        """The last that the engine has computed: the driver may not know of it yet."""
        self.player = -1
        self.connection = "idle"
        self.sums: list[tuple[int, int]] = []
        """Every generation that was run, with its checksum, in the order in which they were."""
        self.given: list[tuple[str, Any]] = []
        """Every command that was given."""
        self.wrong = -1
        """The first generation in which its state was not that of the others."""
        self.errors: list[str] = []
        """What its client and its driver have complained of."""
        self.closed: list[int] = []
        """With what its connections have ended."""
        self.network = room.network(conditions)
        self.path = self.network.path(room.now)
        """Of the connection that it has, or had last."""
        self.session: Session | None = None
        self.token = f"token of {name}"
        """What opens the seat next."""
        self._browsers = browsers
        self._room = room
        self._number = number

    # What a player does ----------------------------------------------------------------------------------------------

    def do(self, verb: str, *values: object) -> None:
        """Tell the program something: `ready`, `command`, `script`, `pace`, `change`."""
        self._browsers.exchange(self._room.now, [(self._number, verb, *values)])

    def ready(self) -> None:
        """Commit to the setup."""
        self.do("ready")

    @property
    def playing(self) -> bool:
        """Whether it is connected and welcomed."""
        return self.connection == "open"

    def load_again(self) -> None:
        """The page is loaded again: it knows nothing any more but its token."""
        self._lose()
        self.sums.clear()
        self.do("end")
        self.do("join", self.token, self._number)

    def drop(self) -> None:
        """The connection is cut; the client will come back by itself."""
        self._end(1006, "")

    def stall(self, milliseconds: float) -> None:
        """Nothing gets through either way for so long, and then all at once."""
        self.path.stall(self._room.now, milliseconds)

    # What the room calls ---------------------------------------------------------------------------------------------

    @property
    def to_server(self) -> Line:
        """What it has sent and the server has not heard."""
        return self.path.up

    @property
    def to_client(self) -> Line:
        """What the server has sent and it has not heard."""
        return self.path.down

    def next_time(self) -> float:
        """When this client or its line is due next (ms)."""
        cut_at = self.path.cut_at if self.session is not None else NEVER
        return min(cut_at, self.to_server.next_due(), self.to_client.next_due(), self._browsers.due)

    def advance(self, now: float) -> None:
        """Deliver, run and send what is due at `now`."""
        if self.session is not None and self.path.cut_at <= now:
            self.network.lost(now)
            self.drop()
        for payload in self.to_server.due(now):
            self._arrived(payload, now)
        heard = [(self._number, "heard", payload) for payload in self.to_client.due(now)]
        if heard or self._browsers.due <= now:
            self._browsers.exchange(now, heard)

    def closed_by_server(self, reason: CloseReason, sentence: str) -> None:
        """The server closes: what it sent before is still read."""
        heard = [(self._number, "heard", payload) for payload in self.to_client.due(NEVER)]
        self._browsers.exchange(self._room.now, heard)
        self._end(reason, sentence)

    def close(self) -> None:
        """The room is over."""

    # What the program asks for ---------------------------------------------------------------------------------------

    def asked(self, verb: str, values: list[Any]) -> None:
        """It connects, sends or closes."""
        if verb == "connect":
            self._connect()
        elif verb == "send":
            self.to_server.push(self._room.now, values[0])
        elif verb == "close":
            self._lose()

    def stands(self, standing: dict[str, Any]) -> None:
        """How it stands after an exchange."""
        self.connection, self.player = standing["connection"], standing["player"]
        self.generation, self.wrong = standing["generation"], standing["wrong"]
        self.computed = standing["computed"]
        self.sums += [tuple(each) for each in standing["ran"]]
        self.given += [tuple(each) for each in standing["given"]]
        self.errors += standing["errors"]
        self.token = standing["token"]

    def _connect(self) -> None:
        now = self._room.now
        if now < self.network.back_at:
            self._browsers.later((self._number, "closed", 1006, "The network is away."))
            return
        self.path = self.network.path(now)
        self.session = self._room.room.open(MESSAGEPACK, now)
        self._browsers.later((self._number, "opened"))

    def _arrived(self, payload: bytes, now: float) -> None:
        if self.session is None:
            return
        try:
            replies = self.session.receive(payload, now)
        except RemoteProtocolError as error:
            self.closed_by_server(error.reason, error.sentence)
            return
        for reply in replies:
            self.to_client.push(now, reply)

    def _end(self, code: int, sentence: str) -> None:
        self.closed.append(code)
        self._lose()
        self._browsers.exchange(self._room.now, [(self._number, "closed", code, sentence)])

    def _lose(self) -> None:
        session, self.session = self.session, None
        if session is not None:
            session.lost(self._room.now)
        self.path.clear()


class Browsers:
    """One node with all browsers of a room."""

    def __init__(self, program: Path) -> None:
        self.due = NEVER
        """When one of their timers is due (ms)."""
        self._browsers: list[Browser] = []
        self._later: list[tuple[object, ...]] = []
        self._complaints = TemporaryFile()  # noqa: SIM115 - closed in __exit__
        command = [
            shutil.which("node") or "node",
            "--enable-source-maps",
            str(program),
            str(ENGINE),
            str(SCRIPT),
        ]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._complaints
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.kill()
        self._process.wait()
        self._complaints.close()

    def join(self, room: VirtualLockstep, name: str, conditions: Conditions = PERFECT) -> Browser:
        """Seat a browser on a network of these conditions, and run until it is welcomed."""
        number = len(self._browsers)
        browser = Browser(self, room, number, name, conditions)
        room.room.reserve(f"id of {name}", name, token_digest(browser.token), room.now)
        self._browsers.append(browser)
        room.others.append(browser)
        self.exchange(room.now, [(number, "join", browser.token, number)])
        room.run_until(lambda: browser.playing)
        return browser

    def later(self, order: tuple[object, ...]) -> None:
        """An order for the next exchange, which follows at once."""
        self._later.append(order)

    def exchange(self, now: float, orders: Iterable[tuple[object, ...]]) -> None:
        """Give the program its orders, let it do what is due at `now`, and carry out what it asks for."""
        waiting = list(orders)
        while True:
            due, outgoing, standings = self._answer([now, waiting])
            self.due = NEVER if due is None else due
            for number, verb, *values in outgoing:
                self._browsers[number].asked(verb, values)
            for number, standing in standings:
                self._browsers[number].stands(standing)
            waiting, self._later = self._later, []
            if not waiting:
                return

    def _answer(self, order: list[Any]) -> Any:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        body = msgspec.msgpack.encode(order)
        try:
            stdin.write(_length.pack(len(body)) + body)
            stdin.flush()
            head = stdout.read(_length.size)
            return msgspec.msgpack.decode(stdout.read(*_length.unpack(head)))
        except (OSError, struct.error) as error:
            self._process.wait(10.0)
            self._complaints.seek(0)
            said = self._complaints.read().decode(errors="replace")
            raise AssertionError(f"node has ended: {said}") from error

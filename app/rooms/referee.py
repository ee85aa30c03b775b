"""Referees as processes of their own: one for a match, with the game's engine, on pipes that never block the server.

    u32 length, then a MessagePack Order (to it) or Word (from it)

The process ends when its pipe does: whatever becomes of the server, it does not stay behind.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import structlog

from net.lockstep.referee import Lost, NoReferee, Order, Word

COMMAND = "referee"
MAX_FRAME = 4 * 1_048_576
"""Bytes of an order or a word: a dump has at most 1 MB, packed, and a piece of a history is 256 generations."""
WAITING = 65_536
"""With so many bytes that it has not read yet a referee is given no more."""
AT_ONCE = 65_536
LENGTH = 4

log = structlog.get_logger("referee")
_encode = msgspec.msgpack.Encoder().encode
_words = msgspec.msgpack.Decoder(Word)


def frame(message: Order | Word) -> bytes:
    """As it travels."""
    data = _encode(message)
    return len(data).to_bytes(LENGTH, "little") + data


def command_for(game: Path) -> list[str]:
    """What starts a referee for a game: this program again."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "app"]
    return [*program, COMMAND, str(game.resolve())]


class Referees:
    """The referees of a server: at most `most` at a time, and none for a game that is not installed."""

    def __init__(self, games: Mapping[str, Path], most: int) -> None:
        """`games` says where each installed game is."""
        self._games = games
        self._most = most
        self._ending: list[subprocess.Popen[bytes]] = []
        self.running: set[RefereeProcess] = set()

    def maker(self, game: str, room_id: str) -> "Callable[[Mapping[str, Any]], RefereeProcess]":
        """What makes the referees of a room."""
        return lambda _setup: self._start(game, room_id)

    def close(self) -> None:
        """End all, and wait for their processes."""
        for each in list(self.running):
            each.close()
        for process in self._ending:
            process.wait()
        self._ending.clear()

    def _start(self, game: str, room_id: str) -> "RefereeProcess":
        """Raises NoReferee."""
        self._ending = [process for process in self._ending if process.poll() is None]
        if len(self.running) >= self._most:
            raise NoReferee(f"this server runs {self._most} at a time")
        try:
            started = RefereeProcess(command_for(self._games[game]), room_id, self._ended)
        except OSError as error:
            raise NoReferee(f"its process does not start: {error.strerror}") from error
        self.running.add(started)
        return started

    def _ended(self, referee: "RefereeProcess") -> None:
        self.running.discard(referee)
        self._ending.append(referee.process)


class RefereeProcess:
    """One referee: a `net.lockstep.referee.Referee`."""

    def __init__(self, command: list[str], room_id: str, on_end: Callable[["RefereeProcess"], None]) -> None:
        """Raises OSError where it does not start."""
        self.process = subprocess.Popen(  # noqa: S603 - this very program, with the path of a game that it loaded
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2],
            start_new_session=True,
        )  # fmt: skip
        if self.process.stdin is None or self.process.stdout is None:
            raise OSError("it has no pipes")
        self._to, self._from = self.process.stdin.fileno(), self.process.stdout.fileno()
        for pipe in (self._to, self._from):
            os.set_blocking(pipe, False)
        self._unsent = bytearray()
        self._read = bytearray()
        self._on_end = on_end
        self._room_id = room_id
        self._closed = False
        log.info("referee begins", room=room_id, pid=self.process.pid)

    def takes_more(self) -> bool:
        """Whether it has read nearly all that it was given."""
        self._send()
        return not self._closed and len(self._unsent) < WAITING

    def give(self, order: Order) -> None:
        """Something to do."""
        self._unsent += frame(order)
        self._send()

    def heard(self) -> list[Word]:
        """What it has said since the last time."""
        if self._closed:
            return []
        self._send()
        words: list[Word] = []
        ended = not self._receive()
        while (data := self._next()) is not None:
            try:
                words.append(_words.decode(data))
            except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
                return [*words, self._lost(f"it says what is nothing: {error}")]
        if ended:
            words.append(self._lost("its process ended"))
        elif len(self._read) > MAX_FRAME + LENGTH:
            words.append(self._lost("it says too much at once"))
        return words

    def close(self) -> None:
        """End it; its process is waited for later. Idempotent."""
        if self._closed:
            return
        self._closed = True
        self.process.kill()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()
        self._on_end(self)

    def _lost(self, reason: str) -> Lost:
        log.warning("referee lost", room=self._room_id, pid=self.process.pid, why=reason)
        return Lost(reason)

    def _send(self) -> None:
        while self._unsent and not self._closed:
            try:
                sent = os.write(self._to, self._unsent[:AT_ONCE])
            except BlockingIOError:
                return
            except BrokenPipeError:
                self._unsent.clear()  # its end is found where it is read
                return
            del self._unsent[:sent]

    def _receive(self) -> bool:
        """Read what is there, as far as one frame needs. False at its end."""
        while len(self._read) <= MAX_FRAME + LENGTH:
            try:
                data = os.read(self._from, AT_ONCE)
            except BlockingIOError:
                return True
            if not data:
                return False
            self._read += data
        return True

    def _next(self) -> bytes | None:
        length = int.from_bytes(self._read[:LENGTH], "little")
        if len(self._read) < LENGTH or length > MAX_FRAME or len(self._read) < LENGTH + length:
            return None
        data = bytes(self._read[LENGTH : LENGTH + length])
        del self._read[: LENGTH + length]
        return data

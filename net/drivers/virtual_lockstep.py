"""A lock-step room and its clients in one process, without sockets and in virtual time.

    with VirtualLockstep(game) as room:
        ada, ben = room.join("Ada"), room.join("Ben", latency=80.0, jitter=30.0)
        ada.lockstep.setup({"size": "small"})
        room.begin()                                        # all are ready; runs until the first generation
        ada.lockstep.command("move", Move(3))
        room.run(2_000.0)                                   # virtual ms

Everything between `LockstepRoom`, `Session`, `ClientCore` and `LockstepClient` is real, bytes and engines included.
"""

from collections.abc import Callable, Mapping
from functools import partial
from io import BytesIO
from typing import Any, Protocol, Self

from ecs.game import Game
from ecs.random import mix
from net.client.lockstep import LockstepClient
from net.codec import MESSAGEPACK, Codec
from net.conditions import Conditions, Line, Network
from net.drivers.virtual import NotWithin, VirtualClient, line_network, tokens
from net.hosted import HostedGame
from net.journal.packing import PlainWriter
from net.journal.reader import JournalReader
from net.journal.writer import JournalWriter
from net.lockstep.inquest import Report
from net.lockstep.referee import MakeReferee
from net.lockstep.room import LockstepRoom
from net.lockstep.settings import LockstepSettings
from net.players.session import Session
from net.players.sessions import MemorySessions, token_digest
from net.protocol import CloseReason
from net.rooms.outbox import Outgoing
from net.rooms.step import RoomStep
from net.settings import RoomSettings
from systems.lockstep import LockstepEngine, refusal_of

ENOUGH = 60_000.0
"""How long `run_until` tries by itself (ms)."""
RETRY = 500.0
"""A step that cannot be kept is tried again after this (ms), as the server's loop does."""


class VirtualPlayer(VirtualClient):
    """One player or viewer: a core, a lock-step client and an engine, on a line to the room."""

    def __init__(
        self, room: "VirtualLockstep", name: str, token: str, codec: Codec, network: Network | None = None
    ) -> None:
        super().__init__(room, name, token, codec, network)
        self.lockstep = LockstepClient(self.core, lambda: LockstepEngine(room.game))
        self.frozen = False
        """Whether this computer does nothing at all, while its connection stays open."""

    @property
    def engine(self) -> LockstepEngine:
        """The engine of the match. Raises LookupError where there is none."""
        if not isinstance(self.lockstep.engine, LockstepEngine):
            raise LookupError(f"{self.name} runs no match")  # noqa: TRY004 - None or another engine: there is no match
        return self.lockstep.engine

    def next_time(self) -> float:
        """When this client or its line is due next (ms)."""
        if self.frozen:
            return self.to_server.next_due()
        return min(super().next_time(), self.lockstep.next_time())

    def advance(self, now: float) -> None:
        """Deliver, run and send what is due at `now`."""
        if self.frozen:
            for payload in self.to_server.due(now):
                self._arrived(payload, now)
            return
        super().advance(now)
        self.lockstep.advance(now)
        while self.playing and self.core.next_tick() <= now:
            self.to_server.push(now, self.core.tick(now))

    def close(self) -> None:
        """Free the engine. Idempotent."""
        self.lockstep.close()

    def _heard(self, payload: bytes, now: float) -> None:
        seen = len(self.events)
        super()._heard(payload, now)
        self.lockstep.heard(self.events[seen:], now)


class Peer(Protocol):
    """What a room asks of whoever is on a line to it: `VirtualPlayer`, or a client in another language."""

    @property
    def to_client(self) -> Line:
        """What the server has sent and it has not heard."""

    @property
    def session(self) -> Session | None:
        """The server's end of the connection."""

    def next_time(self) -> float:
        """When this client or its line is due next (ms)."""

    def advance(self, now: float) -> None:
        """Deliver, run and send what is due at `now`."""

    def drop(self) -> None:
        """The connection is cut."""

    def closed_by_server(self, reason: CloseReason, sentence: str) -> None:
        """The server closes; what it sent before is still read."""

    def close(self) -> None:
        """Free what it holds. Idempotent."""


class VirtualLockstep:
    """A lock-step room, its clients and their time."""

    def __init__(
        self,
        game: Game,
        *,
        seed: int = 1,
        rules: LockstepSettings | None = None,
        options: dict[str, Any] | None = None,
        settings: RoomSettings | None = None,
        journal: bool = False,
        check_setup: Callable[[int, Mapping[str, Any]], str] | None = None,
        make_referee: MakeReferee | None = None,
    ) -> None:
        """`seed` is that of the room and of the networks of its clients. With a journal the room may be killed (`restart`)."""
        self.game = game
        self.now = 0.0
        """Virtual time (ms)."""
        self.clients: list[VirtualPlayer] = []
        self.others: list[Peer] = []
        """Clients that are not of this program; whoever puts them here has reserved their seats."""
        self.reports: list[Report] = []
        """Of divergences, in order."""
        self.turns: list[float] = []
        """When the room told each generation."""
        self._held: RoomStep | None = None
        """A step that cannot be kept."""
        self._retry_at = 0.0
        self._kept_from = 0.0
        """Before this time nothing can be kept."""
        self._hosted = HostedGame.of(game)
        self._arguments: dict[str, Any] = {
            "seed": seed, "settings": settings or RoomSettings(), "rules": rules, "options": options,
            "check_setup": check_setup or partial(refusal_of, game), "make_token": tokens(), "sessions": MemorySessions(),
            "make_referee": make_referee,
        }  # fmt: skip
        self._seed = seed
        self.room = self._new_room(JournalWriter(packing=PlainWriter) if journal else None)
        self.journal = bytearray(self.room.begin_journal(name="virtual", created_at=0.0) if journal else b"")
        """The room's journal file, empty where it writes none."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def join(
        self,
        name: str,
        *,
        codec: Codec = MESSAGEPACK,
        latency: float = 0.0,
        jitter: float = 0.0,
        conditions: Conditions | None = None,
    ) -> VirtualPlayer:
        """Seat somebody on a line of `latency` ms each way, up to `jitter` more, and run until the setup is told.

        Or else on a network of these `conditions`; one that it cuts stays cut until the player reconnects.

        Raises RoomRefusal as the lobby would say it.
        """
        token = f"token of {name}"
        self.room.reserve(f"id of {name}", name, token_digest(token), self.now)
        network = self.network(conditions or Conditions(latency, jitter))
        player = VirtualPlayer(self, name, token, codec, network)
        self.clients.append(player)
        player.connect()
        self.run_until(lambda: player.ended is not None or player.lockstep.configuration is not None)
        return player

    def network(self, conditions: Conditions) -> Network:
        """What the connections of whoever joins next go through."""
        return line_network(conditions, mix(self._seed, len(self.peers)))

    @property
    def peers(self) -> list[Peer]:
        """Everybody who is on a line to the room."""
        return [*self.clients, *self.others]

    def begin(self) -> None:
        """All players are ready; runs until all have run a generation."""
        players = [client for client in self.clients if client.playing]
        for player in players:
            player.lockstep.ready()
        self.run_until(lambda: all(player.lockstep.generation >= 0 for player in players))

    def run(self, milliseconds: float) -> None:
        """Let time pass."""
        end = self.now + milliseconds
        while True:
            due = min([self._due, *(peer.next_time() for peer in self.peers)])
            if due > end:
                break
            self.now = max(self.now, due)
            for peer in self.peers:
                peer.advance(self.now)
            if self._due <= self.now:
                self._step()
        self.now = end

    def run_until(self, condition: Callable[[], object], milliseconds: float = ENOUGH) -> None:
        """Run until the condition holds, looking every 10 ms. Raises NotWithin."""
        end = self.now + milliseconds
        while not condition():
            if self.now >= end:
                raise NotWithin(f"it did not happen within {milliseconds:g} ms")
            self.run(10.0)

    def fill_disk(self, milliseconds: float) -> None:
        """For so long nothing that the room gives can be kept: it stands still from its next step on."""
        self._kept_from = self.now + milliseconds

    def restart(self) -> None:
        """The server is killed, and is back at once: the room as its journal has it, and no connection."""
        for peer in self.peers:
            if peer.session is not None:
                peer.drop()
        self._held = None  # what was not kept has not been
        reader = JournalReader(BytesIO(self.journal))
        last = reader.keyframes()[-1]
        self.room = self._new_room(None)
        self.room.restore(last.image())
        for frame in reader.frames(last):
            self.room.rerun(frame)
        self.journal += self.room.resume(self.now, JournalWriter(reader.seed, PlainWriter))

    def close(self) -> None:
        """End the room and free the engines. Idempotent."""
        self._close_each(self.room.end(CloseReason.ROOM_ENDED).closing)
        for peer in self.peers:
            peer.close()

    def _new_room(self, journal: JournalWriter | None) -> LockstepRoom:
        return LockstepRoom("virtual", self._hosted, now=self.now, journal=journal, **self._arguments)

    def _step(self) -> None:
        before, held = self.room.tick, self._held
        step = held or self.room.step(self.now)
        if self.room.tick > before:
            self.turns.append(self.now)
        if self.now < self._kept_from:
            self._held, self._retry_at = step, min(self.now + RETRY, self._kept_from)
            self._send(self.room.stall("the disk is full", self.now))
            return
        self._give(step)
        if held is not None:
            self._held = None
            self.room.unstall(self.now)

    @property
    def _due(self) -> float:
        return self.room.due if self._held is None else self._retry_at

    def _give(self, step: RoomStep) -> None:
        self.journal += step.journal
        self.reports += [report for report in step.reports if isinstance(report, Report)]
        self._send(step.outgoing)
        self._close_each(step.closing)

    def _send(self, outgoing: Outgoing) -> None:
        by_session = {peer.session: peer for peer in self.peers if peer.session is not None}
        for session, pieces in outgoing:
            if session in by_session:
                by_session[session].to_client.push(self.now, b"".join(pieces))

    def _close_each(self, closing: list[Any]) -> None:
        by_session = {peer.session: peer for peer in self.peers if peer.session is not None}
        for session, reason, sentence in closing:
            if session in by_session:
                by_session[session].closed_by_server(reason, sentence)

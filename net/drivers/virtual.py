"""A room and its clients in one process, without sockets and in virtual time: for the tests of a game and of Tickroom.

    with VirtualRoom(game) as room:
        ada, ben = room.join("Ada"), room.join("Ben", latency=80.0, jitter=30.0)
        ada.hold("right")
        room.run(30)                                        # ticks; no time passes outside
        assert ada.me.x > 100.0
        room.run_until(lambda: ben.heard("Died"))

Everything between `Room`, `Session` and `ClientCore` is real, bytes included; only the sockets and the clock are not. All times
are virtual ms. A system of the game that raises does so out of `run`.
"""

from collections.abc import Callable
from io import BytesIO
from itertools import count
from types import TracebackType
from typing import Any, Protocol, Self

from ecs.game import Game
from ecs.random import mix
from ecs.world import World
from net.bundle import whole
from net.client.backoff import is_final
from net.client.calls import value_of
from net.client.core import ClientCore
from net.client.entity import Entity
from net.client.events import Answered, ClientEvent, Disconnected, GameEvent
from net.client.scene import Scene
from net.client.states import ClientState
from net.codec import MESSAGEPACK, Codec
from net.conditions import NEVER, PERFECT, Conditions, Line, Network
from net.errors import RemoteProtocolError
from net.hosted import HostedGame
from net.journal.reader import JournalReader
from net.journal.writer import JournalWriter
from net.players.session import Session
from net.players.sessions import MemorySessions, token_digest
from net.protocol import CloseReason
from net.rooms.base_room import BaseRoom
from net.rooms.room import Room
from net.rooms.step import RoomStep
from net.settings import RoomSettings

HIGH_WATER = 65_536
"""Bytes that wait for a client that does not read before the server is told that it is congested, as a socket does."""
ENOUGH_TICKS = 600
"""How long `run_until` tries by itself."""


class NotWithin(AssertionError):
    """What `run_until` waited for did not happen in time."""


def tokens() -> Callable[[], str]:
    """Makes tokens that are the same in every run."""
    numbers = count(1)
    return lambda: f"token {next(numbers)}"


def line_network(conditions: Conditions, seed: int = 1) -> Network:
    """A network that takes all that is sent: what a client that does not read may cost is the session's to say."""
    return Network(conditions, seed, capacity=NEVER)


class Around(Protocol):
    """What a client asks of the virtual room that it is in."""

    @property
    def now(self) -> float:
        """Virtual time (ms)."""

    @property
    def room(self) -> BaseRoom:
        """The room itself."""

    def run_until(self, condition: Callable[[], object], /) -> None:
        """Run until the condition holds. Raises NotWithin."""


class VirtualClient:
    """One player: a real client core on a line to the room."""

    def __init__(
        self, room: Around, name: str, token: str, codec: Codec, network: Network | None = None,
        game: Game | None = None,
    ) -> None:  # fmt: skip
        """`network` is what its connections go through; by itself nothing takes any time. `game`: the rules, to predict."""
        self.name = name
        self.core = ClientCore(token, codec=codec, game=game)
        self.events: list[ClientEvent] = []
        """All that it was told since it joined, in order."""
        self.ended: Disconnected | None = None
        """How its last connection ended, or None while it is connected."""
        self.network = network or line_network(PERFECT)
        self.path = self.network.path(room.now)
        """Of the connection that it has, or had last."""
        self.tape: list[tuple[str, bytes]] | None = None
        """Give it a list, and it has all messages from then on, in order: ("received" or "sent", the bytes)."""
        self._room = room
        self._session: Session | None = None
        self._reading = True

    # What a player does ----------------------------------------------------------------------------------------------

    def hold(self, *keys: str) -> None:
        """These keys go down and stay down."""
        for key in keys:
            self.core.inputs.hold(key)

    def release(self, *keys: str) -> None:
        """These keys go up."""
        for key in keys:
            self.core.inputs.release(key)

    def tap(self, key: str) -> None:
        """A key goes down and up between two ticks."""
        self.core.inputs.tap(key)

    def axis(self, name: str, value: float) -> None:
        """Set an axis, -1 to 1."""
        self.core.inputs.axis(name, value)

    def command(self, name: str, body: object = None) -> int:
        """Send a command with the next tick; its id."""
        return self.core.command(name, body)

    def ask(self, verb: str, resource: str, body: object = None) -> Answered:
        """Ask the server, and run the room until the answer is there."""
        asked = self.core.request(verb, resource, body)
        self._room.run_until(lambda: self.answer_to(asked) is not None)
        answer = self.answer_to(asked)
        assert answer is not None
        return answer

    def call(self, name: str, body: object = None) -> Any:
        """Call an rpc of the game's, and run the room until it has answered. Raises CallFailed with the status of a refusal."""
        called = self.core.call(name, body)
        self._room.run_until(lambda: self.answer_to(called) is not None)
        answer = self.answer_to(called)
        assert answer is not None
        return value_of(answer)

    # What a player sees ----------------------------------------------------------------------------------------------

    @property
    def scene(self) -> Scene:
        """The entities that it sees."""
        return self.core.scene

    @property
    def me(self) -> Entity:
        """Its own entity: of those it owns, the first. Raises LookupError when it owns none."""
        owned = self.scene.owned_by(self.core.player)
        if not owned:
            raise LookupError(f"{self.name} owns no entity that it sees")
        return min(owned, key=lambda entity: entity.id)

    def heard(self, event: str) -> list[Any]:
        """The bodies of all events of this name that it was told of."""
        return [told.body for told in self.events if isinstance(told, GameEvent) and told.name == event]

    def answer_to(self, asked: int) -> Answered | None:
        """The answer to the command or request of this id, if it has come."""
        answers = (told for told in self.events if isinstance(told, Answered) and told.id == asked)
        return next(answers, None)

    @property
    def playing(self) -> bool:
        """Whether it is connected and welcomed."""
        return self.core.state is ClientState.PLAYING

    # What a connection does ------------------------------------------------------------------------------------------

    def drop(self) -> None:
        """The connection is cut, as by a lost network; what was on its way is lost."""
        self._end(Disconnected(1006, "The connection was cut.", None))

    def reconnect(self) -> None:
        """Connect again with the same token, and run the room until it is welcomed."""
        self.connect()
        self._room.run_until(lambda: self.playing or self.ended is not None)

    def stop_reading(self) -> None:
        """Take nothing off the socket any more; the server notices when enough has piled up."""
        self._reading = False

    def read_on(self) -> None:
        """Read again, first what has piled up."""
        self._reading = True

    def stall(self, milliseconds: float) -> None:
        """Nothing gets through either way for so long, and then all at once: what TCP does with a lost packet."""
        self.path.stall(self._room.now, milliseconds)

    def send_raw(self, payload: bytes) -> None:
        """Put any bytes on the line, in place of what the core would say."""
        self.to_server.push(self._room.now, payload)

    # What the room calls ---------------------------------------------------------------------------------------------

    @property
    def session(self) -> Session | None:
        """The server's end of the connection."""
        return self._session

    @property
    def to_server(self) -> Line:
        """What it has sent and the server has not heard."""
        return self.path.up

    @property
    def to_client(self) -> Line:
        """What the server has sent and it has not heard."""
        return self.path.down

    def connect(self) -> None:
        """Open a connection and say hello; `VirtualRoom.run` does the rest. While the network is away it is `ended` again."""
        now = self._room.now
        if now < self.network.back_at:
            self.ended = Disconnected(1006, "The network is away.", None)
            return
        self.ended = None
        self.path = self.network.path(now)
        self._session = self._room.room.open(self.core.codec, now)
        self.to_server.push(now, self.core.connect())

    def next_time(self) -> float:
        """When this client or its line is due next (ms)."""
        times = [self.to_server.next_due()]
        if self._session is not None:
            times.append(self.path.cut_at)
        if self._reading:
            times.append(self.to_client.next_due())
        if self.playing:
            times.append(self.core.next_tick())
        return min(times)

    def advance(self, now: float) -> None:
        """Deliver and send what is due at `now`."""
        if self._session is not None and self.path.cut_at <= now:
            self.network.lost(now)
            self.drop()
        for payload in self.to_server.due(now):
            self._arrived(payload, now)
        if self._reading:
            for payload in self.to_client.due(now):
                self._heard(payload, now)
        if self.playing and self.core.next_tick() <= now:
            payload = self.core.tick(now)
            if self.tape is not None:
                self.tape.append(("sent", payload))
            self.to_server.push(now, payload)
        if self._session is not None:
            self._session.congested = self.to_client.size > HIGH_WATER

    def closed_by_server(self, reason: CloseReason, sentence: str) -> None:
        """The server closes: what it sent before is still read."""
        for payload in self.to_client.due(NEVER):
            self._heard(payload, self._room.now)
        self._end(Disconnected(reason, sentence or reason.name, None))
        if is_final(reason):
            self.core.close()

    def _arrived(self, payload: bytes, now: float) -> None:
        if self._session is None:
            return
        try:
            replies = self._session.receive(payload, now)
        except RemoteProtocolError as error:
            self.closed_by_server(error.reason, error.sentence)
            return
        for reply in replies:
            self.to_client.push(now, reply)

    def _heard(self, payload: bytes, now: float) -> None:
        if self.tape is not None:
            self.tape.append(("received", payload))
        self.events += self.core.receive(payload, now)
        for reply in self.core.data_to_send():
            self.to_server.push(now, reply)

    def _end(self, how: Disconnected) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.lost(self._room.now)
        self.path.clear()
        self.core.lost()
        self.ended = how
        self.events.append(how)


class VirtualRoom:
    """A room, its clients and their time."""

    def __init__(
        self,
        game: Game | HostedGame,
        *,
        seed: int = 1,
        settings: RoomSettings | None = None,
        saves: dict[str, bytes] | None = None,
        journal: bool = False,
        make_token: Callable[[], str] | None = None,
    ) -> None:
        """`seed` is that of the room's random and of the networks of its clients. `saves` is what a store has of players, by
        name; give the same dict to the next room, and they come back with what they had. With a journal the room may be
        killed (`restart`)."""
        self._hosted = game if isinstance(game, HostedGame) else HostedGame.of(game)
        self._seed = seed
        self._settings = settings or RoomSettings()
        self._make_token = make_token or tokens()
        self.sessions = MemorySessions()
        """What outlives a restart beside the journal."""
        self.now = 0.0
        """Virtual time (ms)."""
        self.clients: list[VirtualClient] = []
        self.saves = {} if saves is None else saves
        """What a store has of each player who was here, by name."""
        self._names: dict[int, str] = {}
        """Who had each number last."""
        self.room = self._new_room(JournalWriter() if journal else None)
        self.journal = bytearray(self.room.begin_journal(name="virtual", created_at=0.0) if journal else b"")
        """The room's journal file, empty where it writes none."""
        self._interval = 1000.0 / self._hosted.game.tick_rate
        self._steps = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def world(self) -> World:
        """The server's world."""
        return self.room.engine.world

    @property
    def tick(self) -> int:
        """The last tick that the room has run."""
        return self.room.tick

    def join(
        self,
        name: str,
        *,
        codec: Codec = MESSAGEPACK,
        latency: float = 0.0,
        jitter: float = 0.0,
        conditions: Conditions | None = None,
        predict: bool = False,
    ) -> VirtualClient:
        """Seat a player on a line of `latency` ms each way, up to `jitter` more, and run until it has its first snapshot.

        Or else on a network of these `conditions`; one that it cuts stays cut until the player reconnects. `predict`: it has the
        game's rules, and computes its own entities ahead of the server.

        Raises RoomFull, NameTaken or BadName as the lobby would say them, and RemoteProtocolError.
        """
        token = f"token of {name}"
        saved = self.saves.get(name, b"")
        seat = self.room.reserve(f"id of {name}", name, token_digest(token), self.now, saved=saved)
        self._names[seat.player] = name
        network = line_network(conditions or Conditions(latency, jitter), mix(self._seed, len(self.clients)))
        rules = self._hosted.game if predict else None
        client = VirtualClient(self, name, token, codec, network, rules)
        self.clients.append(client)
        client.connect()
        self.run_until(lambda: client.ended is not None or (client.playing and not client.scene.stale))
        return client

    def run(self, ticks: int = 1) -> None:
        """Let the room run so many ticks. Raises what a system of the game raises."""
        for _ in range(ticks):
            self._steps += 1
            self._clients_until(self._steps * self._interval)
            self._step()

    def run_for(self, milliseconds: float) -> None:
        """Let so much time go by, with the ticks of the room in it: for what happens between two, such as a client's frames."""
        end = self.now + milliseconds
        while (self._steps + 1) * self._interval <= end:
            self.run()
        self._clients_until(end)

    def run_until(self, condition: Callable[[], object], ticks: int = ENOUGH_TICKS) -> None:
        """Run until the condition holds, looking after each tick. Raises NotWithin."""
        for _ in range(ticks):
            if condition():
                return
            self.run()
        if not condition():
            raise NotWithin(f"it did not happen within {ticks} ticks")

    def restart(self) -> None:
        """The server is killed, and is back at once: the room as its journal has it, and no connection.

        What came since the last tick is lost; clients `reconnect` when they are told to. Raises JournalError without a journal.
        """
        for client in self.clients:
            if client.session is not None:
                client.drop()
        self.room.engine.close()
        reader = JournalReader(BytesIO(self.journal))
        last = reader.keyframes()[-1]
        self.room = self._new_room(None)
        self.room.restore(last.image())
        for frame in reader.frames(last):
            self.room.rerun(frame)
        self.journal += self.room.resume(self.now, JournalWriter(reader.seed))

    def _new_room(self, journal: JournalWriter | None) -> Room:
        return Room(
            "virtual",
            self._hosted,
            seed=self._seed,
            settings=self._settings,
            now=self.now,
            sessions=self.sessions,
            make_token=self._make_token,
            journal=journal,
        )

    def close(self) -> None:
        """End the room. Idempotent."""
        step = self.room.end(CloseReason.ROOM_ENDED)
        self._keep(step)
        self._close_each(step.closing)

    def _clients_until(self, end: float) -> None:
        while True:
            due = min((client.next_time() for client in self.clients), default=float("inf"))
            if due > end:
                break
            self.now = max(self.now, due)
            for client in self.clients:
                client.advance(self.now)
        self.now = end

    def _step(self) -> None:
        step = self.room.step(self.now)
        self.journal += step.journal
        self._keep(step)
        by_session = {client.session: client for client in self.clients if client.session is not None}
        for session, pieces in step.outgoing:
            if session in by_session:  # a test may have opened others on the room itself
                by_session[session].to_client.push(self.now, whole(pieces))
        self._close_each(step.closing)
        if step.failure is not None:
            raise step.failure

    def _keep(self, step: RoomStep) -> None:
        """What the store would have of a step."""
        self.saves.update({self._names[save.player]: save.data for save in step.saves})

    def _close_each(self, closing: list[tuple[Session, CloseReason, str]]) -> None:
        by_session = {client.session: client for client in self.clients}
        for session, reason, sentence in closing:
            if session in by_session:
                by_session[session].closed_by_server(reason, sentence)

"""The client of a lock-step room around an engine, without I/O: masters in, generations run, packets out. Time is a parameter.

    heard(events, now)   what the core was told
    advance(now)         runs the generations that are due; `next_time()` says when there is more to do
    command(..)          goes out with the packet of the next generation

A generation is run when the one before has been shown for its length; a client that is behind runs faster, one that is far
behind as fast as it is let. All times are ms of one monotonic clock of the client's.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import msgspec
from msgspec.structs import replace

from ecs.errors import Refused, SnapshotError
from net.client.core import ClientCore
from net.client.errors import LocalProtocolError
from net.client.events import Answered, ClientEvent, LockstepItem, LockstepTold, Welcomed
from net.client.round_trip import RoundTrip
from net.lockstep.dumps import (
    MAX_PACKED,
    MAX_UNPACKED,
    DumpUnreadable,
    Parts,
    pack_text,
    parts_of,
    unpack_dump,
)
from net.lockstep.history import unpack_masters
from net.protocol import (
    MAX_BODY,
    Configuration,
    Diverged,
    DumpPart,
    History,
    Master,
    Match,
    Packet,
    Rerun,
    Reseed,
    Slowest,
)
from systems.command_bodies import MAX_COMMANDS, encode_commands
from systems.lockstep import MasterPacket

MAX_GIVEN = 4 * MAX_COMMANDS
"""Commands that may wait for the next packets."""
KEPT = 64
"""Generations of which the state and the commands are kept: longer than a divergence takes to be told."""
AT_ONCE = 64
"""Generations that one `advance` runs at most while it catches up, so that a page stays alive."""
FAR_BEHIND = 4
"""With more generations waiting they are run as fast as can be."""
FASTER = (1.0, 0.9, 0.5)
"""Part of its length for which a generation is shown while none, one or more others wait."""
GENTLY = 1.05
"""And while the next one has come late: a little slower rather than stop and go."""
LATE = 0.2
"""A generation that comes with less than this part of the length to spare is late."""
VIEWERS_SAY = 10
"""A viewer says its checksum every so many generations."""
NOT_NOW = (429, 503)
"""Statuses of answers that would be others later: too much was asked, or the room stands still."""
AGAIN = 1_000.0
"""What could not be done then is asked again after this (ms)."""
Question = tuple[str, str, object]
"""Verb, resource and body."""


class Engine(Protocol):
    """What runs the game: `systems.lockstep.LockstepEngine`, or anything like it."""

    def init(self, seed: int, setup: object) -> None:
        """Begin a match. Raises Refused."""

    def step(self, master: MasterPacket) -> None:
        """Run one generation."""

    def checksum(self) -> int:
        """32 bits over the state."""

    def dump(self) -> dict[str, Any]:
        """The state as plain values."""

    def load(self, given: dict[str, Any]) -> None:
        """Go on from a dump."""

    def close(self) -> None:
        """Free what it holds."""


class LockstepClient:
    """One player, or viewer, of a lock-step room."""

    def __init__(self, core: ClientCore, make_engine: Callable[[], Engine]) -> None:
        """`make_engine` makes an engine of the room's game."""
        self.configuration: Configuration | None = None
        """The setup as it is, once it has been told."""
        self.match: Match | None = None
        """The match that was told last."""
        self.engine: Engine | None = None
        """What runs it; None before the first, and where it refused the setup."""
        self.generation = -1
        """The last generation that was run."""
        self.last: Master | None = None
        """The last generation that was run, as it was told."""
        self.slowest = Slowest(-1, "", 0)
        """For whom generations are longer than they would be."""
        self.told = -1
        """The last generation that is known to have been told to anybody."""
        self.framerate = 0
        """Iterations a second that this computer could do, as whoever drives this measures it."""
        self.diverged_at = -1
        """The first generation in which the own checksum was not the confirmed one; -1: none."""
        self._core = core
        self._make_engine = make_engine
        self._waiting: deque[Master] = deque()
        self._received = -1
        self._commands: list[tuple[str, object]] = []
        self._unacknowledged: dict[int, Packet] = {}
        self._dumps: dict[int, bytes] = {}
        """States as MessagePack: of a large game a tenth of what they take as values."""
        self._sums: dict[int, int] = {}
        self._masters: dict[int, Master] = {}
        self._reseed = Parts()
        self._due = 0.0
        self._last_length = 0.0
        self._round_trip = RoundTrip()
        self._asked_anew = False
        self._concluded: Question | None = None
        """What this engine has said of the match as a whole: its result, or why it does not begin."""
        self._asked: dict[int, Question] = {}
        """What waits for its answer, by id."""
        self._postponed: list[Question] = []
        """What is asked again at `_again_at`."""
        self._again_at = 0.0

    @property
    def plays(self) -> bool:
        """Whether this client has a part in the match: else it watches."""
        players = self.match.setup.get("players", []) if self.match is not None else []
        return any(each.get("player") == self._core.player for each in players)

    @property
    def behind(self) -> int:
        """Generations that have been told and not run."""
        return max(0, self.told - self.generation)

    def command(self, name: str, command: object) -> None:
        """Give a command of a Python game with the next packet that has room for it. Raises LocalProtocolError."""
        if len(self._commands) >= MAX_GIVEN:
            raise LocalProtocolError(f"{MAX_GIVEN} commands are waiting already")
        if self.match is not None and not self.plays:
            raise LocalProtocolError("who watches gives no commands")
        most = self.match.max_body if self.match is not None else MAX_BODY
        if len(encode_commands([(name, command)])) > most:
            raise LocalProtocolError(f"a command of more than {most} bytes is too large to be sent")
        self._commands.append((name, command))

    def setup(self, changes: dict[str, Any], player: int | None = None) -> int:
        """Change options of the room, or of a player; the id that the answer names."""
        revision = self.configuration.revision if self.configuration is not None else None
        where = "setup" if player is None else f"setup/{player}"
        return self._core.request("put", where, {"changes": changes, "revision": revision})

    def ready(self, *, ready: bool = True) -> int:
        """Commit to the configuration as it is, or withdraw; the id that the answer names."""
        return self._core.request("put", "ready", ready)

    def start(self) -> int:
        """Begin the match, as the host; the id that the answer names."""
        return self._core.request("post", "start")

    def over(self, result: str) -> None:
        """The match is over for this engine: said as soon as there is a connection, and until the server has taken it."""
        self._conclude("result", {"result": result})

    def close(self) -> None:
        """Free the engine. Idempotent."""
        if self.engine is not None:
            self.engine.close()
            self.engine = None

    # What a driver does ----------------------------------------------------------------------------------------------

    def heard(self, events: Iterable[ClientEvent], now: float) -> None:
        """What the core was told, in order."""
        for event in events:
            if isinstance(event, LockstepTold):
                self._told(event.item, now)
            elif isinstance(event, Answered):
                self._answered(event, now)
            elif isinstance(event, Welcomed):
                self._asked_anew = False
                self._forget_questions()
        self._round_trip.look(self._core.clock)

    def next_time(self) -> float:
        """When `advance` has something to do (ms)."""
        again = self._again_at if self._postponed else float("inf")
        return min(again, self._due) if self._can_run else again

    def advance(self, now: float) -> None:
        """Run what is due, and ask what is to be asked again."""
        if self._postponed and now >= self._again_at:
            postponed, self._postponed = self._postponed, []
            for question in postponed:
                self._ask(*question)
        for _ in range(AT_ONCE):
            if not self._can_run or now < self._due:
                return
            self._run(self._waiting.popleft(), now)

    @property
    def _can_run(self) -> bool:
        return bool(self._waiting) and self.engine is not None

    # What is told ----------------------------------------------------------------------------------------------------

    def _told(self, item: LockstepItem, now: float) -> None:
        if isinstance(item, Master):
            self._receive(item, now)
        elif isinstance(item, History):
            self._history(item, now)
        elif isinstance(item, Configuration):
            self.configuration = item
        elif isinstance(item, Match):
            self._match(item)
        elif isinstance(item, Diverged):
            self._answer(item)
        elif isinstance(item, Slowest):
            self.slowest = item
        else:
            self._take_state(item)
        self._core.holds = (self.match.number, self._received) if self.match is not None else (0, -1)

    def _match(self, match: Match) -> None:
        """A match begins, or a connection has come back into the same one: what may have been lost is said again."""
        same = (
            self.match is not None
            and self.match.number == match.number
            and self._received <= match.generation
        )
        self.match, self.told = match, max(match.generation, -1)
        self.slowest = Slowest(-1, "", 0)  # where there is one it is told next
        if not same:
            self._unacknowledged.clear()
            self._begin(match)
            return
        for generation in [each for each in self._unacknowledged if each + match.delay <= match.generation]:
            del self._unacknowledged[generation]
        for packet in self._unacknowledged.values():
            self._core.say(packet)
        if self._concluded is not None:
            self._ask(*self._concluded)

    def _conclude(self, resource: str, said: dict[str, str]) -> None:
        body = {"match": self.match.number if self.match is not None else 0, **said}
        self._concluded = "put", resource, body
        self._ask(*self._concluded)

    def _begin(self, match: Match) -> None:
        """The engine begins with generation 0."""
        self.generation = self._received = -1
        self.diverged_at = -1
        self._concluded = None
        self._forget_questions()
        self._void_sums()
        for memory in (
            self._waiting,
            self._dumps,
            self._masters,
            self._sums,
            self._commands,
        ):
            memory.clear()
        self.close()
        engine = self._make_engine()
        try:
            engine.init(match.seed, match.setup)
        except Refused as refused:
            self.engine = None
            self._conclude("refusal", {"reason": refused.reason[:200]})
            return
        self.engine = engine

    def _history(self, history: History, now: float) -> None:
        if history.first == 0 and self._received >= 0 and self.match is not None:
            self._begin(self.match)
        for master in unpack_masters(history.data):
            self._receive(master, now)

    def _receive(self, master: Master, now: float) -> None:
        if self.match is None or master.generation <= self._received:
            return
        if master.generation > self._received + 1:
            self._ask_anew()
            return
        self.told = max(self.told, master.generation)
        self._received = master.generation
        if self.engine is not None:  # else it has refused the setup: nothing is run
            if not self._waiting:
                self._due = self._shown_until(now)
            self._waiting.append(master)
        self._unacknowledged.pop(master.generation - self.match.delay, None)
        self._compare(master)

    def _shown_until(self, now: float) -> float:
        """When the generation that comes now may be run: one that comes late makes the next ones a little longer."""
        if now > self._due - LATE * self._last_length:
            return max(now, self._due) + (GENTLY - 1.0) * self._last_length
        return self._due

    def _compare(self, master: Master) -> None:
        own = self._sums.get(master.checksum_generation)
        if own is not None and own != master.checksum and self.diverged_at < 0:
            self.diverged_at = master.checksum_generation

    def _ask_anew(self) -> None:
        """Something is missing in between: the server is asked for the match from its beginning, once."""
        if not self._asked_anew:
            self._asked_anew = True
            self._ask("get", "match")

    def _ask(self, verb: str, resource: str, body: object = None) -> None:
        """Ask what the match does not go on without, until it is taken. Without a connection `_match` says it again."""
        if self._core.playing:
            self._asked[self._core.request(verb, resource, body)] = verb, resource, body

    def _answered(self, answer: Answered, now: float) -> None:
        question = self._asked.pop(answer.id, None)
        if question is not None and answer.status in NOT_NOW:
            self._postponed.append(question)
            self._again_at = now + AGAIN

    def _forget_questions(self) -> None:
        self._asked.clear()
        self._postponed.clear()

    # Running ---------------------------------------------------------------------------------------------------------

    def _run(self, master: Master, now: float) -> None:
        engine, match = self.engine, self.match
        if engine is None or match is None:
            return
        engine.step(_packet(master))
        self.generation, self.last = master.generation, master
        self._last_length = float(master.iterations * master.iteration_ms)
        self._due = self._next_due(now)
        self._keep(master, engine, match)
        if self.generation + match.delay > self.told or not self.plays:
            self._say(match)

    def _next_due(self, now: float) -> float:
        waiting = len(self._waiting)
        if waiting > FAR_BEHIND:
            return now
        begun = max(self._due, now - self._last_length)
        return begun + self._last_length * FASTER[min(waiting, 2)]

    def _keep(self, master: Master, engine: Engine, match: Match) -> None:
        generation = master.generation
        self._masters[generation] = master
        if generation % match.checksum_interval == 0 and len(self._waiting) < KEPT:
            self._sums[generation] = engine.checksum()
            self._dumps[generation] = msgspec.msgpack.encode(engine.dump())
        for memory in (self._masters, self._sums, self._dumps):
            while len(memory) > KEPT:
                del memory[next(iter(memory))]

    def _say(self, match: Match) -> None:
        last = max(self._sums, default=-1)
        if not self.plays and self.generation % VIEWERS_SAY:
            return
        packet = Packet(
            self.generation, self._round_trip.bound(), min(self.framerate, 65_535),
            last, self._sums.get(last, 0), self._body(match),
        )  # fmt: skip
        if self.plays:
            self._unacknowledged[self.generation] = packet
        if self._core.playing:
            self._core.say(packet)

    def _body(self, match: Match) -> bytes:
        """As many of the commands as a packet takes; of a generation that is run again what was sent, for that is what counts."""
        if (sent := self._unacknowledged.get(self.generation)) is not None:
            return sent.body
        count = min(len(self._commands), MAX_COMMANDS)
        while len(body := encode_commands(self._commands[:count])) > match.max_body:
            count -= max(1, count // 4)
        self._commands = self._commands[count:]
        return body

    # Divergence ------------------------------------------------------------------------------------------------------

    def _answer(self, asked: Diverged) -> None:
        """Send the state, and where nobody is right compute it again."""
        if asked.dump:
            self._send_dump(asked.generation)
        if asked.rerun:
            again = self._again(asked.confirmed, asked.generation)
            if again is not None:
                self._core.say(Rerun(asked.generation, again))

    def _send_dump(self, generation: int) -> None:
        """In parts; where it is not kept, or too large, that there is none: all stand still until they know."""
        dump = self._dumps.get(generation)
        packed = pack_text(dump) if dump is not None and len(dump) <= MAX_UNPACKED else b""
        if not 0 < len(packed) <= MAX_PACKED:
            self._core.say(DumpPart(generation, 0, 0, b""))
            return
        parts = parts_of(packed)
        for place, data in enumerate(parts):
            self._core.say(DumpPart(generation, place, len(parts), data))

    def _again(self, confirmed: int, generation: int) -> int | None:
        """The checksum of a generation, computed again from the one on which all agreed; None where too little is kept."""
        needed = range(confirmed + 1, generation + 1)
        match = self.match
        if match is None or any(each not in self._masters for each in needed):
            return None
        if confirmed >= 0 and confirmed not in self._dumps:
            return None
        engine = self._make_engine()
        try:
            engine.init(match.seed, match.setup)
            if confirmed >= 0:
                engine.load(msgspec.msgpack.decode(self._dumps[confirmed]))
            for each in needed:
                engine.step(_packet(self._masters[each]))
            return engine.checksum()
        finally:
            engine.close()

    def _take_state(self, part: Reseed) -> None:
        """The right state, in parts; with the last one it replaces ours."""
        if part.place == 0:
            self._reseed = Parts()
        self._reseed.add(part.place, part.count, part.data)
        if self._reseed.packed is None or self.engine is None or self.match is None:
            return
        try:
            self.engine.load(unpack_dump(self._reseed.packed))
        except (
            DumpUnreadable,
            SnapshotError,
        ):  # another client's, that was taken for right: the journal gives the right one
            self._begin(self.match)
            self._asked_anew = False
            self._ask_anew()
            return
        self.generation = self._received = part.generation
        self.diverged_at = -1
        self._waiting.clear()
        self._void_sums()
        for memory in (self._dumps, self._sums, self._masters):
            for generation in [each for each in memory if each > part.generation]:
                del memory[generation]
        self._sums[part.generation] = self.engine.checksum()
        self._dumps[part.generation] = msgspec.msgpack.encode(self.engine.dump())

    def _void_sums(self) -> None:
        """The state is another one now: what is said again after a reconnect tells no checksum of the old one."""
        for generation, packet in self._unacknowledged.items():
            self._unacknowledged[generation] = replace(packet, checksum_generation=-1, checksum=0)


def _packet(master: Master) -> MasterPacket:
    """A generation as engines take it."""
    return MasterPacket(master.generation, master.iterations, master.iteration_ms, tuple(master.bodies))

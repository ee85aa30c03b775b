"""What a referee does: runs a match, says its checksums, and on request the state after one of the latest generations."""

from collections.abc import Iterator

from ecs.dump import Dump
from ecs.game import Game
from net.lockstep.dumps import MAX_PACKED, pack_dump
from net.lockstep.history import unpack_masters
from net.lockstep.match_run import START_ERRORS, MatchRun, packet_of
from net.lockstep.referee import Ask, Begin, Generations, Lost, Order, State, Sums, Word
from net.protocol import Master
from systems.lockstep import LockstepEngine

SPARE = 32
"""A state is kept every so many generations."""
KEPT = 256
"""Generations back to which a state can be told."""


class RefereeEngine:
    """The engine of one match and its latest states."""

    def __init__(self, game: Game) -> None:
        self._game = game
        self._begun = Begin(0, {}, 1)
        self._run: MatchRun | None = None
        self._masters: dict[int, Master] = {}
        self._dumps: dict[int, Dump] = {}

    def hear(self, order: Order) -> Iterator[Word]:
        """Do what is asked. After a Lost it does nothing more."""
        if isinstance(order, Begin):
            yield from self._begin(order)
        elif isinstance(order, Generations):
            yield from self._step(unpack_masters(order.data))
        elif isinstance(order, Ask):
            yield State(order.generation, self._state(order.generation))

    def close(self) -> None:
        """Free the engine. Idempotent."""
        if self._run is not None:
            self._run.close()
            self._run = None

    def _begin(self, begin: Begin) -> Iterator[Word]:
        self._begun = begin
        try:
            self._run = MatchRun(self._game, begin.seed, begin.setup, begin.interval)
        except START_ERRORS as error:
            yield Lost(f"its engine does not begin: {error}")

    def _step(self, masters: list[Master]) -> Iterator[Word]:
        run, sums = self._run, dict[int, int]()
        if run is None:
            return
        for master in masters:
            reason = run.run(master)
            if run.generation != master.generation:
                yield Lost(reason)
                return
            self._keep(master, run)
            if master.generation in run.sums:
                sums[master.generation] = run.sums[master.generation]
        yield Sums(run.generation, sums)

    def _keep(self, master: Master, run: MatchRun) -> None:
        generation = master.generation
        self._masters[generation] = master
        self._masters.pop(generation - KEPT - SPARE, None)
        if generation % SPARE == 0:
            self._dumps[generation] = run.engine.dump()
            self._dumps.pop(generation - KEPT - SPARE, None)

    def _state(self, generation: int) -> bytes:
        """A packed dump; nothing where it is too old, too new or too large."""
        base = max((each for each in self._dumps if each <= generation), default=None)
        if base is None or generation not in self._masters:
            return b""
        engine = LockstepEngine(self._game)
        try:
            engine.init(self._begun.seed, self._begun.setup)
            engine.load(self._dumps[base])
            for each in range(base + 1, generation + 1):
                engine.step(packet_of(self._masters[each]))
            packed = pack_dump(engine.dump())
        finally:
            engine.close()
        return packed if len(packed) <= MAX_PACKED else b""


class ReferenceReferee:
    """A referee in this very process, for rooms in virtual time: what it is given is run when it is next heard."""

    def __init__(self, game: Game) -> None:
        self._engine = RefereeEngine(game)
        self._orders: list[Order] = []
        self.stuck = False
        """Whether it does nothing for now."""
        self.dead = False

    def takes_more(self) -> bool:
        """It always does."""
        return True

    def give(self, order: Order) -> None:
        """Something to do."""
        self._orders.append(order)

    def heard(self) -> list[Word]:
        """What it has said since the last time."""
        if self.dead:
            return [Lost("its process ended")]
        if self.stuck:
            return []
        orders, self._orders = self._orders, []
        return [word for order in orders for word in self._engine.hear(order)]

    def close(self) -> None:
        """It is needed no more. Idempotent."""
        self._engine.close()

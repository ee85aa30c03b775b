"""A match, computed by the game's own engine from what was told: the confirmed checksums are compared on the way.

run = MatchRun(game, seed, setup)
run.run(master) -> a sentence where it goes wrong
"""

from collections.abc import Mapping
from typing import Any

from ecs.errors import Refused, WorldError
from ecs.game import Game
from net.lockstep.verdicts import MAX_OPEN
from net.protocol import Master
from systems.engine import SystemFailed
from systems.lockstep import LockstepEngine, MasterPacket

KEPT = 2 * MAX_OPEN
"""Own checksums that are kept: what is confirmed is never so much older than what is told."""


class MatchRun:
    """One match. The engine is the caller's to close."""

    def __init__(self, game: Game, seed: int, setup: Mapping[str, Any], interval: int = 1) -> None:
        """Every `interval` generations clients compute a checksum. Raises Refused, SystemFailed."""
        self.engine = LockstepEngine(game)
        self.engine.init(seed, setup)
        self.sums: dict[int, int] = {}
        """The own checksums of the latest generations."""
        self.compared = 0
        """How many confirmed checksums there were."""
        self.equal = -1
        """The last generation whose confirmed checksum is the own one; -1: none was compared."""
        self.wrong_at = -1
        """The first generation of which it is another one; -1: none."""
        self._interval = interval
        self._confirmed = -1

    @property
    def generation(self) -> int:
        """The last that was run; -1: none."""
        return self.engine.generation

    def run(self, master: Master) -> str:
        """The next generation. A sentence where the engine fails, or what was confirmed is another game; then run no more."""
        try:
            self.engine.step(packet_of(master))
        except (SystemFailed, WorldError) as error:
            self.wrong_at = master.generation
            return f"the engine does not run generation {master.generation}: {error}"
        if master.generation % self._interval == 0:
            self.sums[master.generation] = self.engine.checksum()
            if len(self.sums) > KEPT:
                del self.sums[next(iter(self.sums))]
        return self._compare(master)

    def close(self) -> None:
        """Free the engine. Idempotent."""
        self.engine.close()

    def _compare(self, master: Master) -> str:
        own = self.sums.get(master.checksum_generation)
        if own is None or master.checksum_generation <= self._confirmed:
            return ""
        self._confirmed = master.checksum_generation
        self.compared += 1
        if own == master.checksum:
            self.equal = self._confirmed
            return ""
        self.wrong_at = self._confirmed
        return f"the confirmed checksum is {master.checksum:08x}, the engine's {own:08x}"


def packet_of(master: Master) -> MasterPacket:
    """A generation as an engine takes it."""
    return MasterPacket(master.generation, master.iterations, master.iteration_ms, tuple(master.bodies))


START_ERRORS = (Refused, SystemFailed)
"""What may come of beginning a match."""

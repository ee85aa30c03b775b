"""Which players' saved data is to be written to the store, and when.

All that is written of a tick is written together: a *cut*. So the store always has the players of a room as they were at the
end of one tick, and what one gave another is never in both, nor in neither, hands.
"""

from typing import NamedTuple

from ecs.world import World

SECONDS = 5
"""A cut is made this often, and at the end of every tick in which somebody has left."""


class Save(NamedTuple):
    """A player's saved data at the end of a tick; `final` when the player has left with it."""

    player: int
    data: bytes
    final: bool = False


class SaveCuts:
    """Finds what has changed since the last cut. Not in the snapshot: after a load everything counts as changed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._interval = world.game.tick_rate * SECONDS
        self._written: dict[int, bytes] = {}
        self._left: list[Save] = []

    def joined(self, player: int, data: bytes) -> None:
        """A player enters the tick, with what the store had. Raises SaveUnreadable."""
        if self._world.saved_data is not None:
            self._world.saved_data.enter(player, data)

    def left(self, player: int) -> None:
        """A player has left: what it takes along is final. Raises NotPlain."""
        saved = self._world.saved_data
        if saved is not None:
            self._left.append(Save(player, saved.write(player), final=True))
            self._written.pop(player, None)
            saved.forget(player)

    def take(self) -> list[Save]:
        """The cut of this tick, those who left first; empty in most ticks. Raises NotPlain."""
        left, self._left = self._left, []
        if not left and self._world.tick % self._interval:
            return []
        now = {save.player: save.data for save in self.everybody()}
        changed = [Save(player, data) for player, data in now.items() if self._written.get(player) != data]
        self._written = now
        return left + changed

    def everybody(self) -> list[Save]:
        """The saved data of all who are seated, as it is now. Raises NotPlain."""
        saved = self._world.saved_data
        return [] if saved is None else [Save(player, saved.write(player)) for player in saved.players]

    def loaded(self) -> None:
        """The world was replaced: nothing is known to be written."""
        self._written.clear()
        self._left.clear()

"""What there is to see in a world, and from where its players look, as interest takes it."""

import numpy as np

from ecs.world import World
from net.interest import Eyes, Places, Subjects
from net.replicate import Replicator


class Surroundings:
    """Reads a replicator's table into subjects and eyes. What follows from owners and audiences is kept until those change."""

    def __init__(self, world: World, replicator: Replicator) -> None:
        self._world = world
        self._replicator = replicator
        self._version: object = None
        self._eye_rows: dict[int, int] = {}
        self._hidden: list[int] = []
        self._shown: list[tuple[int, int]] = []
        self._always: list[int] = []

    def eyes(self) -> Eyes:
        """Players look from their first own entity; one without any is left out."""
        self._follow()
        x, y = self._places()
        at = list(self._eye_rows.values())
        return Eyes(list(self._eye_rows), x[at], y[at])

    def subjects(self) -> Subjects:
        """What there is to see now, by slot."""
        self._follow()
        table = self._replicator.table
        count = int(table.slot_column.max()) + 1 if len(table.slot_column) else 0
        x: Places = np.full(count, np.nan, np.float32)
        y: Places = np.full(count, np.nan, np.float32)
        x[table.slot_column], y[table.slot_column] = self._places()
        return Subjects(x, y, self._hidden, self._shown, self._always)

    def _places(self) -> tuple[Places, Places]:
        """Where entities are, as clients know it (world units), by row."""
        now, steps = self._replicator.table.now, self._replicator.steps
        x = (now.x * steps.position + steps.origin_x).astype(np.float32)
        return x, (now.y * steps.position + steps.origin_y).astype(np.float32)

    def _follow(self) -> None:
        version = self._replicator.audience_version
        if version is not self._version:
            self._version = version
            self._read()

    def _read(self) -> None:
        """Who owns what, and what is not for those who are near."""
        replicator = self._replicator
        slots = replicator.table.slots
        teams = {player: self._world.team_of(player) for player in self._world.players}
        self._eye_rows, self._hidden, self._shown, self._always = {}, [], [], []
        for row, entity in enumerate(replicator.table.rows.entities):
            slot, audience = slots[entity], replicator.audience_of(entity)
            owner = replicator.table.rows.scenes[row].owner
            if owner in teams:
                self._eye_rows.setdefault(owner, row)
                self._shown.append((owner, slot))
            if audience == "always":
                self._always.append(slot)
            elif audience != "near":
                self._hidden.append(slot)
            team = teams.get(owner, -1)
            if team >= 0 and replicator.is_for_team(entity):
                self._shown += [(player, slot) for player in teams if teams[player] == team]

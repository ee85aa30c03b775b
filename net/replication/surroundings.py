"""What there is to see in a world, and from where its players look, as interest takes it."""

import numpy as np

from ecs.world import World
from net.replication.interest import Audience, Eyes, Subjects
from net.replication.pairs import Indices, Places, Points
from net.replication.replicate import Replicator


class Surroundings:
    """Reads a replicator's table into subjects and eyes. What follows from owners and audiences is kept until those change."""

    def __init__(self, world: World, replicator: Replicator) -> None:
        self._world = world
        self._replicator = replicator
        self._version: object = None
        self._lookers: Indices = np.zeros(0, np.intp)
        """The players that have an entity to look from."""
        self._eye_rows: Indices = np.zeros(0, np.intp)
        """The rows of these entities."""
        self._audience = Audience()

    def players(self) -> tuple[int, ...]:
        """Whose views there are, by number."""
        return self._world.players

    def eyes(self) -> Eyes:
        """Players look from their first own entity; one without any is left out."""
        self._follow()
        x, y = self._places()
        return Eyes(self._lookers, x[self._eye_rows], y[self._eye_rows])

    def subjects(self) -> Subjects:
        """What there is to see now, by slot."""
        self._follow()
        table = self._replicator.table
        count = int(table.slot_column.max()) + 1 if len(table.slot_column) else 0
        x: Places = np.full(count, np.nan, np.float32)
        y: Places = np.full(count, np.nan, np.float32)
        x[table.slot_column], y[table.slot_column] = self._places()
        return Subjects(Points(x, y), self._audience)

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
        eye_rows: dict[int, int] = {}
        hidden, shown, always = list[int](), list[tuple[int, int]](), list[int]()
        for row, entity in enumerate(replicator.table.rows.entities):
            slot, audience = slots[entity], replicator.audience_of(entity)
            owner = replicator.table.rows.scenes[row].owner
            if owner in teams:
                if self._may_look(audience):
                    eye_rows.setdefault(owner, row)
                shown.append((owner, slot))
            if audience == "always":
                always.append(slot)
            elif audience != "near":
                hidden.append(slot)
            team = teams.get(owner, -1)
            if team >= 0 and replicator.is_for_team(entity):
                shown += [(player, slot) for player in teams if teams[player] == team]
        self._lookers = np.array(list(eye_rows), np.intp)
        self._eye_rows = np.array(list(eye_rows.values()), np.intp)
        self._audience = Audience(tuple(hidden), tuple(shown), tuple(always))

    def _may_look(self, audience: str) -> bool:  # noqa: ARG002 - for those who may not
        """Whether its owner looks from an entity that is for this audience."""
        return True

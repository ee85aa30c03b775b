"""What viewers get to see and hear: what the player whom they follow does, and nothing that is only for some.

A viewer may tell a player what it sees. So a public show has nothing that an owner or a team alone knows: no private
components, no entities that a Scene hides, no events or chat for one player or a team. Nobody looks through the eyes of a
hidden entity either: what is around it would say where it is. What remains, where the followed players are, is what the
delay is for. A replay of one's own journal holds nothing back.
"""

from ecs.events import Delivery
from ecs.game import Game
from ecs.world import World
from net.protocol import Change, GameSchema
from net.replication.audience import Audience
from net.replication.interest import Audience as Slots
from net.replication.replicate import SHARED_AUDIENCES, Changes, Replicator
from net.replication.surroundings import Surroundings


class Followed(Surroundings):
    """The surroundings of the players who are followed. `public`: without what is theirs or their team's alone."""

    def __init__(self, world: World, replicator: Replicator, *, public: bool) -> None:
        super().__init__(world, replicator)
        self._public = public
        self._followed: frozenset[int] = frozenset()

    def follow(self, players: frozenset[int]) -> None:
        """Whose views there are from now on."""
        if players != self._followed:
            self._followed = players
            self._version = None

    def players(self) -> tuple[int, ...]:
        """Those who are followed, and player 0: a view for who follows nobody."""
        return tuple(sorted(self._followed | {0}))

    def _read(self) -> None:
        super()._read()
        kept = [place for place, player in enumerate(self._lookers.tolist()) if player in self._followed]
        self._lookers, self._eye_rows = self._lookers[kept], self._eye_rows[kept]
        shown = () if self._public else self._audience.shown
        mine = tuple(pair for pair in shown if pair[0] in self._followed)
        self._audience = Slots(self._audience.hidden, mine, self._audience.always)

    def _may_look(self, audience: str) -> bool:
        return not self._public or audience in SHARED_AUDIENCES


class PublicReplicator(Replicator):
    """Knows nothing that is for some only."""

    def __init__(self, world: World, game: Game, schema: GameSchema) -> None:
        super().__init__(world, game, schema)

    def observe(self) -> Changes:
        changes = super().observe()
        changes.private.clear()
        return changes

    def private_of(self, player: int) -> list[Change]:  # noqa: ARG002 - nobody's
        return []


class PublicAudience(Audience):
    """What is said to a player or to a team is said to nobody."""

    def of(self, delivery: Delivery) -> list[int] | None:
        return [] if delivery.scope in ("player", "team") else super().of(delivery)

    def of_line(self, player: int, channel: str) -> list[int] | None:
        return [] if channel == "team" else super().of_line(player, channel)

"""A room's tile map on its way to its clients: one for each room whose game has a map, told of each tick."""

from collections.abc import Sequence

from ecs.tiles import ChunkChange
from ecs.world import World
from net.codec import Codec
from net.players.session import Session
from net.replication.chunks import ChunkStream, Eye
from net.replication.replicate import Replicator
from net.replication.surroundings import Surroundings

TIDY_EVERY = 256
"""Ticks after which encoded chunks that are out of memory are forgotten."""


class MapFeed:
    """What each client is sent of the map. `begin` once a tick, then `items` for each client that takes a bundle."""

    def __init__(
        self,
        world: World,
        replicator: Replicator,
        radius: float | None,
        surroundings: Surroundings | None = None,
    ) -> None:
        """`surroundings` say who looks from where, if not the players."""
        self.stream = ChunkStream(world.map, radius)
        self._surroundings = surroundings or Surroundings(world, replicator)
        self._eyes: dict[int, Eye] = {}
        self._changes: Sequence[ChunkChange] = ()
        self._pieces: dict[Codec, dict[int, bytes]] = {}
        self._ticks = 0

    def begin(self, changes: Sequence[ChunkChange]) -> None:
        """A tick has run: where players look from now, and what changed on the map."""
        eyes = self._surroundings.eyes()
        self._eyes |= dict(
            zip(eyes.rows.tolist(), zip(eyes.x.tolist(), eyes.y.tolist(), strict=True), strict=True)
        )
        self._changes = changes
        self._pieces.clear()
        self._ticks += 1
        if self._ticks % TIDY_EVERY == 0:
            self.stream.forget_unloaded()

    def items(self, session: Session, player: int) -> list[bytes]:
        """A client's items of this tick, encoded; for a congested one none, and what it misses is sent anew later."""
        if session.congested:
            self.stream.missed(self._changes, session.holder)
            return []
        pieces = self._pieces.setdefault(session.codec, {})
        return self.stream.items(self._changes, session.holder, self._eyes.get(player), session.codec, pieces)

    def eye_of(self, player: int) -> Eye | None:
        """Where a player looks from, or did last; None before it has looked at all."""
        return self._eyes.get(player)

    def forget(self, player: int) -> None:
        """The player has left: the number may be given to another."""
        self._eyes.pop(player, None)

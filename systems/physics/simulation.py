"""The physics of one room: components -> Space -> step -> components, and who touches whom as Contact events.

    follow what rules wrote, spawned and removed -> step -> read back -> sweep -> contacts

The Space is never saved. It carries hidden state (cached contacts, the order of its lists), so that restoring positions
and velocities into one does not continue it. `canonicalise` throws it away and builds a new one from the components,
in id order, reusing nothing: a world that did so at a tick and a world loaded at that tick go on bit for bit alike.
"""

from collections.abc import Iterator
from itertools import repeat
from typing import Any

import pymunk

from ecs.components import Collide, Position, Scene, Velocity
from ecs.errors import SnapshotError
from ecs.events import Contact
from ecs.maths import power
from ecs.world import World
from systems.physics.contacts import Pair, Touch, touching
from systems.physics.ground import Ground, Place, TileState
from systems.physics.movers import Motion, Movers, chipmunk_order
from systems.physics.solid import Solid
from systems.physics.still import Still
from systems.physics.sweep import Surroundings, sweep

PUSHED_OUT = 0.3
"""The part of an overlap that is undone in a step. Chipmunk's own (10 % per 1/60 s) lets fast bodies look sunk for half
a second; from about 0.6 on, heaps of a hundred bodies boil at 20 Hz, and at 1 they burst."""

Touches = tuple[dict[Pair, Touch], dict[Place, TileState] | None]
"""Pairs that touch, and tiles that are touched where there is a map; neither is changed once it is there."""
LIBRARY = f"pymunk {pymunk.version}, Chipmunk {pymunk.chipmunk_version}"
"""What moves bodies: another build may round otherwise."""


class Physics:
    """The Space of one world. A resource of that world: the pairs that touch are in its snapshot."""

    checksum = True

    def __init__(self, world: World) -> None:
        self._world = world
        self._substeps = world.game.substeps
        self._log = world.watch(Collide)
        world.index(Position, Collide).logs.append(self._log)
        world.index(Position, Velocity, Collide).logs.append(self._log)
        self._touching: dict[Pair, Touch] = {}
        self._movers = Movers()
        self._still = Still()
        self._ground = Ground(world) if world.has_map else None
        if self._ground is not None:
            world.register(self._ground)  # before this one: who was held by which tile must be known first
        self._at_tiles: dict[int, int] = {}
        self._clear()

    def step(self, world: World, dt: float) -> None:
        """Reads and writes Position and Velocity, reads Collide, Scene.owner and the map, emits Contact and TileContact.

        Raises WorldError.
        """
        self._follow()
        touches: dict[Pair, Touch] = {}
        for part in self._parts(dt):
            self._space.step(part)
            touches |= touching(self._space, self._by_body, self._at_tiles)
        self._movers.pull(self._space)
        swept = self._sweep(dt)
        apart = self._touching.keys() - touches.keys() - swept.keys()
        for pair in sorted(touches.keys() | apart):
            self._tell(world, pair, touches.get(pair))
        for pair, touch in swept.items():
            self._tell(world, pair, touch)
        self._touching = {pair: touches[pair] for pair in sorted(touches)} | swept
        if self._ground is not None:
            self._ground.tell(world, self._solids, self._at_tiles)
        self._at_tiles.clear()

    def canonicalise(self) -> None:
        """Build a new Space, with new bodies and shapes, from the components, in id order. About 14 ms for 1,000 bodies."""
        self._clear()
        for entity in self._world.index(Position, Collide).entities:
            self._log[entity] = None
        self._follow()
        self._movers.all_written = True

    def motion(self) -> Motion:
        """The motion of all bodies that Chipmunk moves, now. Swept, static and new ones are not among them."""
        return self._movers.motion()

    @property
    def touches(self) -> Touches:
        """Who touches whom, and which tiles, after the last step: for `rewind`."""
        return self._touching, None if self._ground is None else self._ground.touching

    def rewind(self, touches: Touches) -> None:
        """The components were set back to where an earlier step ended, when these touched: go on from there.

        In the Space as it is, 6 µs for three bodies; its cached contacts are those of another moment, so what follows is
        not the same to the last bit.
        """
        self._touching, tiles = touches
        if self._ground is not None and tiles is not None:
            self._ground.touching = tiles
        self._movers.settle()

    def close(self) -> None:
        """Let go of the Space and all bodies."""
        self._log.clear()
        self._touching.clear()
        self._clear()
        if self._ground is not None:
            self._ground.close()

    def save(self) -> Any:
        """The pairs that touch, as plain values."""
        return [[*pair, *touch] for pair, touch in sorted(self._touching.items())]

    def load(self, data: Any) -> None:
        """Take over the pairs that touched, and build the Space anew. Raises SnapshotError."""
        try:
            self._touching = {(int(a), int(b)): Touch(*map(float, touch)) for a, b, *touch in data}
        except (TypeError, ValueError) as error:
            raise SnapshotError(f"the touching pairs cannot be read: {error}") from None
        self.canonicalise()

    # Following the components ---------------------------------------------------------------------------------------

    def _clear(self) -> None:
        self._space = pymunk.Space()
        self._space.gravity = self._world.game.gravity
        self._space.damping = self._world.game.damping
        self._space.collision_bias = power(1.0 - PUSHED_OUT, self._world.game.tick_rate * self._substeps)
        self._solids: dict[int, Solid] = {}
        self._swept: dict[int, Solid] = {}
        self._by_body: dict[int, Solid] = {}
        self._by_shape: dict[pymunk.Shape, Solid] = {}
        self._movers.arrange([], 0)
        self._still.arrange([])
        if self._ground is not None:
            self._ground.enter(self._space, self._by_body, self._by_shape)

    def _parts(self, dt: float) -> Iterator[float]:
        """The steps of a tick, in seconds."""
        if self._ground is not None:
            return self._ground.steps(dt, self._substeps)
        return repeat(dt / self._substeps, self._substeps)

    def _follow(self) -> None:
        """Bring the Space to where the components are."""
        ground, touching, solids = self._ground, self._touching, self._solids
        if ground is not None:
            touching, solids = ground.obstacles(touching, solids)
        placed = self._movers.push(self._space, touching, solids)
        self._still.push(self._space)
        entities = sorted(self._log)
        if entities:
            self._log.clear()
            others = [self._follow_one(entity) for entity in entities]
            if any(others):
                self._arrange()
        if ground is not None:
            changed = [self._solids.get(entity) for entity in entities]
            ground.follow(self._movers, [solid for solid in (*placed, *changed) if solid is not None])

    def _follow_one(self, entity: int) -> bool:
        """Follow what was added, removed or replaced on an entity. True when the Space's bodies are others now."""
        world = self._world
        solid = self._solids.get(entity)
        position, collide = world.try_get(entity, Position), world.try_get(entity, Collide)
        if position is None or collide is None:
            return solid is not None and self._remove(solid)
        velocity = world.try_get(entity, Velocity)
        if solid is not None and solid.take(position, velocity, collide) and solid.follow(self._space):
            return False
        removed = solid is not None and self._remove(solid)
        return self._add(Solid(entity, position, velocity, collide)) or removed

    def _add(self, solid: Solid) -> bool:
        self._solids[solid.entity] = solid
        if solid.collide.swept:
            self._swept[solid.entity] = solid
            return False
        solid.enter(self._space)
        if solid.body is not None:
            self._by_body[solid.body.id] = solid
        if solid.shape is not None:
            self._by_shape[solid.shape] = solid
        return True

    def _remove(self, solid: Solid) -> bool:
        del self._solids[solid.entity]
        if self._ground is not None:
            self._ground.forget(solid.entity)
        if self._swept.pop(solid.entity, None) is not None:
            return False
        if solid.body is not None:
            del self._by_body[solid.body.id]
        if solid.shape is not None:
            del self._by_shape[solid.shape]
        solid.leave(self._space)
        return True

    def _arrange(self) -> None:
        solids = [self._by_body[body] for body in chipmunk_order(self._space)]
        still = [solid for solid in solids if not solid.moves]
        self._movers.arrange(solids[: len(solids) - len(still)], len(still))
        self._still.arrange(still)

    # Contacts -------------------------------------------------------------------------------------------------------

    def _sweep(self, dt: float) -> dict[Pair, Touch]:
        """Move the swept bodies, in id order; what they touch, in that order."""
        if not self._swept:
            return {}
        around = Surroundings(self._space, self._by_shape, self._owner, dt, self._movers.fastest() * dt, [])
        keep = self._world.game.damping**dt
        ax, ay = self._world.game.gravity
        touches: dict[Pair, Touch] = {}
        for _, solid in sorted(self._swept.items()):
            solid.check_motion()
            if self._ground is not None:
                self._ground.cover_way(solid, dt)
            touches |= sweep(solid, around)
            solid.velocity.x = solid.velocity.x * keep + ax * dt
            solid.velocity.y = solid.velocity.y * keep + ay * dt
        if self._ground is not None:
            self._ground.hits = around.tile_hits
        return touches

    def _owner(self, entity: int) -> int:
        scene = self._world.try_get(entity, Scene)
        return -1 if scene is None else scene.owner

    def _tell(self, world: World, pair: Pair, touch: Touch | None) -> None:
        before = self._touching.get(pair)
        if touch is None:
            world.emit(Contact(*pair, "end", *(before or NO_TOUCH)))
        else:
            world.emit(Contact(*pair, "begin" if before is None else "stay", *touch))


NO_TOUCH = Touch(0.0, 0.0, 0.0, 0.0, 0.0)

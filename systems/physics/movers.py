"""The moving bodies in columns: read from Chipmunk in one batch, written to the components, and compared with them.

A thousand bodies read one attribute at a time cost 1.2 ms; in a batch and written to the components, 0.08 ms. Whether a
rule wrote a component is seen by identity (0.045 ms): the components hold the very float objects of the columns until
something else is assigned.
"""

from array import array
from collections.abc import Mapping
from itertools import chain
from typing import NamedTuple

import pymunk
from pymunk import batch

from systems.physics.contacts import Pair, Touch
from systems.physics.resist import resist
from systems.physics.solid import Solid

MANY = 80
"""From this many written velocities on, writing all of them in a batch is cheaper than one by one (0.45 µs each)."""
_STRAIGHT = batch.BodyFields.POSITION | batch.BodyFields.VELOCITY
_TURNING = _STRAIGHT | batch.BodyFields.ANGLE | batch.BodyFields.ANGULAR_VELOCITY

# pymunk never frees a Buffer's memory: one for all rooms. What is read is copied out at once, and rooms take turns.
_READ = batch.Buffer()
_WRITE = batch.Buffer()


class Motion(NamedTuple):
    """The motion of all moving bodies as one block of doubles, for those who read it with numpy.

    Row by row, `width` doubles each: x and y at 0 and 1, the velocity's x and y at `velocity` and `velocity` + 1.
    `entities` has the rows' entities, in no particular order; it is another list whenever that changes. What was
    despawned or lost its Collide in this tick is still among them.
    """

    entities: list[int]
    rows: "array[float]"
    width: int
    velocity: int


class Movers:
    """The dynamic and kinematic bodies of a Space in Chipmunk's order, and their motion as last read."""

    __slots__ = (
        "_angles",
        "_boxes",
        "_entities",
        "_rows",
        "_spins",
        "_still",
        "_turning",
        "_vx",
        "_vy",
        "_x",
        "_y",
        "all_written",
        "solids",
    )

    def __init__(self) -> None:
        self.all_written = False
        """Set when it is not known what rules have written since the last step: then any velocity may be."""
        self.arrange([], 0)

    def arrange(self, solids: list[Solid], still: int) -> None:
        """Take these bodies, in Chipmunk's order; `still` others, which do not move, are behind them."""
        self.solids = solids
        self._still = still
        self._entities = [solid.entity for solid in solids]
        self._turning = [(place, solid) for place, solid in enumerate(solids) if solid.turns]
        self._boxes = [(place, solid) for place, solid in enumerate(solids) if solid.is_upright_box]
        self._x = [solid.position.x for solid in solids]
        self._y = [solid.position.y for solid in solids]
        self._vx = [solid.velocity.x for solid in solids]
        self._vy = [solid.velocity.y for solid in solids]
        self._angles = {place: solid.position.angle for place, solid in (*self._turning, *self._boxes)}
        self._spins = {place: solid.velocity.spin for place, solid in self._turning}
        self._rows = self._block()

    def push(
        self, space: pymunk.Space, touching: Mapping[Pair, Touch], solids: Mapping[int, Solid]
    ) -> list[Solid]:
        """Write to the bodies what rules have written to the components since the last `pull`. Raises WorldError.

        Returns the bodies that were put somewhere else.
        """
        placed = self._turned()
        pushed: list[Solid] = []
        faster: set[int] = set()
        for solid, x, y, vx, vy in zip(self.solids, self._x, self._y, self._vx, self._vy, strict=True):
            position, velocity = solid.position, solid.velocity
            if position.x is not x or position.y is not y:
                placed.append(solid)
            if velocity.x is not vx or velocity.y is not vy:
                pushed.append(solid)
                if velocity.x != vx or velocity.y != vy:  # not by identity: a loaded world has other objects
                    faster.add(solid.entity)
        if self.all_written:
            faster = {solid.entity for solid in self.solids}
            self.all_written = False
        for solid in (*placed, *pushed):
            solid.check_motion()
        if faster and touching:
            faster -= {solid.entity for solid in placed}
            pushed += [solids[entity] for entity in sorted(resist(faster, touching, solids))]
        for solid in placed:
            solid.put()
        self._push_velocities(space, pushed)
        return placed

    def settle(self) -> None:
        """Take what the components say for what was last read, and put the bodies there: a client has gone back in time."""
        columns = zip(self.solids, self._x, self._y, self._vx, self._vy, strict=True)
        for solid, x, y, vx, vy in columns:
            position, velocity = solid.position, solid.velocity
            if position.x is not x or position.y is not y or velocity.x is not vx or velocity.y is not vy:
                solid.check_motion()
                solid.put()
        for solid in self._turned():
            solid.put()
        self.arrange(self.solids, self._still)

    def pull(self, space: pymunk.Space) -> None:
        """Read all bodies after a step, and write the components."""
        if self._turning:
            self._x, self._y, angles, self._vx, self._vy, spins = self._read(space, _TURNING, 6)
            self._pull_turning(angles, spins)
        else:
            self._x, self._y, self._vx, self._vy = self._read(space, _STRAIGHT, 4)
        for solid, x, y, vx, vy in zip(self.solids, self._x, self._y, self._vx, self._vy, strict=True):
            position, velocity = solid.position, solid.velocity
            position.x = x
            position.y = y
            velocity.x = vx
            velocity.y = vy

    def motion(self) -> Motion:
        """What the components say now: as last read, with what rules have written since. 0.04 ms for 1,000."""
        width = 6 if self._turning else 4
        velocity_at = width // 2
        rows = self._rows
        places = range(0, width * len(self.solids), width)
        columns = (self.solids, places, self._x, self._y, self._vx, self._vy)
        for solid, place, x, y, vx, vy in zip(*columns, strict=True):
            position, velocity = solid.position, solid.velocity
            if position.x is not x or position.y is not y or velocity.x is not vx or velocity.y is not vy:
                rows[place], rows[place + 1] = position.x, position.y
                rows[place + velocity_at], rows[place + velocity_at + 1] = velocity.x, velocity.y
        return Motion(self._entities, rows, width, velocity_at)

    def places(self) -> tuple[list[float], list[float]]:
        """x and y of all bodies, as last read."""
        return self._x, self._y

    def fastest(self) -> float:
        """The largest speed along an axis."""
        columns = (self._vx, self._vy)
        return max(max(max(column, default=0.0), -min(column, default=0.0)) for column in columns)

    def _block(self) -> "array[float]":
        """What `_read` reads, from the columns."""
        columns = [self._x, self._y, self._vx, self._vy]
        if self._turning:
            zeros = [0.0] * len(self.solids)
            columns = [self._x, self._y, zeros, self._vx, self._vy, zeros]
        return array("d", chain.from_iterable(zip(*columns, strict=True)))

    def _turned(self) -> list[Solid]:
        """The boxes and turning bodies whose angle or spin was written."""
        angles, spins = self._angles, self._spins
        turned = [solid for place, solid in self._boxes if solid.position.angle is not angles[place]]
        for place, solid in self._turning:
            if solid.position.angle is not angles[place] or solid.velocity.spin is not spins[place]:
                turned.append(solid)
        return turned

    def _pull_turning(self, angles: list[float], spins: list[float]) -> None:
        for place, solid in self._turning:
            self._angles[place] = solid.position.angle = angles[place]
            self._spins[place] = solid.velocity.spin = spins[place]
        for place, solid in self._boxes:
            self._angles[place] = solid.position.angle

    def _read(self, space: pymunk.Space, fields: batch.BodyFields, width: int) -> list[list[float]]:
        """The columns of these fields, of the bodies that move."""
        _READ.clear()
        batch.get_space_bodies(space, fields, _READ)
        rows = array("d")
        rows.frombytes(_READ.float_buf()[: 8 * width * len(self.solids)])
        self._rows = rows
        flat = rows.tolist()
        return [flat[place::width] for place in range(width)]

    def _push_velocities(self, space: pymunk.Space, pushed: list[Solid]) -> None:
        if len(pushed) < MANY:
            for solid in pushed:
                solid.put_velocity()
            return
        rows = array("d", bytes(16 * (len(self.solids) + self._still)))
        rows[0 : 2 * len(self.solids) : 2] = array("d", [solid.velocity.x for solid in self.solids])
        rows[1 : 2 * len(self.solids) : 2] = array("d", [solid.velocity.y for solid in self.solids])
        _WRITE.set_float_buf(rows)
        batch.set_space_bodies(space, batch.BodyFields.VELOCITY, _WRITE)


def chipmunk_order(space: pymunk.Space) -> list[int]:
    """The `Body.id`s of all bodies in the order of the batches: first those that move."""
    _READ.clear()
    batch.get_space_bodies(space, batch.BodyFields.BODY_ID, _READ)
    return memoryview(_READ.int_buf()).cast("P").tolist()

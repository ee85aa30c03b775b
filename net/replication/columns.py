"""The motion of all SceneEntities as numpy columns: quantised, compared with the last tick, packed.

A column is one number of every entity, in entity order. Reading an attribute of 1,000 objects into a list costs about
20 µs, everything after that is vectorised.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from math import tau

import numpy as np
from numpy.typing import NDArray

from net.errors import SceneError
from net.protocol import ANGLE_STEPS, AXIS_SCALE, Steps

Numbers = NDArray[np.int64]

MOVED = {
    16: np.dtype([("slot", "<u2"), ("x", "<u2"), ("y", "<u2")]),
    32: np.dtype([("slot", "<u2"), ("x", "<u4"), ("y", "<u4")]),
}
NUDGED = np.dtype([("slot", "<u2"), ("dx", "i1"), ("dy", "i1")])
VELOCITY = np.dtype([("slot", "<u2"), ("vx", "<i2"), ("vy", "<i2")])
ANGLE = np.dtype([("slot", "<u2"), ("angle", "<u2")])


NUDGE = 127
"""The longest way of a nudge, in position steps, along each axis."""


class NotFinite(SceneError):
    """A game put NaN or an infinity into a number that clients see."""

    def __init__(self, name: str, entity: int) -> None:
        super().__init__(f"{name} of entity {entity} is not a finite number")


@dataclass(frozen=True, slots=True)
class Columns:
    """The quantised motion of entities, all arrays of one length."""

    x: Numbers
    y: Numbers
    vx: Numbers
    vy: Numbers
    angle: Numbers


EMPTY = Columns(*(np.zeros(0, np.int64) for _ in range(5)))


def quantised(values: Sequence[float], origin: float, step: float, low: int, high: int) -> Numbers:
    """round((value - origin) / step), clipped to low..high. Raises FloatingPointError for NaN and the infinities."""
    numbers = np.frombuffer(array("d", values), np.float64)
    if not np.isfinite(numbers).all():
        raise FloatingPointError
    return np.clip(np.rint((numbers - origin) * (1.0 / step)), low, high).astype(np.int64)


class MotionReader:
    """Reads the motion of entities into Columns, by the steps of the game's schema."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._highest = 2**steps.position_bits - 1

    def positions(self, values: Sequence[float], origin: float) -> Numbers:
        """x or y, as it travels."""
        return quantised(values, origin, self._steps.position, 0, self._highest)

    def velocities(self, values: Sequence[float]) -> Numbers:
        """vx or vy, as it travels; faster than 32,767 steps is said as that."""
        return quantised(values, 0.0, self._steps.velocity, -AXIS_SCALE, AXIS_SCALE)

    def angles(self, values: Sequence[float]) -> Numbers:
        """Radians, as steps of a turn."""
        return quantised(values, 0.0, tau / ANGLE_STEPS, -(2**53), 2**53) % ANGLE_STEPS


@dataclass(frozen=True, slots=True)
class Column:
    """Fixed-size records of the entities whose motion changed: `records` are parallel to `slots`."""

    slots: NDArray[np.intp]
    records: NDArray[np.void]

    def packed(self) -> bytes:
        """All records, as one client that sees everything gets them."""
        return self.records.tobytes()


@dataclass(frozen=True, slots=True)
class MotionColumns:
    """A tick's motion, each entity at most once in each column, and in one of `moved` and `nudged`."""

    moved: Column
    nudged: Column
    velocities: Column
    angles: Column


NOTHING_MOVED = MotionColumns(
    *(Column(np.zeros(0, np.intp), np.zeros(0, layout)) for layout in (MOVED[16], NUDGED, VELOCITY, ANGLE))
)


def motion_columns(slots: Numbers, now: Columns, then: Columns, bits: int) -> MotionColumns:
    """What moved from `then` to `now`: short ways as steps in 4 bytes, long ones as places."""
    dx, dy = now.x - then.x, now.y - then.y
    moving = (dx != 0) | (dy != 0)
    short = moving & (np.abs(dx) <= NUDGE) & (np.abs(dy) <= NUDGE)
    return MotionColumns(
        moved=_column(MOVED[bits], moving & ~short, slots, x=now.x, y=now.y),
        nudged=_column(NUDGED, short, slots, dx=dx, dy=dy),
        velocities=_column(VELOCITY, (now.vx != then.vx) | (now.vy != then.vy), slots, vx=now.vx, vy=now.vy),
        angles=_column(ANGLE, now.angle != then.angle, slots, angle=now.angle),
    )


def whole_columns(slots: Numbers, now: Columns, at: NDArray[np.bool_], bits: int) -> MotionColumns:
    """Where some entities (a mask of rows) are now, whether that is new or not."""
    return MotionColumns(
        moved=_column(MOVED[bits], at, slots, x=now.x, y=now.y),
        nudged=_column(NUDGED, np.zeros_like(at), slots, dx=now.x, dy=now.y),
        velocities=_column(VELOCITY, at, slots, vx=now.vx, vy=now.vy),
        angles=_column(ANGLE, at, slots, angle=now.angle),
    )


def _column(
    layout: np.dtype[np.void], changed: NDArray[np.bool_], slots: Numbers, **fields: Numbers
) -> Column:
    at = np.flatnonzero(changed)
    records = np.empty(len(at), layout)
    records["slot"] = slots[at]
    for name, column in fields.items():
        records[name] = column[at]
    return Column(slots[at], records)

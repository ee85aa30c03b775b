"""Plays any game by its input schema alone: wanders, aims and shoots at random, from a seed."""

from dataclasses import dataclass
from math import cos, pi, sin
from random import Random

from net.client.inputs import InputState
from net.protocol import InputSchema

LONGEST_HOLD = 1_200.0
"""ms that a key is held, or let go, at most."""
SHORTEST_HOLD = 80.0
TURN = 0.15
"""Radians that a pair of axes turns in a tick at most."""


@dataclass(slots=True)
class _Key:
    name: str
    held: bool
    until: float
    """When it changes next (ms)."""


@dataclass(slots=True)
class _Stick:
    """Two axes of one name with _x and _y, or one axis alone: a point on the unit circle that wanders."""

    axes: tuple[str, ...]
    angle: float


class WanderingBrain:
    """Each key goes down and up after random times; each pair of axes turns slowly."""

    def __init__(self, schema: InputSchema, random: Random) -> None:
        self._random = random
        self._keys = [_Key(name, False, 0.0) for name in schema.keys]
        self._sticks = [_Stick(axes, random.uniform(-pi, pi)) for axes in _paired(schema.axes)]

    def play(self, inputs: InputState, now: float) -> None:
        """Set what is held in the tick of `now` (ms)."""
        for key in self._keys:
            if now >= key.until:
                self._change(key, inputs, now)
        for stick in self._sticks:
            stick.angle += self._random.uniform(-TURN, TURN)
            for axis, value in zip(stick.axes, (cos(stick.angle), sin(stick.angle)), strict=False):
                inputs.axis(axis, value)

    def _change(self, key: _Key, inputs: InputState, now: float) -> None:
        key.held = not key.held
        key.until = now + self._random.uniform(SHORTEST_HOLD, LONGEST_HOLD)
        (inputs.hold if key.held else inputs.release)(key.name)


def _paired(axes: list[str]) -> list[tuple[str, ...]]:
    """The axes by the sticks they belong to: `aim_x` with `aim_y`."""
    sticks: dict[str, list[str]] = {}
    for axis in axes:
        sticks.setdefault(axis.removesuffix("_x").removesuffix("_y"), []).append(axis)
    return [tuple(names[:2]) for names in sticks.values()]

"""Mathematics for shared rules, the same bits on every side: see `ecs.maths`.

from tickroom import maths
vx, vy = maths.from_angle(position.angle, speed)
"""

from ecs.maths import (
    PI,
    TAU,
    angle_difference,
    approach,
    atan2,
    clamp,
    cos,
    cross,
    distance,
    dot,
    exp,
    from_angle,
    length,
    lerp,
    limited,
    log,
    normalised,
    power,
    rotated,
    sin,
    tan,
    turned,
    wrapped,
)

__all__ = [
    "PI",
    "TAU",
    "angle_difference",
    "approach",
    "atan2",
    "clamp",
    "cos",
    "cross",
    "distance",
    "dot",
    "exp",
    "from_angle",
    "length",
    "lerp",
    "limited",
    "log",
    "normalised",
    "power",
    "rotated",
    "sin",
    "tan",
    "turned",
    "wrapped",
]

"""The components that the engine itself knows. Positions and sizes are world units, speeds world units a second."""

from dataclasses import dataclass

from ecs.watched import Watched

ALL_CATEGORIES = 0xFFFFFFFF
TILES = 0x80000000
ONE_WAY_TILES = 0x40000000
"""The categories of the map's tiles: a body whose mask lacks one goes through them."""


@dataclass(slots=True)
class Position:
    """Where an entity is: its centre, and `angle` in radians, counter-clockwise. Writing it teleports the body."""

    x: float = 0.0
    y: float = 0.0
    angle: float = 0.0


@dataclass(slots=True)
class Velocity:
    """How an entity moves: units a second, `spin` in radians a second. An entity without one does not move by itself."""

    x: float = 0.0
    y: float = 0.0
    spin: float = 0.0


@dataclass(slots=True)
class Collide(Watched):
    """An entity's body and shape. Any field may be changed at run time; physics follows in its next step.

    `w`, `h`: size; a circle's diameter is `w`. `body`: "dynamic" is moved by its velocity, by gravity and by what
    hits it; "kinematic" by its velocity only; "static" not at all. `solid`: pushes and is pushed. `sensor`: raises
    contacts and pushes nothing. Neither of the two: takes no part in collisions. `rotates`: may be turned by what
    hits it; otherwise only rules write its angle. `mass` counts for dynamic bodies. Two shapes meet when the category
    of each is in the mask of the other (32 bits). `swept`: a projectile: what is in its way is found along the whole
    way of a tick, so it never jumps through a wall; a solid one stops at the first solid thing it hits, a sensor goes
    on; it meets neither other swept bodies nor entities of its owner. `ignore`: one entity that it never meets.
    """

    shape: str = "circle"
    w: float = 1.0
    h: float = 1.0
    body: str = "dynamic"
    solid: bool = True
    sensor: bool = False
    mass: float = 1.0
    friction: float = 0.0
    elasticity: float = 0.0
    category: int = 1
    mask: int = ALL_CATEGORIES
    swept: bool = False
    rotates: bool = False
    ignore: int = -1


@dataclass(slots=True)
class Scene(Watched):
    """Makes the entity a SceneEntity: clients that are near see it. `kind` is one of the game's kinds.

    `state` is a short word for the drawing ("dead", "charging"); `owner` the number of the player it belongs to, or
    -1; `w` and `h` its size where it has no `Collide`. `seen_by`: "near" (those near it), its "owner", the owner's "team"
    or "always" (everybody); owners see what is theirs wherever it is. What a player does not see is never in its bytes.
    """

    kind: str
    state: str = ""
    owner: int = -1
    w: float = 0.0
    h: float = 0.0
    seen_by: str = "near"

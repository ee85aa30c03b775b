"""One entity's Body and Shape in the Space, made from its components and following them."""

from functools import lru_cache
from math import inf
from operator import attrgetter

import pymunk

from ecs.components import Collide, Position, Velocity
from ecs.errors import WorldError

BODY_TYPES = {
    "dynamic": pymunk.Body.DYNAMIC,
    "kinematic": pymunk.Body.KINEMATIC,
    "static": pymunk.Body.STATIC,
}


# pymunk's objects have a __setattr__ in Python that only helps mypy; without it a keyframe takes 40 % less time.
class _Body(pymunk.Body):
    __setattr__ = object.__setattr__  # type: ignore[assignment]


class _Circle(pymunk.Circle):
    __setattr__ = object.__setattr__  # type: ignore[assignment]


class _Poly(pymunk.Poly):
    __setattr__ = object.__setattr__  # type: ignore[assignment]


LARGEST = 1e12
"""No coordinate, speed or size may be larger: what Chipmunk computes from it would soon be no number any more."""

_BODY = attrgetter("body", "mass", "rotates", "swept", "shape", "solid", "sensor")
_SIZE = attrgetter("w", "h")
_SURFACE = attrgetter("friction", "elasticity", "category", "mask")


class Solid:
    """An entity's body. `body` is None while it is in no Space; `shape` also where it takes no part in collisions.

    A swept entity has a Solid that is never in the Space: the sweep moves it.
    """

    __slots__ = (
        "_as_body",
        "_as_size",
        "_as_surface",
        "body",
        "collide",
        "entity",
        "position",
        "shape",
        "velocity",
    )

    def __init__(self, entity: int, position: Position, velocity: Velocity | None, collide: Collide) -> None:
        """Raises WorldError for components that no body can have."""
        self.entity = entity
        self.position = position
        self.velocity = velocity or Velocity()
        self.collide = collide
        self.body: pymunk.Body | None = None
        self.shape: pymunk.Shape | None = None
        if velocity is None and collide.body != "static":
            raise WorldError(
                f'entity {entity} has a {collide.body} Collide and no Velocity: add one, or use body="static"'
            )
        _check(entity, collide)
        self.check_motion()
        self._as_body = _BODY(collide)
        self._as_size = _SIZE(collide)
        self._as_surface = _SURFACE(collide)

    @property
    def moves(self) -> bool:
        """Whether Chipmunk moves it: dynamic and kinematic bodies."""
        return self.collide.body != "static"

    @property
    def turns(self) -> bool:
        """Whether its angle and spin are Chipmunk's. Otherwise the angle is the rules' own."""
        return self.collide.rotates and self.moves

    @property
    def pushes(self) -> bool:
        """Whether it is in the Space and pushes what it touches."""
        return self.shape is not None and not self.collide.sensor

    @property
    def inverse_mass(self) -> float:
        """One through its mass; 0 when nothing can push it."""
        return 1.0 / self.collide.mass if self.collide.body == "dynamic" else 0.0

    @property
    def is_upright_box(self) -> bool:
        """Whether its angle matters to Chipmunk though it is the rules' own."""
        return self.collide.shape == "box" and not self.turns

    def take(self, position: Position, velocity: Velocity | None, collide: Collide) -> bool:
        """Take other components of the same entity, and write them to the body. False when that takes a new body."""
        if velocity is None and self.moves:
            return False
        self.position = position
        self.velocity = velocity or self.velocity
        self.collide = collide
        self.check_motion()
        self.put()
        return True

    def enter(self, space: pymunk.Space) -> None:
        """Make body and shape, and add them."""
        body = self.body = _body(self.collide)
        self._put_new(body)
        shape = self.shape = _shape(body, self.collide)
        if shape is None:
            space.add(body)
        else:
            self._dress_new(shape)
            space.add(body, shape)

    def leave(self, space: pymunk.Space) -> None:
        """Take body and shape out."""
        if self.shape is not None:
            space.remove(self.shape)
        if self.body is not None:
            space.remove(self.body)
        self.body = self.shape = None

    def put(self) -> None:
        """Write place and motion of the components to the body, once they are checked."""
        if self.body is not None:
            self.body.position = (self.position.x, self.position.y)
            self.body.angle = self.position.angle
            if self.moves:
                self.body.velocity = (self.velocity.x, self.velocity.y)
                self.body.angular_velocity = self.velocity.spin if self.turns else 0.0

    def _put_new(self, body: pymunk.Body) -> None:
        """As `put`, to a new body, whose angle and motion are 0: a call to Chipmunk takes 0.4 µs."""
        position, velocity = self.position, self.velocity
        body.position = (position.x, position.y)
        if position.angle:
            body.angle = position.angle
        if self.moves:
            if velocity.x or velocity.y:
                body.velocity = (velocity.x, velocity.y)
            if velocity.spin and self.turns:
                body.angular_velocity = velocity.spin

    def put_velocity(self) -> None:
        """Write the velocity to the body, once it is checked."""
        if self.body is not None and self.moves:
            self.body.velocity = (self.velocity.x, self.velocity.y)

    def follow(self, space: pymunk.Space) -> bool:
        """Follow written components; False when a written `Collide` takes a new body. Raises WorldError."""
        if _BODY(self.collide) != self._as_body:
            return False
        _check(self.entity, self.collide)
        if self.shape is not None and _SIZE(self.collide) != self._as_size:
            self._as_size = _SIZE(self.collide)
            self._resize(self.shape)
        if self.shape is not None and _SURFACE(self.collide) != self._as_surface:
            self._as_surface = _SURFACE(self.collide)
            self._dress(self.shape)
        if self.body is not None and not self.moves:
            space.reindex_shapes_for_body(self.body)
        return True

    def check_motion(self) -> None:
        """Raise WorldError for a position or velocity that is no number, or too large to compute with."""
        for component in (self.position, self.velocity):
            for name in component.__slots__:
                value = getattr(component, name)
                if not -LARGEST <= value <= LARGEST:  # also true of NaN
                    raise WorldError(f"entity {self.entity}: {type(component).__name__}.{name} is {value!r}")

    def _resize(self, shape: pymunk.Shape) -> None:
        """In place, so that what touches goes on touching ("unsafe": it may overlap something at once)."""
        if isinstance(shape, pymunk.Circle):
            shape.unsafe_set_radius(self.collide.w / 2)
        elif isinstance(shape, pymunk.Poly):
            shape.unsafe_set_vertices(_corners(self.collide))
        if self.body is not None and self.turns and self.collide.body == "dynamic":
            self.body.moment = _moment(self.collide)

    def _dress_new(self, shape: pymunk.Shape) -> None:
        """As `_dress`, for a new shape, which has no surface yet."""
        collide = self.collide
        if collide.sensor:
            shape.sensor = True
        if collide.friction:
            shape.friction = collide.friction
        if collide.elasticity:
            shape.elasticity = collide.elasticity
        shape.filter = shape_filter(collide.category, collide.mask)

    def _dress(self, shape: pymunk.Shape) -> None:
        collide = self.collide
        shape.sensor = collide.sensor
        shape.friction = collide.friction
        shape.elasticity = collide.elasticity
        shape.filter = shape_filter(collide.category, collide.mask)


@lru_cache
def shape_filter(category: int, mask: int) -> pymunk.ShapeFilter:
    """Chipmunk's filter of a category and a mask."""
    return pymunk.ShapeFilter(categories=category, mask=mask)


def _body(collide: Collide) -> pymunk.Body:
    if collide.body == "dynamic":
        return _Body(collide.mass, _moment(collide))
    return _Body(body_type=BODY_TYPES[collide.body])


def _shape(body: pymunk.Body, collide: Collide) -> pymunk.Shape | None:
    if not (collide.solid or collide.sensor):
        return None
    return _Circle(body, collide.w / 2) if collide.shape == "circle" else _Poly(body, _corners(collide))


def _corners(collide: Collide) -> list[tuple[float, float]]:
    w, h = collide.w / 2, collide.h / 2
    return [(-w, -h), (w, -h), (w, h), (-w, h)]


def _moment(collide: Collide) -> float:
    if not collide.rotates:
        return inf
    if collide.shape == "circle":
        return pymunk.moment_for_circle(collide.mass, 0.0, collide.w / 2)
    return pymunk.moment_for_box(collide.mass, (collide.w, collide.h))


def _check(entity: int, collide: Collide) -> None:
    """Raise WorldError for what no body can be. (Chipmunk itself computes NaN without a word.)"""
    if collide.body not in BODY_TYPES:
        raise WorldError(
            f"entity {entity}: Collide.body is one of {sorted(BODY_TYPES)}, not {collide.body!r}"
        )
    if collide.shape not in ("circle", "box"):
        raise WorldError(f"entity {entity}: Collide.shape is 'circle' or 'box', not {collide.shape!r}")
    if collide.swept and collide.body != "dynamic":
        raise WorldError(f"entity {entity}: only a dynamic body can be swept, not a {collide.body} one")
    for name, low, high in (
        ("w", 1e-9, LARGEST), ("h", 1e-9, LARGEST), ("mass", 1e-9, LARGEST), ("friction", 0, LARGEST),
        ("elasticity", 0, LARGEST), ("category", 0, 0xFFFFFFFF), ("mask", 0, 0xFFFFFFFF),
    ):  # fmt: skip
        value = getattr(collide, name)
        if not low <= value <= high:
            raise WorldError(f"entity {entity}: Collide.{name} is from {low:g} to {high:g}, not {value!r}")

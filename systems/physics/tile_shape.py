"""The shapes of tiles: Python objects that stay from keyframe to keyframe, with new C shapes in each new Space.

A new Space wants new C shapes (docs/determinism.md), but what pymunk makes around each of them (an object, a handle, two
weak references, a closure, a finaliser) can stay: 5.4 µs a shape became 1.8. So this file alone speaks to Chipmunk as
pymunk's own files do; tests/systems/test_tile_shape.py fails when pymunk has become another.
"""
# ruff: noqa: SLF001 - what pymunk calls private is what its own files use

from collections.abc import Iterable
from functools import partial
from typing import Any

import pymunk
from pymunk._chipmunk_cffi import ffi, lib

from systems.physics.tile_role import Role

Bounds = tuple[float, float, float, float]
"""Left, top, right, bottom in world units."""


class TileShape(pymunk.Poly):
    """A rectangle that never moves. In no Space until `TileShapes.add`; then what pymunk gives for the C shape in it."""

    __setattr__ = object.__setattr__  # type: ignore[assignment] # as in solid.py

    def __init__(self, bounds: Bounds, role: Role, collision_type: int) -> None:
        left, top, right, bottom = bounds
        collide = role.collide
        self.role = role
        self.box = ffi.new("cpBB *", (left, top, right, bottom))[0]  # Chipmunk calls the lesser y the bottom
        self.surface = (collide.sensor, collide.friction, collide.elasticity, collision_type)
        self.meets = ffi.new("cpShapeFilter *", (0, collide.category, collide.mask))[0]
        self.handle = ffi.new_handle(self)

    def make(self) -> Any:
        """A new C shape on the role's body, with this object as what pymunk finds for it."""
        shape = self._shape = lib.cpBoxShapeNew2(self.role.body._body, self.box, 0.0)
        lib.cpShapeSetUserData(shape, self.handle)
        lib.cpShapeSetFilter(shape, self.meets)
        sensor, friction, elasticity, collision_type = self.surface
        if sensor:
            lib.cpShapeSetSensor(shape, True)
        if friction:
            lib.cpShapeSetFriction(shape, friction)
        if elasticity:
            lib.cpShapeSetElasticity(shape, elasticity)
        if collision_type:
            lib.cpShapeSetCollisionType(shape, collision_type)
        return shape


class TileShapes:
    """The C shapes of tiles in one Space. They live until they are taken out, or as long as the Space."""

    def __init__(self, space: pymunk.Space) -> None:
        self._shapes: set[Any] = set()
        inner = space._space
        space._space = ffi.gc(ffi.cast("cpSpace *", inner), partial(_free, inner, self._shapes))
        self._space = space._space

    def add(self, shapes: Iterable[TileShape]) -> None:
        """Put shapes into the Space in which their roles are, in this order."""
        made = [shape.make() for shape in shapes]
        self._shapes.update(made)
        for shape in made:
            lib.cpSpaceAddShape(self._space, shape)

    def remove(self, shapes: Iterable[TileShape]) -> None:
        """Take shapes out of the Space, outside of a step."""
        for shape in shapes:
            made = shape.__dict__.pop("_shape")
            self._shapes.remove(made)
            lib.cpSpaceRemoveShape(self._space, made)
            lib.cpShapeFree(made)


def _free(
    inner: Any, shapes: set[Any], _: Any, free: Any = lib.cpShapeFree, release: Any = ffi.release
) -> None:
    """Free a Space as pymunk does, which takes all shapes out of it, and then them."""
    release(inner)
    for shape in shapes:
        free(shape)

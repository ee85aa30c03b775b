"""The static bodies: moved only by rules, so compared by identity with where they were put."""

import pymunk

from systems.physics.solid import Solid


class Still:
    """The static bodies of a Space and where they were put."""

    __slots__ = ("_angles", "_x", "_y", "solids")

    def __init__(self) -> None:
        self.arrange([])

    def arrange(self, solids: list[Solid]) -> None:
        """Take these bodies, where they are."""
        self.solids = solids
        self._x = [solid.position.x for solid in solids]
        self._y = [solid.position.y for solid in solids]
        self._angles = [solid.position.angle for solid in solids]

    def push(self, space: pymunk.Space) -> None:
        """Move the bodies whose Position a rule has written. Raises WorldError."""
        written: list[Solid] = []
        for solid, x, y, angle in zip(self.solids, self._x, self._y, self._angles, strict=True):
            position = solid.position
            if position.x is not x or position.y is not y or position.angle is not angle:
                written.append(solid)
        for solid in written:
            solid.check_motion()
            solid.put()
            if solid.body is not None:
                space.reindex_shapes_for_body(solid.body)
        if written:
            self.arrange(self.solids)

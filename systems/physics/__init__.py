"""Physics by pymunk (Chipmunk): one Space a room. Nothing outside of this package knows pymunk."""

from systems.physics.movers import Motion
from systems.physics.simulation import LIBRARY, Physics, Touches

__all__ = ["LIBRARY", "Motion", "Physics", "Touches"]

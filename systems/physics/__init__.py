"""Physics by pymunk (Chipmunk): one Space a room. Nothing outside of this package knows pymunk."""

from systems.physics.movers import Motion
from systems.physics.simulation import Physics

__all__ = ["Motion", "Physics"]

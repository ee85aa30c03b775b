"""Physics by pymunk (Chipmunk): one Space a room. Nothing outside of this package knows pymunk."""

from systems.physics.simulation import Physics

__all__ = ["Physics"]

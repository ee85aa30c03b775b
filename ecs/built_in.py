"""The declarations of the engine's own components and events, which every game has."""

from ecs.components import Collide, Position, Scene, Velocity
from ecs.declare import ComponentDeclaration, EventDeclaration, SystemDeclaration
from ecs.events import Contact, Dropped, Joined, Left, Returned, TileContact
from ecs.layout import Layout


def _component(of: type) -> ComponentDeclaration:
    return ComponentDeclaration(of, of.__name__, Layout(of), None, {}, True, {}, True, built_in=True)


def _event(of: type) -> EventDeclaration:
    return EventDeclaration(of, of.__name__, Layout(of), {}, server_only=True, built_in=True)


COMPONENTS = {of.__name__: _component(of) for of in (Position, Velocity, Collide, Scene)}
"""Replicated by the engine in packed columns, not by a declaration of their own."""
EVENTS = {of.__name__: _event(of) for of in (Contact, TileContact, Joined, Left, Dropped, Returned)}
"""For rules only: a game tells clients about them with events of its own."""


def _physics(_world: object, _dt: float) -> None:
    raise NotImplementedError("the engine puts its own in this place")


SYSTEMS = (SystemDeclaration("physics", "physics", _physics, True, (), (), "", 0),)
"""The systems that the engine brings: names that a game's `before` and `after` may use, and may not take."""

"""Tickroom's public API: everything that a mod or a program around the engine imports, under one name.

    from tickroom import Game, World, Position, Velocity

Inner modules may move; these names stay.
"""

from ecs.components import Collide, Position, Scene, Velocity
from ecs.difference import difference
from ecs.errors import GameError, Refused, SnapshotError, WorldError
from ecs.events import Contact, Delivery, Dropped, Joined, Left, Returned
from ecs.game import Game
from ecs.inputs import PlayerInput
from ecs.players import Player
from ecs.random import Random
from ecs.snapshot import checksum, load, save
from ecs.version import VERSION
from ecs.world import World
from systems.engine import Engine, Refusal, StepResult, SystemFailed
from systems.events import EventBatch
from tickroom import maths

__version__ = VERSION

__all__ = [
    "Collide",
    "Contact",
    "Delivery",
    "Dropped",
    "Engine",
    "EventBatch",
    "Game",
    "GameError",
    "Joined",
    "Left",
    "Player",
    "PlayerInput",
    "Position",
    "Random",
    "Refusal",
    "Refused",
    "Returned",
    "Scene",
    "SnapshotError",
    "StepResult",
    "SystemFailed",
    "Velocity",
    "World",
    "WorldError",
    "__version__",
    "checksum",
    "difference",
    "load",
    "maths",
    "save",
]

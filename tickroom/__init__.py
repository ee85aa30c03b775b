"""Tickroom's public API: everything that a mod or a program around the engine imports, under one name.

    from tickroom import Game, World, Position, Velocity

Inner modules may move; these names stay.
"""

from ecs.chunk import ChunkKey
from ecs.chunk_source import ChunkTiles
from ecs.components import ONE_WAY_TILES, TILES, Collide, Position, Scene, Velocity
from ecs.difference import difference
from ecs.errors import GameError, Refused, SaveUnreadable, SnapshotError, WorldError
from ecs.events import Contact, Delivery, Dropped, Joined, Left, Returned, TileContact
from ecs.first_difference import Difference, first_difference
from ecs.game import Game
from ecs.inputs import PlayerInput
from ecs.map_data import MapData, MapError, MapObject
from ecs.map_header import LayerKind, MapHeader, TileKind
from ecs.players import Player
from ecs.random import Random
from ecs.rewind import Crossing, Past, Place
from ecs.snapshot import checksum, load, save
from ecs.tile_ray import TileHit
from ecs.tiles import ChunkChange, TileMap
from ecs.version import VERSION
from ecs.world import World
from systems.command_bodies import encode_commands
from systems.engine import Engine, Refusal, StepResult, SystemFailed
from systems.events import EventBatch
from systems.lockstep import LockstepEngine, MasterPacket
from systems.saves import Save
from tickroom import maths

__version__ = VERSION

__all__ = [
    "ONE_WAY_TILES",
    "TILES",
    "ChunkChange",
    "ChunkKey",
    "ChunkTiles",
    "Collide",
    "Contact",
    "Crossing",
    "Delivery",
    "Difference",
    "Dropped",
    "Engine",
    "EventBatch",
    "Game",
    "GameError",
    "Joined",
    "LayerKind",
    "Left",
    "LockstepEngine",
    "MapData",
    "MapError",
    "MapHeader",
    "MapObject",
    "MasterPacket",
    "Past",
    "Place",
    "Player",
    "PlayerInput",
    "Position",
    "Random",
    "Refusal",
    "Refused",
    "Returned",
    "Save",
    "SaveUnreadable",
    "Scene",
    "SnapshotError",
    "StepResult",
    "SystemFailed",
    "TileContact",
    "TileHit",
    "TileKind",
    "TileMap",
    "Velocity",
    "World",
    "WorldError",
    "__version__",
    "checksum",
    "difference",
    "encode_commands",
    "first_difference",
    "load",
    "maths",
    "save",
]

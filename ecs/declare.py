"""What a game declares, as data: the registry that `Game` fills and every other part reads."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from ecs.components import Collide
from ecs.layout import Layout

Audience = Literal["near", "owner", "team", "always"]
Stage = Literal["input", "physics", "logic", "events"]
STAGES: tuple[Stage, ...] = ("input", "physics", "logic", "events")
AUDIENCES: tuple[Audience, ...] = ("near", "owner", "team", "always")
HOOKS = ("create", "join", "leave", "drop", "return")
MOST_MILLISECONDS = 500
"""A game may look no further back: whom it hits there has long been elsewhere on its own screen."""


@dataclass(frozen=True, slots=True)
class ComponentDeclaration:
    """A component: who sees it (`replicate`, None = nobody), its quantise steps, prediction and checksum."""

    type: type
    name: str
    layout: Layout
    replicate: Audience | None
    quantise: dict[str, float]
    predicted: bool
    tolerance: dict[str, float]
    checksum: bool
    built_in: bool = False


@dataclass(frozen=True, slots=True)
class EventDeclaration:
    """An event: `server_only` ones never reach a client."""

    type: type
    name: str
    layout: Layout
    quantise: dict[str, float]
    server_only: bool
    built_in: bool = False


@dataclass(frozen=True, slots=True)
class SystemDeclaration:
    """A system and its place: `before` and `after` name systems of the same stage. `decided`: the mod says whether it is
    predicted."""

    name: str
    stage: Stage
    function: Callable[[Any, float], None]
    predicted: bool
    before: tuple[str, ...]
    after: tuple[str, ...]
    file: str
    line: int
    decided: bool = False


@dataclass(frozen=True, slots=True)
class CommandDeclaration:
    """A typed command: `type` is the dataclass or msgspec Struct of its body."""

    name: str
    type: type
    handler: Callable[[Any, int, Any], None]


@dataclass(frozen=True, slots=True)
class RpcDeclaration:
    """A typed call: `type` is the class of its body, `answer` what the handler gives back (None: nothing)."""

    name: str
    type: type
    answer: Any
    handler: Callable[[Any, int, Any], Any]


@dataclass(frozen=True, slots=True)
class AuthorityDeclaration:
    """Who answers `world.ask` for one type of request; there is none in a game's shared part."""

    type: type
    handler: Callable[[Any, int, Any], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """How a page without the game's own view draws a SceneEntity of this kind."""

    name: str
    shape: str
    colour: str
    layer: int
    label: bool


@dataclass(frozen=True, slots=True)
class InputDeclaration:
    """The game's keys and axes, in the order of their bits and places; `bindings` names what presses each key."""

    keys: tuple[str, ...] = ()
    axes: tuple[str, ...] = ()
    bindings: dict[str, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class LagCompensation:
    """What a game declares: entities with one of `types`, how far back (ms) they are looked for, and the step of a tick (world
    units) beyond which it is a teleport."""

    types: tuple[type, ...]
    milliseconds: int
    teleport: float


@dataclass(frozen=True, slots=True)
class PredictionDeclaration:
    """How clients compute ahead: `bodies` by kind, what is predicted besides a player's own (`neighbours`: kind -> how near, in
    world units), how errors are shown (ms, world units), and which are let pass (world units, units a second, radians). `file`
    and `line`: where the mod says so."""

    bodies: dict[str, Collide]
    kinds: frozenset[str]
    neighbours: dict[str, float]
    blend_ms: float
    snap: float
    position: float
    velocity: float
    angle: float
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class MapDeclaration:
    """Where the game's map comes from: `files`, region -> path of a Tiled map seen from `folder`, or a generator.

    `tile_size` None: as many world units as the Tiled map has pixels. `layers` names those that a generated map has.
    """

    files: dict[tuple[int, int], str]
    folder: str
    tile_size: float | None
    chunk_size: int
    solid_edge: bool
    friction: float
    elasticity: float
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class GeneratorDeclaration:
    """`def name(chunk: ChunkTiles)` fills the chunks of a map that has no files."""

    name: str
    function: Callable[[Any], None]

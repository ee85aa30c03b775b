"""The whole world as canonical bytes, and back. One pair of functions for keyframes, dumps, reloads and checksums.

The bytes are a MessagePack array: header, random state, entities by component (components by name, entities by id,
fields in the order of declaration), events that wait for the first tick, resources by name. Integers and doubles are
exact; a dict keeps its order, because rules that go through it see that order. Two worlds that computed the same have
the same bytes, whatever the runtime and its hash seed.
"""

from hashlib import blake2b
from itertools import pairwise
from typing import Annotated, Any, Literal

import msgspec

from ecs.components import Scene
from ecs.declare import ComponentDeclaration
from ecs.errors import SnapshotError
from ecs.events import Delivery, Scope
from ecs.layout import Layout, NotPlain, check_plain
from ecs.world import World

FORMAT = 1
MAX_BYTES = 256 * 1024 * 1024
"""No snapshot is larger: a room of 100,000 entities has about 30 MB."""

Whole = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Ids = list[Whole]


class _Column(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """One component type: its name and fields, the entities that have it, and a row of values for each."""

    name: str
    fields: tuple[str, ...]
    entities: Ids
    rows: list[Any]


class _Event(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """An event that was emitted between ticks and that the next one sees."""

    name: str
    row: list[Any]
    scope: Scope
    player: int
    at: tuple[float, float] | None
    team: int


class _Image(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """A whole world."""

    kind: Literal["tickroom world"]
    format: int
    game: str
    tick: Whole
    next_entity: Whole
    random: bytes
    entities: Ids
    doomed: Ids
    components: list[_Column]
    events: list[_Event]
    resources: list[tuple[str, Any]]


_decoder = msgspec.msgpack.Decoder(_Image)
_encoder = msgspec.msgpack.Encoder()


def save(world: World) -> bytes:
    """The whole world, between two ticks. Raises SnapshotError when a component or a resource holds what is not plain."""
    return _encode(_image(world, checksummed=False))


def checksum(world: World) -> int:
    """48 bits of BLAKE2b over all that counts when two sides compare: the same number means the same world."""
    data = _encode(_image(world, checksummed=True))
    return int.from_bytes(blake2b(data, digest_size=6).digest(), "big")


def load(world: World, data: bytes) -> None:
    """Replace all of the world by what `save` gave, in a world of the same game. Raises SnapshotError.

    All bytes are checked before the world is touched; only a resource's own `load` may still refuse after that. With
    physics, the world then goes on bit for bit like the saved one when that was made canonical at that tick.
    """
    image = _read(world, data)
    entities = _entities(world, image)
    events = [_delivery(world, event) for event in image.events]
    try:
        world.random.load(image.random)
    except ValueError as error:
        raise SnapshotError(str(error)) from None
    world.tick = image.tick
    world.restore(entities, image.next_entity)
    world.doomed.update(dict.fromkeys(image.doomed))
    world.log.clear()
    for event in events:
        world.log.add(event)
    values = dict(image.resources)
    for name, resource in world.resources.items():  # as registered: physics is built anew upon the loaded map
        _load_resource(resource, name, values[name])


def _encode(image: _Image) -> bytes:
    try:
        return _encoder.encode(image)
    except (OverflowError, UnicodeEncodeError) as error:
        raise SnapshotError(f"a component or a resource holds what has no bytes: {error}") from None


def _image(world: World, *, checksummed: bool) -> _Image:
    declared = sorted(world.game.components.values(), key=lambda each: each.name)
    resources = sorted(world.resources.items())
    if checksummed:
        declared = [each for each in declared if each.checksum]
        resources = [(name, each) for name, each in resources if getattr(each, "checksum", True)]
    try:
        return _Image(
            "tickroom world",
            FORMAT,
            world.game.name,
            world.tick,
            world.next_entity,
            world.random.save(),
            list(world.entities),
            sorted(world.doomed),
            [column for column in (_column(world, each) for each in declared) if column.entities],
            [_event(world, delivery) for delivery in world.log.deliveries],
            [(name, _save_resource(resource, name)) for name, resource in resources],
        )
    except NotPlain as error:
        raise SnapshotError(str(error)) from None


def _column(world: World, declared: ComponentDeclaration) -> _Column:
    index = world.index(declared.type)
    layout = declared.layout
    return _Column(declared.name, layout.names, index.entities, layout.rows(index.columns[0]))


def _event(world: World, delivery: Delivery) -> _Event:
    declared = world.game.events[type(delivery.event).__name__]
    row = list(declared.layout.row(delivery.event))
    return _Event(declared.name, row, delivery.scope, delivery.player, delivery.at, delivery.team)


def _delivery(world: World, event: _Event) -> Delivery:
    declared = world.game.events.get(event.name)
    if declared is None:
        raise SnapshotError(f"the snapshot has an event {event.name!r}, which the game does not declare")
    try:
        return Delivery(declared.layout.build(event.row), event.scope, event.player, event.at, event.team)
    except NotPlain as error:
        raise SnapshotError(str(error)) from None


def _save_resource(resource: Any, name: str) -> Any:
    value = resource.save() if hasattr(resource, "save") else Layout(type(resource)).row(resource)
    check_plain(value, f"resource {name}")
    return value


def _load_resource(resource: Any, name: str, value: Any) -> None:
    try:
        if hasattr(resource, "load"):
            resource.load(value)
        else:
            Layout(type(resource)).fill(resource, value)
    except SnapshotError:
        raise
    except Exception as error:  # a game's own hook meets damaged values in its own way
        raise SnapshotError(f"resource {name}: {error!r}") from error


def _read(world: World, data: bytes) -> _Image:
    if len(data) > MAX_BYTES:
        raise SnapshotError(f"a snapshot has at most {MAX_BYTES} bytes, not {len(data)}")
    try:
        image = _decoder.decode(data)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise SnapshotError(f"this is no snapshot: {error}") from None
    if image.format != FORMAT:
        raise SnapshotError(f"the snapshot has format {image.format}; this engine reads {FORMAT}")
    if image.game != world.game.name:
        raise SnapshotError(f"the snapshot is of the game {image.game!r}, not of {world.game.name!r}")
    _check_ids(image.entities, image.next_entity, "entities")
    _check_ids(image.doomed, image.next_entity, "doomed entities")
    saved, known = [name for name, _ in image.resources], sorted(world.resources)
    if saved != known:
        raise SnapshotError(f"the snapshot has the resources {saved}; this world has registered {known}")
    return image


def _entities(world: World, image: _Image) -> dict[int, list[object]]:
    entities: dict[int, list[object]] = {entity: [] for entity in image.entities}
    if not set(image.doomed) <= entities.keys():
        raise SnapshotError("the snapshot dooms an entity that it does not have")
    for column in image.components:
        declared = world.game.components.get(column.name)
        if declared is None or column.fields != declared.layout.names:
            has = declared.layout.names if declared else "no such component"
            raise SnapshotError(f"the snapshot has {column.name}{column.fields}; the game has {has}")
        _check_ids(column.entities, image.next_entity, column.name)
        if len(column.rows) != len(column.entities) or not entities.keys() >= set(column.entities):
            raise SnapshotError(f"the snapshot's {column.name} are not of its entities")
        for entity, row in zip(column.entities, column.rows, strict=True):
            entities[entity].append(_component(world, declared, entity, row))
    return entities


def _component(world: World, declared: ComponentDeclaration, entity: int, row: Any) -> object:
    try:
        component: object = declared.layout.build(row)
    except NotPlain as error:
        raise SnapshotError(f"entity {entity}: {error}") from None
    if isinstance(component, Scene) and component.kind not in world.game.kinds:
        raise SnapshotError(
            f"entity {entity} is of a kind {component.kind!r}, which the game does not declare"
        )
    return component


def _check_ids(ids: Ids, end: int, what: str) -> None:
    ascending = all(a < b for a, b in pairwise(ids))
    if not ascending or (ids and not 1 <= ids[0] <= ids[-1] < end):
        raise SnapshotError(f"the snapshot's {what} are not in order")

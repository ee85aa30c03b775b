"""The whole world as named plain values, and back: what lock-step clients send when they disagree.

`{"generation": g, "entities": {id: {component: {field: value}}}, "resources": {name: {field: value}}}`: ids are decimal
text, because a JavaScript engine's dump looks the same. The resource `World` has what belongs to no component: tick, the
next entity's id, and the state of `world.random` once the game has used it. A resource whose `save()` gives None is
derived from the rest, and is not in a dump.
"""

from typing import Any

from ecs.declare import ComponentDeclaration
from ecs.errors import SnapshotError
from ecs.layout import SCALARS, Layout, NotPlain
from ecs.world import World

Dump = dict[str, Any]
Values = dict[str, Any]
_SCALARS = frozenset({*SCALARS, type(None)})


def engine_values(world: World) -> Values:
    """The values of the engine's own resources and random source in a world that is new: a dump leaves out what still
    is as here, so that an engine in another language needs none of them."""
    return {**{name: _read(resource) for name, resource in world.resources.items()}, "": world.random.save()}


def dump(world: World, generation: int, new: Values) -> Dump:
    """All of the world, between two generations. `new` is of `engine_values`."""
    tick: Values = {"tick": world.tick, "next_entity": world.next_entity}
    if world.random.save() != new[""]:
        tick["random"] = world.random.save()
    values = {name: _read(resource) for name, resource in sorted(world.resources.items())}
    told = {name: each for name, each in values.items() if each is not None and new.get(name, ()) != each}
    return {"generation": generation, "entities": _entities(world), "resources": {**told, "World": tick}}


def restore(world: World, given: Dump, new: Values) -> int:
    """Replace all of a world of the same game by what `dump` gave; returns the generation. Raises SnapshotError."""
    try:
        resources, generation = given["resources"], given["generation"]
        tick = resources["World"]
        entities = {int(entity): _built(world, row) for entity, row in given["entities"].items()}
        unknown = resources.keys() - world.resources.keys() - {"World"}
        if unknown:
            raise SnapshotError(f"the dump has the resources {sorted(unknown)}, which this world has not")
        world.random.load(tick.get("random", new[""]))
        world.tick = int(tick["tick"])
        world.restore(entities, int(tick["next_entity"]))
        world.log.clear()
        for name, resource in world.resources.items():
            _write(resource, resources.get(name, new.get(name)))
        return int(generation)
    except (KeyError, TypeError, ValueError, AttributeError, NotPlain) as error:
        raise SnapshotError(f"this is no dump of the game {world.game.name!r}: {error!r}") from error


def _entities(world: World) -> dict[str, dict[str, Values]]:
    entities: dict[str, dict[str, Values]] = {str(entity): {} for entity in world.entities}
    for declared in sorted(world.game.components.values(), key=lambda each: each.name):
        index, layout = world.index(declared.type), declared.layout
        scalar = all(field.scalar is not None for field in layout.fields)
        for entity, row in zip(index.entities, layout.rows(index.columns[0]), strict=True):
            values = row if scalar else [plain(value) for value in row]
            entities[str(entity)][declared.name] = dict(zip(layout.names, values, strict=True))
    return entities


def _built(world: World, row: dict[str, Values]) -> list[object]:
    built: list[object] = []
    for name, values in row.items():
        declared: ComponentDeclaration = world.game.components[name]
        if values.keys() != set(declared.layout.names):
            raise SnapshotError(f"the dump's {name} has {sorted(values)}, the game's {declared.layout.names}")
        built.append(declared.layout.build([plain(values[field]) for field in declared.layout.names]))
    return built


def _read(resource: Any) -> Any:
    if hasattr(resource, "save"):
        return plain(resource.save())
    layout = Layout(type(resource))
    return dict(zip(layout.names, map(plain, layout.row(resource)), strict=True))


def _write(resource: Any, value: Any) -> None:
    if hasattr(resource, "load"):
        resource.load(plain(value))
        return
    layout = Layout(type(resource))
    layout.fill(resource, [plain(value[name]) for name in layout.names])


def plain(value: Any) -> Any:
    """A copy in which tuples are lists; a dump shares nothing with the world that goes on."""
    if type(value) in _SCALARS:
        return value
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    raise NotPlain(f"{value!r} is not plain")

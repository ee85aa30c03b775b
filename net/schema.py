"""What a client must know of a game to read its bundles: the schema in the welcome, from the game's declarations."""

from typing import Any

from ecs.declare import ComponentDeclaration, EventDeclaration
from ecs.game import Game
from ecs.layout import NotPlain
from ecs.values import TOLD, flaw_of
from net.errors import SceneError
from net.protocol import (
    ComponentSchema,
    EventSchema,
    FieldSchema,
    GameSchema,
    InputSchema,
    KindSchema,
    Steps,
)
from net.replication.watch import travelling

NESTED = frozenset({list, tuple, dict})


def schema_of(game: Game, view: str = "") -> GameSchema:
    """The schema of a loaded game. `view` is the address of its own JavaScript view, or empty."""
    return GameSchema(
        name=game.name,
        title=game.title,
        version=game.version,
        width=game.width,
        height=game.height,
        inputs=_inputs(game),
        kinds=[
            KindSchema(kind.name, kind.shape, kind.colour, kind.layer, kind.label)
            for kind in game.kinds.values()
        ],
        components=[_component(declared) for declared in replicated(game)],
        events=[EventSchema(declared.name, _fields(declared)) for declared in public_events(game)],
        commands=sorted(game.commands),
        steps=_steps(game),
        view=view,
        map=None if game.tiles is None else game.tiles.header,
        rewind=0 if game.rewind is None else game.rewind.milliseconds,
    )


def replicated(game: Game) -> list[ComponentDeclaration]:
    """The components that travel by a declaration of their own, by name."""
    declared = [each for each in game.components.values() if each.replicate is not None and not each.built_in]
    return sorted(declared, key=lambda each: each.name)


def public_events(game: Game) -> list[EventDeclaration]:
    """The events that may reach clients, by name."""
    return sorted((each for each in game.events.values() if not each.server_only), key=lambda each: each.name)


class EventWriter:
    """Turns events into (index in the schema, fields as they travel)."""

    def __init__(self, game: Game) -> None:
        self._places = {
            declared.type: (place, declared) for place, declared in enumerate(public_events(game))
        }

    def is_public(self, event: object) -> bool:
        """Whether clients may be told of it."""
        return type(event) in self._places

    def write(self, event: object) -> tuple[int, list[Any]]:
        """Raises SceneError for a value that cannot travel, KeyError for an event that is not public."""
        place, declared = self._places[type(event)]
        try:
            row = declared.layout.row(event)
        except NotPlain as error:
            raise SceneError(f"the event {declared.name} cannot be told: {error}") from error
        values = zip(declared.layout.names, row, strict=True)
        return place, [_travelling(value, name, declared) for name, value in values]


def _travelling(value: Any, name: str, declared: EventDeclaration) -> Any:
    if type(value) in NESTED and (flaw := flaw_of(value, TOLD)):
        raise SceneError(f"{declared.name}.{name} cannot be told: {flaw}")
    return travelling(value, declared.quantise.get(name, 0.0), f"{declared.name}.{name}", -1)


def _inputs(game: Game) -> InputSchema:
    bindings = {key: list(codes) for key, codes in (game.inputs.bindings or {}).items()}
    return InputSchema(list(game.inputs.keys), list(game.inputs.axes), bindings)


def _component(declared: ComponentDeclaration) -> ComponentSchema:
    return ComponentSchema(declared.name, str(declared.replicate), _fields(declared))


def _fields(declared: ComponentDeclaration | EventDeclaration) -> list[FieldSchema]:
    return [
        FieldSchema(field.name, field.type, declared.quantise.get(field.name, 0.0))
        for field in declared.layout.fields
    ]


def _steps(game: Game) -> Steps:
    """16 bits where the world fits in; a position outside of the world travels as the nearest one inside."""
    fits = max(game.width, game.height) / game.position_step <= 65_535
    return Steps(0.0, 0.0, game.position_step, game.velocity_step, game.size_step, 16 if fits else 32)

"""The Game API: what a mod declares is kept as it says, and what is wrong is refused with the mod's file and line."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, make_dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs.game import fitting_step
from tickroom import Game, GameError, World


def test_a_component_declaration_is_kept() -> None:
    """Audience, steps, prediction, tolerance and checksum, by the class's name."""
    game = Game("test")

    @game.component(
        replicate="owner", quantise={"value": 0.5}, predicted=True, tolerance={"value": 0.0}, checksum=False
    )
    @dataclass(slots=True)
    class Fuel:
        value: float = 0.0
        name: str = ""

    declared = game.components["Fuel"]
    assert declared.type is Fuel
    assert [(field.name, field.type) for field in declared.layout.fields] == [
        ("value", "float"),
        ("name", "str"),
    ]
    assert (declared.replicate, declared.predicted, declared.checksum) == ("owner", True, False)
    assert (declared.quantise, declared.tolerance) == ({"value": 0.5}, {"value": 0.0})
    assert not declared.built_in
    assert game.components["Position"].built_in


def test_nothing_is_replicated_by_default() -> None:
    """A bare @game.component is the server's own."""
    game = Game("test")

    @game.component
    @dataclass(slots=True)
    class Plan:
        steps: "list[tuple[int, float]] | None" = None

    assert game.components["Plan"].replicate is None


def test_commands_take_dataclasses_and_structs() -> None:
    """The type is that of the third parameter, the name the function's or the given one."""
    game = Game("test")

    class Body(msgspec.Struct):
        x: int

    @dataclass
    class Other:
        y: int

    @game.command
    def move(world: World, player: int, body: Body) -> None: ...

    @game.command(name="dance")
    def _dance(world: World, player: int, body: Other) -> None: ...

    assert {name: command.type for name, command in game.commands.items()} == {"move": Body, "dance": Other}


def test_inputs_and_kinds_are_kept_in_order() -> None:
    """Their places are the bits and numbers of the wire."""
    game = Game("test")
    game.input(keys=("b", "a"), axes=("y", "x"), bindings={"a": ["KeyA"]})
    game.kind("rock", shape="box", colour="#123", layer=-1, label=True)
    assert game.inputs.keys == ("b", "a")
    assert game.inputs.axes == ("y", "x")
    assert game.inputs.bindings == {"a": ("KeyA",)}
    assert list(game.kinds) == ["rock"]


@pytest.mark.parametrize(
    "colour",
    [
        *("#4af", "#4AFC", "#44aaff", "#44aaffcc", "Tomato", "transparent", "rgb(200 60 40)", "rgb(1, 2, 3)"),
        *("rgba(1,2,3,.5)", "rgb(10% 20% 30% / 50%)", "hsl(120deg 50% 50%)", "hsla(120, 50%, 50%, 0.3)"),
    ],
)
def test_css_colours_are_taken(colour: str) -> None:
    """Hexadecimal, functional and named ones, as they are written."""
    game = Game("test")
    game.kind("rock", colour=colour)
    assert game.kinds["rock"].colour == colour


@pytest.mark.parametrize("code", ["KeyZ", "Digit0", "F12", "NumpadEnter", "Pointer2", "Gamepad16", "Touch0"])
def test_codes_that_a_page_knows_are_taken(code: str) -> None:
    """Keys of a keyboard, buttons of a mouse and a gamepad, touch buttons."""
    game = Game("test")
    game.input(keys=("go",), bindings={"go": (code,)})
    assert game.inputs.bindings == {"go": (code,)}


@given(st.floats(0.01, 1e8))
def test_the_default_step_is_the_finest_that_fits(extent: float) -> None:
    """A power of two: 16 bits reach over the world, and half of the step would not."""
    step = fitting_step(extent)
    assert extent / step <= 65_535 < extent / (step / 2)
    assert step.hex().startswith("0x1.0000000000000p")


def test_a_sealed_game_takes_nothing_more() -> None:
    """Sealing is idempotent; declaring after it is refused."""
    game = Game("test")
    game.seal()
    game.seal()
    with pytest.raises(GameError, match="nothing can be declared any more"):
        game.kind("rock")


def test_the_schema_text_changes_with_every_declaration() -> None:
    """What the fingerprint covers: components with all their options, events, commands, inputs, the world."""

    def text(declare: Callable[[Game], object], **options: object) -> str:
        game = Game("test", **options)  # type: ignore[arg-type]
        declare(game)
        return game.schema_text()

    @dataclass(slots=True)
    class Fuel:
        value: float = 0.0

    texts = [
        text(lambda _: None),
        text(lambda _: None, tick_rate=20),
        text(lambda _: None, gravity=(0, 1)),
        text(lambda game: game.input(keys=("a",))),
        text(lambda game: game.component(Fuel)),
        text(lambda game: game.component(Fuel, replicate="near")),
        text(lambda game: game.component(Fuel, replicate="near", quantise={"value": 0.5})),
        text(lambda game: game.component(Fuel, predicted=True)),
        text(lambda game: game.component(Fuel, checksum=False)),
        text(lambda game: game.event(Fuel)),
        text(lambda game: game.event(Fuel, server_only=True)),
    ]
    assert len(set(texts)) == len(texts)
    assert text(lambda game: game.component(Fuel)) == text(lambda game: game.component(Fuel))


def refuse_component(**options: object) -> Callable[[Game], object]:
    def declare(game: Game) -> object:
        @dataclass(slots=True)
        class Fuel:
            value: float = 0.0
            names: "list[str] | None" = None

        return game.component(**options)(Fuel)  # type: ignore[arg-type]

    return declare


def component_twice(game: Game) -> None:
    refuse_component()(game)
    refuse_component()(game)


def component_without_slots(game: Game) -> None:
    @game.component
    @dataclass
    class Bad:
        value: int


def component_with_a_set(game: Game) -> None:
    @game.component
    @dataclass(slots=True)
    class Bad:
        value: set[int]


def component_that_is_frozen(game: Game) -> None:
    @game.component
    @dataclass(slots=True, frozen=True)
    class Bad:
        value: int


def component_of_unknown_type(game: Game) -> None:
    @game.component
    @dataclass(slots=True)
    class Bad:
        value: "Nowhere"  # type: ignore[name-defined]  # noqa: F821 - what is tested


def component_that_is_no_dataclass(game: Game) -> None:
    @dataclass(slots=True)
    class Bad:
        value: int

    class Plain:
        value: int

    game.component(Plain)


def system_with_too_few(game: Game) -> None:
    @game.system("logic")
    def bad(world: World) -> None: ...


def system_that_waits(game: Game) -> None:
    @game.system("logic")
    async def bad(world: World, dt: float) -> None: ...


def system_that_yields(game: Game) -> None:
    @game.system("logic")
    def bad(world: World, dt: float):  # type: ignore[no-untyped-def]
        yield


def system_of_no_stage(game: Game) -> None:
    game.system("dinner")  # type: ignore[arg-type]


def system_named_physics(game: Game) -> None:
    @game.system("physics")
    def physics(world: World, dt: float) -> None: ...


def system_twice(game: Game) -> None:
    for _ in range(2):

        @game.system("logic")
        def bad(world: World, dt: float) -> None: ...


def command_without_type(game: Game) -> None:
    @game.command
    def bad(world: World, player: int, body) -> None: ...  # type: ignore[no-untyped-def]


def command_with_a_number(game: Game) -> None:
    @game.command
    def bad(world: World, player: int, body: int) -> None: ...


def command_with_too_many(game: Game) -> None:
    @game.command
    def bad(world: World, player: int, body: Game, more: int) -> None: ...


def hook_with_too_many(game: Game) -> None:
    @game.on("create")
    def bad(world: World, player: int) -> None: ...


def authority_twice(game: Game) -> None:
    for _ in range(2):

        @game.authority(Game)
        def bad(world: World, player: int, request: Game) -> None: ...


@pytest.mark.parametrize(
    ("declare", "says"),
    [
        (component_twice, "Fuel is declared twice"),
        (component_without_slots, "needs slots"),
        (component_with_a_set, r"field 'value': set\[int\] is not plain"),
        (component_that_is_frozen, "cannot be frozen"),
        (component_of_unknown_type, "not known when the mod loads"),
        (component_that_is_no_dataclass, "is no dataclass"),
        (refuse_component(replicate="everyone"), "replicate is one of 'near', 'owner', 'team', 'always'"),
        (refuse_component(replicate="near"), "its field 'names' must be int, float, bool or str"),
        (refuse_component(quantise={"volume": 1.0}), r"names 'volume'; the numeric fields are \['value'\]"),
        (refuse_component(quantise={"value": 0}), r"quantise\['value'\] is a number from"),
        (refuse_component(tolerance={"value": -1}), r"tolerance\['value'\] is a number from"),
        (system_with_too_few, r"written as `def bad\(world, dt\)`, not with \(world"),
        (system_that_waits, "no async and no yield"),
        (system_that_yields, "no async and no yield"),
        (system_of_no_stage, "stage is one of 'input', 'physics', 'logic', 'events', not 'dinner'"),
        (system_named_physics, "'physics' is declared twice"),
        (system_twice, "'bad' is declared twice"),
        (command_without_type, "say the type of 'body'"),
        (command_with_a_number, "a dataclass or a msgspec Struct, not int"),
        (command_with_too_many, r"def bad\(world, player, body\)"),
        (hook_with_too_many, r"on\('create'\) is written as `def bad\(world\)`"),
        (authority_twice, "has an authority already"),
        (lambda game: game.on("dinner"), "a hook is one of 'create', 'join'"),
        (lambda game: game.on("create")(3), "not as 3"),
        (lambda game: game.kind("a rock"), "a kind is a name"),
        (lambda game: (game.kind("rock"), game.kind("rock")), "declared twice"),
        (lambda game: game.kind("rock", shape="star"), "shape is one of"),
        (lambda game: game.kind("rock", colour=7), "colour is a CSS colour"),
        (lambda game: game.input(keys=[f"k{i}" for i in range(33)]), "at most 32 keys"),
        (lambda game: game.input(keys=("a", "a")), "declared twice"),
        (lambda game: game.input(keys=("a",), bindings={"b": ("KeyB",)}), "which is no key"),
        (lambda game: game.input(keys=("a",), bindings={"a": (7,)}), "KeyboardEvent.code such as"),
        (lambda game: game.input(keys=("a",), bindings={"a": ("w",)}), "not 'w'; did you mean 'KeyW'"),
        (lambda game: game.input(keys=("a",), bindings={"a": ("ArrowUpp",)}), "did you mean 'ArrowUp'"),
        (lambda game: game.input(keys=("a",), bindings={"a": ("Pointer",)}), "'Pointer0', 'Gamepad0'"),
        (lambda game: game.input(keys=("a",), bindings={"a": "KeyA"}), "a tuple of codes"),
        (lambda game: game.kind("rock", colour="#12345"), "is a CSS colour such as"),
        (lambda game: game.kind("rock", colour="tomatoe"), "did you mean 'tomato'"),
        (lambda game: game.kind("rock", colour="rgb(1 2)"), "is a CSS colour such as"),
        (lambda game: game.states([]), "takes a document"),
        (lambda _: Game("two words"), "a game's name is a name"),
        (lambda _: Game("x", tick_rate=129), "tick_rate is a whole number from 1 to 128, not 129"),
        (lambda _: Game("x", tick_rate=True), "tick_rate is a whole number"),
        (lambda _: Game("x", width=float("nan")), "width is a number"),
        (lambda _: Game("x", gravity=(1, float("inf"))), "gravity is two numbers"),
        (lambda _: Game("x", model="p2p"), "model is one of"),
        (lambda _: Game("x", damping=2), "damping is a number from 0 to 1"),
        (lambda _: Game("x", position_step=0), "position_step is a number"),
        (lambda _: Game("x", view_radius=-1), "view_radius is a number"),
    ],
)
def test_what_is_wrong_is_refused_with_file_and_line(declare: Callable[[Game], object], says: str) -> None:
    """A GameError that says what is allowed, at a line of this file."""
    with pytest.raises(GameError, match=says) as refused:
        declare(Game("test"))
    assert refused.value.file == __file__
    lines = len(inspect.getsource(inspect.getmodule(declare)).splitlines())  # type: ignore[arg-type]
    assert 0 < refused.value.line <= lines
    assert str(refused.value).startswith(f"{__file__}:{refused.value.line}: ")


def test_the_line_is_that_of_the_mistake() -> None:
    """Not of the engine, and not of the top of the file."""
    with pytest.raises(GameError) as refused:
        system_with_too_few(Game("test"))
    first = inspect.getsourcelines(system_with_too_few)[1]
    assert first < refused.value.line <= first + 2


@pytest.mark.parametrize("verb", ["command", "rpc"])
@pytest.mark.parametrize(
    ("annotation", "says"),
    [("Nowhere", "name 'Nowhere' is not defined"), (set[int] | list[int], "more than one array-like")],
)
def test_a_body_that_cannot_be_decoded_is_refused(verb: str, annotation: object, says: str) -> None:
    """A body whose annotation is unknown or ambiguous is said when the mod is whole, not by the first player's message."""
    game, body = Game("test"), make_dataclass("Odd", [("value", annotation)])

    def bad(world: World, player: int, body: Any) -> None: ...

    bad.__annotations__["body"] = body
    getattr(game, verb)(bad)
    with pytest.raises(GameError, match=f"Odd cannot be decoded: .*{says}"):
        game.seal()

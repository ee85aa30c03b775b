"""A game whose commands take all kinds of bodies and trust none of them more than their types."""

from dataclasses import dataclass, field
from typing import Annotated

from msgspec import Meta, Struct

from tickroom import Collide, Game, Position, Refused, Scene, Velocity, World

Place = Annotated[float, Meta(ge=0.0, le=1000.0)]


@dataclass(slots=True)
class Note:
    """A body of nested plain types."""

    text: str = ""
    numbers: list[int] = field(default_factory=list)
    more: dict[str, list[float]] = field(default_factory=dict)


class MoveTo(Struct):
    """A body with bounds."""

    x: Place
    y: Place


@dataclass(slots=True)
class Nothing:
    """A body without fields."""


@dataclass(slots=True, frozen=True)
class Noted:
    """What clients are told of a note."""

    player: int
    text: str


def make_game() -> Game:
    """Players that can be moved anywhere within bounds."""
    game = Game("fuzzed", tick_rate=20, max_players=4, width=1000.0, height=1000.0)
    game.input(keys=("up", "down"), axes=("aim_x", "aim_y"))
    game.kind("player")
    game.event(Noted)

    @game.on("join")
    def enter(world: World, player: int) -> None:
        world.spawn(
            Position(500.0, 500.0), Velocity(), Collide(w=10.0, h=10.0), Scene("player", owner=player)
        )

    @game.on("leave")
    def exit_(world: World, player: int) -> None:
        for entity, scene in world.query(Scene):
            if scene.owner == player:
                world.despawn(entity)

    @game.system("input")
    def walk(world: World, dt: float) -> None:
        for _, scene, velocity in world.query(Scene, Velocity):
            keys = world.input(scene.owner)
            velocity.x = 100.0 * keys.axis("aim_x")
            velocity.y = 100.0 * (keys.held("down") - keys.held("up"))

    _declare_commands(game)
    game.seal()
    return game


def _declare_commands(game: Game) -> None:
    @game.command
    def note(world: World, player: int, body: Note) -> None:
        world.emit(Noted(player, body.text + str(sum(map(int, body.numbers)))[:10]))

    @game.command
    def move_to(world: World, player: int, body: MoveTo) -> None:
        for _, scene, position in world.query(Scene, Position):
            if scene.owner == player:
                position.x, position.y = body.x, body.y

    @game.command
    def refuse(world: World, player: int, body: Nothing) -> None:
        raise Refused("no")

"""A lock-step game of one file, as somebody uploads it: whoever clicks counts, and everything drifts by chance and sines."""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from tickroom import Game, Refused, World
from tickroom.maths import sin

game = Game("counting", model="lockstep", tick_rate=20)
Place = Annotated[int, Meta(ge=-1000, le=1000)]


@dataclass(slots=True)
class Setup:
    """What the room is configured with."""

    players: list[dict[str, int]]
    bad: bool = False


@game.component
@dataclass(slots=True)
class Counter:
    """A player's clicks, and where they have driven it."""

    player: int
    clicks: int = 0
    drift: float = 0.0


@dataclass(slots=True)
class Click:
    """What the page sends."""

    x: Place
    y: Place
    button: int


@game.event
@dataclass(slots=True, frozen=True)
class Counted:
    """Somebody has clicked."""

    player: int


@game.setup
def begin(world: World, setup: Setup) -> None:
    """One counter each."""
    if setup.bad:
        raise Refused("too bad")
    for each in setup.players:
        world.spawn(Counter(each["player"]))


@game.command
def click(world: World, player: int, body: Click) -> None:
    """The place does not count."""
    if body.button == 2:
        raise Refused("the left button, please")
    for _, counter in world.query(Counter):
        if counter.player == player:
            counter.clicks += 1
            world.emit(Counted(player))


@game.system("logic")
def drift(world: World, dt: float) -> None:
    """Chance and a sine, so that equal checksums say something of floats."""
    for _, counter in world.query(Counter):
        counter.drift += sin(counter.drift + world.random.uniform(-1.0, 1.0)) + counter.clicks * dt


def scene(world: World, player: int) -> object:
    """What everybody sees."""
    counters = [counter for _, counter in world.query(Counter)]
    shapes = [
        {"shape": "text", "x": 50, "y": 20 + 20 * place, "h": 10, "text": f"{each.player}: {each.clicks}"}
        for place, each in enumerate(counters)
    ]
    return {"width": 100, "height": 100, "shapes": shapes, "player": player}


def result(world: World) -> str:
    """Whoever has a thousand clicks has won."""
    return "A thousand clicks." if any(each.clicks >= 1_000 for _, each in world.query(Counter)) else ""

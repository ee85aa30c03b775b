"""A server that is killed and started again, without processes: the same folder and store, new rooms."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.games.mods import LoadedGame
from app.journals.journals import Journals
from app.journals.resume import resume_rooms
from app.store.store import Store, memory_store
from ecs.components import Collide, Position, Scene, Velocity
from ecs.game import Game
from ecs.world import World
from tests.app.engines import engine_of
from tests.app.site_kit import Clock, Kit, loaded, make_kit


@dataclass(slots=True)
class Purse:
    """What a player has, and what luck added in each tick."""

    gold: int = 0
    luck: float = 0.0


@dataclass(slots=True)
class Book:
    """What the game was told of its players, in order."""

    lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Earn:
    """So much gold."""

    gold: int = 1


@dataclass(slots=True)
class Broken:
    """What breaks the game."""

    now: bool = True


def purse_game(*, bonus: int = 0, keyframe_interval: int = 20) -> Game:
    """Players run about, earn gold, have luck; the game writes down who comes and goes. `bonus` makes other rules of it."""
    game = Game(
        "purse",
        max_players=8,
        tick_rate=20,
        width=2_000.0,
        height=2_000.0,
        keyframe_interval=keyframe_interval,
    )
    game.input(keys=("right", "down"), axes=("aim",))
    game.kind("player")
    game.component(Purse, replicate="near")
    _declare_comings(game)
    _declare_deeds(game, bonus)
    return game


def _declare_comings(game: Game) -> None:
    def told(world: World, what: str, player: int) -> None:
        world.resource(Book).lines.append(f"{world.tick} {what} {player}")

    @game.on("create")
    def open_book(world: World) -> None:
        world.register(Book())

    @game.on("join")
    def enter(world: World, player: int) -> None:
        told(world, "join", player)
        place = Position(1_000.0 + 8.0 * player, 1_000.0)
        world.spawn(place, Velocity(), Collide(w=10.0, h=10.0), Scene("player", owner=player), Purse())

    @game.on("leave")
    def exit_(world: World, player: int) -> None:
        told(world, "leave", player)
        for entity, scene in world.query(Scene):
            if scene.owner == player:
                world.despawn(entity)

    @game.on("drop")
    def dropped(world: World, player: int) -> None:
        told(world, "drop", player)

    @game.on("return")
    def returned(world: World, player: int) -> None:
        told(world, "return", player)


def _declare_deeds(game: Game, bonus: int) -> None:
    @game.command
    def earn(world: World, player: int, body: Earn) -> None:
        for _, scene, purse in world.query(Scene, Purse):
            if scene.owner == player:
                purse.gold += body.gold + bonus

    @game.command
    def break_it(world: World, player: int, body: Broken) -> None:
        raise ZeroDivisionError("the game divided by zero")

    @game.rpc
    def wealth(world: World, player: int, body: Earn) -> int:
        return sum(purse.gold for _, purse in world.query(Purse))

    @game.system("input")
    def run(world: World, dt: float) -> None:
        for _, scene, velocity, purse in world.query(Scene, Velocity, Purse):
            keys = world.input(scene.owner)
            velocity.x = 60.0 * keys.held("right") + 20.0 * keys.axis("aim")
            velocity.y = 60.0 * keys.held("down")
            purse.luck += world.random.random()


def purse(*, bonus: int = 0, keyframe_interval: int = 20) -> LoadedGame:
    """The game as the loader would give it."""
    game = loaded(purse_game(bonus=bonus, keyframe_interval=keyframe_interval))
    game.hosted.game.rules = f"rules with a bonus of {bonus}"
    return game


@dataclass
class Host:
    """A machine on which a server runs, is killed, runs again."""

    folder: Path
    toml: str = ""
    store: Store = field(default_factory=lambda: memory_store(Clock()))
    kit: Kit | None = None

    def start(self, *games: LoadedGame, accept_loss: bool = False) -> Kit:
        """A server on the folder; what was running there goes on."""
        kit = make_kit(*(games or (purse(),)), toml=self.toml, store=self.store, data=self.folder)
        resume_rooms(
            kit.rooms,
            {name: game.hosted for name, game in kit.site.lobby.games.items()},
            accept_loss=accept_loss,
        )
        self.kit = kit
        return kit

    def kill(self) -> None:
        """The process is gone, in the middle of whatever it did."""
        assert self.kit is not None
        for entry in self.kit.rooms:
            engine_of(entry.room).close()
        self.kit = None

    def stop(self) -> None:
        """The server is stopped in order."""
        assert self.kit is not None
        self.kit.loop.stop_all(2_000.0)
        self.kit = None

    def journal(self, room_id: str, number: int = 0) -> Path:
        """A file of a room's journal."""
        return self.folder / "journals" / room_id / f"{number:06}.journal"


def state_of(kit: Kit, room_id: str) -> Any:
    """What the journal determines of a room."""
    return kit.rooms.entry(room_id).room.play.image()


def journals_of(kit: Kit) -> Journals:
    """The journals of a server."""
    assert kit.rooms.keeper.journals is not None
    return kit.rooms.keeper.journals


def book_of(kit: Kit, room_id: str) -> list[str]:
    """What the game was told of its players."""
    lines: list[str] = engine_of(kit.rooms.entry(room_id).room).world.resource(Book).lines
    return lines


def gold_of(kit: Kit, room_id: str, player: int) -> int:
    """What a player has."""
    world = engine_of(kit.rooms.entry(room_id).room).world
    return next(purse.gold for _, scene, purse in world.query(Scene, Purse) if scene.owner == player)

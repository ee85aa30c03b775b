"""Declaring a map: checked when the mod loads, with its file and line, and found in the world."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ecs.chunk_source import ChunkTiles
from ecs.errors import GameError, WorldError
from ecs.game import Game
from ecs.map_header import LayerKind, TileKind
from ecs.snapshot import checksum, load, save
from ecs.world import World
from tests.ecs.map_kit import drawn, header

KINDS = (TileKind("grass"), TileKind("wall", solid=True))


def fill(chunk: ChunkTiles) -> None:
    """A generator for tests."""
    chunk.fill("grass")
    chunk.put(int(chunk.random.integer(0, 3)), 0, "wall", "top")


def made(**options: Any) -> Game:
    game = Game("test", **options)
    game.map(tile_size=10.0, region=(20, 20), layers=("ground", LayerKind("top")), kinds=KINDS)
    game.generator(fill)
    return game


def test_a_generated_map_is_in_the_world() -> None:
    """Rules reach the map by world.map; chunks come from the generator with the room's seed."""
    one, same, other = World(made(), 1), World(made(), 1), World(made(), 2)
    tops = [[world.map.tile(x, 0, "top") for x in range(20)] for world in (one, same, other)]
    assert tops[0] == tops[1]
    assert [world.map.tile(5, 5) for world in (one, same, other)] == [1, 1, 1]
    keys = one.map.chunks_in(0, 0, 19, 19)
    assert [one.map.version(key) for key in keys] == [same.map.version(key) for key in keys]
    assert one.map.header == other.map.header


def test_a_world_without_a_map_says_so() -> None:
    """Asking for the map of a game without one is an error, not an empty map."""
    world = World(Game("test"), 1)
    assert not world.has_map
    with pytest.raises(WorldError, match="no map"):
        _ = world.map


def test_changed_tiles_are_in_the_snapshot() -> None:
    """A loaded world has the tiles of the saved one, and the checksum covers them."""
    world, other = World(made(), 1), World(made(), 1)
    assert checksum(world) == checksum(other)
    world.map.set_tile(3, 3, "wall", "top")
    assert checksum(world) != checksum(other)
    load(other, save(world))
    assert other.map.tile(3, 3, "top") == 2
    assert checksum(world) == checksum(other)


def test_a_client_knows_the_header_only() -> None:
    """The client of an authoritative room waits for its chunks; that of a lock-step room makes them."""
    client = World(made(), 1, side="client")
    assert client.map.tile(5, 5) == 0
    with pytest.raises(WorldError, match="on the server"):
        client.map.set_tile(0, 0, 1)
    assert World(made(model="lockstep"), 1, side="client").map.tile(5, 5) == 1


def test_a_map_from_files_waits_for_the_loader() -> None:
    """A declared map whose files nobody read is an error that names the declaration; once set, it is there."""
    game = Game("test", width=4000.0)
    game.map({(1, 0): "caves.tmx", (0, 0): "village.tmj"}, tile_size=8)
    declared = game.map_declaration
    assert declared is not None
    assert list(declared.files) == [(0, 0), (1, 0)]
    assert declared.folder == str(Path(__file__).parent)
    with pytest.raises(GameError, match="not read") as caught:
        World(game, 1)
    assert caught.value.file == __file__
    game.set_tiles(drawn("g#"))
    assert World(game, 1).map.is_solid(1, 0)


def test_the_fingerprint_covers_the_map() -> None:
    """Games with other maps are other games."""
    one, other = made(), Game("test")
    other.map(tile_size=10.0, region=(20, 20), layers=("ground", "top"), kinds=KINDS[:1])
    assert one.schema_text() != other.schema_text()
    files = Game("test")
    files.map("a.tmj")
    assert files.schema_text() != Game("test").schema_text()


GENERATED: dict[str, Any] = {"tile_size": 10.0, "region": (20, 20)}


def map_twice(game: Game) -> None:
    game.map(**GENERATED)
    game.map("a.tmj")


def files_and_generator(game: Game) -> None:
    game.map("a.tmj")
    game.generator(fill)


def generator_twice(game: Game) -> None:
    game.map(**GENERATED)
    game.generator(fill)
    game.generator(fill)


def wrong_generator(game: Game) -> None:
    game.map(**GENERATED)

    @game.generator
    def wrong(seed: int, x: int) -> None:
        """A generator with other arguments."""


def sealed(game: Game) -> None:
    game.seal()
    game.map("a.tmj")


WRONG: list[tuple[Callable[[Game], object], str]] = [
    (lambda game: game.map("village.png"), "a file .tmj or .tmx, not 'village.png'"),
    (lambda game: game.map(7), "the path of a Tiled map"),  # type: ignore[arg-type]
    (lambda game: game.map({}), "the path of a Tiled map"),
    (lambda game: game.map({(0, -1): "a.tmj"}), r"two whole numbers \(x, y\) from 0"),
    (lambda game: game.map({0: "a.tmj"}), r"two whole numbers"),  # type: ignore[dict-item]
    (lambda game: game.map("a.tmj", tile_size=0), "tile_size is a number"),
    (lambda game: game.map("a.tmj", chunk_size=30), "chunk_size is one of 4, 8"),
    (lambda game: game.map("a.tmj", region=(5, 5)), "region and kinds are for generated maps"),
    (lambda game: game.map("a.tmj", friction=-1.0), "friction is a number"),
    (lambda game: game.map("a.tmj", solid_edge=None), "solid_edge is one of True, False"),  # type: ignore[arg-type]
    (lambda game: game.map(), "says its tile_size"),
    (lambda game: game.map(tile_size=10.0, region=(0, 5)), "the map: "),
    (lambda game: game.map(**GENERATED, layers=()), "the map: "),
    (lambda game: game.map(**GENERATED, layers=("a", "a")), "layer 'a' is there 2 times"),
    (lambda game: game.map(**GENERATED, kinds=("a",)), "the map: "),  # type: ignore[arg-type]
    (lambda game: game.map(**GENERATED, kinds=(TileKind("a", one_way="north"),)), "the map: "),
    (lambda game: game.map(**GENERATED, kinds=(TileKind("a", damage=float("nan")),)), "the map: "),
    (
        lambda game: game.map(tile_size=10.0, region=(101, 5)),
        r"1010 x 50 .* say Game\(width=1010, height=50\)",
    ),
    (
        lambda game: game.map(tile_size=0.1, region=(5_000, 5_000)),
        r"near 24649 chunks .* client keeps 4096: say Game\(view_radius",
    ),
    (map_twice, "declared twice"),
    (lambda game: game.generator(fill), "fills a map that game.map"),
    (files_and_generator, "fills a map that game.map"),
    (generator_twice, "a generator already"),
    (wrong_generator, r"def wrong\(chunk\)"),
    (lambda game: game.set_tiles(drawn("g" * 200)), "say Game"),
    (sealed, "loaded"),
]


@pytest.mark.parametrize(("declare", "reason"), WRONG)
def test_a_wrong_declaration_names_the_line(declare: Callable[[Game], object], reason: str) -> None:
    """What cannot be is refused when the mod loads, at its file and line."""
    with pytest.raises(GameError, match=reason) as caught:
        declare(Game("test"))
    assert caught.value.file == __file__
    assert caught.value.line > 0


@pytest.mark.parametrize(("radius", "fits"), [(20.0, True), (65.0, True), (70.0, False), (None, False)])
def test_what_a_player_is_near_must_fit_into_a_client(radius: float | None, fits: bool) -> None:
    """A large map needs a view_radius: else a client would be sent for ever what it has forgotten again."""
    game = Game("test", view_radius=radius)
    options: dict[str, Any] = {"tile_size": 0.1, "region": (5_000, 5_000)}
    if fits:
        game.map(**options)
    else:
        with pytest.raises(GameError, match="client keeps 4096"):
            game.map(**options)


def test_no_generator_is_an_error_on_the_server_only() -> None:
    """The generator may live in the game's server part, which a client never has."""
    game = Game("test")
    game.map(**GENERATED)
    assert World(game, 1, side="client").map.tile(0, 0) == 0
    with pytest.raises(GameError, match="no files and no @game.generator"):
        World(game, 1)


def test_a_failing_generator_says_where() -> None:
    """A generator's mistake names the generator and the chunk."""
    game = Game("test")
    game.map(**GENERATED)

    @game.generator
    def broken(chunk: ChunkTiles) -> None:
        raise KeyError(chunk.x)

    with pytest.raises(
        WorldError, match=r"generator broken, at chunk \(0, 0\) of region \(0, 0\): KeyError: 0"
    ):
        World(game, 1).map.tile(0, 0)


def test_the_header_of_the_kit_is_right() -> None:
    """The maps of these tests are maps."""
    game = Game("test")
    game.set_tiles(drawn("g#", regions=((0, 0),)))
    assert game.tiles is not None
    assert game.tiles.header.kinds == header().kinds

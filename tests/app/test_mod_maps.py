"""A mod with a Tiled map, through the loader: played when it is right, refused with the map's place when it is not."""

import json
from pathlib import Path

import pytest

from app.config import ModsSection
from app.games.mods import Mods, load_mods
from ecs.world import World
from tests.app.tiled_kit import PNG, Drawn, furnish, furnish_mod, json_map, json_tileset, write, xml_map

GAME = "from tickroom import Game\n\ngame = Game('village', width=1000.0)\ngame.map({map})\n"


def load(folder: Path) -> Mods:
    return load_mods(ModsSection(folders=(str(folder),), examples=False))


def make(folder: Path, declared: str = "'maps/home.tmj', tile_size=8") -> Path:
    village = folder / "village"
    furnish_mod(village, "shared")
    write(village / "shared", "__init__.py", GAME.format(map=declared))
    return village


def test_a_mod_with_a_map_is_loaded(tmp_path: Path) -> None:
    """The path is seen from the file that declares it; the world of the game has the map."""
    village = make(tmp_path)
    write(village / "shared" / "maps", "home.tmj", json_map(Drawn(), "base64-zstd"))
    mods = load(tmp_path)
    assert not mods.failed
    world = World(mods.games["village"].hosted.game, 1)
    assert world.map.header.tile_width == 8.0
    assert world.map.is_solid(1, 0)


def test_a_map_in_the_server_part_stays_there(tmp_path: Path) -> None:
    """A map may lie in server/, from which clients get chunk by chunk what they see."""
    village = make(tmp_path, "'../server/maps/home.tmx'")
    furnish_mod(village, "server")
    write(village / "server", "__init__.py", "")
    write(village / "server" / "maps", "home.tmx", xml_map(Drawn()))
    mods = load(tmp_path)
    assert not mods.failed
    game = mods.games["village"].hosted.game
    assert World(game, 1).map.tile(0, 0) == 1
    assert World(game, 1, side="client").map.tile(0, 0) == 0


def test_a_broken_map_costs_its_mod_only(tmp_path: Path) -> None:
    """The report names the map's file, the layer, the position and the cause."""
    village = make(tmp_path)
    content = json_map(Drawn({"ground": [[1, 99]]}))
    write(village / "shared" / "maps", "home.tmj", content)
    (failure,) = load(tmp_path).failed
    reason = "layer 'ground': tile (1, 0) has number 99, which is in no tileset of the map"
    assert failure.cause == f"shared/maps/home.tmj: {reason}"


@pytest.mark.parametrize(
    ("image", "why"),
    [
        ("shared/maps/tiles.png", "lies outside of the game's client/, from where pages get what they draw"),
        ("drawing/tiles.png", "lies outside of the game's client/"),
        ("client/.drafts/tiles.png", "is hidden, and not served to pages"),
    ],
)
@pytest.mark.parametrize("tileset", ["terrain.tsj", "terrain.tsx"])
def test_an_image_that_pages_cannot_fetch_is_refused(
    tmp_path: Path, image: str, why: str, tileset: str
) -> None:
    """A tileset's image outside of client/, or hidden in it, costs the game, and the report says which and why."""
    village = make(tmp_path)
    (village / image).parent.mkdir(parents=True, exist_ok=True)
    (village / image).write_bytes(PNG)
    file = village / "shared" / "maps" / tileset
    file.write_text(file.read_text().replace("../../client/tiles.png", f"../../{image}"))
    sets = [{"firstgid": 1, "source": tileset}]
    write(village / "shared" / "maps", "home.tmj", json_map(Drawn(), tilesets=sets))
    (failure,) = load(tmp_path).failed
    assert failure.cause.startswith(f"shared/maps/{tileset}: its image '../../{image}' {why}")


def test_the_image_of_a_tile_must_be_fetchable_too(tmp_path: Path) -> None:
    """In a collection of images each one is looked at."""
    village = make(tmp_path)
    write(village / "shared" / "maps", "wall.png", "")
    tile = {"id": 0, "image": "wall.png", "imagewidth": 16, "imageheight": 16}
    collection = json_tileset(tiles=[tile], tilecount=1, columns=0)
    del collection["image"]
    write(village / "shared" / "maps", "terrain.tsj", collection)
    write(village / "shared" / "maps", "home.tmj", json_map(Drawn({"ground": [[1]]})))
    (failure,) = load(tmp_path).failed
    assert "terrain.tsj: tile 0: its image 'wall.png' lies outside of the game's client/" in failure.cause


def test_a_map_does_not_lead_out_of_its_game(tmp_path: Path) -> None:
    """Neither the declaration nor a tileset may name a file of another game."""
    furnish(tmp_path / "other")
    write(tmp_path / "other", "map.tmj", json_map(Drawn()))
    village = make(tmp_path, "'../../other/map.tmj'")
    (failure,) = [each for each in load(tmp_path).failed if each.name == "village"]
    assert failure.cause == "__init__.py:4: game.map: '../../other/map.tmj' lies outside of the game's folder"
    make(tmp_path)
    outside = json_map(Drawn()) | {"tilesets": [{"firstgid": 1, "source": "../../../other/terrain.tsj"}]}
    write(village / "shared" / "maps", "home.tmj", json.dumps(outside))
    (failure,) = [each for each in load(tmp_path).failed if each.name == "village"]
    assert "a tileset: '../../../other/terrain.tsj' lies outside of the game's folder" in failure.cause

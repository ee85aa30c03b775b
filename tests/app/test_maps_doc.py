"""docs/maps.md works as it is written."""

import re
from pathlib import Path

import msgspec
import pytest

from app.config import ModsSection
from app.games.mods import Mods, load_mods
from ecs.map_header import LayerKind, MapHeader, Picture, TileKind
from ecs.tiles import TileMap
from systems.engine import Engine
from tests.app.tiled_kit import Drawn, furnish_mod, json_map, json_tileset, write

DOC = (Path(__file__).resolve().parents[2] / "docs" / "maps.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```python\n# (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def mods(tmp_path: Path) -> Mods:
    """The games of a reader who typed in every block, with the cellar drawn."""
    files: dict[str, str] = {}
    for name, code in BLOCK.findall(DOC):
        files[name] = files.get(name, "") + code + "\n\n"
    for name, code in files.items():
        if name.startswith("mods/"):
            write(tmp_path, name, code)
    maps = furnish_mod(tmp_path / "mods" / "cellar", "shared")
    tiles = [
        {"id": 1, "type": "cracked", "properties": [{"name": "solid", "type": "bool", "value": True}]},
        {"id": 2, "type": "lava", "properties": [{"name": "damage", "type": "float", "value": 3.5}]},
    ]
    write(maps, "terrain.tsj", json_tileset(tiles=tiles, image="../../client/tiles.png"))
    drawn = Drawn(
        {"ground": [[1] * 20] * 10, "walls": [[0, 0, 2, 0, 3] + [0] * 15] * 10},
        objects=[{"id": 1, "x": 24.0, "y": 24.0, "point": True, "type": "spawn"}],
    )
    write(maps, "cellar.tmj", json_map(drawn, "base64-zlib"))
    loaded = load_mods(ModsSection(folders=(str(tmp_path / "mods"),), examples=False))
    assert not loaded.failed
    return loaded


def test_the_cellar_is_played(mods: Mods) -> None:
    """A player starts at the spawn point, walks into the cracked wall, breaks it, goes on, and is pushed off the lava."""
    from tickroom import Position, Velocity

    engine = Engine(mods.games["cellar"].hosted.game, 1)
    engine.join(0, "ann")
    engine.step()
    ((hero, position, velocity),) = engine.world.query(Position, Velocity)
    assert (position.x, position.y) == (48.0, 48.0)
    furthest, broken = 0.0, 0
    for _ in range(120):
        if velocity.x >= 0:
            velocity.x, velocity.y = 60.0, 0.0
        broken += sum(len(change.cells) for change in engine.step().tiles)
        furthest = max(furthest, position.x)
    assert engine.world.exists(hero)
    assert broken >= 1
    assert not engine.world.map.is_solid(2, 1)
    assert 110.0 < furthest < 140.0
    engine.close()


def test_the_wilds_are_made(mods: Mods) -> None:
    """The generator of the page fills its chunks, the same ones for the same seed."""
    game = mods.games["wilds"].hosted.game
    one, other = Engine(game, 5), Engine(game, 5)
    keys = one.world.map.chunks_near(16_000.0, 16_000.0, 300.0)
    assert len(keys) >= 4
    assert [one.world.map.version(key) for key in keys] == [other.world.map.version(key) for key in keys]
    assert one.world.map.kind(1000, 1000) is not None
    for engine in (one, other):
        engine.close()


def test_every_verb_of_the_table_is_there() -> None:
    """What the page says of world.map, a TileMap has."""
    table = DOC[DOC.index("| `world.map.` | |") : DOC.index("Layers are named by name or by number")]
    names = {
        name
        for row in table.splitlines()[2:]
        if row
        for name in re.findall(r"`(\w+)(?:\(|`)", row.split("|")[1])
    }
    assert len(names) >= 15
    for name in names:
        assert hasattr(TileMap, name) or name == "header", name


@pytest.mark.parametrize(
    ("word", "of"), [("layer", LayerKind), ("kind", TileKind), ("picture", Picture), ("MapHeader", MapHeader)]
)
def test_the_layout_of_the_header_is_right(word: str, of: type[msgspec.Struct]) -> None:
    """The arrays that clients in other languages read have the fields that the page names, in that order."""
    place = DOC.index("**MapHeader** (in") if word == "MapHeader" else DOC.index(f"| {word} | `[")
    listed = DOC[DOC.index("[", place) + 1 : DOC.index("]", place)].replace("\n", " ")
    assert tuple(re.split(r",\s+", listed)) == of.__struct_fields__

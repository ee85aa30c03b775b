"""The village's view fits the village's rules: it is a file of its own language, and nothing else compares the two."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.mods.loading import MODS, module
from tests.mods.village_table import VillageTable
from tickroom import Game

CLIENT = MODS / "village" / "client"
FILES = sorted(CLIENT.glob("*.js"))
DECODE = """
import { readFileSync } from "node:fs";
const source = readFileSync(process.argv[1], "utf-8");
const { decodeChunk } = await import("data:text/javascript," + encodeURIComponent(source));
const input = JSON.parse(readFileSync(0, "utf-8"));
const bytes = Uint8Array.from(Buffer.from(input.bytes, "hex"));
console.log(JSON.stringify(decodeChunk(bytes, input.layers, input.cells).map((layer) => [...layer])));
"""


def source(name: str) -> str:
    return (CLIENT / name).read_text(encoding="utf-8")


def node(*arguments: str, given: str) -> str:
    """What node writes; the test is skipped where there is no node."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("no node on this machine")
    done = subprocess.run(
        [program, *arguments], input=given, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_file_is_a_module_that_parses(file: Path) -> None:
    """A slip of the pen is found here, not in a browser."""
    node("--input-type=module", "--check", given=file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_text_becomes_markup_and_nothing_is_fetched(file: Path) -> None:
    """Names and chat come from players: the view writes them as text only, and asks no host for anything."""
    text = file.read_text(encoding="utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|https?://|fetch\(|\beval\(", text
    )


def test_the_view_decodes_chunks_as_they_were_encoded(village: VillageTable) -> None:
    """Chunks of the village, byte by byte as they travel, come out as the tiles that the rules see."""
    world_map = village.world.map
    layers, cells = len(world_map.header.layers), world_map.size**2
    for key in world_map.chunks_in(0, 0, 255, 255)[::13]:
        given = json.dumps({"bytes": world_map.encoded(key).hex(), "layers": layers, "cells": cells})
        arguments = ("--input-type=module", "-e", DECODE, str(CLIENT / "chunk-code.js"))
        tiles = world_map.chunk_layers(key)
        assert tiles is not None
        assert json.loads(node(*arguments, given=given)) == [list(layer) for layer in tiles]


def test_every_kind_is_drawn(village_game: Game) -> None:
    """The view draws exactly the kinds that the game declares."""
    kinds = source("people.js").split("export function makeKinds")[1].split("\n  };")[0]
    drawn = set(re.findall(r"^    (\w+): ", kinds, re.MULTILINE))
    assert drawn == set(village_game.kinds)


def test_every_tile_has_a_colour_on_the_minimap(village_game: Game) -> None:
    """Each kind of tile below the roofs that the map can have is shown there."""
    colours = set(re.findall(r'(\w+): "#', source("minimap.js")))
    assert village_game.tiles is not None
    names = {kind.name for kind in village_game.tiles.header.kinds}
    assert names - colours == {"ridge", "shop_ridge"}


def test_everything_in_the_scene_has_a_sprite(village_game: Game) -> None:
    """Looks of villagers, loot on the ground and all items of the bag are in the atlas."""
    sprites = json.loads(source("pictures.js").split("SPRITES = ")[1].split(";")[0])
    tables = module("village", "server.tables")
    loot = {what for beast in tables.BEASTS.values() for what, _, _ in beast.loot} - {"", "gold"}
    items = set(village_game.components["Bag"].layout.names) - {"gold"}
    assert loot | items | {"coins"} | set(tables.PRICES) | set(tables.OFFERS) <= set(sprites)
    looks = [f"{look}_{facing}" for look in (*tables.LOOKS, "hero") for facing in ("up", "down", "side")]
    assert {f"{look}_{step}" for look in looks for step in (0, 1)} <= set(sprites)


def test_events_and_components_that_the_view_reads_are_sent(village_game: Game) -> None:
    """Each event it waits for is declared, each component it reads is replicated."""
    texts = [file.read_text(encoding="utf-8") for file in FILES]
    events = {name for text in texts for name in re.findall(r'name [!=]== "(\w+)"', text)}
    assert events >= {"Announced", "Chopped", "Gained", "Hurt"}
    assert all(not village_game.events[name].server_only for name in events)
    components = {name for text in texts for name in re.findall(r"components\??\.(\w+)", text)}
    assert components >= {"Health", "Sky", "Customer"}
    assert all(village_game.components[name].replicate is not None for name in components)


def test_its_calls_are_the_games(village_game: Game) -> None:
    """What the view calls on the server are rpcs of the game."""
    assert {"goods", "buy", "sell"} == set(village_game.rpcs)
    assert 'context.call("goods")' in source("shop.js") and "context.call(verb," in source("shop.js")

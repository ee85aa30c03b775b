"""The arena's view fits the arena's rules: it is a file of its own language, and nothing else compares the two."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.mods.loading import MODS, module
from tickroom import Game

CLIENT = MODS / "arena" / "client"
FILES = sorted(CLIENT.glob("*.js"))


def source(name: str) -> str:
    return (CLIENT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_file_is_a_module_that_parses(file: Path) -> None:
    """A slip of the pen is found here, not in a browser."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on this machine")
    command = [node, "--input-type=module", "--check"]
    checked = subprocess.run(command, input=file.read_text(), capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_text_becomes_markup_and_nothing_is_fetched(file: Path) -> None:
    """Names come from players: the view writes them as text only, and asks no host for anything."""
    text = file.read_text(encoding="utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|https?://|fetch\(|\beval\(", text
    )


def test_every_kind_is_drawn(arena_game: Game) -> None:
    """The view draws exactly the kinds that the game declares."""
    kinds = source("drawing.js").split("export function makeKinds")[1].split("};")[0]
    drawn = set(re.findall(r"^    (\w+): ", kinds, re.MULTILINE))
    assert drawn == set(arena_game.kinds)


def test_every_event_it_hears_is_one_of_the_games(arena_game: Game) -> None:
    """Each handler belongs to an event, and takes only fields that this event has."""
    handlers = source("effects.js").split("const HANDLERS = {")[1]
    heard = re.findall(r"^  (\w+)\(effects, \{ ([\w, ]+) \}\)", handlers, re.MULTILINE)
    heard += [(name, "") for name in re.findall(r"^  (\w+): \{ from", source("sounds.js"), re.MULTILINE)]
    heard += [(name, "") for name in re.findall(r'name === "(\w+)"', source("hud.js"))]
    assert len(heard) > 15
    for name, fields in heard:
        declared = arena_game.events[name]
        assert not declared.server_only
        assert set(re.findall(r"\w+", fields)) <= set(declared.layout.names)


def test_its_numbers_are_the_rules_numbers(arena_game: Game) -> None:
    """What the HUD computes with is what the rules compute with."""
    tuning = module("arena", "shared.tuning")
    numbers = dict(re.findall(r"^const (\w+) = (\d+);", source("hud.js"), re.MULTILINE))
    assert {name: float(number) for name, number in numbers.items()} == {
        name: float(getattr(tuning, name)) for name in numbers
    }
    assert {"TICK_RATE", "MAGAZINE", "RELOAD_TIME", "DASH_REST"} <= set(numbers)


def test_components_that_the_view_reads_are_sent(arena_game: Game) -> None:
    """Every component that the view takes from an entity is declared, and replicated to whoever draws it."""
    read = {
        name for file in FILES for name in re.findall(r"components\.(\w+)", file.read_text(encoding="utf-8"))
    }
    read |= set(re.findall(r'findComponent\(frame, "(\w+)"\)', source("hud.js")))
    assert read >= {"Health", "Powers", "Fighter", "Score", "Round"}
    assert all(arena_game.components[name].replicate is not None for name in read)

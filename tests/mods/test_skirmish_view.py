"""Skirmish's view fits its rules: files of another language, which nothing else compares."""

import re
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest

from mods.skirmish.drawing.draw_pictures import atlas, names_as_script
from tests.mods.loading import MODS, load, module

CLIENT = MODS / "skirmish" / "client"
FILES = sorted(CLIENT.glob("*.js"))
every_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)


@every_file
def test_every_file_is_a_module_that_parses(file: Path) -> None:
    """A slip of the pen is found here, not in a browser."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on this machine")
    done = subprocess.run(
        [node, "--input-type=module", "--check"],
        input=file.read_text(encoding="utf-8"),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


@every_file
def test_no_text_becomes_markup_and_nothing_is_fetched(file: Path) -> None:
    """Names come from players: the view writes them as text only, and asks no host for anything."""
    text = file.read_text(encoding="utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|https?://|fetch\(|\beval\(", text
    )


def test_every_kind_has_its_pictures() -> None:
    """Units stand, walk in two steps and act; buildings stand."""
    load("skirmish")
    tables = module("skirmish", "shared.tables")
    wanted = {f"{name}_{step}" for name in tables.UNITS for step in (0, 1, 2, "act")}
    assert wanted | set(tables.BUILDINGS) | {"mine", "tree_0", "tree_1", "tree_2"} <= atlas()[1].keys()


def test_every_icon_that_is_asked_for_is_drawn() -> None:
    """The panel names its icons as text."""
    asked = set(re.findall(r'"(icon_\w+)"', (CLIENT / "panel.js").read_text(encoding="utf-8")))
    assert asked and asked <= atlas()[1].keys()


def pixels(path: Path) -> bytes:
    """What a PNG of ours shows: its one block of data, unpacked, as another zlib packs it in another way."""
    data = path.read_bytes()
    start = data.index(b"IDAT")
    length = int.from_bytes(data[start - 4 : start], "big")
    return data[16:24] + zlib.decompress(data[start + 4 : start + 4 + length])


def test_the_pictures_are_those_of_the_drawing(tmp_path: Path) -> None:
    """python -m mods.skirmish.drawing.draw_pictures would change nothing."""
    assert (CLIENT / "pictures.js").read_text(encoding="utf-8") == names_as_script()
    atlas()[0].write(tmp_path / "again.png")
    assert pixels(tmp_path / "again.png") == pixels(CLIENT / "sprites.png")

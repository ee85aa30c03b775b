"""A game's mistake in the log: one line with the place in the mod; the traceback when debugging."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
import structlog

from app.config import LogSection
from app.games.mod_files import Candidate, Layout
from app.games.mods import load_mod
from app.logs import configure
from tests.app.site_kit import make_kit

HOP = """\
from tickroom import Game, Position, Scene, World

game = Game("hop")
game.input(keys=("down",))
game.kind("hopper")


def wanted(world: World, player: int) -> bool:
    return world.input(player).held("dwon")


@game.system("input")
def walk(world: World, dt: float) -> None:
    secret_of_a_player = "not for the log"
    {act}
"""


@pytest.fixture
def configured() -> Iterator[None]:
    """Logging and structlog as before, afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def logged(folder: Path, act: str, settings: LogSection, capsys: pytest.CaptureFixture[str]) -> str:
    """What the log says when a room of a game that does `act` is stepped."""
    path = folder / "hop.py"
    path.write_text(HOP.format(act=act))
    kit = make_kit(load_mod(Candidate("hop", path, Layout.SINGLE_FILE, bundled=False)))
    kit.play(kit.create(), "Ada")
    configure(settings)
    capsys.readouterr()
    kit.turn()
    return capsys.readouterr().err


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize("style", ["console", "json"])
def test_it_is_one_line_with_the_mods_own_frames(
    style: Literal["console", "json"],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Room, game, place, cause and the mod's other frames; nothing of the engine, no locals."""
    monkeypatch.chdir(tmp_path)
    said = logged(tmp_path, "wanted(world, 0)", LogSection(format=style), capsys)
    assert said.count("\n") == 1
    assert "room failed" in said and "hop.py:9 in wanted" in said and "hop.py:15 in walk" in said
    assert "the game declares no key 'dwon'; it has ['down']" in said
    assert "inputs.py" not in said and "not for the log" not in said
    if style == "json":
        line = json.loads(said)
        assert (line["where"], line["called_from"]) == ("hop.py:9 in wanted", ["hop.py:15 in walk"])
        assert (line["game"], line["system"], line["tick"]) == ("hop", "walk", 1)


@pytest.mark.usefixtures("configured")
def test_a_scene_of_an_undeclared_kind_has_the_line_that_spawned_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is refused where it is written, not when it is sent."""
    said = logged(tmp_path, 'world.spawn(Position(), Scene("hoper"))', LogSection(format="json"), capsys)
    line = json.loads(said)
    assert line["where"].endswith("hop.py:15 in walk")
    assert "no kind 'hoper'; it has ['hopper']" in line["cause"]


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize("style", ["console", "json"])
def test_the_traceback_is_for_debugging(
    style: Literal["console", "json"], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At the level debug it is there in full, once and without locals."""
    said = logged(tmp_path, "wanted(world, 0)", LogSection(format=style, level="debug"), capsys)
    assert "room failed, in full" in said
    assert said.count("inputs.py") == 1  # the frame that raised, and not a second time for a cause
    assert "not for the log" not in said and "secret_of_a_player" not in said

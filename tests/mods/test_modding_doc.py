"""docs/modding.md works as it is written."""

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import msgspec
import pytest

from tests.mods.driver import Fidgeter, Table
from tests.mods.loading import load_from
from tickroom import Game, Position, Scene, checksum, load, save

ROOT = Path(__file__).resolve().parents[2]
DOC = ROOT / "docs" / "modding.md"
BLOCK = re.compile(r"^```python\n# (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ANY_BLOCK = re.compile(r"^```python$", re.MULTILINE)


FOLDER = "mods/orchard/"
"""What the chapter "From one file to a folder" adds to the game."""


def files_of_the_document() -> dict[str, str]:
    """What a reader has who typed in every block: path -> text."""
    files: defaultdict[str, str] = defaultdict(str)
    for name, code in BLOCK.findall(DOC.read_text(encoding="utf-8")):
        files[name] += code + "\n\n"
    return dict(files)


def written(folder: Path, files: dict[str, str]) -> Path:
    """The folder, with these files in it."""
    for name, code in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a reader who has not yet made the orchard a folder."""
    files = {name: code for name, code in files_of_the_document().items() if not name.startswith(FOLDER)}
    return written(tmp_path_factory.mktemp("workshop"), files)


@pytest.fixture(scope="module")
def folder_workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a reader who has: the game has moved to `shared/`, and its test loads the folder."""
    files = files_of_the_document()
    files["mods/orchard/shared/__init__.py"] = files.pop("mods/orchard.py")
    test = files["test_orchard.py"]
    files["test_orchard.py"] = test.replace('load_game("mods/orchard.py")', 'load_game("mods/orchard")')
    assert files["test_orchard.py"] != test
    return written(tmp_path_factory.mktemp("folder_workshop"), files)


@pytest.fixture(scope="module")
def orchard(workshop: Path) -> Game:
    """The tutorial's game."""
    return load_from(workshop / "mods", "orchard")


@pytest.fixture(scope="module")
def tour(workshop: Path) -> Game:
    """The reference's examples."""
    return load_from(workshop / "mods", "tour")


def test_no_block_is_left_out() -> None:
    """Every block of Python in the document says which file it belongs to, and so is run here."""
    text = DOC.read_text(encoding="utf-8")
    assert len(BLOCK.findall(text)) == len(ANY_BLOCK.findall(text)) >= 19


@pytest.mark.parametrize("form", ["workshop", "folder_workshop"])
def test_the_tutorials_own_tests_pass(form: str, request: pytest.FixtureRequest) -> None:
    """The test file of the chapter "Testing it" passes where the reader would run it, the game being a file or a folder."""
    workshop: Path = request.getfixturevalue(form)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_orchard.py"]
    ran = subprocess.run(
        command,
        cwd=workshop,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "2 passed" in ran.stdout


def test_the_references_own_test_passes(workshop: Path) -> None:
    """The test of saved data passes where the reader would run it."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_tour.py"]
    where = {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        command, cwd=workshop, env=where, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0 and "1 passed" in ran.stdout, ran.stdout + ran.stderr


def test_the_tutorials_game_is_played_and_saved(orchard: Game) -> None:
    """Pickers run about and gather apples; the game's snapshot goes on bit for bit."""
    table, twin = Table(orchard), Table(orchard, seed=9)
    for player in range(3):
        table.seat(player)
    fidgeters = [Fidgeter(orchard, player) for player in range(3)]

    def play(one: Table, ticks: range) -> list[int]:
        checksums = []
        for tick in ticks:
            for player, fidgeter in enumerate(fidgeters):
                one.engine.inputs.enqueue(player, tick, *fidgeter.state(tick))
            one.step()
            checksums.append(checksum(one.world))
        return checksums

    play(table, range(1, 401))
    assert len(table.saw(orchard.events["Gathered"].type)) > 3
    load(twin.world, save(table.world))
    ahead = range(401, 500)
    fidgeters = [Fidgeter(orchard, player) for player in range(3)]
    expected = play(table, ahead)
    fidgeters = [Fidgeter(orchard, player) for player in range(3)]
    assert play(twin, ahead) == expected
    for each in (table, twin):
        each.engine.close()


def test_the_orchards_folder_has_its_wind(folder_workshop: Path) -> None:
    """The server's part of the folder runs: apples become more, up to twice as many as at first."""
    game = load_from(folder_workshop / "mods", "orchard")
    table = Table(game)
    apples = []
    for _ in range(8):
        for _ in range(200):
            table.step()
        apples.append(len(table.world.query(game.components["Apple"].type)))
    table.engine.close()
    assert apples == [7, 8, 9, 10, 11, 12, 12, 12]


def test_the_references_examples_are_one_game(tour: Game) -> None:
    """A tank is painted, drives onto a mine and loses armour; a bad paint is refused with the reason given."""
    table = Table(tour)
    table.seat(0, "Ada")
    table.step()
    paint = tour.commands["paint"].type
    table.engine.command(0, "paint", paint("red"), 1)
    table.engine.command(0, "paint", paint("plaid"), 2)
    result = table.engine.step()
    assert [(refusal.command_id, refusal.reason) for refusal in result.refusals] == [
        (2, "there is no paint called plaid")
    ]
    tank, _ = table.world.query(tour.components["Driver"].type)[0]
    assert table.world.get(tank, Scene).state == "red"
    at = table.world.get(tank, Position)
    at.x, at.y = 200.0, 300.0
    table.hold(0, move_x=1.0)
    table.step_until(lambda: table.saw(tour.events["Exploded"].type), 60)
    assert table.world.get(tank, tour.components["Armour"].type).value == 60.0
    assert tour.schema_text()
    table.engine.close()


def test_the_references_saved_data_comes_forward(tour: Game) -> None:
    """A save of version 1 is read in the units of version 2, the visit is counted, and what is written is version 2."""
    table = Table(tour)
    table.seat(0, "Ada", msgspec.msgpack.encode([1, {"kilograms": 1500.0}]))
    table.seat(1, "Ben")
    table.step()
    table.engine.leave(0)
    table.step()
    assert msgspec.msgpack.decode(table.saves[0]) == [2, {"scrap": 1.5, "visits": 1}]
    assert msgspec.msgpack.decode(table.saves[1]) == [2, {"scrap": 0.0, "visits": 1}]
    table.engine.close()


def test_links_inside_the_document_lead_somewhere() -> None:
    """Every link to a heading of the document names one that is there."""
    text = DOC.read_text(encoding="utf-8")
    headings = {
        re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }
    linked = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert linked and linked <= headings

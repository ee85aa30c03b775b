"""Loading games by path: what loads, what does not and why, and what their fingerprint covers."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.config import ModsSection
from app.config_file import ConfigError
from app.games.fingerprint import fingerprint
from app.games.mod_files import PACKAGE, Layout, candidates
from app.games.mods import LoadedGame, ModFailed, Mods, load_mods
from app.http.assets import Assets
from net.drivers.virtual import VirtualRoom

Write = Callable[[str, str], Path]
GAME = "from tickroom import Game\n\ngame = Game({name!r}, title='A game')\n"
SHARED = (
    GAME
    + """
from dataclasses import dataclass
from .rules import SPEED

@game.component(replicate="near")
@dataclass(slots=True)
class Fuel:
    value: float = SPEED
"""
)
POSTPONED = """from __future__ import annotations

from dataclasses import dataclass
from tickroom import Game, Position, Scene, World
from .rules import SPEED

game = Game({name!r}, title='Its annotations are texts, which are looked up in its modules')
game.kind("can")

@game.component(replicate="near")
@dataclass(slots=True)
class Fuel:
    value: float = SPEED

@dataclass
class Part:
    litres: float

@dataclass(frozen=True)
class Refuel:
    parts: list[Part]

@game.command
def refuel(world: World, player: int, body: Refuel) -> None:
    world.spawn(Scene("can"), Position(0.0, 0.0), Fuel(SPEED + body.parts[0].litres))
"""
SERVER = "from ..shared import game\n\n@game.on('create')\ndef fill(world):\n    pass\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "games"
    path.mkdir()
    return path


@pytest.fixture
def write(folder: Path) -> Write:
    """Writes one file of a mods folder."""

    def write_file(name: str, text: str) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write_file


@pytest.fixture
def load(folder: Path) -> Callable[..., Mods]:
    def load_folder(**settings: object) -> Mods:
        return load_mods(ModsSection(**{"folders": (str(folder),), "examples": False, **settings}))  # type: ignore[arg-type]

    return load_folder


def only_failure(mods: Mods) -> ModFailed:
    assert not mods.games
    (failure,) = mods.failed
    return failure


def only_game(mods: Mods) -> LoadedGame:
    assert not mods.failed
    (game,) = mods.games.values()
    return game


def test_a_game_of_three_parts_loads(write: Write, load: Callable[..., Mods]) -> None:
    """shared/ is imported, server/ extends the same game, client/view.js gets an address with the content's hash."""
    write("race/shared/__init__.py", SHARED.format(name="race"))
    write("race/shared/rules.py", "SPEED = 3.0\n")
    write("race/server/__init__.py", SERVER)
    write("race/client/view.js", "export default () => ({});")
    game = only_game(load())
    assert [hook.__name__ for hook in game.hosted.game.hooks["create"]] == ["fill"]
    assert [component.name for component in game.hosted.schema.components] == ["Fuel"]
    assert game.hosted.schema.view == f"/games/race/{game.assets_hash}/view.js"
    assert len(game.hosted.game.fingerprint) == 32
    assert game.hosted.game.sealed


@pytest.mark.parametrize(
    ("file", "layout"), [("tiny/game.py", Layout.GAME_FILE), ("tiny.py", Layout.SINGLE_FILE)]
)
def test_a_small_game_loads(write: Write, load: Callable[..., Mods], file: str, layout: Layout) -> None:
    """A folder with game.py and a single file are games of shared rules only."""
    write(file, GAME.format(name="tiny"))
    game = only_game(load())
    assert (game.name, game.hosted.schema.title, game.hosted.schema.view) == ("tiny", "A game", "")


def test_a_mod_may_import_the_standard_library(write: Write, load: Callable[..., Mods]) -> None:
    """Importing costs nothing, also in a single file; only using what is not deterministic is refused."""
    write("tiny.py", "import sqlite3, os, random, json, decimal\n" + GAME.format(name="tiny"))
    only_game(load())


def test_nothing_is_left_in_the_folder_of_a_mod(
    write: Write, load: Callable[..., Mods], folder: Path
) -> None:
    """Loading writes no byte code beside an operator's files."""
    write("race/shared/__init__.py", SHARED.format(name="race"))
    write("race/shared/rules.py", "SPEED = 3.0\n")
    load()
    assert not list(folder.rglob("__pycache__"))


def test_loading_again_reads_the_files_again(write: Write, load: Callable[..., Mods]) -> None:
    """A second load sees what has changed on disk, in every module of the mod."""
    write("race/shared/__init__.py", SHARED.format(name="race"))
    write("race/shared/rules.py", "SPEED = 3.0\n")
    first = only_game(load())
    write("race/shared/rules.py", "SPEED = 4.25\n")
    second = only_game(load())
    assert second.modules["shared.rules"].SPEED == 4.25
    assert first.hosted.game.fingerprint != second.hosted.game.fingerprint


def test_a_loaded_game_outlives_another_of_its_name(write: Write, load: Callable[..., Mods]) -> None:
    """A game runs on, with its own modules, when another has been loaded under its name and took its place in sys.modules."""
    write("race/shared/__init__.py", POSTPONED.format(name="race"))
    write("race/shared/rules.py", "SPEED = 3.0\n")
    first = only_game(load())
    write("race/shared/__init__.py", GAME.format(name="race"))
    second = only_game(load())
    assert f"{PACKAGE}.race.shared.rules" not in sys.modules
    assert first.modules["shared.rules"].SPEED == 3.0
    assert "shared.rules" not in second.modules
    with VirtualRoom(first.hosted) as room:
        ada = room.join("Ada")
        ada.command("refuel", {"parts": [{"litres": 2.0}]})
        room.run(10)
        (fuel,) = [fuel.value for _, fuel in room.world.query(first.modules["shared"].Fuel)]
    assert fuel == 5.0


def test_a_game_in_a_later_folder_replaces_one_of_the_same_name(tmp_path: Path) -> None:
    """An operator's own game takes the place of an example."""
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "tiny.py").write_text(GAME.format(name="tiny"))
    settings = ModsSection(folders=(str(tmp_path / "one"), str(tmp_path / "two")), examples=False)
    (found,) = candidates(settings)
    assert found.path == tmp_path / "two" / "tiny.py"


def test_games_may_be_disabled_and_some_names_are_no_games(write: Write, load: Callable[..., Mods]) -> None:
    """`disabled` leaves a game out; hidden files and those that begin with _ are passed over."""
    for name in ("tiny", "other", "_draft", ".hidden"):
        write(f"{name}.py", GAME.format(name=name.strip("._")))
    write("notes.txt", "not a game")
    assert list(load(disabled=("other",)).games) == ["tiny"]


def test_a_folder_that_was_named_has_to_be_there(tmp_path: Path) -> None:
    """A configured folder that is missing is an error with its path; the default folder may be missing."""
    with pytest.raises(ConfigError, match="there is no such folder"):
        load_mods(ModsSection(folders=(str(tmp_path / "nowhere"),), examples=False))


def test_one_broken_game_does_not_take_others_along(write: Write, load: Callable[..., Mods]) -> None:
    """The rest loads."""
    write("tiny.py", GAME.format(name="tiny"))
    write("bad.py", "raise RuntimeError('no')\n")
    mods = load()
    assert list(mods.games) == ["tiny"]
    assert [failure.name for failure in mods.failed] == ["bad"]


BROKEN = [
    ("bad.py", "x = 1\nraise RuntimeError('no')\n", "bad.py", 2, "RuntimeError: no"),
    ("bad.py", "x = 1\nimport sys\nsys.exit(3)\n", "bad.py", 3, "sys.exit is not deterministic"),
    ("bad.py", "x = 1\nraise SystemExit(3)\n", "bad.py", 2, "SystemExit: 3"),
    (
        "bad.py",
        "import nothing_like_this\n",
        "bad.py",
        1,
        "ModuleNotFoundError: No module named 'nothing_like_this'",
    ),
    ("bad.py", "x = (\n", "bad.py", 1, "SyntaxError: '(' was never closed"),
    ("bad.py", "x = 'a\0b'\n", "bad.py", 0, "null bytes"),
    ("bad.py", "x = 1\n", "bad.py", 0, "`game` has to be a tickroom.Game; there is none"),
    ("bad.py", "game = 3\n", "bad.py", 0, "`game` has to be a tickroom.Game; it is of type int"),
    (
        "bad.py",
        GAME.format(name="good"),
        "bad.py",
        0,
        "its Game is called 'good' and its folder or file 'bad'",
    ),
    ("bad.py", "from tickroom import Game\n\ngame = Game('bad', tick_rate=500)\n", "bad.py", 3, "tick_rate"),
    (
        "bad.py",
        GAME.format(name="bad") + "\n@game.system('logic')\ndef go(w):\n    pass\n",
        "bad.py",
        5,
        "world, dt",
    ),
    (
        "bad.py",
        GAME.format(name="bad") + "\ngame.states({'states': {'up': {}}})\n",
        "bad.py",
        0,
        "no built-in leaf",
    ),
    (
        "bad.py",
        GAME.format(name="bad") + "import time\n\nt = time.time()\n",
        "bad.py",
        6,
        "time.time is not determ",
    ),
    (
        "bad/shared/__init__.py",
        "from . import gone\n",
        "shared/__init__.py",
        1,
        "ImportError: cannot import name 'gone'",
    ),
    (
        "bad.py",
        "from tickroom import Collide\n"
        + GAME.format(name="bad")
        + "\ngame.kind('car')\ngame.prediction(\n    bodies={'lorry': Collide()}\n)\n",
        "bad.py",
        7,
        "game.prediction names the kind 'lorry'",
    ),
    (
        "bad.py",
        "from tickroom import Game\n\ngame = Game('bad', model='lockstep')\n",
        "bad.py",
        3,
        "a lock-step game says how a match begins",
    ),
    ("bad/readme.md", "hello", "bad", 0, "it has neither shared/__init__.py nor game.py"),
    ("Bad-Name.py", "", "Bad-Name.py", 0, "a game's folder or file is named with"),
]


@pytest.mark.parametrize(("file", "source", "where", "line", "cause"), BROKEN)
def test_a_broken_game_is_reported_with_its_place(
    write: Write, load: Callable[..., Mods], file: str, source: str, where: str, line: int, cause: str
) -> None:
    """Each mistake names the file, the line where there is one, and the cause."""
    write(file, source)
    failure = only_failure(load())
    assert failure.file.endswith(where)
    assert failure.line == line
    assert cause in failure.cause


def test_a_relative_folder_has_places_too(
    write: Write, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default folder is `mods`, from where the server was started: file and line are said there as elsewhere."""
    file = write("moon/game.py", GAME.format(name="moon") + "raise ValueError('no')\n")
    write("sun/shared/__init__.py", "from .rules import SPEED\n" + GAME.format(name="sun"))
    write("sun/shared/rules.py", "SPEED = 1.0\n")
    monkeypatch.chdir(folder.parent)
    mods = load_mods(ModsSection(folders=(folder.name,), examples=False))
    assert list(mods.games) == ["sun"]
    assert [(failure.file, failure.line) for failure in mods.failed] == [(str(file), 4)]


def test_all_that_is_not_deterministic_is_told_at_once(write: Write, load: Callable[..., Mods]) -> None:
    """A report names several places, and says how many more there are."""
    write("bad.py", GAME.format(name="bad") + "import time\n" + "x = time.time()\n" * 8)
    failure = only_failure(load())
    assert failure.cause.count("time.time is not deterministic") == 5
    assert failure.cause.endswith("and 3 more")


@pytest.mark.parametrize(
    ("game", "imported", "line"),
    [
        ("moon/game.py", "moon/lib/rules.py", "from .lib.rules import SPEED\n"),
        ("moon/shared/__init__.py", "moon/rules.py", "from ..rules import SPEED\n"),
        ("moon/shared/__init__.py", "moon/server/rules.py", "from ..server.rules import SPEED\n"),
    ],
)
def test_shared_rules_import_nothing_that_is_not_shared(
    write: Write, load: Callable[..., Mods], game: str, imported: str, line: str
) -> None:
    """What they import beyond the files that are checked and in the fingerprint would differ on both sides unseen."""
    write(game, line + GAME.format(name="moon"))
    file = write(imported, "import random\n\nSPEED = random.random()\n")
    (failure,) = load().failed
    assert "the shared rules import it" in failure.cause
    assert failure.file == str(file)


def test_what_is_not_deterministic_may_be_in_server(write: Write, load: Callable[..., Mods]) -> None:
    """server/ decides alone and may use clocks and the disk."""
    write("race/shared/__init__.py", GAME.format(name="race"))
    write("race/server/__init__.py", "import time\nstarted = time.time()\n" + SERVER)
    only_game(load())


def test_the_error_of_a_server_part_has_its_place(write: Write, load: Callable[..., Mods]) -> None:
    """An exception in server/ is told at its line there, and not where it was imported."""
    write("race/shared/__init__.py", GAME.format(name="race"))
    write("race/server/__init__.py", "from . import loot\n")
    write("race/server/loot.py", "table = {}\ntable['sword']\n")
    failure = only_failure(load())
    assert (Path(failure.file).name, failure.line) == ("loot.py", 2)


def test_the_server_part_is_not_in_the_fingerprint(write: Write, load: Callable[..., Mods]) -> None:
    """A loot table may change without any client being told that its rules are old."""
    write("race/shared/__init__.py", GAME.format(name="race"))
    before = only_game(load()).hosted.game.fingerprint
    write("race/server/__init__.py", SERVER)
    assert only_game(load()).hosted.game.fingerprint == before
    write("race/shared/__init__.py", GAME.format(name="race") + "# changed\n")
    assert only_game(load()).hosted.game.fingerprint != before


def test_the_fingerprint_covers_names_and_bounds() -> None:
    """Moving text from one file to another, or from sources to schema, is another fingerprint; line ends are not."""
    prints = {
        fingerprint({"a.py": b"1\n2\n", "b.py": b""}, "s"),
        fingerprint({"a.py": b"1\n", "b.py": b"2\n"}, "s"),
        fingerprint({"a.py": b"1\n2\n"}, "s"),
        fingerprint({"c.py": b"1\n2\n", "b.py": b""}, "s"),
        fingerprint({"a.py": b"1\n2\n", "b.py": b""}, "t"),
    }
    assert len(prints) == 5
    assert fingerprint({"a.py": b"1\r\n2\r\n", "b.py": b""}, "s") in prints


def test_a_link_out_of_client_is_refused(write: Write, load: Callable[..., Mods], folder: Path) -> None:
    """What a client folder links to outside of itself is not served: the mod does not load."""
    write("race/shared/__init__.py", GAME.format(name="race"))
    (write("race/client/a.txt", "a").parent / "passwd").symlink_to("/etc/passwd")
    assert "a link that leads out" in only_failure(load()).cause


def test_the_hash_of_assets_follows_names_and_contents(tmp_path: Path) -> None:
    """Any change of a name or a content gives another address."""
    digests = set()
    for name, text in (("a.txt", "a"), ("a.txt", "b"), ("b.txt", "b")):
        folder = tmp_path / f"{name}{text}"
        folder.mkdir()
        (folder / name).write_text(text)
        digests.add(Assets.of(folder).digest())
    assert len(digests) == 3

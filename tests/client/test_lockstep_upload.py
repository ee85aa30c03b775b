"""What is uploaded as an engine in Python: how it is unpacked, and what is no engine."""

from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from net.client.lockstep_upload import MAX_BYTES, NoEngine, Upload, unpack
from tests.browser.engines import counting
from tests.systems.lockstep_games import counting_game
from tickroom import Game


def named(value: object) -> str | None:
    """What a test is called by: words, no bytes."""
    return "data" if isinstance(value, bytes) else None


def archive(files: dict[str, bytes]) -> bytes:
    """A zip archive of these."""
    data = BytesIO()
    with ZipFile(data, "w", ZIP_DEFLATED) as opened:
        for name, content in files.items():
            opened.writestr(ZipInfo(name), content, ZIP_DEFLATED)  # of no time: names of tests are made of it
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "module", "file"),
    [
        (b"x = 1", "tickroom_mods.upload", "upload.py"),
        (archive({"game.py": b""}), "tickroom_mods.upload.game", "upload/game.py"),
        (archive({"race/game.py": b"", "race/rules.py": b""}), "tickroom_mods.race.game", "race/rules.py"),
        (archive({"a/race/shared/__init__.py": b""}), "tickroom_mods.race.shared", "race/shared/__init__.py"),
        (archive({"tickroom_mods/race.py": b"x = 1"}), "tickroom_mods.upload", "upload.py"),
        (archive({"my race/game.py": b""}), "tickroom_mods.upload.game", "upload/game.py"),
    ],
    ids=named,
)
def test_it_is_unpacked_as_a_game(tmp_path: Path, data: bytes, module: str, file: str) -> None:
    """A file, or an archive with any folders around the game; it is imported by the name of the innermost."""
    assert unpack(data, tmp_path) == module
    assert (tmp_path / "tickroom_mods" / file).is_file()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (archive({"readme.txt": b""}), "neither game.py nor shared"),
        (archive({"a/x.py": b"", "b/game.py": b""}), "neither game.py nor shared"),
        (archive({"../game.py": b""}), "has the path"),
        (archive({"/etc/game.py": b""}), "has the path"),
        (archive({f"{each}.py": b"" for each in range(1_001)}), "more than 1000 files"),
        (archive({"game.py": bytes(MAX_BYTES + 1)}), "more than 1000 files or"),
        (archive({}), "empty"),
        (b"PK\x03\x04 nothing", "cannot be read"),
        (archive({"game.py": b"x" * 9_000})[:-60], "cannot be read"),
    ],
    ids=named,
)
def test_what_is_no_archive_of_a_game_is_refused(tmp_path: Path, data: bytes, why: str) -> None:
    """With the reason, and nothing was written anywhere."""
    with pytest.raises(NoEngine, match=why):
        unpack(data, tmp_path / "folder")
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize(
    ("module", "why"),
    [
        (SimpleNamespace(), "neither `game`"),
        (SimpleNamespace(game="no game"), "neither `game`"),
        (SimpleNamespace(game=Game("walk")), 'not model="lockstep"'),
        (SimpleNamespace(create=object), "has no init"),
    ],
)
def test_what_is_no_engine_is_refused(module: Any, why: str) -> None:
    """A module without a game, with another kind of game, or with engines that lack something."""
    with pytest.raises(NoEngine, match=why):
        Upload(module).create()


def test_a_game_is_an_engine_whose_dumps_and_commands_are_bytes() -> None:
    """Two engines of one upload run on their own; one takes the other's dump; a click is encoded in the game's own form."""
    upload = Upload(counting)
    first, second = upload.create(), upload.create()
    setup = {"players": [{"player": 0}]}
    for engine in (first, second):
        assert upload.init(engine, 5, setup) is None
    assert upload.init(first, 5, {**setup, "bad": True}) == "too bad"
    assert upload.init(first, 5, setup) is None
    body = upload.encode([["click", {"button": 0, "y": 1, "x": 2}]])
    told = upload.step(first, 0, 2, 50, [[0, memoryview(body)]])
    assert told == {"events": [{"name": "Counted", "player": 0}], "refusals": []}
    upload.step(second, 0, 2, 50, [])
    assert upload.checksum(first) != upload.checksum(second)
    upload.load(second, memoryview(upload.dump(first)))
    assert upload.checksum(second) == upload.checksum(first)
    assert upload.scene(first, 0)["shapes"][0]["text"] == "0: 1"  # type: ignore[index]
    assert upload.result(first) == ""
    upload.close(first)
    upload.close(second)


def test_a_game_that_says_nothing_of_scenes_has_none() -> None:
    """No scene, no result; commands that the game has not go as they are, for all to refuse; refusals are told."""
    upload = Upload(SimpleNamespace(game=counting_game()))
    engine = upload.create()
    assert upload.init(engine, 1, {"players": [0, 1]}) is None
    assert (upload.scene(engine, 0), upload.result(engine)) == (None, "")
    assert upload.encode([["dance", {}]]) == b"\x91\x92\xa5dance\x80"
    told = upload.step(engine, 0, 1, 50, [[0, upload.encode([["add", {"amount": 13}]])]])
    assert told["refusals"] == [{"player": 0, "command": 0, "reason": "13 is no number"}]
    upload.close(engine)

"""`tickroom replay` on the command line: what it says, its exit codes, and what it refuses."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from msgspec import msgpack
from msgspec.structs import replace

from app.cli import commands
from app.exits import Exit, ProgramError
from tests.fuzz.test_journal import HEADER, forged, frame, keyframe
from tests.replay.recording import Recording
from tests.replay.test_verify import hosted

TICKS = 450


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal of the arena."""
    recording = Recording(hosted("arena"), 6)
    path = tmp_path_factory.mktemp("replays") / "000000.journal"
    path.write_bytes(recording.run(TICKS).journal)
    recording.close()
    return path


def replay(*arguments: object) -> Result:
    """Run it."""
    return CliRunner().invoke(commands, ["replay", *map(str, arguments)])


def failure(result: Result) -> ProgramError:
    """What the program would end with."""
    assert isinstance(result.exception, ProgramError)
    return result.exception


def dumped(journal: Path, tick: int) -> Any:
    """The dump of a tick."""
    result = replay(journal, "--dump", "--to-tick", tick)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_it_says_what_a_file_is(journal: Path) -> None:
    """Game, version, rules, seed, ticks, players, keyframes, size."""
    result = replay(journal)
    assert result.exit_code == 0
    for said in (
        "arena 1.0.0",
        "as here",
        "0 to 450",
        "0:00:15 at 30 Hz",
        "Bot 5",
        "3 keyframes",
        "seed      1",
    ):
        assert said in result.stdout


@pytest.mark.parametrize("jobs", [1, 2])
def test_verify_says_that_all_is_equal(journal: Path, jobs: int) -> None:
    """In one process or in several, up to the end."""
    result = replay(journal, "--verify", "--jobs", jobs)
    assert result.exit_code == 0, result.output
    assert "450 ticks, 15 checksums and 2 keyframes are equal" in result.stdout


@pytest.mark.parametrize("jobs", [1, 2])
def test_verify_names_what_differs(tmp_path: Path, jobs: int) -> None:
    """A value that changed beside the journal: its own exit code, and the first difference in words."""
    recording = Recording(hosted("arena"), 6)
    recording.run(250)
    score = hosted("arena").game.components["Score"].type
    lines: list[tuple[int, Any]] = list(recording.play.engine.world.query(score))
    entity, line = lines[0]
    line.deaths += 7
    path = tmp_path / "changed.journal"
    path.write_bytes(recording.run(200).journal)
    recording.close()
    error = failure(replay(path, "--verify", "--jobs", jobs))
    assert error.code == Exit.DIFFERENT
    assert f"entity {entity} Score.deaths" in str(error)


def test_a_dump_is_the_room_at_that_tick(journal: Path) -> None:
    """The same as the room was when it was recorded, in a tick between keyframes."""
    recording = Recording(hosted("arena"), 6).run(333)
    at, entity = dumped(journal, 333), recording.play.engine.world.entities[-1]
    assert at["tick"] == 333
    assert list(at["entities"])[-1] == str(entity)
    assert at["resources"]["Room"]["seats"]["0"]["name"] == "Bot 0"
    recording.close()


def test_a_tick_that_is_not_there_is_refused(journal: Path) -> None:
    """With the ticks that there are."""
    error = failure(replay(journal, "--dump", "--to-tick", 451))
    assert (error.code, "0 to 450" in str(error)) == (Exit.USAGE, True)


def test_no_journal_is_said_to_be_none(tmp_path: Path) -> None:
    """Another file, and one that is damaged."""
    path = tmp_path / "picture.journal"
    path.write_bytes(b"\x89PNG\r\n\x1a\n and so on")
    error = failure(replay(path))
    assert (error.code, "no journal" in str(error)) == (Exit.JOURNAL, True)


def test_damage_is_said_with_its_offset(journal: Path, tmp_path: Path) -> None:
    """The code is another one, also where nothing is run."""
    data = bytearray(journal.read_bytes())
    data[len(data) // 2] ^= 1
    path = tmp_path / "damaged.journal"
    path.write_bytes(data)
    error = failure(replay(path))
    assert (error.code, "damaged at byte" in str(error)) == (Exit.JOURNAL, True)
    assert failure(replay(path, "--verify")).code == Exit.JOURNAL


def test_other_rules_are_said_before_it_runs(tmp_path: Path) -> None:
    """Another fingerprint: it is not run, and how to run it anyway is said; then it runs."""
    recording = Recording(hosted("arena"), 2, fingerprint="0123", game_version="0.9.0")
    path = tmp_path / "old.journal"
    path.write_bytes(recording.run(40).journal)
    recording.close()
    error = failure(replay(path, "--verify"))
    assert error.code == Exit.JOURNAL
    assert "version 0.9.0" in str(error)
    assert "0123" in str(error)
    assert "--anyway" in str(error)
    assert replay(path, "--verify", "--anyway").exit_code == 0
    assert "0.9.0" in replay(path).stdout


def test_a_game_that_is_not_here_is_said(tmp_path: Path) -> None:
    """With the games that are."""
    recording = Recording(hosted("arena"), 2, game="chess")
    path = tmp_path / "foreign.journal"
    path.write_bytes(recording.run(2).journal)
    recording.close()
    error = failure(replay(path, "--verify"))
    assert (error.code, "'chess'" in str(error), "arena" in str(error)) == (Exit.JOURNAL, True, True)


@pytest.mark.parametrize("wrong", [["--verify", "--dump"], ["--to-tick", "3"], ["--jobs", "0"]])
def test_wrong_options_are_refused(journal: Path, wrong: list[str]) -> None:
    """What does not go together, and what is out of range."""
    assert replay(journal, *wrong).exit_code == Exit.USAGE


def test_what_a_foreign_file_says_does_not_reach_the_terminal_as_it_is(tmp_path: Path) -> None:
    """Names with escape sequences are escaped, also in errors, and a reason to end that nobody knows is said by its number."""
    evil = "\x1b]0;owned\x07"
    header = replace(HEADER, name=evil, game_version=evil, game="arena", engine_version=evil)
    entries = [[3, 5, "eve", evil, b""], [15, 31_337, evil]]
    path = tmp_path / "evil.journal"
    path.write_bytes(forged(keyframe(), frame(msgpack.encode(entries)), header=header))
    result = replay(path)
    assert result.exit_code == 0, result.output
    assert "31337" in result.stdout
    assert "\\x1b]0;owned\\x07" in result.stdout
    assert "\x1b" not in result.output
    script = "import sys; sys.argv = ['tickroom', 'replay', '--verify', sys.argv[1]]; from app.cli import main; main()"
    ended = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=False)
    assert ended.returncode == Exit.JOURNAL
    assert "owned" in ended.stderr
    assert "\x1b" not in ended.stderr

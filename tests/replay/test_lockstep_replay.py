"""Journals of lock-step rooms: verified, dumped, and what is wrong with one is found. In virtual time."""

import json
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from app.cli import commands
from app.exits import Exit, ProgramError
from app.rooms.lockstep import report_json
from ecs.game import Game
from net.drivers.virtual_lockstep import VirtualLockstep
from net.journal.entries import AnyEntry, Turn
from net.journal.reader import JournalReader
from net.journal.writer import JournalWriter
from net.lockstep.dumps import pack_dump, unpack_dump
from net.lockstep.inquest import Report
from net.lockstep.settings import LockstepSettings
from systems.command_bodies import MalformedBody, decode_commands
from tests.mods.loading import load
from tests.mods.skirmish_players import RandomPlayers

SETUP = {"size": "small", "start": "village"}


@pytest.fixture(scope="module")
def skirmish() -> Game:
    """The game."""
    return load("skirmish")


def begun(game: Game, **more: Any) -> VirtualLockstep:
    """A match of two."""
    room = VirtualLockstep(game, options=SETUP, journal=True, **more)
    for team, name in enumerate(("Ada", "Ben")):
        player = room.join(name, latency=20.0)
        player.lockstep.setup({"team": team}, player.core.player)
    room.run(200.0)
    room.begin()
    return room


def play(room: VirtualLockstep, seconds: int) -> None:
    """Both give random commands twice a second."""
    random = RandomPlayers(3, 2, eagerness=0.5)
    for _ in range(2 * seconds):
        for player, body in random.bodies(room.clients[0].engine.world):
            try:
                given = decode_commands(room.game, body) if body else ()
            except MalformedBody:
                continue
            for declared, command in given:
                room.clients[player].lockstep.command(declared.name, command)
        room.run(500.0)


def rewritten(journal: bytes, change: Callable[[AnyEntry], AnyEntry]) -> bytes:
    """The same journal with other entries, its records whole."""
    reader, writer = JournalReader(BytesIO(journal)), JournalWriter()
    data = bytearray(writer.begin(reader.header))
    for frame in reader.frames():
        if frame.keyframe is not None:
            data += writer.keyframe(
                frame.tick, frame.keyframe.image()
            )  # as it was: no match, or nothing of it yet
            continue
        for entry in frame.entries:
            assert not isinstance(entry, list)
            writer.note(change(entry))
        data += writer.tick() if frame.runs else writer.aside()
    return bytes(data)


def replay(*arguments: object) -> Result:
    """Run it."""
    return CliRunner().invoke(commands, ["replay", *map(str, arguments)])


def failure(result: Result) -> ProgramError:
    """What the program would end with."""
    assert isinstance(result.exception, ProgramError), result.output
    return result.exception


@pytest.mark.slow
def test_a_match_of_five_minutes_verifies(skirmish: Game, tmp_path: Path) -> None:
    """Every confirmed checksum is the engine's, though the server was killed in between; a dump is what the clients had."""
    path = tmp_path / "000000.journal"
    with begun(skirmish) as room:
        play(room, 200)
        room.restart()
        room.run(2_000.0)
        play(room, 98)
        path.write_bytes(room.journal)
        ada = room.clients[0]
        generation, expected = ada.engine.generation, ada.engine.dump()
    said = replay(path)
    assert said.exit_code == 0, said.output
    assert "1: generations 0 to" in said.stdout
    result = replay(path, "--verify")
    assert result.exit_code == 0, result.output
    assert "The same game: 1 matches of" in result.stdout
    dumped = json.loads(replay(path, "--dump", "--to-tick", generation).stdout)
    assert dumped["generation"] == generation > 1_500
    assert dumped["entities"] == json.loads(json.dumps(expected["entities"]))
    assert dumped["resources"]["Room"]["seats"]["0"]["name"] == "Ada"


@pytest.mark.parametrize("field", ["iterations", "checksum"])
def test_a_changed_byte_is_found(skirmish: Game, tmp_path: Path, field: str) -> None:
    """One byte of generation 50, in records that are whole: the generations are named, and not as damage of the file."""
    path = tmp_path / "000000.journal"

    def change(entry: AnyEntry) -> AnyEntry:
        if isinstance(entry, Turn) and entry.generation == 50:
            return replace(entry, **{field: getattr(entry, field) ^ 1})
        return entry

    with begun(skirmish) as room:
        play(room, 10)
        path.write_bytes(rewritten(bytes(room.journal), change))
    error = failure(replay(path, "--verify"))
    assert error.code == Exit.DIFFERENT
    named = re.search(r"match 1, generations? (\d+)", str(error))
    assert named is not None
    assert 46 <= int(named[1]) <= 50
    assert "the confirmed checksum is" in str(error)


def test_a_flipped_byte_of_the_file_is_damage(skirmish: Game, tmp_path: Path) -> None:
    """A record's own checksum finds it."""
    path = tmp_path / "000000.journal"
    with begun(skirmish) as room:
        room.run(2_000.0)
        data = bytearray(room.journal)
    data[-200] ^= 1
    path.write_bytes(data)
    assert failure(replay(path, "--verify")).code == Exit.JOURNAL


def test_a_journal_of_one_that_was_wrong_is_placed(skirmish: Game, tmp_path: Path) -> None:
    """Where most clients computed another game, the report beside the journal says which value it was."""
    path = tmp_path / "000000.journal"
    with begun(skirmish, rules=LockstepSettings(desync="resync")) as room:
        room.run(2_000.0)
        realm: Any = skirmish.components["Realm"].type
        for client in room.clients:  # both alike: they agree with each other, and not with the engine
            next(iter(client.engine.world.query(realm)))[1].gold += 1
        room.run(3_000.0)
        bens: Any = next(iter(room.clients[1].engine.world.query(realm)))[1]
        bens.wood += 1
        room.run_until(lambda: room.reports)
        path.write_bytes(room.journal)
        (tmp_path / "desync-0.json").write_bytes(report_json(room.reports[0]))
    error = failure(replay(path, "--verify"))
    assert error.code == Exit.DIFFERENT
    assert "Realm.gold is" in str(error)


def test_generations_and_matches_are_checked(skirmish: Game, tmp_path: Path) -> None:
    """With what the journal has."""
    path = tmp_path / "000000.journal"
    with begun(skirmish) as room:
        room.run(2_000.0)
        path.write_bytes(room.journal)
    assert "0 to" in str(failure(replay(path, "--dump", "--to-tick", 5_000)))
    assert "1: generations" in str(failure(replay(path, "--dump", "--match", 2)))


def diverged(game: Game, folder: Path, **options: Any) -> Path:
    """A match of two in which Ben's gold is changed; its journal and its report."""
    with begun(game, **options) as room:
        play(room, 2)
        realm: Any = game.components["Realm"].type
        next(iter(room.clients[1].engine.world.query(realm)))[1].gold += 1
        room.run_until(lambda: room.reports)
        (folder / "000000.journal").write_bytes(room.journal)
        (folder / "desync-0.json").write_bytes(report_json(room.reports[0]))
    return folder / "desync-0.json"


def desync(*arguments: object) -> Result:
    """Run it."""
    return CliRunner().invoke(commands, ["desync", *map(str, arguments)])


def test_a_report_is_told_and_judged(skirmish: Game, tmp_path: Path) -> None:
    """Of two players nobody was right; the engine, run from the journal, says that Ada was, and what Ben had instead."""
    result = desync(diverged(skirmish, tmp_path), "--generations", 32)
    assert result.exit_code == 0, result.output
    assert "suspect" in result.stdout
    assert "Realm.gold is" in result.stdout
    assert "commands    of the last" in result.stdout
    _, _, judged = result.stdout.partition("engine ")
    assert "0 'Ada' right" in judged
    assert "1 'Ben': entity" in judged


def test_a_report_without_its_journal_is_run_from_itself(skirmish: Game, tmp_path: Path) -> None:
    """Where its generations go back to the first."""
    path = diverged(skirmish, tmp_path)
    (tmp_path / "000000.journal").unlink()
    assert "0 'Ada' right" in desync(path).stdout


def test_a_hostile_dump_of_a_report_is_not_decoded(skirmish: Game, tmp_path: Path) -> None:
    """Seven million empty lists would be half a gigabyte of Python's: what of it differs is too large to be told, and is not."""
    path = diverged(skirmish, tmp_path)
    report = msgspec.json.decode(path.read_bytes(), type=Report)
    dump = unpack_dump(report.dumps[1])
    entity = min(dump["entities"], key=int)
    dump["entities"][entity] = msgspec.Raw(b"\xdd" + (7_000_000).to_bytes(4, "big") + b"\x90" * 7_000_000)
    path.write_bytes(report_json(replace(report, dumps={**report.dumps, 1: pack_dump(dump)})))
    result = desync(path)
    assert result.exit_code == 0, result.output
    assert f"1 'Ben': entities.{entity} differs, and has more than 262144 bytes" in result.stdout


def test_what_is_no_report_is_said(tmp_path: Path) -> None:
    """Other JSON, and none."""
    path = tmp_path / "desync-0.json"
    for text in ("{}", "[", '{"room_id": 3}'):
        path.write_text(text)
        assert failure(desync(path)).code == Exit.JOURNAL

"""Journals run again: the same game comes out, and what was changed is named."""

from functools import cache
from io import BytesIO
from random import Random
from typing import Any

import pytest

from net.hosted import HostedGame
from net.journal.reader import JournalReader
from net.replay.outline import read_outline
from net.replay.verify import Verdict, stretches, verify
from tests.mods.loading import load
from tests.replay.recording import Recording, Rpc

MINUTES = 5


def trade(random: Random) -> tuple[str, object]:
    """What a villager asks the shop."""
    return random.choice(["buy", "sell"]), {"what": random.choice(["potion", "axe", "wood"]), "count": 1}


RPCS: dict[str, Rpc | None] = {"arena": None, "village": trade}


@cache
def hosted(name: str) -> HostedGame:
    return HostedGame.of(load(name))


@cache
def recorded(name: str, ticks: int, bots: int) -> bytes:
    """A journal of so many ticks."""
    recording = Recording(hosted(name), bots, rpc=RPCS[name])
    try:
        return bytes(recording.run(ticks).journal)
    finally:
        recording.close()


def verified(journal: bytes, name: str, to_tick: int | None = None) -> list[Verdict]:
    """Every stretch's verdict."""
    reader = JournalReader(BytesIO(journal))
    return [verify(reader, hosted(name), stretch) for stretch in stretches(read_outline(reader), to_tick)]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["arena", "village"])
def test_minutes_of_fifty_bots_come_out_the_same(name: str) -> None:
    """Five minutes with collisions, spawns, trades, saves, drops and returns: every checksum and keyframe is equal."""
    check_the_same(name, MINUTES)


@pytest.mark.soak
@pytest.mark.parametrize("name", ["arena", "village"])
def test_an_hour_of_fifty_bots_comes_out_the_same(name: str) -> None:
    """The same for an hour."""
    check_the_same(name, 60)


def check_the_same(name: str, minutes: int) -> None:
    game = hosted(name).game
    ticks = minutes * 60 * game.tick_rate
    verdicts = verified(recorded(name, ticks, 50), name)
    assert [str(verdict.mismatch) for verdict in verdicts if verdict.mismatch] == []
    assert sum(verdict.ticks for verdict in verdicts) == ticks
    assert sum(verdict.keyframes for verdict in verdicts) == ticks // game.keyframe_interval
    seconds_at_keyframes = minutes * 60 * game.tick_rate // max(game.keyframe_interval, game.tick_rate)
    assert sum(verdict.checksums for verdict in verdicts) >= minutes * 60 - seconds_at_keyframes


@pytest.mark.parametrize("name", ["arena", "village"])
def test_a_part_comes_out_the_same(name: str) -> None:
    """Some seconds of it, up to a tick in the middle of a stretch."""
    to_tick = hosted(name).game.keyframe_interval + 37
    verdicts = verified(recorded(name, 500, 12), name, to_tick)
    assert [verdict.mismatch for verdict in verdicts] == [None, None]
    assert sum(verdict.ticks for verdict in verdicts) == to_tick


def test_what_changed_beside_the_journal_is_named() -> None:
    """A value that no entry explains: the ticks between which it changed, its entity, component and field."""
    recording = Recording(hosted("arena"), 6)
    recording.run(250)
    score = hosted("arena").game.components["Score"].type
    lines: list[tuple[int, Any]] = list(recording.play.engine.world.query(score))
    entity, line = lines[0]
    line.deaths += 7
    recording.run(200)
    recording.close()
    first, second, *_ = verified(bytes(recording.journal), "arena")
    assert first.mismatch is None
    found = second.mismatch
    assert found is not None
    assert found.equal < 251 <= found.tick <= 270
    assert found.difference is not None
    assert (found.difference.entity, found.difference.component, found.difference.field) == (
        entity,
        "Score",
        "deaths",
    )


def test_a_changed_byte_is_found_by_its_offset() -> None:
    """One bit of a record turned over: the outline says where, and what comes before it still runs."""
    journal = bytearray(recorded("arena", 500, 12))
    reader = JournalReader(BytesIO(journal))
    frames = [frame for frame in reader.frames() if frame.tick == 321 and frame.runs]
    journal[frames[0].offset + 20] ^= 4
    outline = read_outline(JournalReader(BytesIO(journal)))
    assert outline.damage is not None
    assert (outline.damage.offset, outline.damage.torn) == (frames[0].offset, False)
    assert outline.last == 320
    assert [verdict.mismatch for verdict in verified(bytes(journal), "arena")] == [None, None]


def test_a_torn_end_is_no_fault() -> None:
    """A file that ends in the middle of a record, as after a crash, is run to the last whole tick."""
    journal = recorded("arena", 500, 12)[:-3]
    outline = read_outline(JournalReader(BytesIO(journal)))
    assert outline.damage is not None
    assert outline.damage.torn
    assert [verdict.mismatch for verdict in verified(journal, "arena")] == [None, None, None]


def test_the_outline_counts_what_was_recorded() -> None:
    """Ticks, players, inputs, keyframes and checksums."""
    outline = read_outline(JournalReader(BytesIO(recorded("arena", 500, 12))))
    assert (outline.first, outline.last, outline.most) == (0, 500, 12)
    assert [mark.tick for mark in outline.keyframes] == [0, 200, 400]
    assert outline.checksums == 500 // 30
    assert set(outline.names.values()) == {f"Bot {number}" for number in range(12)}
    assert outline.inputs > 400 * 10

"""Two to four players on lines that stall, jitter, cut and come back, with servers that are killed: equal checksums, and every
command once, at everybody, in order."""

from io import BytesIO
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.drivers.virtual_lockstep import VirtualLockstep, VirtualPlayer
from net.journal.entries import Turn
from net.journal.reader import JournalReader
from net.lockstep.settings import LockstepSettings
from tests.effort import examples
from tests.net.lockstep.match_kit import Give, agree, purse_of, purses

NAMES = ("Ada", "Ben", "Cleo", "Dan")


def trouble(room: VirtualLockstep, client: VirtualPlayer, random: Random) -> None:
    """Something happens to a client's line, or to the server's disk."""
    what = random.choice(("stall", "cut", "freeze", "disk", "nothing", "nothing", "nothing"))
    if what == "stall":
        client.stall(random.uniform(100.0, 4_000.0))
    elif what == "cut" and client.playing:
        client.drop()
    elif what == "disk":
        room.fill_disk(random.uniform(100.0, 4_000.0))
    elif what == "freeze":
        client.frozen = True
        room.run(random.uniform(10.0, 400.0))
        client.frozen = False


def mend(room: VirtualLockstep) -> bool:
    """Whoever is cut off, or was not let in because the disk is full, connects again. Whether all are there."""
    for client in room.clients:
        if client.ended is not None and client.session is None:
            client.connect()
    return all(client.playing for client in room.clients)


@pytest.mark.parametrize("kills", [False, True], ids=["one server", "killed servers"])
@examples(25)
@given(st.integers(2, 4), st.integers(0, 2**32))
def test_nothing_is_lost_or_doubled_and_all_agree(kills: bool, players: int, seed: int) -> None:
    """For half a minute of trouble; then all lines are mended, and everybody has the same game and all commands."""
    random = Random(seed)
    rules = LockstepSettings(missing="wait", patience=120_000.0, delay=random.randint(1, 4))
    with VirtualLockstep(purses(), seed=seed % 1_000, rules=rules, journal=kills) as room:
        clients = [
            room.join(name, latency=random.uniform(2.0, 500.0), jitter=random.uniform(0.0, 200.0))
            for name in NAMES[:players]
        ]
        room.begin()
        given_by: dict[int, list[int]] = {client.core.player: [] for client in clients}
        for amount in range(30):
            client = random.choice(clients)
            if client.lockstep.match is not None:
                client.lockstep.command("give", Give(amount))
                given_by[client.core.player].append(amount)
            room.run(random.uniform(50.0, 1_500.0))
            trouble(room, random.choice(clients), random)
            if kills and random.random() < 0.15:
                room.restart()
            if random.random() < 0.5:
                mend(room)
        room.run_until(lambda: mend(room))
        room.run_until(lambda: all(has_all(client, given_by) for client in clients), 240_000.0)
        room.run(5_000.0)
        assert room.reports == []
        assert agree(clients)
        if kills:
            assert told(room) == list(
                range(room.room.play.match.generation + 1 if room.room.play.match else -1)
            )


def has_all(client: VirtualPlayer, given_by: dict[int, list[int]]) -> bool:
    """Whether a client has run every command of everybody, once and in order."""
    return all(purse_of(client, player).given == amounts for player, amounts in given_by.items())


def told(room: VirtualLockstep) -> list[int]:
    """The generations in the journal, in order."""
    frames = JournalReader(BytesIO(bytes(room.journal))).frames()
    return [entry.generation for frame in frames for entry in frame.entries if isinstance(entry, Turn)]


@examples(25)
@given(st.integers(2, 4), st.integers(0, 2**32))
def test_a_changed_state_is_caught_on_any_network(players: int, seed: int) -> None:
    """Within one checksum interval of the change, and with the right player, entity, component and field."""
    random = Random(seed)
    interval = random.choice((1, 1, 4))
    rules = LockstepSettings(checksum_interval=interval)
    with VirtualLockstep(purses(), seed=seed % 1_000, rules=rules) as room:
        clients = [
            room.join(name, latency=random.uniform(2.0, 400.0), jitter=random.uniform(0.0, 100.0))
            for name in NAMES[:players]
        ]
        room.begin()
        room.run(random.uniform(500.0, 4_000.0))
        cheat = random.choice(clients)
        at = cheat.lockstep.generation
        entity, purse = random.choice([(e, p) for e, p in cheat.engine.world.query(type(purse_of(cheat, 0)))])
        purse.gold += 1_000_000
        room.run_until(lambda: room.reports)
        report = room.reports[0]
        assert at < report.generation <= at + interval
        assert (report.entity, report.component, report.field) == (entity, "Purse", "gold")
        assert (report.wrong or report.suspects) == [cheat.core.player]

"""Every authoritative game under mods/: killed at any tick it is resumed as it was, from its journal alone."""

from io import BytesIO
from random import Random

import pytest

from net.drivers.virtual import VirtualRoom
from net.hosted import HostedGame
from net.journal.reader import JournalReader
from net.replay.rerun import rerun
from tests.mods.loading import load as load_game
from tests.mods.loading import of_model
from tickroom import checksum

BEYOND = 37
"""Ticks that are played after the second keyframe."""


@pytest.fixture(scope="module", params=of_model("authoritative"))
def hosted(request: pytest.FixtureRequest) -> HostedGame:
    """Each game of the repository whose rooms the server simulates."""
    return HostedGame.of(load_game(request.param))


def fidget(room: VirtualRoom, random: Random) -> None:
    """Everybody presses something, points somewhere; some lose their line, and come back."""
    for client in room.clients:
        if client.ended is not None:
            if random.random() < 0.1:
                client.reconnect()
            continue
        if not client.playing:
            continue
        schema = client.core.schema.inputs
        if random.random() < 0.2:
            key = random.choice(schema.keys)
            client.release(*schema.keys)
            client.hold(key)
        for axis in schema.axes:
            client.axis(axis, random.uniform(-1.0, 1.0))
        if random.random() < 0.004:
            client.drop()


@pytest.mark.slow
def test_a_killed_room_is_resumed_as_it_was(hosted: HostedGame) -> None:
    """At ticks before, at and after keyframes the journal so far gives the very room: world, chart, seats, answers, chat."""
    random, interval = Random(7), hosted.game.keyframe_interval
    last = 2 * interval + BEYOND
    looked_at = {random.randrange(1, last) for _ in range(5)} | {interval - 1, interval, interval + 1, last}
    states = {}
    with VirtualRoom(hosted, seed=7, journal=True) as room:
        for name in ("Ada", "Ben", "Cid"):
            room.join(name)
        while room.tick < last:
            fidget(room, random)
            room.run()
            if room.tick in looked_at:
                states[len(room.journal)] = (room.tick, room.room.play.image())
        file = bytes(room.journal)
        assert len(states) >= 5
        final = checksum(room.world)
    for length, (tick, image) in states.items():
        play = rerun(hosted, JournalReader(BytesIO(file[:length])))
        assert play.engine.world.tick == tick
        assert play.image() == image
        play.engine.close()
    play = rerun(hosted, JournalReader(BytesIO(file)))
    assert checksum(play.engine.world) == final
    play.engine.close()


@pytest.mark.slow
def test_a_journal_says_where_a_re_run_stands(hosted: HostedGame) -> None:
    """Run from the first tick, over every keyframe, a journal's own checksums and images are met on the way."""
    random = Random(3)
    with VirtualRoom(hosted, seed=3, journal=True) as room:
        room.join("Ada")
        room.join("Ben")
        while room.tick < hosted.game.keyframe_interval + BEYOND:
            fidget(room, random)
            room.run()
        file = bytes(room.journal)
    reader = JournalReader(BytesIO(file))
    play = rerun(hosted, reader, 0)
    met = 0
    for frame in reader.frames():
        play.feed(frame.entries)
        if frame.runs:
            play.tick()
        if frame.checksum is not None:
            met += 1
            assert checksum(play.engine.world) == frame.checksum
        if frame.keyframe is not None and frame.tick > 0:
            met += 1
            assert play.image() == frame.keyframe.image()
    assert met > hosted.game.keyframe_interval // hosted.game.tick_rate
    play.engine.close()

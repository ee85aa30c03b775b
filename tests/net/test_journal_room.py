"""A room's journal: what is played is written, and run again it gives the same room."""

from contextlib import nullcontext
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.codec import JSON, MESSAGEPACK
from net.hosted import HostedGame
from net.journal.errors import JournalDamaged
from net.journal.reader import JournalReader
from net.players.sessions import token_digest
from net.protocol import Command, Input, Request
from net.rooms.room import Room
from net.settings import RoomSettings
from tests.effort import examples
from tests.net.journal_kit import journalled, stepped
from tests.net.room_kit import Buy, Player, Wave, make_game

GAME = make_game()
GAME.keyframe_interval = 7
HOSTED = HostedGame.of(GAME)


class Played:
    """A room that random players play in, and its journal."""

    def __init__(self, begin: float = 0.0, pace: float = 50.0) -> None:
        """`begin` is what the clock says, `pace` how fast it goes (ms a tick)."""
        self.room, self.file = journalled(HOSTED, RoomSettings(seat_kept=300.0))
        self.now, self.pace = begin, pace
        self.ids = 0
        self.players: dict[str, Player] = {}
        self.images: list[tuple[int, bytes]] = []
        """After each step: how long the journal was, and what the room was."""

    def step(self) -> None:
        self.now += self.pace
        stepped(self.room, self.file, self.now)
        self.images.append((len(self.file), self.room.play.image()))

    def act(self, verb: str, number: int, value: int) -> None:
        """What a random player does."""
        name = f"p{number}"
        player = self.players.get(name)
        if verb == "come" and player is None:
            self.come(name, value)
            return
        if player is None:
            return
        if player.session.seat is None or player.session.state.name != "OPEN":
            del self.players[name]
            return
        self.ids += 1
        body = player.body(Wave("player", to=value % 4))
        match verb:
            case "input":
                player.send(
                    Input(player.tick + 1, value & 1, value >> 1 & 1, [value * 99 % 32_000]), now=self.now
                )
            case "inputs":
                player.send(
                    *[Input(player.tick * 8 + n, value & 1, 0, []) for n in range(1, 5)], now=self.now
                )
            case "command":
                player.send(Command(self.ids, "wave", body), now=self.now)
            case "rpc":
                player.send(
                    Request(self.ids, "post", "rpc/buy", player.body(Buy("apple", value % 7))), now=self.now
                )
            case "say":
                player.send(
                    Request(self.ids, "post", "chat", player.body({"text": f"line {value}"})), now=self.now
                )
            case "drop":
                player.session.lost(self.now)
                del self.players[name]
            case "leave":
                self.room.leave(player.session.seat)
                del self.players[name]
            case "mute":
                self.room.moderate(player.session.seat, "mute", "noise", self.now)

    def come(self, name: str, value: int) -> None:
        seat = next((seat for seat in self.room.seats if seat.name == name), None)
        if seat is None:
            if len(self.room.seats) == self.room.seats.count:
                return
            self.room.reserve(f"id-{name}", name, token_digest(name), self.now)
        player = Player(self.room, self.room.open(JSON if value & 1 else MESSAGEPACK, self.now))
        player.hello(name, self.now)
        self.players[name] = player


VERBS = (
    "come",
    "come",
    "input",
    "input",
    "inputs",
    "command",
    "rpc",
    "say",
    "drop",
    "leave",
    "mute",
    "tick",
    "tick",
)
ACTS = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 4), st.integers(0, 60)), max_size=60)


@given(ACTS, st.data())
@examples(60)
def test_a_room_resumes_as_it_was_at_any_tick(acts: list[tuple[str, int, int]], data: st.DataObject) -> None:
    """Whatever was played and wherever the journal ends, the room that it gives is the one that was."""
    played = Played()
    for verb, number, value in acts:
        if verb == "tick":
            played.step()
        else:
            played.act(verb, number, value)
    played.step()
    length, image = data.draw(st.sampled_from(played.images))
    room, _ = resumed_without_drops(bytes(played.file[:length]))
    assert room.play.image() == image
    room.engine.close()
    played.room.engine.close()


def resumed_without_drops(file: bytes) -> tuple[Room, JournalReader]:
    """The room just before it lives on."""
    reader = JournalReader(BytesIO(file))
    room = Room("r", HOSTED, seed=1, settings=RoomSettings(), now=0.0)
    for frame in reader.frames():
        if frame.keyframe is not None and frame.tick == 0:
            room.restore(frame.keyframe.image())
        room.rerun(frame)
    return room, reader


STEADY = st.lists(
    st.tuples(
        st.sampled_from(["come", "input", "input", "command", "rpc", "drop", "tick"]),
        st.integers(0, 3),
        st.integers(0, 60),
    ),
    max_size=40,
)


@given(STEADY, st.floats(0.0, 1e12), st.floats(0.0, 49.0))
@examples(30)
def test_the_clock_enters_no_tick(acts: list[tuple[str, int, int]], begin: float, pace: float) -> None:
    """Whatever the clock says, and though it stand still or jump, the same acts give the same journal, byte for byte."""
    files = []
    for played in (Played(), Played(begin, pace)):
        for verb, number, value in acts:
            if verb == "tick":
                played.step()
            else:
                played.act(verb, number, value)
        played.step()
        files.append(bytes(played.file))
        played.room.engine.close()
    assert files[0] == files[1]


def test_a_journal_that_grows_while_it_is_read_ends_where_it_ended() -> None:
    """The server writes on, at the end of a record or within one: what was there when it was opened is read."""
    played = Played()
    for _ in range(12):
        played.step()
    ends = [size for size, _ in played.images]
    for size in range(ends[-4], ends[-1]):
        stream = BytesIO(bytes(played.file[:size]))
        reader = JournalReader(stream)
        stream.seek(0, 2)
        stream.write(played.file[size:])
        read: list[int] = []
        with pytest.raises(JournalDamaged) if is_torn(bytes(played.file[:size])) else nullcontext():
            read.extend(frame.end for frame in reader.frames())
        assert all(end <= size for end in read)
        assert size not in ends or read[-1] == size


def is_torn(file: bytes) -> bool:
    """Whether the file ends inside of a record."""
    try:
        list(JournalReader(BytesIO(file)).frames())
    except JournalDamaged as damaged:
        return damaged.torn
    return False

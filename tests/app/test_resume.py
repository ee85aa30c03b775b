"""Rooms on disk: what a killed, a stopped and a changed server finds again, and what a disk that fails does to a room."""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog

from app.config import JournalsSection
from app.journals.file import Syncer, create_file
from app.journals.journals import Journals
from app.journals.resume import read_story
from ecs.snapshot import checksum
from net.codec import MESSAGEPACK
from net.errors import RemoteProtocolError, StoreUnavailable
from net.journal.reader import JournalReader
from net.protocol import (
    Away,
    ClientBundle,
    CloseReason,
    Command,
    Input,
    Request,
    RoomState,
    ServerBundle,
    Welcome,
)
from net.replay.rerun import rerun
from tests.app.engines import engine_of
from tests.app.resume_kit import Earn, Host, book_of, gold_of, purse, state_of
from tests.app.site_kit import ADMIN, Kit

PERIOD = 50.0


class Guest:
    """A player's side: what it was told, and the token of its next hello."""

    def __init__(self, kit: Kit, room_id: str, name: str) -> None:
        self.room_id = room_id
        self.tick = 0
        self.ids = 0
        ticket = kit.request("POST", f"/join/{room_id}", json={"username": name}).json()
        self.token: str = ticket["token"]
        self.player: int = ticket["player"]
        self.come(kit)

    def come(self, kit: Kit) -> Welcome:
        """Connect, and say that the next token has come."""
        self.session, self.recorder = kit.connect(self.room_id, self.token)
        welcome = MESSAGEPACK.decode_server(self.recorder.sent[0])
        assert isinstance(welcome, Welcome)
        self.token = welcome.token
        self.tick = max(self.tick, welcome.last_input)
        self.clock = kit.clock
        return welcome

    def send(self, *items: Any) -> None:
        """A bundle."""
        self.tick += 1
        self.session.receive(MESSAGEPACK.encode(ClientBundle(self.tick, -1, list(items))), self.clock())

    def walk(self, held: int = 1, aim: int = 0) -> None:
        """A tick of input."""
        self.send(Input(self.tick + 1, held, 0, [aim]))

    def earn(self, gold: int) -> int:
        """A command; its id."""
        self.ids += 1
        self.send(Command(self.ids, "earn", msgspec.Raw(MESSAGEPACK.encode(Earn(gold)))))
        return self.ids

    def bundles(self) -> list[ServerBundle]:
        """What it was told."""
        decoded = [MESSAGEPACK.decode_server(sent) for sent in self.recorder.sent]
        return [each for each in decoded if isinstance(each, ServerBundle)]

    def items(self, kind: type) -> list[Any]:
        """All items of a kind."""
        return [item for bundle in self.bundles() for item in bundle.items if isinstance(item, kind)]


def played(host: Host, ticks: int = 33) -> tuple[Kit, str, Guest]:
    """A server on which a player has earned gold and walked about."""
    kit = host.start()
    room_id = kit.create(name="The room")
    guest = Guest(kit, room_id, "Ada")
    play(kit, guest, ticks)
    return kit, room_id, guest


def play(kit: Kit, guest: Guest, ticks: int) -> None:
    for number in range(ticks):
        guest.walk(number // 5 % 4, number * 300 % 20_000)
        if number % 4 == 0:
            guest.earn(number)
        kit.turn(PERIOD)


def test_a_killed_server_has_its_rooms_back(tmp_path: Path) -> None:
    """The room, its name, its tick and all of its state are as they were, and the player's token opens the same seat."""
    host = Host(tmp_path)
    kit, room_id, guest = played(host)
    before, listing = state_of(kit, room_id), kit.request("GET", f"/rooms/{room_id}").json()
    host.kill()
    kit = host.start()
    room = kit.rooms.entry(room_id).room
    assert kit.request("GET", f"/rooms/{room_id}").json() == listing
    assert room.tick == listing["tick"] == 33
    with host.journal(room_id).open("rb") as stream:
        again = rerun(kit.site.lobby.games["purse"].hosted, JournalReader(stream))
    assert again.image() == before
    again.engine.close()
    kit.turn(PERIOD)
    welcome = guest.come(kit)
    assert (welcome.player, welcome.last_id) == (guest.player, guest.ids)
    kit.turn(PERIOD)
    assert book_of(kit, room_id)[-2:] == ["34 drop 0", "35 return 0"]


def test_what_a_client_has_seen_is_written(tmp_path: Path) -> None:
    """Whenever the server is killed, the room that comes back is at the tick of the last bundle that left, with its gold."""
    host = Host(tmp_path)
    kit, room_id, guest = played(host, 3)
    for number in range(30):
        guest.earn(number)
        kit.turn(PERIOD)
        seen, gold = guest.bundles()[-1].tick, gold_of(kit, room_id, 0)
        host.kill()
        kit = host.start()
        assert kit.rooms.entry(room_id).room.tick == seen
        assert gold_of(kit, room_id, 0) == gold
        guest.come(kit)


def test_a_command_that_was_not_kept_comes_again_and_counts_once(tmp_path: Path) -> None:
    """What was heard after the last tick is not acknowledged; sent again after the restart it counts, and a repeat does not."""
    host = Host(tmp_path)
    kit, room_id, guest = played(host, 8)
    gold = gold_of(kit, room_id, 0)
    number = guest.earn(1_000)
    host.kill()
    kit = host.start()
    guest.come(kit)
    assert gold_of(kit, room_id, 0) == gold
    for _ in range(2):
        guest.send(Command(number, "earn", msgspec.Raw(MESSAGEPACK.encode(Earn(1_000)))))
        kit.turn(PERIOD)
    assert gold_of(kit, room_id, 0) == gold + 1_000
    assert guest.bundles()[-1].last_id == number


def test_a_call_is_answered_once_over_a_restart(tmp_path: Path) -> None:
    """An rpc that has run before the server was killed is answered again as it was, and does not run again."""
    host = Host(tmp_path)
    kit, _, guest = played(host, 8)
    call = Request(guest.ids + 1, "post", "rpc/wealth", msgspec.Raw(MESSAGEPACK.encode(Earn(0))))
    guest.send(call)
    kit.turn(PERIOD)
    answer = guest.bundles()[-1].items[-1]
    guest.ids += 1
    guest.earn(50)
    kit.turn(PERIOD)
    host.kill()
    kit = host.start()
    guest.come(kit)
    guest.send(call)
    kit.turn(PERIOD)
    assert [item for item in guest.bundles()[-1].items if type(item) is type(answer)] == [answer]


def test_truncation_at_every_byte_of_the_end(tmp_path: Path) -> None:
    """Wherever the file ends, the room that comes back is the one of the last whole record, and lives on."""
    host = Host(tmp_path)
    kit, room_id, guest = played(host, 24)
    path = host.journal(room_id)
    states = {}
    for _ in range(6):
        guest.walk()
        guest.earn(1)
        kit.turn(PERIOD)
        states[path.stat().st_size] = state_of(kit, room_id)
    host.kill()
    whole = path.read_bytes()
    hosted = purse().hosted
    first = min(states)
    for length in range(first, len(whole) + 1):
        path.write_bytes(whole[:length])
        story = read_story(path)
        expected = max(size for size in states if size <= length)
        assert (story.end, story.damage) == (expected, None)
    for size, state in states.items():
        again = rerun(hosted, JournalReader(BytesIO(whole[:size])))
        assert again.image() == state
        again.engine.close()
    for length in (first, first + 1, first + 9, len(whole) - 1):
        path.write_bytes(whole[:length])
        kit = host.start()
        for _ in range(3):
            kit.turn(PERIOD)
        tick = kit.rooms.entry(room_id).room.tick
        host.kill()
        assert host.start().rooms.entry(room_id).room.tick == tick
        host.kill()


def test_many_restarts_leave_one_journal_that_runs_from_its_beginning(tmp_path: Path) -> None:
    """A room that was resumed again and again has one story: run from the first tick it gives the state of the last."""
    host = Host(tmp_path)
    kit, room_id, guest = played(host, 7)
    for number in range(6):
        host.kill() if number % 2 else host.stop()
        kit = host.start()
        guest.come(kit)
        play(kit, guest, 9)
    room = kit.rooms.entry(room_id).room
    with host.journal(room_id).open("rb") as stream:
        reader = JournalReader(stream)
        first = reader.keyframes()[0]
        again = rerun(room.hosted, reader, first.tick)
        for frame in list(reader.frames(first)):
            again.feed(frame.entries)
            if frame.runs:
                again.tick()
    assert checksum(again.engine.world) == checksum(engine_of(room).world)
    assert again.engine.world.tick == room.tick
    again.engine.close()


def test_a_stop_writes_a_keyframe_and_tells_when_to_come_back(tmp_path: Path) -> None:
    """Clients get Away with the time, then GOING_AWAY; what was heard before is kept; the seat opens again."""
    host = Host(tmp_path)
    kit, room_id, guest = played(host, 13)
    guest.earn(7)
    gold = gold_of(kit, room_id, 0)
    host.stop()
    assert guest.items(Away) == [Away(2_000.0)]
    assert guest.recorder.closed is not None
    assert guest.recorder.closed[0] == CloseReason.GOING_AWAY
    assert guest.bundles()[-1].last_id == guest.ids
    assert read_story(host.journal(room_id)).frames == []
    kit = host.start()
    assert guest.come(kit).tick == 13
    kit.turn(PERIOD)
    assert gold_of(kit, room_id, 0) == gold + 7


def test_rooms_that_ended_do_not_come_back(tmp_path: Path) -> None:
    """Neither one that an admin ended nor one whose game failed is there after a restart; their ids are known as ended."""
    host = Host(tmp_path)
    kit, room_id, _ = played(host, 3)
    failing = kit.create()
    guest = Guest(kit, failing, "Ben")
    kit.turn(PERIOD)
    guest.send(Command(1, "break_it", msgspec.Raw(MESSAGEPACK.encode({}))))
    kit.turn(PERIOD)
    entry = kit.rooms.entry(room_id)
    kit.rooms.end(entry, CloseReason.ROOM_ENDED)
    host.kill()
    kit = host.start()
    assert len(kit.rooms) == 0
    for each in (room_id, failing):
        assert kit.request("GET", f"/rooms/{each}").status_code == 410
        assert (tmp_path / "journals/ended" / each / "000000.journal").is_file()


def test_a_room_that_ended_and_was_not_put_away_does_not_come_back(tmp_path: Path) -> None:
    """A server killed between a room's last record and the move of its folder finds it over."""
    host = Host(tmp_path)
    kit, room_id, _ = played(host, 3)
    kit.rooms.end(kit.rooms.entry(room_id), CloseReason.ROOM_ENDED)
    (tmp_path / "journals/ended" / room_id).rename(tmp_path / "journals" / room_id)
    host.kill()
    assert len(host.start().rooms) == 0
    assert (tmp_path / "journals/ended" / room_id).is_dir()


def test_other_rules_go_on_from_an_orderly_stop(tmp_path: Path) -> None:
    """An upgrade resumes from the stop's keyframe, in a file of its own, and a further restart knows both."""
    host = Host(tmp_path)
    kit, room_id, guest = played(host, 13)
    gold = gold_of(kit, room_id, 0)
    host.stop()
    kit = host.start(purse(bonus=100))
    kit.turn(PERIOD)
    guest.come(kit)
    guest.earn(1)
    kit.turn(PERIOD)
    assert gold_of(kit, room_id, 0) == gold + 101
    assert host.journal(room_id, 1).is_file()
    assert book_of(kit, room_id)[-2:] == ["14 drop 0", "15 return 0"]
    state = state_of(kit, room_id)
    host.kill()
    kit = host.start(purse(bonus=100))
    room = kit.rooms.entry(room_id).room
    with host.journal(room_id, 1).open("rb") as stream:
        again = rerun(room.hosted, JournalReader(stream))
    assert again.image() == state
    again.engine.close()


def test_other_rules_after_a_kill_hold_the_room(tmp_path: Path) -> None:
    """The room is listed as held; who comes is told so with a 503, in words for players; the operator's are in the log. The old
    rules still run it."""
    host = Host(tmp_path)
    kit, room_id, _ = played(host, 33)
    host.kill()
    written = host.journal(room_id).read_bytes()
    with structlog.testing.capture_logs() as logs:
        kit = host.start(purse(bonus=100))
    (line,) = [line for line in logs if line["log_level"] == "error"]
    assert line["event"] == "room held" and "--accept-loss" in line["why"]
    assert len(kit.rooms) == 0
    (listing,) = kit.request("GET", "/rooms").json()["rooms"]
    assert (listing["room_id"], listing["name"], listing["held"]) == (room_id, "The room", True)
    assert kit.request("GET", f"/rooms/{room_id}").json() == listing
    answer = kit.request("POST", f"/join/{room_id}", json={"username": "Ben"})
    assert answer.status_code == 503
    assert "whoever runs this server has to look at it" in answer.json()["detail"]
    host.kill()
    assert host.journal(room_id).read_bytes() == written
    assert host.start().rooms.entry(room_id).room.tick == 33


def test_the_loss_is_accepted_and_said(tmp_path: Path) -> None:
    """--accept-loss goes on from the last keyframe, says how many ticks are lost, and keeps the file of the old rules."""
    host = Host(tmp_path)
    _, room_id, guest = played(host, 33)
    host.kill()
    written = host.journal(room_id).read_bytes()
    with structlog.testing.capture_logs() as logs:
        kit = host.start(purse(bonus=100), accept_loss=True)
    (line,) = [line for line in logs if line["event"] == "room resumed with a loss"]
    assert (line["tick"], line["ticks_lost"]) == (20, 13)
    assert host.journal(room_id).read_bytes() == written
    guest.come(kit)
    play(kit, guest, 3)
    assert kit.rooms.entry(room_id).room.tick == 23


def test_a_journal_that_is_damaged_holds_its_room(tmp_path: Path) -> None:
    """A flipped bit before the end is no torn end: the room is held with the offset; a loss that is accepted keeps the file."""
    host = Host(tmp_path)
    kit, room_id, guest = played(host, 24)
    path = host.journal(room_id)
    offset = path.stat().st_size
    play(kit, guest, 5)
    host.kill()
    data = bytearray(path.read_bytes())
    data[offset + 12] ^= 4
    path.write_bytes(data)
    kit = host.start()
    assert f"byte {offset}" in kit.rooms.held[room_id].reason
    host.kill()
    kit = host.start(accept_loss=True)
    assert kit.rooms.entry(room_id).room.tick == 24
    assert path.with_suffix(".damaged").read_bytes() == bytes(data)


def test_zeros_at_the_end_are_what_a_power_cut_leaves(tmp_path: Path) -> None:
    """A file that ends in zeros, as after a power cut, is cut there, and its room goes on by itself."""
    host = Host(tmp_path)
    kit, room_id, _ = played(host, 9)
    host.kill()
    with host.journal(room_id).open("ab") as file:
        file.write(bytes(5_000))
    kit = host.start()
    assert kit.rooms.entry(room_id).room.tick == 9


@pytest.mark.parametrize("content", [b"", b"no journal at all", b"\x89TRJ\r\n\x1a\n", bytes(200)])
def test_a_file_that_is_no_journal_holds_its_room(tmp_path: Path, content: bytes) -> None:
    """The other rooms go on, this one is told of with its reason."""
    host = Host(tmp_path)
    kit, room_id, _ = played(host, 5)
    other = kit.create()
    host.kill()
    host.journal(other).write_bytes(content)
    kit = host.start()
    assert [entry.room.room_id for entry in kit.rooms] == [room_id]
    assert kit.request("POST", f"/join/{other}", json={}).status_code == 503
    assert host.journal(other).read_bytes() == content


def test_a_game_that_is_gone_holds_its_rooms(tmp_path: Path) -> None:
    """Without the game the room waits, and is back when the game is."""
    host = Host(tmp_path)
    _, room_id, _ = played(host, 5)
    host.kill()
    other = purse()
    other.hosted.game.name = "other"
    kit = host.start(replace(other, name="other"))
    assert "there is no game 'purse'" in kit.rooms.held[room_id].reason
    host.kill()
    assert host.start().rooms.entry(room_id).room.tick == 5


def test_bans_mutes_and_the_creator_survive(tmp_path: Path) -> None:
    """Who was banned or muted still is, by address too; and nothing of it, no address and no token, is in the journal."""
    host = Host(tmp_path, toml="[limits]\nrooms_per_address = 1\n")
    kit = host.start()
    room_id = kit.create()
    guests = [Guest(kit, room_id, name) for name in ("Ada", "Ben", "Cid")]
    room = kit.rooms.entry(room_id).room
    seat = room.seats.get(1)
    assert seat is not None
    seat.address = "9.9.9.77"
    kit.turn(PERIOD)
    room.moderate(seat, "ban", "cheating", kit.clock())
    muted = room.seats.get(2)
    assert muted is not None
    room.moderate(muted, "mute", "noise", kit.clock(), 60_000.0)
    kit.turn(PERIOD)
    journal = host.journal(room_id).read_bytes()
    assert b"9.9.9.77" not in journal
    host.kill()
    kit = host.start()
    room = kit.rooms.entry(room_id).room
    assert [ban.network for ban in room.bans] == ["9.9.9.77"]
    back = room.seats.get(2)
    assert back is not None
    assert room.mutes.sentence(back, kit.clock()) == "you are muted: noise"
    assert room.mutes.sentence(back, kit.clock() + 61_000.0) == ""
    assert kit.request("POST", "/create", json={}).status_code == 429
    assert not any(guest.token.encode() in journal for guest in guests)


def test_a_long_journal_goes_on_in_another_file(tmp_path: Path) -> None:
    """A file that is long enough ends at a keyframe, the next one begins with it, and the room comes back from the last."""
    host = Host(tmp_path, toml="[journals]\nsegment_bytes = 65536\n")
    kit, room_id, guest = played(host, 5)
    for _ in range(400):
        guest.ids += 1
        words = msgspec.Raw(MESSAGEPACK.encode({"text": os.urandom(90).hex(), "channel": "room"}))
        guest.send(Request(guest.ids, "post", "chat", words))
        kit.turn(1_000.0)
    state = state_of(kit, room_id)
    host.kill()
    numbers = sorted(path.name for path in (tmp_path / "journals" / room_id).glob("*.journal"))
    assert len(numbers) >= 2
    hosted = host.start().rooms.entry(room_id).room.hosted
    ends, last = [], b""
    for name in numbers:
        with (tmp_path / "journals" / room_id / name).open("rb") as stream:
            reader = JournalReader(stream)
            again = rerun(hosted, reader)
            ends.append((reader.keyframes()[0].tick, again.engine.world.tick))
            last = again.image()
            again.engine.close()
    assert last == state
    assert [end for _, end in ends[:-1]] == [begin for begin, _ in ends[1:]]


def test_old_files_are_removed_by_the_configuration(tmp_path: Path) -> None:
    """Ended rooms go after so many days, the oldest first where they are too many; running rooms keep their last file."""
    host = Host(tmp_path)
    kit, room_id, _ = played(host, 5)
    sizes = {}
    for _ in range(4):
        each = kit.create()
        kit.rooms.end(kit.rooms.entry(each), CloseReason.ROOM_ENDED)
        path = tmp_path / "journals/ended" / each / "000000.journal"
        sizes[each] = path
    for number, path in enumerate(sizes.values()):
        path.write_bytes(path.read_bytes().ljust(4_000, b"\0"))
        os.utime(path, (1_000_000.0 + number, 1_000_000.0 + number))
    journals = Journals(tmp_path, JournalsSection(keep_days=2, keep_bytes=9_000))
    assert journals.prune(1_000_010.0) == 2
    assert [path.exists() for path in sizes.values()] == [False, False, True, True]
    assert journals.prune(1_000_000.0 + 3 * 86_400) == 2
    assert not any((tmp_path / "journals/ended").iterdir())
    assert host.journal(room_id).is_file()


# A disk that does not take it --------------------------------------------------------------------------------------------


@contextmanager
def full_disk(path: Path, spare: int) -> Iterator[None]:
    """No file grows further than this one may: the kernel writes what fits and refuses the rest."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + spare, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_disk_that_fills_up_during_play(small_disk: Path) -> None:
    """On a real disk of 256 KiB that something else fills: the room pauses, goes on when there is room, and nothing is lost."""
    host = Host(small_disk)
    kit, room_id, guest = played(host, 5)
    gold = gold_of(kit, room_id, 0)
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1_024))
    earned, ticks = 0, 0
    while kit.rooms.entry(room_id).held is None:
        ticks += 1
        assert ticks < 2_000
        guest.earn(1)
        earned += 1
        kit.turn(PERIOD)
    assert guest.items(RoomState)[-1].state == "running.paused.storage"
    seen = kit.rooms.entry(room_id).room.tick - 1
    assert max(bundle.tick for bundle in guest.bundles()) == seen
    host.kill()
    kit = host.start()
    assert kit.rooms.held == {}
    more = kit.rooms.entry(room_id).room.tick - seen
    assert more in (0, 1)  # the tick may have been written, and its keyframe not
    assert gold_of(kit, room_id, 0) == gold + earned - 1 + more
    for _ in range(20):
        kit.turn(PERIOD)
    assert kit.rooms.entry(room_id).held is not None
    ballast.unlink()
    for _ in range(12):
        kit.turn(PERIOD)
    guest.come(kit)
    play(kit, guest, 3)
    assert kit.rooms.entry(room_id).room.tick > seen
    assert guest.bundles()[-1].tick == kit.rooms.entry(room_id).room.tick


@pytest.mark.parametrize("spare", [0, 1, 9, 20])
def test_a_full_disk_pauses_the_room_and_nothing_is_lost(tmp_path: Path, spare: int) -> None:
    """Nothing of a tick that cannot be written leaves, no half of it stays, players are told, and it goes on as if never."""
    host = Host(tmp_path)
    kit, room_id, guest = played(host, 13)
    path = host.journal(room_id)
    whole, gold = path.read_bytes(), gold_of(kit, room_id, 0)
    guest.earn(500)
    with full_disk(path, spare):
        told = len(guest.bundles())
        for _ in range(30):
            kit.turn(PERIOD)
            guest.walk()
        assert path.read_bytes() == whole
        assert all(bundle.tick == 13 and bundle.last_id < guest.ids for bundle in guest.bundles()[told:])
        assert {
            item.state
            for bundle in guest.bundles()[told:]
            for item in bundle.items
            if isinstance(item, RoomState)
        } == {"running.paused.storage"}
        assert kit.request("GET", f"/rooms/{room_id}").json()["state"] == "running.paused.storage"
        assert kit.request("POST", f"/join/{room_id}", json={"username": "Ben"}).status_code == 503
        guest.earn(9_000)  # refused, and told so
        kit.turn(500.0)
        assert [
            item.status
            for bundle in guest.bundles()[told:]
            for item in bundle.items
            if hasattr(item, "status")
        ] == [503]
    for _ in range(3):
        kit.turn(500.0)
    assert gold_of(kit, room_id, 0) == gold + 500
    assert guest.items(RoomState)[-1].state == "running.iterating"
    play(kit, guest, 3)
    ticks = [bundle.tick for bundle in guest.bundles()]
    assert ticks == sorted(ticks)
    state = state_of(kit, room_id)
    host.kill()
    kit = host.start()
    with path.open("rb") as stream:
        again = rerun(kit.rooms.entry(room_id).room.hosted, JournalReader(stream))
    assert again.image() == state
    again.engine.close()
    assert gold_of(kit, room_id, 0) >= gold + 500


def test_who_comes_to_a_room_that_stands_still_is_told_to_come_later(tmp_path: Path) -> None:
    """A hello is refused with UNAVAILABLE, which asks clients to try again; the token stays good."""
    host = Host(tmp_path)
    kit, room_id, guest = played(host, 5)
    with full_disk(host.journal(room_id), 0):
        kit.turn(PERIOD)
        with pytest.raises(RemoteProtocolError) as refused:
            kit.connect(room_id, guest.token)
        assert refused.value.reason == CloseReason.UNAVAILABLE
    kit.turn(500.0)
    guest.come(kit)
    kit.turn(PERIOD)
    assert guest.bundles()


def test_a_stop_with_a_full_disk_loses_no_tick_that_was_told(tmp_path: Path) -> None:
    """A server that is stopped while its disk is full leaves the journal whole, as after a kill."""
    host = Host(tmp_path)
    kit, room_id, guest = played(host, 9)
    seen = guest.bundles()[-1].tick
    with full_disk(host.journal(room_id), 3):
        kit.turn(PERIOD)
        host.stop()
        assert guest.recorder.closed is not None
    assert host.start().rooms.entry(room_id).room.tick == seen


def test_no_room_is_made_where_it_cannot_be_kept(tmp_path: Path) -> None:
    """POST /create answers 503 on a full disk, and nothing of the room stays."""
    host = Host(tmp_path)
    kit, room_id, _ = played(host, 2)
    (tmp_path / "journals").rename(tmp_path / "elsewhere")
    (tmp_path / "journals").write_bytes(b"")
    answer = kit.request("POST", "/create", json={})
    assert (answer.status_code, answer.json()["detail"]) == (
        503,
        "The server cannot keep anything now. Try again later.",
    )
    (tmp_path / "journals").unlink()
    (tmp_path / "elsewhere").rename(tmp_path / "journals")
    assert [entry.room.room_id for entry in kit.rooms] == [room_id]
    host.kill()
    assert len(host.start().rooms) == 1


def test_a_write_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the cut fails too, the half record is gone before the next one is written."""
    settings = Host(tmp_path).start().config.journals
    file = create_file(tmp_path / "x.journal", b"begin", Syncer(settings))
    real = os.write

    def half(descriptor: int, data: Any) -> int:
        if len(data) > 2:
            return real(descriptor, bytes(data[:2]))
        raise OSError(28, "No space left on device")

    def no_cut(descriptor: int, size: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(os, "write", half)
        broken.setattr(os, "ftruncate", no_cut)
        with pytest.raises(StoreUnavailable, match="No space left on device"):
            file.append(b"record", 0.0)
        assert (tmp_path / "x.journal").read_bytes() == b"beginreco"
        with pytest.raises(StoreUnavailable, match="Input/output error"):
            file.append(b"record", 0.0)
    file.append(b"record", 0.0)
    file.close()
    assert (tmp_path / "x.journal").read_bytes() == b"beginrecord"


@pytest.mark.parametrize(
    ("policy", "expected"), [("never", 0), ("tick", 42), ("keyframe", 2), ("interval", 4)]
)
def test_what_is_made_safe_when(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, policy: str, expected: int
) -> None:
    """40 ticks in 2 s with two keyframes, which are written by themselves: each policy asks the disk as often as it says."""
    asked: list[int] = []
    host = Host(tmp_path, toml=f'[journals]\nfsync = "{policy}"\nfsync_interval = 0.5\n')
    kit, room_id, guest = played(host, 0)
    monkeypatch.setattr(os, "fdatasync", asked.append)
    entry = kit.rooms.entry(room_id)
    assert entry.journal is not None
    for _ in range(40):
        guest.walk()
        kit.turn(PERIOD)
        thread = entry.journal._syncer._thread
        if thread is not None:
            thread.submit(lambda: None).result(timeout=10.0)  # after what it has to do
    assert asked.count(entry.journal._file._descriptor) == expected  # files of earlier tests may be late


def test_a_disk_that_cannot_be_made_safe_pauses_the_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where every tick is to be safe and the disk says no, the tick is not told, and not written twice when it can be."""
    host = Host(tmp_path, toml='[journals]\nfsync = "tick"\n')
    kit, room_id, guest = played(host, 5)
    real, told = os.fdatasync, len(guest.bundles())

    def fail(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", fail)
    kit.turn(PERIOD)
    kit.turn(500.0)
    assert {bundle.tick for bundle in guest.bundles()[told:]} == {5}
    monkeypatch.setattr(os, "fdatasync", real)
    kit.turn(500.0)
    kit.turn(PERIOD)
    state = kit.rooms.entry(room_id).room.tick
    host.kill()
    assert host.start().rooms.entry(room_id).room.tick == state


def test_a_room_that_was_failing_when_the_server_was_killed_is_over(tmp_path: Path) -> None:
    """Killed between the tick in which a game failed and the record of the end, a server does not try that tick for ever."""
    host = Host(tmp_path)
    kit, room_id, guest = played(host, 5)
    guest.send(Command(guest.ids + 1, "break_it", msgspec.Raw(MESSAGEPACK.encode({}))))
    kit.turn(PERIOD)
    ended = tmp_path / "journals/ended" / room_id
    path = ended / "000000.journal"
    with path.open("rb") as stream:
        last = list(JournalReader(stream).frames())[-1]
    path.write_bytes(path.read_bytes()[: last.offset])
    ended.rename(tmp_path / "journals" / room_id)
    host.kill()
    kit = host.start()
    assert (len(kit.rooms), kit.rooms.held) == (0, {})
    assert path.is_file()


def test_a_rule_that_is_not_deterministic_is_said(tmp_path: Path) -> None:
    """A re-run that gives another world than the one that was is an error of the log; the room goes on."""
    host = Host(tmp_path)
    kit = host.start(purse(keyframe_interval=100))
    room_id = kit.create()
    play(kit, Guest(kit, room_id, "Ada"), 45)
    host.kill()
    other = purse(bonus=7, keyframe_interval=100)
    other.hosted.game.rules = purse().hosted.game.rules
    with structlog.testing.capture_logs() as logs:
        kit = host.start(other)
    assert [line["tick"] for line in logs if line["log_level"] == "error"] == [40]
    assert kit.rooms.entry(room_id).room.tick == 45


def test_what_an_admin_was_told_is_kept(tmp_path: Path) -> None:
    """A kick, a ban and its lifting are kept when they are answered, not a tick later; on a full disk they are refused."""
    host = Host(tmp_path)
    kit, room_id, guest = played(host, 5)
    other = Guest(kit, room_id, "Ben")
    kit.turn(PERIOD)
    headers = {"Authorization": f"Bearer {ADMIN}"}
    with full_disk(host.journal(room_id), 0):
        kit.turn(PERIOD)
        path = f"/rooms/{room_id}/players/{guest.player}/kick"
        assert kit.request("POST", path, json={}, headers=headers).status_code == 503
    kit.turn(500.0)
    kit.turn(PERIOD)
    path = f"/rooms/{room_id}/players/{other.player}/ban"
    assert kit.request("POST", path, json={"reason": "cheating"}, headers=headers).status_code == 204
    host.kill()
    kit = host.start()
    room = kit.rooms.entry(room_id).room
    assert [seat.name for seat in room.seats] == ["Ada"]
    assert [ban.name for ban in room.bans] == ["Ben"]
    kit.turn(PERIOD)
    assert book_of(kit, room_id)[-2:] == [f"{room.tick} leave 1", f"{room.tick} drop 0"]


def test_what_could_not_be_kept_at_once_is_kept_with_the_next(tmp_path: Path) -> None:
    """An act that found the disk full is written before the tick that follows it: the journal has no gap."""
    host = Host(tmp_path)
    kit, room_id, guest = played(host, 5)
    Guest(kit, room_id, "Ben")
    kit.turn(PERIOD)
    headers = {"Authorization": f"Bearer {ADMIN}"}
    with full_disk(host.journal(room_id), 0):
        path = f"/rooms/{room_id}/players/1/kick"
        assert kit.request("POST", path, json={}, headers=headers).status_code == 503
        guest.walk()
        kit.turn(PERIOD)
    kit.turn(500.0)
    play(kit, guest, 3)
    state = state_of(kit, room_id)
    host.kill()
    with host.journal(room_id).open("rb") as stream:
        again = rerun(purse().hosted, JournalReader(stream))
    assert again.image() == state
    again.engine.close()


def test_a_room_that_could_not_be_begun_is_not_there_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the journal is made and what is private cannot be, /create answers 503 and no restart brings the room."""
    host = Host(tmp_path)
    kit = host.start()

    def full(*_: Any) -> None:
        raise StoreUnavailable("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr("app.journals.journals.RoomJournal.write_private", full)
        assert kit.request("POST", "/create", json={}).status_code == 503
    assert list((tmp_path / "journals").iterdir()) == []
    host.kill()
    assert len(host.start().rooms) == 0

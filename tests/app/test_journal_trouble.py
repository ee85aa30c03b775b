"""What goes wrong beside the journal: a disk that fails between two files, files that somebody removes, viewers of them."""

import os
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

import app.journals.file
from app.journals.journals import RoomJournal
from net.codec import MESSAGEPACK
from net.errors import StoreUnavailable
from net.journal.reader import JournalReader
from net.protocol import Away, CloseReason, Request
from net.replay.rerun import rerun
from tests.app.resume_kit import Host, book_of, journals_of, purse, state_of
from tests.app.site_kit import Kit, loaded, make_kit
from tests.app.test_resume import PERIOD, Guest, full_disk, play, played
from tests.app.test_saving import bank, find, gold_here, join, leave, turns

SHORT = "[journals]\nsegment_bytes = 65536\n"


def talk(kit: Kit, guest: Guest, lines: int) -> None:
    """Make the journal longer: 180 bytes a line that do not compress."""
    for _ in range(lines):
        guest.ids += 1
        words = msgspec.Raw(MESSAGEPACK.encode({"text": os.urandom(90).hex(), "channel": "room"}))
        guest.send(Request(guest.ids, "post", "chat", words))
        kit.turn(1_000.0)


def journal_of(kit: Kit, room_id: str) -> RoomJournal:
    """The journal of a room."""
    journal = kit.rooms.entry(room_id).journal
    assert journal is not None
    return journal


def numbers(host: Host, room_id: str) -> list[str]:
    """The room's files."""
    return sorted(path.name for path in (host.folder / "journals" / room_id).glob("*.journal"))


def refuse(*_: object) -> None:
    """What a broken disk says."""
    raise OSError(5, "Input/output error")


def test_a_file_that_cannot_be_closed_safely_changes_nothing_of_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fails for the file that was written up to now: the room goes on in the new one, which can be read to its end."""
    host = Host(tmp_path, toml=SHORT + 'fsync = "keyframe"\n')
    kit, room_id, guest = played(host, 5)
    with monkeypatch.context() as broken:
        broken.setattr(RoomJournal, "is_long", property(lambda journal: journal.number == 0))
        broken.setattr(os, "fdatasync", refuse)
        while journal_of(kit, room_id).number == 0:
            kit.turn(PERIOD)
    play(kit, guest, 7)
    state = state_of(kit, room_id)
    host.kill()
    with host.journal(room_id, 1).open("rb") as stream:
        again = rerun(purse().hosted, JournalReader(stream))
    assert again.image() == state
    again.engine.close()
    assert host.start().rooms.held == {}


@pytest.mark.parametrize("what", ["sync_folder", "JournalFile"])
def test_a_file_that_could_not_be_begun_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Else a killed server would go on from it, and forget what was written to the old one since."""
    host = Host(tmp_path)
    kit, room_id, guest = played(host, 5)

    def fail(*_: object) -> None:
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as broken:
        broken.setattr(RoomJournal, "is_long", True)
        broken.setattr(app.journals.file, what, fail)
        play(kit, guest, 25)
    assert numbers(host, room_id) == ["000000.journal"]
    tick = kit.rooms.entry(room_id).room.tick
    host.kill()
    assert host.start().rooms.entry(room_id).room.tick == tick


def test_what_came_while_the_disk_was_full_is_not_done_twice_by_the_next_file(tmp_path: Path) -> None:
    """A keyframe waits for the disk, a player goes meanwhile, and another file begins: the game hears of the drop once."""
    host = Host(tmp_path, toml=SHORT)
    kit, room_id, guest = played(host, 19)
    entry = kit.rooms.entry(room_id)
    with full_disk(host.journal(room_id), 0):
        kit.turn(PERIOD)
        assert entry.held is not None
        assert entry.held.keyframe
        guest.session.lost(kit.clock())
    with pytest.MonkeyPatch.context() as long:
        long.setattr(RoomJournal, "is_long", True)
        kit.turn(500.0)
    kit.turn(PERIOD)
    book = book_of(kit, room_id)
    host.kill()
    kit = host.start()
    assert book_of(kit, room_id) == book
    assert [line.split()[1:] for line in book].count(["drop", "0"]) == 1


def test_old_files_of_running_rooms_are_removed_while_they_run(tmp_path: Path) -> None:
    """A room that never ends does not fill the disk, also where no other room ends."""
    host = Host(tmp_path, toml=SHORT + "keep_bytes = 100000\n")
    kit, room_id, guest = played(host, 5)
    talk(kit, guest, 1_500)
    journals_of(kit).close()
    assert journal_of(kit, room_id).number >= 3
    files = [host.folder / "journals" / room_id / name for name in numbers(host, room_id)[:-1]]
    assert sum(path.stat().st_size for path in files) <= 100_000


@pytest.mark.parametrize("call", ["unlink", "stat"])
def test_a_replay_that_cannot_be_removed_costs_nobody_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """It may be another user's, or be gone since it was listed: the rooms go on, and the room that ends has ended."""
    host = Host(tmp_path, toml="[journals]\nkeep_days = 0\n")
    kit, room_id, _ = played(host, 5)
    other = kit.create()
    real = getattr(Path, call)

    def fail(path: Path, *more: Any, **named: Any) -> Any:
        if "ended" in path.parts and path.suffix == ".journal":
            raise PermissionError(13, "Permission denied")
        return real(path, *more, **named)

    monkeypatch.setattr(Path, call, fail)
    kit.rooms.end(kit.rooms.entry(other), CloseReason.ROOM_ENDED)
    assert [entry.room.room_id for entry in kit.rooms] == [room_id]


def descriptors() -> set[str]:
    """The files that are open in this process."""
    found = set()
    for each in Path("/proc/self/fd").iterdir():
        try:
            found.add(str(each.readlink()))
        except FileNotFoundError:
            continue
    return found


def test_rooms_that_end_on_a_full_disk_leave_no_file_open(tmp_path: Path) -> None:
    """Nothing but the disk runs out."""
    host = Host(tmp_path)
    kit, room_id, _ = played(host, 5)
    with full_disk(host.journal(room_id), 0):
        kit.rooms.end(kit.rooms.entry(room_id), CloseReason.ROOM_ENDED)
    assert str(host.journal(room_id)) not in descriptors()


def test_a_room_that_could_not_be_begun_whole_is_not_there_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its creator was told 503: a restart does not bring it, and no file of it stays open."""
    host = Host(tmp_path)
    kit = host.start()

    def fail(*_: object) -> None:
        raise StoreUnavailable("the disk is full")

    with monkeypatch.context() as full:
        full.setattr(RoomJournal, "write_private", fail)
        assert kit.request("POST", "/create", json={}).status_code == 503
    assert not [name for name in descriptors() if str(tmp_path) in name]
    host.kill()
    assert len(host.start().rooms) == 0


@pytest.mark.parametrize("error", [OSError(2, "No such file or directory"), RuntimeError("a bug")])
def test_viewers_cost_nobody_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Whatever goes wrong with a screening ends that screening, and the task of all of them goes on."""
    host = Host(tmp_path, toml="[watching]\ndelay = 0.0\n")
    kit, room_id, _ = played(host, 5)
    watching = kit.site.watching
    watching.admit(kit.rooms.entry(room_id), "")
    watched = watching._watched[room_id]

    def fail(_: float) -> None:
        raise error

    monkeypatch.setattr(watched.screening, "step", fail)
    watching.step(watched)
    assert len(watching) == 0


def test_what_a_leaver_had_is_saved_where_the_room_ends_on_a_full_disk(tmp_path: Path) -> None:
    """The tick in which a player left waits for the disk, and an admin ends the room: the store has what the player had."""
    kit, ada = make_kit(loaded(bank()), data=tmp_path), uuid4()
    here, there = kit.create(), kit.create()
    ticket = join(kit, here, ada)
    kit.connect(here, ticket["token"])
    turns(kit)
    find(kit, here, ticket["player"], 7)
    leave(kit, here, ticket["player"])
    entry = kit.rooms.entry(here)
    with full_disk(tmp_path / "journals" / here / "000000.journal", 0):
        kit.clock.pass_ms(PERIOD)
        kit.loop.tick(entry)
        assert entry.held is not None
        kit.rooms.end(entry, CloseReason.ROOM_ENDED)
    again = join(kit, there, ada)
    kit.connect(there, again["token"])
    turns(kit)
    assert gold_here(kit, there, again["player"]) == 17


def test_a_room_that_cannot_be_stopped_keeps_no_other_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of ours in one room: the others have their last keyframe all the same, and their players know."""
    host = Host(tmp_path)
    kit, broken, _ = played(host, 5)
    whole = kit.create()
    guest = Guest(kit, whole, "Ben")
    play(kit, guest, 3)

    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(kit.rooms.entry(broken).room, "stop", fail)
    kit.loop.stop_all(2_000.0)
    assert guest.items(Away)
    with host.journal(whole).open("rb") as stream:
        assert list(JournalReader(stream).frames())[-1].keyframe is not None


@pytest.mark.parametrize("when", ["it ends", "it is broken"])
def test_a_room_that_cannot_be_ended_does_not_stop_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """A mistake of ours while a room is put away: it is gone, and the others go on."""
    host = Host(tmp_path, toml="[rooms]\nempty_timeout = 1.0\n")
    kit, room_id, _ = played(host, 5)
    other = kit.create()
    entry = kit.rooms.entry(other)

    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(kit.rooms.keeper.saving, "over", fail)
    if when == "it is broken":
        monkeypatch.setattr(entry.room, "step", fail)
    kit.clock.pass_ms(2_000.0)
    kit.loop.tick(entry)
    assert [each.room.room_id for each in kit.rooms] == [room_id]

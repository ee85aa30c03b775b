"""Saved data through a restart: a room with a journal and a store on disk, killed at any point of a tick."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest

from app.journals.saving import Saving
from app.store.saves import Holder
from app.store.store import Store
from net.codec import MESSAGEPACK
from net.hosted import HostedGame
from net.journal.reader import JournalReader
from net.journal.writer import JournalWriter
from net.players.session import Seat
from net.players.sessions import token_digest
from net.rooms.room import Room
from net.settings import RoomSettings
from tests.net.room_kit import Player
from tests.store.store_kit import opened
from tickroom import Game, World

EPOCH = 1e12
KILLS = ["before the journal", "before the store", "before the keyframe", "after all"]
"""Where in a tick the server is killed."""
START = 100


@dataclass(slots=True)
class Purse:
    """What a player owns."""

    gold: int = START


@dataclass(slots=True, frozen=True)
class Gift:
    """So much for another player."""

    to: int
    gold: int


def bank() -> HostedGame:
    game = Game("bank", tick_rate=20, keyframe_interval=10)
    game.saved(Purse)

    @game.command
    def give(world: World, player: int, body: Gift) -> None:
        world.saved(player, Purse).gold -= body.gold
        world.saved(body.to, Purse).gold += body.gold

    return HostedGame.of(game)


class Host:
    """A server with one room, which can be killed."""

    def __init__(self, store: Store, file: bytes = b"") -> None:
        self.store, self.saving, self.now = store, Saving(store.saves), 0.0
        self.hosted = bank()
        self.room = self.make()
        self.file = (
            bytearray(self.room.begin_journal(name="bank", created_at=EPOCH)) if not file else bytearray()
        )
        if file:
            self.resume(file)

    def make(self) -> Room:
        return Room(
            "r", self.hosted, seed=1, settings=RoomSettings(), now=0.0, epoch=EPOCH, sessions=self.store.sessions,
            journal=JournalWriter(),
        )  # fmt: skip

    def resume(self, file: bytes) -> None:
        reader = JournalReader(BytesIO(file))
        last = reader.keyframes()[-1]
        self.room.restore(last.image())
        again, end = self.saving.again(self.room), 0
        for frame in reader.frames(last):
            again.ran(self.room.rerun(frame))
            end = frame.end
        again.whole()
        self.file = bytearray(file[:end]) + self.room.resume(0.0, JournalWriter(reader.seed))
        again.settle()

    def reserve(self, name: str) -> Seat:
        saved = self.saving.take(self.room, f"guest:{name}", f"id of {name}")
        seat = self.room.reserve(f"id of {name}", name, token_digest(name), self.now, saved=saved)
        self.saving.seated(self.room, seat)
        return seat

    def connect(self, name: str) -> int:
        player = Player(self.room, self.room.open(MESSAGEPACK, self.now))
        player.hello(name, self.now)
        assert player.session.seat is not None
        return player.session.seat.player

    def step(self, until: str = "") -> None:
        """A tick, or the part of it that a kill lets pass."""
        self.now += 50.0
        step = self.room.step(self.now)
        if until == "before the journal":
            return
        tick_ends = step.keyframe_at if step.keyframe else len(step.journal)
        self.file += step.journal[:tick_ends]
        if until == "before the store":
            return
        self.saving.after(self.room, step)
        if until != "before the keyframe":
            self.file += step.journal[tick_ends:]

    def gold(self, number: int) -> int:
        return self.room.engine.world.saved(number, Purse).gold


def stored_gold(store: Store, name: str) -> int:
    """What a player has who is in no room."""
    by = Holder("probe", "probe")
    data = store.saves.hold("bank", f"guest:{name}", by, 0)
    store.saves.release(by)
    declared = bank().game.save
    assert declared is not None
    gold: int = declared.read(data).gold
    return gold


@pytest.mark.parametrize("kill", KILLS)
@pytest.mark.parametrize("ticks", [1, 9, 15])
def test_a_leave_is_saved_wherever_the_server_was_killed(tmp_path: Path, kill: str, ticks: int) -> None:
    """Ada gives Ben some gold and leaves; the server is killed in that very tick; Ben still has what he has."""
    with opened(tmp_path) as store:
        host = Host(store)
        host.reserve("ada"), host.reserve("ben")
        ada, ben = host.connect("ada"), host.connect("ben")
        for _ in range(ticks):
            host.step()
        order(host, ada, Gift(ben, 30))
        seat = host.room.seats.get(ada)
        assert seat is not None
        host.room.leave(seat)
        host.step(until=kill)
        file = bytes(host.file)
    with opened(tmp_path) as store:
        host = Host(store, file)
        host.step()
        given = 0 if kill == "before the journal" else 30
        assert stored_gold(store, "ada") == START - given
        assert store.saves.holder("bank", "guest:ben") == Holder("r", "id of ben")
        assert host.gold(ben) == START + given
        assert host.connect("ben") == ben
        host.step()


@pytest.mark.parametrize("stopped", [True, False])
def test_who_has_left_and_not_been_let_go_leaves_with_all(tmp_path: Path, stopped: bool) -> None:
    """Between a leave and its tick the server is stopped, or killed once the leave was written: nothing of the gold is lost, and
    nobody else gets the number before."""
    with opened(tmp_path) as store:
        host = Host(store)
        host.reserve("ada"), host.reserve("ben")
        ada, ben = host.connect("ada"), host.connect("ben")
        host.step()
        order(host, ben, Gift(ada, 30))
        host.step()
        seat = host.room.seats.get(ada)
        assert seat is not None
        host.room.leave(seat)
        last = host.room.stop(host.now, 0.0).journal if stopped else host.room.flush()
        file = bytes(host.file + last)
    with opened(tmp_path) as store:
        host = Host(store, file)
        assert store.saves.holder("bank", "guest:ada") == Holder("r", "id of ada")
        assert host.reserve("cid").player not in (ada, ben)
        host.step()
        assert stored_gold(store, "ada") == START + 30


@pytest.mark.parametrize("stopped", [True, False])
def test_who_has_joined_and_not_been_let_in_is_let_in(tmp_path: Path, stopped: bool) -> None:
    """Between a hello and its tick the server is stopped, or killed once it was written: the player enters, and comes back."""
    with opened(tmp_path) as store:
        host = Host(store)
        host.reserve("ben")
        host.connect("ben")
        host.step()
        host.reserve("ada")
        ada = host.connect("ada")
        last = host.room.stop(host.now, 0.0).journal if stopped else host.room.flush()
        file = bytes(host.file + last)
    with opened(tmp_path) as store:
        host = Host(store, file)
        host.step()
        assert host.gold(ada) == START
        assert host.connect("ada") == ada


@pytest.mark.parametrize("kill", KILLS)
def test_what_was_given_is_with_one_of_both(tmp_path: Path, kill: str) -> None:
    """A gift in the last tick before the kill has happened for both, or for neither."""
    with opened(tmp_path) as store:
        host = Host(store)
        host.reserve("ada"), host.reserve("ben")
        ada, ben = host.connect("ada"), host.connect("ben")
        for _ in range(99):
            host.step()
        order(host, ada, Gift(ben, 30))
        host.step(until=kill)  # tick 100: a cut
        file = bytes(host.file)
    with opened(tmp_path) as store:
        host = Host(store, file)
        happened = kill != "before the journal"
        assert (host.gold(ada), host.gold(ben)) == ((70, 130) if happened else (100, 100))
        for number in (ada, ben):
            seat = host.room.seats.get(number)
            assert seat is not None
            host.room.leave(seat)
        host.step()
        assert stored_gold(store, "ada") + stored_gold(store, "ben") == 2 * START
        assert stored_gold(store, "ada") == (70 if happened else 100)


def order(host: Host, player: int, gift: Gift) -> None:
    """A command as the journal has it."""
    from net.journal.entries import Order
    from net.rooms.play import packed_body

    host.room.record(Order(player, 1, "give", packed_body(gift)))


def test_a_reserved_seat_keeps_what_its_player_will_come_with(tmp_path: Path) -> None:
    """Who had joined by HTTP but not yet connected when the server was killed enters with the saved data all the same."""
    with opened(tmp_path) as store:
        host = Host(store)
        host.reserve("ada")
        ada = host.connect("ada")
        host.step()
        host.room.engine.world.saved(ada).gold = 7
        seat = host.room.seats.get(ada)
        assert seat is not None
        host.room.leave(seat)
        host.reserve("ben")
        host.connect("ben")
        host.step()
        host.reserve("ada")
        host.step()
        file = bytes(host.file)
    with opened(tmp_path) as store:
        host = Host(store, file)
        ada = host.connect("ada")
        host.step()
        assert host.gold(ada) == 7


def test_lost_ticks_take_their_gifts_along(tmp_path: Path) -> None:
    """A journal that ends earlier than the store: nobody keeps what was given in the ticks that are gone."""
    with opened(tmp_path) as store:
        host = Host(store)
        host.reserve("ada"), host.reserve("ben")
        ada, ben = host.connect("ada"), host.connect("ben")
        for _ in range(12):
            host.step()
        file = bytes(host.file)
        order(host, ada, Gift(ben, 30))
        host.step()
        seat = host.room.seats.get(ada)
        assert seat is not None
        host.room.leave(seat)
        host.step()
        assert stored_gold(store, "ada") == 70
    with opened(tmp_path) as store:
        host = Host(store, file)
        host.step()  # ada has no session any more, and leaves
        assert host.gold(ben) == START and stored_gold(store, "ada") == START


def test_a_leave_that_waits_while_the_server_stops_is_saved(tmp_path: Path) -> None:
    """Ada has given some gold away since the last cut and leaves; before the next tick the server is stopped in order."""
    with opened(tmp_path) as store:
        host = Host(store)
        host.reserve("ada"), host.reserve("ben")
        ada, ben = host.connect("ada"), host.connect("ben")
        host.step()
        order(host, ada, Gift(ben, 30))
        host.step()
        seat = host.room.seats.get(ada)
        assert seat is not None
        host.room.leave(seat)
        host.file += host.room.stop(host.now, 5.0).journal
        file = bytes(host.file)
    with opened(tmp_path) as store:
        host = Host(store, file)
        host.step()
        assert stored_gold(store, "ada") == START - 30
        assert host.gold(ben) == START + 30

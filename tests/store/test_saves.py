"""Who holds a player's saved data, and which writes count."""

from pathlib import Path

import pytest

from app.config import StoreSection
from app.store.saves import Holder, SaveHeld
from app.store.store import Store
from systems.saves import Save
from tests.store.store_kit import Clock, opened

HERE, THERE = Holder("here", "ada"), Holder("there", "ada-too")
GAME, ADA = "village", "guest:ada"


def seated(store: Store, by: Holder, tick: int, player: int = 0) -> bytes:
    data = store.saves.hold(GAME, ADA, by, tick)
    store.saves.seated(by, player)
    return data


def kept(store: Store) -> bytes:
    """What a room would be given now."""
    by = Holder("probe", "probe")
    data = store.saves.hold(GAME, ADA, by, 0)
    store.saves.release(by)
    return data


def test_a_new_player_has_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    """Who never entered a tick has no row afterwards."""
    with opened(tmp_path) as store:
        assert seated(store, HERE, 1) == b"" and store.saves.count() == 1
        store.saves.release(HERE)
        assert store.saves.count() == 0


def test_one_room_at_a_time(tmp_path: Path) -> None:
    """A second room is refused and told which has it; when that is done the second gets what the first wrote last."""
    with opened(tmp_path) as store:
        seated(store, HERE, 1)
        store.saves.write("here", 10, [Save(0, b"ten")])
        with pytest.raises(SaveHeld) as refused:
            seated(store, THERE, 1)
        assert refused.value.holder == HERE == store.saves.holder(GAME, ADA)
        store.saves.write("here", 20, [Save(0, b"twenty", final=True)])
        assert store.saves.holder(GAME, ADA) is None
        assert seated(store, THERE, 5) == b"twenty"


def test_another_game_has_saved_data_of_its_own(tmp_path: Path) -> None:
    """The same player may play two games at once."""
    with opened(tmp_path) as store:
        seated(store, HERE, 1)
        assert store.saves.hold("arena", ADA, THERE, 1) == b""


def test_a_write_of_an_earlier_tick_changes_nothing(tmp_path: Path) -> None:
    """Nor does the same tick a second time: a re-run grants nothing twice."""
    with opened(tmp_path) as store:
        seated(store, HERE, 5)
        store.saves.write("here", 5, [Save(0, b"five")])
        store.saves.write("here", 20, [Save(0, b"twenty")])
        store.saves.write("here", 20, [Save(0, b"again")])
        store.saves.write("here", 10, [Save(0, b"ten", final=True)])
        assert store.saves.holder(GAME, ADA) == HERE
        store.saves.write("here", 21, [Save(0, b"last", final=True)])
        assert kept(store) == b"last"


def test_a_room_that_holds_nothing_writes_nothing(tmp_path: Path) -> None:
    """After it gave the data back, a re-run of the room that had it changes nothing in the room that has it."""
    with opened(tmp_path) as store:
        seated(store, HERE, 1)
        store.saves.write("here", 20, [Save(0, b"twenty", final=True)])
        seated(store, THERE, 1)
        store.saves.write("here", 30, [Save(0, b"thirty", final=True)])
        store.saves.write("there", 2, [Save(0, b"two", final=True)])
        assert kept(store) == b"two"


def test_the_last_write_of_a_number_is_not_its_next_players(tmp_path: Path) -> None:
    """A re-run that writes the leave of a number's earlier player leaves the later one of that number alone."""
    with opened(tmp_path) as store:
        seated(store, HERE, 1, player=3)
        store.saves.write("here", 20, [Save(3, b"ada", final=True)])
        ben = Holder("here", "ben")
        store.saves.hold(GAME, "guest:ben", ben, 20)
        store.saves.seated(ben, 3)
        store.saves.write("here", 20, [Save(3, b"ada", final=True)])
        assert store.saves.holder(GAME, "guest:ben") == ben
        store.saves.write("here", 21, [Save(3, b"ben", final=True)])
        assert kept(store) == b"ada"


def test_a_cut_is_written_whole(tmp_path: Path) -> None:
    """Of two players in one cut never only one is written, whatever ends the process or the disk in between."""
    with opened(tmp_path, settings=StoreSection(max_bytes=1_048_576)) as store:
        seated(store, HERE, 1, player=0)
        ben = Holder("here", "ben")
        store.saves.hold(GAME, "guest:ben", ben, 1)
        store.saves.seated(ben, 1)
        store.saves.write("here", 2, [Save(0, b"a"), Save(1, b"b")])
        with pytest.raises(Exception, match="cannot grow"):
            store.saves.write("here", 3, [Save(0, b"more"), Save(1, b"x" * 2_000_000)])
        store.saves.write("here", 3, [Save(1, b"b", final=True)])
        store.saves.release(HERE)
        assert kept(store) == b"a"


def test_the_rooms_end_releases_all(tmp_path: Path) -> None:
    """And at a start the rooms that are gone hold nothing."""
    with opened(tmp_path) as store:
        seated(store, HERE, 1)
        store.saves.write("here", 2, [Save(0, b"two")])
        store.saves.release_room("here")
        seated(store, THERE, 1)
        assert store.saves.release_all_but({"there"}) == 0
        assert store.saves.release_all_but({"here"}) == 1
        assert kept(store) == b"two"


def test_a_resumed_room_keeps_who_has_a_seat(tmp_path: Path) -> None:
    """Without lost ticks nothing changes but the holds of nobody; a seat of which no number is noted gets its own."""
    with opened(tmp_path) as store:
        seated(store, HERE, 1)
        store.saves.write("here", 10, [Save(0, b"ten")])
        store.saves.resume("here", 10, {"ada": Save(0, b"ten")}, {"ada": 0})
        assert store.saves.holder(GAME, ADA) == HERE
        store.saves.resume("here", 10, {}, {})
        assert store.saves.holder(GAME, ADA) is None and kept(store) == b"ten"
        store.saves.hold(GAME, ADA, HERE, 10)
        store.saves.resume("here", 10, {}, {"ada": 7})
        store.saves.write("here", 11, [Save(7, b"eleven", final=True)])
        assert kept(store) == b"eleven"


def test_after_lost_ticks_the_world_is_right(tmp_path: Path) -> None:
    """Who is in it is as it says, even who had left since; who came later is as before; later ticks write again."""
    with opened(tmp_path) as store:
        seated(store, HERE, 1)
        store.saves.write("here", 50, [Save(0, b"fifty", final=True)])
        ben = Holder("here", "ben")
        store.saves.hold(GAME, "guest:ben", ben, 45)
        store.saves.seated(ben, 1)
        store.saves.write("here", 60, [Save(1, b"sixty")])
        store.saves.resume("here", 40, {"ada": Save(0, b"forty")}, {"ada": 0})
        assert store.saves.holder(GAME, ADA) == HERE and store.saves.holder(GAME, "guest:ben") is None
        assert store.saves.hold(GAME, "guest:ben", ben, 40) == b""
        store.saves.write("here", 41, [Save(0, b"forty-one", final=True)])
        assert kept(store) == b"forty-one"


def test_what_another_room_has_since_is_not_taken_back(tmp_path: Path) -> None:
    """A player who left in the lost ticks and plays elsewhere keeps what is there."""
    with opened(tmp_path) as store:
        seated(store, HERE, 1)
        store.saves.write("here", 50, [Save(0, b"fifty", final=True)])
        seated(store, THERE, 9)
        store.saves.resume("here", 40, {"ada": Save(0, b"forty")}, {"ada": 0})
        assert store.saves.holder(GAME, ADA) == THERE
        store.saves.write("here", 41, [Save(0, b"forty-one", final=True)])
        store.saves.write("there", 10, [Save(0, b"ten", final=True)])
        assert kept(store) == b"ten"


def test_the_saved_data_of_guests_is_bounded(tmp_path: Path) -> None:
    """Those who have not been here for longest go first; accounts and who is held stay."""
    clock = Clock()
    with opened(tmp_path, clock, StoreSection(guest_saves=3)) as store:
        store.saves.hold(GAME, "account:ada", HERE, 1)
        for number in range(6):
            clock.now += 1
            by = Holder("here", f"p{number}")
            store.saves.hold(GAME, f"guest:{number}", by, 1)
            store.saves.seated(by, number)
            if number:
                store.saves.write("here", 2, [Save(number, b"x", final=True)])
    with opened(tmp_path, clock, StoreSection(guest_saves=3)) as store:
        store.saves.hold(GAME, "account:ben", THERE, 1)
        assert store.saves.holder(GAME, "guest:0") == Holder("here", "p0")
        left = [number for number in range(1, 6) if store.saves.hold(GAME, f"guest:{number}", THERE, 1)]
        assert left == [4, 5]
        assert store.saves.holder(GAME, "account:ada") == HERE


def test_a_reserved_seat_gets_back_what_it_comes_with(tmp_path: Path) -> None:
    """After a restart a player who had not entered yet enters with the data that the store has held for the room."""
    with opened(tmp_path) as store:
        seated(store, HERE, 1)
        store.saves.write("here", 2, [Save(0, b"two", final=True)])
        store.saves.hold(GAME, ADA, HERE, 5)
        assert store.saves.resume("here", 7, {}, {"ada": 3}) == {"ada": b"two"}

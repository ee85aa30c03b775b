"""Players' saved data from the door to the store: one room at a time, one seat in a room, nothing lost on the way."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from app.rooms.door import Door
from app.store.saves import Holder
from ecs.errors import SaveUnreadable
from net.errors import StoreUnavailable
from net.players.seats import RoomFull
from net.protocol import CloseReason
from systems.saves import SECONDS
from tests.app.engines import engine_of
from tests.app.site_kit import Kit, loaded, make_kit
from tickroom import Game, World

RATE = 20
CUT = RATE * SECONDS


@dataclass(slots=True)
class Purse:
    """What a player of these tests owns."""

    gold: int = 10


@dataclass(slots=True, frozen=True)
class Find:
    """So much gold lies there."""

    gold: int


def bank(version: int = 1, migrate: Any = None) -> Game:
    """A game in which players find gold."""
    game = Game("bank", tick_rate=RATE)
    game.saved(Purse, version=version, migrate=migrate)

    @game.command
    def find(world: World, player: int, body: Find) -> None:
        world.saved(player, Purse).gold += body.gold

    return game


def bank_kit(toml: str = "", game: Game | None = None) -> Kit:
    kit = make_kit(loaded(game or bank()), toml=toml)
    patient = Door(kit.rooms, kit.clock, patience=0.05)
    object.__setattr__(kit.site.lobby, "door", patient)  # tests wait for nothing that does not happen
    return kit


def join(kit: Kit, room_id: str, who: UUID) -> dict[str, Any]:
    response = kit.request("POST", f"/join/{room_id}", json={"guest": str(who)})
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def refused(kit: Kit, room_id: str, who: UUID) -> tuple[int, str]:
    response = kit.request("POST", f"/join/{room_id}", json={"guest": str(who)})
    return response.status_code, response.json()["detail"]


def turns(kit: Kit, count: int = 1) -> None:
    for _ in range(count):
        kit.turn(1000.0 / RATE)


def gold_here(kit: Kit, room_id: str, player: int) -> int:
    room = kit.rooms.find(room_id)
    assert room is not None
    return engine_of(room).world.saved(player, Purse).gold


def find(kit: Kit, room_id: str, player: int, gold: int) -> None:
    room = kit.rooms.find(room_id)
    assert room is not None
    engine_of(room).world.saved(player, Purse).gold += gold


def leave(kit: Kit, room_id: str, player: int) -> None:
    room = kit.rooms.find(room_id)
    assert room is not None
    seat = room.seats.get(player)
    assert seat is not None
    room.leave(seat)


def held(kit: Kit, room_id: str) -> list[Any]:
    rows: list[Any] = kit.rooms.saving._saves._database.rows(
        "SELECT identity FROM saves WHERE holder = ?", (room_id,)
    )
    return rows


def test_a_guest_comes_back_with_what_it_had() -> None:
    """From one room to another, after the leave has been a tick."""
    kit, ada = bank_kit(), uuid4()
    here, there = kit.create(), kit.create()
    ticket = join(kit, here, ada)
    kit.connect(here, ticket["token"])
    turns(kit)
    find(kit, here, ticket["player"], 7)
    leave(kit, here, ticket["player"])
    turns(kit)
    again = join(kit, there, ada)
    kit.connect(there, again["token"])
    turns(kit)
    assert gold_here(kit, there, again["player"]) == 17


def test_who_gives_no_secret_starts_anew_each_time() -> None:
    """A username is public: it opens nobody's purse, and nothing is kept of it."""
    kit = bank_kit()
    room_id = kit.create()
    for _ in range(2):
        ticket = kit.request("POST", f"/join/{room_id}", json={"username": "Ada"}).json()
        kit.connect(room_id, ticket["token"])
        turns(kit)
        assert gold_here(kit, room_id, ticket["player"]) == 10
        find(kit, room_id, ticket["player"], 5)
        leave(kit, room_id, ticket["player"])
        turns(kit)
    assert kit.rooms.saving._saves.count() == 0


def test_a_second_room_is_refused_while_the_first_is_played() -> None:
    """With the room's name; when it is left the second one opens, and until then the first keeps its player."""
    kit, ada = bank_kit(), uuid4()
    here, there = kit.create(name="Friday"), kit.create()
    ticket = join(kit, here, ada)
    kit.connect(here, ticket["token"])
    turns(kit)
    status, why = refused(kit, there, ada)
    assert status == 409 and "in use in the room 'Friday'" in why and here in why
    assert len(kit.rooms.find(there).seats) == 0  # type: ignore[union-attr]
    leave(kit, here, ticket["player"])
    turns(kit)
    join(kit, there, ada)


def test_a_seat_to_which_nobody_is_connected_is_given_up() -> None:
    """A player whose connection broke may go on elsewhere: the tick that puts the data away is waited for."""
    kit, ada = bank_kit(), uuid4()
    here, there = kit.create(), kit.create()
    ticket = join(kit, here, ada)
    session, _ = kit.connect(here, ticket["token"])
    turns(kit)
    find(kit, here, ticket["player"], 3)
    session.lost(kit.clock())
    status, why = refused(kit, there, ada)
    assert status == 409 and "Try again in a moment" in why  # no tick has run while it waited
    turns(kit)
    again = join(kit, there, ada)
    kit.connect(there, again["token"])
    turns(kit)
    assert gold_here(kit, there, again["player"]) == 13


def test_the_join_waits_for_the_other_rooms_tick() -> None:
    """Where ticks run, moving is one request."""
    kit, ada = bank_kit(), uuid4()
    here, there = kit.create(), kit.create()
    ticket = join(kit, here, ada)
    session, _ = kit.connect(here, ticket["token"])
    turns(kit)
    session.lost(kit.clock())

    async def both() -> None:
        door = Door(kit.rooms, kit.clock)
        clearing = asyncio.create_task(door.clear(f"guest:{_digest(ada)}", there))
        await asyncio.sleep(0)
        turns(kit)
        await clearing

    asyncio.run(both())
    assert held(kit, here) == []


def _digest(who: UUID) -> str:
    from hashlib import sha256

    return sha256(who.bytes).hexdigest()


def test_a_reserved_seat_elsewhere_is_given_up_at_once() -> None:
    """Whoever clicked on two rooms plays in the second, and the first holds nothing."""
    kit, ada = bank_kit(), uuid4()
    here, there = kit.create(), kit.create()
    join(kit, here, ada)
    join(kit, there, ada)
    assert held(kit, here) == [] and len(held(kit, there)) == 1
    assert len(kit.rooms.find(here).seats) == 0  # type: ignore[union-attr]


def test_one_seat_in_a_room() -> None:
    """Joining again leads to the same seat with another token, and the connection that was there is replaced."""
    kit, ada = bank_kit(), uuid4()
    room_id = kit.create()
    first = join(kit, room_id, ada)
    _, old = kit.connect(room_id, first["token"])
    turns(kit)
    find(kit, room_id, first["player"], 1)
    second = join(kit, room_id, ada)
    assert (second["player"], second["player_id"]) == (first["player"], first["player_id"])
    assert second["token"] != first["token"]
    kit.connect(room_id, second["token"])
    turns(kit)
    assert old.closed is not None and old.closed[0] == CloseReason.REPLACED
    assert gold_here(kit, room_id, first["player"]) == 11


def test_a_seat_that_nobody_takes_holds_nothing() -> None:
    """When the reservation is over, before any tick, the data is free; a room that is full gives it back at once."""
    kit, ada, ben = bank_kit("[rooms]\nmax_players = 1\nreservation = 1"), uuid4(), uuid4()
    here, there = kit.create(), kit.create()
    kit.connect(here, join(kit, here, ben)["token"])
    turns(kit)
    status, why = refused(kit, here, ada)
    assert status == 409 and "seats are taken" in why and len(held(kit, here)) == 1
    waiting = join(kit, there, ada)
    leave(kit, there, waiting["player"])
    turns(kit)
    assert len(held(kit, there)) == 0
    kit.connect(there, join(kit, there, ada)["token"])
    turns(kit, 2)
    assert len(held(kit, there)) == 1


def test_the_end_of_a_room_saves_everybody() -> None:
    """As of its last tick; and nothing is held any more."""
    kit, ada = bank_kit(), uuid4()
    here, there = kit.create(), kit.create()
    ticket = join(kit, here, ada)
    kit.connect(here, ticket["token"])
    turns(kit)
    find(kit, here, ticket["player"], 5)
    kit.rooms.end(kit.rooms.entry(here), CloseReason.ROOM_ENDED)
    again = join(kit, there, ada)
    kit.connect(there, again["token"])
    turns(kit)
    assert gold_here(kit, there, again["player"]) == 15


def test_a_room_that_fails_saves_no_half_tick() -> None:
    """What counts is the last cut; and nothing is held any more."""
    game = bank()

    @game.system("logic")
    def spoil(world: World, dt: float) -> None:
        for player in world.players:
            world.saved(player, Purse).gold += 1
            if world.tick > CUT + 3:
                raise ValueError("spoilt")

    kit, ada = bank_kit(game=game), uuid4()
    here, there = kit.create(), kit.create()
    kit.connect(here, join(kit, here, ada)["token"])
    turns(kit, CUT + 4)
    assert kit.rooms.find(here) is None and held(kit, here) == []
    again = join(kit, there, ada)
    room = kit.rooms.find(there)
    assert room is not None
    seat = room.seats.get(again["player"])
    assert seat is not None and msgspec.msgpack.decode(seat.saved)[1] == {"gold": 10 + CUT}


def test_a_save_that_cannot_be_read_is_refused_with_the_reason() -> None:
    """One of a newer version, and one that a migration fails on; the player keeps what there is."""

    def broken(old: dict[str, Any]) -> dict[str, Any]:
        raise KeyError("gold")

    kit, ada = bank_kit(game=bank(2, {1: broken})), uuid4()
    room_id = kit.create()
    saves, by = kit.rooms.saving._saves, Holder("yesterday", "ada")
    for tick, version, status, said in ((10, 3, 409, "version 3 of Purse"), (20, 1, 500, "mistake")):
        saves.hold("bank", f"guest:{_digest(ada)}", by, tick)
        saves.seated(by, 0)
        data = msgspec.msgpack.encode([version, {"gold": 99}])
        saves.write("yesterday", tick + 1, [_final(data)])
        assert refused(kit, room_id, ada)[0] == status and said in refused(kit, room_id, ada)[1]
        assert saves.hold("bank", f"guest:{_digest(ada)}", by, tick + 2) == data
        saves.release(by)
    assert held(kit, room_id) == []


def _final(data: bytes) -> Any:
    from systems.saves import Save

    return Save(0, data, final=True)


def test_a_store_that_cannot_be_written_lets_nobody_in_and_loses_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who joins is told to come later; what players have meanwhile is written when the store takes it again."""
    kit, ada, ben = bank_kit(), uuid4(), uuid4()
    here, there = kit.create(), kit.create()
    ticket = join(kit, here, ada)
    kit.connect(here, ticket["token"])
    turns(kit)

    def full(*_: object) -> int:
        raise StoreUnavailable("the store cannot grow")

    with monkeypatch.context() as patched:
        patched.setattr(type(kit.rooms.saving._saves._database), "run", full)
        assert refused(kit, there, ben) == (503, "The server cannot keep anything now. Try again later.")
        find(kit, here, ticket["player"], 5)
        leave(kit, here, ticket["player"])
        turns(kit, 3)
        assert kit.rooms.find(here) is not None
    assert len(held(kit, here)) == 1
    kit.clock.pass_ms(500.0)
    turns(kit)
    again = join(kit, there, ada)
    kit.connect(there, again["token"])
    turns(kit)
    assert gold_here(kit, there, again["player"]) == 15


@pytest.mark.parametrize("reason", ["no seat", "unreadable"])
def test_what_was_taken_for_nobody_is_given_back_when_the_store_can(
    monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    """The disk is full just after the save was taken out, and giving it back is not kept either: later it is free."""
    kit, ada = bank_kit(), uuid4()
    room_id = kit.create()
    turns(kit)

    def full(*_: Any) -> None:
        raise StoreUnavailable("the disk is full")

    def unreadable(*_: Any) -> None:
        raise SaveUnreadable("it is of a later version")

    def taken(*_: Any) -> None:
        raise RoomFull("all seats are taken")

    room = kit.rooms.find(room_id)
    assert room is not None
    with monkeypatch.context() as broken:
        if reason == "no seat":
            broken.setattr(room, "reserve", taken)
        else:
            broken.setattr(type(room.hosted.game.save), "read", unreadable)
        broken.setattr(kit.rooms.saving._saves, "release", full)
        assert refused(kit, room_id, ada)[0] == 503
    turns(kit)
    assert held(kit, room_id) == []
    join(kit, room_id, ada)

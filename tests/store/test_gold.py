"""Gold is never doubled or lost: two rooms, three players, and a server that is killed at any point of it.

The rooms are real engines and the store a real file; the journal is a list, which a kill may cut where a file may be cut:
before a tick was written, after it and before the store was, or after both.
"""

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from app.store.saves import Holder, SaveHeld
from app.store.store import Store
from ecs.game import Game
from ecs.world import World
from systems.engine import Engine
from systems.saves import Save
from tests.store.store_kit import opened

KEYFRAME = 7
PLAYERS = {"ada": 100, "ben": 2_000, "cy": 30_000}
"""What each has before the first day."""
ROOMS = ("here", "there")
GAME = "bank"


@dataclass(slots=True)
class Purse:
    """What a player owns."""

    gold: int = 0


@dataclass(slots=True, frozen=True)
class Gift:
    """Some gold for everybody else who is here."""

    gold: int


def bank() -> Game:
    game = Game(GAME, tick_rate=1, keyframe_interval=KEYFRAME)
    game.saved(Purse)

    @game.command
    def give(world: World, player: int, body: Gift) -> None:
        for other in world.players:
            if other != player:
                world.saved(player, Purse).gold -= body.gold
                world.saved(other, Purse).gold += body.gold

    return game


def gold(data: bytes) -> int:
    values: dict[str, int] = msgspec.msgpack.decode(data)[1]
    return values["gold"]


Entry = tuple[str, int, bytes]


class Room:
    """A room with its journal: per tick what entered it, since the last keyframe."""

    def __init__(self, name: str) -> None:
        self.room_id = name
        self.engine = Engine(bank(), seed=1)
        self.image = self.engine.save()
        self.journal: list[list[Entry]] = []
        self.entering: list[Entry] = []
        self.seats: dict[str, int] = {}
        """By player_id: kept in the store's sessions, so that a kill does not take them."""
        self.ids: dict[int, str] = {}
        """Who has which number in the world: in the image and the journal."""
        self.resting: set[int] = set()

    @property
    def tick(self) -> int:
        return self.engine.world.tick

    def free_number(self) -> int:
        return next(n for n in range(9) if n not in self.seats.values() and n not in self.resting)

    def enter(self, entry: Entry) -> None:
        self.entering.append(entry)

    def apply(self, entry: Entry) -> None:
        verb, player, data = entry
        if verb == "join":
            self.engine.join(player, f"player {player}", data)
        elif verb == "leave":
            self.engine.leave(player)
        else:
            self.engine.command(player, "give", Gift(player + 1))

    def step(self) -> list[Save]:
        """One tick of what has entered."""
        entries, self.entering = self.entering, []
        self.journal.append(entries)
        return self.run(entries)

    def run(self, entries: list[Entry]) -> list[Save]:
        for entry in entries:
            self.apply(entry)
        saves = self.engine.step().saves
        self.resting.clear()
        return saves

    def keyframe(self) -> None:
        if self.tick % KEYFRAME == 0:
            self.image, self.journal = self.engine.save(), []

    def killed(self) -> None:
        """Nothing is left but the journal and the sessions."""
        self.engine.close()
        self.entering, self.resting = [], set()

    def resume(self, store: Store) -> None:
        self.engine = Engine(bank(), seed=2)
        self.engine.load(self.image)
        for entries in self.journal:
            store.saves.write(self.room_id, self.tick + 1, self.run(entries))
        present = {self.ids[save.player]: save for save in self.engine.saves()}
        store.saves.resume(self.room_id, self.tick, present, self.seats)
        for player in self.engine.world.players:
            if self.ids[player] not in self.seats:
                self.enter(("leave", player, b""))
                self.resting.add(player)


@dataclass
class Server:
    """Two rooms, a store, and what each player has ever had."""

    folder: Path
    store: Store
    rooms: dict[str, Room] = field(default_factory=lambda: {name: Room(name) for name in ROOMS})
    serial: int = 0
    sits: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Identity -> room and player_id."""

    def join(self, who: str, name: str) -> None:
        """As the lobby does it: hold, seat, and the join waits for the tick."""
        room = self.rooms[name]
        self.serial += 1
        by = Holder(room.room_id, f"{who}-{self.serial}")
        try:
            data = self.store.saves.hold(GAME, who, by, room.tick)
        except SaveHeld:
            return
        assert who not in self.sits  # or it plays twice
        number = room.free_number()
        room.seats[by.player_id], room.ids[number] = number, by.player_id
        self.store.saves.seated(by, number)
        self.sits[who] = (name, by.player_id)
        room.enter(("join", number, data))

    def leave(self, who: str) -> None:
        name, player_id = self.sits.pop(who, ("", ""))
        if name:
            room = self.rooms[name]
            number = room.seats.pop(player_id)
            room.resting.add(number)
            room.enter(("leave", number, b""))

    def give(self, who: str) -> None:
        name, player_id = self.sits.get(who, ("", ""))
        room = self.rooms.get(name)
        if room is not None:
            room.enter(("give", room.seats[player_id], b""))

    def tick(self, name: str, until: str = "") -> bool:
        """One tick; whether the server was killed in it, before the journal was written, or before the store was."""
        room = self.rooms[name]
        if until == "before the journal":
            room.entering = []  # what had not entered a tick is not acknowledged
            return True
        saves = room.step()
        if until == "before the store":
            return True
        self.store.saves.write(room.room_id, room.tick, saves)
        room.keyframe()
        return bool(until)

    def fail(self, name: str) -> None:
        """A rule raises in the middle of a tick: the room is gone, and what the store has counts."""
        room = self.rooms[name]
        room.engine.close()
        self.store.saves.release_room(room.room_id)
        self.serial += 1
        self.rooms[name] = Room(f"{name}-{self.serial}")
        self.sits = {who: sits for who, sits in self.sits.items() if sits[0] != name}

    def check(self) -> None:
        """All gold is in a world or in the store, and whoever sits in a room is held by it."""
        assert sum(map(self.gold_of, PLAYERS)) == sum(PLAYERS.values())
        for who, (name, player_id) in self.sits.items():
            assert self.store.saves.holder(GAME, who) == Holder(self.rooms[name].room_id, player_id)

    def gold_of(self, who: str) -> int:
        rows = self.store.saves._database.rows(
            "SELECT data, holder, player, player_id FROM saves WHERE identity = ?", (who,)
        )
        data, holder, player, player_id = rows[0]
        room = next((room for room in self.rooms.values() if room.room_id == holder), None)
        if room is not None and player in room.engine.world.players and room.ids[player] == player_id:
            return room.engine.world.saved(player, Purse).gold
        return gold(data)


def restarted(old: Server, store: Store) -> Server:
    """The next server on the same folder: who sat in a world that has not heard of them is not there any more."""
    for room in old.rooms.values():
        room.killed()
        room.resume(store)
    new = Server(old.folder, store, old.rooms, old.serial)
    for who, (name, player_id) in old.sits.items():
        room = old.rooms[name]
        number = room.seats[player_id]
        in_world = number in room.engine.world.players and room.ids[number] == player_id
        new.sits[who] = (name, player_id)
        if not in_world:  # a reserved seat: its player comes back with what the store has
            by = Holder(room.room_id, player_id)
            data = store.saves.hold(GAME, who, by, room.tick)
            store.saves.seated(by, number)
            room.enter(("join", number, data))
    return new


def first_day(store: Store) -> None:
    """What everybody has."""
    for who, coins in PLAYERS.items():
        by = Holder("yesterday", who)
        store.saves.hold(GAME, who, by, 0)
        store.saves.seated(by, 0)
        store.saves.write("yesterday", 1, [Save(0, msgspec.msgpack.encode([1, {"gold": coins}]), final=True)])


Act = tuple[str, str, str]
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["join", "join", "leave", "give", "tick", "tick", "tick", "kill", "fail"]),
        st.sampled_from(list(PLAYERS)),
        st.sampled_from(ROOMS),
    ),
    min_size=20,
    max_size=60,
)
KILLS = st.sampled_from(["before the journal", "before the store", "after both"])


@given(ACTS, st.data())
@settings(deadline=None)
def test_gold_is_never_doubled_or_lost(acts: list[Act], data: st.DataObject) -> None:
    """Whoever joins, gives, leaves, moves to the other room, and wherever the server is killed: the sum stays."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        context = opened(folder)
        here = Server(folder, context.__enter__())
        first_day(here.store)
        for verb, who, room in acts:
            if verb == "kill":
                here.tick(room, until=data.draw(KILLS))
                context.__exit__(None, None, None)
                context = opened(folder)
                here = restarted(here, context.__enter__())
            elif verb in ("tick", "fail"):
                getattr(here, verb)(room)
            elif verb == "join":
                here.join(who, room)
            else:
                getattr(here, verb)(who)
            here.check()
        for who in PLAYERS:
            here.leave(who)
        for each in ROOMS:
            here.tick(each)
            here.tick(each)
        here.check()
        assert not here.store.saves._database.rows("SELECT 1 FROM saves WHERE holder <> ''")
        context.__exit__(None, None, None)
        for gone in here.rooms.values():
            gone.engine.close()

"""Whatever players do to a room, who is connected at the end knows what one who comes then is told."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecs.components import Position, Scene
from net.codec import JSON, MESSAGEPACK
from net.protocol import Answer, Notice, PlayerRecord, Request, RoomState, Roster
from net.settings import RoomSettings
from tests.net.room_kit import Player, Table, make_game
from tests.net.scene_kit import ClientScene

NAMES = ("anna", "ben", "cid")
DEEDS = (
    "sit",
    "leave",
    "drop",
    "return",
    "jam",
    "drain",
    "walk",
    "hide",
    "give",
    "team",
    "buy",
    "pause",
    "announce",
    "tick",
)
deeds = st.lists(
    st.tuples(st.sampled_from(DEEDS), st.integers(0, len(NAMES) - 1), st.integers(0, 1_000)),
    min_size=20,
    max_size=60,
)


@dataclass
class Connection:
    """A connection, and what it must have been told."""

    player: Player
    announced: list[str] = field(default_factory=list)
    calls: set[int] = field(default_factory=set)

    def roster(self) -> list[PlayerRecord]:
        """The players as a client keeps them."""
        assert self.player.welcome is not None
        known = {record.player: record for record in self.player.welcome.roster}
        for item in self.player.items(Roster):
            assert isinstance(item, Roster)
            known |= {record.player: record for record in item.players}
            for number in item.left:
                known.pop(number, None)
        return [known[number] for number in sorted(known)]

    def state(self) -> str:
        """The room's state as a client keeps it."""
        assert self.player.welcome is not None
        told = [item.state for item in self.player.items(RoomState) if isinstance(item, RoomState)]
        return told[-1] if told else self.player.welcome.state

    def scene(self) -> ClientScene:
        """The scene as a client keeps it."""
        assert self.player.welcome is not None
        scene = ClientScene(self.player.welcome.schema)
        for bundle in self.player.bundles:
            scene.apply(bundle)
        return scene


class History:
    """A room, and what was done to it."""

    def __init__(self, view_radius: float | None, budget: float | None) -> None:
        self.table = Table(make_game(4, view_radius), RoomSettings(byte_budget=budget))
        self.open: dict[str, Connection] = {}
        self.seated: dict[str, int] = {}
        self.tokens: dict[str, str] = {}
        self.told = 0
        self.untold: list[str] = []
        """Announced since the last tick: who connects now is told as well."""
        self.calls = 0
        for name in NAMES:
            self.sit(name, len(self.seated))
        self.table.step()

    def do(self, deed: str, name: str, number: int) -> None:
        """Do one thing, where it can be done."""
        if deed == "tick":
            self.table.step()
            self.untold.clear()
        elif deed == "announce":
            self.announce()
        elif deed == "pause":
            self.table.room.transition(
                "pause" if self.table.room.is_running else "resume"
            ) if self.seated else None
        elif deed == "sit":
            self.sit(name, number)
        elif deed == "return" and name in self.seated:
            self.connect(name, number)
        elif name in self.open:
            self.with_connection(deed, name, number)

    def settle(self) -> None:
        """Everybody reads on, and some ticks pass."""
        if self.seated and not self.table.room.is_running:
            self.table.room.transition("resume")
        for connection in self.open.values():
            connection.player.session.congested = False
        self.table.step(8)

    def sit(self, name: str, number: int) -> None:
        if name in self.seated:
            return
        player = self.table.sit(name, (MESSAGEPACK, JSON)[number % 2])
        self.open[name] = Connection(player, list(self.untold))
        assert player.session.seat is not None
        self.tokens[name] = player.token
        self.seated[name] = player.session.seat.player

    def connect(self, name: str, number: int) -> None:
        player = self.table.connect((MESSAGEPACK, JSON)[number % 2])
        player.hello(self.tokens[name], self.table.now)
        self.tokens[name] = player.token
        self.open[name] = Connection(player, list(self.untold))

    def announce(self) -> None:
        self.told += 1
        text = f"news {self.told}"
        self.table.room.announce(text)
        self.untold.append(text)
        for connection in self.open.values():
            connection.announced.append(text)

    def with_connection(self, deed: str, name: str, number: int) -> None:
        connection, player = self.open[name], self.open[name].player
        world = self.table.room.engine.world
        if deed == "leave":
            self.calls += 1
            player.send(Request(self.calls, "delete", "seat", player.body(None)), now=self.table.now)
            del self.open[name], self.seated[name]
        elif deed == "drop":
            player.session.lost(self.table.now)
            del self.open[name]
        elif deed in ("jam", "drain"):
            player.session.congested = deed == "jam"
        elif deed == "buy":
            self.calls += 1
            connection.calls.add(self.calls)
            player.send(
                Request(self.calls, "post", "rpc/buy", player.body({"item": "x"})), now=self.table.now
            )
        elif deed == "team":
            if self.table.room.is_running and self.seated[name] in world.players:
                world.set_team(self.seated[name], number % 3 - 1)
        elif self.table.room.is_running:  # rules run in ticks only
            for entity, scene, position in world.query(Scene, Position):
                if scene.owner == self.seated[name]:
                    position.y = 60.0 * (entity % 16)  # a lane of its own: nothing pushes anything
                    self.change(deed, scene, position, number)

    def change(self, deed: str, scene: Scene, position: Position, number: int) -> None:
        if deed == "walk":
            position.x = float(number)
        elif deed == "hide" and self.table.game.view_radius is not None:
            scene.seen_by = ("near", "owner", "team", "always")[number % 4]
        elif deed == "give":
            scene.owner = number % 5 - 1


@pytest.fixture(params=[4_096, 0], ids=["all-pairs", "searched-pairs"])
def few(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whether pairs of players and entities are searched for, as in a large room."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("net.replication.interest.FEW", request.param)
        yield


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(("view_radius", "budget"), [(None, None), (250.0, None), (250.0, 1.0)])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=deeds)
def test_whatever_happens_all_know_the_same_in_the_end(
    view_radius: float | None, budget: float | None, deeds: list[tuple[str, int, int]]
) -> None:
    """Scene with private parts, roster and state are as a newcomer's; each announcement came once, in order; each call was
    answered once."""
    history = History(view_radius, budget)
    try:
        for deed, who, number in deeds:
            history.do(deed, NAMES[who], number)
        history.settle()
        for name, connection in list(history.open.items()):
            check(history, name, connection)
    finally:
        history.table.close()


def check(history: History, name: str, connection: Connection) -> None:
    """A connection knows what one that takes its place is told."""
    known, codec = connection.scene(), connection.player.session.codec
    history.connect(name, 1 if codec is JSON else 0)
    history.table.step()
    fresh = history.open[name].scene()
    assert known.public() == fresh.public()
    assert private_parts(known) == private_parts(fresh)
    assert connection.roster() == history.table.room.seats.records()
    assert connection.state() == history.table.room.state
    assert [
        item.text for item in connection.player.items(Notice) if isinstance(item, Notice)
    ] == connection.announced
    answers = [item.id for item in connection.player.items(Answer) if isinstance(item, Answer)]
    assert len(set(answers)) == len(answers)
    assert connection.calls <= set(
        answers
    )  # and what an earlier connection asked, when that was lost before the tick


def private_parts(scene: ClientScene) -> dict[int, dict[str, object]]:
    """What only this client knows, by slot."""
    return {
        slot: {name: seen.components[name] for name in sorted(seen.private)}
        for slot, seen in scene.entities.items()
        if seen.private
    }

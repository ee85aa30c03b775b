"""A client that stops reading its real socket, for a while or for ever, while another plays on."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from ecs.components import Position, Scene
from net.players.session import Seat
from net.players.sessions import token_digest
from net.protocol import CloseReason, Notice, ServerBundle, Snapshot, Welcome
from tests.net.door_kit import Client, Door
from tests.net.scene_kit import ClientScene
from tests.net.socket_kit import CLOSE, RunningServer, serving

HERD = 200
"""Entities that move in every tick: some 1.5 kB of state, so that a socket is soon full."""
PERIOD = 50.0
SMALL = 4_096
"""Bytes that the kernel keeps for the slow client."""


class Field(Door):
    """A room with a herd in it, in which something is announced in every tick."""

    def open_room(self) -> None:
        super().open_room()
        self.hosting.reserve("id-ben", "ben", token_digest("ben"), self.now)
        world = self.hosting.engine.world
        self.herd = [Position(500.0, float(number)) for number in range(HERD)]
        for place in self.herd:
            world.spawn(place, Scene("player", w=1.0, h=1.0))

    def step(self) -> None:
        self.now += PERIOD
        for place in self.herd:
            place.x += 1.0 if self.hosting.tick % 2 else -1.0
        self.hosting.announce(f"news {self.hosting.tick + 1}")
        super().step()

    def seat(self, name: str) -> Seat:
        return next(seat for seat in self.hosting.seats if seat.name == name)

    def is_congested(self, name: str) -> bool:
        session = self.seat(name).session
        return session is not None and session.congested


class Watcher:
    """A client's view of the room: the bundles in order, and the scene that they make."""

    def __init__(self, client: Client, name: str) -> None:
        self.client = client
        welcome: Welcome = client.hello(name)
        self.scene = ClientScene(welcome.schema)
        self.bundles: list[ServerBundle] = []

    def hear(self) -> ServerBundle:
        """Take the next bundle."""
        bundle = self.client.hear()
        assert isinstance(bundle, ServerBundle)
        self.scene.apply(bundle)
        self.bundles.append(bundle)
        return bundle

    def news(self) -> list[str]:
        """What was announced to it."""
        return [item.text for bundle in self.bundles for item in bundle.items if isinstance(item, Notice)]


@pytest.fixture
def field() -> Field:
    return Field()


@pytest.fixture
def server(field: Field) -> Iterator[RunningServer]:
    with serving(field.app) as running:
        running.call(field.open_room)
        yield running


def tick(server: RunningServer, field: Field, reader: Watcher) -> None:
    """A tick, which the one who reads gets at once and whole."""
    server.call(field.step)
    assert reader.hear().tick == field.hosting.tick


def fill(server: RunningServer, field: Field, reader: Watcher) -> None:
    """Ticks until the one who does not read is congested."""
    while not server.call(lambda: field.is_congested("ben")):
        tick(server, field, reader)
        assert field.hosting.tick < 2_000, "ben's socket takes for ever"


@pytest.mark.parametrize("seconds", [1.0, 10.0])
def test_who_stops_for_a_while_has_all_of_it_afterwards(
    server: RunningServer, field: Field, seconds: float
) -> None:
    """The other gets every tick; the slow one one snapshot in place of the states it missed, and every announcement once."""
    with Client(server) as first, Client(server, receive_buffer=SMALL) as second:
        ann, ben = Watcher(first, "ann"), Watcher(second, "ben")
        fill(server, field, ann)
        missed = round(seconds * 1_000.0 / PERIOD)
        for _ in range(missed):
            tick(server, field, ann)
        while server.call(lambda: field.is_congested("ben")):
            ben.hear()
        for _ in range(3):
            tick(server, field, ann)
        while not ben.bundles or ben.bundles[-1].tick < field.hosting.tick:
            ben.hear()
        gaps = [later.tick - earlier.tick - 1 for earlier, later in pairwise(ben.bundles)]
        assert [gap for gap in gaps if gap] == [max(gaps)]
        assert max(gaps) >= missed
        snapshots = [place for place, bundle in enumerate(ben.bundles) if type(bundle.items[0]) is Snapshot]
        assert snapshots == [0, gaps.index(max(gaps)) + 1]
        assert ben.news() == ann.news() == [f"news {number + 1}" for number in range(field.hosting.tick)]
        assert ben.scene.same_as(ann.scene)


def test_who_stops_for_ever_is_closed_and_may_come_back(server: RunningServer, field: Field) -> None:
    """After the room's time it is SLOW_CLIENT, for it and in the log; nobody else notices, its seat is there when it returns."""
    with Client(server) as first, Client(server, receive_buffer=SMALL) as second:
        ann, ben = Watcher(first, "ann"), Watcher(second, "ben")
        fill(server, field, ann)
        for _ in range(round(field.hosting.settings.slow_client / PERIOD) + 2):
            tick(server, field, ann)
        assert field.seat("ben").session is None
        frames = second.raw.frames_until_close()
        assert (frames[-1].opcode, frames[-1].code) == (CLOSE, CloseReason.SLOW_CLIENT)
        for frame in frames[:-1]:
            bundle = second.codec.decode_server(frame.payload)
            assert isinstance(bundle, ServerBundle)
            ben.scene.apply(bundle)
        with Client(server) as again:
            ben = Watcher(again, "ben")
            tick(server, field, ann)
            ben.hear()
            assert ben.scene.same_as(ann.scene)
    server.until_empty()
    assert [fields["code"] for _, fields in field.lines] == [CloseReason.SLOW_CLIENT]

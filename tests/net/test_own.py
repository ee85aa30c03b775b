"""What a client that predicts is told of its own entities, and nobody else."""

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.client.scene import MOTION
from net.codec import CODECS, MESSAGEPACK, Codec
from net.drivers.virtual import VirtualRoom
from net.errors import RemoteProtocolError
from net.protocol import EXACT_COMPONENT, EXACT_MOTION, Change, CloseReason, Private
from net.replication.own import OwnMotion
from tickroom import Collide, Game, Position, Scene, Velocity, World

numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**40), 2**40)
EXACTLY = (0.1 + 0.2, 1.0 / 3.0)


@dataclass(slots=True)
class Fuel:
    """Predicted, and sent in steps."""

    left: float = 100.0 / 3.0


@dataclass(slots=True)
class Plan:
    """Predicted, and sent to nobody else."""

    stops: list[int]


@dataclass(slots=True)
class Rooted:
    """Predicted, without a field: it is there or not."""


def make_game(*tags: type) -> Game:
    """Players whose entity stands at no multiple of a step. `tags` are components without fields that are predicted, too."""
    game = Game("exact", tick_rate=20, width=1000.0, height=1000.0)
    game.kind("car")
    game.component(Fuel, replicate="near", quantise={"left": 1.0}, predicted=True)
    game.component(Plan, predicted=True)
    for tag in tags:
        game.component(tag, predicted=True)
    game.fingerprint = "the same rules"

    @game.on("join")
    def join(world: World, player: int) -> None:
        parts = (Position(*EXACTLY), Velocity(), Collide(w=10.0, h=10.0, solid=False))
        world.spawn(*parts, Scene("car", owner=player), Fuel(), Plan([player, 7]))

    game.seal()
    return game


@given(st.lists(st.tuples(numbers, numbers, numbers, numbers, numbers, numbers), min_size=1, max_size=5))
def test_packed_motion_is_the_message(motions: list[tuple[float, ...]]) -> None:
    """Whatever changes, and whatever stays: the bytes that are put together by hand say what the message says."""
    packed, written = OwnMotion(300), OwnMotion(300)
    for x, y, angle, vx, vy, spin in motions:
        for each in (packed, written):
            each.position, each.velocity = Position(x, y, angle), Velocity(vx, vy, spin)
        data, change = packed.packed(), written.change()
        assert (not data) == (change is None)
        if change is None:
            continue
        slot, place, values = msgspec.msgpack.decode(data)
        assert (slot, place) == (300, EXACT_MOTION)
        told = zip(values, change.values or [], (x, y, angle, vx, vy, spin), strict=True)
        assert all(ours in (theirs, now) for ours, theirs, now in told)  # what stays may be said again


def predicting(room: VirtualRoom, codec: Codec = MESSAGEPACK) -> Any:
    """A player who has the rules."""
    return room.join("Ada", codec=codec, predict=True)


def test_an_owner_is_told_exactly() -> None:
    """In both codecs, after the snapshot and after a change: motion, a component in steps, one that nobody is sent."""
    for codec in CODECS.values():
        with VirtualRoom(make_game()) as room:
            ada = predicting(room, codec)
            assert ada.me.exact[MOTION][:2] == list(EXACTLY)
            assert ada.me.exact["Fuel"] == [100.0 / 3.0]
            assert ada.me.exact["Plan"] == [[0, 7]]
            entity = ada.me.id
            room.world.get(entity, Position).x = 1.0 / 7.0
            room.world.get(entity, Fuel).left = 2.0 / 7.0
            room.run(3)
            assert ada.me.exact[MOTION][:2] == [1.0 / 7.0, EXACTLY[1]]
            assert ada.me.exact["Fuel"] == [2.0 / 7.0]


def test_a_component_that_is_taken_off_is_told() -> None:
    """Its exact values go with it."""
    with VirtualRoom(make_game()) as room:
        ada = predicting(room)
        room.world.remove(ada.me.id, Plan)
        room.run(3)
        assert "Plan" not in ada.me.exact
        assert ada.me.exact["Fuel"] == [100.0 / 3.0]


def test_another_owner_is_told_and_the_first_one_no_more() -> None:
    """The entity changes hands."""
    with VirtualRoom(make_game()) as room:
        ada, ben = predicting(room), room.join("Ben", predict=True)
        entity = ada.me.id
        room.world.get(entity, Scene).owner = ben.core.player
        room.run(3)
        room.world.get(entity, Position).x = 1.0 / 7.0
        room.run(3)
        seen = [client.scene.get(entity) for client in (ben, ada)]
        assert [each.exact.get(MOTION, [None])[0] for each in seen if each is not None] == [1.0 / 7.0, None]
        room.world.get(entity, Scene).owner = ada.core.player
        room.run(3)
        assert [each.exact.get(MOTION, [None])[0] for each in seen if each is not None] == [None, 1.0 / 7.0]


def test_motion_is_no_longer_exact_when_nothing_is_predicted_any_more() -> None:
    """The last predicted component is taken off: the entity moves on as all see it, and is exact again when one is put back."""
    for codec in CODECS.values():
        with VirtualRoom(make_game()) as room:
            ada = predicting(room, codec)
            entity = ada.me.id
            fuel, plan = room.world.remove(entity, Fuel), room.world.remove(entity, Plan)
            room.world.get(entity, Position).x = 1.0 / 7.0
            room.run(3)
            assert ada.me.exact == {}
            assert ada.me.x == pytest.approx(1.0 / 7.0, abs=0.1)
            for part in (fuel, plan):
                room.world.add(entity, part)
            room.run(3)
            assert ada.me.exact[MOTION][0] == 1.0 / 7.0


def test_a_component_without_fields_is_there_or_not() -> None:
    """`[name, []]` says that it is there, `[name]` that it is not: added, removed, added again, and in a snapshot."""
    for codec in CODECS.values():
        game = make_game(Rooted)
        with VirtualRoom(game) as room:
            ada = predicting(room, codec)
            entity = ada.me.id
            for has in (False, True, False, True):
                if has and not room.world.has(entity, Rooted):
                    room.world.add(entity, Rooted())
                elif not has and room.world.has(entity, Rooted):
                    room.world.remove(entity, Rooted)
                room.run(3)
                assert ada.me.exact.get("Rooted") == ([] if has else None)
            ada.core.request("get", "snapshot")
            room.run(3)
            assert ada.me.exact["Rooted"] == []


@pytest.mark.parametrize("values", [None, [], [7], ["Rooted", 7], ["Rooted", [], 7], ["", [1.0]], [""]])
def test_exact_components_that_are_none_are_the_servers_fault(values: list[Any] | None) -> None:
    """No name, no fields, more than both: malformed."""
    with VirtualRoom(make_game()) as room:
        ada = predicting(room)
        private = Private(ada.scene.snapshot_id, False, [Change(ada.me.slot, EXACT_COMPONENT, values)])
        with pytest.raises(RemoteProtocolError) as caught:
            ada.scene.apply_private(private)
        assert caught.value.reason is CloseReason.MALFORMED


def test_who_does_not_predict_is_told_nothing() -> None:
    """The bytes of others are the same, whether somebody predicts or not."""
    sent: list[list[bytes]] = []
    for predict in (False, True):
        with VirtualRoom(make_game()) as room:
            room.join("Ada", predict=predict)
            ben = room.join("Ben")
            ben.tape = []
            for tick in range(10):
                room.world.get(1, Position).x = 100.0 + tick / 3.0
                room.run()
            assert all(not entity.exact for entity in ben.scene)
            sent.append([payload for how, payload in ben.tape if how == "received"])
    assert sent[0] == sent[1]


def test_a_client_with_other_rules_does_not_predict() -> None:
    """It is told why, and nothing exactly."""
    game = make_game()
    other = make_game()
    other.fingerprint = "other rules"
    with VirtualRoom(game) as room:
        ada = predicting(room)
        assert ada.core.prediction.why_not == ""
        ada.core.prediction._game = other
        ada.core._fingerprint = other.fingerprint
        ada.drop()
        ada.reconnect()
        assert ada.core.welcome.prediction == "the client's rules are not the server's"
        assert ada.core.prediction.why_not == ada.core.welcome.prediction
        room.run(3)
        assert ada.me.exact == {}


def test_changes_of_motion_are_small() -> None:
    """A car that goes straight on costs its owner some twenty bytes a tick."""
    motion = OwnMotion(3)
    motion.packed()
    motion.position = Position(5.5, 6.5)
    assert len(motion.packed()) == 2 + 1 + 1 + 18 + 4
    motion.position = Position(5.5, 6.5)
    assert motion.packed() == b""

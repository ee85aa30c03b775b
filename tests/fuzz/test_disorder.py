"""Bundles of a real game that are lost, doubled, swapped or old: a client knows the truth, or that it does not know it."""

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import isfinite
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.msgpack import decode
from msgspec.structs import astuple, replace

from app.bots.brain import WanderingBrain
from net.client.core import ClientCore
from net.client.prediction.worker import PredictionWorker
from net.client.states import ClientState
from net.codec import CODECS, MESSAGEPACK, Codec
from net.drivers.virtual import VirtualRoom
from net.errors import RemoteProtocolError
from net.protocol import (
    Answer,
    ClientBundle,
    CloseReason,
    Input,
    Master,
    Pong,
    Request,
    ServerBundle,
    SyncReply,
)
from tests.effort import examples
from tests.fuzz.messages import damaged_trees, encoded
from tickroom.testing import load_game

ARENA = load_game(Path(__file__).resolve().parents[2] / "mods" / "arena")
TICKS = 150
SNAPSHOT_EVERY = 40
INTERVAL = 1000.0 / 30
Known = dict[int, tuple[Any, ...]]


@dataclass
class Recording:
    """What a server has said to one player, and what a client that heard all of it knew after each bundle, by its snapshot."""

    payloads: list[bytes]
    known: dict[int, Known]


@cache
def recording(codec: str) -> Recording:
    """Five seconds of the arena with three bots, with a snapshot now and then."""
    with VirtualRoom(ARENA, seed=5) as room:
        recorded = Recording([], {})
        listener = room.join("Ada", codec=CODECS[codec])
        listener.drop()
        listener.core = ClientCore(listener.core.token, codec=CODECS[codec], game=ARENA.game)
        receive = listener.core.receive

        def record(payload: bytes, now: float) -> Any:
            events = receive(payload, now)
            recorded.payloads += impersonal(payload, listener.core.codec)
            recorded.known[listener.scene.snapshot_id] = known(listener.core)
            return events

        listener.core.receive = record  # type: ignore[method-assign]
        listener.reconnect()
        others = [listener, room.join("Ben"), room.join("Cy")]
        brains = [WanderingBrain(other.core.schema.inputs, Random(at)) for at, other in enumerate(others)]
        for tick in range(TICKS):
            for brain, other in zip(brains, others, strict=True):
                brain.play(other.core.inputs, room.now)
            if tick % SNAPSHOT_EVERY == SNAPSHOT_EVERY - 1:
                listener.core.request("get", "snapshot")
            room.run()
        return recorded


def impersonal(payload: bytes, codec: Codec) -> list[bytes]:
    """A message as it could be told to a client that has said nothing yet: without answers."""
    message = codec.decode_server(payload)
    if isinstance(message, SyncReply):
        return []
    if not isinstance(message, ServerBundle):
        return [payload]
    items = [item for item in message.items if not isinstance(item, Answer | Pong)]
    return [codec.encode(replace(message, items=items, last_input=-1, last_id=0))]


def known(core: ClientCore) -> Known:
    """All of a client's scene."""
    return {
        seen.id: (
            seen.slot, seen.kind, seen.owner, seen.x, seen.y, seen.vx, seen.vy, seen.w, seen.h, seen.angle, seen.state,
            {name: astuple(values) for name, values in seen.components.items()},
            {name: astuple(values) for name, values in seen.private.items()},
            {name: list(part) for name, part in seen.exact.items()},
        )
        for seen in core.scene
    }  # fmt: skip


def disorder(random: Random, payloads: list[bytes], faults: int) -> list[bytes]:
    """The same messages but for some that are lost, doubled, swapped with the next, or said once more much later."""
    told = list(payloads)
    for _ in range(faults):
        at = random.randrange(len(told) - 1)
        match random.choice(("lose", "lose", "double", "swap", "old")):
            case "lose":
                del told[at]
            case "double":
                told.insert(at, told[at])
            case "swap":
                told[at], told[at + 1] = told[at + 1], told[at]
            case "old":
                told.insert(random.randrange(at, len(told)), told[at])
    return told


@pytest.mark.parametrize("predicts", [False, True], ids=["interpolating", "predicting"])
@pytest.mark.parametrize("codec", list(CODECS))
@examples(60)
@given(st.integers(0, 2**32), st.integers(1, 6))
def test_a_client_has_the_truth_or_says_that_it_has_not(
    codec: str, predicts: bool, seed: int, faults: int
) -> None:
    """After each message its scene is the server's of that snapshot, or it is stale and asks for another within a second;
    what no server says in that order ends the connection with a reason. Prediction is no exception, and goes on."""
    recorded = recording(codec)
    core = ClientCore("token", codec=CODECS[codec], game=ARENA.game if predicts else None)
    core.connect()
    now, waited = 0.0, 0.0
    welcome, *rest = recorded.payloads
    for payload in [welcome, *disorder(Random(seed), rest, faults)]:
        now += INTERVAL
        refusal = refused(core, payload, now)
        if refusal is not None:
            assert refusal.sentence and refusal.reason in {CloseReason.OUT_OF_STATE, CloseReason.MALFORMED}
            assert core.state is ClientState.LOST
            break
        asked = any(
            isinstance(item, Request) and item.resource == "snapshot"
            for item in core.codec.decode_client(core.tick(now)).items  # type: ignore[union-attr]
        )
        waited = 0.0 if asked or not core.scene.stale else waited + INTERVAL
        assert waited < 1_100.0
        if not core.scene.stale:
            assert known(core) == recorded.known[core.scene.snapshot_id]
        core.data_to_send()
        assert all(isfinite(pose.x + pose.y + pose.angle) for pose in core.poses(now))
        assert not predicts or core.prediction.why_not == ""
    core.prediction.stop("")


@pytest.mark.parametrize("predicts", [False, True], ids=["interpolating", "predicting"])
@examples(60)
@given(st.data())
def test_damage_in_a_bundle_is_refused_or_harmless(predicts: bool, data: st.DataObject) -> None:
    """Real bundles of which some have a strange value somewhere: unknown slots, components, columns that do not fit. The
    connection ends with a reason, or play goes on; nothing else is raised, drawn or predicted."""
    recorded = recording("tickroom.v1")
    core = ClientCore("token", game=ARENA.game if predicts else None)
    core.connect()
    core.receive(recorded.payloads[0], 0.0)
    begin = data.draw(st.sampled_from([1, 2, 30, 90]))
    for number, payload in enumerate(recorded.payloads[1 : begin + 12], 1):
        now = number * INTERVAL
        hurt = number >= begin and data.draw(st.booleans())
        told = encoded(data.draw(damaged_trees(decode(payload))), core.codec) if hurt else payload
        if refused(core, told, now) is not None:
            assert core.state is ClientState.LOST
            break
        core.data_to_send()
        core.tick(now)
        assert all(isfinite(pose.x + pose.y + pose.angle) for pose in core.poses(now))
    core.prediction.stop("")


@pytest.mark.parametrize("how", ["disorder", "damage"])
@examples(60)
@given(st.data())
def test_a_prediction_that_is_fed_with_frames_ends_with_a_reason(how: str, data: st.DataObject) -> None:
    """What a page's Worker runs: frames that are lost, doubled, old or strange are the server's fault, or predicted on."""
    recorded = recording("tickroom.v1")
    welcome, *rest = recorded.payloads
    random = Random(data.draw(st.integers(0, 2**32)))
    told = (
        disorder(random, rest, random.randint(1, 6)) if how == "disorder" else rest[: random.choice([3, 40])]
    )
    worker = PredictionWorker()
    worker.begin(ARENA.game, welcome)
    tick = worker.predictor.engine.world.tick
    try:
        for number, payload in enumerate(told):
            hurt = how == "damage" and number > len(told) - 4
            worker.server_frame(
                encoded(data.draw(damaged_trees(decode(payload))), MESSAGEPACK) if hurt else payload
            )
            tick = max(tick, worker.predictor.state) + 1
            held = Input(tick, random.getrandbits(7), 0, [0, 0, 32_767, 0])
            shown = MESSAGEPACK.encode(ClientBundle(tick, -1, [held]))
            for _, components, _ in decode(worker.client_frame(shown))[2]:
                assert all(isfinite(value) for value in components["Position"])
    except RemoteProtocolError as error:
        refusal = error.sentence
        assert refusal
    finally:
        worker.close()


@pytest.mark.parametrize("predicts", [False, True], ids=["client", "worker"])
def test_what_is_of_lock_step_is_nothing_for_a_scene(predicts: bool) -> None:
    """Where the server computes, a generation's commands come from a server that is out of order, and are said to be."""
    recorded = recording("tickroom.v1")
    strange = MESSAGEPACK.encode(ServerBundle(9_999, 0.0, -1, 0, 0, [Master(1, 1, 16, [], -1, 0)]))
    worker, core = PredictionWorker(), ClientCore("token")
    core.connect()
    worker.begin(ARENA.game, recorded.payloads[0])
    core.receive(recorded.payloads[0], 0.0)
    with pytest.raises(RemoteProtocolError, match="of lock-step"):
        worker.server_frame(strange) if predicts else core.receive(strange, 50.0)
    worker.close()


def refused(core: ClientCore, payload: bytes, now: float) -> RemoteProtocolError | None:
    """Why a message ends the connection, if it does."""
    try:
        core.receive(payload, now)
    except RemoteProtocolError as error:
        return error
    return None


@pytest.mark.parametrize("predicts", [False, True], ids=["interpolating", "predicting"])
def test_what_is_told_in_order_is_taken(predicts: bool) -> None:
    """Else the other test would prove nothing: a client that hears all of it knows all of it, entities come and go, and own
    ones are predicted."""
    recorded = recording("tickroom.v1")
    core = ClientCore("token", game=ARENA.game if predicts else None)
    core.connect()
    for number, payload in enumerate(recorded.payloads):
        core.receive(payload, number * INTERVAL)
        core.tick(number * INTERVAL)
    assert known(core) == recorded.known[core.scene.snapshot_id] and not core.scene.stale
    entities = [set(each) for each in recorded.known.values()]
    assert len(recorded.known) > TICKS and any(a != b for a, b in pairwise(entities))
    assert (core.prediction.statistics.compared > 0) == predicts
    core.prediction.stop("")

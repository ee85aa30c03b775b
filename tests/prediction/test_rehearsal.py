"""What a page's Worker tries out before its first answer: nobody sees anything of it. And pages that speak JSON."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import pytest

from ecs.inputs import PlayerInput
from net.client.prediction.engine import PredictedEngine
from net.client.prediction.predicted import Predicted
from net.client.prediction.rehearsal import rehearse
from net.client.prediction.worker import PredictionWorker
from net.codec import JSON, MESSAGEPACK, Codec
from net.drivers.virtual import VirtualRoom
from net.protocol import ClientBundle, Input
from systems.engine import SystemFailed
from tests.mods.loading import load

ROOT = Path(__file__).resolve().parents[2]
IDLE = 20
"""Ticks before the first press."""
AFTER = 4
"""Ticks with a key down in which the press is on its way: nothing comes back of it."""


def tape(game: str, codec: Codec = MESSAGEPACK) -> list[tuple[str, bytes]]:
    """The frames of somebody who stands, and then runs and shoots, 90 ms away, from the welcome on."""
    with VirtualRoom(load(game), seed=2) as room:
        ada = room.join("Ada", latency=90.0, jitter=20.0, codec=codec)
        ada.drop()
        ada.tape = []
        ada.reconnect()
        room.run(IDLE)
        for key in ("right", "fire") if game == "arena" else ("right",):
            ada.hold(key)
        room.run(40)
        ada.release("right")
        room.run(20)
        return ada.tape


def answers(
    worker: PredictionWorker, game: str, frames: list[tuple[str, bytes]], read: Callable[[bytes], bytes | str]
) -> list[bytes]:
    """What a worker answers to each frame of the client's."""
    told = []
    worker.begin(load(game), read(frames[0][1]))
    for how, payload in frames[1:]:
        if how == "received":
            worker.server_frame(read(payload))
        else:
            told.append(worker.client_frame(read(payload)))
    worker.close()
    return told


@pytest.mark.parametrize("game", ["arena", "village"])
def test_a_rehearsal_changes_no_answer(game: str) -> None:
    """With all keys tried out on a copy before the first, the answers are those of a worker that has tried nothing."""
    frames = tape(game)
    plain = answers(PredictionWorker(), game, frames, bytes)
    assert len(plain) >= 60
    assert answers(PredictionWorker(rehearses=True), game, frames, bytes) == plain


class Calls:
    """Which functions of ours, and of the game, were called meanwhile."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __enter__(self) -> None:
        sys.setprofile(self._called)

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _called(self, frame: FrameType, event: str, _: object) -> None:
        path = frame.f_code.co_filename
        if event == "call" and path.startswith(str(ROOT)) and "/tests/" not in path:
            self.names.add(f"{path[len(str(ROOT)) + 1 :]} {frame.f_code.co_qualname}")


@pytest.mark.parametrize("game", ["arena", "village"])
def test_a_first_press_calls_nothing_for_the_first_time(game: str) -> None:
    """What is called for a press, for the ticks after it and for their correction was called in the rehearsal. But for what
    lies between two states of others, which a copy that knows one of them cannot look at."""
    frames = tape(game)
    worker, before, pressed = PredictionWorker(rehearses=True), Calls(), Calls()
    worker.begin(load(game), frames[0][1])
    presses = 0
    for how, payload in frames[1:]:
        if how == "received":
            worker.server_frame(payload)
            continue
        presses += holds_something(payload)
        with pressed if presses else before:
            worker.client_frame(payload)
        if presses == AFTER:
            break
    with pressed:
        worker.predictor.compute_again()
    worker.close()
    assert presses == AFTER
    new = pressed.names - before.names
    assert {name for name in new if not name.startswith("ecs/rewind.py ")} == set()


def holds_something(payload: bytes) -> bool:
    """Whether a bundle of the client's has an input with a key down."""
    bundle = MESSAGEPACK.decode_client(payload)
    return isinstance(bundle, ClientBundle) and any(
        isinstance(item, Input) and item.held > 0 for item in bundle.items
    )


def test_there_is_nothing_to_rehearse_before_a_state_is_known() -> None:
    """After the welcome alone it says so, and tries again with the next answer."""
    frames, worker = tape("arena"), PredictionWorker(rehearses=True)
    worker.begin(load("arena"), frames[0][1])
    assert not rehearse(worker.predictor)
    for how, payload in frames[1:]:
        if how == "received":
            worker.server_frame(payload)
    assert rehearse(worker.predictor)
    worker.close()


def rehearsed(game: str, before: Callable[[PredictionWorker], None]) -> PredictionWorker:
    """A worker that was told everything and then rehearses, once `before` has been done to it."""
    worker = PredictionWorker()
    frames = tape(game)
    worker.begin(load(game), frames[0][1])
    for how, payload in frames[1:]:
        if how == "received":
            worker.server_frame(payload)
    before(worker)
    assert rehearse(worker.predictor)
    return worker


def test_a_rehearsal_leaves_nothing_behind() -> None:
    """The copy's physics looks at the same map, and no longer than it computes."""
    watched: list[int] = []
    worker = rehearsed("village", lambda worker: watched.append(watching(worker)))
    assert [watching(worker)] == watched != [0]
    worker.close()


def watching(worker: PredictionWorker) -> int:
    """How many are told of the map's changes."""
    return len(worker.predictor.engine.world.map._logs)


def test_a_rule_that_fails_in_a_rehearsal_ends_the_rehearsal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has pressed all keys at once: prediction goes on."""
    step, failed = PredictedEngine.step, []

    def picky(engine: PredictedEngine, tick: int, given: PlayerInput, *rest: Any, **how: Any) -> Any:
        if given.held("left") and given.held("right"):
            failed.append(tick)
            raise SystemFailed("walk", ZeroDivisionError())
        return step(engine, tick, given, *rest, **how)

    monkeypatch.setattr(PredictedEngine, "step", picky)
    worker = rehearsed("arena", lambda _: failed.clear())
    assert len(failed) == 1
    assert worker.client_frame(next(payload for how, payload in reversed(tape("arena")) if how != "received"))
    worker.close()


def test_a_page_that_speaks_json_is_predicted_as_any_other() -> None:
    """Text frames, with packed columns as arrays: the answers are those of the same moves in MessagePack."""
    told = answers(PredictionWorker(rehearses=True), "arena", tape("arena", JSON), bytes.decode)
    assert told == answers(PredictionWorker(), "arena", tape("arena"), bytes)
    assert msgspec.msgpack.decode(told[-1], type=Predicted).pending >= 5, "they are ahead of the server"

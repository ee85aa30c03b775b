"""What a page's Worker tries out before its first answer: nobody sees anything of it. And pages that speak JSON."""

from collections.abc import Callable

import msgspec
import pytest

from net.client.prediction.predicted import Predicted
from net.client.prediction.rehearsal import rehearse
from net.client.prediction.worker import PredictionWorker
from net.codec import JSON, MESSAGEPACK, Codec
from net.drivers.virtual import VirtualRoom
from tests.mods.loading import load


def tape(game: str, codec: Codec = MESSAGEPACK) -> list[tuple[str, bytes]]:
    """The frames of somebody who runs and shoots for two seconds, 90 ms away, from the welcome on."""
    with VirtualRoom(load(game), seed=2) as room:
        ada = room.join("Ada", latency=90.0, jitter=20.0, codec=codec)
        ada.drop()
        ada.tape = []
        ada.reconnect()
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


def test_a_page_that_speaks_json_is_predicted_as_any_other() -> None:
    """Text frames, with packed columns as arrays: the answers are those of the same moves in MessagePack."""
    told = answers(PredictionWorker(rehearses=True), "arena", tape("arena", JSON), bytes.decode)
    assert told == answers(PredictionWorker(), "arena", tape("arena"), bytes)
    assert msgspec.msgpack.decode(told[-1], type=Predicted).pending >= 5, "they are ahead of the server"

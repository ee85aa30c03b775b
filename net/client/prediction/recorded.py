"""What a connection received and sent, computed again by the predicted systems alone: the same numbers on every runtime.

A recording is MessagePack: the welcome, the server's bundles up to a snapshot, and the client's bundles after it. A native client
writes one down (`VirtualClient.tape`), and anybody may run it, in a Worker too.
"""

from collections.abc import Callable

import msgspec

from ecs.game import Game
from ecs.snapshot import checksum
from net.client.prediction.engine import PredictedEngine
from net.client.prediction.inputs import ClientInputDispatcher
from net.client.prediction.predictor import Predictor
from net.client.prediction.worker import PredictionWorker, rules_of
from net.codec import MESSAGEPACK
from net.protocol import ClientBundle, Input


class Recording(msgspec.Struct, frozen=True, array_like=True):
    """Frames of one connection, in MessagePack."""

    welcome: bytes
    server: list[bytes]
    client: list[bytes]

    def packed(self) -> bytes:
        """As bytes, for `unpacked`."""
        return msgspec.msgpack.encode(self)


def unpacked(data: bytes) -> Recording:
    """What `packed` gave. Raises msgspec.ValidationError."""
    return msgspec.msgpack.decode(bytes(data), type=Recording)


def checksums(game_module: str, data: bytes) -> list[int]:
    """The checksum of the predicted world after each input of a recording."""
    return checksums_of(rules_of(game_module), data)


def checksums_of(game: Game, data: bytes) -> list[int]:
    """The same, of a game that is there. Nothing is put right meanwhile, and keyframes are as in a room."""
    recording = unpacked(data)
    worker = _begun(game, recording)
    engine = worker.predictor.engine
    inputs = ClientInputDispatcher(engine.world.idle_input)
    sums = []
    for frame in recording.client:
        for tick in _ticks(frame, inputs, engine):
            engine.step(tick, inputs.diff(tick), [], again=False)
            sums.append(checksum(engine.world))
    worker.close()
    return sums


def costs(
    game: Game, data: bytes, clock: Callable[[], float], rounds: int
) -> tuple[list[float], list[float], int]:
    """What it costs to compute a recording's inputs again from its last state, and to compute one tick; by `clock`, in turns.

    The third is how many inputs that are.
    """
    recording = unpacked(data)
    worker = _begun(game, recording)
    predictor = worker.predictor
    for frame in recording.client:
        worker.client_frame(frame)
    pending = predictor.tick - predictor.state
    again = [_timed(predictor, clock) for _ in range(rounds)]
    worker.close()
    return [cost for cost, _ in again], [tick for _, tick in again], pending


def _timed(predictor: Predictor, clock: Callable[[], float]) -> tuple[float, float]:
    began = clock()
    predictor.compute_again()
    between = clock()
    predictor.try_tick()
    return between - began, clock() - between


def _begun(game: Game, recording: Recording) -> PredictionWorker:
    """A prediction that knows the state, and has computed nothing yet."""
    worker = PredictionWorker()
    worker.begin(game, recording.welcome)
    for frame in recording.server:
        worker.server_frame(frame)
    worker.predictor.reconcile()
    return worker


def _ticks(frame: bytes, inputs: ClientInputDispatcher, engine: PredictedEngine) -> range:
    """The ticks up to that of a bundle of the client's, whose inputs are known from now on."""
    bundle = MESSAGEPACK.decode_client(frame)
    if not isinstance(bundle, ClientBundle):
        return range(0)
    for item in bundle.items:
        if isinstance(item, Input):
            inputs.enqueue(item)
    return range(engine.world.tick + 1, bundle.tick + 1)

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


class Reconciling:
    """A recording whose inputs are pending: what it costs to compute all of them again, and one tick, in turns."""

    def __init__(self, game: Game, data: bytes) -> None:
        recording = unpacked(data)
        self._worker = _begun(game, recording)
        for frame in recording.client:
            self._worker.client_frame(frame)
        predictor = self._worker.predictor
        self.pending = predictor.tick - predictor.state

    def measure(self, clock: Callable[[], float], rounds: int) -> tuple[float, float]:
        """By `clock`: the median cost of being put right with all inputs pending, and that of one of these ticks, on average."""
        predictor = self._worker.predictor
        again, ticks = [], []
        for _ in range(rounds):
            began = clock()
            predictor.compute_again()
            again.append(clock() - began)
            predictor.compute_again(0)
            began = clock()
            for _ in range(self.pending):
                predictor.compute_on()
            ticks.append((clock() - began) / self.pending)
        return sorted(again)[rounds // 2], sorted(ticks)[rounds // 2]

    def close(self) -> None:
        """Free it."""
        self._worker.close()


def costs(game_module: str, data: bytes, clock: Callable[[], float], rounds: int) -> tuple[float, float, int]:
    """`Reconciling` of a module's game: the two costs, and how many inputs were pending."""
    reconciling = Reconciling(rules_of(game_module), data)
    again, tick = reconciling.measure(clock, rounds)
    reconciling.close()
    return again, tick, reconciling.pending


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

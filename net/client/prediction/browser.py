"""What a page's Worker calls: one prediction, fed with frames. They come from JavaScript as views of bytes."""

from importlib import import_module

from net.client.prediction.worker import PredictionWorker

_worker = PredictionWorker()


def prepare(game_module: str) -> None:
    """Import the game's rules, while the page has time. Raises ImportError."""
    import_module(game_module)


def start(game_module: str, welcome_frame: memoryview) -> None:
    """A connection has begun: as `PredictionWorker.start`."""
    _worker.start(game_module, bytes(welcome_frame))


def server_frame(data: memoryview) -> None:
    """A message of the server's, as it was received."""
    _worker.server_frame(bytes(data))


def client_frame(data: memoryview) -> bytes:
    """A message of the client's, as it was sent; `Predicted` as MessagePack."""
    return _worker.client_frame(bytes(data))

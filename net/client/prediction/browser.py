"""What a page's Worker calls: one prediction, fed with frames. They come from JavaScript as strings, or as views of bytes."""

from importlib import import_module

from net.client.prediction.worker import PredictionWorker

_worker = PredictionWorker(rehearses=True)


def prepare(game_module: str) -> None:
    """Import the game's rules, while the page has time. Raises ImportError."""
    import_module(game_module)


def start(game_module: str, welcome_frame: memoryview | str) -> None:
    """A connection has begun: as `PredictionWorker.start`."""
    _worker.start(game_module, _frame(welcome_frame))


def server_frame(data: memoryview | str) -> None:
    """A message of the server's, as it was received."""
    _worker.server_frame(_frame(data))


def client_frame(data: memoryview | str) -> bytes:
    """A message of the client's, as it was sent; `Predicted` as MessagePack."""
    return _worker.client_frame(_frame(data))


def _frame(data: memoryview | str) -> bytes | str:
    return data if isinstance(data, str) else bytes(data)

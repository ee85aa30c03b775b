"""A prediction that is fed with frames: what a Web Worker runs. It sees what passes through the socket, both ways."""

from importlib import import_module

from ecs.game import Game
from net.client.prediction.predicted import Predicted
from net.client.prediction.predictor import Predictor
from net.client.prediction.rehearsal import rehearse
from net.codec import JSON, MESSAGEPACK, Codec
from net.errors import RemoteProtocolError
from net.protocol import ClientBundle, CloseReason, ServerBundle, Welcome


def rules_of(game_module: str) -> Game:
    """The game of a module. Raises ImportError."""
    game = getattr(import_module(game_module), "game", None)
    if not isinstance(game, Game):
        raise ImportError(f"{game_module} has no game")  # noqa: TRY004 - the module is not what it was said to be
    game.seal()
    return game


class PredictionWorker:
    """Frames in, text or bytes as they travel, and `Predicted` out as MessagePack. What it raises is the end of this prediction:
    RemoteProtocolError (the server's fault), SystemFailed (a rule's), ImportError (no such game)."""

    def __init__(self, *, rehearses: bool = False) -> None:
        """`rehearses`: before its first answer about something of the player's own it tries presses out on a copy."""
        self._rehearses = rehearses
        self._game: Game | None = None
        self._predictor: Predictor | None = None

    def start(self, game_module: str, welcome_frame: bytes | str) -> None:
        """Begin with the module of the game's shared rules, which has its `game`, and the welcome as it was received."""
        self.begin(rules_of(game_module), welcome_frame)

    def begin(self, game: Game, welcome_frame: bytes | str) -> None:
        """As `start`, for a game that is there."""
        self._game = game
        self.server_frame(welcome_frame)

    @property
    def predictor(self) -> Predictor:
        """The prediction. Raises RemoteProtocolError before the welcome."""
        if self._predictor is None:
            raise RemoteProtocolError(CloseReason.OUT_OF_STATE, "There was no welcome yet.")
        return self._predictor

    def server_frame(self, data: bytes | str) -> None:
        """A message of the server's, as it was received."""
        codec, payload = _read(data)
        message = codec.decode_server(payload)
        if isinstance(message, ServerBundle):
            self.predictor.receive(message)
        elif isinstance(message, Welcome) and self._game is not None:
            if self._predictor is not None and self._predictor.fits(message):
                self._predictor.welcomed(message)
                return
            if self._predictor is not None:
                self._predictor.close()
            self._predictor = Predictor(self._game, message)

    def client_frame(self, data: bytes | str) -> bytes:
        """A message of the client's, as it was sent; what is predicted after it."""
        codec, payload = _read(data)
        message = codec.decode_client(payload)
        if self._rehearses:
            self._rehearses = not rehearse(self.predictor)
        if isinstance(message, ClientBundle):
            self.predictor.sent(message)
        return MESSAGEPACK.encode(self.shown())

    def shown(self) -> Predicted:
        """What is predicted now."""
        return self.predictor.shown()

    def close(self) -> None:
        """Free what it computes with."""
        if self._predictor is not None:
            self._predictor.close()
            self._predictor = None


def _read(data: bytes | str) -> tuple[Codec, bytes]:
    """The codec of a frame, and its bytes: text is of a page that speaks JSON."""
    return (JSON, data.encode()) if isinstance(data, str) else (MESSAGEPACK, data)

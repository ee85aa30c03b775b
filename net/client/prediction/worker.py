"""A prediction that is fed with frames: what a Web Worker runs. It sees what passes through the socket, both ways."""

from importlib import import_module

from ecs.game import Game
from net.client.prediction.predicted import Predicted
from net.client.prediction.predictor import Predictor
from net.codec import MESSAGEPACK, Codec
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
    """Frames in, `Predicted` out as MessagePack. What it raises is the end of this prediction: RemoteProtocolError (the
    server's fault), SystemFailed (a rule's), ImportError (no such game)."""

    def __init__(self, codec: Codec = MESSAGEPACK) -> None:
        self._codec = codec
        self._game: Game | None = None
        self._predictor: Predictor | None = None

    def start(self, game_module: str, welcome_frame: bytes) -> None:
        """Begin with the module of the game's shared rules, which has its `game`, and the welcome as it was received."""
        self.begin(rules_of(game_module), welcome_frame)

    def begin(self, game: Game, welcome_frame: bytes) -> None:
        """As `start`, for a game that is there."""
        self._game = game
        self.server_frame(welcome_frame)

    @property
    def predictor(self) -> Predictor:
        """The prediction. Raises RemoteProtocolError before the welcome."""
        if self._predictor is None:
            raise RemoteProtocolError(CloseReason.OUT_OF_STATE, "There was no welcome yet.")
        return self._predictor

    def server_frame(self, data: bytes) -> None:
        """A message of the server's, as it was received."""
        message = self._codec.decode_server(data)
        if isinstance(message, ServerBundle):
            self.predictor.receive(message)
        elif isinstance(message, Welcome) and self._game is not None:
            if self._predictor is not None and self._predictor.fits(message):
                self._predictor.welcomed(message)
                return
            if self._predictor is not None:
                self._predictor.close()
            self._predictor = Predictor(self._game, message)

    def client_frame(self, data: bytes) -> bytes:
        """A message of the client's, as it was sent; what is predicted after it."""
        message = self._codec.decode_client(data)
        if isinstance(message, ClientBundle):
            self.predictor.sent(message)
        return self._codec.encode(self.shown())

    def shown(self) -> Predicted:
        """What is predicted now."""
        return self.predictor.shown()

    def close(self) -> None:
        """Free what it computes with."""
        if self._predictor is not None:
            self._predictor.close()
            self._predictor = None

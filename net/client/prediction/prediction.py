"""The prediction of a client: on where it has the server's rules, off with the reason where it has not, or where it failed."""

from typing import TYPE_CHECKING

from ecs.errors import WorldError
from ecs.game import Game
from net.client.events import ClientEvent
from net.client.prediction.drawn import DrawnPrediction
from net.client.prediction.predicted import Predicted, Statistics
from net.client.replica import Replica
from net.client.view import Pose
from net.errors import RemoteProtocolError
from net.protocol import ClientBundle, ServerBundle, Welcome

if TYPE_CHECKING:
    from net.client.prediction.predictor import Predictor


class Prediction:
    """Feeds a Predictor with what a client core receives and sends; does nothing where there is none."""

    def __init__(self, game: Game | None) -> None:
        self._game = game
        self.why_not = "" if game is not None else "this client has no rules"
        """Why nothing is predicted; empty while it is."""
        self._predictor: Predictor | None = None
        self._replica: Replica | None = None
        self._drawn = DrawnPrediction()

    @property
    def fingerprint(self) -> str:
        """That of the rules which it has."""
        return "" if self._game is None else self._game.fingerprint

    @property
    def predicted(self) -> Predicted | None:
        """What is predicted now; None where nothing is."""
        return self._drawn.newest

    @property
    def statistics(self) -> Statistics:
        """How well it does."""
        return Statistics() if self._predictor is None else self._predictor.statistics

    def welcomed(self, welcome: Welcome, replica: Replica) -> None:
        """Begin, or go on over another connection."""
        if self._game is None or welcome.player < 0:
            return
        self.why_not = welcome.prediction
        if self._predictor is not None and (self.why_not or replica is not self._replica):
            self.stop(self.why_not)
        if not self.why_not and self._predictor is None:
            from net.client.prediction.predictor import Predictor  # noqa: PLC0415 - 50 ms that most bots do not need

            self._predictor, self._replica = Predictor(self._game, welcome, replica), replica
        elif self._predictor is not None:
            self._predictor.welcomed(welcome)

    def receive(self, bundle: ServerBundle, events: list[ClientEvent]) -> None:
        """A bundle of the server's was taken in, and this happened."""
        if self._predictor is not None:
            self._predictor.heard(events)
            self._predictor.receive(bundle)

    def sent(self, bundle: ClientBundle, now: float) -> None:
        """A bundle goes out at `now` (ms). A rule that raises, or numbers that no body can have, end the prediction alone."""
        if self._predictor is None:
            return
        from systems.engine import SystemFailed  # noqa: PLC0415 - likewise

        try:
            self._predictor.sent(bundle)
        except (SystemFailed, WorldError, RemoteProtocolError) as failure:
            self.stop(str(failure))
        else:
            self._drawn.take(self._predictor.shown(), now, self._predictor.game)

    def poses(self, poses: list[Pose], now: float) -> list[Pose]:
        """The poses of a view, with the predicted ones instead of those that are interpolated."""
        return self._drawn.poses(poses, now)

    def stop(self, why: str) -> None:
        """Nothing is predicted any more."""
        self.why_not = why
        self._drawn = DrawnPrediction()
        if self._predictor is not None:
            self._predictor.close()
            self._predictor = None

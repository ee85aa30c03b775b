"""Says why a prediction is wrong all the time: nobody sees a forgotten `predicted=True` otherwise, as being put right hides it.

A state counts as wrong when an own entity is beyond its tolerance in it that touches nobody (who pushes another is corrected
anyway), and the input of that tick came in time. Hits and respawns are wrong in some states, rules that differ in most.
"""

from collections import Counter, deque

from net.client.prediction.engine import PredictedEngine
from net.client.prediction.truth import Truth

SECONDS = 3
"""Of states that are looked back on."""
SHARE = 1 / 2
"""Of them, wrong ones from which on there is something to be said."""


class Hints:
    """Looks back on the last comparisons."""

    def __init__(self, engine: PredictedEngine, truth: Truth) -> None:
        self._engine = engine
        self._truth = truth
        self._wrong_in: deque[str] = deque(maxlen=SECONDS * engine.game.tick_rate)

    def compared(self, wrong_in: str) -> str:
        """A state was compared: what was wrong in it first, or "". Gives the hint, or "" while there is none."""
        self._wrong_in.append(wrong_in)
        states = len(self._wrong_in)
        wrong = [each for each in self._wrong_in if each] if wrong_in else []
        if states < (self._wrong_in.maxlen or 0) or len(wrong) <= states * SHARE:
            return ""
        ((most, _),) = Counter(wrong).most_common(1)
        return f"corrected in {len(wrong)} of the last {states} states, mostly in {most}: {self._reason()}"

    def _reason(self) -> str:
        world, truth = self._engine.world, self._truth
        asked = {of for types in world.queried for of in types}
        untold = sorted(of.__name__ for of in asked if not truth.is_told(of) and not world.query(of))
        if untold:
            return f"predicted rules ask for {', '.join(untold)}, of which this client was told nothing"
        return "a rule that is not predicted changes it on the server, or reads what this client is not told"

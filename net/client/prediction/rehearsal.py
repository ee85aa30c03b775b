"""A rehearsal: what the first press of a page runs has run before, on a copy, and nobody has waited for it.

In a page's Worker the first run of anything is slow: WebAssembly is compiled function by function as it is first called, and
Python's own shortcuts are made in the first runs.
"""

from contextlib import closing, suppress
from typing import TYPE_CHECKING

from net.protocol import AXIS_SCALE, VIEW_STEPS, ClientBundle, Input
from systems.engine import SystemFailed

if TYPE_CHECKING:
    from net.client.prediction.predictor import Predictor

MOST_KEYS = 8
"""Keys that are pressed alone; all of them are pressed together, too."""
HELD = 2
"""Ticks that each is held."""
IDLE = 2


def rehearse(predictor: "Predictor") -> bool:
    """Compute some ticks of presses on a copy, tell what they show, and compute them again as for a correction. False where
    there is nothing to compute yet.

    A rule that fails ends the rehearsal alone: nobody has pressed all keys at once, and the one who does is told.
    """
    copy = predictor.copy()
    if copy is None:
        return False
    with closing(copy), suppress(SystemFailed):
        _try_presses(copy)
    return True


def _try_presses(copy: "Predictor") -> None:
    keys, axes = copy.game.inputs.keys, copy.game.inputs.axes
    bits = [1 << place for place in range(len(keys))]
    held = [0] * IDLE + [bit for bit in (*bits[:MOST_KEYS], sum(bits)) for _ in range(HELD)] + [0] * IDLE
    first, before, has_spawned = copy.tick + 1, 0, False
    for tick, now in enumerate(held, first):
        aim = AXIS_SCALE if tick % 2 else -AXIS_SCALE
        given = Input(tick, now, now & ~before, [aim] * len(axes), VIEW_STEPS)
        copy.sent(ClientBundle(tick, first, [given]))
        copy.shown()
        before = now
        if copy.engine.keys and not has_spawned:
            has_spawned = True
            copy.compute_again()  # while what was spawned is there: it has to be taken back
    copy.compute_again()
    copy.engine.physics.canonicalise()

"""What is in the way resists before a body moves, not after.

Chipmunk first moves all bodies by their velocities and then corrects the velocities of those that touch. A rule that sets
a velocity towards a wall in every tick, as the movement of most games does, thus presses its body into the wall in every
tick: at 250 units a second and 30 Hz until it comes out on the other side. So of a velocity that a rule has written,
the part into what the body already touches is taken away first, by impulses that stop both where they meet.
"""

from collections.abc import Mapping

from systems.physics.contacts import Pair, Touch
from systems.physics.solid import Solid

ROUNDS = 10
"""Impulses of one pair disturb the next; each round halves what is left in a row of bodies. Chipmunk takes ten too."""
SLOW = 1e-3
"""Closing in by less than this, in units a second, is rest."""


def resist(written: set[int], touching: Mapping[Pair, Touch], solids: Mapping[int, Solid]) -> set[int]:
    """Correct the velocity components of the `written` entities and of those that they push.

    Returns the entities whose velocity is another one now. `touching` are the pairs after the last step, in order.
    """
    pairs = [
        (solids[a], solids[b], touching[a, b])
        for a, b in touching
        if (a in written or b in written) and _push_each_other(solids.get(a), solids.get(b))
    ]
    corrected: set[int] = set()
    for _ in range(ROUNDS):
        stopped = [pair for pair in pairs if _stop(*pair)]
        corrected.update(solid.entity for a, b, _ in stopped for solid in (a, b))
        if not stopped:
            break
    return corrected


def _push_each_other(a: Solid | None, b: Solid | None) -> bool:
    return a is not None and b is not None and a.pushes and b.pushes


def _stop(a: Solid, b: Solid, touch: Touch) -> bool:
    """An inelastic impulse if the two come closer along the normal, which points from `a` to `b`."""
    of_a, of_b, nx, ny = a.velocity, b.velocity, touch.nx, touch.ny
    closing = (of_a.x - of_b.x) * nx + (of_a.y - of_b.y) * ny
    if not closing > SLOW:
        return False
    inverse_a, inverse_b = a.inverse_mass, b.inverse_mass
    if inverse_a + inverse_b == 0:
        return False
    impulse = closing / (inverse_a + inverse_b)
    of_a.x -= impulse * inverse_a * nx
    of_a.y -= impulse * inverse_a * ny
    of_b.x += impulse * inverse_b * nx
    of_b.y += impulse * inverse_b * ny
    return True

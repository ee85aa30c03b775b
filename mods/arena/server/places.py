"""Where things appear. Only the server knows."""

from ..shared.layout import Wall, mirrored


def everywhere(*quarter: tuple[float, float]) -> list[tuple[float, float]]:
    """The places of the upper left quarter, repeated in the other three."""
    return [(wall.x, wall.y) for wall in mirrored(*(Wall(x, y, 0.0, 0.0) for x, y in quarter))]


SPAWNS = everywhere((110, 110), (480, 380), (120, 560), (850, 110), (620, 420))
DENS = everywhere((620, 620), (820, 340))

PADS: list[tuple[str, float, float]] = [
    *(("heal", x, y) for x, y in everywhere((300, 610))),
    *(("rapid", x, y) for x, y in everywhere((1000, 560))),
    *(("crate", x, y) for x, y in everywhere((840, 700), (1000, 340))),
]
CRATE_HOLDS = ("heal", "heal", "rapid", "rapid", "rapid", "shield", "shield", "gold")
"""What may be in a crate, the likelier the more often it is named."""

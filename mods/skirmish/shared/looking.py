"""Fog: what each player sees, and has ever seen. Each realm's turn comes every 8 iterations."""

from tickroom import World

from .components import Body, Fog, Realm, Structure, Walker
from .game import game
from .grid import Land
from .tables import HALL, KINDS

EVERY = 8


@game.system("logic", after="die")
def look(world: World, dt: float) -> None:
    """Reads Body, Walker, Structure; writes Fog."""
    for place, (_, realm, fog) in enumerate(world.query(Realm, Fog)):
        if (world.tick + place * 2) % EVERY == 0:
            look_for(world, realm, fog)


def look_for(world: World, realm: Realm, fog: Fog) -> None:
    """All cells within the sight of a player's bodies."""
    size = world.resource(Land).size
    rows = [0] * size
    for entity, body in world.query(Body):
        if body.owner != realm.player or body.health <= 0:
            continue
        moves = body.kind < HALL
        cell = world.get(entity, Walker).cell if moves else world.get(entity, Structure).cell + size + 1
        x, y = cell % size, cell // size
        for down, half in disc(KINDS[body.kind].sight):
            if 0 <= y + down < size:
                rows[y + down] |= ((2 << 2 * half) - 1) << (x - half + 16)
    seen, full = 0, (1 << size) - 1
    for row in reversed(rows):
        seen = seen << size | row >> 16 & full
    fog.visible = f"{seen:0{size * size // 4}x}"
    fog.explored = f"{seen | int(fog.explored, 16):0{size * size // 4}x}"


def disc(radius: int) -> list[tuple[int, int]]:
    """(row, half of its width) of a circle of cells."""
    return DISCS[radius]


def _half(radius: int, down: int) -> int:
    half = radius
    while half * half + down * down > radius * radius:
        half -= 1
    return half


DISCS = [[(down, _half(radius, down)) for down in range(-radius, radius + 1)] for radius in range(13)]

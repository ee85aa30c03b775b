"""What everything is in physics, on both sides: a client predicts what its fighter bumps into."""

from tickroom import Collide

from .categories import EVERYTHING, FIGHTER, FIGHTER_MEETS, HUNTER, HUNTER_MEETS, WALL
from .game import game
from .tuning import FIGHTER_SIZE, HUNTER_SIZE

FIGHTER_BODY = Collide("circle", FIGHTER_SIZE, FIGHTER_SIZE, category=FIGHTER, mask=FIGHTER_MEETS)
HUNTER_BODY = Collide("circle", HUNTER_SIZE, HUNTER_SIZE, category=HUNTER, mask=HUNTER_MEETS)
WALL_BODY = Collide("box", body="static", category=WALL, mask=EVERYTHING)

game.prediction(
    blend_ms=100.0,
    snap=120.0,  # farther than a dash goes in a tenth of a second: a respawn, or a connection that stalled
    neighbours={"fighter": 120.0, "hunter": 120.0},
    bodies={"fighter": FIGHTER_BODY, "hunter": HUNTER_BODY, "wall": WALL_BODY},
)

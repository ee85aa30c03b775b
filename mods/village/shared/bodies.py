"""What everything is in physics, on both sides: a client predicts what its hero bumps into."""

from tickroom import Collide

from .categories import HERO, HERO_MEETS, MONSTER, MONSTER_MEETS
from .game import game
from .tuning import HERO_SIZE

HERO_BODY = Collide("circle", HERO_SIZE, HERO_SIZE, category=HERO, mask=HERO_MEETS)
MONSTER_BODY = Collide("circle", category=MONSTER, mask=MONSTER_MEETS)

game.prediction(
    blend_ms=100.0,
    snap=48.0,  # three tiles: a hero that wakes up elsewhere
    bodies={"hero": HERO_BODY, "slime": MONSTER_BODY, "wolf": MONSTER_BODY},
)

"""How heroes walk: keys or a stick push them towards their speed; tiles stop them."""

from tickroom import PlayerInput, Position, Velocity, World
from tickroom.maths import atan2, limited

from .components import Bag, Hero
from .game import game
from .tuning import ACCELERATION, BOOTS_SPEED, WALK_SPEED


@game.system("input", predicted=True)
def walk(world: World, dt: float) -> None:
    """Reads the players' inputs and Bag.boots; writes Velocity and the angle of Position."""
    for _, hero, bag, position, velocity in world.query(Hero, Bag, Position, Velocity):
        x, y = direction(world.input(hero.player))
        speed = BOOTS_SPEED if bag.boots else WALK_SPEED
        dx, dy = limited(x * speed - velocity.x, y * speed - velocity.y, ACCELERATION * dt)
        if dx or dy:
            velocity.x += dx
            velocity.y += dy
        if x or y:
            position.angle = atan2(y, x)


def direction(keys: PlayerInput) -> tuple[float, float]:
    """Where the player pushes, at most 1 long: the stick when it is used, else the keys."""
    x, y = keys.axis("move_x"), keys.axis("move_y")
    if x == 0.0 and y == 0.0:
        x = float(keys.held("right")) - float(keys.held("left"))
        y = float(keys.held("down")) - float(keys.held("up"))
    return limited(x, y, 1.0)

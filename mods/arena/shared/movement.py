"""How fighters move: keys or a stick push them to a top speed, friction stops them, a dash throws them ahead."""

from tickroom import PlayerInput, Position, Velocity, World
from tickroom.maths import atan2, length, limited

from .components import Fighter, Gear
from .events import Dashed
from .game import game
from .tuning import ACCELERATION, DASH_REST, DASH_SPEED, FRICTION, TOP_SPEED


@game.system("input", predicted=True)
def steer(world: World, dt: float) -> None:
    """Reads the players' inputs; writes Velocity and the angle of Position, Gear.dash_tick; emits Dashed."""
    for _, fighter, gear, position, velocity in world.query(Fighter, Gear, Position, Velocity):
        if fighter.respawn_tick >= 0:
            continue
        keys = world.input(fighter.player)
        x, y = direction(keys)
        push(velocity, x, y, dt)
        turn(position, keys, x, y)
        if keys.pressed("dash") and world.tick >= gear.dash_tick and (x or y):
            dash(world, fighter, gear, position, velocity, x, y)


def direction(keys: PlayerInput) -> tuple[float, float]:
    """Where the player pushes, at most 1 long: the stick when it is used, else the keys."""
    x, y = keys.axis("move_x"), keys.axis("move_y")
    if x == 0.0 and y == 0.0:
        x = float(keys.held("right")) - float(keys.held("left"))
        y = float(keys.held("down")) - float(keys.held("up"))
    return limited(x, y, 1.0)


def push(velocity: Velocity, x: float, y: float, dt: float) -> None:
    """Take the velocity towards the wanted one, by no more than one tick's acceleration."""
    rate = ACCELERATION if x or y else FRICTION
    approach(velocity, x * TOP_SPEED, y * TOP_SPEED, rate * dt)


def approach(velocity: Velocity, x: float, y: float, most: float) -> None:
    """Change the velocity to (x, y), or by `most` units/s in its direction."""
    dx, dy = limited(x - velocity.x, y - velocity.y, most)
    velocity.x += dx
    velocity.y += dy


def turn(position: Position, keys: PlayerInput, x: float, y: float) -> None:
    """Look where the player aims, or, without a pointer, where the player goes."""
    aim_x, aim_y = keys.axis("aim_x"), keys.axis("aim_y")
    if aim_x or aim_y:
        position.angle = atan2(aim_y, aim_x)
    elif x or y:
        position.angle = atan2(y, x)


def dash(
    world: World, fighter: Fighter, gear: Gear, position: Position, velocity: Velocity, x: float, y: float
) -> None:
    """Throw the fighter ahead; friction and the top speed catch it again within 0.3 s."""
    pace = DASH_SPEED / length(x, y)
    velocity.x, velocity.y = x * pace, y * pace
    gear.dash_tick = world.tick + DASH_REST
    world.emit(Dashed(fighter.player, position.x, position.y), at=(position.x, position.y))

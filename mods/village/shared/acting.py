"""What heroes do with their hands; what comes of it, the server says."""

from tickroom import Position, World

from .components import Bag, Hands, Hero
from .events import Swung
from .game import game
from .requests import Drink, Swing
from .tuning import DRINK_REST, SWING_REST


@game.system("input", predicted=True, after=("walk",))
def act(world: World, dt: float) -> None:
    """Reads the players' inputs and Bag; writes Hands; asks Swing and Drink; emits Swung."""
    for entity, hero, hands, bag, at in world.query(Hero, Hands, Bag, Position):
        keys = world.input(hero.player)
        if (keys.held("act") or keys.pressed("act")) and world.tick >= hands.swing_tick:
            hands.swing_tick = world.tick + SWING_REST
            world.emit(Swung(hero.player, at.x, at.y), at=(at.x, at.y))
            world.ask(Swing(entity), hero.player)
        if keys.pressed("drink") and bag.potion > 0 and world.tick >= hands.drink_tick:
            hands.drink_tick = world.tick + DRINK_REST
            world.ask(Drink(entity), hero.player)

"""The shop: what it sells and pays, decided here and nowhere else. A client asks for the list, and calls buy or sell."""

from dataclasses import dataclass

from tickroom import Position, Refused, World
from tickroom.maths import distance

from ..shared.components import Bag
from ..shared.game import game
from .heroes import hero_of
from .tables import OFFERS, ONE_ENOUGH, PRICES, SHOP_REACH

MOST = 99


@dataclass(slots=True, frozen=True)
class Ask:
    """Nothing but the question."""


@dataclass(slots=True, frozen=True)
class Trade:
    """So many of a thing."""

    what: str
    count: int = 1


@dataclass(slots=True, frozen=True)
class Receipt:
    """What was traded, and the gold there is now."""

    what: str
    count: int
    gold: int


@dataclass(slots=True, frozen=True)
class Goods:
    """What the shop sells, and what it buys: names and prices."""

    sells: dict[str, int]
    buys: dict[str, int]


@game.rpc
def goods(world: World, player: int, body: Ask) -> Goods:
    """The price list, for who is there."""
    bag_at_shop(world, player)
    return Goods(dict(PRICES), dict(OFFERS))


@game.rpc
def buy(world: World, player: int, body: Trade) -> Receipt:
    """Gold for goods."""
    bag = bag_at_shop(world, player)
    check(body, PRICES, "sell")
    if body.what in ONE_ENOUGH and (body.count > 1 or getattr(bag, body.what)):
        raise Refused(f"one {body.what} is enough for you")
    price = PRICES[body.what] * body.count
    if price > bag.gold:
        raise Refused(f"that costs {price} gold, and you have {bag.gold}")
    bag.gold -= price
    setattr(bag, body.what, getattr(bag, body.what) + body.count)
    return Receipt(body.what, body.count, bag.gold)


@game.rpc
def sell(world: World, player: int, body: Trade) -> Receipt:
    """Goods for gold."""
    bag = bag_at_shop(world, player)
    check(body, OFFERS, "buy")
    have = getattr(bag, body.what)
    if have < body.count:
        raise Refused(f"you have {have or 'no'} {body.what}" + (f", not {body.count}" if have else ""))
    setattr(bag, body.what, have - body.count)
    bag.gold += OFFERS[body.what] * body.count
    return Receipt(body.what, body.count, bag.gold)


def check(trade: Trade, table: dict[str, int], verb: str) -> None:
    """Refuse what is not traded, and counts that are none."""
    if trade.what not in table:
        raise Refused(f"the shop does not {verb} {trade.what[:20]!r}")
    if not 1 <= trade.count <= MOST:
        raise Refused(f"1 to {MOST} at a time")


def bag_at_shop(world: World, player: int) -> Bag:
    """The bag of a player who stands at the shop."""
    hero = hero_of(world, player)
    if hero < 0:
        raise Refused("you are not here")
    at, shop = world.get(hero, Position), world.map.objects(kind="shop")[0]
    if distance(at.x, at.y, shop.x, shop.y) > SHOP_REACH:
        raise Refused("go to the shop first")
    return world.get(hero, Bag)

"""The shop: gold and goods change hands on the server, once for each call."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from net.client.events import Answered
from net.protocol import ClientBundle, Request
from tests.mods.loading import MODS
from tickroom import Game, Position
from tickroom.testing import VirtualRoom


class Shoppers:
    """A room with two players, of whom Ada stands at the shop."""

    def __init__(self, game: Game) -> None:
        self.game = game
        self.room = VirtualRoom(game)
        self.ada, self.ben = self.room.join("Ada"), self.room.join("Ben")
        shop = self.room.world.map.objects(kind="shop")[0]
        self.put("Ada", shop.x, shop.y)
        self.room.run(3)

    def part(self, name: str, component: str) -> Any:
        """A component of a player's hero, on the server."""
        return self.room.world.get(self.hero(name), self.game.components[component].type)

    def hero(self, name: str) -> int:
        """A player's entity."""
        world = self.room.world
        heroes: list[tuple[int, Any]] = list(world.query(self.game.components["Hero"].type))
        return next(entity for entity, hero in heroes if world.name_of(hero.player) == name)

    def put(self, name: str, x: float, y: float) -> None:
        """Set a hero down."""
        position = self.room.world.get(self.hero(name), Position)
        position.x, position.y = x, y


@pytest.fixture
def shoppers(village_game: Game) -> Iterator[Shoppers]:
    """Ada at the shop, Ben elsewhere."""
    shoppers = Shoppers(village_game)
    yield shoppers
    shoppers.room.close()


def test_buying_costs_gold(shoppers: Shoppers) -> None:
    """Who has enough gets the goods, a receipt, and less gold; its own page sees the bag."""
    bag = shoppers.part("Ada", "Bag")
    bag.gold = 30
    answer = shoppers.ada.ask("post", "rpc/buy", {"what": "axe"})
    assert (answer.status, answer.body) == (200, {"what": "axe", "count": 1, "gold": 5})
    shoppers.room.run(3)
    assert shoppers.ada.me["Bag"].gold == 5
    assert shoppers.ada.me["Bag"].axe == 1


def test_without_gold_there_are_no_goods(shoppers: Shoppers) -> None:
    """Too little gold is refused with the reason, and nothing changes hands."""
    answer = shoppers.ada.ask("post", "rpc/buy", {"what": "sword"})
    assert answer.status == 409
    assert "60 gold" in str(answer.body)
    assert (shoppers.part("Ada", "Bag").gold, shoppers.part("Ada", "Bag").sword) == (5, 0)


WRONG_TRADES: list[tuple[str, object, int]] = [
    ("buy", {"what": "moon"}, 409),
    ("buy", {"what": "gold"}, 409),
    ("buy", {"what": "potion", "count": 0}, 409),
    ("buy", {"what": "potion", "count": -3}, 409),
    ("buy", {"what": "potion", "count": 1000}, 409),
    ("buy", {"what": "potion", "count": 1.5}, 422),
    ("buy", {"count": 1}, 422),
    ("buy", {"what": "axe", "count": 2}, 409),
    ("sell", {"what": "wood", "count": 1}, 409),
    ("sell", {"what": "axe"}, 409),
    ("steal", {"what": "axe"}, 404),
]


def test_wrong_trades_are_answered_and_change_nothing(shoppers: Shoppers) -> None:
    """Unknown goods, odd counts, wrong types, selling what one has not."""
    bag = shoppers.part("Ada", "Bag")
    bag.gold = 1000
    for name, body, status in WRONG_TRADES:
        assert shoppers.ada.ask("post", f"rpc/{name}", body).status == status, (name, body)
        assert (bag.gold, bag.axe, bag.potion) == (1000, 0, 0), (name, body)


def test_the_shop_serves_only_who_is_there(shoppers: Shoppers) -> None:
    """From elsewhere neither the prices nor the goods are to be had."""
    for name, body in (("goods", {}), ("buy", {"what": "potion"}), ("sell", {"what": "wood"})):
        answer = shoppers.ben.ask("post", f"rpc/{name}", body)
        assert (answer.status, "go to the shop" in str(answer.body)) == (409, True)


def test_the_price_list_comes_from_the_server(shoppers: Shoppers) -> None:
    """Who stands at the shop is told what it sells and buys."""
    answer = shoppers.ada.ask("post", "rpc/goods", {})
    assert answer.status == 200
    assert set(answer.body) == {"sells", "buys"}
    assert answer.body["sells"]["axe"] == 25
    assert answer.body["buys"]["wood"] == 2


def test_selling_gives_gold(shoppers: Shoppers) -> None:
    """Wood for gold at the shop's price."""
    bag = shoppers.part("Ada", "Bag")
    bag.wood = 4
    answer = shoppers.ada.ask("post", "rpc/sell", {"what": "wood", "count": 3})
    assert (answer.status, bag.wood, bag.gold) == (200, 1, 11)


def test_one_axe_is_enough(shoppers: Shoppers) -> None:
    """A second one is refused, and costs nothing."""
    bag = shoppers.part("Ada", "Bag")
    bag.gold = 100
    assert shoppers.ada.ask("post", "rpc/buy", {"what": "axe"}).status == 200
    assert shoppers.ada.ask("post", "rpc/buy", {"what": "axe"}).status == 409
    assert bag.gold == 75


def test_the_same_call_twice_buys_once(shoppers: Shoppers) -> None:
    """A call that is sent again with its id, in one bundle and in the next, takes the gold once."""
    bag = shoppers.part("Ada", "Bag")
    bag.gold = 100
    encode = shoppers.ada.core.codec.encode
    number = shoppers.ada.core.request("post", "rpc/buy", {"what": "potion"})
    call = Request(number, "post", "rpc/buy", msgspec.Raw(encode({"what": "potion"})))
    for _ in range(2):
        shoppers.ada.send_raw(encode(ClientBundle(shoppers.room.tick + 1, shoppers.room.tick, [call, call])))
        shoppers.room.run(3)
    answers = [told.body for told in shoppers.ada.events if isinstance(told, Answered) and told.id == number]
    assert len(answers) >= 2
    assert all(answer == {"what": "potion", "count": 1, "gold": 92} for answer in answers)
    assert (bag.gold, bag.potion) == (92, 1)


def test_a_bag_is_nobody_elses_business(shoppers: Shoppers) -> None:
    """Ben sees Ada's hero and her health, but not what she carries."""
    shop = shoppers.room.world.map.objects(kind="shop")[0]
    shoppers.put("Ben", shop.x + 30, shop.y + 30)
    shoppers.room.run(5)
    (ada,) = [entity for entity in shoppers.ben.scene if entity.owner == shoppers.ada.core.player]
    assert "Health" in ada.components
    assert not {"Bag", "Hands", "Customer"} & set(ada.components)


def test_no_table_of_the_server_is_in_what_clients_are_served() -> None:
    """No file of client/ and no shared rule has a price, a loot table or a name of the server's part."""
    client = MODS / "village" / "client"
    shared = MODS / "village" / "shared"
    texts = [path.read_text(encoding="utf-8") for path in (*client.glob("*.js"), *client.glob("*.css"))]
    texts += [path.read_text(encoding="utf-8") for path in shared.glob("*.py")]
    assert len(texts) > 8
    for word in ("PRICES", "OFFERS", "BEASTS", "loot=", "WOOD =", "from ..server", "tables"):
        assert not any(word in text for text in texts), word
    assert not list(client.rglob("*.py"))

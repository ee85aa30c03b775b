"""Two people in the village: one walks from the shop to the forest, cuts a tree, buys and chats; the other sees it."""

from collections.abc import Callable
from math import dist, inf
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from mods.village.drawing.draw_map import lairs as draw_lairs
from mods.village.drawing.plan import FOREST, MIDDLE, SHOP, Plan
from mods.village.server.tables import LEASH
from tests.browser.player import POLL, Player, towards, until
from tests.conftest import ServerProcess

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
TILE = 16.0
NEAR = 12.0
"""How far from a place one may be to have reached it (world units)."""
CLOSE = 48.0
"""So far from a place one stops running, for a page sees itself some 150 ms late, and later where it has to wait for its turn."""
MS_PER_UNIT = 7.0
"""A little less than a step takes."""
LOOK_MS = 250
PATIENCE = 30.0
"""Seconds that one may come no nearer."""
BEN_ASIDE = 8
"""How many tiles east of the tree Ben looks on."""
Place = tuple[float, float]
TREE, STUMP = [0x2F, 0x6B, 0x35], [0x8A, 0x6A, 0x43]
"""The colours of both on the minimap, which shows a tile as a pixel."""


def middle(x: int, y: int) -> Place:
    """The middle of a tile."""
    return (x + 0.5) * TILE, (y + 0.5) * TILE


MAT = middle(SHOP[0] + SHOP[2] // 2, SHOP[1] + SHOP[3])
BEFORE_SHOP = (MAT[0], middle(0, MIDDLE - 4)[1])
WEST_OF_FOUNTAIN = middle(MIDDLE - 6, MIDDLE - 4)


def walk(player: Player, *ways: Place) -> None:
    """Goes to one place after the other."""
    for x, y in ways:
        reach(player, x, y, NEAR)


def reach(player: Player, x: float, y: float, near: float) -> None:
    """Goes on for as long as it comes nearer: how long a way takes is the machine's affair."""
    nearest, end = inf, monotonic() + PATIENCE
    while (away := stepped(player, x, y, near)) > 0.0:
        if away < nearest - 1.0:
            nearest, end = away, monotonic() + PATIENCE
        if monotonic() > end:
            raise AssertionError(f"({x}, {y}) is {nearest:.0f} units away and comes no nearer")
        player.page.wait_for_timeout(POLL)


def stepped(player: Player, x: float, y: float, near: float) -> float:
    """One moment on the way; how far it still is along the longer axis, 0 when it is reached.

    The last bit is done in steps that are too short rather than too long, each seen to its end: what a slow machine's page
    shows is old, and who goes by that walks to and fro.
    """
    own = player.own
    if own is None:
        return inf
    dx, dy = (0.0 if abs(away) <= near else away for away in (x - own["x"], y - own["y"]))
    away: float = max(abs(dx), abs(dy))
    if away > CLOSE:
        player.hold(towards(dx, dy))
        return away
    stand(player)
    if away > 0.0:
        player.hold(towards(dx, 0.0) if abs(dx) >= abs(dy) else towards(0.0, dy))
        player.page.wait_for_timeout(away * MS_PER_UNIT)
        stand(player)
    return away


def stand(player: Player) -> None:
    """Lets go of the keys, and returns when two looks are alike."""
    player.hold("")
    before = None
    while before != (now := player.own):
        before = now
        player.page.wait_for_timeout(LOOK_MS)


def round_the_fountain(player: Player) -> None:
    """From wherever one begins to the north of the plaza."""
    own = player.own
    assert own is not None
    aside = middle(MIDDLE + 4, 0)[0] if abs(own["x"] - MIDDLE * TILE) < 3 * TILE else own["x"]
    walk(player, (aside, own["y"]), (aside, BEFORE_SHOP[1]))


def bag(player: Player, what: str) -> int:
    """How many of a thing the page shows in the bag."""
    return int(player.page.locator(f"#bag-{what}").text_content() or "0")


def pixel(page: "Page", tile: tuple[int, int]) -> list[int]:
    """The colour of a tile on the minimap."""
    script = """([x, y]) => {
        const canvas = document.querySelector(".village-minimap");
        return [...canvas.getContext("2d").getImageData(x, y, 1, 1).data].slice(0, 3);
    }"""
    found: list[int] = page.evaluate(script, list(tile))
    return found


def tree_at_the_road() -> tuple[int, int]:
    """The first tree of the forest, from the east, that stands right above the road, alone, and where no monster comes.

    Whoever stands within a lair's leash is bitten until they wake up on the plaza, and hits the monster and not the tree.
    """
    plan = Plan(2026).draw()
    row = MIDDLE - 2
    trees = {place for place, name in plan.things.items() if name == "tree"}
    lairs = [(point["x"] / TILE, point["y"] / TILE) for point in draw_lairs(plan)]
    return next(
        (x, row)
        for x in range(FOREST[0] + FOREST[2], 0, -1)
        if {(x + aside, row) for aside in range(-2, 3)} & trees == {(x, row)}
        and all(
            dist(place, (x + aside, row)) * TILE > LEASH + CLOSE
            for place in lairs
            for aside in (0, BEN_ASIDE)
        )
    )


@pytest.fixture
def room(server: ServerProcess) -> str:
    """The address of a new village."""
    status, made = server.request("POST", "/create", {"game": "village"}, token=server.admin_token)
    assert status == 201, made
    return str(made["join_url"])


@pytest.mark.timeout(600)
def test_shop_forest_tree_and_chat(room: str, open_page: Callable[..., "Page"]) -> None:
    """Ada is refused what she cannot pay, buys a potion once she has sold wood, and both see the tree she felled vanish."""
    ada, ben = Player.joining(open_page(room), "Ada"), Player.joining(open_page(room, predicts=False), "Ben")
    tree = tree_at_the_road()

    round_the_fountain(ada)
    walk(ada, BEFORE_SHOP, MAT)
    ada.page.locator("#buy-axe").click()
    until(ada.page, lambda: "costs 25 gold" in ada.page.locator("#shop").inner_text(), "the price is told")
    assert bag(ada, "gold") == 5

    ada.page.keyboard.press("Enter")
    until(ada.page, ada.page.locator("#chat-text").is_visible, "the chat opens")
    ada.page.keyboard.type("<b>Timber</b>!")
    ada.page.keyboard.press("Enter")
    until(ben.page, lambda: "<b>Timber</b>!" in ben.page.locator("#chat-lines").inner_text(), "Ben hears Ada")

    walk(ada, BEFORE_SHOP, WEST_OF_FOUNTAIN, middle(MIDDLE - 6, MIDDLE))
    round_the_fountain(ben)
    walk(ben, WEST_OF_FOUNTAIN, middle(MIDDLE - 6, MIDDLE), middle(tree[0] + BEN_ASIDE, MIDDLE))
    walk(ada, middle(tree[0], MIDDLE), middle(tree[0], MIDDLE - 1))
    assert not ada.page.locator("#shop").is_visible()
    reach(ada, middle(*tree)[0], middle(tree[0], MIDDLE - 1)[1], 5.0)
    ada.page.keyboard.down("Space")
    until(ada.page, lambda: bag(ada, "wood") > 0, "the tree falls")
    ada.page.keyboard.up("Space")
    walk(ada, middle(tree[0] - 8, MIDDLE))
    for player in (ada, ben):
        until(player.page, lambda player=player: pixel(player.page, tree) == STUMP, "a stump is on the map")  # type: ignore[misc]
    other = next(x for x in range(tree[0] + 20, 4, -1) if pixel(ben.page, (x, tree[1])) == TREE)
    assert other != tree[0]

    walk(ada, middle(MIDDLE - 6, MIDDLE), WEST_OF_FOUNTAIN, BEFORE_SHOP, MAT)
    wood = bag(ada, "wood")
    for sold in range(1, wood + 1):
        ada.page.locator("#sell-wood").click()
        until(ada.page, lambda sold=sold: bag(ada, "gold") == 5 + 2 * sold, "wood turns into gold")  # type: ignore[misc]
    if wood >= 2:
        ada.page.locator("#buy-potion").click()
        until(ada.page, lambda: bag(ada, "potion") == 1, "Ada has bought a potion")
        assert bag(ada, "gold") == 5 + 2 * wood - 8

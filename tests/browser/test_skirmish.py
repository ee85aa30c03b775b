"""Skirmish in a browser: its JavaScript engine and its view, one player against a script, with no server."""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.skirmish_server import serving
from tests.mods.skirmish_match import Match

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Play = Callable[..., "Page"]
OWN = "demo.engine.scene(0).things.filter((thing) => thing.owner === 0)"
WORKERS = f"{OWN}.filter((thing) => thing.kind === 0)"
REALM = "demo.engine.scene(0).realms[0]"


@pytest.fixture
def play(open_page: Callable[..., "Page"]) -> Iterator[Play]:
    """Opens the demo page and waits until it draws."""
    with serving() as address:

        def play(**options: object) -> "Page":
            query = "&".join(f"{name}={value}" for name, value in options.items())
            page = open_page(f"{address}index.html?{query}")
            page.wait_for_function("window.demo?.frames > 2")
            return page

        yield play


def on_screen(page: "Page", thing: str) -> tuple[float, float]:
    """Where a thing, or whatever has a cell, is on the screen."""
    x, y = page.evaluate(
        f"""(() => {{
            const thing = {thing}, size = demo.engine.scene(0).size;
            const [x, y] = thing.cell === undefined
              ? [thing.x, thing.y] : [(thing.cell % size + 0.5) * 256, (Math.floor(thing.cell / size) + 0.5) * 256];
            return demo.view.camera.toScreen(x / 16, y / 16);
        }})()"""
    )
    return x, y


def drag(page: "Page", start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=3)
    page.mouse.up()


def test_a_box_selects_and_the_right_button_sends_to_work(play: Play) -> None:
    """Five workers in a box; a right click on the mine; gold comes into the hall, and the bar above shows it."""
    page = play(seed=3, speed=8)
    drag(page, (300, 150), (1000, 640))
    page.get_by_text("5 workers").wait_for()
    page.mouse.click(*on_screen(page, "demo.engine.scene(0).deposits[0]"), button="right")
    page.wait_for_function(f"{WORKERS}.filter((thing) => thing.verb === 4).length === 5")
    page.wait_for_function(f"{REALM}.gold > 300")
    page.locator(".skirmish-stock[title=gold]").filter(has_not_text="300").wait_for()


def test_buttons_and_keys_build_and_train(play: Play) -> None:
    """A house by key and click, a worker by the hall's button, and a sentence when something is refused."""
    page = play(seed=3, speed=2)
    drag(page, (300, 150), (1000, 640))
    page.keyboard.press("q")
    page.mouse.click(820, 620)
    page.wait_for_function(f"{OWN}.some((thing) => thing.kind === 5)")
    page.mouse.click(*on_screen(page, f"{OWN}.find((thing) => thing.kind === 4)"))
    for _ in range(7):  # the queue has five places, and the gold is for six
        page.get_by_role("button", name="Train a worker").click()
    refused = re.compile("The queue is full|There is no room for more|There is not enough gold")
    page.get_by_role("status").filter(has_text=refused).wait_for()
    page.wait_for_function(f"{WORKERS}.length > 5")


def test_fog_hides_the_others(play: Play) -> None:
    """The engine knows the foe's hall, the page does not show it; a viewer sees all."""
    page, viewer = play(seed=3), play(seed=3, player=-1)
    shown = "demo.view.troops.shown(demo.view.fog).filter((thing) => thing.owner === 1).length"
    assert page.evaluate("demo.engine.scene(0).things.filter((thing) => thing.owner === 1).length") > 5
    assert page.evaluate(shown) == 0
    assert viewer.evaluate(shown) > 5


def test_chromium_computes_what_python_does(play: Play) -> None:
    """A match of four scripted armies in the page, again in Python from the record: the same checksum."""
    page = play(seed=5, players=4, start="army", all=1)
    page.evaluate("demo.skip(60)")
    taken: list[Any] = page.evaluate("[demo.engine.checksum(), demo.recorded]")
    seats = [{"player": player, "team": player} for player in range(4)]
    match = Match(5, {"players": seats, "size": "small", "start": "army"})
    for bodies in taken[1]:
        match.turn(tuple((player, bytes.fromhex(body)) for player, body in bodies))
    assert match.checksums[-1] == taken[0]
    match.close()

"""What stands over the picture can be read: on a desktop, and on a phone that is held upright."""

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import PHONE
from tests.browser.player import Player, until
from tests.browser.test_trouble import says
from tests.browser.test_two_players import OpenPage, create_room
from tests.conftest import ServerProcess

if TYPE_CHECKING:
    from playwright.sync_api import FloatRect, Page

pytestmark = pytest.mark.browser
PARTS = (".tools", ".scoreboard", "#bars", ".info", "#hint")


@pytest.fixture
def open_page(open_page: OpenPage) -> OpenPage:
    """Pages without prediction: nobody goes far here."""
    return partial(open_page, predicts=False)


def box(page: "Page", place: str) -> "FloatRect":
    """Where an element is on the screen."""
    found = page.locator(place).bounding_box()
    assert found is not None, f"{place} is not shown"
    return found


def overlap(one: "FloatRect", other: "FloatRect") -> bool:
    """Whether two boxes share a part of the screen."""
    return (
        one["x"] < other["x"] + other["width"]
        and other["x"] < one["x"] + one["width"]
        and one["y"] < other["y"] + other["height"]
        and other["y"] < one["y"] + one["height"]
    )


def test_the_hint_is_shown_again(server: ServerProcess, open_page: OpenPage) -> None:
    """H takes the hint away and brings it back, and so does the button; what it says of hunters is there."""
    page = open_page(server.url)
    create_room(page)
    Player.joining(page, "Ann")
    says(page, "#hint", "hunters bite")

    def is_shown() -> bool:
        return "shown" in (page.locator("#hint").get_attribute("class") or "")

    def toggles(act: Callable[[], object]) -> bool:
        """Tried again, since the hint goes by itself after a while, which may be in between."""
        for _ in range(3):
            before = is_shown()
            act()
            if is_shown() is not before:
                return True
        return False

    assert toggles(lambda: page.keyboard.press("h"))
    assert toggles(lambda: page.keyboard.press("?"))
    assert toggles(page.get_by_role("button", name="How to play").click)


def test_the_arenas_numbers_have_names(server: ServerProcess, open_page: OpenPage) -> None:
    """The scoreboard has headings, and the clock says what it counts."""
    page = open_page(server.url)
    create_room(page)
    Player.joining(page, "Ann")
    says(page, "#score-headings", "kills / deaths")
    bars = page.locator("#bars")
    until(
        page, lambda: re.search(r"\b\d:\d\d left", bars.inner_text()), "the clock says how long the round is"
    )


def test_a_phone_shows_all_of_it(server: ServerProcess, open_page: OpenPage) -> None:
    """Nothing sticks out, the hint is not in mid-field, and a stick that was used has no label any more."""
    page = open_page(server.url, **PHONE)
    create_room(page)
    Player.joining(page, "Thumbs")
    says(page, "#score-headings", "deaths")
    parts = until(page, lambda: boxes_with_hint(page), "the hint is shown, too")
    for place, part in parts.items():
        assert part["x"] >= 0 and part["x"] + part["width"] <= 390, place
    assert not overlap(parts["#bars"], parts[".scoreboard"])
    assert not overlap(parts[".info"], parts[".tools"])
    assert parts["#hint"]["y"] + parts["#hint"]["height"] < 844 / 3
    touch = page.context.new_cdp_session(page)
    points = [{"id": 1, "x": 100, "y": 740}]
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    opacity = "name => getComputedStyle(document.querySelector(`.stick.${name} text`)).opacity"
    until(page, lambda: page.evaluate(opacity, "left") == "0", "the label of the used stick is gone")
    assert page.evaluate(opacity, "right") == "1"


def boxes_with_hint(page: "Page") -> dict[str, "FloatRect"]:
    """Where everything is while the hint is there: it goes after ten seconds, and comes by its button."""
    hint = page.locator("#hint")
    if "Left thumb" not in hint.inner_text():
        page.get_by_role("button", name="How to play").click()
        return {}
    found = {place: page.locator(place).bounding_box() for place in PARTS}
    return {place: part for place, part in found.items() if part} if all(found.values()) else {}


def test_a_lost_connection_leaves_bars_and_scores_to_be_read(
    serve: Callable[..., ServerProcess], open_page: OpenPage
) -> None:
    """On a phone the notice of a server that stops hides neither the bars nor the scoreboard."""
    server = serve()
    page = open_page(server.url, **PHONE)
    create_room(page)
    Player.joining(page, "Thumbs")
    page.locator("#bars").get_by_text("Health").wait_for()
    assert server.stop() == 0
    says(page, "#connection", "The server is stopping")
    for place in ("#bars", ".scoreboard", ".tools"):
        assert not overlap(box(page, "#connection"), box(page, place)), place

"""Whatever people type, wherever a page shows it: it is text."""

from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Watched
from tests.browser.player import Player, until
from tests.browser.test_chat import moderate, say
from tests.browser.test_trouble import MARKUP, says
from tests.browser.test_two_players import OpenPage
from tests.conftest import ServerProcess

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.fixture
def open_page(open_page: OpenPage) -> OpenPage:
    """Pages without prediction: nobody goes far here."""
    return partial(open_page, predicts=False)


LINES = "#chat-lines"
SHORT = "<img src=y onerror=1>"


def has_image(page: "Page") -> bool:
    """Whether some of the words have become an element."""
    return page.locator("img[onerror], img[src=x], img[src=y]").count() > 0


@pytest.mark.parametrize("game", ["arena", "village"])
def test_what_people_type_is_text_on_every_page(
    game: str, server: ServerProcess, open_page: OpenPage, watched: Watched
) -> None:
    """Names, lines of each channel, a room's title, what the admin announces, and the reasons of a mute and of a kick."""
    status, made = server.request("POST", "/create", {"game": game, "name": MARKUP}, token=server.admin_token)
    assert status == 201, made
    link = str(made["join_url"])
    first = open_page(link)
    ann = Player.joining(first, MARKUP)
    second = open_page(link)
    Player.joining(second, SHORT)
    if game == "arena":
        until(
            second,
            lambda: MARKUP in second.locator("#scores").inner_text(),
            "the name stands on the scoreboard",
        )
    for line in (MARKUP, f"/near {SHORT}"):
        say(first, line)
        says(first, LINES, line.removeprefix("/near "))
        says(second, LINES, line.removeprefix("/near "))
    say(first, f"/team <b>{MARKUP}")
    says(first, LINES, f"<b>{MARKUP}")
    says(second, LINES, f"{MARKUP}: {MARKUP}")
    status, _ = server.request(
        "POST", f"/rooms/{made['room_id']}/announce", {"text": MARKUP}, token=server.admin_token
    )
    assert status == 200
    says(second, "#feed", MARKUP)
    moderate(server, link, ann.number, "mute", SHORT)
    says(first, "#feed", f"You are muted: {SHORT}")
    say(first, MARKUP)
    says(first, LINES, f"you are muted: {SHORT}")
    moderate(server, link, ann.number, "kick", MARKUP)
    says(first, "#ending", MARKUP)
    third = open_page(server.url)
    says(third, "#rooms", MARKUP)
    assert not any(map(has_image, (first, second, third)))
    assert not any(url.endswith(("/x", "/y")) for url in watched.requests)

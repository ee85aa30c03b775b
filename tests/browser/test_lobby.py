"""The lobby page: games, rooms, links, and who may open rooms."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.player import Player, until
from tests.browser.test_trouble import says
from tests.browser.test_two_players import OpenPage, create_room
from tests.conftest import ServerProcess

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.fixture
def open_page(open_page: OpenPage) -> OpenPage:
    """Pages without prediction: nobody goes far here."""
    return partial(open_page, predicts=False)


def test_a_room_is_listed_and_joined_from_the_list(server: ServerProcess, open_page: OpenPage) -> None:
    """Another person's lobby shows a new room by itself, and its button leads into it."""
    other = open_page(server.url)
    says(other, "#rooms", "No room is open yet")
    first = open_page(server.url)
    create_room(first)
    Player.joining(first, "Ann")
    says(other, "#rooms", "1 of 16 seats taken")
    other.locator("#rooms").get_by_role("link", name="Join").click()
    says(other, "#join-facts", "1 of 16 seats taken")
    Player.joining(other, "Bob")


def test_a_pasted_link_leads_to_the_room(server: ServerProcess, open_page: OpenPage) -> None:
    """An invitation works when it is pasted whole, and what is no link is refused with a sentence."""
    page = open_page(server.url)
    link = create_room(page)
    page.goto(server.url)
    page.get_by_label("Invitation link or room id").fill("not a link")
    page.get_by_role("button", name="Join", exact=True).click()
    says(page, "#problem", "neither an invitation link nor a room's id")
    page.get_by_label("Invitation link or room id").fill(link)
    page.get_by_role("button", name="Join", exact=True).click()
    page.wait_for_url(link)


def invites(page: "Page") -> None:
    """Presses the button until it is seen to say so: it does for two seconds and a half."""
    button = page.locator("#invite")

    def has_said_so() -> bool:
        if button.inner_text() == "Invite":
            button.click()
        return button.inner_text() == "Link copied"

    until(page, has_said_so, "the link is copied")


def test_an_invitation_is_copied(server: ServerProcess, open_page: OpenPage) -> None:
    """The button in the game copies the room's link."""
    page = open_page(server.url, permissions=["clipboard-read", "clipboard-write"])
    link = create_room(page)
    Player.joining(page, "Ann")
    invites(page)
    assert page.evaluate("navigator.clipboard.readText()") == link


def test_an_invitation_leads_to_where_the_network_reaches_the_server(
    server: ServerProcess, open_page: OpenPage
) -> None:
    """On a page of this machine alone, the copied link has the address that the server says others reach it at."""
    page = open_page(server.url, permissions=["clipboard-read", "clipboard-write"])
    _, games = server.request("GET", "/games")
    page.route(
        "**/games", lambda route: route.fulfill(json={**games, "network_url": "http://192.0.2.7:7373"})
    )
    link = create_room(page)
    Player.joining(page, "Ann")
    invites(page)
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == link.replace(server.url, "http://192.0.2.7:7373")


def test_a_held_room_is_shown_and_not_to_be_joined(server: ServerProcess, open_page: OpenPage) -> None:
    """Its card says that it does not run, without a button; who has its link, or a seat in it, reads the same there."""
    page = open_page(server.url)
    link = create_room(page)
    Player.joining(page, "Ann")
    listing = server.request("GET", f"/rooms/{link.rsplit('/', 1)[1]}")[1] | {"held": True}
    page.route("**/rooms", lambda route: route.fulfill(json={"rooms": [listing]}))
    page.route("**/rooms/*", lambda route: route.fulfill(json=listing))
    page.goto(server.url)
    says(page, "#rooms", "whoever runs this server has to look at it first")
    assert page.locator("#rooms").get_by_role("link").count() == 0
    page.goto(link)
    says(page, "#ending", "whoever runs this server has to look at it first")


def test_a_games_card_says_for_how_many_it_is(server: ServerProcess, open_page: OpenPage) -> None:
    """Whoever opens a room knows before how many fit in."""
    page = open_page(server.url)
    says(page, "[data-game=arena]", "Arena is for up to 16 players and runs at 30 ticks a second")


def test_a_server_that_asks_for_its_token_gets_it_from_the_page(
    serve: Callable[..., ServerProcess], open_page: OpenPage, tmp_path: Path
) -> None:
    """Where only the admin may open rooms, the page asks for the token, refuses a wrong one and takes the right one."""
    config = tmp_path / "tickroom.toml"
    config.write_text('[auth]\ncreate = "admin"\n', encoding="utf-8")
    server = serve("--config", str(config))
    page = open_page(server.url)
    page.locator("[data-game=arena]").get_by_role("button", name="Open a room").click()
    page.get_by_label("Admin token").fill("wrong")
    page.get_by_role("button", name="Open the room").click()
    until(
        page,
        lambda: page.locator("#admin-problem").inner_text() != "",
        "a wrong token is refused with a sentence",
    )
    page.get_by_label("Admin token").fill(server.admin_token)
    page.get_by_role("button", name="Open the room").click()
    page.wait_for_url("**/join/*")


def test_a_lobby_without_a_server_says_so(serve: Callable[..., ServerProcess], open_page: OpenPage) -> None:
    """When the server goes away below an open lobby, the page says that and goes on by itself later."""
    server = serve()
    page = open_page(server.url)
    says(page, "#rooms", "No room is open yet")
    server.stop()
    says(page, "#problem", "The server cannot be reached")

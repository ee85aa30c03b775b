"""What goes wrong is said on the page, in the server's words."""

import os
import signal
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Watched
from tests.browser.player import Player, feed_of, until
from tests.browser.test_two_players import OpenPage, create_room
from tests.conftest import ServerProcess
from tests.ports import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.fixture
def open_page(open_page: OpenPage) -> OpenPage:
    """Pages without prediction: nobody goes far here."""
    return partial(open_page, predicts=False)


FEED = "#feed"
MARKUP = "<img src=x onerror=1>"
SILENCE_SECONDS = 60.0
"""The page takes a silent server for lost after 8 s."""


def says(page: "Page", place: str, words: str, seconds: float = 60.0) -> None:
    """Waits until these words stand in an element of the page that is shown; in the feed it is enough that they have."""
    shown = page.locator(place)

    def does() -> bool:
        if place == FEED:
            return any(words in line for line in feed_of(page))
        return shown.is_visible() and words in shown.inner_text()

    until(page, does, f"{place} says {words!r}", seconds)


def test_a_server_that_stops_says_so_and_a_new_one_has_other_rooms(
    serve: Callable[..., ServerProcess], open_page: OpenPage
) -> None:
    """The page gives the server's reason, tries again by itself, says that the room is gone, and opens a new one."""
    port = str(free_port())
    server = serve("--port", port)
    page = open_page(server.url)
    create_room(page)
    Player.joining(page, "Ann")
    page.locator("#bars").get_by_text(
        "Health"
    ).wait_for()  # the game's own view is there: nothing is being fetched
    assert server.stop() == 0
    says(page, "#connection", "The server is stopping")
    until(
        page,
        lambda: page.locator("#retry").is_visible() or "Trying" in page.locator("#connection").inner_text(),
        "it is tried again",
    )
    serve("--port", port)
    says(page, "#ending", "The server was restarted, and this room is not there any more.")
    assert page.locator("#again").is_hidden()
    old = page.url
    page.get_by_role("button", name="Open a new room").click()
    page.wait_for_url(lambda address: "/join/" in address and address != old)
    Player.joining(page, "Ann")


def test_a_server_that_hangs_is_noticed_and_its_return_too(
    server: ServerProcess, open_page: OpenPage
) -> None:
    """A connection that died without a word is found dead, and the same seat is had again afterwards."""
    page = open_page(server.url)
    create_room(page)
    player = Player.joining(page, "Ann")
    number = player.number
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        says(page, "#room-state", "Server silent for", SILENCE_SECONDS)
        says(page, "#connection", "Nothing was heard from the server", SILENCE_SECONDS)
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    says(page, "#feed", "Connected again", SILENCE_SECONDS)
    until(page, page.locator("#connection").is_hidden, "nothing is in the way any more")
    until(page, lambda: page.locator("#room-state").inner_text() == "", "the page says no more that it is")
    until(page, lambda: player.own, "the own entity is back")
    assert player.number == number


def test_a_reload_comes_back_to_the_same_seat(server: ServerProcess, open_page: OpenPage) -> None:
    """The tab keeps its seat's token: no name is asked for, no second player appears."""
    page = open_page(server.url)
    create_room(page)
    Player.joining(page, "Ann")
    page.reload()
    player = Player(page)
    until(page, lambda: player.own, "the own entity is drawn without a question")
    assert [each["name"] for each in player.probe("players")] == ["Ann"]


def test_a_room_that_is_not_there_is_said_to_be_so(server: ServerProcess, open_page: OpenPage) -> None:
    """A wrong link leads to a sentence and back to the lobby."""
    page = open_page(f"{server.url}/join/nowhere")
    says(page, "#ending", "There is no room")
    assert page.locator("#again").is_hidden()
    assert page.locator("#new-room").is_hidden(), "of which game, nobody knows"


def test_a_room_that_an_admin_ends_is_said_to_have_ended(server: ServerProcess, open_page: OpenPage) -> None:
    """The players read why, are not offered to join what is gone, and read nothing of a connection that is no more."""
    page = open_page(server.url)
    link = create_room(page)
    player = Player.joining(page, "Ann")
    page.keyboard.press("F3")
    page.locator("#overlay").get_by_text("Server was heard").wait_for()
    status, _ = server.request("DELETE", f"/rooms/{link.rsplit('/', 1)[1]}", token=server.admin_token)
    assert status in {200, 204}
    says(page, "#ending", "An admin ended the room")
    assert page.locator("#again").is_hidden()
    assert page.locator("#overlay").is_hidden()
    page.keyboard.press("F3")
    assert page.locator("#overlay").is_hidden()
    drawn = player.probe("statistics")["frames"]
    # at 30 Hz at most (CALM): silence is said after two seconds
    until(page, lambda: player.probe("statistics")["frames"] > drawn + 80, "the picture stays")
    assert "silent" not in page.locator("#room-state").inner_text()


def test_a_name_with_markup_is_text_everywhere(
    server: ServerProcess, open_page: OpenPage, watched: Watched
) -> None:
    """What a player typed is never markup: not on the scoreboard, not in the feed, not in another's window."""
    first = open_page(server.url)
    link = create_room(first)
    Player.joining(first, MARKUP)
    second = open_page(link)
    Player.joining(second, "Bob")
    until(second, lambda: MARKUP in second.locator("#scores").inner_text(), "the name is shown as it is")
    for page in (first, second):
        assert page.locator("#game img").count() == 0
    assert not any(url.endswith("/x") for url in watched.requests)


def test_a_taken_name_is_refused_with_a_reason(server: ServerProcess, open_page: OpenPage) -> None:
    """The second Ann is told why, and may try another name."""
    first = open_page(server.url)
    link = create_room(first)
    Player.joining(first, "Ann")
    second = open_page(link)
    second.get_by_label("Your name").fill("ann")
    second.get_by_role("button", name="Play", exact=True).click()
    says(second, "#join-problem", "taken")
    Player.joining(second, "Another Ann")


def test_a_second_window_of_the_same_seat_takes_it_over(server: ServerProcess, open_page: OpenPage) -> None:
    """The window that loses its seat to another one is told so, and does not fight for it."""
    first = open_page(server.url)
    link = create_room(first)
    Player.joining(first, "Ann")
    stored = first.evaluate("JSON.stringify(sessionStorage)")
    second = open_page(server.url)
    second.evaluate("stored => Object.assign(sessionStorage, JSON.parse(stored))", stored)
    second.goto(link)
    until(second, lambda: Player(second).own, "the second window plays")
    says(first, "#ending", "Another connection of the same player took over")


def test_leaving_frees_the_seat_at_once(server: ServerProcess, open_page: OpenPage) -> None:
    """Who leaves is gone for the others, and the lobby counts the seat as free."""
    first = open_page(server.url)
    link = create_room(first)
    Player.joining(first, "Ann")
    second = open_page(link)
    bob = Player.joining(second, "Bob")
    first.get_by_role("link", name="Leave").click()
    first.wait_for_url(f"{server.url}/")
    until(second, lambda: [each["name"] for each in bob.probe("players")] == ["Bob"], "Ann is gone")
    says(first, "#rooms", "1 of 16 seats taken")

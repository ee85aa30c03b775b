"""People talk on the play page: what they type is text, stays off the game's keys, and what is refused is said."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import PHONE, Watched
from tests.browser.player import Player, until
from tests.browser.test_hud import box, overlap
from tests.browser.test_trouble import MARKUP, says
from tests.browser.test_two_players import OpenPage, create_room
from tests.conftest import ServerProcess

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.fixture
def open_page(open_page: OpenPage) -> OpenPage:
    """Pages without prediction: nobody goes far here."""
    return partial(open_page, predicts=False)


LINES = "#chat-lines"
MOST_LINES = 100
"""More than anybody may say in the time that it takes a page to type them."""


def say(page: "Page", text: str) -> None:
    """Enter, the words, Enter."""
    page.keyboard.press("Enter")
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def talks_until(page: "Page", words: str) -> None:
    """Says one line after the other, as fast as the machine can type, until these words are an answer, and all are answered."""
    last = ""
    for number in range(MOST_LINES):
        last = f"line {number}."
        say(page, last)
        if words in page.locator(LINES).inner_text():
            break
    says(page, LINES, words)
    until(page, lambda: is_answered(page, last), f"{last!r} is answered, and with it all before it")


def is_answered(page: "Page", line: str) -> bool:
    """Whether the line was said, or was refused and is in the field again."""
    said = page.locator(f"{LINES} p").all_text_contents()
    return page.locator("#chat-text").input_value() == line or any(
        each.endswith(f": {line}") for each in said
    )


def focus(page: "Page") -> str:
    """Which element has the keyboard."""
    identifier: str = page.evaluate("document.activeElement.id")
    return identifier


def moderate(server: ServerProcess, link: str, player: int, act: str, reason: str) -> None:
    """What the admin does by HTTP."""
    path = f"/rooms/{link.rsplit('/', 1)[1]}/players/{player}/{act}"
    status, body = server.request("POST", path, {"reason": reason}, token=server.admin_token)
    assert status in {200, 204}, body


def test_two_windows_talk(
    server: ServerProcess, open_page: OpenPage, watched: Watched, tmp_path: Path
) -> None:
    """Both read who said what, markup stays text, channels reach whom they should, and who comes later reads it, too."""
    first = open_page(server.url)
    link = create_room(first)
    Player.joining(first, "Ann")
    second = open_page(link)
    Player.joining(second, "Bob")
    say(first, f"hello {MARKUP}")
    for page in (first, second):
        says(page, LINES, f"Ann: hello {MARKUP}")
    say(second, "/team go left")
    says(second, LINES, "Bob (team): go left")
    say(second, "/shout x")
    says(second, LINES, "There is no /shout")
    second.keyboard.press("Escape")
    say(first, "bye")
    says(second, LINES, "Ann: bye")
    assert "go left" not in first.locator(LINES).inner_text()
    second.keyboard.press("Enter")
    second.screenshot(path=tmp_path / "chat-open.png")

    third = open_page(link)
    Player.joining(third, "Cid")
    third.get_by_role("button", name="Chat").click()
    says(third, LINES, f"Ann: hello {MARKUP}")
    assert [line.split(":")[0] for line in third.locator(f"{LINES} p").all_inner_texts()] == ["Ann", "Ann"]
    for page in (first, second, third):
        assert page.locator("#game img").count() == 0
    assert not any(url.endswith("/x") for url in watched.requests)


def test_keys_that_are_typed_do_not_move_the_player(server: ServerProcess, open_page: OpenPage) -> None:
    """W, A, S, D and Space are words while the chat is open; after Esc they are the game's again."""
    page = open_page(server.url)
    create_room(page, "sliders")  # in which nobody pushes anybody
    player = Player.joining(page, "Ann")
    page.evaluate("window.heard = []; window.addEventListener('keydown', ({ code }) => heard.push(code))")
    start = player.own
    assert start is not None
    page.keyboard.press("Enter")
    assert focus(page) == "chat-text"
    page.keyboard.down("KeyD")
    page.wait_for_timeout(600)  # long enough to walk a good way
    page.keyboard.up("KeyD")
    page.keyboard.type("was dh? ")
    assert page.locator("#chat-text").input_value().endswith("was dh? ")
    now = player.own
    assert now is not None
    assert page.evaluate("heard") == ["Enter"], "a game's own view hears nothing of it"
    assert abs(now["x"] - start["x"]) < 1 and abs(now["y"] - start["y"]) < 1
    page.keyboard.press("Escape")
    assert page.locator("#chat-form").is_hidden() and focus(page) == "canvas"
    player.hold("d")
    until(page, lambda: abs((player.own or start)["x"] - start["x"]) > 20, "the keys move the player again")
    player.hold("")


def test_what_is_refused_is_said_in_the_servers_words(server: ServerProcess, open_page: OpenPage) -> None:
    """Too fast, muted, and at last removed from the room, each with its reason; a banned player is told at the door."""
    page = open_page(server.url)
    link = create_room(page)
    ann = Player.joining(page, "Ann")
    talks_until(page, "you are talking too fast")
    moderate(server, link, ann.number, "mute", "no flooding")
    says(page, "#feed", "You are muted: no flooding")
    say(page, "but")
    says(page, LINES, "you are muted: no flooding")
    until(
        page,
        lambda: page.locator("#chat-text").input_value() == "but",
        "what was refused is there to be sent again",
    )
    moderate(server, link, ann.number, "ban", "That was enough.")
    says(page, "#ending", "You were removed from the room")
    says(page, "#ending", "That was enough.")
    page.get_by_role("button", name="Join again").click()
    page.get_by_label("Your name").fill("ann")
    page.get_by_role("button", name="Play", exact=True).click()
    says(page, "#join-problem", "That was enough.")


def test_a_phone_talks_by_a_button(server: ServerProcess, open_page: OpenPage, tmp_path: Path) -> None:
    """A tap opens the chat above the phone's own keyboard, and a tap closes it; nothing covers anything."""
    page = open_page(server.url, **PHONE)
    create_room(page)
    Player.joining(page, "Thumbs")
    button = page.get_by_role("button", name="Chat")
    button.tap()
    until(page, lambda: focus(page) == "chat-text", "the chat is open")
    page.keyboard.type("on my way")
    page.keyboard.press("Enter")
    says(page, LINES, "Thumbs: on my way")
    button.tap()
    until(page, page.locator("#chat-form").is_visible, "the chat is open again")
    field, bars = box(page, "#chat-form"), box(page, "#bars")
    page.screenshot(path=tmp_path / "chat-phone.png")
    assert field["x"] >= 0 and field["x"] + field["width"] <= 390
    assert field["y"] + field["height"] < 844 / 2
    assert not overlap(box(page, "#chat"), bars) and not overlap(box(page, "#chat"), box(page, ".scoreboard"))
    assert not overlap(box(page, ".info"), box(page, ".tools"))
    button.tap()
    until(page, page.locator("#chat-form").is_hidden, "the chat is closed")

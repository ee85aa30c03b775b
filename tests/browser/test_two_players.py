"""Two people in two browsers: from the lobby to the first point."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Watched
from tests.browser.player import Player, until
from tests.conftest import ServerProcess

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
OpenPage = Callable[..., "Page"]
HUNT_SECONDS = 240.0
"""On a busy machine; 20 on a quiet one."""
PATIENCE = 60_000.0
"""ms."""


def create_room(page: "Page", game: str = "arena") -> str:
    """Opens a room in the lobby; the address of its play page."""
    page.locator(f"[data-game={game}]").get_by_role("button", name="Open a room").click()
    page.wait_for_url("**/join/*")
    return page.url


@pytest.mark.timeout(420)
def test_two_windows_see_each_other_move_shoot_and_score(
    server: ServerProcess, open_page: OpenPage, watched: Watched, tmp_path: Path
) -> None:
    """Real keys move a player in both windows; a real mouse shoots; the kill counts on both scoreboards."""
    first = open_page(server.url)
    link = create_room(first)
    ann = Player.joining(first, "Ann")
    bob = Player.joining(open_page(link), "Bob")
    until(bob.page, lambda: bob.fighter_of(ann.number), "Bob sees Ann")
    until(ann.page, lambda: ann.fighter_of(bob.number), "Ann sees Bob")

    moves_in_both_windows(ann, bob)
    moves_in_both_windows(bob, ann)
    shots_are_seen(ann, bob)

    end = time.monotonic() + HUNT_SECONDS
    while ann.score_of("Ann") < 5 and time.monotonic() < end:
        ann.hunt(bob.number)
        ann.page.wait_for_timeout(60)
    ann.page.screenshot(path=tmp_path / "ann.png")
    bob.page.screenshot(path=tmp_path / "bob.png")
    ann.page.mouse.up()
    ann.hold("")
    assert ann.score_of("Ann") >= 5, "Ann never shot Bob down"
    until(bob.page, lambda: bob.score_of("Ann") >= 5, "Bob's window shows Ann's points")
    assert "Ann shot Bob" in bob.page.locator("#feed").inner_text()
    assert watched.hosts() == {server.url.split("/")[2]}, (
        "pages, scripts and sockets all come from the server"
    )


def moves_in_both_windows(mover: Player, watcher: Player) -> None:
    """Walks to the side where there is room, and is seen to do so here and there."""
    start = mover.own
    assert start is not None
    key, sign = ("d", 1) if start["x"] < 1000 else ("a", -1)
    mover.hold(key)

    def has_moved(player: Player) -> bool:
        seen = player.fighter_of(mover.number)
        return seen is not None and sign * (seen["x"] - start["x"]) > 40

    until(mover.page, lambda: has_moved(mover), "the player moves in its own window")
    until(watcher.page, lambda: has_moved(watcher), "the player moves in the other window")
    mover.hold("")


def shots_are_seen(shooter: Player, watcher: Player) -> None:
    """Space fires, and the bullet flies in the other window too."""
    shooter.page.keyboard.down("Space")
    until(
        watcher.page,
        lambda: any(bullet["owner"] == shooter.number for bullet in watcher.entities("bullet")),
        "the other window shows the shot",
    )
    shooter.page.keyboard.up("Space")


def test_keys_are_let_go_when_the_window_loses_the_focus(server: ServerProcess, open_page: OpenPage) -> None:
    """A player whose window lost the focus with a key down comes to rest."""
    page = open_page(server.url, predicts=False)
    create_room(page)
    player = Player.joining(page, "Ann")
    start = player.own
    assert start is not None
    player.hold("d" if start["x"] < 1000 else "a")
    until(page, lambda: (own := player.own) and abs(own["vx"]) > 50, "it moves")
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    until(page, lambda: (own := player.own) and own["vx"] == 0, "it comes to rest")


def test_a_phone_plays_with_two_thumbs(server: ServerProcess, open_page: OpenPage) -> None:
    """On a phone the left stick moves and the right one aims and fires; nothing scrolls or sticks out."""
    page = open_page(server.url, predicts=False, **PHONE)
    create_room(page)
    player = Player.joining(page, "Thumbs")
    start = player.own
    assert start is not None
    side = 1 if start["x"] < 1000 else -1
    touch = page.context.new_cdp_session(page)

    def thumbs(kind: str, *points: tuple[int, float, float]) -> None:
        places = [{"id": number, "x": x, "y": y} for number, x, y in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    thumbs("touchStart", (1, 100, 740))
    thumbs("touchMove", (1, 100 + side * 60, 740))
    until(page, lambda: (own := player.own) and side * (own["x"] - start["x"]) > 40, "the left thumb moves")
    thumbs("touchStart", (1, 100 + side * 60, 740), (2, 300, 740))
    thumbs("touchMove", (1, 100 + side * 60, 740), (2, 300, 680))
    until(
        page,
        lambda: any(bullet["vy"] < -300 for bullet in player.entities("bullet")),
        "the right thumb fires upwards",
    )
    thumbs("touchEnd")
    assert page.evaluate("[scrollX, scrollY, document.documentElement.scrollWidth]") == [0, 0, 390]
    until(page, lambda: (own := player.own) and own["vx"] == 0, "it rests when the thumb is lifted")


def test_a_gamepad_moves_aims_and_fires(server: ServerProcess, open_page: OpenPage) -> None:
    """The left stick moves, the right stick aims, a trigger fires, and letting go of all of it is a rest."""
    page = open_page(server.url, predicts=False)
    create_room(page)
    player = Player.joining(page, "Pad")
    start = player.own
    assert start is not None
    side = 1 if start["x"] < 1000 else -1

    def pad(x: float, aim_y: float, trigger: bool) -> None:
        page.evaluate(
            """([x, aimY, trigger]) => {
                const buttons = Array.from({ length: 17 }, (_, n) => ({ pressed: trigger && n === 7 }));
                const pad = { connected: true, mapping: "standard", buttons, axes: [x, 0.1, 0.05, aimY] };
                navigator.getGamepads = () => [null, pad];
            }""",
            [x, aim_y, trigger],
        )

    pad(side, 0.0, False)
    until(page, lambda: (own := player.own) and side * (own["x"] - start["x"]) > 40, "the left stick moves")
    pad(0.1, 1.0, True)
    until(
        page,
        lambda: any(bullet["vy"] > 300 for bullet in player.entities("bullet")),
        "the right stick aims down and the trigger fires",
    )
    pad(0.0, 0.0, False)
    until(page, lambda: (own := player.own) and own["vx"] == 0, "it rests")


def test_the_json_subprotocol_plays_too(server: ServerProcess, open_page: OpenPage) -> None:
    """With ?codec=json in the address the same game runs over text frames that one can read."""
    page = open_page(server.url, predicts=False)
    link = create_room(page)
    texts: list[bool] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda payload: texts.append(isinstance(payload, str))),
    )
    page.goto(f"{link}?codec=json")
    player = Player.joining(page, "Reader")
    moves_in_both_windows(player, player)
    until(page, lambda: len(texts) > 20, "many frames have come")
    assert all(texts)


def test_the_page_shows_ping_tick_rate_frames_and_names(server: ServerProcess, open_page: OpenPage) -> None:
    """What a player wants to know of the connection and the others is on the page."""
    page = open_page(server.url, predicts=False)
    create_room(page)
    Player.joining(page, "Ann")
    for field, unit in (("ping", "ms"), ("tick-rate", "Hz"), ("frame-rate", "fps")):
        shown = page.locator(f"#{field}")
        expect(shown).to_have_text(re.compile(rf"^[1-9]\d* {unit}$"), timeout=PATIENCE)
    expect(page.locator("#scores li .who")).to_have_text(["Ann"], timeout=PATIENCE)

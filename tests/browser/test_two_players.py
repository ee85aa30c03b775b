"""Two people in two browsers: from the lobby to the first point."""

import re
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from net.conditions import Conditions
from tests.browser.conftest import PHONE, Watched
from tests.browser.far_server import far_from
from tests.browser.paths import is_clear
from tests.browser.player import Player, feed_of, rests, until
from tests.conftest import ServerProcess

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
OpenPage = Callable[..., "Page"]
SIGHT = 300.0
"""World units: a bullet flies so far in ten ticks."""
STROLL_SECONDS = 15.0
"""One is elsewhere by then, however slow the machine is, or something is in the way."""
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

    Stroll(ann).is_seen_by(ann, bob)
    Stroll(bob).is_seen_by(bob, ann)
    shots_are_seen(ann, bob)

    end = time.monotonic() + HUNT_SECONDS
    while "Ann shot Bob" not in feed_of(bob.page):  # she may have points before, of hunters that came between
        assert time.monotonic() < end, "Ann never shot Bob down"
        ann.hunt(bob.number)
        ann.page.wait_for_timeout(60)
    ann.page.mouse.up()
    ann.hold("")
    for player in (ann, bob):
        until(player.page, partial(has_scored, player, "Ann"), "the window shows Ann's points")
    ann.page.screenshot(path=tmp_path / "ann.png")
    bob.page.screenshot(path=tmp_path / "bob.png")
    assert watched.hosts() == {server.url.split("/")[2]}, (
        "pages, scripts and sockets all come from the server"
    )


def has_scored(player: Player, name: str) -> bool:
    """Whether a window shows the points of a kill behind the name."""
    return player.score_of(name) >= 5


class Stroll:
    """A fighter who goes to the side where there is room, until all have seen it; begins anew when it was caught, or when
    something is in the way."""

    def __init__(self, mover: Player, hold: Callable[[int], object] | None = None) -> None:
        """`hold` makes it go to the right (1), to the left (-1), or stand (0); by itself, keys do."""
        self._mover = mover
        self._hold = hold or (lambda side: mover.hold({1: "d", -1: "a"}.get(side, "")))
        self._start: dict[str, Any] | None = None
        self._side = 0
        self._ends = 0.0

    def is_seen_by(self, *watchers: Player) -> None:
        """Returns, and stands still, when each of them has seen it go."""
        page = self._mover.page
        until(page, lambda: self._goes() and all(map(self._has_moved, watchers)), "all see it move")
        self._hold(0)

    def _goes(self) -> bool:
        """Whether it is on its way, alive and from where it was when the key went down."""
        own = self._mover.own
        if own is None or own["state"] == "dead":
            self._start = None
        elif self._start is None or time.monotonic() > self._ends:
            self._start, self._ends = own, time.monotonic() + STROLL_SECONDS
            self._side = 1 if own["x"] < 1000 else -1
            self._hold(self._side)
        return self._start is not None

    def _has_moved(self, watcher: Player) -> bool:
        start, seen = self._start, watcher.fighter_of(self._mover.number)
        return bool(start and seen) and self._side * (seen["x"] - start["x"]) > 40  # type: ignore[index]


def shots_are_seen(shooter: Player, watcher: Player) -> None:
    """Space fires, and the bullet flies in the other window too."""
    shooter.page.keyboard.down("Space")

    def is_seen() -> bool:
        aims_where_it_is_free(shooter)
        return any(bullet["owner"] == shooter.number for bullet in watcher.entities("bullet"))

    until(watcher.page, is_seen, "the other window shows the shot")
    shooter.page.keyboard.up("Space")


def aims_where_it_is_free(shooter: Player) -> None:
    """A bullet that is shot at a wall next to one is gone before it is drawn."""
    own, walls = shooter.own, shooter.entities("wall")
    if own is None:
        return
    x, y = own["x"], own["y"]
    for place in ((x + SIGHT, y), (x - SIGHT, y), (x, y + SIGHT), (x, y - SIGHT)):
        if is_clear(walls, (x, y), place):
            shooter.aim_at(*place)
            return


def test_keys_are_let_go_when_the_window_loses_the_focus(server: ServerProcess, open_page: OpenPage) -> None:
    """A player whose window lost the focus with a key down comes to rest."""
    page = open_page(server.url, predicts=False)
    create_room(page, "sliders")  # in which nothing is in the way and nobody else moves a player
    player = Player.joining(page, "Ann")
    start = rests(player)
    player.hold("d")
    until(page, lambda: (own := player.own) and own["x"] > start["x"] + 40, "it moves")
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    rests(player)


def test_a_phone_plays_with_two_thumbs(server: ServerProcess, open_page: OpenPage) -> None:
    """On a phone the left stick moves and the right one aims and fires; nothing scrolls or sticks out."""
    page = open_page(server.url, predicts=False, **PHONE)
    create_room(page)
    player = Player.joining(page, "Thumbs")
    touch = page.context.new_cdp_session(page)

    def thumbs(kind: str, *points: tuple[int, float, float]) -> None:
        places = [{"id": number, "x": x, "y": y} for number, x, y in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    thumbs("touchStart", (1, 100, 740))
    Stroll(player, lambda side: thumbs("touchMove", (1, 100 + side * 60, 740))).is_seen_by(player)
    thumbs("touchStart", (1, 100, 740), (2, 300, 740))
    thumbs("touchMove", (1, 100, 740), (2, 300, 680))
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

    def pad(x: float, aim_y: float, trigger: bool) -> None:
        page.evaluate(
            """([x, aimY, trigger]) => {
                const buttons = Array.from({ length: 17 }, (_, n) => ({ pressed: trigger && n === 7 }));
                const pad = { connected: true, mapping: "standard", buttons, axes: [x, 0.1, 0.05, aimY] };
                navigator.getGamepads = () => [null, pad];
            }""",
            [x, aim_y, trigger],
        )

    Stroll(player, lambda side: pad(side, 0.0, False)).is_seen_by(player)
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
    Stroll(player).is_seen_by(player)
    until(page, lambda: len(texts) > 20, "many frames have come")
    assert all(texts)


def test_the_page_shows_ping_tick_rate_frames_and_names(server: ServerProcess, open_page: OpenPage) -> None:
    """What a player wants to know of the connection and the others is on the page."""
    with far_from(
        server.url, Conditions(latency=10.0)
    ) as url:  # 20 ms: on this machine itself it may be none
        page = open_page(url, predicts=False)
        create_room(page)
        Player.joining(page, "Ann")
        for field, unit in (("ping", "ms"), ("tick-rate", "Hz"), ("frame-rate", "fps")):
            shown = page.locator(f"#{field}")
            expect(shown).to_have_text(re.compile(rf"^[1-9]\d* {unit}$"), timeout=PATIENCE)
        expect(page.locator("#scores li .who")).to_have_text(["Ann"], timeout=PATIENCE)

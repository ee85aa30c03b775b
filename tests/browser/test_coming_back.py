"""A player keeps seat, score and place: over a reload, the back button, a network that is gone, and a server that was killed."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from math import hypot
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.engine_match import built_engine
from tests.browser.player import Player, feed_of, go_by, is_loaded, rests, until
from tests.browser.test_prediction import is_predicted
from tests.browser.test_trouble import says
from tests.browser.test_two_players import HUNT_SECONDS, OpenPage, create_room
from tests.browser.wire import Wire
from tests.conftest import ServerProcess
from tests.ports import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
OFFLINE = 5_000.0
"""ms."""
UNSEEN = 40
"""Bundles of the server in which nobody looks at a page, two seconds."""
NEAR = 10.0
"""World units, two ticks' walk: nobody pushes anybody in the village, and a key that is let go is on its way for a tick."""
LOOKS = 30
"""Of five bundles each, a quarter of a second where nothing is late, in which one goes one way."""
FAR = 120.0
"""Further than that from where the game lets one begin."""


@pytest.fixture
def open_still(open_page: OpenPage) -> OpenPage:
    """Pages without prediction, which take less of the machine's time."""
    return partial(open_page, predicts=False)


def name_and_number(player: Player) -> tuple[int, list[Any]]:
    """Who the page takes itself for, and who it sees in the room."""
    return player.number, [
        (each["player"], each["name"], each["connected"]) for each in player.probe("players")
    ]


def apart(first: dict[str, Any], second: dict[str, Any]) -> float:
    """How far two entities are apart."""
    return hypot(first["x"] - second["x"], first["y"] - second["y"])


def walk(player: Player) -> dict[str, Any]:
    """Go somewhere that is nobody's starting place, whichever way is free; where that is."""
    start = player.own
    assert start is not None
    for keys in ("d", "s", "a", "w"):
        player.hold(keys)
        for _ in range(LOOKS):  # as far as it has to be, however slow the machine is
            go_by(player.page, 5)
            if (own := player.own) and apart(own, start) > FAR + 20.0:
                break
        player.hold("")
        place = rests(player)
        if apart(place, start) > FAR:
            return place
    raise AssertionError("the player is shut in")


@contextmanager
def hidden(page: "Page") -> Iterator[None]:
    """Nobody looks at the page: its window is minimised, and the browser lets it draw nothing."""
    browser = page.context.browser
    assert browser is not None
    session, target = browser.new_browser_cdp_session(), page.context.new_cdp_session(page)
    target_id = target.send("Target.getTargetInfo")["targetInfo"]["targetId"]
    window = session.send("Browser.getWindowForTarget", {"targetId": target_id})["windowId"]

    def become(state: str) -> None:
        session.send("Browser.setWindowBounds", {"windowId": window, "bounds": {"windowState": state}})

    become("minimized")
    yield
    become("normal")
    session.detach()
    target.detach()


def counted(page: "Page") -> tuple[int, int]:
    """Bundles that have come, frames that were drawn."""
    bundles, frames = page.evaluate("[tickroom.statistics.bundles, tickroom.statistics.frames]")
    return bundles, frames


def village(page: "Page") -> str:
    """Open a room of the village, in which nobody hunts or pushes anybody; its address."""
    return create_room(page, "village")


def is_back(page: "Page", place: dict[str, Any], who: tuple[int, list[Any]]) -> Player:
    """The page plays without having asked for a name: the same player, at the same place."""
    page.wait_for_load_state()
    player = Player(page)
    until(page, lambda: player.probe("connection") == "open" and player.own, "the own entity is drawn")
    assert page.locator("#entrance").is_hidden()
    until(page, lambda: name_and_number(player) == who, f"{who} are there again")
    found = rests(player)
    assert apart(found, place) < NEAR
    assert found["id"] == place["id"]
    return player


def test_reloads_and_the_back_button_lead_back_to_the_seat(
    server: ServerProcess, open_still: OpenPage
) -> None:
    """Twice in a row, which takes two tokens; from another page, and forward again: seat, name, entity and place stay."""
    page = open_still(server.url)
    village(page)
    ann = Player.joining(page, "Ann")
    place, who = walk(ann), name_and_number(ann)
    for _ in range(2):
        page.reload()
        is_back(page, place, who)
    page.goto(server.url)
    page.locator("#rooms").get_by_text("1 of ").wait_for()
    page.go_back()
    is_back(page, place, who)
    page.go_back()
    page.go_forward()
    is_back(page, place, who)


def test_five_seconds_without_a_network(server: ServerProcess, open_still: OpenPage) -> None:
    """The line is cut: the page says so, the others see the player away, and when it is whole all is as it was."""
    with Wire(int(server.url.rsplit(":", 1)[1])) as wire:
        watcher_page = open_still(server.url)
        link = village(watcher_page)
        ben = Player.joining(watcher_page, "Ben")
        page = open_still(link.replace(server.url, wire.url))
        ann = Player.joining(page, "Ann")
        place, who = walk(ann), name_and_number(ann)
        wire.cut()
        says(page, "#connection", "lost")
        until(
            watcher_page,
            lambda: [each["connected"] for each in ben.probe("players")] == [True, False],
            "Ann is away",
        )
        page.wait_for_timeout(OFFLINE)
        assert page.locator("#connection").is_visible()
        wire.mend()
        says(page, "#feed", "Connected again")
        is_back(page, place, who)
        until(page, page.locator("#connection").is_hidden, "nothing is in the way any more")
        until(
            watcher_page,
            lambda: [each["connected"] for each in ben.probe("players")] == [True, True],
            "Ann is back",
        )


def test_what_was_said_meanwhile_is_read_once(server: ServerProcess, open_still: OpenPage) -> None:
    """A line of chat and an announcement that came while the line was cut are on the page afterwards, each once."""
    with Wire(int(server.url.rsplit(":", 1)[1])) as wire:
        first = open_still(server.url)
        link = create_room(first)
        Player.joining(first, "Ben")
        page = open_still(link.replace(server.url, wire.url))
        Player.joining(page, "Ann")
        page.locator("#bars").get_by_text("Health").wait_for()
        wire.cut()
        says(page, "#connection", "lost")
        room = link.rsplit("/", 1)[1]
        status, _ = server.request(
            "POST", f"/rooms/{room}/announce", {"text": "The final begins."}, token=server.admin_token
        )
        assert status == 200
        says(first, "#feed", "The final begins.")
        wire.mend()
        says(page, "#feed", "Connected again")
        says(page, "#feed", "The final begins.")
        go_by(page, 5)
        assert feed_of(page).count("The final begins.") == 1


def test_a_duplicated_tab_takes_the_seat_over_and_never_are_there_two(
    server: ServerProcess, open_still: OpenPage
) -> None:
    """A tab that is opened from the first has a copy of its memory: it plays as Ann until the first takes the seat back."""
    page = open_still(server.url)
    village(page)
    ann = Player.joining(page, "Ann")
    place, who = walk(ann), name_and_number(ann)
    with page.context.expect_page() as opened:
        page.evaluate("window.open(location.href)")
    second = opened.value
    is_back(second, place, who)
    says(page, "#ending", "Another connection of the same player took over")
    page.reload()
    page.locator("#entrance").wait_for()
    again = Player.joining(
        page, "Ann"
    )  # by the browser's secret it is she who had the seat: it is hers, and of one tab
    assert again.number == who[0]
    says(second, "#ending", "Another connection of the same player took over")
    assert [each["name"] for each in again.probe("players")] == ["Ann"]


def test_restarts_of_the_server_keep_seat_and_place(
    serve: Callable[..., ServerProcess], open_page: OpenPage
) -> None:
    """Killed, and then stopped: the player comes back by itself to where it stood; its own moves are drawn ahead again, also by
    a page that was loaded anew, and after nobody has looked at it for a while, and it rests at its true place."""
    built_engine()
    port = str(free_port())
    server = serve("--port", port)
    page = open_page(server.url)
    village(page)
    ann = Player.joining(page, "Ann")
    is_predicted(ann)
    is_loaded(ann)
    for how in (signal.SIGKILL, signal.SIGTERM):
        place, who = walk(ann), name_and_number(ann)
        server.stop(how)
        says(page, "#connection", "Trying")
        server = serve("--port", port, data=server.data)
        is_back(page, place, who)
        is_predicted(ann)
    place, who = rests(ann), name_and_number(ann)
    page.reload()
    is_back(page, place, who)
    is_predicted(ann)
    with hidden(page):
        bundles, frames = counted(page)
        until(page, lambda: counted(page)[0] > bundles + UNSEEN, "bundles come while nobody looks")
        assert counted(page)[1] - frames < UNSEEN / 4
    is_predicted(ann)
    walk(ann)
    assert ann.probe("prediction")["state"] == "on"


@pytest.mark.timeout(420)
def test_a_killed_server_keeps_the_score(serve: Callable[..., ServerProcess], open_page: OpenPage) -> None:
    """Two players come back by themselves to the points that they had."""
    port = str(free_port())
    server = serve("--port", port)
    first = open_page(server.url)
    link = create_room(first)
    ann = Player.joining(first, "Ann")
    ben = Player.joining(open_page(link, predicts=False), "Ben")
    until(first, lambda: ann.fighter_of(ben.number), "Ann sees Ben")
    is_loaded(ann)
    is_loaded(ben)
    scores_a_point(ann, ben)
    score, who = ann.score_of("Ann"), name_and_number(ann)
    server.stop(signal.SIGKILL)
    says(first, "#connection", "Trying")
    serve("--port", port, data=server.data)
    for page in (first, ben.page):
        says(page, "#feed", "Connected again")
    until(first, lambda: name_and_number(ann) == who, "Ann sees both")
    # a shot that was in the air may have scored once more than the page had seen
    until(first, lambda: ann.score_of("Ann") >= score, "Ann has her points")
    until(ben.page, lambda: ben.score_of("Ann") >= score, "Ben sees the score")


def scores_a_point(hunter: Player, prey: Player) -> None:
    """Shoots until the scoreboard counts it."""
    end = time.monotonic() + HUNT_SECONDS
    while hunter.score_of("Ann") < 1 and time.monotonic() < end:
        hunter.hunt(prey.number)
        hunter.page.wait_for_timeout(60)
    hunter.page.mouse.up()
    hunter.hold("")
    assert hunter.score_of("Ann") >= 1, "Ann never shot Ben down"
    until(hunter.page, lambda: hunter.own, "the hunter lives")

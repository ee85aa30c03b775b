"""Who watches, in the browser: a replay with its controls, and a room that is being played."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.player import Player, until
from tests.browser.test_two_players import OpenPage, Stroll, create_room
from tests.conftest import ROOT, ServerProcess
from tests.replay.test_verify import recorded

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
TICKS, BOTS = 900, 8


@pytest.fixture
def replay(tmp_path: Path) -> Iterator[str]:
    """The address at which `tickroom replay --watch` serves a recorded arena."""
    path = tmp_path / "000000.journal"
    path.write_bytes(recorded("arena", TICKS, BOTS))
    program = subprocess.Popen(
        [sys.executable, "-m", "app", "replay", str(path), "--watch"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert program.stdout is not None
    try:
        found = re.search(r"http://\S+", program.stdout.readline())
        assert found is not None
        yield found.group(0)
    finally:
        program.send_signal(signal.SIGINT)
        code = program.wait(60.0)
        program.stdout.close()
    assert code == 0


def shown(page: "Page") -> Any:
    """What the page says is shown."""
    return page.evaluate("window.tickroom?.playback")


def is_shown(page: "Page", what: Callable[[Any], object]) -> Callable[[], object]:
    """Whether something is true of what is shown, once anything is."""
    return lambda: (playback := shown(page)) and what(playback)


def places(page: "Page") -> dict[int, tuple[float, float]]:
    """Where everything is drawn, by id."""
    return {each["id"]: (each["x"], each["y"]) for each in page.evaluate("window.tickroom.entities")}


def places_at_rest(page: "Page") -> dict[int, tuple[float, float]]:
    """The same, once a quarter of a second and some frames have changed nothing: what was on its way to the picture is there."""

    def at_rest() -> dict[int, tuple[float, float]] | None:
        before, drawn = places(page), frames(page)
        page.wait_for_timeout(250)
        until(page, lambda: frames(page) > drawn + 5, "frames are drawn")
        return before if places(page) == before else None

    found: dict[int, tuple[float, float]] = until(page, at_rest, "nothing moves")
    return found


def frames(page: "Page") -> int:
    """How many were drawn."""
    count: int = page.evaluate("window.tickroom.statistics.frames")
    return count


def own_of(page: "Page") -> Any:
    """The followed player's entity as it is drawn, or None."""
    return page.evaluate("window.tickroom?.own")


def test_a_replay_is_watched(replay: str, open_page: OpenPage, tmp_path: Path) -> None:
    """It plays by itself; Space, the arrows, full stop, the slider, the list of players and the speed do what they say."""
    page = open_page(replay)
    until(page, is_shown(page, lambda at: at["speed"] == 1 and at["tick"] > 40), "it plays by itself")
    page.locator("#canvas").click(position={"x": 400, "y": 300})
    page.keyboard.press("Space")  # soon: its thirty seconds go by on a slow machine as well
    until(page, is_shown(page, lambda at: at["speed"] == 0), "it stands still")
    until(page, lambda: own_of(page), "the followed player is drawn")
    assert page.locator("#chat-form").is_hidden()
    page.screenshot(path=tmp_path / "playing.png")
    still = places_at_rest(page)
    tick = shown(page)["tick"]
    page.wait_for_timeout(500)
    assert (shown(page)["tick"], places(page)) == (tick, still)

    page.keyboard.press("Period")
    until(page, is_shown(page, lambda at: at["tick"] == tick + 1), "one tick on")
    page.get_by_role("button", name="A tick back").click()
    until(page, is_shown(page, lambda at: at["tick"] == tick and at["goal"] < 0), "one tick back")

    page.locator("#canvas").click(position={"x": 400, "y": 300})
    page.keyboard.press("ArrowRight")
    until(page, is_shown(page, lambda at: at["tick"] == tick + 150 and at["goal"] < 0), "five seconds on")

    before = shown(page)["follow"]
    page.keyboard.press("f")
    until(page, is_shown(page, lambda at: at["follow"] not in (before, -1)), "the next player is followed")
    page.locator("#follow").select_option(label="Bot 5")
    until(page, is_shown(page, lambda at: at["follow"] == 5), "Bot 5 is followed")
    until(
        page,
        lambda: (own := own_of(page)) and own["owner"] == 5,
        "Bot 5 is the own one",
    )

    page.get_by_label("Tick", exact=True).fill("700")
    page.get_by_label("Tick", exact=True).dispatch_event("change")
    until(page, is_shown(page, lambda at: at["tick"] == 700 and at["goal"] < 0), "tick 700")
    until(page, lambda: "tick 700" in page.locator("#playing-when").inner_text(), "the bar says so")
    forwards = places_at_rest(page)
    page.get_by_label("Tick", exact=True).fill("30")
    page.get_by_label("Tick", exact=True).dispatch_event("change")
    until(page, is_shown(page, lambda at: at["tick"] == 30 and at["goal"] < 0), "tick 30")
    page.get_by_label("Tick", exact=True).fill("700")
    page.get_by_label("Tick", exact=True).dispatch_event("change")
    until(page, is_shown(page, lambda at: at["tick"] == 700 and at["goal"] < 0), "tick 700 again")
    until(page, lambda: places(page) == forwards, "the same is drawn as the first time")
    page.screenshot(path=tmp_path / "seeked.png")

    page.get_by_label("Speed").select_option("4")
    page.get_by_role("button", name="Play", exact=True).click()
    until(
        page,
        is_shown(page, lambda at: at["tick"] == TICKS and at["speed"] == 0),
        "the end, at four times the speed",
    )


def test_a_replay_survives_a_reload(replay: str, open_page: OpenPage) -> None:
    """The page comes back to whom it followed, and the replay has gone on."""
    page = open_page(replay)
    until(
        page,
        lambda: len(page.evaluate("window.tickroom?.players") or ()) == BOTS,
        "all are there",
    )
    page.locator("#follow").select_option(label="Bot 3")
    until(page, is_shown(page, lambda at: at["follow"] == 3), "Bot 3 is followed")
    page.reload()
    until(page, is_shown(page, lambda at: at["follow"] == 3), "Bot 3 is followed again")


def test_a_room_is_watched_live(
    serve: Callable[..., ServerProcess], open_page: OpenPage, tmp_path: Path
) -> None:
    """By the lobby's link: the viewer sees the player move, takes no seat, and has nothing to control."""
    config = tmp_path / "tickroom.toml"
    config.write_text("[watching]\ndelay = 0\n", encoding="utf-8")
    server = serve("--config", str(config))
    first = open_page(server.url)
    create_room(first)
    ann = Player.joining(first, "Ann")
    page = open_page(server.url)
    page.get_by_role("link", name="Watch").click()
    until(page, is_shown(page, lambda at: at["follow"] == 0 and at["delay"] == 0), "Ann is followed")
    until(page, lambda: own_of(page), "Ann is drawn")
    assert page.get_by_label("Tick", exact=True).is_hidden()
    assert page.locator("#playing-what").inner_text() == "Live"
    page.keyboard.press("F3")
    page.locator("#overlay").get_by_text("Server was heard").wait_for()
    assert not page.locator("#overlay").get_by_text("Predict").is_visible()
    assert [player["name"] for player in first.evaluate("window.tickroom.players")] == ["Ann"]
    Stroll(ann).is_seen_by(ann, Player(page))
    page.screenshot(path=tmp_path / "live.png")

"""Who watches the journal of a lock-step match, in the browser: the page's own engine computes it, anywhere in it."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from net.journal.reader import JournalReader
from net.replay.outline import Outline, read_outline
from tests.browser.player import until
from tests.browser.test_two_players import OpenPage
from tests.conftest import ROOT
from tests.mods.loading import load
from tests.replay.test_lockstep_replay import begun, play

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
SECONDS = 40


@pytest.fixture(scope="module")
def journal() -> bytes:
    """A match of skirmish, two players at random."""
    with begun(load("skirmish")) as room:
        play(room, SECONDS)
        return bytes(room.journal)


@pytest.fixture
def replay(journal: bytes, tmp_path: Path) -> Iterator[str]:
    """The address at which `tickroom replay --watch` serves it."""
    path = tmp_path / "000000.journal"
    path.write_bytes(journal)
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


def shown(page: "Page", what: Callable[[Any, Any], object]) -> Callable[[], object]:
    """Whether something is true of what is shown and of the page's own match, once there are both."""

    def holds() -> object:
        playback, lockstep = page.evaluate("[window.tickroom?.playback, window.tickroom?.lockstep]")
        return playback and lockstep and what(playback, lockstep)

    return holds


def go_to(page: "Page", outline: Outline, generation: int) -> None:
    """By the slider; returns when the page has computed it."""
    tick = outline.tick_of(1, generation)
    page.get_by_label("Tick", exact=True).fill(str(tick))
    page.get_by_label("Tick", exact=True).dispatch_event("change")
    until(
        page,
        shown(page, lambda at, match: at["tick"] == tick and match["generation"] == generation),
        f"generation {generation}",
    )


def checksum(page: "Page", generation: int) -> int:
    """The page's own."""
    return int(page.evaluate(f"tickroom.lockstep.checksums[{generation}]"))


def test_a_match_is_watched(replay: str, journal: bytes, open_page: OpenPage, tmp_path: Path) -> None:
    """It plays by itself; pause, step, seek, speed and follow do what they say, and the page's state is that of the players."""
    outline = read_outline(JournalReader(BytesIO(journal)))
    last = outline.matches[1]
    page = open_page(replay)
    until(
        page,
        shown(page, lambda at, match: at["speed"] == 1 and match["generation"] > 10),
        "it plays by itself",
    )
    page.get_by_role("button", name="Pause", exact=True).click()  # soon: it is not long
    until(page, shown(page, lambda at, _: at["speed"] == 0), "it stands still")
    assert page.locator("#setup").is_hidden()
    assert page.locator("#chat-form").is_hidden()
    assert page.locator("#host-tools").is_hidden()
    page.screenshot(path=tmp_path / "playing.png")

    go_to(page, outline, 100)
    first_time = checksum(page, 100)
    page.get_by_role("button", name="A tick on").click()
    until(page, shown(page, lambda _, match: match["generation"] == 101), "one generation on")
    page.get_by_role("button", name="A tick back").click()
    until(page, shown(page, lambda _, match: match["generation"] == 100), "one generation back")
    assert checksum(page, 100) == first_time

    go_to(page, outline, last)
    page.screenshot(path=tmp_path / "sought.png")
    minutes, seconds = divmod(int(outline.lengths.total // 1000.0), 60)
    length, when = f" of {minutes}:{seconds:02}", page.locator("#playing-when")
    until(page, lambda: length in when.inner_text(), "the bar says how long it is")
    agreed = checksum(page, last - 4)
    go_to(page, outline, 20)
    go_to(page, outline, last)
    assert checksum(page, last - 4) == agreed

    go_to(page, outline, 30)
    page.locator("#follow").select_option(label="Ben")
    until(page, shown(page, lambda at, _: at["follow"] == 1), "Ben is followed")
    stock = page.locator(".skirmish-top")
    until(page, stock.is_visible, "what Ben has is shown, though nothing is played")
    page.locator("#follow").select_option(label="Nobody")
    until(page, stock.is_hidden, "everything is seen")
    page.locator("#follow").select_option(label="Ben")
    until(page, shown(page, lambda at, _: at["follow"] == 1), "Ben is followed again")
    page.get_by_label("Speed").select_option("8")
    page.get_by_role("button", name="Play", exact=True).click()
    until(
        page,
        shown(page, lambda at, match: at["speed"] == 0 and match["generation"] == last),
        "the end, at eight times the speed",
    )
    page.screenshot(path=tmp_path / "followed.png")
    assert page.evaluate("tickroom.lockstep.checksums")[str(last - 4)] == agreed


def test_a_match_survives_a_reload(replay: str, open_page: OpenPage) -> None:
    """The page comes back, computes the match from its beginning, and is level again."""
    page = open_page(replay)
    until(page, shown(page, lambda _, match: match["generation"] > 30), "it plays")
    page.reload()
    until(page, shown(page, lambda _, match: match["generation"] > 40), "it is level again")

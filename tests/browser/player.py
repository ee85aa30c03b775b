"""A person at a page: joins rooms, sees what is drawn, presses real keys."""

import time
from collections.abc import Callable
from math import hypot
from typing import TYPE_CHECKING, Any

from tests.browser.paths import way

if TYPE_CHECKING:
    from playwright.sync_api import Page

POLL = 40
"""How often a page is asked whether something has happened (ms)."""
STAYS = 5
"""What has not moved for so many bundles of the server and frames of the page stays: a key that was let go was heard by then."""
KEYS = {"w": "KeyW", "a": "KeyA", "s": "KeyS", "d": "KeyD"}
NEAR = 260.0
"""How close one goes before shooting, in world units."""


def until(page: "Page", happened: Callable[[], Any], what: str, seconds: float = 60.0) -> Any:
    """Returns the first true answer; fails, saying what never came. Polls, because the pages' policy forbids eval."""
    end = time.monotonic() + seconds
    while not (answer := happened()):
        if time.monotonic() > end:
            raise AssertionError(f"never in {seconds:g} s: {what}")
        page.wait_for_timeout(POLL)
    return answer


class Player:
    """A page that has joined a room."""

    def __init__(self, page: "Page") -> None:
        self.page = page
        self._held: set[str] = set()

    @classmethod
    def joining(cls, page: "Page", name: str) -> "Player":
        """Types the name, presses Play, and is there when its own entity is drawn."""
        page.get_by_label("Your name").fill(name)
        page.get_by_role("button", name="Play", exact=True).click()
        player = cls(page)
        until(page, lambda: player.own, f"{name}'s own entity is drawn")
        return player

    def probe(self, expression: str) -> Any:
        """A part of what the page says of itself."""
        return self.page.evaluate(f"window.tickroom?.{expression}")

    @property
    def own(self) -> dict[str, Any] | None:
        entity: dict[str, Any] | None = self.probe("own")
        return entity

    @property
    def number(self) -> int:
        number: int = self.probe("player")
        return number

    def entities(self, kind: str) -> list[dict[str, Any]]:
        """Everything of a kind that is drawn."""
        return [entity for entity in self.probe("entities") or () if entity["kind"] == kind]

    def fighter_of(self, player: int) -> dict[str, Any] | None:
        """The arena's fighter of a player, as drawn here."""
        return next((each for each in self.entities("fighter") if each["owner"] == player), None)

    def score_of(self, name: str) -> int:
        """The score that stands behind a name on the scoreboard."""
        line = self.page.locator("#scores li").filter(has=self.page.get_by_text(name, exact=True))
        return int(line.locator(".score").inner_text() or "0")

    def hold(self, keys: str) -> None:
        """Holds exactly these of W, A, S and D."""
        for key in self._held - set(keys):
            self.page.keyboard.up(KEYS[key])
        for key in set(keys) - self._held:
            self.page.keyboard.down(KEYS[key])
        self._held = set(keys)

    def aim_at(self, x: float, y: float) -> None:
        """Points the mouse at a place in the world."""
        at = self.probe(f"toScreen({x}, {y})")
        size = self.page.viewport_size or {"width": 1280, "height": 800}
        self.page.mouse.move(
            min(max(at["x"], 1), size["width"] - 1), min(max(at["y"], 1), size["height"] - 1)
        )

    def hunt(self, other: int) -> None:
        """One moment of a hunt: walks round the walls towards a player, aims, and shoots when nothing is between."""
        own, target = self.own, self.fighter_of(other)
        if own is None or target is None:
            return
        walls = self.entities("wall")
        x, y, is_clear = way(walls, (own["x"], own["y"]), (target["x"], target["y"]))
        distance = ((target["x"] - own["x"]) ** 2 + (target["y"] - own["y"]) ** 2) ** 0.5
        close = is_clear and distance < NEAR
        self.hold("" if close else towards(x - own["x"], y - own["y"]))
        self.aim_at(target["x"], target["y"])
        if close:
            self.page.mouse.down()
        else:
            self.page.mouse.up()


def feed_of(page: "Page") -> list[str]:
    """Every line of the feed that was shown since the page was opened: on the page they go after seconds."""
    lines: list[str] = page.evaluate("window.fed")
    return lines


def is_loaded(player: Player) -> None:
    """Returns when nothing is being fetched or made ready any more: what is cut off in the middle of that is an error."""
    until(player.page, lambda: player.probe("prediction.state") != "loading", "prediction is on or off")
    player.page.wait_for_load_state("networkidle")


def go_by(page: "Page", count: int) -> None:
    """Returns when so many bundles have come, and so many frames were drawn, since: time alone does neither on a busy machine."""

    def counted() -> tuple[int, int]:
        statistics = page.evaluate("window.tickroom.statistics")
        return statistics["bundles"], statistics["frames"]

    bundles, frames = (each + count for each in counted())

    def have_gone_by() -> bool:
        now = counted()
        return now[0] >= bundles and now[1] >= frames

    until(page, have_gone_by, f"{count} bundles and frames")


def rests(player: Player) -> dict[str, Any]:
    """The own entity as the server says that it is, once it is drawn there and both stay."""

    def same() -> dict[str, Any] | None:
        first = player.probe("told")
        if not first or not _are_near(player.own, first):
            return None
        go_by(player.page, STAYS)
        own, told = player.page.evaluate("[window.tickroom.own, window.tickroom.told]")
        return told if _are_near(told, first) and _are_near(own, told) else None

    told: dict[str, Any] = until(player.page, same, "the own entity is drawn at its true place, and stays")
    return told


def _are_near(first: dict[str, Any] | None, second: dict[str, Any] | None) -> bool:
    """Whether two entities are in one place, but for rounding."""
    return bool(first and second) and hypot(first["x"] - second["x"], first["y"] - second["y"]) < 0.5  # type: ignore[index]


def towards(x: float, y: float) -> str:
    """The keys that walk that way, eight ways."""
    keys = ""
    if abs(x) > 0.4 * abs(y):
        keys += "d" if x > 0 else "a"
    if abs(y) > 0.4 * abs(x):
        keys += "s" if y > 0 else "w"
    return keys

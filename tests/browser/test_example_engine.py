"""The example of an engine of one's own, uploaded as its first lines say, and played in two pages."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.browser.player import until
from tests.browser.test_lockstep import begin, join
from tests.conftest import ServerProcess

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
RACE = Path(__file__).parents[2] / "examples/race.js"


def test_the_example_is_played_to_its_end(server: ServerProcess, open_page: Callable[..., "Page"]) -> None:
    """Alone it is refused with the engine's reason; two are ready, one clicks, and both pages say who has won."""
    files = {"engine": ("race.js", RACE.read_bytes())}
    made = httpx.post(
        f"{server.url}/create", files=files, data={"room": '{"name": "Race", "max_players": 4}'}
    )
    assert made.status_code == 201, made.text
    ada = join(open_page, made.json()["join_url"], "Ada")
    ada.get_by_role("button", name="Ready", exact=True).click()
    until(ada, lambda: "a race takes two" in ada.locator("#setup").inner_text(), "the reason is shown")
    ben = join(open_page, made.json()["join_url"], "Ben")
    begin(ada, ben)
    place = ada.locator("#canvas").bounding_box()
    assert place is not None

    def is_over() -> bool:
        if not ada.locator("#setup").is_visible():
            ada.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
        return all("Ada wins." in page.locator("#setup").inner_text() for page in (ada, ben))

    until(ada, is_over, "both pages say who has won")

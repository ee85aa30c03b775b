"""Takes the pictures of the overlay that are in docs/pictures: `python -m tests.browser.pictures`, with engine and pages built.

Each is of a real page in a Chromium, in a game on a server of its own, on a simulated network.
"""

from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

from tests.browser.conftest import PHONE
from tests.browser.player import Player, until
from tests.browser.test_two_players import create_room
from tests.conftest import CHROMIUM_FLAGS, CHROMIUM_NAMES, ROOT, end, start_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PICTURES = ROOT / "docs" / "pictures"
DESKTOP = {"viewport": {"width": 800, "height": 500}}
NETWORKS = ("lan", "train")
STROLL = ("d", "ds", "s", "as", "a", "aw", "w", "dw") * 3
"""Round and round, so that the server's place lies beside one's own."""
STEP = 400.0
"""ms."""


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright, TemporaryDirectory() as data:
        path = next(filter(None, map(which, CHROMIUM_NAMES)))
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        server = start_server(data=Path(data))
        try:
            for game in ("arena", "village"):
                for network in NETWORKS:
                    take(browser, server.url, game, network, DESKTOP, f"overlay-{game}-{network}")
            take(browser, server.url, "arena", "lte", {**PHONE, "device_scale_factor": 1}, "overlay-phone")
        finally:
            end(server)
            browser.close()


def take(browser: "Browser", url: str, game: str, network: str, size: dict[str, Any], name: str) -> None:
    """Plays for a while, and takes the picture while the player walks."""
    context = browser.new_context(**size)
    page = context.new_page()
    page.goto(url)
    create_room(page, game)
    player = Player.joining(page, "Ann")
    until(page, lambda: player.probe("prediction.entities"), "prediction is on")
    page.locator("#statistics-button").click()
    page.locator("#overlay-network").select_option(network)
    for keys in STROLL:
        player.hold(keys)
        page.wait_for_timeout(STEP)
    page.screenshot(path=PICTURES / f"{name}.png")
    context.close()


if __name__ == "__main__":
    main()

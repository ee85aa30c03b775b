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
DESKTOP = {"viewport": {"width": 920, "height": 560}}
NETWORKS = ("lan", "train")
STROLL = ("ds",) * 5 + ("d", "ds", "s", "as", "a", "aw", "w", "dw") + ("d",)
"""Away from the corner that the overlay covers, then round and round, so that the server's place lies beside one's own."""
STEP = 400.0
"""ms."""
ASIDE = 380.0
"""CSS px from the left edge: beyond the overlay."""


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
    for number, keys in enumerate(STROLL * 4):
        player.hold(keys)
        page.wait_for_timeout(STEP)
        if number > len(STROLL) and tells_something(player, network):
            break
    page.screenshot(path=PICTURES / f"{name}.png")
    context.close()


def tells_something(player: Player, network: str) -> bool:
    """Whether the player is beside the overlay, alive, and has been put right, where the network is one for that."""
    own, prediction = player.own, player.probe("prediction")
    if own is None or own["id"] not in prediction["entities"]:
        return False
    aside: float = player.probe(f"toScreen({own['x']}, {own['y']})")["x"]
    is_beside = aside > ASIDE or player.page.viewport_size == PHONE["viewport"]
    return is_beside and (network != "train" or prediction["corrected"] > 0)


if __name__ == "__main__":
    main()

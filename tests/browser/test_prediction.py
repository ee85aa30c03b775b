"""Prediction on the play page: the own moves show at once, the server stays right, and without an engine one plays on."""

import json
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from tests.browser.conftest import Watched
from tests.browser.player import Player, until
from tests.browser.test_two_players import OpenPage, create_room
from tests.conftest import ServerProcess

pytestmark = pytest.mark.browser
OWN_PREDICTOR = Path(__file__).parent / "own_predictor"
# Notes in the page itself, frame by frame, what is drawn and in which own tick, and when the next key goes down.
RECORD = """() => {
    const record = { frames: [], pressed: null };
    window.record = record;
    const note = () => {
        const { own, statistics } = window.tickroom;
        record.frames.push([statistics.tick, own?.x ?? null]);
        requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
    window.addEventListener("keydown", () => {
        record.pressed = [record.frames.length, window.tickroom.statistics.tick];
    }, true);
}"""
"""What is counted is ticks and frames of the page, never time."""


@pytest.fixture
def sliders(
    serve: Callable[..., ServerProcess], open_page: OpenPage, tmp_path: Path
) -> Callable[..., Player]:
    """Serves the game that brings a predictor of its own, and joins it."""

    def sliders(predictor: str | None = None) -> Player:
        game = tmp_path / "games" / "sliders"
        copytree(OWN_PREDICTOR, game)
        if predictor is not None:
            (game / "client" / "predictor.js").write_text(predictor, encoding="utf-8")
        config = tmp_path / "tickroom.toml"
        config.write_text(f"[mods]\nfolders = ['{game.parent}']\n", encoding="utf-8")
        page = open_page(serve("--config", str(config)).url)
        create_room(page, "sliders")
        return Player.joining(page, "Ann")

    return sliders


def is_predicted(player: Player) -> None:
    """Waits until the own entity is drawn as predicted."""
    until(
        player.page,
        lambda: player.own is not None and player.own["id"] in player.probe("prediction.entities"),
        f"prediction is on: {player.probe('prediction')}",
    )


def rests(player: Player) -> dict[str, Any]:
    """The own entity, once it is drawn where the server says that it is."""

    def same() -> dict[str, Any] | None:
        own, told = player.own, player.probe("told")
        if not own or not told or abs(own["x"] - told["x"]) + abs(own["y"] - told["y"]) > 1.0:
            return None
        player.page.wait_for_timeout(100)
        return own if player.own == own else None

    own: dict[str, Any] = until(player.page, same, "the own entity is drawn at its true place")
    return own


def press_to_move(player: Player, key: str) -> tuple[float, int]:
    """Presses a key while nothing moves: how many ticks after that the own entity first moves, and in which frame of the
    tick that the press counts for."""
    rests(player)
    page = player.page
    page.evaluate("record.pressed = null")
    player.hold(key)
    until(
        page, lambda: abs(page.evaluate("record.frames.at(-1)[1]") - player.probe("told.x")) > 5, "it moves"
    )
    frames, (count, at) = page.evaluate("[record.frames, record.pressed]")
    player.hold("")
    start = frames[count - 1][1]
    moved = next(n for n, (_, x) in enumerate(frames) if n >= count and abs(x - start) > 0.01)
    begun = next(n for n, (tick, _) in enumerate(frames) if n >= count and tick >= int(at) + 1)
    return frames[moved][0] - at, moved - begun + 1


def test_a_games_own_predictor_shows_own_moves_at_once(sliders: Callable[..., Player]) -> None:
    """By rules in JavaScript, of the game's own client/: no engine is loaded, and the entity rests at its true place."""
    player = sliders()
    is_predicted(player)
    player.page.evaluate(RECORD)
    measured = [press_to_move(player, key) for key in ("d", "a") * 4]
    sys.stdout.write(f"\nown input to own screen, [ticks, frames]: {json.dumps(measured)}\n")
    assert statistics.median(frames for _, frames in measured) <= 2
    rests(player)
    assert player.probe("prediction")["state"] == "on"


def test_a_predictor_that_fails_is_done_without(sliders: Callable[..., Player], watched: Watched) -> None:
    """The page says why, once, and the game goes on as the server tells it."""
    player = sliders("export default function predictor() { throw new Error('no crystal ball'); }")
    page = player.page
    until(page, lambda: player.probe("prediction")["state"] == "failed", "it has failed")
    page.locator("#prediction-text").get_by_text("no crystal ball").wait_for()
    start = player.own
    assert start is not None
    player.hold("d")
    until(page, lambda: player.own and player.own["x"] > start["x"] + 50, "the game goes on")
    player.hold("")
    page.keyboard.press("F3")
    page.locator("#overlay").get_by_text("no crystal ball").wait_for()

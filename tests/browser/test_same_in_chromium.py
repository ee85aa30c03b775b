"""The predicted systems in a page's Worker: the same recorded inputs, the same checksums as in CPython."""

import base64
from typing import Any

import pytest

from net.client.prediction.recorded import checksums_of
from tests.browser.engine_match import built_engine
from tests.browser.test_two_players import OpenPage
from tests.conftest import ServerProcess
from tests.mods.loading import load
from tests.prediction.recording import INPUTS, record

pytestmark = pytest.mark.browser
IN_A_WORKER = """async ([predictions, recordings]) => {
  const addresses = await (await fetch(predictions[0].engine)).json();
  const { PythonEngine } = await import(addresses.page);
  const bytes = async (address) => new Uint8Array(await (await fetch(address)).arrayBuffer());
  const archives = [...new Set(predictions.flatMap((each) => each.archives))];
  const engine = await PythonEngine.load(addresses, await Promise.all(archives.map(bytes)));
  const sums = [];
  for (const [place, { module }] of predictions.entries()) {
    const recording = Uint8Array.from(atob(recordings[place]), (each) => each.charCodeAt(0));
    sums.push(await engine.run("net.client.prediction.recorded", "checksums", module, recording));
  }
  engine.close();
  return sums;
}"""


def prediction_of(server: ServerProcess, game: str) -> dict[str, Any]:
    """What a room of the game says of its rules."""
    status, room = server.request("POST", "/create", {"game": game})
    assert status == 201, room
    told: dict[str, Any] = server.request("GET", f"/rooms/{room['room_id']}")[1]["prediction"]
    return told


def test_two_thousand_inputs_have_the_same_checksums(server: ServerProcess, open_page: OpenPage) -> None:
    """Arena and village, with aiming and collisions, keyframes included: Chromium has only what a room's listing names, and comes
    to the checksum of this Python in each tick."""
    built_engine()
    games = ("arena", "village")
    recordings = [record(game) for game in games]
    page = open_page(server.url)
    page.set_default_timeout(280_000)
    predictions = [prediction_of(server, game) for game in games]
    theirs = page.evaluate(
        IN_A_WORKER, [predictions, [base64.b64encode(each).decode() for each in recordings]]
    )
    for game, data, sums in zip(games, recordings, theirs, strict=True):
        ours = checksums_of(load(game), data)
        assert len(ours) == len(sums) == INPUTS
        differs = next(
            (tick for tick, pair in enumerate(zip(ours, sums, strict=True)) if pair[0] != pair[1]), None
        )
        assert differs is None, f"{game}: from input {differs} on"

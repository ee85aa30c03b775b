"""The one file serves: programs, a page, players."""

import asyncio
import math
from typing import TYPE_CHECKING

from net.client.entity import Entity
from net.drivers.asyncio_client import AsyncioClient
from net.drivers.playing import play
from tests.binary.conftest import run_apart
from tests.conftest import ServerProcess

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Request

DIRECTIONS = ("right", "down", "left", "up")
LEG = 40  # events that the other client sees before the direction changes
DISTANCE = 60.0  # world units: more than a push or a rounding
PATIENCE = 60.0  # seconds


def test_it_answers_programs(server: ServerProcess) -> None:
    """Health, readiness, the games that came with it and the machine-readable descriptions are there."""
    assert server.request("GET", "/healthz")[0] == 200
    assert server.request("GET", "/readyz")[0] == 200
    assert "arena" in [game["name"] for game in server.request("GET", "/games")[1]["games"]]
    assert "/create" in server.request("GET", "/openapi.json")[1]["paths"]
    assert server.request("GET", "/protocol.json")[0] == 200


def test_two_clients_play(server: ServerProcess) -> None:
    """Two clients sit in one room of the arena, one walks, and the other sees it walk."""

    async def scenario() -> None:
        async with (
            asyncio.timeout(PATIENCE),
            play(server.url, game="arena", username="Ada") as ada,
            play(server.url, game="arena", username="Bo") as bo,
        ):
            reading = asyncio.create_task(read(ada))
            seen_at: list[tuple[float, float]] = []
            async for _ in bo:
                walk(ada, len(seen_at) // LEG)
                seen_at.extend((fighter.x, fighter.y) for fighter in fighters_of(bo, ada.core.player))
                if seen_at and math.dist(seen_at[0], seen_at[-1]) > DISTANCE:
                    break
            reading.cancel()

    run_apart(scenario())


def walk(client: AsyncioClient, leg: int) -> None:
    """One direction after the other, since there may be a wall in the first."""
    for direction in DIRECTIONS:
        client.core.inputs.release(direction)
    client.core.inputs.hold(DIRECTIONS[leg % len(DIRECTIONS)])


async def read(client: AsyncioClient) -> None:
    async for _ in client:
        pass


def fighters_of(client: AsyncioClient, player: int) -> list[Entity]:
    return [entity for entity in client.core.scene.owned_by(player) if entity.kind == "fighter"]


def test_the_page_loads(server: ServerProcess, chromium: "Browser") -> None:
    """In a real browser the lobby lists the game, and its page plays; nothing fails or comes from elsewhere."""
    room = server.request("POST", "/create", {"game": "arena"}, token=server.admin_token)[1]
    page = chromium.new_page()
    page.set_default_timeout(60_000)
    problems: list[str] = []
    hosts: set[str] = set()

    def console(message: "ConsoleMessage") -> None:
        if message.type == "error":
            problems.append(message.text)

    def request(request: "Request") -> None:
        if not request.url.startswith(("data:", "blob:")):
            hosts.add(request.url.split("/")[2])

    page.on("console", console)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", request)
    page.goto(server.url)
    page.locator("#games").get_by_text("Arena").first.wait_for()
    page.goto(f"{server.url}/join/{room['room_id']}")
    page.locator("#name").fill("Ada")
    page.locator("#join-button").click()
    page.locator("#canvas canvas").wait_for()
    page.locator("#scores").get_by_text("Ada").first.wait_for()
    page.close()
    assert problems == []
    assert hosts == {server.url.removeprefix("http://")}

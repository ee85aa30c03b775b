"""The arena in a window of its own, with the own fighter computed ahead by the server's rules. README.md has the keys.

In a checkout: `make native-arena`, while `make run` serves.
"""

import argparse
import asyncio
from collections.abc import Callable
from math import hypot
from pathlib import Path

import pygame

from examples.native_arena.picture import SIZE, Picture
from tickroom.client import (
    PERFECT,
    PRESETS,
    AsyncioClient,
    ConnectionEnded,
    Disconnected,
    Network,
    Refusal,
    play,
)
from tickroom.testing import load_game

FRAME = 1.0 / 60.0
"""Seconds."""
RULES = Path(__file__).resolve().parents[2] / "mods" / "arena"
KEYS = {
    pygame.K_w: "up", pygame.K_UP: "up", pygame.K_s: "down", pygame.K_DOWN: "down",
    pygame.K_a: "left", pygame.K_LEFT: "left", pygame.K_d: "right", pygame.K_RIGHT: "right",
    pygame.K_SPACE: "fire", pygame.K_LSHIFT: "dash", pygame.K_RSHIFT: "dash", pygame.K_r: "reload",
}  # fmt: skip
BUTTONS = {pygame.BUTTON_LEFT: "fire", pygame.BUTTON_RIGHT: "dash"}
NETWORKS = {"none": PERFECT, **PRESETS}


def take(event: pygame.event.Event, client: AsyncioClient, picture: Picture) -> bool:
    """What an event of the window does; whether to go on."""
    inputs = client.core.inputs
    if event.type in {pygame.KEYDOWN, pygame.MOUSEBUTTONDOWN} and (key := meant(event)):
        inputs.hold(key)
    elif event.type in {pygame.KEYUP, pygame.MOUSEBUTTONUP} and (key := meant(event)):
        inputs.release(key)
    elif (
        event.type == pygame.WINDOWFOCUSLOST
    ):  # keys that go up there are not heard here: nobody runs on for ever
        for key in client.core.schema.inputs.keys:
            inputs.release(key)
    elif event.type == pygame.KEYDOWN and event.key == pygame.K_F3:
        picture.overlay = not picture.overlay
    elif event.type == pygame.KEYDOWN and event.key == pygame.K_n:
        names = list(NETWORKS)
        picture.network = names[(names.index(picture.network) + 1) % len(names)]
        client.change_network(NETWORKS[picture.network])
    return event.type != pygame.QUIT and not (event.type == pygame.KEYDOWN and event.key == pygame.K_ESCAPE)


def meant(event: pygame.event.Event) -> str | None:
    """The game's key that a key of the keyboard or a button of the mouse stands for."""
    return BUTTONS.get(event.button) if "button" in event.dict else KEYS.get(event.key)


def aim(client: AsyncioClient, picture: Picture) -> None:
    """The fighter looks where the mouse is."""
    mouse_x, mouse_y = pygame.mouse.get_pos()
    x, y = mouse_x - picture.own[0], mouse_y - picture.own[1]
    if distance := hypot(x, y):
        client.core.inputs.axis("aim_x", x / distance)
        client.core.inputs.axis("aim_y", y / distance)


async def listen(client: AsyncioClient, picture: Picture) -> None:
    """Take what happens; ends with the connection, when that does not come back."""
    async for event in client:
        picture.notice = event.sentence if isinstance(event, Disconnected) else ""


async def run(
    url: str, name: str, each_frame: Callable[[AsyncioClient, Picture], None] | None = None
) -> None:
    """Play until the window is closed or the connection is gone for good."""
    rules = load_game(RULES).game
    pygame.display.init()
    pygame.font.init()
    pygame.display.set_caption("Arena")
    screen = pygame.display.set_mode(SIZE)
    async with play(url, game="arena", username=name, rules=rules, network=Network(PERFECT)) as client:
        picture = Picture(screen, client)
        listening = asyncio.create_task(listen(client, picture))
        while not listening.done():
            next_frame = client.now() + 1000.0 * FRAME
            if not all(take(event, client, picture) for event in pygame.event.get()):
                break
            aim(client, picture)
            picture.draw()
            pygame.display.flip()
            if each_frame is not None:
                each_frame(client, picture)
            await asyncio.sleep(max(0.0, (next_frame - client.now()) / 1000.0))
        await client.leave()
        await listening
    pygame.quit()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m examples.native_arena", description=__doc__)
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:7373")
    parser.add_argument("--name", default="native")
    options = parser.parse_args()
    try:
        asyncio.run(run(options.url, options.name))
    except (ConnectionEnded, Refusal, OSError) as error:
        raise SystemExit(f"native_arena: {error}") from error

"""The arena in a window of its own, with the own fighter computed ahead by the server's rules. README.md has the keys.

In a checkout: `make native-arena`, while `make run` serves.
"""

import argparse
import asyncio
from collections.abc import Callable
from pathlib import Path

import pygame

from examples.native_arena.picture import SIZE, Picture
from tickroom.client import PERFECT, AsyncioClient, ConnectionEnded, Network, Refusal, play
from tickroom.testing import load_game

RULES = Path(__file__).resolve().parents[2] / "mods" / "arena"
KEYS = {
    pygame.K_w: "up", pygame.K_UP: "up", pygame.K_s: "down", pygame.K_DOWN: "down",
    pygame.K_a: "left", pygame.K_LEFT: "left", pygame.K_d: "right", pygame.K_RIGHT: "right",
    pygame.K_SPACE: "fire", pygame.K_LSHIFT: "dash", pygame.K_RSHIFT: "dash", pygame.K_r: "reload",
}  # fmt: skip
AIM = ("aim_x", "aim_y")
"""The axes that stay where they are when the window is left."""
BUTTONS = {pygame.BUTTON_LEFT: "fire", pygame.BUTTON_RIGHT: "dash"}


def take(event: pygame.event.Event, client: AsyncioClient, picture: Picture) -> bool:
    """What an event of the window does; whether to go on."""
    inputs = client.core.inputs
    key = BUTTONS.get(event.button) if "button" in event.dict else KEYS.get(event.dict.get("key", 0))
    if event.type in {pygame.KEYDOWN, pygame.MOUSEBUTTONDOWN} and key:
        inputs.hold(key)
    elif event.type in {pygame.KEYUP, pygame.MOUSEBUTTONUP} and key:
        inputs.release(key)
    elif event.type == pygame.WINDOWFOCUSLOST:
        inputs.release_all(keep=AIM)
    elif event.type == pygame.KEYDOWN and event.key == pygame.K_F3:
        picture.overlay = not picture.overlay
    elif event.type == pygame.KEYDOWN and event.key == pygame.K_n:
        client.next_network()
    return event.type != pygame.QUIT and not (event.type == pygame.KEYDOWN and event.key == pygame.K_ESCAPE)


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
        async for happened in client.frames():
            if not all(take(event, client, picture) for event in pygame.event.get()):
                break
            mouse_x, mouse_y = pygame.mouse.get_pos()
            client.core.inputs.point(*AIM, mouse_x - picture.own[0], mouse_y - picture.own[1])
            picture.draw(happened)
            pygame.display.flip()
            if each_frame is not None:
                each_frame(client, picture)
        await client.leave()
    pygame.quit()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m examples.native_arena", description=__doc__)
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:7373")
    parser.add_argument("--name", default="native")
    options = parser.parse_args()
    try:
        asyncio.run(run(options.url, options.name))
    except (ConnectionEnded, Refusal, OSError, KeyboardInterrupt) as error:
        raise SystemExit(f"native_arena: {str(error) or 'interrupted'}") from error

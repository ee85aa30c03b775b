"""A native client: takes a seat, runs in circles, shoots at whoever is nearest, and says what happens around it.

In a checkout, after `make run` has made its virtual environment:

    .venv/bin/python -m examples.native_client http://127.0.0.1:7373 --game arena --name Ada --seconds 20
"""

import argparse
import asyncio
from math import hypot

from tickroom.client import AsyncioClient, ConnectionEnded, Disconnected, GameEvent, Refusal, Ticked, play

HEADINGS = (
    {"right"},
    {"right", "down"},
    {"down"},
    {"down", "left"},
    {"left"},
    {"left", "up"},
    {"up"},
    {"up", "right"},
)


def steer(client: AsyncioClient) -> None:
    """Called before each tick: hold the keys of this moment's heading, and fire."""
    inputs, schema = client.core.inputs, client.core.schema.inputs
    wanted = HEADINGS[int(client.now() / 500.0) % len(HEADINGS)] | {"fire"}
    for key in schema.keys:
        (inputs.hold if key in wanted else inputs.release)(key)
    if {"aim_x", "aim_y"} <= set(schema.axes):
        aim_x, aim_y = direction_to_nearest(client)
        inputs.axis("aim_x", aim_x)
        inputs.axis("aim_y", aim_y)


def direction_to_nearest(client: AsyncioClient) -> tuple[float, float]:
    """The direction, of length 1, to the nearest entity of our own kind that is not ours; to the right without any."""
    scene = client.core.scene
    for me in scene.owned_by(client.core.player):
        ways = [
            (other.x - me.x, other.y - me.y) for other in scene.of_kind(me.kind) if other.owner != me.owner
        ]
        x, y = min(ways, key=lambda way: hypot(*way), default=(1.0, 0.0))
        length = hypot(x, y) or 1.0
        return x / length, y / length
    return 1.0, 0.0


async def watch(client: AsyncioClient) -> None:
    """Say what happens, until the connection ends for good."""
    async for event in client:
        match event:
            case GameEvent():
                print(f"tick {event.tick}: {event.body}")
            case Disconnected():
                print(event.sentence, "That was it." if event.retry_in is None else "Trying again.")
            case Ticked() if event.tick % client.core.welcome.tick_rate == 0:
                players = ", ".join(player.name for player in client.core.roster)
                print(f"tick {event.tick}, {client.core.clock.round_trip:.1f} ms, with {players}")
                for me in client.core.scene.owned_by(client.core.player):
                    print(f"  my {me.kind} is at {me.x:.0f}, {me.y:.0f}")


async def main(url: str, game: str, name: str, seconds: float) -> None:
    """Play for so long, then give the seat back."""
    async with play(url, game=game, username=name, before_tick=steer) as client:
        print(f"playing {client.core.schema.title} as player {client.core.player}")
        try:
            async with asyncio.timeout(seconds):
                await watch(client)
        except TimeoutError:
            await client.leave()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url")
    parser.add_argument("--game", default="arena")
    parser.add_argument("--name", default="native")
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    try:
        asyncio.run(main(options.url, options.game, options.name, options.seconds))
    except (ConnectionEnded, Refusal, OSError) as error:
        raise SystemExit(f"native_client: {error}") from error

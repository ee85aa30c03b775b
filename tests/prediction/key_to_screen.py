"""How long a key takes to the own screen: presses at any moment of a tick, frames at 60 Hz, in virtual time."""

from random import Random
from typing import Any

from net.client.view import Pose
from net.conditions import Conditions
from net.drivers.virtual import VirtualClient, VirtualRoom
from tests.mods.loading import load
from tickroom import Position

FRAME = 1000.0 / 60.0
SETTLING = 60
"""Ticks in which clocks find one another."""
STEPS = 4.0
"""ms. How finely the moments of presses are chosen."""
OPEN = (600.0, 560.0)
NEVER = 2**31


def longest(
    presses: int, *, latency: float, jitter: float = 0.0, predict: bool = True, seed: int = 3
) -> float:
    """ms from a key to the first frame in which the own fighter of the arena has moved, at most. `latency` is each way."""
    rules, random = load("arena"), Random(seed)
    with VirtualRoom(rules, seed=seed) as room:
        for kind in ("Nest", "Pad"):
            of: type[Any] = rules.components[kind].type
            for _, source in room.world.query(of):
                source.next_tick = NEVER
        client = room.join("Ada", conditions=Conditions(latency, jitter), predict=predict)
        room.run(SETTLING)
        return max(_press(room, client, random) for _ in range(presses))


def _press(room: VirtualRoom, client: VirtualClient, random: Random) -> float:
    """Stand in the open, press a key, and look at each frame until the fighter moves."""
    at = room.world.get(client.core.scene.owned_by(client.core.player)[0].id, Position)
    at.x, at.y = OPEN
    room.run(SETTLING)
    room.run_for(random.randrange(25) * STEPS)
    key = random.choice(("left", "right", "up", "down"))
    frame, before = room.now + random.uniform(0.0, FRAME), _own(room, client)
    pressed_at = room.now
    client.hold(key)
    while True:
        room.run_for(frame - room.now)
        now = _own(room, client)
        if (now.x, now.y) != (before.x, before.y):
            break
        frame += FRAME
    client.release(key)
    return frame - pressed_at


def _own(room: VirtualRoom, client: VirtualClient) -> Pose:
    """The own fighter as it is drawn now; a score card is nowhere."""
    return next(
        pose
        for pose in client.core.poses(room.now)
        if pose.entity.owner == client.core.player and pose.entity.kind == "fighter"
    )

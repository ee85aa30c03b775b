"""A marksman far away who aims at what is drawn on the own screen, at a target that runs to and fro: how many shots hit."""

from dataclasses import dataclass
from math import hypot
from typing import Any

from net.client.view import Pose
from net.conditions import Conditions
from net.drivers.virtual import VirtualClient, VirtualRoom
from tests.mods.loading import load
from tickroom import Game, Position

LANE = (300.0, 950.0, 72.0)
"""The target runs from x to x at this y; nothing is in the way."""
STAND = (625.0, 172.0)
MIDDLE = (470.0, 780.0)
"""Where it is shot at: it neither turns nor has turned lately."""
TICK_RATE = 30
BULLET_STEP = 30.0
"""Units that a bullet flies in a tick."""
REST = 40
"""Ticks between two shots, in which the bullet before has landed."""
NEVER = 2**31


@dataclass(frozen=True)
class Round:
    """What came of it."""

    shots: int
    hits: int
    behind: float
    """How many ms behind the server's world the marksman saw the target, on average."""
    game: Game
    tick: int
    checksum: int
    """Of the world after that tick, the last."""
    journal: bytes


def shoot(
    shots: int,
    *,
    latency: float,
    jitter: float = 0.0,
    tells: bool = True,
    journal: bool = False,
    seed: int = 5,
) -> Round:
    """`latency` and `jitter` are ms each way. With `tells` false the marksman's client does not say what it saw."""
    rules = load("arena")
    bullets: type[Any] = rules.components["Bullet"].type
    with VirtualRoom(rules, seed=seed, journal=journal) as room:
        _nobody_else(room)
        marksman = room.join("Ada", conditions=Conditions(latency, jitter))
        target = room.join("Ben", conditions=Conditions(10.0))
        if not tells:
            marksman.core._seen_tick = lambda: None  # type: ignore[method-assign]
        _put(room, marksman, *STAND)
        _put(room, target, LANE[0], LANE[2])
        behind: list[float] = []
        rested, fired = 0, 0
        for _ in range(4 * TICK_RATE):
            _tick(room, target)
        while fired < shots or rested < REST:
            seen = next(
                pose for pose in marksman.core.poses(room.now) if pose.entity.owner == target.core.player
            )
            if fired < shots and rested >= REST and MIDDLE[0] < seen.x < MIDDLE[1]:
                _fire(room, marksman, seen)
                fired, rested = fired + 1, 0
            rested += 1
            _tick(room, target)
            behind += [bullet.behind for _, bullet in room.world.query(bullets)]
        hits = [hit for hit in target.heard("Hit") if hit.player == marksman.core.player]
        saw = sum(behind) / len(behind) * 1000.0 / TICK_RATE
        return Round(shots, len(hits), saw, rules, room.tick, room.room.play.checksum(), bytes(room.journal))


def _nobody_else(room: VirtualRoom) -> None:
    """Neither hunters nor pick-ups."""
    for kind in ("Nest", "Pad"):
        of: type[Any] = room.world.game.components[kind].type
        for _, source in room.world.query(of):
            source.next_tick = NEVER


def _put(room: VirtualRoom, client: VirtualClient, x: float, y: float) -> None:
    at = room.world.get(_body(room, client), Position)
    at.x, at.y = x, y


def _body(room: VirtualRoom, client: VirtualClient) -> int:
    fighters: type[Any] = room.world.game.components["Fighter"].type
    return next(
        entity for entity, fighter in room.world.query(fighters) if fighter.player == client.core.player
    )


def _tick(room: VirtualRoom, target: VirtualClient) -> None:
    """The target, who is always whole, turns at the ends of its lane."""
    of: type[Any] = room.world.game.components["Health"].type
    body = _body(room, target)
    room.world.get(body, of).value = 100.0
    at = room.world.get(body, Position)
    at.y = LANE[2]  # what a hit pushes is put back: it is to run straight
    if at.x <= LANE[0]:
        target.release("left")
        target.hold("right")
    elif at.x >= LANE[1]:
        target.release("right")
        target.hold("left")
    room.run()


def _fire(room: VirtualRoom, marksman: VirtualClient, seen: Pose) -> None:
    """Aim where the target will be on the own screen when the bullet is there: it leaves in the tick of the shot."""
    own = room.world.get(_body(room, marksman), Position)
    step_x = seen.entity.vx / TICK_RATE
    x = seen.x
    for _ in range(8):
        ticks = hypot(x - own.x, seen.y - own.y) / BULLET_STEP
        x = seen.x + step_x * max(0.0, ticks - 1.0)
    away = hypot(x - own.x, seen.y - own.y)
    marksman.axis("aim_x", (x - own.x) / away)
    marksman.axis("aim_y", (seen.y - own.y) / away)
    marksman.tap("fire")

"""Players at a bad line who walk, aim and shoot at random, with prediction: how often they had to be put right."""

from math import cos, sin
from random import Random
from typing import Any

from net.client.prediction.predicted import Statistics
from net.drivers.virtual import VirtualClient, VirtualRoom
from tests.mods.loading import load

LATENCY, JITTER = 110.0, 30.0
"""ms each way: 250 there and back, give or take 30."""
SETTLING = 3.0
"""Seconds in which clocks find one another; what is corrected in them does not count."""
MOVES = ("up", "down", "left", "right")
NEVER = 2**31


def play(game: str, players: int, seconds: float, *, shoots: bool, seed: int = 3) -> list[Statistics]:
    """Nobody else is there: the arena has neither hunters nor pick-ups. What the statistics say begins after SETTLING."""
    rules, random = load(game), Random(seed)
    with VirtualRoom(rules, seed=seed) as room:
        for kind in ("Nest", "Pad") if game == "arena" else ():
            of: type[Any] = rules.components[kind].type
            for row in room.world.query(of):
                row[1].next_tick = NEVER
        clients = [
            room.join(f"player {number}", latency=LATENCY, jitter=JITTER, predict=True)
            for number in range(players)
        ]
        _play_on(room, clients, SETTLING, random, shoots=False)
        for client in clients:
            assert client.core.prediction.why_not == ""
            client.core.prediction.statistics.clear()
        _play_on(room, clients, seconds, random, shoots=shoots)
        return [client.core.prediction.statistics for client in clients]


def _play_on(
    room: VirtualRoom, clients: list[VirtualClient], seconds: float, random: Random, *, shoots: bool
) -> None:
    for _ in range(round(seconds * room.world.game.tick_rate)):
        for client in clients:
            if random.random() < 1 / 12:
                _change(client, random, shoots=shoots)
        room.run()
        said = {client.core.prediction.statistics.hint for client in clients}
        assert said == {""}, "corrections by lines and collisions are no forgotten declaration"


def _change(client: VirtualClient, random: Random, *, shoots: bool) -> None:
    """Walk another way, look elsewhere, pull the trigger or let go."""
    client.release(*MOVES)
    client.hold(*random.sample(MOVES, random.choice((1, 2))))
    if not shoots:
        return
    angle = random.uniform(0.0, 6.28)
    client.axis("aim_x", cos(angle))
    client.axis("aim_y", sin(angle))
    (client.hold if random.random() < 0.7 else client.release)("fire")
    if random.random() < 0.1:
        client.tap("dash")

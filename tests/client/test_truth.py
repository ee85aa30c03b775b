"""What clients know is what the server has: the arena, played by bots over lines of all kinds, compared in every tick."""

from math import pi, tau
from pathlib import Path
from random import Random

from app.bots.brain import WanderingBrain
from net.client.events import GameEvent, Ticked
from net.client.view import turn
from net.codec import JSON, MESSAGEPACK
from net.drivers.virtual import VirtualClient, VirtualRoom
from tickroom import Position, Scene, Velocity
from tickroom.testing import load_game

ARENA = load_game(Path(__file__).resolve().parents[2] / "mods" / "arena")
STEPS = ARENA.schema.steps
Truth = dict[int, tuple[float, float, float, float, float, str, int]]
"""Of each SceneEntity by id: x, y, vx, vy, angle, state, owner."""


def truth(room: VirtualRoom) -> Truth:
    """What the server's world has now."""
    return {
        entity: (at.x, at.y, moves.x, moves.y, at.angle, scene.state, scene.owner)
        for entity, scene, at, moves in room.world.query(Scene, Position, Velocity)
    }


def compare(client: VirtualClient, known: Truth) -> int:
    """Every moving entity of a client's scene is the server's to half a step; how many there were."""
    compared = 0
    for seen in client.scene:
        if seen.id not in known:
            continue
        x, y, vx, vy, angle, state, owner = known[seen.id]
        assert abs(seen.x - x) <= STEPS.position * 0.51 and abs(seen.y - y) <= STEPS.position * 0.51
        assert abs(seen.vx - vx) <= STEPS.velocity * 0.51 and abs(seen.vy - vy) <= STEPS.velocity * 0.51
        assert abs(turn(seen.angle, angle % tau)) <= pi / 65_535
        assert (seen.state, seen.owner) == (state, owner)
        compared += 1
    return compared


def test_every_client_has_the_servers_truth_in_every_tick() -> None:
    """Six bots for 900 ticks, near and far, in both codecs, one dropping out now and then, one stalling: never a difference."""
    random = Random(11)
    with VirtualRoom(ARENA, seed=3) as room:
        lines = [(MESSAGEPACK, 0.0, 0.0), (JSON, 0.0, 0.0), (MESSAGEPACK, 60.0, 0.0), (JSON, 90.0, 120.0)] + [
            (MESSAGEPACK, 30.0, 30.0)
        ] * 2
        clients = [
            room.join(f"bot {number}", codec=codec, latency=latency, jitter=jitter)
            for number, (codec, latency, jitter) in enumerate(lines)
        ]
        brains = [WanderingBrain(ARENA.schema.inputs, Random(number)) for number in range(len(clients))]
        history: dict[int, Truth] = {}
        compared = 0
        for tick in range(900):
            for client, brain in zip(clients, brains, strict=True):
                brain.play(client.core.inputs, room.now)
            room.run()
            history[room.tick] = truth(room)
            for client in clients:
                if client.playing and not client.scene.stale and client.scene.snapshot_id in history:
                    compared += compare(client, history[client.scene.snapshot_id])
            history.pop(room.tick - 60, None)
            disturb(tick, clients[4], clients[5], random)
        assert compared > 900 * len(clients)
        for client in clients:
            ticks = [event.tick for event in client.events if isinstance(event, Ticked)]
            assert ticks == sorted(ticks) and client.heard("Shot")
            assert not client.scene.stale and all(pose.entity.id for pose in client.core.poses(room.now))


def disturb(tick: int, dropping: VirtualClient, stalling: VirtualClient, random: Random) -> None:
    """One loses its connection every 100 ticks for a while, the other's line stalls now and then."""
    if tick % 100 == 50:
        dropping.drop()
    elif tick % 100 == 70:
        dropping.connect()
    if random.random() < 0.02:
        stalling.stall(random.uniform(0.0, 400.0))


def test_two_codecs_are_told_the_same() -> None:
    """Two watchers of one room, one in MessagePack and one in JSON, have the same scene and hear the same events."""
    with VirtualRoom(ARENA, seed=5) as room:
        binary, text = room.join("Ada"), room.join("Ben", codec=JSON)
        binary.hold("fire")
        room.run(120)

        def told(client: VirtualClient) -> list[tuple[str, str]]:
            later = [event for event in client.events if isinstance(event, GameEvent) and event.tick > 2]
            return [(event.name, repr(event.body)) for event in later]

        def scene(client: VirtualClient) -> dict[int, tuple[float, float, str]]:
            return {seen.id: (seen.x, seen.y, repr(seen.components)) for seen in client.scene}

        assert scene(binary) == scene(text)
        assert told(binary) == told(text) != []

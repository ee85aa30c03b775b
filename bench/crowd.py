"""A recording of the arena with a hundred entities around one player, whose last inputs the server has not answered."""

from dataclasses import replace
from random import Random

from net.client.prediction.recorded import Recording
from net.drivers.virtual import VirtualRoom
from tests.mods.loading import load, module
from tests.prediction.recording import act, script
from tickroom import Collide, Position, Scene, Velocity

ENTITIES = 100
PENDING = 12
AIMED_AT = 20
"""So many of them can be hit: as many as there are others in a full arena."""


def crowded_recording() -> bytes:
    """Hunters fill the arena up to a hundred bodies; then twelve inputs."""
    random = Random(1)
    with VirtualRoom(load("arena"), seed=3) as room:
        client = room.join("Ada")
        client.drop()
        tape: list[tuple[str, bytes]] = []
        client.tape = tape
        client.reconnect()
        _fill(room, random)
        room.run(60)
    received = [payload for how, payload in tape if how == "received"]
    inputs = script("arena", client.core.server_tick, PENDING, random)
    return Recording(received[0], received[1:], inputs).packed()


def crowded_tape(ticks: int) -> tuple[bytes, list[tuple[str, bytes]]]:
    """A connection with twelve ticks there and back in the same crowd, walking and shooting: its welcome, and then the frames in
    their order as the Worker is given them, ("server_frame" or "client_frame", the bytes)."""
    random = Random(2)
    with VirtualRoom(load("arena"), seed=3) as room:
        client = room.join("Ada", latency=PENDING / 2 / load("arena").tick_rate * 1e3)
        _fill(room, random)
        client.drop()
        tape: list[tuple[str, bytes]] = []
        client.tape = tape
        client.reconnect()
        room.run_until(lambda: client.playing)
        for tick in range(ticks):
            act(client, "arena", tick, random)
            room.run()
    names = {"received": "server_frame", "sent": "client_frame"}
    place = next(place for place, (how, _) in enumerate(tape) if how == "received")
    return tape[place][1], [(names[how], data) for how, data in tape[place + 1 :]]


def _fill(room: VirtualRoom, random: Random) -> None:
    """Hunters, up to a hundred bodies."""
    hunter = module("arena", "shared.bodies").HUNTER_BODY
    for _ in range(ENTITIES - len(room.world.query(Scene, Position, Collide))):
        place = Position(random.uniform(100, 1900), random.uniform(100, 1300))
        room.world.spawn(place, Velocity(), replace(hunter), Scene("hunter"))

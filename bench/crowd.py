"""A recording of the arena with a hundred entities around one player, whose last inputs the server has not answered."""

from dataclasses import replace
from random import Random

from net.client.prediction.recorded import Recording
from net.drivers.virtual import VirtualRoom
from tests.mods.loading import load, module
from tests.prediction.recording import script
from tickroom import Collide, Position, Scene, Velocity

ENTITIES = 100
PENDING = 12


def crowded_recording() -> bytes:
    """Hunters fill the arena up to a hundred bodies; then twelve inputs."""
    random = Random(1)
    with VirtualRoom(load("arena"), seed=3) as room:
        client = room.join("Ada")
        client.drop()
        tape: list[tuple[str, bytes]] = []
        client.tape = tape
        client.reconnect()
        hunter = module("arena", "shared.bodies").HUNTER_BODY
        for _ in range(ENTITIES - len(room.world.query(Scene, Position, Collide))):
            place = Position(random.uniform(100, 1900), random.uniform(100, 1300))
            room.world.spawn(place, Velocity(), replace(hunter), Scene("hunter"))
        room.run(60)
    received = [payload for how, payload in tape if how == "received"]
    inputs = script("arena", client.core.server_tick, PENDING, random)
    return Recording(received[0], received[1:], inputs).packed()

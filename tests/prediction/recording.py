"""Players of the arena and the village whose connections are written down, for the prediction to compute again."""

from math import cos, sin
from random import Random

from ecs.inputs import VIEW_STEPS
from net.client.prediction.recorded import Recording
from net.codec import MESSAGEPACK
from net.drivers.virtual import VirtualClient, VirtualRoom
from net.protocol import ClientBundle, Input
from tests.mods.loading import load

INPUTS = 2_000
VIEW = 3 * VIEW_STEPS
"""How far behind the view was: three ticks."""
KEYS = {
    "arena": (("up", "down", "left", "right"), ("fire", "dash", "reload")),
    "village": (("up", "down", "left", "right"), ("act", "drink")),
}
"""By game: what moves, and what is pressed now and then."""


def record(game: str, inputs: int = INPUTS, seed: int = 5) -> bytes:
    """Six players walk about, aim and act for a while; then the first one's state, and so many inputs of its own after it."""
    with VirtualRoom(load(game), seed=seed) as room:
        client = VirtualRoom.join(room, "player 0")
        client.drop()
        tape: list[tuple[str, bytes]] = []
        client.tape = tape
        client.reconnect()
        others = [room.join(f"player {number}") for number in range(1, 6)]
        random = Random(seed)
        for tick in range(60):
            for each in (client, *others):
                act(each, game, tick, random)
            room.run()
    received = [payload for how, payload in tape if how == "received"]
    number = client.core.server_tick
    return Recording(received[0], received[1:], script(game, number, inputs, random)).packed()


def act(client: VirtualClient, game: str, tick: int, random: Random) -> None:
    """Hold other keys now and then, and aim round and round."""
    moves, presses = KEYS[game]
    if tick % 12 == 0:
        client.release(*moves, *presses)
        client.hold(*random.sample(moves, 2), random.choice(presses))
    if game == "arena":
        client.axis("aim_x", cos(tick / 9))
        client.axis("aim_y", sin(tick / 9))


def script(game: str, after: int, count: int, random: Random) -> list[bytes]:
    """The bundles of a client that does all that a player can: it walks into everything, aims, shoots, dashes, stands still."""
    held, frames, axes = 0, [], len(load(game).inputs.axes)
    for tick in range(after + 1, after + 1 + count):
        if random.random() < 0.15:
            held = random.getrandbits(len(load(game).inputs.keys))
        given = [random.randint(-32_767, 32_767) if random.random() < 0.5 else 0 for _ in range(axes)]
        pressed = random.getrandbits(len(load(game).inputs.keys)) if random.random() < 0.05 else 0
        frames.append(
            MESSAGEPACK.encode(ClientBundle(tick, after, [Input(tick, held, pressed, given, VIEW)]))
        )
    return frames

"""The checksum: a CRC-32 over all integers of the state, four bytes each, and the fog's text."""

from array import array
from itertools import chain
from operator import attrgetter
from zlib import crc32

from tickroom import World

from .chance import Chance
from .components import Arms, Arrow, Bag, Body, Deposit, Fog, Orders, Realm, Structure, Trainer, Walker
from .game import game
from .grid import Land
from .judging import Match
from .ways import Ways

COLUMNS = (
    (Realm, ("player", "team", "gold", "wood", "alive")),
    (Body, ("kind", "owner", "health")),
    (Walker, ("cell", "x", "y", "goal", "wait")),
    (Orders, ("verb", "target", "goal")),
    (Arms, ("foe", "pause")),
    (Bag, ("what", "amount", "timer", "hall")),
    (Structure, ("cell", "left")),
    (Deposit, ("what", "cell", "left")),
    (Arrow, ("target", "archer", "damage", "left", "flight", "x", "y")),
)
"""In this order: for each component how many there are, then entity and fields of each."""
READERS = tuple((of, attrgetter(*fields)) for of, fields in COLUMNS)


@game.checksum
def tally(world: World) -> int:
    """The same number in client/engine.js."""
    numbers = array("i")
    for of, read in READERS:
        index = world.index(of)
        numbers.append(len(index.entities))
        numbers.extend(index.entities)
        numbers.extend(chain.from_iterable(map(read, index.columns[0])))
    for entity, trainer in world.query(Trainer):
        numbers.extend((entity, len(trainer.queue), *trainer.queue, trainer.left, trainer.rally))
    land, ways = world.resource(Land), world.resource(Ways)
    numbers.extend((world.tick, world.next_entity, land.version, land.closed, world.resource(Match).winner))
    for goal, way in ways.kept.items():
        numbers.extend((goal, way.version, way.used))
    numbers.extend(chain.from_iterable(ways.wanted.items()))
    state = world.resource(Chance).state
    numbers.extend((state >> 16, state & 0xFFFF))
    text = "".join(fog.visible + fog.explored for _, fog in world.query(Fog))
    return crc32(text.encode(), crc32(_little_endian(numbers)))


def _little_endian(numbers: "array[int]") -> bytes:
    if array("H", (1,)).tobytes() == b"\0\1":
        numbers.byteswap()
    return numbers.tobytes()

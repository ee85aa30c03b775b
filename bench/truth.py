"""Whether a client saw what is: the positions that it decoded, against those that the server's rules had in that tick.

Servers write the truth after each tick (environment TRUTH): uint32 tick and count, then columns of uint32 ids,
float32 x, float32 y. What the first client was sent is recorded by the load and decoded afterwards by the peer's own
client: nothing of this is done while the load plays.
"""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from math import hypot
from pathlib import Path

import numpy as np

from bench.processes import COLYSEUS, BenchFailed, new_node
from net.client.core import ClientCore

Places = dict[int, tuple[float, float]]

RADIUS = 250.0
"""Who is nearer than this to the client must be seen."""
LEAVES = 1.1 * RADIUS
"""Who is farther than this must not."""
PRECISION = 0.1
"""How far from the truth a seen position may be, in world units."""
MOST_STILL = 0.05
"""The part that may stand for a moment: bodies that meet stop each other."""
FIRST_PLAYER = 500
"""The id of the first player on the Colyseus server: after the NPCs."""


@dataclass
class Verdict:
    """What a check found in all ticks of a client."""

    ticks: int = 0
    positions: int = 0
    worst: float = 0.0
    """The longest way between a seen position and the true one."""
    missing: int = 0
    """How often somebody near was not seen."""
    excess: int = 0
    """How often somebody far away was seen."""
    still: float = 0.0
    """The part of those seen in the last ticks that had not moved in the tick: a world that stands costs nothing."""

    def check(self, who: str, ticks: int) -> None:
        """Raises BenchFailed unless at least `ticks` ticks were seen as they are."""
        if self.ticks < ticks:
            raise BenchFailed(f"{who}: the client has only {self.ticks} whole ticks of {ticks}")
        if self.still > MOST_STILL:
            raise BenchFailed(f"{who}: {self.still:.0%} of those seen stood still")
        if self.worst > PRECISION or self.missing or self.excess:
            raise BenchFailed(
                f"{who}: a position was {self.worst:.3f} off, {self.missing} near ones were not seen, {self.excess} far ones were"
            )

    def __str__(self) -> str:
        seen = self.positions / max(self.ticks, 1)
        return (
            f"{self.ticks} ticks, {seen:.1f} seen a tick, worst {self.worst:.3f} units off, all near ones seen, "
            f"{self.still:.1%} standing"
        )


def judge(truth: Path, seen: Iterator[tuple[int, int, Places]], last: int) -> Verdict:
    """Compares each (tick, the client's own entity, where it sees whom) with the truth of that tick.

    Whether they move is looked at in the `last` ticks: before, not all have come.
    """
    true = dict(read_truth(truth))
    verdict = Verdict()
    whole = [(tick, own, places) for tick, own, places in seen if tick in true and own in places]
    for tick, own, places in whole:
        _judge_tick(verdict, true[tick], own, places)
    stood = [
        true.get(tick - 1, {}).get(who) == true[tick][who]
        for tick, _, places in whole[-last:]
        for who in places
    ]
    verdict.still = sum(stood) / max(len(stood), 1)
    return verdict


def _judge_tick(verdict: Verdict, true: Places, own: int, places: Places) -> None:
    verdict.ticks += 1
    verdict.positions += len(places)
    x, y = true[own]
    away = {who: hypot(place[0] - x, place[1] - y) for who, place in true.items()}
    verdict.missing += sum(far < RADIUS - PRECISION and who not in places for who, far in away.items())
    for who, (seen_x, seen_y) in places.items():
        true_x, true_y = true[who]
        verdict.worst = max(verdict.worst, hypot(seen_x - true_x, seen_y - true_y))
        verdict.excess += away[who] > LEAVES + PRECISION


def read_truth(path: Path) -> Iterator[tuple[int, Places]]:
    """Where everybody was after each whole tick of the file."""
    data = path.read_bytes()
    at = 0
    while at + 8 <= len(data):
        tick, count = np.frombuffer(data, "<u4", 2, at).tolist()
        at += 8
        if at + 12 * count > len(data):
            return
        ids = np.frombuffer(data, "<u4", count, at).tolist()
        x, y = np.frombuffer(data, "<f4", 2 * count, at + 4 * count).reshape(2, count).tolist()
        yield tick, dict(zip(ids, zip(x, y, strict=True), strict=True))
        at += 12 * count


def seen_by_tickroom(record: Path) -> Iterator[tuple[int, int, Places]]:
    """What our own client makes of its messages."""
    core = ClientCore("recorded", interpolate=False)
    core.connect()
    for now, message in enumerate(messages(record)):
        core.receive(message, float(now))
        if core.server_tick >= 0 and not core.scene.stale:
            [own] = core.scene.owned_by(core.player)
            yield core.server_tick, own.id, {each.id: (each.x, each.y) for each in core.scene}


def seen_by_colyseus(record: Path) -> Iterator[tuple[int, int, Places]]:
    """What Colyseus' decoder makes of its messages."""
    done = subprocess.run(
        [str(new_node()), str(COLYSEUS / "decode.js"), str(record)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    for line in done.stdout.splitlines():
        tick, places = json.loads(line)
        yield tick, FIRST_PLAYER, {int(who): (x, y) for who, (x, y) in places.items()}


def messages(record: Path) -> Iterator[bytes]:
    """The messages of a record, as the load writes it."""
    data = record.read_bytes()
    at = 0
    while at + 4 <= len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4], "little")
        yield data[at + 4 : end]
        at = end

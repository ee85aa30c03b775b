"""Writes docs/pace-vectors.json: when a client's ticks are due on some networks, for the pace in TypeScript to check itself."""

import json
import sys
from collections import deque
from dataclasses import replace
from pathlib import Path
from struct import pack, unpack
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ecs.random import BriefRandom
from net.client.pace import Pace
from net.conditions import PRESETS, Conditions, Network

TICK_RATE = 20
INTERVAL = 1000.0 / TICK_RATE
SECONDS = 12
SEED = 5
LATEST = 6.0
"""ms by which the client's timers are late."""
SILENT = 500
SLEEP = 3_000.0
"""ms. In one of the cases the machine is suspended for so long, and its clock stands still."""
JUMPS, JUMP = (4_000.0, 4_100.0), 900.0
"""ms. In two of the cases the clock of the client jumps ahead, and again, so far that the server refuses its inputs: one tells
how early they came, the other does not. In another it is set back."""


def text() -> str:
    """The whole file."""
    train = replace(PRESETS["train"], stall_every=4_000.0, cut_every=0.0)
    cases = [
        _case("lte", PRESETS["lte"]),
        _case("train", train),
        _case("a jump", PRESETS["wifi"], jump=JUMP),
        _case("a jump, refused in silence", PRESETS["wifi"], jump=JUMP, is_silent=True),
        _case("a clock that is set back", PRESETS["wifi"], jump=-JUMP),
        _case("a suspended machine", PRESETS["wifi"], sleep=SLEEP),
    ]
    return json.dumps({"tick_rate": TICK_RATE, "cases": cases}, separators=(",", ":")) + "\n"


def _case(
    name: str, conditions: Conditions, *, jump: float = 0.0, sleep: float = 0.0, is_silent: bool = False
) -> dict[str, Any]:
    """What a client's pace is told and asked, in order: [server_tick, last_input, lead, now, refused] for `heard`, [now, is_due]
    for `is_due`, and [now, tick, due] for `next`: the tick's number, and when the one after it is due."""
    pace, server, late = Pace(), _Server(conditions, is_silent=is_silent), BriefRandom(SEED)
    pace.start(TICK_RATE, 0, 0.0)
    calls: list[list[float | bool]] = []
    time = offset = woken = slept = 0.0
    while time < SECONDS * 1_000.0:
        time = max(time, pace.due - offset + late.uniform(0.0, LATEST))
        if slept < sleep and time > JUMPS[0]:
            time, offset, slept = time + sleep, offset - sleep, sleep
            woken = time
        for tick, last_input, lead, at in server.run(time):
            heard_at = max(at, woken) + offset
            refused = pace.heard(tick, last_input, lead, heard_at)
            calls.append([tick, last_input, lead, heard_at, refused])
        offset = jump * sum(time > at for at in JUMPS) - slept
        now = time + offset
        is_due = pace.is_due(now)
        calls.append([now, is_due])
        if is_due:
            number = pace.next(now)
            calls.append([now, number, pace.due])
            server.sent(number, time)
    return {"name": name, "calls": calls}


class _Server:
    """As much of a room as tells of inputs, behind a network. One that `is_silent` does not tell how early inputs came that were
    more than half a second early. Times are ms."""

    def __init__(self, conditions: Conditions, *, is_silent: bool) -> None:
        self._is_silent = is_silent
        self._path = Network(conditions, SEED).path(0.0)
        self._tick, self._queued, self._last_input, self._lead = 0, -1, -1, 0
        self._waiting: deque[int] = deque()

    def sent(self, number: int, now: float) -> None:
        """An input leaves the client."""
        self._path.up.push(now, number.to_bytes(4, "big"))

    def run(self, until: float) -> list[tuple[int, int, int, float]]:
        """What the client has been told by then, and when."""
        told = []
        while (at := (self._tick + 1) * INTERVAL) <= until:
            while (came := self._path.up.next_due()) <= at:
                for payload in self._path.up.due(came):
                    self._hear(int.from_bytes(payload, "big"), came)
            self._tick += 1
            while self._waiting and self._waiting[0] <= self._tick:
                self._last_input = self._waiting.popleft()
            self._path.down.push(at, pack(">iii", self._tick, self._last_input, self._lead))
        while (at := self._path.down.next_due()) <= until:
            for payload in self._path.down.due(at):
                tick, last_input, lead = unpack(">iii", payload)
                told.append((tick, last_input, lead, at))
        return told

    def _hear(self, number: int, now: float) -> None:
        is_taken = self._queued < number <= self._tick + TICK_RATE
        if is_taken:
            self._queued = number
            self._waiting.append(number)
        lead = int(number * INTERVAL - now)
        if (is_taken or number > self._queued) and not (self._is_silent and lead > SILENT):
            self._lead = lead


if __name__ == "__main__":
    path = Path(__file__).resolve().parent.parent / "docs" / "pace-vectors.json"
    path.write_text(text(), encoding="utf-8")

"""Writes docs/conditions-vectors.json: what the simulated network does, so that the one in TypeScript can check itself."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from net.conditions import NEVER, PRESETS, Conditions, Line, Network

SEED = 20
PUSHES = 60
CONNECTIONS = 2


def text() -> str:
    """The whole file."""
    networks = {name: asdict(conditions) for name, conditions in PRESETS.items()}
    cases = [_case(name, conditions) for name, conditions in PRESETS.items()]
    return json.dumps({"networks": networks, "seed": SEED, "cases": cases}, separators=(",", ":")) + "\n"


def _case(name: str, conditions: Conditions) -> dict[str, Any]:
    """Some payloads each way on the first connections of a network, and when each arrives (ms)."""
    random = Random(name)
    gaps = [random.choice((0.0, 16.5, 33.25, 400.0)) for _ in range(PUSHES)]
    pushes = [[round(sum(gaps[: n + 1]), 2), random.choice((0, 20, 300, 5_000))] for n in range(PUSHES)]
    network = Network(conditions, SEED, capacity=NEVER)
    paths = [network.path(0.0) for _ in range(CONNECTIONS)]
    return {
        "network": name,
        "pushes": pushes,
        "connections": [
            {
                "cut_at": None if path.cut_at == NEVER else path.cut_at,
                "up": _arrivals(path.up, pushes),
                "down": _arrivals(path.down, pushes),
            }
            for path in paths
        ],
    }


def _arrivals(line: Line, pushes: list[list[float]]) -> list[float]:
    arrivals = []
    for now, size in pushes:
        line.push(now, bytes(int(size)))
    while line.next_due() < NEVER:
        due = line.next_due()
        arrivals += [due] * len(line.due(due))
    return arrivals


if __name__ == "__main__":
    path = Path(__file__).resolve().parent.parent / "docs" / "conditions-vectors.json"
    path.write_text(text(), encoding="utf-8")

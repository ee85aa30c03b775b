"""Matches of skirmish in both engines: Python's is played and recorded, JavaScript's runs the record."""

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.mods.loading import MODS, load
from tickroom import LockstepEngine, MasterPacket, World, first_difference

ENGINE = MODS / "skirmish" / "client" / "engine.js"
RUNNER = Path(__file__).with_name("skirmish_run.mjs")
MALFORMED = "malformed"
WRONG_BYTES = ("these are no commands", "the commands are not", "the game has no command", "a body has")
Bodies = tuple[tuple[int, bytes], ...]


@dataclass
class Match:
    """A match in Python's engine, and the record of it."""

    seed: int
    setup: dict[str, Any]
    turns: list[tuple[int, Bodies]] = field(default_factory=list)
    checksums: list[int] = field(default_factory=list)
    refusals: list[list[list[Any]]] = field(default_factory=list)
    dumps: dict[int, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.engine = begun(self.seed, self.setup)
        self.checksums.append(self.engine.checksum())

    @property
    def world(self) -> World:
        return self.engine.world

    def turn(self, bodies: Bodies = (), iterations: int = 2) -> None:
        """One generation."""
        self.engine.step(MasterPacket(self.engine.generation + 1, iterations, 50, bodies))
        self.turns.append((iterations, bodies))
        self.checksums.append(self.engine.checksum())
        self.refusals.append([told(*refusal) for refusal in self.engine.refusals])

    def play(self, players: Callable[[World], Bodies], generations: int) -> None:
        """So many generations, of one to four iterations."""
        for generation in range(generations):
            self.turn(players(self.world), 1 + generation % 4)

    def run_in_javascript(self, *, reload: int = 0, start: Any = None, first: int = 0) -> dict[str, Any]:
        """The same generations in node, from `first` on; with `reload` through a dump every so many."""
        given = {
            "seed": self.seed,
            "setup": self.setup,
            "start": start,
            "turns": [
                (iterations, [(player, body.hex()) for player, body in bodies])
                for iterations, bodies in self.turns[first:]
            ],
            "reload": reload,
            "dumps": list(self.dumps),
        }
        return in_node(given)

    def agrees(self, **options: Any) -> dict[str, Any]:
        """Checksums and refusals of both engines are the same in every generation, and so is the last dump."""
        result = self.run_in_javascript(**options)
        first = options.get("first", 0)
        assert result["refused"] is None
        pairs = zip(result["checksums"], self.checksums[first:], strict=True)
        apart = next((place for place, (theirs, ours) in enumerate(pairs) if theirs != ours), None)
        assert apart is None, self._apart(apart - 1 + first)
        refusals = [[told(*refusal) for refusal in each] for each in result["refusals"]]
        assert refusals == self.refusals[first:]
        assert first_difference(self.engine.dump(), result["dumps"]["last"]) is None
        return result

    def close(self) -> None:
        self.engine.close()

    def _apart(self, generation: int) -> str:
        """Where the engines part, with both dumps of that generation."""
        again = Match(self.seed, self.setup)
        for iterations, bodies in self.turns[: generation + 1]:
            again.turn(bodies, iterations)
        again.dumps[generation] = None
        theirs = again.run_in_javascript()["dumps"]["last"]
        found = first_difference(again.engine.dump(), theirs)
        again.close()
        return f"the engines part in generation {generation}: {found}"


def begun(seed: int, setup: dict[str, Any]) -> LockstepEngine:
    """Python's engine, begun."""
    engine = LockstepEngine(load("skirmish"))
    engine.init(seed, setup)
    return engine


def told(player: int, place: int, reason: str) -> list[Any]:
    """A refusal; each language says in its own way what it found wrong with bytes."""
    bytes_are_wrong = reason.startswith(
        ("these are no commands", "the commands are not", "the game has no command", "a body has")
    )
    return [player, place, MALFORMED if bytes_are_wrong else reason]


def in_node(given: dict[str, Any]) -> dict[str, Any]:
    """What the runner answers; the test is skipped where there is no node."""
    result: dict[str, Any] = node(str(RUNNER), str(ENGINE), given=json.dumps(given))
    return result


def evaluated(expression: str) -> Any:
    """The value of an expression over what the engine exports."""
    names = "KINDS, encodeCommands"
    script = f"import {{ {names} }} from {json.dumps(ENGINE.as_uri())};\nconsole.log(JSON.stringify({expression}));"
    return node("--input-type=module", "-", given=script)


def node(*arguments: str, given: str) -> Any:
    """What node writes, as JSON; the test is skipped where there is none."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("no node on this machine")
    done = subprocess.run(
        [program, *arguments], input=given, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)

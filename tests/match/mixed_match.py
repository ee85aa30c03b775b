"""A match of skirmish between clients in Python and in JavaScript, in virtual time, with all that each of them has done."""

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any, Self

import msgspec

from net.conditions import PRESETS, Conditions
from net.drivers.virtual_lockstep import VirtualLockstep, VirtualPlayer
from net.journal.entries import Turn
from net.journal.reader import JournalReader
from net.lockstep.settings import LockstepSettings
from tests.match.browsers import Browser, Browsers
from tests.match.commander import wants
from tests.mods.loading import load, module

LOOK = 100.0
"""How often the Python players look at their worlds (ms); no generation is shorter."""
GOOD = Conditions(latency=5.0, jitter=5.0)


def bad_conditions(random: Random, *, worst: bool) -> Conditions:
    """Of those that there are, but the best; or the worst: up to half a second each way, stalls of seconds, lost connections."""
    if not worst:
        return PRESETS[random.choice(("wifi", "lte", "far", "3g", "train"))]
    return Conditions(
        latency=random.uniform(2.0, 500.0),
        jitter=random.uniform(0.0, 200.0),
        stall_every=15_000.0,
        stall_shortest=100.0,
        stall_longest=6_000.0,
        cut_every=60_000.0,
        away=2_000.0,
    )


class Pythonist:
    """A player in Python who plays, and the record of it."""

    def __init__(self, client: VirtualPlayer) -> None:
        self.client = client
        self.sums: dict[int, int] = {}
        """Every generation that was run, with its checksum."""
        self.given: list[tuple[str, Any]] = []
        self.rests = False
        """Whether it gives no commands any more."""
        self._seen = -1

    def look(self) -> None:
        """Give commands, and take down what was computed."""
        lockstep = self.client.lockstep
        self.sums.update(lockstep._sums)
        if lockstep.generation == self._seen or lockstep.engine is None or self.client.frozen:
            return
        self._seen = lockstep.generation
        for name, body in (
            [] if self.rests else wants(self.client.engine.world, self.client.core.player, self._seen)
        ):
            lockstep.command(name, body)
            self.given.append((name, body))


class MixedMatch:
    """A room with players of both languages, in turns: Python has the even seats, browsers have the odd ones."""

    def __init__(self, program: Path, seed: int, players: int = 4, *, bad: bool = True, **rules: Any) -> None:
        """On bad lines, with `bad` (the worst for odd seeds), or on good ones. `program` is `virtual_browsers`."""
        self.random = Random(seed)
        self._worst = seed % 2 == 1
        self.browsers = Browsers(program)
        self.room = VirtualLockstep(
            load("skirmish"),
            seed=seed,
            rules=LockstepSettings(**rules),
            options={"size": "small", "start": "village"},
            journal=True,
        )
        self.players: list[Pythonist | Browser] = [self._join(number, bad=bad) for number in range(players)]
        for number in range(players):
            changes = {"changes": {"team": number}, "revision": None}
            self._host.client.core.request("put", f"setup/{number}", changes)
            self.room.run(1_500.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *how: object) -> None:
        self.room.close()
        self.browsers.__exit__(*how)

    @property
    def pythonists(self) -> list[Pythonist]:
        """The players in Python."""
        return [player for player in self.players if isinstance(player, Pythonist)]

    @property
    def pages(self) -> list[Browser]:
        """The players in JavaScript."""
        return [player for player in self.players if isinstance(player, Browser)]

    @property
    def _host(self) -> Pythonist:
        return self.pythonists[0]

    @property
    def generation(self) -> int:
        """The last that was told."""
        match = self.room.room.play.match
        return match.generation if match is not None else -1

    def begin(self, *, scripted: bool = True) -> None:
        """All are ready; runs until all have run a generation."""
        for player in self.pythonists:
            player.rests = not scripted
        for page in self.pages:
            page.do("script", scripted)
        while self.room.room.play.match is None:  # a cut line may lose the word
            self._all_say_ready()
            self.run(5_000.0)
            self.mend()
        self.run_until(lambda: min(self._generations()) >= 0)

    def run(self, milliseconds: float) -> None:
        """Let time pass, in which all play."""
        end = self.room.now + milliseconds
        while self.room.now < end:
            self.room.run(min(LOOK, end - self.room.now))
            for player in self.pythonists:
                player.look()

    def slow_down(self) -> None:
        """Somebody's computer is busy with something else, for a moment or from now on."""
        player = self.random.choice(self.players)
        if isinstance(player, Browser):
            player.do("pace", self.random.choice((0.5, 1.0, 5.0, 30.0, 70.0)))
            return
        player.client.lockstep.framerate = self.random.choice((15, 60, 500, 1_000))
        player.client.frozen = True
        self.room.run(self.random.uniform(10.0, 700.0))
        player.client.frozen = False

    def mend(self) -> None:
        """Whoever is cut off and does not come back by itself connects again."""
        for player in self.pythonists:
            if player.client.ended is not None and player.client.session is None:
                player.client.connect()

    def run_until(self, condition: Callable[[], object], milliseconds: float = 600_000.0) -> None:
        """Let time pass, in which all play and come back, until it holds."""
        end = self.room.now + milliseconds
        while not condition():
            assert self.room.now < end, "it did not happen"
            self.run(LOOK)
            self.mend()

    def run_on(self, generations: int) -> None:
        """Let so many generations be told."""
        last = self.generation + generations
        self.run_until(lambda: self.generation >= last)

    def change(self, number: int, what: str) -> int:
        """Somebody changes a player's state behind the back of the match: the `gold` of the first realm, the `health` of the
        first body (as in script.mjs). The last generation that was computed before."""
        player = self.players[number]
        if isinstance(player, Browser):
            player.do("change", what)
            return player.computed
        parts, world = module("skirmish", "shared.components"), player.client.engine.world
        if what == "gold":
            world.query(parts.Realm)[0][1].gold += 1_000
        else:
            world.query(parts.Body)[0][1].health -= 1
        return player.client.lockstep.generation

    def rest(self) -> None:
        """All lines are mended, nobody commands any more, and all that was given has been run by everybody."""
        for player in self.pythonists:
            player.rests, player.client.frozen = True, False
        for page in self.pages:
            page.do("script", False)
            page.do("pace", 1.0)
            self._calm(page)
        for player in self.pythonists:
            self._calm(player.client)
        self.mend()
        self.room.run_until(self._are_all_here, 120_000.0)
        last = self.generation
        self.run(20_000.0)
        self.room.run_until(lambda: min(self._generations()) > last + 10)
        for player in self.pythonists:
            player.look()

    def assert_nothing_is_lost(self) -> None:
        """Each generation is in the journal once and in order, everybody has run each, with equal checksums, and every command
        that was given is in it once and in order."""
        assert self.room.reports == []
        turns = self.turns()
        assert [turn.generation for turn in turns] == list(range(self.generation + 1))
        for page in self.pages:
            assert page.errors == []
            assert [generation for generation, _ in page.sums] == list(range(len(page.sums)))
        all_sums = [dict(player.sums) for player in self.players]
        last = min(max(sums) for sums in all_sums)
        assert last >= self.generation - 20
        for generation in range(last + 1):
            assert len({sums[generation] for sums in all_sums}) == 1, generation
        for number, player in enumerate(self.players):
            assert commands_of(turns, number) == player.given

    def turns(self) -> list[Turn]:
        """What the journal has."""
        frames = JournalReader(BytesIO(bytes(self.room.journal))).frames()
        return [entry for frame in frames for entry in frame.entries if isinstance(entry, Turn)]

    def _join(self, number: int, *, bad: bool) -> "Pythonist | Browser":
        conditions = bad_conditions(self.random, worst=self._worst) if bad else GOOD
        name = f"Player {number}"
        if number % 2 == 0:
            return Pythonist(self.room.join(name, conditions=conditions))
        return self.browsers.join(self.room, name, conditions)

    def _all_say_ready(self) -> None:
        ready = self.room.room.play.setup.ready
        for number, player in enumerate(self.players):
            if number in ready:
                continue
            if isinstance(player, Browser):
                if player.playing:
                    player.ready()
            elif player.client.playing:
                player.client.lockstep.ready()

    def _calm(self, client: VirtualPlayer | Browser) -> None:
        client.network.conditions = GOOD
        client.path.change(GOOD, self.room.now)

    def _are_all_here(self) -> bool:
        return all(player.client.playing for player in self.pythonists) and all(
            page.playing for page in self.pages
        )

    def generation_of(self, number: int) -> int:
        """The last that a player has run."""
        return self._generations()[number]

    def _generations(self) -> list[int]:
        return [
            player.generation if isinstance(player, Browser) else player.client.lockstep.generation
            for player in self.players
        ]


def commands_of(turns: Sequence[Turn], player: int) -> list[tuple[str, Any]]:
    """All commands of a player, in order."""
    bodies = [body for turn in turns for number, body in turn.bodies if number == player and body]
    return [(name, body) for each in bodies for name, body in msgspec.msgpack.decode(each)]

"""Journals of long plays in virtual time, for tests: bots that wander, shoot, trade, talk, fall out and come back."""

from collections.abc import Callable
from random import Random

from msgspec.structs import replace

from app.bots.brain import WanderingBrain
from ecs.version import VERSION
from net.client.inputs import InputState
from net.hosted import HostedGame
from net.journal.entries import AnyEntry, Call, Drop, Join, Leave, Line, Return, Transition
from net.journal.records import FORMAT, Header
from net.journal.writer import JournalWriter
from net.players.seats import Seats
from net.rooms.play import Play, packed_body
from net.rooms.recorder import Recorder
from systems.saves import Save

Rpc = Callable[[Random], tuple[str, object]]


class Recording:
    """A play of bots, and its journal. There are no connections: what enters is recorded, and nothing is told."""

    def __init__(
        self, hosted: HostedGame, bots: int, seed: int = 1, rpc: Rpc | None = None, **header: str
    ) -> None:
        """`header` are fields of the journal's header that are to say something else."""
        game = hosted.game
        self.hosted = hosted
        self.bots = bots
        self.saves: list[Save] = []
        self.play = Play("recorded", hosted, Seats(bots), seed=seed)
        self._random = Random(seed)
        self._recorder = Recorder(self.play, JournalWriter())
        self._rpc = rpc
        self._brains: dict[int, tuple[WanderingBrain, InputState]] = {}
        self._away: set[int] = set()
        self._ids = 0
        self._interval = 1000.0 / game.tick_rate
        begun = Header(
            FORMAT, "recorded", "A recorded room", game.name, hosted.schema.version, VERSION, game.fingerprint,
            game.rules, game.model, game.tick_rate, game.keyframe_interval, seed, bots, 1.8e12,
        )  # fmt: skip
        self.journal = bytearray(self._recorder.begin(replace(begun, **header)))
        self._recorder.record(Transition("start"))

    def run(self, ticks: int) -> "Recording":
        """Let the bots play for so many ticks."""
        for _ in range(ticks):
            self.step()
        return self

    def step(self) -> None:
        """One tick."""
        tick = self.play.engine.world.tick
        self._come_and_go(tick)
        for player, (brain, inputs) in self._brains.items():
            if player not in self._away:
                brain.play(inputs, tick * self._interval)
                self._recorder.hear(player, inputs.take(tick))
        if self._brains and self._random.random() < 0.2:
            self._say_or_call()
        self.journal += self._recorder.frame(runs=True)
        step = self.play.tick()
        self.saves += step.saves
        if step.keyframe:
            self.journal += self._recorder.keyframe()
        elif step.tick % self.hosted.game.tick_rate == 0:
            self.journal += self._recorder.checksum()

    def record(self, entry: AnyEntry) -> None:
        """Something that is not the bots' own doing."""
        self._recorder.record(entry)

    def close(self) -> None:
        """Free the engine."""
        self.play.engine.close()

    def _come_and_go(self, tick: int) -> None:
        if len(self._brains) < self.bots and (tick % 4 == 0 or tick < self.bots):
            self._join(next(n for n in range(self.bots) if n not in self._brains))
        elif self._random.random() < 0.01:
            player = self._random.choice(sorted(self._brains))
            if player in self._away:
                self._away.discard(player)
                self._recorder.record(Return(player))
            elif self._random.random() < 0.3:
                del self._brains[player]
                self._recorder.record(Leave(player))
            else:
                self._away.add(player)
                self._recorder.record(Drop(player))

    def _join(self, player: int) -> None:
        brain = WanderingBrain(self.hosted.schema.inputs, Random(self._random.random()))
        self._brains[player] = brain, InputState(self.hosted.schema.inputs)
        saved = next((each.data for each in reversed(self.saves) if each.player == player), b"")
        self._recorder.record(Join(player, f"id-{player}", f"Bot {player}", saved))

    def _say_or_call(self) -> None:
        player = self._random.choice(sorted(self._brains))
        self._ids += 1
        if self._rpc is not None and self._random.random() < 0.7:
            name, body = self._rpc(self._random)
            self._recorder.record(Call(player, self._ids, name, packed_body(body)))
        else:
            self._recorder.record(Line(player, "room", f"line {self._ids}"))

"""The matches of a lock-step journal, run again by the game's own engine.

A keyframe has no engine's state but all generations of the match that ran, so a match is run from its beginning, from any file
that has a part of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from ecs.first_difference import Difference
from net.hosted import HostedGame
from net.journal.errors import JournalDamaged, JournalError
from net.journal.packing import checksum_of
from net.journal.reader import Frame, JournalReader, Keyframe
from net.lockstep.match_run import START_ERRORS, MatchRun
from net.lockstep.play import LockstepPlay, Match
from net.lockstep.seats import LockstepSeats
from net.lockstep.settings import LockstepSettings
from net.protocol import Master
from net.replay.dump import ROOM
from net.rooms.news import News

TOLD_EVERY = 50
"""Generations between two words about the progress."""


class Told(NamedTuple):
    """A generation of the journal, and what the room was when it was told."""

    match: Match
    master: Master
    play: LockstepPlay


@dataclass(frozen=True, slots=True)
class LockstepMismatch:
    """Where a match, run again, is another one: generation `equal` (-1: none) was the same, `generation` is not."""

    match: int
    equal: int
    generation: int
    reason: str
    difference: Difference | None = None

    def __str__(self) -> str:
        first = self.equal + 1
        span = (
            f"generation {first}" if first >= self.generation else f"generations {first} to {self.generation}"
        )
        place = "" if self.difference is None else f"; first difference: {self.difference}"
        return f"match {self.match}, {span}: {self.reason}{place}"


@dataclass(slots=True)
class LockstepVerdict:
    """What came of a journal."""

    matches: int = 0
    generations: int = 0
    checksums: int = 0
    keyframes: int = 0
    mismatch: LockstepMismatch | None = None


class LockstepTale:
    """Reads a journal once, as far as its records are whole."""

    def __init__(self, reader: JournalReader, hosted: HostedGame, end: int) -> None:
        """`end` is where its whole records end (bytes)."""
        self.keyframes = 0
        """How many were compared."""
        self._reader = reader
        self._hosted = hosted
        self._end = end

    def told(self) -> Iterator[Told]:
        """Every generation, in order, those before the first keyframe too where a match ran then.

        Raises JournalError where the room is not what a keyframe says, or something cannot have been in it.
        """
        play = LockstepPlay(self._hosted, LockstepSeats(self._reader.header.seats, 256), LockstepSettings())
        begun = False
        for frame in self._reader.frames():
            if frame.keyframe is not None and not begun:
                begun = True
                self._restore(play, frame, frame.keyframe)
                yield from _before(play)
            else:
                yield from self._run(play, frame)
            if frame.end >= self._end:
                return

    def _restore(self, play: LockstepPlay, frame: Frame, keyframe: Keyframe) -> None:
        try:
            play.restore(keyframe.image())
        except JournalDamaged:
            raise
        except JournalError as error:
            raise JournalDamaged(frame.offset, str(error)) from error

    def _run(self, play: LockstepPlay, frame: Frame) -> Iterator[Told]:
        for entry in frame.entries:
            before = play.match.last if play.match is not None else None
            play.feed((entry,))
            match = play.match
            if match is not None and match.last is not None and match.last is not before:
                yield Told(match, match.last, play)
        if frame.runs:
            play.tick()
        play.news = News()
        if frame.checksum is not None and play.checksum() != frame.checksum:
            raise JournalError(f"the room's checksum after tick {frame.tick} is another one than then")
        if frame.keyframe is not None:
            self.keyframes += 1
            if checksum_of(play.image()) != frame.keyframe.checksum and not play.is_as_in(
                frame.keyframe.image()
            ):
                raise JournalError(f"the room is another one than in the keyframe of tick {frame.tick}")


def _before(play: LockstepPlay) -> Iterator[Told]:
    """What the match of a keyframe has behind it."""
    match, first = play.match, 0
    while match is not None and first < len(match.history):
        some = match.history.last(TOLD_EVERY, first + TOLD_EVERY)
        some = [each for each in some if each.generation >= first]
        for master in some:
            yield Told(match, master, play)
        first += len(some)


def verify_lockstep(
    reader: JournalReader,
    hosted: HostedGame,
    end: int,
    to: tuple[int, int] | None = None,
    progress: Callable[[int], object] = lambda _: None,
) -> LockstepVerdict:
    """Run every match, or up to (match, generation), and compare what was confirmed. Raises JournalDamaged."""
    return _Check(LockstepTale(reader, hosted, end), hosted, to, progress).run()


@dataclass(slots=True)
class _Check:
    tale: LockstepTale
    hosted: HostedGame
    to: tuple[int, int] | None
    progress: Callable[[int], object]
    verdict: LockstepVerdict = field(default_factory=LockstepVerdict)
    current: MatchRun | None = None
    number: int = 0

    def run(self) -> LockstepVerdict:
        try:
            for told in self.tale.told():
                if self.to is not None and (told.match.number, told.master.generation) > self.to:
                    break
                if reason := self._run(told):
                    self._differs(reason, told.master.generation)
                    break
        except JournalError as error:
            if self.verdict.mismatch is None:
                self._differs(f"the journal does not run: {error}", self._at() + 1)
        finally:
            self._leave()
        self.verdict.keyframes = self.tale.keyframes
        return self.verdict

    def _run(self, told: Told) -> str:
        """What is wrong; empty: nothing."""
        if self.current is None or self.number != told.match.number:
            self._leave()
            self.number = told.match.number
            self.verdict.matches += 1
            try:
                self.current = run_of(self.hosted, told)
            except START_ERRORS as error:
                return f"the engine does not begin: {error}"
        reason = self.current.run(told.master)
        self.verdict.generations += 1
        if self.verdict.generations % TOLD_EVERY == 0:
            self.progress(TOLD_EVERY)
        return reason

    def _differs(self, reason: str, generation: int) -> None:
        run = self.current
        equal = run.equal if run is not None else -1
        at = run.wrong_at if run is not None and run.wrong_at >= 0 else generation
        self.verdict.mismatch = LockstepMismatch(self.number, equal, at, reason)

    def _at(self) -> int:
        return self.current.generation if self.current is not None else -1

    def _leave(self) -> None:
        if self.current is not None:
            self.verdict.checksums += self.current.compared
            self.current.close()
            self.current = None


def run_of(hosted: HostedGame, told: Told) -> MatchRun:
    """The engine at the beginning of a match. Raises START_ERRORS."""
    match = told.match
    return MatchRun(hosted.game, match.seed, match.setup, told.play.rules.checksum_interval)


def dump_at(
    reader: JournalReader,
    hosted: HostedGame,
    end: int,
    to: tuple[int, int],
    progress: Callable[[int], object] = lambda _: None,
) -> dict[str, Any]:
    """The engine's dump after (match, generation), with what the room was then among its resources.

    What is confirmed is not compared. Raises JournalError, START_ERRORS.
    """
    run: MatchRun | None = None
    try:
        for told in LockstepTale(reader, hosted, end).told():
            if told.match.number != to[0]:
                continue
            if run is None:
                run = run_of(hosted, told)
            reason = run.run(told.master)
            if run.generation != told.master.generation:
                raise JournalError(reason)
            progress(1)
            if run.generation == to[1]:
                return _with_room(run, told)
    finally:
        if run is not None:
            run.close()
    raise JournalError(f"the journal has no generation {to[1]} of match {to[0]}")


def _with_room(run: MatchRun, told: Told) -> dict[str, Any]:
    dumped: dict[str, Any] = {**run.engine.dump()}
    play = told.play
    seats = {
        str(seat.player): {"player_id": seat.player_id, "name": seat.name, "connected": seat.connected}
        for seat in play.seats
        if seat.joined
    }
    room = {"chart": play.chart.save(), "seats": seats, "chat": msgspec.to_builtins(list(play.chat.history))}
    dumped["resources"] = {**dumped["resources"], ROOM: room}
    return dumped


def masters_of(
    reader: JournalReader, hosted: HostedGame, end: int, seed: int, setup: object
) -> Iterator[tuple[int, Master]]:
    """(checksum interval, generation) of each generation of the first match with this seed and setup. Raises JournalError."""
    number = 0
    wanted = plain(setup)
    for told in LockstepTale(reader, hosted, end).told():
        match = told.match
        if not number and match.seed == seed and plain(match.setup) == wanted:
            number = match.number
        if match.number == number:
            yield told.play.rules.checksum_interval, told.master


def plain(setup: object) -> object:
    """As JSON has it, so that a report's setup can be compared."""
    return msgspec.json.decode(msgspec.json.encode(setup))

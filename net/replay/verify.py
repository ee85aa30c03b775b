"""Whether a journal, run again, gives the same game: every checksum and every keyframe is compared.

A stretch goes from one keyframe to the next and needs nothing of those before, so stretches may be verified side by side:
when each is right, so is the whole.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from ecs.first_difference import Difference, first_difference
from ecs.snapshot import checksum
from net.hosted import HostedGame
from net.journal.entries import Ended
from net.journal.errors import JournalError
from net.journal.packing import checksum_of
from net.journal.reader import Frame, JournalReader, Keyframe
from net.protocol import CloseReason
from net.replay.dump import dump_of
from net.replay.outline import Outline
from net.replay.rerun import RERUN_ERRORS, begin_again, run_frame
from net.rooms.play import Play
from systems.engine import SystemFailed

TOLD_EVERY = 50
"""Ticks between two words about the progress."""


class Stretch(NamedTuple):
    """A part of a journal: `offset` is of the keyframe that it begins with; it ends with the keyframe of `end`, or there."""

    offset: int
    begin: int
    end: int
    stop: int
    """Where the journal's whole records end (bytes)."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Where a re-run parts from the journal: all was equal after tick `equal`, and is not after `tick`."""

    equal: int
    tick: int
    reason: str
    difference: Difference | None = None
    """The first value that differs at a keyframe: ours, and the journal's."""

    def __str__(self) -> str:
        where = (
            f"ticks {self.equal + 1} to {self.tick}" if self.tick > self.equal + 1 else f"tick {self.tick}"
        )
        place = "" if self.difference is None else f"; first difference: {self.difference}"
        return f"{where}: {self.reason}{place}"


@dataclass(slots=True)
class Verdict:
    """What came of one stretch."""

    ticks: int = 0
    checksums: int = 0
    keyframes: int = 0
    mismatch: Mismatch | None = None
    failed_as_then: str = ""
    """The game's mistake that ended the room is made again."""


def stretches(outline: Outline, to_tick: int | None = None) -> list[Stretch]:
    """The parts of a journal up to a tick, or all."""
    last = outline.last if to_tick is None else min(to_tick, outline.last)
    marks = [mark for mark in outline.keyframes if mark.tick <= last]
    found = [Stretch(a.offset, a.tick, b.tick, outline.size) for a, b in pairwise(marks) if b.tick > a.tick]
    found.append(Stretch(marks[-1].offset, marks[-1].tick, last, outline.size))
    return found


def verify(
    reader: JournalReader,
    hosted: HostedGame,
    stretch: Stretch,
    progress: Callable[[int], object] = lambda _: None,
) -> Verdict:
    """Run one stretch; `progress` is told ticks. Raises JournalDamaged; one of RERUN_ERRORS for a keyframe that does not fit."""
    frames = reader.frames(stretch.offset)
    keyframe = next(frames).keyframe
    if keyframe is None:
        raise JournalError(f"there is no keyframe at byte {stretch.offset}")
    play = begin_again(reader.header, hosted, keyframe)
    try:
        return _Check(reader, hosted, play, progress).run(frames, stretch)
    finally:
        play.engine.close()


class _Check:
    def __init__(
        self, reader: JournalReader, hosted: HostedGame, play: Play, progress: Callable[[int], object]
    ) -> None:
        self._reader = reader
        self._hosted = hosted
        self._play = play
        self._progress = progress
        self._equal = play.engine.world.tick
        self._verdict = Verdict()

    def run(self, frames: Iterator[Frame], stretch: Stretch) -> Verdict:
        verdict = self._verdict
        for frame in frames:
            if frame.tick > stretch.end:
                break
            try:
                run_frame(self._play, frame)
            except SystemFailed as failure:
                verdict.ticks += frame.runs
                self._failed(frame.tick, failure, next(frames, None))
                break
            except RERUN_ERRORS as error:
                self._mismatch(frame.tick, f"the journal does not run: {error}")
                break
            verdict.ticks += frame.runs
            if verdict.ticks % TOLD_EVERY == 0 and frame.runs:
                self._progress(TOLD_EVERY)
            if frame.checksum is not None:
                self._compare_checksum(frame.tick, frame.checksum)
            elif frame.keyframe is not None:
                self._compare_image(frame.keyframe)
            if self._is_over(frame, stretch):
                break
        self._progress(verdict.ticks % TOLD_EVERY)
        return verdict

    def _is_over(self, frame: Frame, stretch: Stretch) -> bool:
        """A checksum says that something differs, the keyframe after it what: so only a keyframe ends a stretch early."""
        if frame.keyframe is None:
            return frame.end >= stretch.stop
        return frame.tick >= stretch.end or self._verdict.mismatch is not None

    def _compare_checksum(self, tick: int, expected: int) -> None:
        self._verdict.checksums += 1
        if checksum(self._play.engine.world) == expected:
            if self._verdict.mismatch is None:
                self._equal = tick
        else:
            self._mismatch(tick, "the world's checksum is another one than then")

    def _compare_image(self, keyframe: Keyframe) -> None:
        self._verdict.keyframes += 1
        if checksum_of(self._play.image()) == keyframe.checksum:
            return
        before = self._verdict.mismatch
        difference = self._difference(keyframe)
        tick = keyframe.tick if before is None else before.tick
        reason = f"the room is another one than in the keyframe of tick {keyframe.tick}"
        if difference is None:
            reason += ", in the order of things: all values are equal"
        self._verdict.mismatch = Mismatch(self._equal, tick, reason, difference)

    def _difference(self, keyframe: Keyframe) -> Difference | None:
        """The first value in which the room differs from a keyframe's."""
        then = begin_again(self._reader.header, self._hosted, keyframe)
        try:
            return first_difference(dump_of(self._play), dump_of(then))
        finally:
            then.engine.close()

    def _mismatch(self, tick: int, reason: str) -> None:
        """The first one counts."""
        if self._verdict.mismatch is None:
            self._verdict.mismatch = Mismatch(self._equal, tick, reason)

    def _failed(self, tick: int, failure: SystemFailed, following: Frame | None) -> None:
        """The game made a mistake: perhaps it did then."""
        if following is not None and any(_is_failure(entry) for entry in following.entries):
            self._verdict.failed_as_then = str(failure)
        else:
            self._mismatch(tick, f"the game makes a mistake that it did not make then: {failure}")


def _is_failure(entry: object) -> bool:
    return isinstance(entry, Ended) and entry.reason == CloseReason.ROOM_FAILED

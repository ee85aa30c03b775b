"""Verifies a journal with several processes: each runs stretches from keyframe to keyframe."""

import gc
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path

from app.exits import Exit, ProgramError
from net.hosted import HostedGame
from net.journal.reader import JournalReader
from net.replay.outline import Outline
from net.replay.rerun import RERUN_ERRORS
from net.replay.verify import Mismatch, Stretch, Verdict, stretches, verify

Progress = Callable[[int], object]
FORK = "fork"
"""A forked process has the games as they were loaded; another one would have to load them again."""
COLLECT_EVERY = 20
"""Stretches after which a process collects its garbage: bodies of the physics of those before."""


def verify_all(
    file: Path,
    reader: JournalReader,
    outline: Outline,
    hosted: HostedGame,
    tick: int,
    jobs: int,
    progress: Progress,
) -> tuple[Verdict, Mismatch | None]:
    """What was compared up to a tick, and the first mismatch. Raises ProgramError for a journal that cannot be run."""
    parts = stretches(outline, tick)
    total = Verdict()
    if jobs > 1 and len(parts) > 1 and FORK in get_all_start_methods():
        verdicts = _side_by_side(file, hosted, parts, min(jobs, len(parts)), progress)
    else:
        verdicts = _one_by_one(reader, hosted, parts, progress)
    for verdict in verdicts:
        if isinstance(verdict, str):
            raise ProgramError(Exit.JOURNAL, verdict)
        if verdict.mismatch is not None:
            return total, verdict.mismatch
        total.ticks += verdict.ticks
        total.checksums += verdict.checksums
        total.keyframes += verdict.keyframes
        total.failed_as_then = total.failed_as_then or verdict.failed_as_then
    return total, None


def _one_by_one(
    reader: JournalReader, hosted: HostedGame, parts: list[Stretch], progress: Progress
) -> Iterator[Verdict | str]:
    for part in parts:
        yield _verified(reader, hosted, part, progress)


def _side_by_side(
    file: Path, hosted: HostedGame, parts: list[Stretch], jobs: int, progress: Progress
) -> Iterator[Verdict | str]:
    """In the order of the journal; ends early when nobody asks on."""
    pool = ProcessPoolExecutor(jobs, get_context(FORK), initializer=_Worker.begin, initargs=(file, hosted))
    try:
        for part, verdict in zip(parts, pool.map(_Worker.verify, parts), strict=True):
            progress(part.end - part.begin)
            yield verdict
    finally:
        pool.shutdown(cancel_futures=True)


class _Worker:
    """What a process keeps between stretches."""

    reader: JournalReader
    hosted: HostedGame
    done = 0

    @classmethod
    def begin(cls, file: Path, hosted: HostedGame) -> None:
        cls.reader, cls.hosted = JournalReader(file.open("rb")), hosted
        gc.freeze()
        gc.disable()

    @classmethod
    def verify(cls, part: Stretch) -> Verdict | str:
        cls.done += 1
        if cls.done % COLLECT_EVERY == 0:
            gc.collect()
        return _verified(cls.reader, cls.hosted, part, lambda _: None)


def _verified(reader: JournalReader, hosted: HostedGame, part: Stretch, progress: Progress) -> Verdict | str:
    """A verdict, or why there is none: exceptions do not travel between processes."""
    try:
        return verify(reader, hosted, part, progress)
    except RERUN_ERRORS as error:
        return f"The journal does not run from tick {part.begin} on: {error}"

"""`tickroom replay` of a lock-step room's journal: its matches are run by the game's own engine."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import msgspec

from app.exits import Exit, ProgramError
from app.replay.progress import bar
from app.replay.reports import reports_beside
from net.hosted import HostedGame
from net.journal.errors import JournalError
from net.journal.reader import JournalReader
from net.lockstep.match_run import START_ERRORS
from net.replay.judging import judge_by_journal
from net.replay.lockstep import LockstepMismatch, dump_at, verify_lockstep
from net.replay.outline import Outline

NO_MATCH = "The journal has no match."


def matches_told(outline: Outline) -> str:
    """The matches of a journal in one line."""
    told = [
        f"{number}: generations 0 to {last:,}" if last >= 0 else f"{number}: no generation"
        for number, last in outline.matches.items()
    ]
    return "; ".join(told) or "none"


def wanted(outline: Outline, match: int | None, generation: int | None) -> tuple[int, int]:
    """The match (the last one, where none is said) and generation that are meant. Raises ProgramError."""
    if not outline.matches:
        raise ProgramError(Exit.USAGE, NO_MATCH)
    number = max(outline.matches) if match is None else match
    if number not in outline.matches:
        raise ProgramError(Exit.USAGE, f"The journal has the matches {matches_told(outline)}, not {number}.")
    last = outline.matches[number]
    if generation is not None and not 0 <= generation <= last:
        sentence = f"Match {number} has the generations 0 to {last}, not {generation}."
        raise ProgramError(Exit.USAGE, sentence)
    return number, last if generation is None else generation


def begun(outline: Outline, match: int | None, generation: int | None) -> int:
    """The tick in which a generation of a match ran; of no generation, that in which the match began. Raises ProgramError."""
    number, last = wanted(outline, match, generation)
    return outline.begins[number] if generation is None else outline.tick_of(number, last)


def verify(
    file: Path, reader: JournalReader, outline: Outline, hosted: HostedGame, to: tuple[int, int] | None
) -> None:
    """Say whether the matches are the same games. Raises ProgramError where one is not."""
    with bar("Running", sum(last + 1 for last in outline.matches.values())) as progress:
        verdict = verify_lockstep(reader, hosted, outline.size, to, progress)
    if verdict.mismatch is not None:
        mismatch = _placed(file, reader, outline, hosted, verdict.mismatch)
        raise ProgramError(Exit.DIFFERENT, f"The journal and the run differ in {mismatch}.")
    click.echo(
        f"The same game: {verdict.matches:,} matches of {verdict.generations:,} generations, {verdict.checksums:,} confirmed "
        f"checksums and {verdict.keyframes:,} keyframes are equal."
    )


def dump(reader: JournalReader, outline: Outline, hosted: HostedGame, to: tuple[int, int]) -> None:
    """Print the state after a generation. Raises ProgramError."""
    header = outline.header
    try:
        with bar("Running", to[1] + 1) as progress:
            dumped = dump_at(reader, hosted, outline.size, to, progress)
    except (JournalError, *START_ERRORS) as error:
        sentence = f"The journal does not run to generation {to[1]} of match {to[0]}: {error}"
        raise ProgramError(Exit.JOURNAL, sentence) from error
    about = {"game": header.game, "version": header.game_version, "room": header.room_id, "match": to[0]}
    click.echo(msgspec.json.format(msgspec.json.encode({**about, **dumped}), indent=2))


def _placed(
    file: Path, reader: JournalReader, outline: Outline, hosted: HostedGame, mismatch: LockstepMismatch
) -> LockstepMismatch:
    """With the first value that differs, where a report beside the journal has the dump of one who is not wrong."""
    for told in _differences(file, reader, outline, hosted, mismatch):
        return told
    return mismatch


def _differences(
    file: Path, reader: JournalReader, outline: Outline, hosted: HostedGame, mismatch: LockstepMismatch
) -> Iterator[LockstepMismatch]:
    for report in reports_beside(file, outline.header.room_id):
        if report.generation <= mismatch.equal:
            continue
        try:
            judgement = judge_by_journal(report, reader, hosted, outline.size)
        except (JournalError, *START_ERRORS):
            continue  # the mismatch has said it already
        differences = judgement.differences if judgement is not None else {}
        for player in [*report.right, *differences]:
            difference = differences.get(player)
            if difference is not None and player not in report.wrong:
                yield replace(mismatch, difference=difference)

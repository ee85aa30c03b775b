"""The command `tickroom desync`: a report of a divergence for people, and which side the game's own engine is on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from app.config_file import load
from app.exits import Exit, ProgramError
from app.games.mods import Mods, load_mods
from app.logs import printable
from app.replay.command import hosted_for
from app.replay.reports import journals_beside, read_report
from net.hosted import HostedGame
from net.journal.errors import JournalError
from net.journal.reader import JournalReader
from net.lockstep.inquest import Report
from net.lockstep.match_run import START_ERRORS
from net.lockstep.verdicts import REFEREE
from net.protocol import MAX_BODY
from net.replay.judging import Judgement, judge_by_journal, judge_by_report
from net.replay.outline import read_outline

MAX_TOLD = 300
"""A player's commands in one generation are told in so many characters."""
DECODERS = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, ValueError)


@click.command(short_help="Print the report of a divergence, and find out who was right.")
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The configuration; ./tickroom.toml when it is there, else the built-in defaults.",
)
@click.argument("file", metavar="REPORT", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--journal",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The room's journal; else those in the report's folder are looked through.",
)
@click.option(
    "--generations",
    default=8,
    type=click.IntRange(0, 32),
    show_default=True,
    help="Print the commands of so many generations.",
)
@click.option("--anyway", is_flag=True, help="Run the journal with another version of its game.")
def desync(
    config_file: Path | None, file: Path, journal: Path | None, generations: int, anyway: bool
) -> None:
    """Print REPORT (desync-N.json beside a room's journal): who differed, in which generation, and in what first.

    Where the game is installed, its match is run again from the journal, to find which side is right.
    """
    report = read_report(file)
    mods = load_mods(load(config_file).mods)
    _say(_head(report))
    _say(_commands(report, generations))
    _say(_judged(report, file, journal, mods, anyway=anyway))


def _say(lines: Iterator[str]) -> None:
    for line in lines:
        click.echo(printable(line))


# What is in it -------------------------------------------------------------------------------------------------------


def _head(report: Report) -> Iterator[str]:
    yield f"room        {report.room_id}, of the game {report.game} ({report.fingerprint[:16] or 'no fingerprint'})"
    yield f"match       seed {report.seed}, setup {_told(report.setup)}"
    agreed = (
        f"all agreed on generation {report.confirmed}"
        if report.confirmed >= 0
        else "nothing was agreed on before"
    )
    yield f"generation  {report.generation}; {agreed}"
    for player, checksum in sorted(report.checksums.items()):
        yield f"player      {_name(report, player)}: {checksum:08x}{_standing(report, player)}"
    if report.referee is not None:
        yield f"referee     {report.referee:08x}, the server's own engine"
    yield f"difference  {report.difference}{_sides(report)}"


def _name(report: Report, player: int) -> str:
    return "the referee" if player == REFEREE else f"{player} {report.names.get(player, '')!r}"


def _standing(report: Report, player: int) -> str:
    if player in report.right:
        return ", right"
    if player in report.wrong:
        return ", wrong"
    if player in report.suspects:
        return f", suspect: it computed {report.reruns[player]:08x} when it was asked to do so again"
    return ", the same when it was computed again" if player in report.reruns else ""


def _sides(report: Report) -> str:
    if len(report.compared) != 2:
        return ""
    here, there = (_name(report, player) for player in report.compared)
    return f" (here: {here}, there: {there})"


def _commands(report: Report, generations: int) -> Iterator[str]:
    turns = report.turns[-generations:] if generations else []
    if turns:
        yield f"commands    of the last {len(turns)} generations"
    for turn in turns:
        told = [f"{player}: {_body(body)}" for player, body in turn.bodies]
        yield f"  {turn.generation:>8}  {'; '.join(told) or 'none'}"


def _body(body: bytes) -> str:
    """A Python game's commands as they are; other bytes in hex."""
    try:
        commands: Any = msgspec.msgpack.decode(body) if len(body) <= MAX_BODY else None
        return ", ".join(f"{name} {_told(fields)}" for name, fields in commands)[:MAX_TOLD]
    except (*DECODERS, TypeError):
        return body.hex()[:MAX_TOLD]


def _told(value: object) -> str:
    return repr(value)[:MAX_TOLD]


# Who is right --------------------------------------------------------------------------------------------------------


def _judged(report: Report, file: Path, journal: Path | None, mods: Mods, *, anyway: bool) -> Iterator[str]:
    if report.game not in mods.games:
        yield f"engine      nothing is run again: the game {report.game!r} is not installed here"
        return
    yield from _verdict(report, _judgement(report, file, journal, mods, anyway=anyway))


def _judgement(
    report: Report, file: Path, journal: Path | None, mods: Mods, *, anyway: bool
) -> Judgement | None:
    """By the journal, else by the report itself. Raises ProgramError where neither runs."""
    hosted = mods.games[report.game].hosted
    try:
        for path in [journal] if journal is not None else journals_beside(file, report.room_id):
            found = _by_journal(report, path, mods, anyway=anyway)
            if found is not None:
                return found
        return judge_by_report(report, _same(report, hosted, anyway=anyway))
    except (JournalError, *START_ERRORS) as error:
        raise ProgramError(Exit.JOURNAL, f"The match does not run again: {error}") from error


def _by_journal(report: Report, path: Path, mods: Mods, *, anyway: bool) -> Judgement | None:
    with path.open("rb") as stream:
        reader = JournalReader(stream)
        outline = read_outline(reader)
        if outline.header.model != "lockstep":
            raise ProgramError(Exit.JOURNAL, f"{path} is not of a lock-step room.")
        hosted = hosted_for(outline, mods, anyway=anyway)
        return judge_by_journal(report, reader, hosted, outline.size)


def _same(report: Report, hosted: HostedGame, *, anyway: bool) -> HostedGame:
    """Raises ProgramError where the game is another one by now."""
    if report.fingerprint != hosted.game.fingerprint and not anyway:
        raise ProgramError(
            Exit.JOURNAL, "The game's rules are others by now; `--anyway` runs them all the same."
        )
    return hosted


def _verdict(report: Report, judgement: Judgement | None) -> Iterator[str]:
    if judgement is None:
        yield "engine      nothing is run again: no journal here has that generation of the match"
        return
    right = " and ".join(_name(report, player) for player in judgement.right)
    yield f"engine      {judgement.checksum:08x}: {f'{right} right' if right else 'nobody is right'}"
    for player in judgement.wrong:
        difference = judgement.differences.get(player)
        if difference is not None:
            yield f"  {_name(report, player)}: {difference} (here: the engine, there: the player)"
        else:
            unread = judgement.unreadable.get(player, "its state was not sent, or does not differ")
            yield f"  {_name(report, player)}: {unread}"

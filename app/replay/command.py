"""The command `tickroom replay`: what a journal has, whether it runs as it did, the room at a tick, and watching it."""

import os
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from app.config import Config
from app.config_file import load
from app.exits import Exit, ProgramError
from app.games.mods import LoadedGame, Mods, load_mods
from app.logs import printable
from app.replay import lockstep as replay_lockstep
from app.replay.progress import bar
from app.replay.verifying import verify_all
from app.rooms.definition import PYTHON_TYPES, UPLOAD, hosted_again
from net.hosted import HostedGame
from net.journal.entries import Ended
from net.journal.errors import JournalError
from net.journal.reader import JournalReader
from net.protocol import CLOSE_SENTENCES, CloseReason
from net.replay.dump import dump_text
from net.replay.outline import Outline, read_outline
from net.replay.rerun import RERUN_ERRORS, begin_again, differing_rules, run_frame
from net.rooms.chart import ChartError
from net.rooms.play import Play

NAMES_SHOWN = 12
ANYWAY = "`--anyway` runs it all the same: what comes out may be another game."


@click.command(short_help="Say what a journal has, verify it, look at a tick, or watch it.")
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The configuration; ./tickroom.toml when it is there, else the built-in defaults.",
)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--verify", "wants_verify", is_flag=True, help="Run it again and compare every checksum and keyframe."
)
@click.option(
    "--jobs", type=click.IntRange(1, 256), help="Verify with so many processes; else one a processor."
)
@click.option(
    "--to-tick",
    type=click.IntRange(0),
    metavar="N",
    help="Go to tick N (lock-step: generation N): with --dump, --verify or --watch.",
)
@click.option(
    "--match",
    type=click.IntRange(1),
    metavar="M",
    help="Of a lock-step room: the match that N is of; else the last one.",
)
@click.option(
    "--dump", "wants_dump", is_flag=True, help="Print the room at tick N, or the last one, as JSON."
)
@click.option(
    "--watch", "wants_watch", is_flag=True, help="Serve it to a browser of this machine, until interrupted."
)
@click.option(
    "--engine",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="With --watch, of a room whose engine was uploaded: that file. Pages run it in their sandbox.",
)
@click.option(
    "--port", default=0, type=click.IntRange(0, 65_535), help="Watch on this port; 0 takes one that is free."
)
@click.option("--anyway", is_flag=True, help="Run it with another version of its game.")
def replay(
    config_file: Path | None,
    file: Path,
    wants_verify: bool,
    jobs: int | None,
    to_tick: int | None,
    match: int | None,
    wants_dump: bool,
    wants_watch: bool,
    engine: Path | None,
    port: int,
    anyway: bool,
) -> None:
    """Say what the journal FILE has: game, version, seed, ticks, players. A journal is a replay.

    A server keeps the journals of its rooms in its data folder, in journals/. A copy of one is read alike.
    """
    wanted = [wants_verify, wants_dump, wants_watch]
    if sum(wanted) > 1:
        raise click.UsageError("--verify, --dump and --watch are done one at a time")
    if to_tick is not None and not any(wanted):
        raise click.UsageError("--to-tick goes with --dump, --verify or --watch")
    if match is not None and not any(wanted):
        raise click.UsageError("--match goes with --dump, --verify or --watch")
    if engine is not None and not wants_watch:
        raise click.UsageError("--engine goes with --watch")
    with file.open("rb") as stream:
        reader = _opened(file, stream)
        outline = _outlined(reader, file)
        config = load(config_file)
        mods = load_mods(config.mods)
        if not any(wanted):
            _say(file, outline, mods)
            _say_damage(outline)
            return
        if engine is not None and outline.header.game != UPLOAD:
            raise click.UsageError(
                "--engine goes with a room whose engine was uploaded; this game is installed"
            )
        uploaded = engine.read_bytes() if engine is not None else b""
        hosted = (
            _uploaded(outline, engine, uploaded)
            if engine is not None
            else hosted_for(outline, mods, anyway=anyway)
        )
        if outline.header.model == "lockstep":
            if wants_watch:
                _say_note(outline)
                chosen = to_tick is not None or match is not None
                to = replay_lockstep.begun(outline, match, to_tick) if chosen else None
                _watch(reader, outline, mods, hosted, to, port, config, uploaded)
            _lockstep(file, reader, outline, hosted, to_tick, match, wants_verify=wants_verify)
            return
        tick = _checked(outline, to_tick)
        if wants_verify:
            _verify(file, reader, outline, hosted, tick, jobs or len(os.sched_getaffinity(0)))
        elif wants_dump:
            _dump(reader, outline, hosted, tick)
        else:
            _say_note(outline)
            _watch(reader, outline, mods, hosted, to_tick, port, config)


def _opened(file: Path, stream: BinaryIO) -> JournalReader:
    """Raises ProgramError."""
    try:
        return JournalReader(stream)
    except JournalError as error:
        raise ProgramError(Exit.JOURNAL, f"{file}: {error}") from error


def _outlined(reader: JournalReader, file: Path) -> Outline:
    """Raises ProgramError where nothing of it can be run."""
    try:
        with bar("Reading", file.stat().st_size) as progress:
            return read_outline(reader, progress)
    except JournalError as error:
        raise ProgramError(Exit.JOURNAL, f"{file}: {error}") from error


def hosted_for(outline: Outline, mods: Mods, *, anyway: bool) -> HostedGame:
    """The game of a journal, as it was then. Raises ProgramError where it is not here, or is another one by now."""
    name = outline.header.game
    game = mods.games.get(name)
    if name == UPLOAD:
        raise ProgramError(
            Exit.JOURNAL,
            "Its engine was uploaded: Tickroom never runs those.",
            "Pages do: `--watch --engine FILE`, with the file as it was uploaded.",
        )
    if game is None:
        broken = [str(failure) for failure in mods.failed if failure.name == name]
        why = f"there is no game {name!r} here; there are: {', '.join(mods.games) or 'none'}"
        raise ProgramError(Exit.JOURNAL, *(broken or [why]))
    different = differing_rules(outline.header, game.hosted)
    if different and not anyway:
        raise ProgramError(
            Exit.JOURNAL, *(f"The journal does not fit: {each}." for each in different), ANYWAY
        )
    return _defined(outline, game)


def _uploaded(outline: Outline, file: Path, engine: bytes) -> HostedGame:
    """The game of a room whose engine was uploaded, where `file` had that one. Raises ProgramError."""
    try:
        hosted = hosted_again(outline.header.definition, None)
    except (ChartError, msgspec.DecodeError, ValueError) as error:
        raise ProgramError(Exit.JOURNAL, f"What its room was made with cannot be used: {error}") from error
    source = hosted.engine
    if source is None or sha256(engine).hexdigest() != source.sha256:
        raise ProgramError(Exit.JOURNAL, f"{file} is another engine than the one that was uploaded.")
    if source.media_type in PYTHON_TYPES:
        raise ProgramError(Exit.JOURNAL, "Pages of a replay run engines in JavaScript and WebAssembly only.")
    return hosted


def _defined(outline: Outline, game: LoadedGame) -> HostedGame:
    """With the states that the room was made with. Raises ProgramError."""
    definition = outline.header.definition
    try:
        return hosted_again(definition, game.hosted) if definition else game.hosted
    except (ChartError, msgspec.DecodeError, ValueError) as error:
        raise ProgramError(Exit.JOURNAL, f"What its room was made with cannot be used: {error}") from error


def _lockstep(
    file: Path,
    reader: JournalReader,
    outline: Outline,
    hosted: HostedGame,
    generation: int | None,
    match: int | None,
    *,
    wants_verify: bool,
) -> None:
    """The same for a lock-step room, whose ticks are generations of matches."""
    chosen = generation is not None or match is not None
    if not wants_verify:
        replay_lockstep.dump(reader, outline, hosted, replay_lockstep.wanted(outline, match, generation))
    else:
        to = replay_lockstep.wanted(outline, match, generation) if chosen else None
        replay_lockstep.verify(file, reader, outline, hosted, to)
    _say_damage(outline)


def _checked(outline: Outline, tick: int | None) -> int:
    """The tick that is meant. Raises ProgramError for one that the journal does not have."""
    if tick is None:
        return outline.last
    if not outline.first <= tick <= outline.last:
        raise ProgramError(
            Exit.USAGE, f"The journal has the ticks {outline.first} to {outline.last}, not {tick}."
        )
    return tick


# What it is ----------------------------------------------------------------------------------------------------------


def _say(file: Path, outline: Outline, mods: Mods) -> None:
    header, size = outline.header, file.stat().st_size
    game = mods.games.get(header.game)
    fits = "there is no such game here" if game is None else "; ".join(differing_rules(header, game.hosted))
    begun = datetime.fromtimestamp(header.created_at / 1000.0, UTC)
    rows = {
        "game": f"{header.game} {header.game_version}, of Tickroom {header.engine_version}",
        "rules": f"{header.fingerprint[:16] or 'none'}: {fits or 'as here'}",
        "room": f"{header.room_id} {header.name!r}, {header.seats} seats, its file {header.segment}, "
        f"begun {begun:%Y-%m-%d %H:%M} UTC",
        "seed": str(header.seed),
        "ticks": f"{outline.first:,} to {outline.last:,}{_duration(outline)}",
        "players": _players(outline),
        "entries": f"{outline.inputs:,} inputs, {outline.entries:,} others",
        "compared": f"{len(outline.keyframes):,} keyframes, {outline.checksums:,} checksums",
        "size": f"{size:,} bytes, {size / max(outline.last - outline.first, 1):.0f} a tick",
        **({"matches": replay_lockstep.matches_told(outline)} if header.model == "lockstep" else {}),
        "ended": "not in this file" if outline.ended is None else f"yes: {_why(outline.ended)}",
    }
    for name, text in rows.items():
        click.echo(f"{name:<9} {printable(text)}")


def _why(ended: Ended) -> str:
    try:
        return CLOSE_SENTENCES[CloseReason(ended.reason)]
    except ValueError:
        return f"for a reason of the number {ended.reason}, which this version does not know"


def _duration(outline: Outline) -> str:
    """Ticks of a lock-step room are generations, each as long as it was."""
    is_lockstep = outline.header.model == "lockstep"
    ticks = (outline.last - outline.first) // outline.header.tick_rate
    seconds = int(outline.lengths.total // 1000.0) if is_lockstep else ticks
    rate = "" if is_lockstep else f" at {outline.header.tick_rate} Hz"
    return f": {seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}{rate}"


def _players(outline: Outline) -> str:
    names = list(outline.names.values())
    shown = ", ".join(names[:NAMES_SHOWN])
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return f"{len(names)}, at most {outline.most} at a time: {shown}{more}" if names else "none"


def _say_damage(outline: Outline) -> None:
    """A torn end is said; what else is wrong ends the program with its code."""
    damage = outline.damage
    if damage is None:
        return
    if not damage.torn:
        raise ProgramError(Exit.JOURNAL, f"{damage}; what comes before is whole.")
    click.echo(
        f"Note: the file ends in the middle of a record at byte {damage.offset}, as after a crash.", err=True
    )


def _say_note(outline: Outline) -> None:
    """Of what is watched damage is no error."""
    if outline.damage is not None:
        click.echo(f"Note: {outline.damage}; what comes before can be watched.", err=True)


# What is done with it ------------------------------------------------------------------------------------------------


def _verify(
    file: Path, reader: JournalReader, outline: Outline, hosted: HostedGame, tick: int, jobs: int
) -> None:
    ticks = max(tick - outline.first, 0)
    with bar("Running", ticks) as progress:
        total, mismatch = verify_all(file, reader, outline, hosted, tick, jobs, progress)
    if mismatch is not None:
        raise ProgramError(Exit.DIFFERENT, f"The journal and the run differ in {mismatch}.")
    _say_damage(outline)
    click.echo(
        f"The same game: {total.ticks:,} ticks, {total.checksums:,} checksums and {total.keyframes:,} keyframes are equal."
    )
    if total.failed_as_then:
        click.echo(f"The game's mistake that ended the room is made again: {total.failed_as_then}")


def _dump(reader: JournalReader, outline: Outline, hosted: HostedGame, tick: int) -> None:
    header = outline.header
    try:
        play = _run_to(reader, outline, hosted, tick)
        text = dump_text(play, {"game": header.game, "version": header.game_version, "room": header.room_id})
    except RERUN_ERRORS as error:
        raise ProgramError(Exit.JOURNAL, f"The journal does not run to tick {tick}: {error}") from error
    play.engine.close()
    click.echo(text)
    _say_damage(outline)


def _run_to(reader: JournalReader, outline: Outline, hosted: HostedGame, tick: int) -> Play:
    """The play right after a tick ran. Raises one of RERUN_ERRORS."""
    mark = outline.mark_before(tick)
    frames = reader.frames(mark.offset)
    keyframe = next(frames).keyframe
    if keyframe is None:
        raise JournalError(f"there is no keyframe at byte {mark.offset}")
    play = begin_again(reader.header, hosted, keyframe)
    with bar("Running", tick - mark.tick) as progress:
        while play.engine.world.tick < tick:
            run_frame(play, frame := next(frames))
            progress(int(frame.runs))
    return play


def _watch(
    reader: JournalReader,
    outline: Outline,
    mods: Mods,
    hosted: HostedGame,
    tick: int | None,
    port: int,
    config: Config,
    engine: bytes = b"",
) -> None:
    from app.replay.site import watch  # noqa: PLC0415 - the server's libraries, which the others do not need

    sys.exit(watch(reader, outline, mods, hosted, tick, port, config, engine))

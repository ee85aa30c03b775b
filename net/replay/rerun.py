"""The play of a journal, run again from one of its keyframes."""

from ecs.errors import SaveUnreadable, SnapshotError, WorldError
from net.errors import SceneError
from net.hosted import HostedGame
from net.journal.errors import JournalError
from net.journal.reader import Frame, JournalReader, Keyframe
from net.journal.records import Header
from net.players.seats import Seats
from net.rooms.chart import ChartError, IllegalEvent
from net.rooms.play import Play
from systems.engine import StepResult, SystemFailed

RERUN_ERRORS = (
    JournalError,
    SystemFailed,
    SceneError,
    SaveUnreadable,
    SnapshotError,
    WorldError,
    ChartError,
    IllegalEvent,
    ValueError,
)
"""What may come of a journal that is not of this game, or was tampered with."""


def begin_again(header: Header, hosted: HostedGame, keyframe: Keyframe) -> Play:
    """The play as it was at a keyframe: close its engine when it is of no more use. Raises one of RERUN_ERRORS."""
    play = Play(header.room_id, hosted, Seats(header.seats), seed=header.seed)
    try:
        play.restore(keyframe.image())
    except BaseException:
        play.engine.close()
        raise
    return play


def run_frame(play: Play, frame: Frame) -> StepResult | None:
    """Let a frame of the journal enter, and run its tick where it has one. Raises one of RERUN_ERRORS."""
    play.feed(frame.entries)
    return play.tick() if frame.runs else None


def rerun(hosted: HostedGame, reader: JournalReader, to_tick: int | None = None) -> Play:
    """What a room was after `to_tick` (None: after all that is written), from the nearest keyframe before.

    The engine is the caller's to close. Raises one of RERUN_ERRORS.
    """
    keyframe = reader.last_keyframe(to_tick)
    if keyframe is None:
        raise JournalError(f"the journal has no keyframe at or before tick {to_tick}")
    play = begin_again(reader.header, hosted, keyframe)
    try:
        for frame in reader.frames(keyframe):
            if to_tick is not None and frame.tick > to_tick:
                break
            run_frame(play, frame)
    except BaseException:
        play.engine.close()
        raise
    return play


def differing_rules(header: Header, hosted: HostedGame) -> list[str]:
    """What of the game is not as it was when the journal was written: a sentence each."""
    game = hosted.game
    told = []
    if header.game != game.name:
        told.append(f"it is of the game {header.game!r}, not of {game.name!r}")
    if header.game_version != hosted.schema.version:
        told.append(f"it is of version {header.game_version} of the game; here is {hosted.schema.version}")
    if header.fingerprint != game.fingerprint:
        told.append(
            f"its shared rules have the fingerprint {_short(header.fingerprint)}; those here {_short(game.fingerprint)}"
        )
    if header.rules != game.rules and header.fingerprint == game.fingerprint:
        told.append("the server's part of the game was another one")
    return told


def _short(fingerprint: str) -> str:
    return fingerprint[:16] or "none"

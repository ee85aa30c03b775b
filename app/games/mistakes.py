"""A game's mistake as the log says it: what it was, and where in the mod's own files."""

from pathlib import Path
from traceback import walk_tb
from types import FrameType
from typing import Any

from app.games.mod_files import PACKAGE
from ecs.errors import WorldError
from net.errors import SceneError
from systems.engine import SystemFailed

MAX_FRAMES = 5
"""How many of the mod's frames are told: a rule that calls itself has hundreds."""


def told(failure: BaseException) -> dict[str, Any]:
    """The fields of the one line: `system`, `where`, `called_from` and `cause`; those that are not known are left out.

    Frames are as `mods/hop/game.py:12 in steer`, of the mod only, the innermost first.
    """
    cause = cause_of(failure)
    fields: dict[str, Any] = {"system": failure.system} if isinstance(failure, SystemFailed) else {}
    frames = frames_of(cause)
    if frames:
        fields["where"] = frames[0]
    if len(frames) > 1:
        fields["called_from"] = frames[1 : MAX_FRAMES + 1]
    plain = isinstance(cause, WorldError | SceneError)  # a sentence that was written to be read alone
    return {**fields, "cause": str(cause) if plain else f"{type(cause).__name__}: {cause}"}


def cause_of(failure: BaseException) -> BaseException:
    """What the game raised; its traceback begins at the engine's call."""
    return failure.cause if isinstance(failure, SystemFailed) else failure


def frames_of(error: BaseException) -> list[str]:
    """The frames of mods that an exception came through, the innermost first."""
    frames = [_shown(frame, line) for frame, line in walk_tb(error.__traceback__) if _is_of_a_mod(frame)]
    return frames[::-1]


def _is_of_a_mod(frame: FrameType) -> bool:
    name = str(frame.f_globals.get("__name__", ""))
    return name.partition(".")[0] == PACKAGE


def _shown(frame: FrameType, line: int) -> str:
    path = Path(frame.f_code.co_filename)
    here = Path.cwd()
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    return f"{shown}:{line} in {frame.f_code.co_name}"

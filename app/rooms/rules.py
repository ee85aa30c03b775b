"""The rules of a lock-step room: what its maker wants, else the operator's defaults, within the operator's limits.

The file has seconds, rules have ms. A room keeps the rules that it was made with, also where the file is another one later.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET
from msgspec.structs import asdict

from app.config import LockstepSection
from net.lockstep.settings import LockstepSettings, WantedRules
from net.lockstep.setup import SetupRefused

SECONDS = ("generation", "longest", "patience", "viewer_delay")
"""Those that are ms in a room."""
MOST = {
    "delay": "most_delay",
    "generation": "most_generation",
    "longest": "most_generation",
    "slowdown": "most_slowdown",
    "patience": "most_patience",
    "checksum_interval": "most_checksum_interval",
    "viewers": "most_viewers",
    "viewer_delay": "most_viewer_delay",
    "max_body": "most_body",
}
LEAST = {"generation": "least_generation", "longest": "least_generation"}
ONE_OF = {"missing": "missing_policies", "desync": "desync_policies"}


def default_rules(section: LockstepSection) -> LockstepSettings:
    """What a room has whose maker wants nothing."""
    return LockstepSettings(**{name: _of_room(section, name) for name in LockstepSettings.__struct_fields__})


def chosen_rules(section: LockstepSection, wanted: WantedRules, *, installed: bool) -> LockstepSettings:
    """What a room is made with. A game that is not `installed` has no referee unless that is wanted, which it cannot have.

    Raises SetupRefused for what the operator does not allow.
    """
    said = {name: value for name, value in asdict(wanted).items() if value is not UNSET}
    for name, value in said.items():
        for allowed in _refusals(section, name, value):
            raise SetupRefused(422, f"rules.{name} is {value!r}: this server allows {allowed}")
    defaults = asdict(default_rules(section))
    defaults["referee"] &= installed
    return LockstepSettings(**{**defaults, **said})


def contradictions(section: LockstepSection) -> list[str]:
    """Where the defaults are not what rooms may have, and the like: a sentence each."""
    pairs = [*MOST.items(), ("generation", "longest"), ("least_generation", "generation")]
    wrong = [
        f"{_shown(section, name)}: it is above {_shown(section, bound)}"
        for name, bound in pairs
        if getattr(section, name) > getattr(section, bound)
    ]
    wrong += [
        f"{_shown(section, name)}: it is none of {_shown(section, policies)}"
        for name, policies in ONE_OF.items()
        if getattr(section, name) not in getattr(section, policies)
    ]
    if section.referee and not section.may_have_referee:
        wrong.append(
            "lockstep.referee = true: lockstep.may_have_referee = false says that no room may have one"
        )
    return wrong


def _shown(section: LockstepSection, name: str) -> str:
    return f"lockstep.{name} = {getattr(section, name)!r}"


def _refusals(section: LockstepSection, name: str, value: Any) -> Iterator[str]:
    """What is allowed instead of a room's value."""
    if name in MOST and value > (most := _of_room(section, MOST[name], name)):
        yield f"{most:g} at most"
    if name in LEAST and value < (least := _of_room(section, LEAST[name], name)):
        yield f"{least:g} at least"
    if name in ONE_OF and value not in (policies := getattr(section, ONE_OF[name])):
        yield " or ".join(map(repr, policies))
    if name == "referee" and value and not section.may_have_referee:
        yield "no referees"


def _of_room(section: LockstepSection, setting: str, rule: str = "") -> Any:
    """A setting in a room's unit: that of `rule`, or of its own name."""
    value = getattr(section, setting)
    return value * 1000.0 if (rule or setting) in SECONDS else value

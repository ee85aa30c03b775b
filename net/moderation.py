"""Moderation: what it takes, and who may not come back to a room, with the words for it. Kept as long as the room."""

from ipaddress import ip_address
from typing import Annotated

from msgspec import Meta, Struct

from net.seats import RoomRefusal, Seat
from net.text import is_plain

MAX_BANS = 10_000
"""Bans of one room; the oldest is dropped beyond."""
MAX_REASON = 100
"""The longest reason, in characters: it has to fit into a close frame."""
ACTS = ("kick", "ban", "mute", "unmute")


class Sentence(Struct, forbid_unknown_fields=True):
    """What moderating takes: the reason is shown to the player. `seconds` is for how long a player is muted."""

    reason: Annotated[str, Meta(max_length=MAX_REASON)] = ""
    seconds: Annotated[float, Meta(gt=0, le=86_400)] = 600.0

    def __post_init__(self) -> None:
        """Raises ValueError, which decoding makes a ValidationError of."""
        if not is_plain(self.reason):
            raise ValueError("a reason has printable characters only")


class Banned(RoomRefusal):
    """A player was banned from the room; the reason is shown to them."""

    status = 403


class Bans:
    """Bans by player id, by name and by address: whichever a banned player comes back with."""

    def __init__(self) -> None:
        self._reasons: dict[tuple[str, str], str] = {}

    def add(self, seat: Seat, reason: str) -> None:
        """Ban the player of a seat."""
        for mark in _marks(seat.player_id, seat.name, seat.address):
            self._reasons[mark] = reason
        while len(self._reasons) > MAX_BANS:
            del self._reasons[next(iter(self._reasons))]

    def check(self, player_id: str, name: str, address: str) -> None:
        """Raises Banned where one of the three is banned."""
        for mark in _marks(player_id, name, address):
            if mark in self._reasons:
                reason = self._reasons[mark]
                raise Banned(
                    f"you are banned from this room: {reason}" if reason else "you are banned from this room"
                )


def _marks(player_id: str, name: str, address: str) -> list[tuple[str, str]]:
    marks = [
        ("player", player_id),
        ("name", name.casefold()),
        ("address", address if _is_one_household(address) else ""),
    ]
    return [mark for mark in marks if mark[1]]


def _is_one_household(address: str) -> bool:
    """Whether an address, or a network of IPv6, stands for few people: not a local one, from which a whole office may play."""
    try:
        return ip_address(address.partition("/")[0]).is_global
    except ValueError:
        return False

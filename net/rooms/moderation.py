"""Moderation: what it takes, who may not come back to a room or not talk there, with the words for it. Kept as long as the
room."""

from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from typing import Annotated

from msgspec import Meta, Struct

from net.players.seats import RoomRefusal
from net.players.session import Seat
from net.text import is_plain

MAX_BANS = 10_000
"""Bans of one room; the oldest is dropped beyond."""
MAX_REASON = 100
"""The longest reason, in characters: it has to fit into a close frame."""
MAX_MUTES = 10_000
"""Marks of muted players of one room; the oldest is dropped beyond."""
ACTS = ("kick", "ban", "mute", "unmute")
Mark = tuple[str, str]
"""What somebody is known by: ("player", an id), ("name", a name), ("address", an address), ("account", a subject)."""


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


class Ban(Struct, frozen=True):
    """A ban, as it is listed. `number` is what lifts it; `network` is empty where the ban is not on an address, `account` for a
    guest."""

    number: int
    player_id: str
    name: str
    network: str
    reason: str
    account: str = ""


class Mute(Struct, frozen=True):
    """A mark that is muted until a time (unix ms), and why."""

    mark: Mark
    until: float
    reason: str


class Bans:
    """Bans by player id, name, address and account: whichever a banned player comes back with."""

    def __init__(self) -> None:
        self.changes = 0
        """Counts bans and liftings: who keeps them sees that there is something new."""
        self._bans: dict[int, Ban] = {}
        self._by_mark: dict[Mark, list[int]] = {}
        """The bans that a mark is in."""
        self._count = 0

    def __iter__(self) -> Iterator[Ban]:
        """The oldest first."""
        return iter(self._bans.values())

    def add(self, seat: Seat, reason: str) -> None:
        """Ban the player of a seat."""
        network = banned_network(seat.address)
        self._add(Ban(self._count + 1, seat.player_id, seat.name, network, reason, seat.account))

    def load(self, bans: Iterable[Ban]) -> None:
        """Take over what was kept, the oldest first."""
        for ban in bans:
            self._add(ban)

    def _add(self, ban: Ban) -> None:
        self.changes += 1
        self._count = max(self._count, ban.number)
        self._bans[ban.number] = ban
        for mark in marks_of(ban.player_id, ban.name, ban.network, ban.account):
            self._by_mark.setdefault(mark, []).append(ban.number)
        if len(self._bans) > MAX_BANS:
            self.lift(next(iter(self._bans)))

    def lift(self, number: int) -> bool:
        """Let a banned player come back, unless another ban is on the same id, name or address. False: no such ban."""
        lifted = self._bans.pop(number, None)
        if lifted is None:
            return False
        self.changes += 1
        for mark in marks_of(lifted.player_id, lifted.name, lifted.network, lifted.account):
            self._by_mark[mark].remove(number)
            if not self._by_mark[mark]:
                del self._by_mark[mark]
        return True

    def check(self, player_id: str, name: str, address: str, account: str = "") -> None:
        """Raises Banned where one of the four is banned."""
        for mark in marks_of(player_id, name, address, account):
            if mark in self._by_mark:
                reason = self._bans[self._by_mark[mark][-1]].reason
                raise Banned(
                    f"you are banned from this room: {reason}" if reason else "you are banned from this room"
                )


class Mutes:
    """Who is muted until when, and why, by the marks of a ban: joining again under the same name changes nothing."""

    def __init__(self) -> None:
        self.changes = 0
        """Counts mutes and liftings."""
        self._until: dict[Mark, tuple[float, str]] = {}

    def save(self, epoch: float) -> list[Mute]:
        """All mutes; `epoch` is the wall clock (unix ms) at time 0."""
        return [Mute(mark, epoch + until, reason) for mark, (until, reason) in self._until.items()]

    def load(self, mutes: Iterable[Mute], epoch: float) -> None:
        """Take over what `save` gave, by a clock that may have begun anew."""
        self._until = {mute.mark: (mute.until - epoch, mute.reason) for mute in mutes}

    def add(self, seat: Seat, until: float, reason: str) -> None:
        """Mute the player of a seat until a time (ms)."""
        self.changes += 1
        for mark in marks_of(seat.player_id, seat.name, seat.address, seat.account):
            self._until.pop(mark, None)  # the latest is the last
            self._until[mark] = (until, reason)
        while len(self._until) > MAX_MUTES:
            del self._until[next(iter(self._until))]

    def lift(self, seat: Seat) -> None:
        """Let the player of a seat talk again."""
        self.changes += 1
        for mark in marks_of(seat.player_id, seat.name, seat.address, seat.account):
            self._until.pop(mark, None)

    def sentence(self, seat: Seat, now: float) -> str:
        """What a muted player is told; empty for who may talk."""
        for mark in marks_of(seat.player_id, seat.name, seat.address, seat.account):
            until, reason = self._until.get(mark, (now, ""))
            if now < until:
                return f"you are muted: {reason}" if reason else "you are muted"
        return ""


def marks_of(player_id: str, name: str, address: str, account: str) -> list[Mark]:
    """What a player is known by when they come back."""
    marks = [
        ("player", player_id),
        ("name", name.casefold()),
        ("address", banned_network(address)),
        ("account", account),
    ]
    return [mark for mark in marks if mark[1]]


def banned_network(address: str) -> str:
    """The address, or the network of IPv6, where it stands for few people; empty for a local one, from which a whole office
    may play."""
    try:
        return address if ip_address(address.partition("/")[0]).is_global else ""
    except ValueError:
        return ""

"""Who watches: viewers have a ticket that is renewed like a player's token, and no seat. Times are ms."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hmac import compare_digest

from net.fairness import who_makes_room
from net.players.allowance import Allowance
from net.players.seats import RoomFull
from net.players.session import Seat
from net.players.sessions import token_digest


@dataclass(slots=True, eq=False)
class Viewer(Seat):
    """What a viewer's session has in the place of a seat: `player` is the one who is followed, 0 while there is none."""

    wanted: int = -1
    """The player that the viewer has chosen to follow; -1: whoever there is."""
    told_to_watch: bool = False
    """Whether it has been told that inputs do nothing here."""
    allowance: Allowance = field(default_factory=lambda: Allowance(0.0))


class Viewers:
    """The viewers of one screening, bounded. They live in memory: after a restart one asks for another ticket."""

    def __init__(self, most: int, make_token: Callable[[], str]) -> None:
        self._most = most
        self._make_token = make_token
        self._viewers: dict[str, Viewer] = {}

    def __len__(self) -> int:
        return len(self._viewers)

    def __iter__(self) -> Iterator[Viewer]:
        return iter(list(self._viewers.values()))

    def admit(self, viewer_id: str, token_hash: bytes, now: float, address: str = "") -> Viewer:
        """One more, whose ticket this opens. Raises RoomFull."""
        if len(self._viewers) >= self._most:
            unclaimed = [viewer for viewer in self if not viewer.joined]
            oldest = who_makes_room(unclaimed, address)
            if oldest is None:
                raise RoomFull(f"{self._most} viewers watch this room, and there is no place for more")
            self.remove(oldest)
        viewer = Viewer(0, viewer_id, "", token_hash, now, address)
        self._viewers[viewer_id] = viewer
        return viewer

    def enter(self, token: str) -> tuple[Viewer, str] | None:
        """The viewer whom the token lets in, and the next token; the one that was used stays valid until that is acknowledged."""
        digest, found = token_digest(token), None
        for viewer in self._viewers.values():
            if compare_digest(viewer.token_hash, digest) | compare_digest(viewer.previous_hash, digest):
                found = viewer
        if found is None:
            return None
        following = self._make_token()
        found.token_hash, found.previous_hash = token_digest(following), digest
        found.joined = True
        return found, following

    def remove(self, viewer: Viewer) -> None:
        """It is over with this one. Idempotent."""
        self._viewers.pop(viewer.player_id, None)

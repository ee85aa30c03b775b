"""The resume tokens of a room: which one opens which seat, for how long, and what is kept of it.

    reserve: keep -> hello: opens, rotate -> first bundle: acknowledge ... -> the seat is freed: forget

A welcome gives the next token; the one of the hello stays valid until the client's first bundle says that it has the next.
What is kept is kept before anybody is told (docs/decisions/0120-resume-tokens.md).
"""

from collections.abc import Callable
from contextlib import suppress
from hmac import compare_digest

from net.errors import StoreUnavailable
from net.players.seats import RoomRefusal, Seats
from net.players.session import Seat
from net.players.sessions import SessionRecord, Sessions, token_digest


class Tokens:
    """Opens the seats of one room. Times are ms of the server's monotonic clock; `epoch` is the wall clock at its 0."""

    def __init__(
        self,
        room_id: str,
        seats: Seats,
        sessions: Sessions,
        *,
        lifetime: float,
        epoch: float,
        make_token: Callable[[], str],
    ) -> None:
        """`lifetime` is how long a token is good without its player being connected (ms)."""
        self._room_id = room_id
        self._seats = seats
        self._sessions = sessions
        self._lifetime = lifetime
        self._epoch = epoch
        self._make_token = make_token
        self._unforgotten: list[Seat] = []
        """Freed seats whose sessions the store would not let go yet."""

    def keep(self, seat: Seat, now: float) -> None:
        """Keep the session of a seat that was just reserved. Raises StoreUnavailable."""
        self._put(seat, seat.token_hash, seat.previous_hash, now)

    def opens(self, token: str, now: float) -> Seat | None:
        """The seat that the token opens. Compares with every seat, in constant time each."""
        digest, unix = token_digest(token), self._epoch + now
        found = None
        for seat in self._seats:
            if compare_digest(seat.token_hash, digest) | compare_digest(seat.previous_hash, digest):
                found = seat
        return found if found is not None and found.expires_at > unix else None

    def rotate(self, seat: Seat, token: str, now: float) -> str:
        """`token` has opened the seat: it stays valid until the next one, which is returned, is acknowledged.

        Raises StoreUnavailable, and nothing has changed then.
        """
        following = self._make_token()
        self._put(seat, token_digest(following), token_digest(token), now)
        return following

    def acknowledge(self, seat: Seat, now: float) -> None:
        """The client has its token: the one before is void from now on. Raises StoreUnavailable."""
        if seat.previous_hash:
            self._put(seat, seat.token_hash, b"", now)

    def reissue(self, seat: Seat, token_hash: bytes, now: float) -> None:
        """The player of a seat has proved who they are and gets another token. Raises StoreUnavailable.

        The one before opens the seat until either is used: whoever comes first has it.
        """
        self._put(seat, token_hash, seat.token_hash, now)

    def renew(self, now: float) -> None:
        """The tokens of those who are connected do not grow old. What the store does not take is tried again."""
        soon = self._epoch + now + self._lifetime / 2
        with suppress(StoreUnavailable):
            for seat in self._seats:
                if seat.session is not None and seat.expires_at < soon:
                    self._put(seat, seat.token_hash, seat.previous_hash, now)

    def forget(self, seats: list[Seat]) -> None:
        """Seats were freed: their sessions are no more. What the store does not let go is tried again with the next ones."""
        waiting, self._unforgotten = [*self._unforgotten, *seats], []
        for place, seat in enumerate(waiting):
            try:
                self._sessions.delete(self._room_id, seat.player_id)
            except StoreUnavailable:
                self._unforgotten = waiting[place:]
                return

    def resume(self, now: float) -> list[Seat]:
        """The room goes on after its server was gone: give the players in it their sessions.

        The seats that no token opens are returned: their players are to leave. Then `reserve_again`. Raises StoreUnavailable.
        """
        lost = []
        kept = {(record.player, record.player_id): record for record in self._sessions.of(self._room_id)}
        for seat in self._seats:
            record = kept.get((seat.player, seat.player_id))
            if record is None or self._is_old(record, now):
                lost.append(seat)
            else:
                _open(seat, record)
        return lost

    def reserve_again(self, now: float) -> None:
        """Sessions whose players are not in the room have their seats reserved; those that are out of date, or for whose players
        there is no seat, are no more. Raises StoreUnavailable."""
        for record in self._sessions.of(self._room_id):
            seat = self._seats.get(record.player)
            if seat is not None and seat.player_id == record.player_id:
                continue
            try:
                self._reserve_again(record, now)
            except RoomRefusal:
                self._sessions.delete(self._room_id, record.player_id)

    def _reserve_again(self, record: SessionRecord, now: float) -> None:
        """Raises RoomRefusal."""
        if self._is_old(record, now):
            raise RoomRefusal("the session has expired")
        number = record.player
        seat = self._seats.reserve(
            record.player_id, record.name, record.token_hash, now, record.address, promised=number
        )
        _open(seat, record)

    def _is_old(self, record: SessionRecord, now: float) -> bool:
        return record.expires_at <= self._epoch + now

    def _put(self, seat: Seat, token_hash: bytes, previous_hash: bytes, now: float) -> None:
        """Keep a session, and then let it count."""
        unix = self._epoch + now
        created_at, expires_at = seat.created_at or unix, unix + self._lifetime
        self._sessions.put(
            SessionRecord(
                self._room_id, seat.player_id, seat.player, seat.name, token_hash, previous_hash, seat.account,
                seat.address, expires_at, created_at,
            )
        )  # fmt: skip
        seat.token_hash, seat.previous_hash = token_hash, previous_hash
        seat.created_at, seat.expires_at = created_at, expires_at


def _open(seat: Seat, record: SessionRecord) -> None:
    """A seat is opened by what was kept of it."""
    seat.token_hash, seat.previous_hash = record.token_hash, record.previous_hash
    seat.account, seat.address = record.account, record.address
    seat.expires_at, seat.created_at = record.expires_at, record.created_at

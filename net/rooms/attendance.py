"""Who is in a room: the seats that are kept, the connections that play, what each player may ask and has missed.

    keep (a seat) -> sit (a connection says hello) ... disconnected ... sit ... release, or nobody comes: `tidy`

What of it the journal determines goes through the recorder; the rest ends with the server, or is in the store of sessions.
"""

from collections.abc import Callable
from typing import TypeVar

from net.errors import RemoteProtocolError, StoreUnavailable
from net.journal.entries import Drop, Join, Leave, Return
from net.players.allowance import Allowance
from net.players.connections import Connections
from net.players.missed import Missed
from net.players.seats import Seats
from net.players.session import Seat, Session
from net.players.tokens import Tokens
from net.protocol import CloseReason, Hello
from net.rooms.recorder import Recorder
from net.settings import RoomSettings

Kept = TypeVar("Kept")


class Attendance:
    """The attendance of one room. Times are ms of the server's monotonic clock."""

    def __init__(
        self, seats: Seats, tokens: Tokens, recorder: Recorder, settings: RoomSettings, tick_rate: int, now: float
    ) -> None:  # fmt: skip
        self.connections = Connections(settings)
        self.missed = Missed(settings.seat_kept * tick_rate / 1000.0)
        self.empty_since: float | None = now
        """Since when nobody is connected and no seat is reserved, or None."""
        self._seats = seats
        self.tokens = tokens
        self._recorder = recorder
        self._settings = settings
        self._allowances: dict[int, Allowance] = {}
        """What each player has left to ask, by number."""
        self._vacated: list[str] = []
        """Who gave up a seat since the last step."""

    # Coming and going ------------------------------------------------------------------------------------------------

    def keep(self, seat: Seat, now: float) -> None:
        """A seat is reserved, if its session can be kept; else it is free again. Raises StoreUnavailable."""
        try:
            self.tokens.keep(seat, now)
        except StoreUnavailable:
            self._seats.free(seat)
            raise
        self.empty_since = None

    def sit(self, session: Session, seat: Seat, hello: Hello, now: float) -> str:
        """A connection has the seat from now on, in place of the one that had it. Its next token. Raises RemoteProtocolError."""
        token = _kept(lambda: self.tokens.rotate(seat, hello.token, now))
        if seat.session is not None:
            self.connections.close(seat.session, CloseReason.REPLACED)
            self._recorder.record(Drop(seat.player))
        self.connections.play(session)
        session.seat, seat.session, seat.since = seat, session, now
        missed = self.missed.since(hello, seat)
        if missed:
            session.hold([session.codec.encode(item) for item in missed], now)
        self._enter(seat)
        return token

    def _enter(self, seat: Seat) -> None:
        if seat.joined:
            self._recorder.record(Return(seat.player))
        else:
            self._recorder.record(Join(seat.player, seat.player_id, seat.name, seat.saved))
            seat.saved = b""

    def acknowledged(self, session: Session, now: float) -> None:
        """The first bundle of a connection: its client has kept the token of its welcome. Raises RemoteProtocolError."""
        seat = session.seat
        if seat is not None:
            _kept(lambda: self.tokens.acknowledge(seat, now))

    def disconnected(self, session: Session, now: float) -> None:
        """A connection is gone. Its seat is kept for a return, unless another connection has taken it over."""
        self.connections.forget(session)
        seat = session.seat
        if seat is not None and seat.session is session:
            seat.session, seat.since = None, now
            self._recorder.record(Drop(seat.player))

    def release(self, seat: Seat, reason: CloseReason, sentence: str) -> None:
        """A player gives up the seat for good, or is made to."""
        if seat.session is not None:
            self.connections.close(seat.session, reason, sentence)
        self._allowances.pop(seat.player, None)
        if seat.joined:
            self._recorder.record(Leave(seat.player))
        else:
            self._seats.free(seat)
        self._let_go()

    def allowance(self, seat: Seat, now: float) -> Allowance:
        """What the player of a seat has left to ask."""
        allowance = self._allowances.get(seat.player)
        if allowance is None:
            allowance = self._allowances[seat.player] = Allowance(now)
        return allowance

    # Upkeep ----------------------------------------------------------------------------------------------------------

    def tidy(self, now: float) -> list[Seat]:
        """Close what is silent. The seats that are not used any more are returned: their players are to leave."""
        settings = self._settings
        self.tokens.renew(now)
        for session in self.connections.late_greetings(now):
            self.connections.close(session, CloseReason.HELLO_TIMEOUT)
        for session in self.connections.silent(now):
            self._cut(session, CloseReason.SILENT, now)
        return [
            seat for seat in self._seats
            if seat.session is None and now - seat.since > (settings.seat_kept if seat.joined else settings.reservation)
        ]  # fmt: skip

    def look_whether_empty(self, now: float) -> None:
        """Whether there is anybody left, and since when not."""
        if len(self._seats):
            self.empty_since = None
        elif self.empty_since is None:
            self.empty_since = now

    def cut_slow(self, now: float) -> None:
        """Close the connections that take too little of what they are sent."""
        for session in self.connections.too_slow(now):
            self._cut(session, CloseReason.SLOW_CLIENT, now)

    def take_vacated(self) -> list[str]:
        """The players, by id, who never took the seat that they gave up since the last step."""
        self._let_go()
        vacated, self._vacated = self._vacated, []
        return vacated

    def _let_go(self) -> None:
        """Seats were freed: their sessions are no more, whatever happens before the next step."""
        freed, self._seats.vacated = self._seats.vacated, []
        self.tokens.forget(freed)
        self._vacated += [seat.player_id for seat in freed if not seat.joined]

    def _cut(self, session: Session, reason: CloseReason, now: float) -> None:
        """Close a connection whose player may come back."""
        session.lost(now)
        self.connections.close(session, reason)

    # With the room ---------------------------------------------------------------------------------------------------

    def close(self, reason: CloseReason, sentence: str) -> None:
        """The room is over, or (GOING_AWAY) stops for a while: then the seats are kept."""
        self.connections.close_all(reason, sentence)
        for seat in list(self._seats):
            seat.session = None
            if reason is not CloseReason.GOING_AWAY:
                self._seats.free(seat)

    def resume(self, now: float) -> list[Seat]:
        """The room goes on after its server was gone: all seats wait for their players from `now` on.

        Those that no token opens are returned: their players are to leave. Then `reserve_again`. Raises StoreUnavailable.
        """
        for seat in self._seats:
            seat.since = now
            if seat.connected:
                self._recorder.record(Drop(seat.player))
        self._seats.vacated.clear()  # by the re-run: their sessions are gone since they left
        return self.tokens.resume(now)

    def reserve_again(self, now: float, tick: int) -> None:
        """Sessions whose players are not in the room have a seat reserved, as of its last `tick`. Raises StoreUnavailable."""
        self.tokens.reserve_again(now)
        for seat in self._seats:
            if not seat.joined:
                seat.joined_at = tick
        self.empty_since = None if len(self._seats) else now


def _kept(keep: Callable[[], Kept]) -> Kept:
    """Where the store does not keep it, the client is to come again later. Raises RemoteProtocolError."""
    try:
        return keep()
    except StoreUnavailable as error:
        raise RemoteProtocolError(CloseReason.UNAVAILABLE) from error

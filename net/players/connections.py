"""The connections of a room: those that greet, those that play, those to be closed. Seats are another matter."""

from net.fairness import who_makes_room
from net.players.seats import RoomFull
from net.players.session import Session
from net.protocol import CloseReason
from net.settings import RoomSettings

Closing = list[tuple[Session, CloseReason, str]]
"""Sessions to close, why, and the sentence for the player (empty: the reason's own)."""


class Connections:
    """Every open connection of a room, in the order in which they came."""

    def __init__(self, settings: RoomSettings) -> None:
        self._settings = settings
        self._greeting: dict[Session, None] = {}
        self._closing: Closing = []
        self.playing: dict[Session, None] = {}
        """Those that have said hello; a dict for its order."""

    def greet(self, session: Session) -> None:
        """A new connection, which has not said hello.

        Where too many have not, one of the address that has the most makes room. Raises RoomFull where there is none.
        """
        if len(self._greeting) >= self._settings.max_connections:
            oldest = who_makes_room(list(self._greeting), session.address)
            if oldest is None:
                raise RoomFull("too many connections to this room have not said hello")
            self.close(oldest, CloseReason.HELLO_TIMEOUT)
        self._greeting[session] = None

    def play(self, session: Session) -> None:
        """It has said hello."""
        self._greeting.pop(session, None)
        self.playing[session] = None

    def forget(self, session: Session) -> None:
        """It is gone. Idempotent."""
        self._greeting.pop(session, None)
        self.playing.pop(session, None)

    def close(self, session: Session, reason: CloseReason, sentence: str = "") -> None:
        """Let go of it now; its socket is closed with the next step."""
        self.forget(session)
        session.close()
        self._closing.append((session, reason, sentence))

    def close_all(self, reason: CloseReason, sentence: str) -> None:
        """Let go of everybody."""
        for session in [*self._greeting, *self.playing]:
            self.close(session, reason, sentence)

    def take_closing(self) -> Closing:
        """What is to be closed, once."""
        closing, self._closing = self._closing, []
        return closing

    def late_greetings(self, now: float) -> list[Session]:
        """Those that have not said hello in time."""
        return [
            session for session in self._greeting if now - session.opened_at > self._settings.hello_timeout
        ]

    def silent(self, now: float) -> list[Session]:
        """Those from which nothing came for too long."""
        return [session for session in self.playing if now - session.heard_at > self._settings.silence]

    def too_slow(self, now: float) -> list[Session]:
        """Those that take too little of what they are sent."""
        return [session for session in self.playing if session.congested and session.is_too_slow(now)]

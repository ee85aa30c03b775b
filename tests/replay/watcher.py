"""A viewer in virtual time: a client core on one side, a screening on the other, no sockets."""

from collections.abc import Callable

from net.bundle import Pieces, whole
from net.client.core import ClientCore
from net.client.events import Answered, ClientEvent
from net.codec import MESSAGEPACK, Codec
from net.players.session import Session
from net.players.sessions import token_digest
from net.protocol import Playback
from net.watching.screening import Screening

TICKET = "a ticket"
Scene = dict[int, tuple[str, int, float, float, str, str, str]]
"""Kind, owner, place, state, components and private ones of each entity, by id."""


class Cinema:
    """A screening and its time."""

    def __init__(self, screening: Screening) -> None:
        self.screening = screening
        self.now = 0.0
        self.watchers: list[Watcher] = []
        self.on_sent: Callable[[Session, Pieces], object] = lambda _session, _pieces: None
        """Told of every bundle."""

    def watch(self, name: str = "viewer", codec: Codec = MESSAGEPACK) -> "Watcher":
        """One more viewer, with the first bundle."""
        self.screening.viewers.admit(name, token_digest(TICKET + name), self.now)
        watcher = Watcher(self, TICKET + name, codec)
        self.watchers.append(watcher)
        self.run(1)
        return watcher

    def run(self, steps: int = 1) -> None:
        """So many steps of the screening, a tick of the game apart; on the way to another tick there is no waiting."""
        for _ in range(steps):
            self.step()
            while self.screening.is_travelling:
                self.step()

    def step(self) -> None:
        """One step."""
        self.now += 1000.0 / self.screening.tick_rate
        for watcher in self.watchers:
            watcher.speak()
        step = self.screening.step(self.now)
        for session, pieces in step.outgoing:
            self.on_sent(session, pieces)
            for watcher in self.watchers:
                if watcher.session is session:
                    watcher.hear(whole(pieces))
        for session, reason, _ in step.closing:
            for watcher in self.watchers:
                if watcher.session is session:
                    watcher.closed = reason


class Watcher:
    """A viewer's client."""

    def __init__(self, cinema: Cinema, token: str, codec: Codec) -> None:
        self.cinema = cinema
        self.core = ClientCore(token, codec=codec)
        self.events: list[ClientEvent] = []
        self.closed: int | None = None
        self.received = 0
        self.connect()

    def connect(self) -> None:
        """Another connection."""
        now = self.cinema.now
        self.closed = None
        self.session: Session = self.cinema.screening.open(self.core.codec, now)
        for reply in self.session.receive(self.core.connect(), now):
            self.hear(reply)

    def lose(self) -> None:
        """The connection is gone."""
        self.session.lost(self.cinema.now)
        self.core.lost()

    def speak(self) -> None:
        """What the client says in a tick."""
        if self.core.state.name == "PLAYING" and self.closed is None:
            self.session.receive(self.core.tick(self.cinema.now), self.cinema.now)

    def hear(self, payload: bytes) -> None:
        """A message has come."""
        self.received += len(payload)
        self.events += self.core.receive(payload, self.cinema.now)
        for reply in self.core.data_to_send():
            for answer in self.session.receive(reply, self.cinema.now):
                self.hear(answer)

    def ask(self, verb: str, resource: str, body: object = None) -> Answered:
        """Ask, and wait for the answer."""
        asked = self.core.request(verb, resource, body)
        for _ in range(5):
            self.cinema.run()
            for event in self.events:
                if isinstance(event, Answered) and event.id == asked:
                    return event
        raise AssertionError(f"there is no answer to {verb} {resource}")

    @property
    def playback(self) -> Playback:
        """What was said last of the show."""
        assert self.core.playback is not None
        return self.core.playback

    def scene(self) -> Scene:
        """What is known of each entity, by id."""
        return {
            entity.id: (
                entity.kind,
                entity.owner,
                entity.x,
                entity.y,
                entity.state,
                str(entity.components),
                str(entity.private),
            )
            for entity in self.core.scene
        }

"""A show and its viewers: who watches, whom each follows, how fast it goes. No clock and no socket; times are ms.

To a connection it is what a room is (net/players/session.py), and likewise `step` returns data.
"""

from dataclasses import dataclass

from net.bundle import BundleWriter
from net.codec import Codec
from net.errors import RemoteProtocolError
from net.players.connections import Connections
from net.players.seats import RoomEnded
from net.players.session import Session
from net.players.sessions import random_token
from net.protocol import (
    PROTOCOL_VERSION,
    Answer,
    ClientItem,
    CloseReason,
    Command,
    Hello,
    Notice,
    Packet,
    Ping,
    Playback,
    Pong,
    Request,
    RoomState,
    Roster,
    Welcome,
)
from net.replication.chunks import Holder
from net.rooms.outbox import Outgoing
from net.rooms.step import RoomStep
from net.settings import RoomSettings
from net.watching.requests import WATCHING, Asker, answer
from net.watching.show import Show
from net.watching.viewers import Viewer, Viewers

REPLAY = -1.0
"""The delay of what is no living room."""
PIECE = 8
"""Ticks that one step runs at most: on the way to another tick, or where a living room is behind."""
MAX_SPEED = 16.0
TOLD_EVERY = 1_000.0
"""How often viewers are told how far it goes (ms)."""
REPORTED_EVERY = 100.0
"""And how often on the way to another tick (ms)."""
HOUSEKEEPING = 500.0


@dataclass(slots=True)
class Control:
    """How the show goes on."""

    speed: float = 1.0
    playing: bool = True
    goal: int = -1
    jumps: int = 0
    due: float = 0.0
    """Ticks, with their fraction, that are to be run."""


class Screening:
    """A show that goes on while there are viewers, and without."""

    def __init__(
        self,
        show: Show,
        *,
        settings: RoomSettings,
        now: float,
        viewers: int,
        delay: float = REPLAY,
        controlled: bool = False,
        epoch: float = 0.0,
        piece: int = PIECE,
    ) -> None:
        """`viewers` is how many there may be; `delay` is that of a living room; `controlled` viewers say what is shown;
        `piece` is how many ticks one step runs at most."""
        self.show = show
        self.settings = settings
        self.room_id = show.room_id
        self.tick_rate = max(1, round(1_000.0 / show.interval))
        """Ticks a second, as it begins: those of a lock-step match are longer and shorter as it goes."""
        self.tick = show.tick
        """The latest tick that was shown: acknowledgements may be of that one, also where it went back since."""
        self.viewers = Viewers(viewers, random_token)
        self.control = Control()
        self.ended = False
        self.watched_at = now
        """When somebody watched last."""
        self._delay = delay
        self._controlled = controlled
        self._epoch = epoch
        self._piece = piece
        self._connections = Connections(settings)
        self._now = now
        self._told_at = float("-inf")
        self._housekeeping_at = now
        self._changed = True
        self._shown = show.tick
        """The tick of the last bundles."""

    @property
    def is_live(self) -> bool:
        """Whether it is a living room that is shown."""
        return self._delay != REPLAY

    @property
    def is_travelling(self) -> bool:
        """Whether it is on its way to another tick, which is to be had soon: step again at once."""
        return self.control.goal >= 0

    @property
    def is_controlled(self) -> bool:
        """Whether its viewers say what is shown."""
        return self._controlled

    # Viewers ---------------------------------------------------------------------------------------------------------

    def open(self, codec: Codec, now: float, address: str = "") -> Session:
        """A new connection, which must say hello in time. Raises RoomEnded, or RoomFull."""
        if self.ended:
            raise RoomEnded("there is nothing to watch any more")
        session = Session(self, codec, now, address)
        self._connections.greet(session)
        return session

    def welcome(self, session: Session, hello: Hello, now: float) -> Welcome:
        """Let a viewer in; its connection of before is replaced. Raises RemoteProtocolError."""
        entered = None if self.ended else self.viewers.enter(hello.token)
        if entered is None:
            raise RemoteProtocolError(CloseReason.BAD_TOKEN)
        viewer, token = entered
        if viewer.session is not None:
            self._connections.close(viewer.session, CloseReason.REPLACED)
        self._connections.play(session)
        session.seat, viewer.session, viewer.since = viewer, session, now
        self._follow_somebody(viewer)
        self._tell(viewer)
        return self._welcome(viewer, token, now)

    def acknowledged(self, session: Session, now: float) -> None:  # noqa: ARG002 - as rooms have it
        """The viewer has the next token."""
        if session.seat is not None:
            session.seat.previous_hash = b""

    def disconnected(self, session: Session, now: float) -> None:
        """A connection is gone; its viewer may come back."""
        self._connections.forget(session)
        seat = session.seat
        if seat is not None and seat.session is session:
            seat.session, seat.since = None, now

    def leave(self, viewer: Viewer) -> None:
        """A viewer goes for good."""
        if viewer.session is not None:
            self._connections.close(viewer.session, CloseReason.LEFT)
        self.viewers.remove(viewer)

    def follow(self, viewer: Viewer, player: int) -> None:
        """Show what a player sees; -1: some player."""
        viewer.wanted = player
        self._follow_somebody(viewer)
        self._tell(viewer)

    def enqueue(self, session: Session, item: ClientItem, now: float) -> None:
        """Take one item of a bundle: a viewer asks, and does nothing."""
        viewer = session.seat
        if not isinstance(viewer, Viewer):
            raise RemoteProtocolError(CloseReason.OUT_OF_STATE)
        encode = session.codec.encode
        if isinstance(item, Ping):
            session.waiting.append(encode(Pong(item.client_time, now)))
        elif isinstance(item, Packet) and not item.body:
            return  # whoever computes the match says how far it is; nobody waits for that
        elif not isinstance(item, Command | Request):
            self._say_what_watching_is(viewer, session)
        elif viewer.is_new(item.id):
            if isinstance(item, Command):
                session.waiting.append(encode(Answer(item.id, 403, WATCHING)))
            else:
                answer(Asker(screening=self, session=session, viewer=viewer, now=now, request=item))

    def _say_what_watching_is(self, viewer: Viewer, session: Session) -> None:
        """Inputs and the packets of a lock-step match are no questions: one sentence is the answer to all of them."""
        if not viewer.told_to_watch:
            viewer.told_to_watch = True
            session.waiting.append(session.codec.encode(Notice(WATCHING)))

    # Controls --------------------------------------------------------------------------------------------------------

    def play(self, *, playing: bool | None = None, speed: float | None = None) -> None:
        """Go on or stand still, so many times as fast as it was played. At the end it begins anew."""
        control = self.control
        control.speed = control.speed if speed is None else speed
        if playing is not None:
            control.playing = playing
            if playing and not self.is_live and self.show.tick >= self.show.last:
                self.seek(self.show.first)
        self._changed = True

    def seek(self, tick: int) -> None:
        """Go to a tick; what is shown begins anew there."""
        self.show.seek(tick)
        self.control.goal = min(max(tick, self.show.first), self.show.last)
        self.control.due = 0.0
        self._changed = True

    def advance(self, ticks: int) -> None:
        """Stand still so many ticks from here."""
        self.control.playing = False
        if ticks == 1 and not self.is_travelling:
            self.show.run(1)
        else:
            self.seek(self.show.tick + ticks)
        self._changed = True

    # Going on --------------------------------------------------------------------------------------------------------

    def step(self, now: float) -> RoomStep:
        """Show what is due, as bundles. Raises one of net.replay.rerun.RERUN_ERRORS: then it is over."""
        if self.ended:
            return RoomStep()
        self._run(now)
        if now >= self._housekeeping_at:
            self._housekeep(now)
        for viewer in self.viewers:
            self._follow_somebody(viewer)
        if self._is_news(now):
            self._tell_all(now)
        outgoing = self._report(now) if self.is_travelling else self._write(now)
        for session in self._connections.too_slow(now):
            session.lost(now)
            self._connections.close(session, CloseReason.SLOW_CLIENT)
        return RoomStep(outgoing=outgoing, closing=self._connections.take_closing())

    def end(self, reason: CloseReason, sentence: str = "") -> RoomStep:
        """It is over: everybody is told why. Idempotent."""
        if self.ended:
            return RoomStep()
        self.ended = True
        self._connections.close_all(reason, sentence)
        for viewer in self.viewers:
            viewer.session = None
            self.viewers.remove(viewer)
        self.show.close()
        return RoomStep(closing=self._connections.take_closing())

    def _run(self, now: float) -> None:
        elapsed, self._now = now - self._now, now
        control = self.control
        if self.is_travelling:
            if self.show.travel(self._piece):
                control.goal = -1
                control.jumps += 1
                for viewer in self.viewers:
                    self._arrive(viewer)
            self._changed = True
        elif self.is_live:
            self.show.run(self._piece)
        elif control.playing:
            most = self._piece * max(1.0, control.speed)
            control.due = min(control.due + control.speed * elapsed / self.show.interval, most)
            whole = int(control.due)
            control.due -= whole
            if whole and self.show.run(whole) < whole and self.show.tick >= self.show.last:
                control.playing, self._changed = False, True
        if not self.is_travelling:
            self.tick = max(self.tick, self.show.tick)

    def _write(self, now: float) -> Outgoing:
        self._shown = self.show.tick
        followed = frozenset(viewer.player for viewer in self.viewers if viewer.session is not None)
        return self.show.write(self._connections.playing, now, followed & frozenset(self.show.players))

    def _is_news(self, now: float) -> bool:
        """Whether viewers are to be told how it goes; on the way to another tick that changes with each step."""
        since = now - self._told_at
        return since >= TOLD_EVERY or (self._changed and (not self.is_travelling or since >= REPORTED_EVERY))

    def _report(self, now: float) -> Outgoing:
        """On the way to another tick nothing is shown, but viewers hear how far it has come."""
        outgoing: Outgoing = []
        for session in self._connections.playing:
            if session.waiting and not session.congested and session.seat is not None:
                own, session.waiting = session.waiting, []
                writer = BundleWriter(session.codec, self._shown, now, [])
                outgoing.append((session, writer.bundle((-1, session.seat.last_id, 0), [], own)))
        return outgoing

    def _begin_anew(self, viewer: Viewer) -> None:
        """What the viewer's client holds is of elsewhere."""
        if viewer.session is not None:
            viewer.session.needs_snapshot = True
            viewer.session.holder = Holder()

    def _arrive(self, viewer: Viewer) -> None:
        """The show is elsewhere now: who is there, and how the room is, was not told on the way."""
        self._begin_anew(viewer)
        if viewer.session is not None:
            encode = viewer.session.codec.encode
            viewer.session.waiting += [
                encode(Roster(True, self.show.roster, [])),
                encode(RoomState(self.show.state)),
            ]

    def _follow_somebody(self, viewer: Viewer) -> None:
        """The player who was chosen, or the first there is."""
        players = self.show.players
        chosen = viewer.wanted if viewer.wanted in players else self.show.nobody
        if chosen == viewer.player and viewer.joined:
            return
        viewer.player = chosen
        self._begin_anew(viewer)
        self._tell(viewer)

    def _tell_all(self, now: float) -> None:
        self._changed, self._told_at = False, now
        for viewer in self.viewers:
            self._tell(viewer)

    def _tell(self, viewer: Viewer) -> None:
        session = viewer.session
        if session is not None and len(session.waiting) < self.settings.max_waiting_items:
            session.waiting.append(session.codec.encode(self._playback(viewer)))

    def _playback(self, viewer: Viewer) -> Playback:
        show, control = self.show, self.control
        speed = control.speed if control.playing or self.is_live else 0.0
        follow = viewer.player if viewer.player in show.players else -1
        return Playback(
            show.first, show.last, show.tick, control.goal, speed, control.jumps, follow, self._delay, self._controlled
        )  # fmt: skip

    def _welcome(self, viewer: Viewer, token: str, now: float) -> Welcome:
        show, game = self.show, self.show.hosted.game
        return Welcome(
            protocol=PROTOCOL_VERSION,
            room_id=self.room_id,
            model=game.model,
            player_id=viewer.player_id,
            player=-1,
            tick_rate=self.tick_rate,
            tick=show.tick,
            server_time=now,
            unix_time=self._epoch + now,
            fingerprint=game.fingerprint,
            prediction=WATCHING,
            state=show.state,
            schema=show.hosted.schema,
            roster=show.roster,
            token=token,
            last_input=-1,
            last_id=viewer.last_id,
        )

    def _housekeep(self, now: float) -> None:
        self._housekeeping_at = now + HOUSEKEEPING
        for session in self._connections.late_greetings(now):
            self._connections.close(session, CloseReason.HELLO_TIMEOUT)
        for session in self._connections.silent(now):
            session.lost(now)
            self._connections.close(session, CloseReason.SILENT)
        for viewer in self.viewers:
            kept = self.settings.seat_kept if viewer.joined else self.settings.reservation
            if viewer.session is None and now - viewer.since > kept:
                self.viewers.remove(viewer)
        if len(self.viewers):
            self.watched_at = now

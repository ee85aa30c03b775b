"""One running instance of an authoritative game: the server simulates, clients show it. No clock and no socket.

    Session.receive -> Room.enqueue ... Room.step: engine -> replicate -> own items -> a bundle for each session

What rooms of other models have as well (seats, chat, journal, upkeep) is in net/rooms/base_room.py.
"""

from collections.abc import Callable

from net.errors import RemoteProtocolError
from net.hosted import HostedGame
from net.journal.entries import Foreign, Order
from net.journal.writer import JournalWriter
from net.players.commands import CommandRefused, command_body
from net.players.resent import earlier_inputs
from net.players.seats import Seats
from net.players.session import Seat, Session
from net.players.sessions import Sessions, random_token
from net.protocol import INPUT_LEAD_LIMIT, Answer, ClientItem, CloseReason, Command, Input
from net.replication.audience import Audience
from net.replication.map_feed import MapFeed
from net.replication.replicate import Changes, Replicator
from net.replication.views import view_of
from net.rooms.base_room import BaseRoom
from net.rooms.outbox import Outbox, Outgoing, TickNews
from net.rooms.play import Play, packed_body
from net.rooms.step import RoomStep
from net.settings import RoomSettings
from systems.engine import StepResult
from systems.saves import Save

MAX_FOREIGN = 1_000
"""Events from other rooms that may wait for a step."""


class Room(BaseRoom):
    """An authoritative room. Times are ms of the server's monotonic clock."""

    play: Play

    def __init__(
        self,
        room_id: str,
        hosted: HostedGame,
        *,
        seed: int,
        settings: RoomSettings,
        now: float,
        epoch: float = 0.0,
        timer: Callable[[], int] | None = None,
        sessions: Sessions | None = None,
        make_token: Callable[[], str] = random_token,
        journal: JournalWriter | None = None,
    ) -> None:
        """`epoch` is the wall clock (unix ms) at time 0; `timer` gives ns, to name the slowest system. `sessions` keeps what
        opens the seats, in memory by itself; `make_token` makes 256 random bits, but for tests. With a `journal` all that
        enters is written (`RoomStep.journal`), once `begin_journal` has begun it.

        Raises SystemFailed when the game's `create` raises.
        """
        game = hosted.game
        seats = Seats(min(game.max_players, settings.max_players or game.max_players))
        play = Play(room_id, hosted, seats, seed=seed, timer=timer)
        super().__init__(
            room_id, hosted, play, seed=seed, settings=settings, now=now, epoch=epoch,
            sessions=sessions, make_token=make_token, journal=journal,
        )  # fmt: skip
        self.engine = play.engine
        self._changes: Changes | None = None
        """What the tick of this step has changed; None where none runs."""
        self._interval = 1000.0 / game.tick_rate
        self._tick_0 = now
        """When tick 0 would have been, going by the last step (ms)."""
        self._foreign = 0
        """Events from other rooms that wait for the next step."""
        self._set_stage()

    def _set_stage(self) -> None:
        """What shows the world to clients, for the entities that there are now."""
        world, game = self.engine.world, self.hosted.game
        self._replicator = Replicator(world, game, self.hosted.schema)
        view = view_of(world, self._replicator, game.view_radius, self.settings.byte_budget)
        self.map_feed = MapFeed(world, self._replicator, game.view_radius) if world.has_map else None
        self._outbox = Outbox(self._replicator, view, self.map_feed)
        self._audience = self.play.audience = Audience(world, self._replicator, game.view_radius)

    def _entered(self, _seat: Seat) -> None:
        if self.chart.state == "setup.organizing":
            self.transition("start")

    def _left(self, player: int) -> None:
        self._audience.forget(player)
        if self.map_feed is not None:
            self.map_feed.forget(player)

    def _last_input(self, player: int) -> int:
        return self.engine.inputs.last_heard(player)

    def _why_no_prediction(self, fingerprint: str) -> str:
        if not fingerprint:
            return "the client sent no fingerprint"
        same = fingerprint == self.hosted.game.fingerprint
        return "" if same else "the client's rules are not the server's"

    @property
    def is_full(self) -> bool:
        """Whether the next tick takes no more commands and calls, of all players."""
        return self.engine.is_full

    def enqueue(self, session: Session, item: ClientItem, now: float) -> None:
        """As any room does, but for an input, which is most of what comes and goes the short way."""
        seat = session.seat
        if type(item) is not Input or seat is None or self.stalled:
            super().enqueue(session, item, now)
            return
        if item.before:
            self._hear_again(seat.player, item)
        is_queued = self._recorder.hear(seat.player, item)
        # what is too far ahead is told of, too: its client is to wait
        if is_queued or item.tick > self.engine.inputs.last_heard(seat.player):
            lead = int(self._tick_0 + item.tick * self._interval - now)
            if not -INPUT_LEAD_LIMIT < lead < INPUT_LEAD_LIMIT:
                lead = INPUT_LEAD_LIMIT if lead > 0 else -INPUT_LEAD_LIMIT
            session.input_lead = lead

    def _hear_again(self, player: int, given: Input) -> None:
        """What an input tells again is looked at where ticks before it are missing. Raises RemoteProtocolError."""
        if self.engine.inputs.last_heard(player) < given.tick - 1:
            for earlier in earlier_inputs(given):
                self._recorder.hear(player, earlier)

    def _hear(self, session: Session, seat: Seat, item: ClientItem, _now: float) -> None:
        if isinstance(item, Command):
            if seat.is_new(item.id):
                self._command(session, seat, item)
        else:
            raise RemoteProtocolError(CloseReason.OUT_OF_STATE, "This room is not lock-step.")

    def _command(self, session: Session, seat: Seat, command: Command) -> None:
        """Queue a command for the next tick, or answer why not."""
        try:
            if self.play.waiting[seat.player] >= self.settings.max_commands:
                raise CommandRefused(429, "too many commands in one tick")
            if self.engine.is_full:
                raise CommandRefused(429, "too many commands of all players in one tick")
            body = command_body(command, self.hosted.game, session.codec)
        except CommandRefused as refused:
            self.play.news.tell([seat.player], Answer(command.id, refused.status, str(refused)))
            return
        self.record(Order(seat.player, command.id, command.name, packed_body(body)))

    def deliver(self, event: object) -> bool:
        """An event from another room of the same game, for everybody here. False where too many wait, as in a room whose disk is
        full: this one is not told here."""
        if self._foreign >= MAX_FOREIGN:
            return False
        self._foreign += 1
        declared = self.hosted.game.events[type(event).__name__]
        self.record(Foreign(declared.name, packed_body(declared.layout.row(event))))
        return True

    def _prepare(self, _now: float) -> bool:
        return self.is_running

    def _run(self, result: RoomStep, *, runs: bool) -> None:
        """One tick of the engine. Its events become items."""
        self._changes, self._foreign = None, 0
        if not runs:
            return
        self._changes, step = self._advance()
        result.slowest, result.saves, result.keyframe = step.slowest, step.saves, step.keyframe
        result.mistakes = [untold.reason for untold in step.untold]
        for delivery in step.events.deliveries:
            if delivery.scope == "server" and self.play.is_public(delivery.event):
                result.server_wide.append(delivery.event)
        if step.keyframe:
            result.keyframe_at = len(result.journal)
            result.journal += self._recorder.keyframe()
        elif step.tick % self.tick_rate == 0:
            result.journal += self._recorder.checksum()

    def _advance(self) -> tuple[Changes, StepResult]:
        """The engine's tick, and what is to be told of it. Raises SystemFailed, SceneError."""
        step = self.play.tick()
        changes = self._replicator.observe()
        self._audience.begin()
        self.play.tell(step)
        return changes, step

    def _rerun_tick(self) -> list[Save]:
        return self._advance()[1].saves

    def saves(self) -> list[Save]:
        """What all players have now, for the store. Raises SystemFailed."""
        return self.engine.saves()

    def _write(self, now: float) -> Outgoing:
        news, (changes, self._changes) = self._take_news(now), (self._changes, None)
        tick_news = TickNews(self.tick, now, self._base, changes, news.shared, news.own, self.play.tiles)
        outgoing = self._outbox.write(self._connections.playing, tick_news, self.engine.inputs.last_input)
        self._base_before, self._base = self._base, self.tick
        self._tick_0 = now - self.tick * self._interval
        return outgoing

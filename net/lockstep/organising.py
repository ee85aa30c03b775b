"""A lock-step room up to the match: seats, connections, and the setup that precedes it. No clock and no socket."""

from collections import deque
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

from net.hosted import HostedGame
from net.journal.entries import Begun, Chosen, Readiness, SetupRefused
from net.journal.writer import JournalWriter
from net.lockstep.divergence import Divergence
from net.lockstep.inquest import Report
from net.lockstep.outbox import LockstepOutbox
from net.lockstep.pace import Length, Pace
from net.lockstep.play import LockstepPlay, Match
from net.lockstep.policies import Missing
from net.lockstep.referee import MakeReferee, NoReferee, Refereeing
from net.lockstep.seats import LockstepSeats
from net.lockstep.settings import LockstepSettings
from net.lockstep.setup import SetupRefused as ChangeRefused
from net.lockstep.turns import NEAR, Turns, anything
from net.players.session import Seat, Session
from net.players.sessions import Sessions, random_token
from net.protocol import (
    CloseReason,
    Hello,
    Notice,
    Welcome,
)
from net.rate import RateLimit
from net.rooms.base_room import BaseRoom
from net.rooms.chart import IllegalEvent
from net.rooms.chart_document import BUILT_IN_EVENTS
from net.rooms.step import RoomStep
from net.settings import RoomSettings
from systems.engine import SystemFailed

PAUSED_BY_HOST, DESYNCED, LAGGING = "running.paused.host", "running.paused.desynced", "running.paused.lagging"


AWAY_AFTER = 10_000.0
"""In the setup a player whose connection is lost is waited for so long (ms): a page that is loaded again is back sooner."""
BEGINS_AT_ONCE, BEGINS_EVERY = 3, 10.0
"""Matches that a room begins one after another, and then one in so many seconds: each costs the server a beginning of the engine,
which is up to 0.1 s in which no room is stepped."""


def no_check(_seed: int, _setup: Mapping[str, Any]) -> str:
    """Whether the engine would begin is left to the clients."""
    return ""


class OrganisingRoom(BaseRoom):
    """What of a lock-step room does not depend on a match that runs. Times are ms."""

    __slots__ = (
        "_anew_at", "_begins", "_check_body", "_check_setup", "_divergence", "_make_referee", "_missing", "_named_at", "_next_at",
        "_outbox", "_pace", "_refereeing", "_reports", "_said", "_seen_end", "_slowest_at", "_start_asked", "_stepped_at",
        "_told_at", "_turns", "_turns_told", "_unseen", "_wants_referee", "on_due",
    )  # fmt: skip
    """An object of more than 30 attributes has a table of names of its own in CPython 3.11: 3 kB that each step goes through."""

    play: LockstepPlay
    seats: LockstepSeats

    def __init__(
        self,
        room_id: str,
        hosted: HostedGame,
        *,
        seed: int,
        settings: RoomSettings,
        now: float,
        rules: LockstepSettings | None = None,
        options: dict[str, Any] | None = None,
        check_setup: Callable[[int, Mapping[str, Any]], str] = no_check,
        check_body: Callable[[bytes], None] = anything,
        make_referee: MakeReferee | None = None,
        epoch: float = 0.0,
        sessions: Sessions | None = None,
        make_token: Callable[[], str] = random_token,
        journal: JournalWriter | None = None,
    ) -> None:
        """`options` are those of the setup. `check_setup` says why the engine would not begin with (seed, setup), where the
        server can tell; `check_body` raises ValueError for bytes that are no commands of the game; `make_referee` makes what runs
        the same engine, where the rules want one. The rest is as in `Room`.

        Raises net.lockstep.setup.SetupRefused.
        """
        game = hosted.game
        rules = rules or LockstepSettings()
        seats = LockstepSeats(min(game.max_players, settings.max_players or game.max_players), rules.viewers)
        play = LockstepPlay(hosted, seats, rules, options)
        super().__init__(
            room_id, hosted, play, seed=seed, settings=settings, now=now, epoch=epoch,
            sessions=sessions, make_token=make_token, journal=journal,
        )  # fmt: skip
        self.on_due: Callable[[], None] = lambda: None
        """Called when the room is due earlier than `due` has said; the loop's."""
        self._start_asked = False
        """Whether the host has asked for the match to begin."""
        self._begins = RateLimit(1.0 / BEGINS_EVERY, BEGINS_AT_ONCE, now)
        self._check_setup = check_setup
        self._check_body = check_body
        self._make_referee = make_referee
        self._refereeing: Refereeing | None = None
        self._stepped_at = now
        self._told_at = now
        self._anew_at: dict[int, float] = {}
        self._named_at = float("-inf")
        self._reports: list[Report] = []
        """Of divergences, for the next step."""
        self._set_stage()

    def _set_stage(self) -> None:
        """The parts of the match that runs, or of none: what a journal does not determine begins anew."""
        rules, match = self.play.rules, self.play.match
        self._dismiss()
        self._wants_referee = rules.referee and self._make_referee is not None
        """Whether one is to be made, once."""
        self.seats.locked, self.seats.viewers = match is not None, rules.viewers
        self._pace = Pace(self.tick_rate, rules)
        self._missing = Missing(rules)
        self._divergence = Divergence(rules)
        self._said: dict[str, dict[int, str]] = {"refusal": {}, "result": {}}
        """What players' engines say of the setup and of the end."""
        self._next_at = self._stepped_at + rules.generation
        self._turns: Turns | None = None
        self._outbox = LockstepOutbox(self.play, rules, round(1000.0 / self.tick_rate))
        self._unseen: deque[tuple[float, int]] = deque()
        """When which generation was the next to be told, which viewers have not been told."""
        self._seen_end = 0
        self._slowest_at = self._stepped_at
        self._turns_told = [(self._stepped_at, 0)] * NEAR
        """When each of the last generations was told, and its iterations."""
        if match is not None:
            self._unseen.append((self._stepped_at, match.generation + 1))
        if match is not None:
            self._set_match(match, rules)

    def _set_match(self, match: Match, rules: LockstepSettings) -> None:
        players = [player for player in match.players if self.seats.get(player) is not None]
        self._turns = Turns(
            players, delay=rules.delay, generation=match.generation, max_body=rules.max_body, check=self._check_body
        )  # fmt: skip
        if match.last is not None:
            last = match.last
            self._pace.resume(Length(last.iterations, last.iteration_ms))
            self._turns_told = [(self._stepped_at, last.iterations)] * NEAR
            self._divergence = Divergence(
                rules, last.checksum_generation, last.checksum, match.times_put_right
            )
        for player, told in match.put_right.items():
            self._divergence.verdicts.put_right(player, told)
        # where the room does something about it, the games differ again, if they do, and it is done then
        self._divergence.halted = self.chart.within(DESYNCED) and rules.desync == "halt"

    def _refereeing_of(self, match: Match, now: float) -> Refereeing | None:
        """The referee of the match, made when it is first looked for: a room that is run again from its journal has none."""
        if self._wants_referee and self._make_referee is not None:
            self._wants_referee = False
            try:
                referee = self._make_referee(match.setup)
            except NoReferee as error:
                self.play.news.tell_all(Notice(f"There is no referee for this match: {error}."))
            else:
                self._refereeing = Refereeing(referee, match, self.play.rules.checksum_interval, now)
        return self._refereeing

    def _dismiss(self) -> None:
        if self._refereeing is not None:
            self._refereeing.close()
            self._refereeing = None

    def close(self) -> None:
        """Free what it holds. Idempotent."""
        self._dismiss()
        super().close()

    def _close(self, journal: bytes, reason: CloseReason, sentence: str) -> RoomStep:
        self._dismiss()
        return super()._close(journal, reason, sentence)

    @property
    def seed(self) -> int:
        """What the first match begins with."""
        return self._seed

    def host(self) -> Seat | None:
        """Who may start, pause, finish and moderate."""
        return self.seats.get(self.play.host())

    def describe(self) -> dict[str, object]:
        """What anybody may know of the room."""
        return {**super().describe(), "players": len(self.seats.players)}

    # Connections --------------------------------------------------------------------------------------------------------

    def welcome(self, session: Session, hello: Hello, now: float) -> Welcome:
        """Seat a connection by its token; it is told what it lacks of the match. Raises RemoteProtocolError."""
        welcome = super().welcome(session, hello, now)
        match = self.play.match
        known = match is not None and hello.match == match.number and hello.generation <= match.generation
        if welcome.player in self._divergence.verdicts.unproven:
            known = False  # the right state was lost on its way, or never sent: it computes the match again
        session.cursor = hello.generation + 1 if known else 0
        return welcome

    def leave(self, seat: Seat, reason: CloseReason = CloseReason.LEFT, sentence: str = "") -> None:
        """A player gives up the seat for good, or is made to; the match goes on without."""
        super().leave(seat, reason, sentence)
        self.on_due()

    def resume(self, now: float, journal: JournalWriter | None = None) -> bytes:
        """Go on living after `restore` and `rerun`. Players have as long as the room waits for anybody to come back."""
        self._stepped_at = now
        self._set_stage()
        return super().resume(now, journal)

    def _left(self, player: int) -> None:
        if self._turns is not None:
            self._turns.leave(player)
        self._absent(player)
        self._divergence.gone(player)
        self._anew_at.pop(player, None)
        for said in self._said.values():
            said.pop(player, None)

    def _absent(self, player: int) -> None:
        self._missing.forget(player)
        self._pace.forget(player)

    def _last_input(self, _player: int) -> int:
        return -1

    def _why_no_prediction(self, _fingerprint: str) -> str:
        return "a lock-step client computes the game itself"

    # Setup --------------------------------------------------------------------------------------------------------------

    def change(self, player: int, changes: dict[str, Any], revision: int | None) -> None:
        """Change options of the setup: a player's, or (-1) the room's. Raises net.lockstep.setup.SetupRefused."""
        setup = self.play.setup
        if self.play.match is not None:
            raise ChangeRefused(409, "the match has begun")
        setup.check_revision(revision)
        setup.check_change(player, changes)
        self.record(Chosen(player, changes))
        self._unready("The configuration has changed.")

    def make_ready(self, seat: Seat, *, ready: bool) -> None:
        """A player commits, or withdraws; the next step looks whether all have. Raises net.lockstep.setup.SetupRefused."""
        if self.play.match is not None:
            raise ChangeRefused(409, "the match has begun")
        if seat.player not in self.play.setup.players:
            raise ChangeRefused(403, "who watches is not asked")
        self.record(Readiness(seat.player, ready))
        if not ready:
            self._unready(f"{seat.name} is not ready.")

    def start(self, now: float) -> bool:
        """The host wants the match to begin, whoever is ready; the next step does it. False where too many have begun lately."""
        self._start_asked = self._start_asked or self._begins.take(1.0, now)
        return self._start_asked

    def happen(self, event: str) -> str:
        """Send an event of the game's own state document. The reason why it is not taken now; empty where it was."""
        if event in BUILT_IN_EVENTS:
            return f"{event!r} is the room's own"
        try:
            self.transition(event)
        except IllegalEvent as illegal:
            return str(illegal)
        return ""

    def vote(self, seat: Seat, player: int, *, go_on: bool) -> bool:
        """A vote about one who is awaited. False: there is nothing to vote about."""
        return self._missing.vote(seat.player, player, go_on=go_on)

    def hear_refusal(self, seat: Seat, match: int, reason: str) -> bool:
        """An engine does not begin with the setup of a match. False where it is not asked."""
        return self._hear_said("refusal", seat, match, reason or "the engine refuses this setup")

    def hear_result(self, seat: Seat, match: int, result: str) -> bool:
        """A match is over for an engine. False where it is not asked."""
        return self._hear_said("result", seat, match, result)

    def _hear_said(self, what: str, seat: Seat, number: int, said: str) -> bool:
        match = self.play.match
        if match is None or match.number != number or seat.player not in match.players:
            return False
        self._said[what][seat.player] = said
        return True

    def _unready(self, detail: str) -> None:
        if self.chart.within("setup.ready"):
            self.transition("unready", detail)

    def transition(self, event: str, detail: str = "") -> None:
        """Send an event to the state chart; everybody sees the new state. Raises IllegalEvent."""
        super().transition(event, detail)
        if event == "finish":
            self._set_stage()
        elif event in ("pause", "resume", "desync"):
            self._missing.begin_anew()

    def _begin(self, now: float) -> bool:
        """Begin a match, where all are ready or the host has asked for it, and the engine takes the setup.

        Where too many have begun lately those who are ready wait.
        """
        asked, self._start_asked = self._start_asked, False
        setup, away = self.play.setup, self._away(now)
        self._look_who_is_ready(away)
        players = sorted(setup.players.keys() - away)
        if not players:
            return False
        if not asked and not (self.chart.within("setup.ready") and self._begins.take(1.0, now)):
            return False
        seed, given = seed_of(self._seed, self.play.matches), setup.for_engine(away)
        try:
            reason = self._check_setup(seed, given)
        except SystemFailed as failure:
            reason = f"the game made a mistake: {failure}"[:200]
        if reason:
            self._refuse_setup(reason)
            return False
        self.record(Begun(seed, given, players))
        self._set_stage()
        self._next_at = now + self._pace.length.milliseconds
        return True

    def _look_who_is_ready(self, away: set[int]) -> None:
        is_ready = self.play.setup.all_ready(away)
        if is_ready and self.chart.within("setup.organizing"):
            self.transition("ready", "All who are here are ready." if away else "All are ready.")
        elif not is_ready:
            self._unready("Not all are ready.")

    def _away(self, now: float) -> set[int]:
        """Those of the setup without whom a match begins: their connections are lost, and not just now. Who is back watches."""
        seats = [self.seats.get(player) for player in self.play.setup.players]
        return {
            seat.player
            for seat in seats
            if seat is not None and seat.session is None and now - seat.since >= AWAY_AFTER
        }

    def _refuse_setup(self, reason: str) -> None:
        self._unready(reason)
        self.record(SetupRefused(reason))

    def _names(self, players: list[int]) -> str:
        seats = [self.seats.get(player) for player in players]
        return " and ".join(seat.name for seat in seats if seat is not None) or "a player"


def seed_of(seed: int, matches: int) -> int:
    """The seed of a room's n-th match (from 0): the room's own, then others, below 2^53 for JavaScript."""
    if matches == 0:
        return seed & (2**53 - 1)
    digest = blake2b(f"{seed}:{matches}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") & (2**53 - 1)

"""One running instance of a lock-step game: gather, merge, tell, compare. No engine, no clock and no socket.

    Packet -> turns; step: compare -> who is missing? -> the next generation -> a bundle for each session

What rooms of other models have as well (seats, chat, journal, upkeep) is in net/base_room.py. `due` says when the room is to be
stepped: ten times a second in its setup and while it is paused, else once a generation.
"""

from collections import deque
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

from net.base_room import BaseRoom, RoomStep
from net.errors import RemoteProtocolError
from net.hosted import HostedGame
from net.journal.entries import Begun, Chosen, Readiness, SetupRefused, Turn
from net.journal.writer import JournalWriter
from net.lockstep.divergence import Conclusion, Divergence, told
from net.lockstep.dumps import parts_of
from net.lockstep.inquest import Inquest, Report, ReportedTurn
from net.lockstep.outbox import LockstepOutbox, StepNews
from net.lockstep.pace import Length, Pace, Slowest
from net.lockstep.play import LockstepPlay, Match
from net.lockstep.policies import Decision, Missing
from net.lockstep.requests import LOCKSTEP_RESOURCES
from net.lockstep.seats import LockstepSeats
from net.lockstep.settings import LockstepSettings
from net.lockstep.setup import SetupRefused as ChangeRefused
from net.lockstep.turns import Turns, anything
from net.lockstep.verdicts import majority
from net.outbox import Outgoing
from net.protocol import (
    ClientItem,
    CloseReason,
    Diverged,
    DumpPart,
    Hello,
    Notice,
    Packet,
    Rerun,
    Reseed,
    RoomState,
    Welcome,
)
from net.requests import Resources
from net.seats import Seat
from net.session import Session
from net.sessions import Sessions, random_token
from net.settings import RoomSettings
from systems.saves import Save

REST = 100.0
"""Time between two steps in the setup and while a match stands still (ms)."""
LOOK = 50.0
"""Time between two steps while packets are awaited (ms); the last one wakes the room."""
ALIVE = 1_000.0
"""Whoever hears nothing else gets a bundle after this (ms)."""
LEAST_GAP = 0.5
"""Generations that are late follow each other by this part of their length at least."""
REPORTED = 32
"""Generations before a divergence that a report has."""
NAMED_AGAIN = 30_000.0
"""Who slows a match is named at most this often (ms)."""
LATE_ANEW = 10_000.0
"""One who comes late and to another state begins anew at most this often (ms)."""
PAUSED_BY_HOST, DESYNCED, LAGGING = "running.paused.host", "running.paused.desynced", "running.paused.lagging"


def no_check(_seed: int, _setup: Mapping[str, Any]) -> str:
    """Whether the engine would begin is left to the clients."""
    return ""


class LockstepRoom(BaseRoom):
    """A lock-step room. Times are ms of the server's monotonic clock."""

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
        epoch: float = 0.0,
        sessions: Sessions | None = None,
        make_token: Callable[[], str] = random_token,
        journal: JournalWriter | None = None,
    ) -> None:
        """`options` are those of the setup. `check_setup` says why the engine would not begin with (seed, setup), where the
        server can tell; `check_body` raises ValueError for bytes that are no commands of the game. The rest is as in `Room`.

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
        self.start_asked = False
        """Whether the host has asked for the match to begin."""
        self._check_setup = check_setup
        self._check_body = check_body
        self._stepped_at = now
        self._told_at = now
        self._anew_at: dict[int, float] = {}
        self._named_at = float("-inf")
        self._set_stage()

    def _set_stage(self) -> None:
        """The parts of the match that runs, or of none: what a journal does not determine begins anew."""
        rules, match = self.play.rules, self.play.match
        self.seats.locked = match is not None
        self._pace = Pace(self.tick_rate, rules)
        self._missing = Missing(rules)
        self._divergence = Divergence(rules.desync)
        self._said: dict[str, dict[int, str]] = {"refusal": {}, "result": {}}
        """What players' engines say of the setup and of the end."""
        self._reports: list[Report] = []
        self._next_at = self._stepped_at + rules.generation
        self._turns: Turns | None = None
        self._outbox = LockstepOutbox(self.play, rules, round(1000.0 / self.tick_rate))
        self._unseen: deque[tuple[float, int]] = deque()
        """When which generation was the next to be told, which viewers have not been told."""
        self._seen_end = 0 if match is None else match.generation + 1
        if match is not None:
            self._set_match(match, rules)

    def _set_match(self, match: Match, rules: LockstepSettings) -> None:
        players = [player for player in match.players if self.seats.get(player) is not None]
        self._turns = Turns(
            players, delay=rules.delay, generation=match.generation, max_body=rules.max_body, check=self._check_body
        )  # fmt: skip
        if match.last is not None:
            self._pace.resume(Length(match.last.iterations, match.last.iteration_ms))
            self._divergence = Divergence(rules.desync, match.last.checksum_generation)
        self._divergence.halted = self.chart.within(DESYNCED)

    @property
    def seed(self) -> int:
        """What the first match begins with."""
        return self._seed

    @property
    def due(self) -> float:
        """When the room is to be stepped next (ms)."""
        turns = self._turns
        if turns is None or not self.chart.within("running.iterating"):
            return self._stepped_at + REST
        if turns.awaited() or not turns.present:
            return max(self._next_at, self._stepped_at + LOOK)
        return self._next_at

    @property
    def resources(self) -> Resources:
        """The requests that it answers."""
        return LOCKSTEP_RESOURCES

    def host(self) -> Seat | None:
        """Who may start, pause, finish and moderate."""
        return self.seats.get(self.play.host())

    def describe(self) -> dict[str, object]:
        """What anybody may know of the room."""
        return {**super().describe(), "players": len(self.seats.players)}

    # Connections -----------------------------------------------------------------------------------------------------

    def welcome(self, session: Session, hello: Hello, now: float) -> Welcome:
        """Seat a connection by its token; it is told what it lacks of the match. Raises RemoteProtocolError."""
        welcome = super().welcome(session, hello, now)
        match = self.play.match
        known = match is not None and hello.match == match.number and hello.generation <= match.generation
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

    # What comes in ---------------------------------------------------------------------------------------------------

    def _hear(self, session: Session, seat: Seat, item: ClientItem, now: float) -> None:
        match = self.play.match
        if not isinstance(item, Packet | DumpPart | Rerun):
            raise RemoteProtocolError(
                CloseReason.OUT_OF_STATE, "A lock-step room has no inputs and commands."
            )
        if match is None or session.ack < match.first_tick:
            return  # of a match that is over: it was on its way
        if isinstance(item, Packet):
            self._packet(session, seat, item, match, now)
        else:
            self._evidence(seat, item)

    def _packet(self, session: Session, seat: Seat, packet: Packet, match: Match, now: float) -> None:
        turns, player = self._turns, seat.player
        if packet.checksum_generation > match.generation:
            sentence = "A checksum came of a generation that has not been told."
            raise RemoteProtocolError(CloseReason.MALFORMED, sentence)
        if turns is not None and player in match.players:
            turns.hear(player, packet.generation, packet.body)
            if turns.is_present(player):
                self._pace.report(player, packet.latency, packet.framerate)
        elif packet.body:
            raise RemoteProtocolError(CloseReason.OUT_OF_STATE, "Who watches gives no commands.")
        if packet.checksum_generation >= 0:
            self._checksum(session, player, packet, now)
        if turns is not None and self.chart.within("running") and not turns.awaited():
            self.on_due()

    def _checksum(self, session: Session, player: int, packet: Packet, now: float) -> None:
        """One that comes late is compared with what was confirmed."""
        right = self._divergence.verdicts.hear(player, packet.checksum_generation, packet.checksum)
        if right is not None:
            self._begin_anew(session, player, now)

    def _begin_anew(self, session: Session, player: int, now: float) -> None:
        """A viewer, or one who catches up, has another game than the others: it is to compute it again."""
        if now - self._anew_at.get(player, float("-inf")) < LATE_ANEW:
            return
        self._anew_at[player] = now
        text = "Your game is another one than that of the others; it begins anew from the journal."
        self.play.news.tell([player], Notice(text))
        session.needs_snapshot, session.cursor = True, 0

    def _evidence(self, seat: Seat, item: DumpPart | Rerun) -> None:
        inquest = self._divergence.inquest
        if inquest is None:
            return  # it came too late
        if isinstance(item, DumpPart):
            inquest.part(seat.player, item.generation, item.place, item.count, item.data)
        else:
            inquest.rerun(seat.player, item.generation, item.checksum)

    def change(self, player: int, changes: dict[str, Any], revision: int | None) -> None:
        """Change options of the setup: a player's, or (-1) the room's. Raises net.lockstep.setup.SetupRefused."""
        setup = self.play.setup
        if self.play.match is not None:
            raise ChangeRefused(409, "the match has begun")
        setup.check_revision(revision)
        trial = type(setup)()
        trial.load(setup.save())
        if player < 0:
            trial.change_options(changes)
        else:
            trial.change_player(player, changes)
        self.record(Chosen(player, changes))
        self._unready("The configuration has changed.")

    def make_ready(self, seat: Seat, *, ready: bool) -> None:
        """A player commits, or withdraws; when all have, the match begins. Raises net.lockstep.setup.SetupRefused."""
        if self.play.match is not None:
            raise ChangeRefused(409, "the match has begun")
        if seat.player not in self.play.setup.players:
            raise ChangeRefused(403, "who watches is not asked")
        self.record(Readiness(seat.player, ready))
        if self.play.setup.all_ready and self.chart.within("setup.organizing"):
            self.transition("ready", "All are ready.")
        elif not ready:
            self._unready(f"{seat.name} is not ready.")

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

    # A step ----------------------------------------------------------------------------------------------------------

    def step(self, now: float) -> RoomStep:
        """Tell the next generation, where it is time and nobody is awaited, and what else there is to tell."""
        step = super().step(now)
        step.reports, self._reports = self._reports, []
        return step

    def _prepare(self, now: float) -> bool:
        self._stepped_at = now
        match, turns = self.play.match, self._turns
        if match is None or turns is None:
            return self._begin(now)
        if self._is_over(match, turns):
            return False
        self._compare(match, turns, now)
        if self.chart.within(DESYNCED) or self.chart.within(PAUSED_BY_HOST) or now < self._next_at:
            return False
        return self._turn(turns, now)

    def _begin(self, now: float) -> bool:
        """Begin a match, where all are ready or the host has asked for it, and the engine takes the setup."""
        asked, self.start_asked = self.start_asked, False
        setup = self.play.setup
        if setup.all_ready is False and self.chart.within("setup.ready"):
            self._unready("Not all are ready.")
        if not (asked or self.chart.within("setup.ready")) or not setup.players:
            return False
        seed, given = seed_of(self._seed, self.play.matches), setup.for_engine()
        reason = self._check_setup(seed, given)
        if reason:
            self._refuse_setup(reason)
            return False
        self.record(Begun(seed, given, sorted(setup.players)))
        self._set_stage()
        self._next_at = now + self._pace.length.milliseconds
        return True

    def _refuse_setup(self, reason: str) -> None:
        self._unready(reason)
        self.record(SetupRefused(reason))

    def _is_over(self, match: Match, turns: Turns) -> bool:
        """End the match, where most players' engines say so, or nobody plays any more."""
        if not turns.players:
            self.transition("finish", "Everybody has left the match.")
        elif reason := _most(self._said["refusal"], len(turns.players)):
            self.transition("finish", reason)
            self._refuse_setup(reason)
        elif (result := _most(self._said["result"], len(turns.players))) is not None:
            self.transition("finish", result[:200])
        elif match.history.is_full:
            self.transition("finish", "The match has been too long.")
        return self.play.match is None

    def _turn(self, turns: Turns, now: float) -> bool:
        """The next generation, unless somebody is awaited."""
        decision = self._missing.look(turns.awaited(), turns.present, now)
        self._decide(decision, turns, now)
        if turns.awaited() or not turns.present:
            if not turns.present and not self.chart.within(LAGGING):
                self.transition("lag", "Nobody is here.")
            return False
        if self.chart.within(LAGGING):
            self.transition("resume")
        length, verdicts = self._pace.next(now), self._divergence.verdicts
        bodies = turns.merge()
        self.record(Turn(turns.generation, *length, list(bodies), verdicts.confirmed, verdicts.checksum))
        self._unseen.append((now, turns.generation + 1))
        self._next_at = max(self._next_at + length.milliseconds, now + length.milliseconds * LEAST_GAP)
        self._name_slowest(now)
        return True

    def _decide(self, decision: Decision, turns: Turns, now: float) -> None:
        names = self._names
        if decision.notice:
            self.play.news.tell_all(Notice(f"Waiting for {names(decision.notice)}."))
        if decision.lag:
            left = max(self._missing.left(player, now) for player in decision.lag)
            detail = f"{names(decision.lag)} is awaited, for {left / 1000.0:.0f} s at most."
            if self.chart.within(LAGGING):
                self.play.news.tell_all(RoomState(LAGGING, detail))
            else:
                self.transition("lag", detail)
        for player in [*decision.stand_in, *decision.drop]:
            self._go_on_without(player, turns, for_good=player in decision.drop)

    def _go_on_without(self, player: int, turns: Turns, *, for_good: bool) -> None:
        seat = self.seats.get(player)
        self.announce(f"The match goes on without {self._names([player])}.")
        turns.stand_in(player)
        self._absent(player)
        self._divergence.verdicts.forget(player)
        if for_good and not self.play.rules.keep_dropped and seat is not None:
            self.leave(seat, CloseReason.SILENT, "The match went on without you.")

    def _name_slowest(self, now: float) -> None:
        """Everybody is told who slows the game down, where somebody's computer does."""
        slowest: Slowest | None = self._pace.slowest()
        if slowest is None or slowest.by != "framerate" or now - self._named_at < NAMED_AGAIN:
            return
        self._named_at = now
        self.play.news.tell_all(
            Notice(f"The computer of {self._names([slowest.player])} slows the game down.")
        )

    # Comparing -------------------------------------------------------------------------------------------------------

    def _compare(self, match: Match, turns: Turns, now: float) -> None:
        divergence = self._divergence
        verdict = divergence.look(turns.present, now)
        if divergence.is_open and not self.chart.within(DESYNCED):
            self.transition("desync", "The games of the players differ.")
        elif not divergence.is_open and divergence.inquest is None and self.chart.within(DESYNCED):
            self._go_on(now)
        astray, divergence.verdicts.astray = divergence.verdicts.astray, set()
        for player in sorted(astray):
            seat = self.seats.get(player)
            if seat is not None and seat.session is not None:
                self._begin_anew(seat.session, player, now)
        if verdict is not None:
            connected = [seat.player for seat in self.seats if seat.session is not None]
            inquest = divergence.inquire(verdict, connected, now)
            ask = Diverged(
                verdict.generation, verdict.confirmed, list(verdict.wrong), True, inquest.needs_rerun
            )  # fmt: skip
            self.play.news.tell(inquest.asked, ask)
        if divergence.inquest is not None and divergence.inquest.is_over(now):
            self._conclude(match, divergence.inquest, now)

    def _conclude(self, match: Match, inquest: Inquest, now: float) -> None:
        report = self._report(match, inquest)
        self._reports.append(report)
        conclusion = self._divergence.conclude(inquest)
        self.announce(told(report, {seat.player: seat.name for seat in self.seats}))
        if conclusion.act == "halt":
            return
        for player in conclusion.wrong:
            self._put_right(player, conclusion)
        self._go_on(now)

    def _put_right(self, player: int, conclusion: Conclusion) -> None:
        seat = self.seats.get(player)
        if seat is None:
            return
        if conclusion.act == "drop":
            self.leave(seat, CloseReason.KICKED, "Your game was another one than that of the others.")
        elif seat.session is not None:
            parts = parts_of(conclusion.state)
            for place, data in enumerate(parts):
                item = Reseed(conclusion.generation, place, len(parts), data)
                self.play.news.tell([player], item)
            seat.session.cursor = conclusion.generation + 1

    def _go_on(self, now: float) -> None:
        self.transition("resume")
        self._missing = Missing(self.play.rules)
        self._next_at = max(self._next_at, now)

    def _report(self, match: Match, inquest: Inquest) -> Report:
        generation = inquest.verdict.generation
        last = match.history.last(REPORTED, generation + 1)
        return inquest.report(
            room_id=self.room_id,
            game=self.hosted.game.name,
            fingerprint=self.hosted.game.fingerprint,
            seed=match.seed,
            setup=match.setup,
            turns=[
                ReportedTurn(each.generation, each.iterations, each.iteration_ms, each.bodies)
                for each in last
            ],
            names={seat.player: seat.name for seat in self.seats},
        )

    def _names(self, players: list[int]) -> str:
        seats = [self.seats.get(player) for player in players]
        return " and ".join(seat.name for seat in seats if seat is not None) or "a player"

    # What goes out ---------------------------------------------------------------------------------------------------

    def _run(self, result: RoomStep, *, runs: bool) -> None:
        if runs:
            self.play.tick()
            if self.play.match is not None and self.play.match.generation < 0:
                result.keyframe, result.keyframe_at = True, len(result.journal)
                result.journal += self._recorder.keyframe()

    def _rerun_tick(self) -> list[Save]:
        self.play.tick()
        return []

    def _write(self, now: float) -> Outgoing:
        news, match = self._take_news(now), self.play.match
        shared = list(news.shared)
        if self.play.setup_changed:
            self.play.setup_changed = False
            shared.append(self.play.configuration())
        begins = (
            match is not None
            and match.generation < 0
            and self.tick == match.first_tick
            and self._base < self.tick
        )
        if begins:
            shared += self._outbox.beginning()[1:]
            for session in self._connections.playing:
                session.cursor = 0
        everybody = now - self._told_at >= ALIVE
        if everybody:
            self._told_at = now
        step_news = StepNews(self.tick, now, shared, news.own, self._viewers_end(now), everybody)
        outgoing = self._outbox.write(self._connections.playing, step_news)
        self._base_before, self._base = self._base, self.tick
        return outgoing

    def _viewers_end(self, now: float) -> int:
        """The first generation that viewers are not told yet."""
        while self._unseen and now - self._unseen[0][0] >= self.play.rules.viewer_delay:
            self._seen_end = self._unseen.popleft()[1]
        return self._seen_end


def seed_of(seed: int, matches: int) -> int:
    """The seed of a room's n-th match (from 0): the room's own, then others, below 2^53 for JavaScript."""
    if matches == 0:
        return seed & (2**53 - 1)
    digest = blake2b(f"{seed}:{matches}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") & (2**53 - 1)


def _most(said: Mapping[int, str], players: int) -> str | None:
    """What more than half of the players say."""
    words = sorted(set(said.values()))
    found = majority({player: words.index(each) for player, each in said.items()}, players)
    return words[found] if found is not None else None

"""One running instance of a lock-step game: gather, merge, tell, compare. No engine, no clock and no socket.

    Packet -> turns; step: compare -> who is missing? -> the next generation -> a bundle for each session

What rooms of other models have as well (seats, chat, journal, upkeep) is in net/rooms/base_room.py. `due` says when the room is
to be stepped: ten times a second in its setup and while it is paused, else once a generation.
"""

from collections.abc import Mapping

from net.errors import RemoteProtocolError
from net.journal.entries import Turn
from net.lockstep.comparing import ComparingRoom
from net.lockstep.organising import DESYNCED, LAGGING, PAUSED_BY_HOST
from net.lockstep.outbox import StepNews
from net.lockstep.pace import Arrival
from net.lockstep.play import Match
from net.lockstep.policies import NOTHING, Decision
from net.lockstep.requests import LOCKSTEP_RESOURCES
from net.lockstep.turns import NEAR, NEW, Turns
from net.lockstep.verdicts import majority
from net.players.session import Seat, Session
from net.protocol import (
    ClientItem,
    CloseReason,
    DumpPart,
    Notice,
    Packet,
    Rerun,
    RoomState,
)
from net.rooms.outbox import Outgoing
from net.rooms.requests import Resources
from net.rooms.step import RoomStep
from systems.saves import Save

REST = 100.0
"""Time between two steps in the setup and while a match stands still (ms)."""
LOOK = 50.0
"""Time between two steps while packets are awaited (ms); the last one wakes the room."""
ALIVE = 1_000.0
"""Whoever hears nothing else gets a bundle after this (ms)."""
EARLY = 1.0
"""A generation that is due within this is told now, for the loop comes so early (ms): it would have to come twice."""
LEAST_GAP = 0.5
"""Generations that are late follow each other by this part of their length at least."""
LOOK_FOR_SLOWEST = 1_000.0
"""So often is looked who makes generations longer (ms)."""
CHANGED = 0.25
"""It is told again when the number has changed by more than this part."""
NAMED_AGAIN = 30_000.0
"""Whose computer slows a match is said in words at most this often (ms)."""


class LockstepRoom(ComparingRoom):
    """A lock-step room. Times are ms of the server's monotonic clock."""

    @property
    def due(self) -> float:
        """When the room is to be stepped next (ms)."""
        turns = self._turns
        if turns is None or self._stands_still:
            return self._stepped_at + REST
        if turns.awaited() or not turns.present:
            return max(self._next_at, self._stepped_at + LOOK)
        return self._next_at

    @property
    def resources(self) -> Resources:
        """The requests that it answers."""
        return LOCKSTEP_RESOURCES

    @property
    def _stands_still(self) -> bool:
        """Whether no generation follows until somebody says so."""
        return self.chart.within(DESYNCED) or self.chart.within(PAUSED_BY_HOST)

    # What comes in ------------------------------------------------------------------------------------------------------

    def enqueue(self, session: Session, item: ClientItem, now: float) -> None:
        """Take one item of a bundle: nearly all are packets, which are heard while the room is stalled as well (`_refuse`).

        Raises RemoteProtocolError where the protocol is broken.
        """
        match, seat = self.play.match, session.seat
        if type(item) is Packet and match is not None and seat is not None:
            if session.ack >= match.first_tick:  # else of a match that is over: it was on its way
                self._packet(session, seat, item, match, now)
        else:
            super().enqueue(session, item, now)

    def _hear(self, session: Session, seat: Seat, item: ClientItem, now: float) -> None:
        match = self.play.match
        if not isinstance(item, Packet | DumpPart | Rerun):
            raise RemoteProtocolError(
                CloseReason.OUT_OF_STATE, "A lock-step room has no inputs and commands."
            )
        if isinstance(item, Packet) or match is None or session.ack < match.first_tick:
            return  # of a match that is over: it was on its way
        self._evidence(seat, item, now)

    def _refuse(self, session: Session, item: ClientItem, now: float) -> None:
        """As every room; but what no journal keeps is heard, for it is said once, and waited for when the room goes on."""
        if isinstance(item, DumpPart | Rerun) and session.seat is not None:
            self._hear(session, session.seat, item, now)
        else:
            super()._refuse(session, item, now)

    def unstall(self, now: float) -> None:
        """As every room. The last generation is told only now, and nobody was waited for meanwhile."""
        super().unstall(now)
        self._missing.begin_anew()
        if self._turns is not None:
            place = self._turns.generation % NEAR
            self._turns_told[place] = (now, self._turns_told[place][1])

    def _packet(self, session: Session, seat: Seat, packet: Packet, match: Match, now: float) -> None:
        turns, player = self._turns, seat.player
        if packet.checksum_generation >= match.history.count:
            sentence = "A checksum came of a generation that has not been told."
            raise RemoteProtocolError(CloseReason.MALFORMED, sentence)
        if turns is not None and player in match.players:
            if turns.hear(player, packet.generation, packet.body) is NEW:
                pace, latency, framerate = self._pace, packet.latency, packet.framerate
                if latency > pace.free_latency or 0 < framerate < pace.free_framerate:
                    pace.claim(player, latency, framerate, self._arrival(packet, now))
                else:
                    pace.report(player, latency, framerate)
        elif packet.body:
            raise RemoteProtocolError(CloseReason.OUT_OF_STATE, "Who watches gives no commands.")
        if packet.checksum_generation >= 0:
            self._checksum(session, player, packet, now)
        is_late = self._next_at < now or self._next_at < self._stepped_at + LOOK
        if is_late and turns is not None and not turns.awaited():
            self.on_due()

    def _arrival(self, packet: Packet, now: float) -> Arrival:
        """Of a packet that says what would slow the others down: it is measured here, too. It is NEW: late by `delay` at most."""
        generation, computed = packet.generation, packet.checksum_generation
        told_at, iterations = self._turns_told[generation % NEAR]
        has_computed = computed >= 0 and generation - computed <= self.play.rules.checksum_interval
        return Arrival(now, now - told_at, iterations, has_computed)

    # A step -------------------------------------------------------------------------------------------------------------

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
        if now < self._next_at - EARLY or self._stands_still:
            return False
        return self._turn(turns, now)

    def _is_over(self, match: Match, turns: Turns) -> bool:
        """End the match, where most players' engines say so, or nobody plays any more."""
        said = self._said
        if not (said["refusal"] or said["result"] or match.history.is_full) and turns.has_players:
            return False
        if not turns.has_players:
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
        if decision is not NOTHING:
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
        self._turns_told[turns.generation % NEAR] = (now, length.iterations)
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
            are = "is" if len(decision.lag) == 1 else "are"
            detail = f"{names(decision.lag)} {are} awaited, for {left / 1000.0:.0f} s at most."
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
        """Everybody is told for whom generations are longer, and in words where somebody's computer slows the game down."""
        if now - self._slowest_at < LOOK_FOR_SLOWEST:
            return
        self._slowest_at = now
        slowest, told = self._pace.slowest(), self._outbox.slowest
        is_another = (slowest.player, slowest.by) != (told.player, told.by)
        if is_another or abs(slowest.value - told.value) > CHANGED * told.value:
            self._outbox.slowest = slowest
            self.play.news.tell_all(slowest)
        if slowest.by == "framerate" and now - self._named_at >= NAMED_AGAIN:
            self._named_at = now
            self.play.news.tell_all(
                Notice(f"The computer of {self._names([slowest.player])} slows the game down.")
            )

    # What goes out ------------------------------------------------------------------------------------------------------

    def _run(self, result: RoomStep, *, runs: bool) -> None:
        if runs:
            self.play.tick()
        if self._is_keyframe_due(runs=runs):
            result.keyframe, result.keyframe_at = True, len(result.journal)
            result.journal += self._recorder.keyframe()

    def _is_keyframe_due(self, *, runs: bool) -> bool:
        """When a match begins, and after `keyframe_bytes`; in a match as often as the journal doubles what a keyframe has.

        Also where no tick runs: what is chosen in a setup, and said in it or while a match stands still, has no end.
        """
        match, writer = self.play.match, self.journal
        if writer is None:
            return False
        begins = runs and match is not None and match.generation < 0
        most = max(self.settings.keyframe_bytes, match.history.size if match is not None else 0)
        return begins or writer.since_keyframe > most

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


def _most(said: Mapping[int, str], players: int) -> str | None:
    """What more than half of the players say."""
    if not said:
        return None
    words = sorted(set(said.values()))
    found = majority({player: words.index(each) for player, each in said.items()}, players)
    return words[found] if found is not None else None

"""The comparing side of a lock-step room: checksums, what clients send about a divergence, and what is done about it."""

from net.journal.entries import PutRight
from net.lockstep.divergence import Conclusion, told
from net.lockstep.dumps import parts_of
from net.lockstep.inquest import Inquest, Report, ReportedTurn
from net.lockstep.organising import DESYNCED, OrganisingRoom
from net.lockstep.play import Match
from net.lockstep.referee import Lost, State, Sums
from net.lockstep.turns import Turns
from net.lockstep.verdicts import REFEREE, Verdicts
from net.players.session import Seat, Session
from net.protocol import (
    CloseReason,
    Diverged,
    DumpPart,
    Hello,
    Notice,
    Packet,
    Rerun,
    Reseed,
    Welcome,
)

REPORTED = 32
"""Generations before a divergence that a report has."""
LATE_ANEW = 10_000.0
"""One who comes late and to another state begins anew at most this often (ms)."""


class ComparingRoom(OrganisingRoom):
    """What a lock-step room does with checksums. Times are ms."""

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

    def welcome(self, session: Session, hello: Hello, now: float) -> Welcome:
        """As every room; of what was asked before the connection was lost an answer may have been lost with it."""
        welcome = super().welcome(session, hello, now)
        inquest = self._divergence.inquest
        if inquest is not None and inquest.lacks(welcome.player):
            self.play.news.tell([welcome.player], _question(inquest))
        return welcome

    def _evidence(self, seat: Seat, item: DumpPart | Rerun, now: float) -> None:
        inquest = self._divergence.inquest
        if inquest is None:
            return  # it came too late
        if isinstance(item, DumpPart):
            inquest.part(seat.player, item.generation, item.place, item.count, item.data, now)
        else:
            inquest.rerun(seat.player, item.generation, item.checksum)

    def _compare(self, match: Match, turns: Turns, now: float) -> None:
        divergence = self._divergence
        if self.play.rules.referee:
            self._hear_referee(match, now)
        verdict = divergence.look(turns.present, now)
        if divergence.is_open:
            if not self.chart.within(DESYNCED):
                self.transition("desync", "The games of the players differ.")
        elif divergence.inquest is None and self.chart.within(DESYNCED):
            self._go_on(now)
        if divergence.verdicts.astray:
            self._call_back(divergence.verdicts, now)
        if verdict is not None:
            connected = [seat.player for seat in self.seats if seat.session is not None]
            inquest = divergence.inquire(verdict, connected, now)
            self.play.news.tell([who for who in inquest.asked if who != REFEREE], _question(inquest))
            if self._refereeing is not None and REFEREE in inquest.asked:
                self._refereeing.ask(verdict.generation)
        if divergence.inquest is not None and divergence.inquest.is_over(now):
            self._conclude(match, divergence.inquest, now)

    def _call_back(self, verdicts: Verdicts, now: float) -> None:
        """Who had another game than the one that was confirmed without them begins anew."""
        astray, verdicts.astray = verdicts.astray, set()
        for player in sorted(astray):
            seat = self.seats.get(player)
            if seat is not None and seat.session is not None:
                self._begin_anew(seat.session, player, now)

    def _hear_referee(self, match: Match, now: float) -> None:
        """What the referee has said since the last step. Whatever becomes of it, the match does not wait."""
        refereeing, divergence = self._refereeing_of(match, now), self._divergence
        if refereeing is None:
            return
        for word in refereeing.look(match, now):
            if isinstance(word, Sums):
                for generation, checksum in word.sums.items():
                    divergence.verdicts.hear(REFEREE, generation, checksum)
            elif isinstance(word, State) and divergence.inquest is not None:
                divergence.inquest.state(REFEREE, word.generation, word.packed)
            elif isinstance(word, Lost) and divergence.inquest is not None:
                divergence.inquest.gone(REFEREE)
        divergence.verdicts.referee = refereeing.is_there
        for text in refereeing.notices:
            self.play.news.tell_all(Notice(text))
        refereeing.notices.clear()

    def _conclude(self, match: Match, inquest: Inquest, now: float) -> None:
        report = self._report(match, inquest)
        self._reports.append(report)
        conclusion = self._divergence.conclude(inquest, match.generation)
        self.announce(told(report, {seat.player: seat.name for seat in self.seats}))
        if conclusion.act == "halt":
            return
        for player in conclusion.wrong:
            if conclusion.act == "drop" or player in conclusion.dropped:
                self._put_out(player)
            else:
                self._put_right(player, conclusion)
        self._go_on(now)

    def _put_out(self, player: int) -> None:
        """Whoever comes again watches."""
        seat = self.seats.get(player)
        if seat is not None:
            self.leave(seat, CloseReason.KICKED, "Your game was another one than that of the others.")

    def _put_right(self, player: int, conclusion: Conclusion) -> None:
        """The right state is sent; where nobody has sent it here the journal of the match has it."""
        seat = self.seats.get(player)
        if seat is None:
            return
        self.record(PutRight(player))
        if seat.session is None:
            return  # whoever comes back unproven computes the match again
        if not conclusion.state:
            seat.session.needs_snapshot, seat.session.cursor = True, 0
            return
        parts = parts_of(conclusion.state)
        for place, data in enumerate(parts):
            item = Reseed(conclusion.generation, place, len(parts), data)
            self.play.news.tell([player], item)
        seat.session.cursor = conclusion.generation + 1

    def _go_on(self, now: float) -> None:
        self.transition("resume")
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


def _question(inquest: Inquest) -> Diverged:
    verdict = inquest.verdict
    return Diverged(verdict.generation, verdict.confirmed, list(verdict.wrong), True, inquest.needs_rerun)

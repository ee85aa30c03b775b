"""The referee of a match: its word counts, late too; falling behind, silence and death are told of, and stall nobody."""

from collections.abc import Mapping
from typing import Any, Self

import pytest

from net.drivers.virtual_lockstep import VirtualLockstep, VirtualPlayer
from net.lockstep.referee import SILENT, NoReferee, Referee, Refereeing
from net.lockstep.referee_engine import ReferenceReferee
from net.lockstep.settings import LockstepSettings
from net.lockstep.verdicts import REFEREE
from tests.net.lockstep.match_kit import Give, purse_of, purses

DESYNCED = "running.paused.desynced"


class Refereed:
    """A room with a referee, and its players, in a match that runs."""

    def __init__(self, players: int = 2, **rules: Any) -> None:
        game = purses()
        self.referees: list[ReferenceReferee] = []

        def make(_setup: Mapping[str, Any]) -> Referee:
            self.referees.append(ReferenceReferee(game))
            return self.referees[-1]

        self.room = VirtualLockstep(
            game, journal=True, rules=LockstepSettings(referee=True, **rules), make_referee=make
        )
        self.players = [self.room.join(name, latency=20.0) for name in ("Ada", "Ben", "Cem", "Dov")[:players]]
        self.room.begin()
        self.room.run(1_000.0)

    @property
    def referee(self) -> ReferenceReferee:
        return self.referees[-1]

    @property
    def watched(self) -> Refereeing:
        found = self.room.room._refereeing
        assert found is not None
        return found

    def told(self, word: str) -> list[str]:
        """What Ada was told that has this word."""
        said = [event.text for event in self.players[0].events if hasattr(event, "text")]
        return [text for text in said if word in text]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.room.close()


def cheat(client: VirtualPlayer) -> None:
    """A client's state is changed."""
    purse_of(client, 0).gold += 1


@pytest.mark.parametrize("wrong", [0, 1])
def test_of_two_players_the_wrong_one_is_named(wrong: int) -> None:
    """Where nobody has a majority, the referee says who is right; its own dump is compared."""
    with Refereed() as match:
        cheat(match.players[wrong])
        match.room.run_until(lambda: match.room.reports)
        report = match.room.reports[0]
        assert (report.right, report.wrong) == ([1 - wrong], [wrong])
        assert (report.component, report.field) == ("Purse", "gold")
        assert report.compared == [REFEREE, wrong]
        assert report.referee == report.checksums[1 - wrong]
        match.room.run(200.0)
        assert match.told("another one than the referee's")


def test_a_majority_is_wrong_where_the_referee_says_so() -> None:
    """Two of three changed alike: the third is right."""
    with Refereed(3) as match:
        for player in match.players[:2]:
            cheat(player)
        match.room.run_until(lambda: match.room.reports)
        assert match.room.reports[0].wrong == [0, 1]
        assert match.room.reports[0].right == [2]


def test_the_wrong_one_is_given_the_referees_state() -> None:
    """With `resync` two players go on, and agree again."""
    with Refereed(desync="resync") as match:
        cheat(match.players[0])
        match.room.run_until(lambda: match.room.reports)
        match.room.run(3_000.0)
        assert match.players[0].core.room_state == "running.iterating"
        assert purse_of(match.players[0], 0) == purse_of(match.players[1], 0)
        assert len(match.room.reports) == 1


def test_a_late_word_counts() -> None:
    """All players are changed alike and agree; the referee was behind: the match halts once it has run so far."""
    with Refereed() as match:
        match.referee.stuck = True
        for player in match.players:
            cheat(player)
        match.room.run(3_000.0)
        assert not match.room.reports
        match.referee.stuck = False
        match.room.run_until(lambda: match.room.reports)
        report = match.room.reports[0]
        assert (report.right, report.wrong) == ([], [0, 1])
        assert (report.component, report.field) == ("Purse", "gold")
        assert match.players[0].core.room_state == DESYNCED


def test_a_referee_that_is_behind_is_told_of_and_stalls_nobody() -> None:
    """The match goes on at its pace; once it is level again that is said too, and it has all generations."""
    with Refereed() as match:
        match.referee.stuck = True
        before = match.room.room.play.match
        assert before is not None
        at = before.generation
        match.room.run(15_000.0)
        assert before.generation - at >= 130
        assert len(match.told("generations behind")) == 1
        match.referee.stuck = False
        match.room.run(2_000.0)
        assert len(match.told("level")) == 1
        assert before.generation - match.watched.generation <= 2


def test_a_silent_referee_is_given_up() -> None:
    """Half a minute with work and without a word."""
    with Refereed() as match:
        match.referee.stuck = True
        match.room.run(SILENT + 2_000.0)
        assert len(match.told("without the referee")) == 1
        assert not match.watched.is_there


def test_a_dead_referee_changes_nothing_but_a_notice() -> None:
    """The match goes on as without one: two that differ halt, and nobody is declared right."""
    with Refereed() as match:
        match.referee.dead = True
        match.players[0].lockstep.command("give", Give(5))
        match.room.run(2_000.0)
        assert len(match.told("without the referee: its process ended")) == 1
        assert match.players[0].core.room_state == "running.iterating"
        cheat(match.players[1])
        match.room.run_until(lambda: match.room.reports)
        assert match.room.reports[0].right == []
        assert match.room.reports[0].suspects == [1]


def test_a_room_without_a_referee_says_so() -> None:
    """Where none can be had: the match begins all the same."""

    def none(_setup: Mapping[str, Any]) -> Referee:
        raise NoReferee("the server has enough of them")

    with VirtualLockstep(purses(), rules=LockstepSettings(referee=True), make_referee=none) as room:
        players = [room.join(name) for name in ("Ada", "Ben")]
        room.begin()
        room.run(2_000.0)
        assert players[0].lockstep.generation > 10
        said = [event.text for event in players[0].events if hasattr(event, "text")]
        assert [text for text in said if "no referee" in text] == [
            "There is no referee for this match: the server has enough of them."
        ]


def test_a_match_that_is_resumed_has_a_referee_again() -> None:
    """A new one, which runs the match from its beginning."""
    with Refereed() as match:
        match.room.run(5_000.0)
        match.room.restart()
        for player in match.players:
            player.connect()
        match.room.run_until(lambda: len(match.referees) == 2 and match.watched.generation > 70)
        match.room.run(1_000.0)
        assert not match.room.reports
        cheat(match.players[0])
        match.room.run_until(lambda: match.room.reports)
        assert match.room.reports[0].wrong == [0]


def test_a_finished_match_has_no_referee() -> None:
    """It is closed with the match."""
    with Refereed() as match:
        match.room.room.transition("finish")
        assert match.room.room._refereeing is None
        assert not match.referee.heard()

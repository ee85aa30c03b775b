"""The account itself: whatever a server may lose, double, reorder or take back, it finds."""

from collections.abc import Callable

import pytest

from tests.crash.account import Account, Report, digest_of

TOKENS = (11, 12, 13, 14)


def report(*tokens: int, start: int = 0, drops: int = 0, faults: tuple[str, ...] = ()) -> Report:
    """A ledger as the game reports it, with these lines from `start` on."""
    digest = digest_of([*TOKENS[:start], *tokens])
    return Report(start + len(tokens), digest, list(tokens), 0, drops, 0, list(faults))


def shown(account: Account, *tokens: int, presses: int = 0) -> None:
    """The client shows this ledger."""
    account.sees(len(tokens), tokens[-1] if tokens else -1, digest_of(tokens), presses)


@pytest.fixture
def account() -> Account:
    """An account that has sent four tokens: commands 1, 3 and calls 2, 4; two are acknowledged and were seen."""
    account = Account("ada")
    for item_id, token in enumerate(TOKENS, 1):
        account.sends(token, item_id, call=item_id % 2 == 0)
    account.keeps(2)
    shown(account, 11, 12)
    account.answers(2, 200, 1)
    account.hears_line(11, 0)
    account.hears_line(12, 1)
    account.hears_bell(7)
    return account


def test_an_honest_server_has_no_faults(account: Account) -> None:
    """All that was sent arrives, is told once and comes to rest: before that it is not settled."""
    account.reports(report(13, start=2), 2)
    assert account.faults == []
    account.keeps(4)
    account.answers(4, 200, 3)
    shown(account, *TOKENS)
    account.hears_line(13, 2)
    account.hears_line(14, 3)
    account.hears_bell(8)
    assert account.settled
    account.ends()
    account.reports(report(*TOKENS), 0)
    account.saved(list(TOKENS))
    assert account.faults == []


LIES: dict[str, tuple[Callable[[Account], None], str]] = {
    "an acknowledged line is lost": (lambda a: a.reports(report(11), 0), "acknowledged and lost: [12]"),
    "a seen line is lost": (lambda a: a.reports(report(11), 0), "seen and lost"),
    "a line is doubled": (lambda a: a.reports(report(11, 12, 12, 13), 0), "1 doubled (12)"),
    "a line is left out": (lambda a: a.reports(report(11, 13, 14), 0), "1 missing (12)"),
    "two lines are in another order": (lambda a: a.reports(report(11, 13, 12), 0), "in another order"),
    "a line was never sent": (lambda a: a.reports(report(11, 12, 99), 0), "1 never sent (99)"),
    "more lines than were sent": (lambda a: a.reports(report(*TOKENS, 14), 0), "something is doubled"),
    "the client is shown less than before": (lambda a: shown(a, 11), "taken back"),
    "the client is shown another line": (lambda a: shown(a, 11, 12, 14), "not those that were sent"),
    "the client is shown a line twice": (lambda a: shown(a, 11, 12, 12), "not those that were sent"),
    "an event comes twice": (lambda a: a.hears_line(12, 1), "came twice"),
    "an event is missing": (lambda a: a.hears_line(14, 3), "is missing"),
    "an event says something else": (lambda a: a.hears_line(14, 2), "says 14, not 13"),
    "a bell comes twice": (lambda a: a.hears_bell(7), "told twice"),
    "a bell is missing": (lambda a: a.hears_bell(9), "are missing"),
    "a call is answered twice": (lambda a: a.answers(2, 200, 1), "answered twice"),
    "a call ran twice": (lambda a: a.answers(4, 200, 4), "put its token in line 4, not 3"),
    "a call is refused": (lambda a: a.answers(4, 429, "too many"), "refused with 429"),
    "a command is refused": (lambda a: a.answers(3, 429, "no"), "the command 3 was refused"),
    "a press is doubled": (lambda a: shown(a, 11, 12, presses=1), "1 presses counted, of 0"),
    "a drop is forgotten": (lambda a: a.reports(report(11, 12, 13, drops=1), 0), "1 drops and 0 returns"),
    "the game finds a fault": (lambda a: a.reports(report(11, 12, 13, faults=("x",)), 0), "says: x"),
    "not everything arrives": (lambda a: a.ends(), "not settled"),
    "the store has less": (lambda a: a.saved([11, 12, 13]), "saved data: 1 missing (14)"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_found(account: Account, lie: str) -> None:
    """Each lie is a fault that says what is wrong."""
    tell, sentence = LIES[lie]
    assert account.faults == []
    tell(account)
    assert account.faults and sentence in "; ".join(account.faults)


def test_who_was_told_of_the_gap_excuses_it(account: Account) -> None:
    """A player who was away for too long misses events, and the server says so: once."""
    account.excuse()
    account.hears_bell(12)
    account.hears_line(14, 3)
    assert account.faults == [] and account.excuses == 1
    account.hears_bell(15)
    assert account.faults


def test_another_room_begins_anew_with_the_ledger(account: Account) -> None:
    """Ids, bells and presses are the room's; the lines are the player's."""
    account.keeps(4)
    account.answers(4, 200, 3)
    account.hears_line(13, 2)
    account.hears_line(14, 3)
    account.enters()
    shown(account, *TOKENS)
    account.hears_bell(1)
    account.sends(15, 1, call=True)
    account.answers(1, 200, 4)
    shown(account, *TOKENS, 15)
    account.hears_line(15, 4)
    assert account.settled and account.faults == []

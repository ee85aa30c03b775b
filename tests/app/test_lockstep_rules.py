"""The operator's defaults and limits of lock-step rooms' rules."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict, fields

from app.config import LockstepSection
from app.config_file import ConfigError, parse
from app.rooms.rules import LEAST, MOST, ONE_OF, chosen_rules, contradictions, default_rules
from net.lockstep.settings import LockstepSettings, WantedRules
from net.lockstep.setup import SetupRefused
from tests.app.site_kit import loaded, make_kit
from tests.app.test_lobby import assert_problem
from tests.systems.lockstep_games import counting_game


@dataclass(frozen=True)
class Case:
    """What an operator writes, what a room's maker wants, and what the answer says."""

    toml: str
    wanted: dict[str, Any]
    says: str


REFUSED = [
    Case("most_delay = 3", {"delay": 4}, "rules.delay is 4: this server allows 3 at most"),
    Case(
        "least_generation = 0.1",
        {"generation": 50.0},
        "rules.generation is 50.0: this server allows 100 at least",
    ),
    Case(
        "most_generation = 2",
        {"longest": 3_000.0},
        "rules.longest is 3000.0: this server allows 2000 at most",
    ),
    Case("most_slowdown = 4", {"slowdown": 5.0}, "4 at most"),
    Case("most_patience = 60", {"patience": 60_001.0}, "60000 at most"),
    Case("most_checksum_interval = 8", {"checksum_interval": 9}, "8 at most"),
    Case("most_viewers = 20", {"viewers": 21}, "20 at most"),
    Case("most_viewer_delay = 5", {"viewer_delay": 6_000.0}, "5000 at most"),
    Case("most_body = 4096", {"max_body": 5_000}, "4096 at most"),
    Case('missing_policies = ["wait", "vote"]', {"missing": "drop"}, "'wait' or 'vote'"),
    Case('desync_policies = ["halt"]', {"desync": "resync"}, "'halt'"),
    Case("may_have_referee = false", {"referee": True}, "no referees"),
]
WRONG = [
    ("most_patience = 10", "f: lockstep.patience = 30.0: it is above lockstep.most_patience = 10.0"),
    ("longest = 0.05", "f: lockstep.generation = 0.1: it is above lockstep.longest = 0.05"),
    ("least_generation = 0.5", "f: lockstep.least_generation = 0.5: it is above lockstep.generation = 0.1"),
    (
        'desync_policies = ["drop"]',
        "lockstep.desync = 'halt': it is none of lockstep.desync_policies = ('drop',)",
    ),
    (
        "referee = true\nmay_have_referee = false",
        "lockstep.referee = true: lockstep.may_have_referee = false",
    ),
    ("patience = 0.5", "lockstep.patience = 0.5: allowed is a number from 1 to 600 seconds"),
    ("missing_policies = []", "lockstep.missing_policies = []: allowed is a list of"),
]


def section(toml: str) -> LockstepSection:
    """The table of a file."""
    return parse(f"[lockstep]\n{toml}", "f").lockstep


def test_without_a_file_rooms_have_what_the_documentation_says() -> None:
    """The defaults of the table are those of the rules, seconds there and ms here."""
    assert default_rules(LockstepSection()) == LockstepSettings()


def test_every_rule_has_a_default_and_can_be_wanted() -> None:
    """A rule that is added is in the operator's file and in what a room's maker may say, or this fails."""
    rules = set(LockstepSettings.__struct_fields__)
    assert set(WantedRules.__struct_fields__) == rules
    assert rules < set(LockstepSection.__struct_fields__)
    bounded = {*MOST, *LEAST, *ONE_OF, "referee"}
    assert rules - bounded == {"keep_dropped", "diverges_again", "configure"}, (
        "these cost the operator nothing"
    )


def test_the_operators_defaults_are_what_a_room_has() -> None:
    """What its maker says is the maker's, all else is the file's."""
    mine = section('patience = 12.5\nmissing = "vote"\nviewers = 3')
    rules = chosen_rules(mine, WantedRules(viewers=5), installed=True)
    assert (rules.patience, rules.missing, rules.viewers) == (12_500.0, "vote", 5)
    others = asdict(LockstepSettings()) | {"patience": 12_500.0, "missing": "vote", "viewers": 5}
    assert asdict(rules) == others


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.toml.split()[0])
def test_what_is_beyond_a_limit_is_refused(case: Case) -> None:
    """With the rule, what was wanted, and what is allowed, in the unit of the request."""
    with pytest.raises(SetupRefused, match="422|rules") as refused:
        chosen_rules(section(case.toml), WantedRules(**case.wanted), installed=True)
    assert case.says in str(refused.value)


@pytest.mark.parametrize(("toml", "says"), WRONG)
def test_a_file_that_contradicts_itself_is_refused(toml: str, says: str) -> None:
    """Defaults that rooms may not have, bounds that exclude each other: named with both values."""
    with pytest.raises(ConfigError) as wrong:
        section(toml)
    assert any(says in sentence for sentence in wrong.value.sentences)


def test_a_referee_by_default_is_for_installed_games() -> None:
    """The server never runs an uploaded engine: its rooms have none, and one that is asked for is refused later, by its name."""
    mine = section("referee = true")
    assert chosen_rules(mine, WantedRules(), installed=True).referee
    assert not chosen_rules(mine, WantedRules(), installed=False).referee
    assert chosen_rules(mine, WantedRules(referee=True), installed=False).referee


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_whatever_is_taken_is_within_the_limits(data: st.DataObject) -> None:
    """Any limits, any wish: either a refusal, or rules that are what was wanted and within every bound."""
    bounds = st.integers(2, 16)
    mine = LockstepSection(most_delay=data.draw(bounds), most_viewers=data.draw(bounds), viewers=2)
    assert contradictions(mine) == []
    delay, viewers = data.draw(st.integers(1, 16)), data.draw(st.integers(0, 20))
    fits = delay <= mine.most_delay and viewers <= mine.most_viewers
    try:
        rules = chosen_rules(mine, WantedRules(delay=delay, viewers=viewers), installed=True)
    except SetupRefused:
        assert not fits
    else:
        assert fits
        assert (rules.delay, rules.viewers) == (delay, viewers)


def test_every_limit_is_a_limit_of_a_rule() -> None:
    """No setting of the table is without effect."""
    used = {*MOST.values(), *LEAST.values(), *ONE_OF.values(), "may_have_referee"}
    assert {each.name for each in fields(LockstepSection)} == used | set(LockstepSettings.__struct_fields__)


def test_a_room_is_made_within_them_over_http() -> None:
    """What the operator says is in the room's listing; what is beyond it is refused with 422 and a sentence."""
    kit = make_kit(loaded(counting_game()), toml="[lockstep]\ndelay = 3\nmost_delay = 4\n")
    made = kit.request("POST", "/create", json={"game": "counting"}).json()
    assert kit.request("GET", f"/rooms/{made['room_id']}").json()["lockstep"]["rules"]["delay"] == 3
    answer = kit.request("POST", "/create", json={"game": "counting", "rules": {"delay": 5}})
    assert_problem(answer, 422, "delay is 5: this server allows 4 at most")

"""Skirmish has two engines, and nobody can tell which one computed a match."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.effort import examples
from tests.mods.loading import module
from tests.mods.skirmish_match import ENGINE, Match, begun, evaluated, in_node
from tests.mods.skirmish_players import RandomPlayers, setup_of
from tickroom import MasterPacket, Refused, first_difference

MATCHES = [
    (2, "small", "village", 400),
    (4, "small", "army", 150),
    pytest.param(3, "large", "village", 200, marks=pytest.mark.slow),
    pytest.param(4, "large", "army", 100, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("players", "size", "start", "generations"), MATCHES)
def test_both_engines_agree(players: int, size: str, start: str, generations: int) -> None:
    """Checksums and refusals of random matches are the same in each generation, and the last dumps in each field."""
    match = Match(players * 1000 + generations, setup_of(players, size, start))
    match.play(RandomPlayers(players, players, eagerness=0.4).bodies, generations)
    match.agrees()
    match.close()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_both_engines_agree_for_ten_thousand_generations() -> None:
    """Four players give random commands from an army's first fight to mined-out villages; all generations agree."""
    match = Match(2**40 + 17, setup_of(4, "large", "army"))
    players = RandomPlayers(77)
    for generation in range(10_000):
        match.turn(players.bodies(match.world), 1 + generation % 3)
    match.agrees()
    reasons = {reason for each in match.refusals for _, _, reason in each}
    assert len(reasons) > 8, "the commands were all alike"
    match.close()


def test_dumps_cross_between_the_engines() -> None:
    """JavaScript goes on from Python's dump and Python from JavaScript's, both as if nothing had happened."""
    match = Match(11, setup_of(2, "small", "army"))
    players = RandomPlayers(4, 2).bodies
    match.play(players, 60)
    ours = match.engine.dump()
    match.play(players, 60)
    result = match.agrees(start=ours, first=60)
    theirs = begun(11, match.setup)
    theirs.load(result["dumps"]["last"])
    assert theirs.checksum() == match.checksums[-1]
    for engine in (theirs, match.engine):
        engine.step(MasterPacket(120, 9, 50))
    assert theirs.checksum() == match.engine.checksum()
    theirs.close()
    match.close()


def test_javascript_goes_on_from_its_own_dumps() -> None:
    """Taken and loaded every third generation, and through JSON, its dumps change nothing."""
    match = Match(12, setup_of(3, "small", "village"))
    match.play(RandomPlayers(9, 3, eagerness=0.6).bodies, 150)
    match.agrees(reload=3)
    match.close()


def test_a_difference_is_found_between_the_languages() -> None:
    """A field that was changed in Python is named when its dump meets JavaScript's."""
    match = Match(13, setup_of(2, "small", "village"))
    match.turn()
    theirs = match.agrees()["dumps"]["last"]
    parts = module("skirmish", "shared.components")
    entity, body = match.world.query(parts.Body)[-1]
    body.health -= 1
    found = first_difference(match.engine.dump(), theirs)
    assert found is not None
    assert (found.entity, found.component, found.field) == (entity, "Body", "health")
    assert match.engine.checksum() != match.checksums[-1]
    match.close()


IDS = st.integers(-2, 140) | st.sampled_from([2**31 - 1, 2**31, 2**63, 1.0, True, None, "1"])
PLACES = st.integers(-1, 97) | st.sampled_from([0.5, False])
FIELDS = {
    "units": st.lists(IDS, max_size=20) | st.integers(70, 130).map(lambda end: list(range(70, end))) | IDS,
    "target": IDS,
    "building": IDS,
    "x": PLACES,
    "y": PLACES,
    "kind": st.sampled_from(["worker", "archer", "hall", "house", "tower", "Hall", "", "\udcff\x00"[1:]]),
}
SHAPES = {
    "move": ("units", "x", "y"),
    "advance": ("units", "x", "y"),
    "stop": ("units",),
    "attack": ("units", "target"),
    "gather": ("units", "target"),
    "build": ("units", "kind", "x", "y"),
    "assist": ("units", "target"),
    "train": ("building", "kind"),
    "cancel": ("building",),
    "rally": ("building", "x", "y"),
    "resign": (),
    "fly": ("x",),
}


@st.composite
def commands(draw: st.DrawFn) -> Any:
    """A command, whole or with fields too many, too few or in another order."""
    name = draw(st.sampled_from(sorted(SHAPES)))
    fields = list(SHAPES[name])
    if draw(st.integers(0, 9)) == 0:
        fields = draw(st.permutations(fields)) + draw(st.sampled_from([[], ["x"], ["target"]]))
    return [name, {field: draw(FIELDS[field]) for field in fields}]


BODIES = (
    st.lists(commands(), max_size=4).map(msgspec.msgpack.encode)
    | st.binary(max_size=30)
    | st.tuples(
        st.lists(commands(), min_size=1, max_size=2).map(msgspec.msgpack.encode), st.binary(max_size=3)
    ).map(lambda parts: parts[0][:-2] + parts[1])
)


@examples(25)
@given(st.lists(st.tuples(st.integers(0, 3), BODIES), max_size=40))
def test_any_bytes_mean_the_same_to_both(bodies: list[tuple[int, bytes]]) -> None:
    """Right and wrong commands, and bytes that are none, of players and of one who is not in the match: whatever one engine
    does with them, the other does."""
    match = Match(21, setup_of(3, "small", "village"))
    for body in bodies:
        match.turn((body,))
    match.agrees()
    match.close()


SEATS = st.lists(
    st.fixed_dictionaries({"player": st.integers(-1, 3) | st.just("0"), "team": st.integers(0, 2)}),
    max_size=5,
)
SETUPS = st.fixed_dictionaries(
    {
        "players": SEATS | st.none(),
        "size": st.sampled_from(["small", "tiny", 64]),
        "start": st.just("village"),
    }
)


@examples(25)
@given(SETUPS)
def test_both_refuse_the_same_setups(setup: dict[str, Any]) -> None:
    """Who plays, in which teams, on which map: one engine begins when the other does, and else both say why."""
    theirs = in_node({"seed": 1, "setup": setup, "start": None, "turns": [], "reload": 0, "dumps": []})
    if theirs["refused"]:
        with pytest.raises(Refused, match=theirs["refused"]):
            begun(1, setup)
        return
    engine = begun(1, setup)
    assert theirs["checksums"] == [engine.checksum()]
    engine.close()


@pytest.mark.parametrize("seed", [0, 1, 2**31, 2**32 - 1, 2**32, 2**53 - 1])
def test_any_seed_makes_the_same_map(seed: int) -> None:
    """All bits of the seed that a JavaScript number can hold count in both."""
    match = Match(seed, setup_of(4, "small", "village"))
    match.agrees()
    match.close()


def test_the_tables_are_the_same() -> None:
    """What everything costs and can do is written twice, and says the same."""
    rows = evaluated("KINDS")
    ours = [row._asdict() for row in module("skirmish", "shared.tables").KINDS]
    assert rows == json.loads(json.dumps(ours))


def test_commands_are_encoded_the_same() -> None:
    """What a page sends is what Python would have sent, long lists and large numbers included."""
    given = [
        ["move", {"units": [1, 127, 128, 255, 256, 65535, 65536, 2**31 - 1], "x": 0, "y": 95}],
        ["build", {"units": list(range(1, 200)), "kind": "barracks", "x": 5, "y": 6}],
        ["train", {"building": 300, "kind": "worker"}],
        ["resign", {}],
    ]
    assert bytes(evaluated(f"[...encodeCommands({json.dumps(given)})]")) == msgspec.msgpack.encode(given)
    assert evaluated("[...encodeCommands([])]") == []


def test_the_engine_is_one_file_that_loads_nothing() -> None:
    """It runs from a blob in a sandbox: no import, no page, no network, no clock, no chance but its own."""
    source = ENGINE.read_text(encoding="utf-8")
    forbidden = (
        "import ",
        "import(",
        "require(",
        "document",
        "window",
        "fetch",
        "Date",
        "Math.random",
        "performance",
    )
    code = "\n".join(line.split("//")[0] for line in source.splitlines())
    assert [word for word in forbidden if word in code] == []
    used = {part.split("(")[0].split(")")[0].split(" ")[0].split(",")[0] for part in code.split("Math.")[1:]}
    assert used <= {"floor", "min", "max", "imul", "sqrt"}

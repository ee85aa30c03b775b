"""The simulated network: order, bandwidth, stalls, cuts, and that a seed says all of it."""

import importlib.util
from collections.abc import Iterator
from itertools import accumulate, pairwise
from pathlib import Path as File

import pytest
from hypothesis import given
from hypothesis import strategies as st

from net.conditions import NEVER, PERFECT, PRESETS, Conditions, Line, Network, Path, conditions_named

ROOT = File(__file__).resolve().parents[2]
CONDITIONS = st.one_of(
    st.sampled_from(list(PRESETS.values())),
    st.builds(
        lambda stalls, longest, **others: Conditions(
            **others, stall_every=stalls, stall_shortest=longest / 3.0, stall_longest=longest
        ),
        stalls=st.one_of(st.just(0.0), st.floats(100.0, 10_000.0)),
        longest=st.floats(0.0, 5_000.0),
        latency=st.floats(0.0, 500.0),
        jitter=st.floats(0.0, 500.0),
        up=st.one_of(st.just(0.0), st.floats(1_000.0, 1e7)),
        down=st.one_of(st.just(0.0), st.floats(1_000.0, 1e7)),
        cut_every=st.one_of(st.just(0.0), st.floats(1.0, 1e6)),
    ),
)
SENDS = st.lists(st.tuples(st.floats(0.0, 2_000.0), st.integers(0, 3_000)), max_size=60)
"""Of each payload: how long after the one before, and how many bytes."""


def payloads(sends: list[tuple[float, int]]) -> Iterator[tuple[float, bytes]]:
    """When each is sent, and its bytes, which no other has."""
    times = accumulate(gap for gap, _ in sends)
    for number, (now, (_, size)) in enumerate(zip(times, sends, strict=True)):
        yield now, number.to_bytes(2, "big") + bytes(size)


def schedule(line: Line, sends: list[tuple[float, int]]) -> list[tuple[float, bytes]]:
    """When each payload arrives, looking at nothing but `next_due`."""
    arrived: list[tuple[float, bytes]] = []
    for now, payload in payloads(sends):
        while line.full or line.next_due() <= now:
            arrived += take(line)
        line.push(now, payload)
    while line.next_due() < NEVER:
        arrived += take(line)
    return arrived


def take(line: Line) -> list[tuple[float, bytes]]:
    """What is due next, and when."""
    due = line.next_due()
    return [(due, payload) for payload in line.due(due)]


@given(CONDITIONS, SENDS, st.integers(0, 2**64 - 1))
def test_all_that_is_sent_arrives_once_and_in_order(
    conditions: Conditions, sends: list[tuple[float, int]], seed: int
) -> None:
    """Whatever the network is like, without a cut nothing is lost, doubled or overtaken, and nothing is too early."""
    line = Line(conditions, conditions.up, seed)
    arrived = schedule(line, sends)
    assert [payload for _, payload in arrived] == [payload for _, payload in payloads(sends)]
    assert [at for at, _ in arrived] == sorted(at for at, _ in arrived)
    for (at, _), (sent, _) in zip(arrived, payloads(sends), strict=True):
        assert at >= sent + conditions.latency
    assert line.size == 0
    assert line.carried == sum(len(payload) for _, payload in arrived)


@given(CONDITIONS, SENDS, st.integers(0, 2**64 - 1))
def test_bandwidth_is_never_exceeded(
    conditions: Conditions, sends: list[tuple[float, int]], seed: int
) -> None:
    """From any payload to any later one, no more bytes arrive than the wire carries since the first of them was sent."""
    if not conditions.down:
        return
    arrived = schedule(Line(conditions, conditions.down, seed), sends)
    sent = [now for now, _ in payloads(sends)]
    for first, began in enumerate(sent):
        size = 0
        for at, payload in arrived[first:]:
            size += len(payload)
            assert size * 1_000.0 / conditions.down <= at - began - conditions.latency + 1e-3


@given(CONDITIONS, SENDS, st.integers(0, 2**64 - 1))
def test_the_same_seed_is_the_same_schedule(
    conditions: Conditions, sends: list[tuple[float, int]], seed: int
) -> None:
    """Both directions and the cut; and each direction has its own, whatever goes the other way."""
    one, other = Path(conditions, seed, 0.0), Path(conditions, seed, 0.0)
    assert one.cut_at == other.cut_at
    assert schedule(one.up, sends) == schedule(other.up, sends)
    assert schedule(one.down, []) == []
    assert schedule(one.down, sends) == schedule(other.down, sends)


@given(CONDITIONS, CONDITIONS, SENDS, SENDS, st.integers(0, 2**32))
def test_a_network_that_changes_keeps_the_order(
    before: Conditions,
    after: Conditions,
    first: list[tuple[float, int]],
    second: list[tuple[float, int]],
    seed: int,
) -> None:
    """What was on its way when the network became another arrives before what is sent later."""
    line = Line(before, before.up, seed, capacity=1e9)
    numbers: list[bytes] = []
    now = 0.0
    for conditions, sends in ((before, first), (after, second)):
        line.change(conditions, conditions.up, now)
        for gap, size in sends:
            now += gap
            numbers.append(len(numbers).to_bytes(2, "big") + bytes(size))
            line.push(now, numbers[-1])
    assert line.due(NEVER) == numbers


def test_a_stall_is_nothing_and_then_everything() -> None:
    """A payload each 10 ms: now and then nothing for a while, then all that waited at one time, and none is early after."""
    conditions = Conditions(latency=20.0, stall_every=500.0, stall_shortest=200.0, stall_longest=300.0)
    arrived = [at for at, _ in schedule(Line(conditions, 0.0, 3), [(10.0, 10)] * 1_000)]
    gaps = [later - earlier for earlier, later in pairwise(arrived)]
    stalls = [gap for gap in gaps if gap > 100.0]
    assert all(gap <= 310.0 for gap in stalls)
    assert 6 <= len(stalls) <= 30  # 10 s with one in some 750 ms, less where two touch
    assert sum(gap == 0.0 for gap in gaps) >= len(stalls) * 15  # what waited arrived with the first after it


def test_a_stall_by_hand_holds_what_is_on_its_way() -> None:
    """Nothing is due before its end, then all is, whenever it was sent."""
    path = Path(Conditions(latency=50.0), 1, 0.0)
    path.down.push(0.0, b"before")
    path.stall(10.0, 1_000.0)
    path.down.push(500.0, b"meanwhile")
    assert (path.down.due(1_009.0), path.down.next_due()) == ([], 1_010.0)
    assert path.down.due(1_010.0) == [b"before", b"meanwhile"]
    path.down.push(1_010.0, b"after")
    assert path.down.next_due() == 1_060.0


def test_a_line_takes_only_so_much() -> None:
    """A full line refuses bytes until some have arrived; one payload larger than it goes through an empty one."""
    line = Line(Conditions(latency=10.0), 0.0, 1, capacity=100)
    line.push(0.0, bytes(250))
    assert line.full
    with pytest.raises(OverflowError, match="250 bytes"):
        line.push(1.0, b"more")
    assert len(line.due(10.0)) == 1
    line.push(10.0, b"more")
    assert not line.full


def test_a_cut_loses_what_is_on_its_way_and_the_network_stays_away() -> None:
    """A connection is cut at a time that its seed says; the next opens when the network is back, and is another."""
    network = Network(Conditions(latency=10.0, cut_every=1_000.0, away=300.0), seed=5)
    first = network.path(0.0)
    assert 500.0 <= first.cut_at <= 1_500.0
    first.up.push(first.cut_at - 1.0, b"lost")
    first.clear()
    assert first.up.next_due() == NEVER
    network.lost(first.cut_at)
    assert network.back_at == first.cut_at + 300.0
    assert network.path(0.0).cut_at != first.cut_at


def test_no_conditions_change_nothing() -> None:
    """By themselves they delay nothing, cut nothing, and have no stall."""
    path = Path(PERFECT, 1, 7.0)
    path.up.push(8.0, b"now")
    assert path.up.due(8.0) == [b"now"]
    assert path.cut_at == NEVER


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"latency": -1.0}, "latency"),
        ({"jitter": NEVER}, "jitter"),
        ({"up": float("nan")}, "up"),
        ({"stall_every": 1.0}, "stall_every"),
        ({"stall_shortest": 2.0, "stall_longest": 1.0}, "stall_shortest"),
    ],
)
def test_what_no_network_is_like_is_refused(wrong: dict[str, float], sentence: str) -> None:
    """With the name of the setting."""
    with pytest.raises(ValueError, match=sentence):
        Conditions(**wrong)


def test_the_presets_are_known_by_name() -> None:
    """From lan to train; another name is answered with those that there are."""
    assert next(iter(PRESETS)) == "lan" and list(PRESETS)[-1] == "train"
    assert conditions_named("train").cut_every > 0.0
    with pytest.raises(LookupError, match="lan, wifi"):
        conditions_named("moon")


def test_the_vectors_for_other_languages_are_fresh() -> None:
    """docs/conditions-vectors.json is what build/conditions_vectors.py writes now."""
    path = ROOT / "build" / "conditions_vectors.py"
    spec = importlib.util.spec_from_file_location("conditions_vectors", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    written = (ROOT / "docs" / "conditions-vectors.json").read_text(encoding="utf-8")
    assert module.text() == written, f"run {path.name}"

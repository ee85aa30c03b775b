"""What a client might send, as plain arrays in the order of `net/protocol.py`."""

from hypothesis import strategies as st

from net.protocol import AXIS_SCALE, MAX_AXES
from tests.fuzz.messages import Plain, anything, texts, ticks, times

COMMANDS = ("note", "move_to", "refuse")
"""The commands of `tests/fuzz/fuzzed_game.py`."""

ids = st.integers(0, 2**32 - 1)
bits = st.integers(0, 2**32 - 1)


def concat(rows: list[list[int]]) -> list[int]:
    """Rows as one column."""
    return [number for row in rows for number in row]


axes = st.lists(st.integers(-AXIS_SCALE, AXIS_SCALE), max_size=MAX_AXES)
views = st.integers(0, 2**16 - 1)
records = st.tuples(st.integers(1, 20), bits, bits, views).map(list)
inputs = st.one_of(
    st.tuples(st.just(1), ticks, bits, bits, axes),
    st.tuples(
        st.just(1),
        st.integers(20, 60),
        bits,
        bits,
        st.just([]),
        views,
        st.lists(records, max_size=4).map(concat),
    ),
)
bodies = st.one_of(
    anything,
    st.fixed_dictionaries({"text": texts, "numbers": st.lists(st.integers(-(2**63), 2**63), max_size=3)}),
    st.fixed_dictionaries({"x": st.floats(), "y": st.floats()}),
    st.just({}),
)
names = st.one_of(st.sampled_from(COMMANDS), st.text(min_size=1, max_size=64))
commands = st.tuples(st.just(2), ids, names, bodies)
verbs = st.sampled_from(["get", "put", "post", "delete"])
resources = st.one_of(
    st.sampled_from(["snapshot", "roster", "room", "seat"]), st.text(min_size=1, max_size=128)
)
requests = st.tuples(st.just(3), ids, verbs, resources, anything)
pings = st.tuples(st.just(4), times)
items = st.one_of(inputs, commands, requests, pings).map(list)

hellos = st.tuples(
    st.just(1),
    st.sampled_from([1, 1, 1, 0, 2, 2**32 - 1]),
    st.sampled_from(["token of Mallory", "token of Mallory", "token of nobody", "", "x" * 128]),
    st.sampled_from(["", "abc"]),
    ticks,
)
syncs = st.tuples(st.just(2), times)
bundles = st.tuples(st.just(3), ticks, st.integers(-1, 3), st.lists(items, max_size=8))
messages: st.SearchStrategy[Plain] = st.one_of(hellos, syncs, bundles, bundles, bundles).map(list)
"""Each is valid by itself; whether it is allowed depends on when it comes."""

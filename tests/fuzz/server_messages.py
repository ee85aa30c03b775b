"""What a server might send, as plain arrays in the order of `net/protocol.py`; columns are lists, as in JSON."""

from typing import Any

from hypothesis import strategies as st

from tests.fuzz.messages import Plain, anything, texts, ticks, times

slots = st.integers(0, 5)
"""Few, so that entities meet each other."""
ids = st.integers(0, 8)
numbers = st.integers(-(2**31), 2**31)
components = st.integers(-6, 3)
exact = st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6), anything), min_size=6, max_size=6)
"""The numbers of an exact motion, or nearly."""
values = st.one_of(st.lists(st.one_of(st.integers(0, 9), anything), max_size=3), exact)
records = st.tuples(
    slots, ids, st.integers(0, 2), st.integers(-1, 3), numbers, numbers, numbers, numbers, numbers, numbers,
    st.integers(0, 65_535), texts, st.lists(st.tuples(st.integers(0, 2), values).map(list), max_size=2),
).map(list)  # fmt: skip
changes = st.tuples(slots, components, st.one_of(st.none(), values)).map(list)


def columns(*fields: st.SearchStrategy[int]) -> st.SearchStrategy[Any]:
    """A packed column of records, or one that is none."""
    whole = st.lists(st.tuples(*fields), max_size=3).map(
        lambda rows: [number for row in rows for number in row]
    )
    return st.one_of(whole, whole, whole, st.lists(st.integers(-5, 70_000), max_size=5))


qs = st.integers(0, 65_535)
nudges = st.integers(-128, 127)
speeds = st.integers(-32_768, 32_767)
snapshots = st.tuples(st.just(1), ticks, st.lists(records, max_size=3))
diffs = st.tuples(
    st.just(2), ticks, ticks, st.lists(slots, max_size=2), st.lists(records, max_size=2),
    columns(slots, qs, qs), columns(slots, nudges, nudges), columns(slots, speeds, speeds), columns(slots, qs),
    st.lists(changes, max_size=3),
)  # fmt: skip
privates = st.tuples(st.just(3), ticks, st.booleans(), st.lists(changes, max_size=3))
events = st.tuples(st.just(4), st.integers(0, 2), ticks, values)
players = st.tuples(st.integers(-1, 5), texts, texts, st.booleans(), st.integers(-1, 3)).map(list)
rosters = st.tuples(
    st.just(5), st.booleans(), st.lists(players, max_size=3), st.lists(st.integers(0, 3), max_size=2)
)
states = st.tuples(st.just(6), texts, texts)
answers = st.tuples(st.just(7), st.integers(0, 5), st.integers(100, 599), anything)
pongs = st.tuples(st.just(8), times, times)
notices = st.tuples(st.just(9), texts)
aways = st.tuples(st.just(13), times)
lines = st.tuples(st.just(10), st.integers(-1, 5), texts, texts, texts)
items = st.one_of(
    snapshots, diffs, diffs, privates, events, rosters, states, answers, pongs, notices, lines, aways
).map(list)

names = st.one_of(st.sampled_from(["Health", "value", "left"]), texts)
types = st.one_of(st.sampled_from(["int", "float", "bool", "str"]), texts)
steps_of_fields = st.one_of(
    st.just(0.0), st.floats(0.001, 10.0), st.floats(allow_nan=False, allow_infinity=False)
)
fields = st.lists(st.tuples(names, types, steps_of_fields).map(list), max_size=3)
some_steps = st.one_of(st.floats(0.001, 10.0), st.floats(allow_nan=False, allow_infinity=False))
steps = st.tuples(times, times, some_steps, some_steps, some_steps, st.sampled_from([16, 32, 16, 8])).map(
    list
)
schemas = st.tuples(
    texts, texts, texts, times, times,
    st.tuples(st.lists(texts, max_size=3), st.lists(texts, max_size=3), st.just({})).map(list),
    st.lists(st.tuples(texts, texts, texts, st.integers(-9, 9), st.booleans()).map(list), min_size=1, max_size=2),
    st.lists(st.tuples(names, st.sampled_from(["near", "owner"]), fields).map(list), max_size=2),
    st.lists(st.tuples(names, fields).map(list), max_size=2),
    st.lists(texts, max_size=2), steps, texts, st.none(), st.integers(0, 500),
).map(list)  # fmt: skip
welcomes = st.tuples(
    st.just(1), st.sampled_from([1, 1, 1, 2]), texts, texts, texts, st.integers(-1, 3), st.integers(-1, 130), ticks,
    times, times, texts, texts, texts, schemas, st.lists(players, max_size=2),
    texts, ticks, ids,
)  # fmt: skip
sync_replies = st.tuples(st.just(2), times, times)
leads = st.integers(-32_767, 32_767)
bundles = st.tuples(st.just(3), ticks, times, ticks, ids, leads, st.lists(items, max_size=5))
messages: st.SearchStrategy[Plain] = st.one_of(welcomes, sync_replies, bundles, bundles).map(list)
"""Each is valid by itself; whether it makes sense depends on what came before."""

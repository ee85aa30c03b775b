"""Where two dumps differ, whatever they are."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickroom import first_difference

DUMP: dict[str, Any] = {
    "generation": 7,
    "entities": {
        "2": {"Body": {"hp": 5, "kind": 1}},
        "10": {"Body": {"hp": 9, "kind": 1}, "Arms": {"foe": 0}},
    },
    "resources": {"World": {"tick": 30}},
}


def changed(*path: str, to: Any) -> dict[str, Any]:
    """The dump with another value there."""

    def copy(value: Any, keys: tuple[str, ...]) -> Any:
        return {**value, keys[0]: copy(value.get(keys[0], {}), keys[1:])} if keys else to

    result: dict[str, Any] = copy(DUMP, path)
    return result


CASES: list[tuple[Any, Any]] = [
    (DUMP, None),
    (changed("generation", to=8), (None, "generation", "", 7, 8)),
    (changed("entities", "10", "Body", "hp", to=8), (10, "Body", "hp", 9, 8)),
    (changed("entities", "2", "Body", "hp", to=5.0), (2, "Body", "hp", 5, 5.0)),
    (changed("entities", "2", "Body", to={"hp": 5}), (2, "Body", "kind", 1, "(missing)")),
    (changed("entities", "10", to={"Body": {"hp": 9, "kind": 1}}), (10, "Arms", "", {"foe": 0}, "(missing)")),
    (changed("entities", "3", to={}), (3, "", "", "(missing)", {})),
    (changed("resources", "World", "tick", to=31), (None, "World", "tick", 30, 31)),
]


@pytest.mark.parametrize(("theirs", "expected"), CASES)
def test_the_first_value_that_differs_is_named(theirs: Any, expected: tuple[Any, ...] | None) -> None:
    """Entities go by number, not by text; then components and fields by name; then resources."""
    found = first_difference(DUMP, theirs)
    told = found and (found.entity, found.component, found.field, found.ours, found.theirs)
    assert told == expected


def test_the_lower_entity_comes_first() -> None:
    """Of several differences it is the one of the entity with the lowest number."""
    theirs = changed("entities", "10", "Arms", "foe", to=3)
    theirs["entities"]["2"] = {"Body": {"hp": 5, "kind": 2}}
    found = first_difference(DUMP, theirs)
    assert found is not None and str(found) == "entity 2 Body.kind is 1 here and 2 there"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.binary(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2) | st.integers(), inner, max_size=3)
    ),
    max_leaves=12,
)
SECTIONS = st.fixed_dictionaries({"generation": ANYTHING, "entities": ANYTHING, "resources": ANYTHING})


@given(SECTIONS | ANYTHING, SECTIONS | ANYTHING)
def test_no_dump_is_too_strange(ours: Any, theirs: Any) -> None:
    """Dumps come from clients: nothing in them raises, each is like itself, and a difference can be told."""
    assert first_difference(ours, ours) is None
    assert len(str(first_difference(ours, theirs))) < 1000

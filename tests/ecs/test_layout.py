"""Layouts: which types a field may have, and the words for them."""

from dataclasses import dataclass
from enum import Enum
from typing import Optional, Union

import pytest

from ecs.layout import Layout, NotPlain


class Colour(Enum):
    """No plain type."""

    RED = 1


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (int, "int"),
        (float, "float"),
        (bool, "bool"),
        (str, "str"),
        (bytes, "bytes"),
        (list[float], "list[float]"),
        (tuple[int, ...], "tuple[int, ...]"),
        (tuple[int, str], "tuple[int, str]"),
        (dict[str, list[int]], "dict[str, list[int]]"),
        (int | None, "int | None"),
        (Optional[int], "int | None"),  # noqa: UP045 - what is tested
        (Union[int, str], "int | str"),  # noqa: UP007 - what is tested
    ],
)
def test_a_fields_type_is_told_the_same_way_everywhere(annotation: object, text: str) -> None:
    """The words are part of the fingerprint, and `str(Optional[int])` is not the same in Python 3.11 and 3.14."""
    assert _layout(annotation).fields[0].type == text


@pytest.mark.parametrize(
    "annotation",
    [set[int], object, Colour, dict[float, int], list, dict[int, Colour], tuple[Colour, ...], int | Colour],
)
def test_other_types_are_refused(annotation: object) -> None:
    """A set has no order, an object no plain values."""
    with pytest.raises(NotPlain, match="field 'value'"):
        _layout(annotation)


def _layout(annotation: object) -> Layout:
    class Box:
        value: int

    Box.__annotations__["value"] = annotation
    return Layout(dataclass(slots=True)(Box))


def test_an_int_in_a_float_field_stays_an_int() -> None:
    """A reload changes no number's type, not even inside of a list: rules would print and divide it otherwise."""

    @dataclass(slots=True)
    class Box:
        one: float
        many: list[float]

    layout = Layout(Box)
    box = layout.build(list(layout.row(Box(1, [2, 2.5, True]))))
    assert repr([box.one, *box.many]) == "[1, 2, 2.5, True]"


def test_building_runs_no_code_of_the_class() -> None:
    """The fields are set as they were, without __init__ and __post_init__."""

    @dataclass(slots=True)
    class Box:
        one: int

        def __post_init__(self) -> None:
            self.one += 1

    assert Layout(Box).build([5]).one == 5

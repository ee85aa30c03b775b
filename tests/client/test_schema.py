"""A schema becomes decoders, and one that no game could have is refused."""

from typing import Any

import pytest
from msgspec.structs import replace

from net.client.schema import GameDecoder
from net.errors import RemoteProtocolError
from net.protocol import ComponentSchema, EventSchema, FieldSchema
from tests.client.scripted import SCHEMA

STEPS = SCHEMA.steps


@pytest.mark.parametrize("name", ["", "1st", "class", "_private", "__init__", "two words", "a.b"], ids=repr)
def test_names_that_are_none_are_refused(name: str) -> None:
    """A component, an event and a field have names that can be attributes."""
    for changes in (
        {"components": [ComponentSchema(name, "near", [])]},
        {"components": [ComponentSchema("Good", "near", [FieldSchema(name, "int")])]},
        {"events": [EventSchema(name, [])]},
    ):
        with pytest.raises(RemoteProtocolError, match="a name that is none"):
            GameDecoder(replace(SCHEMA, **changes))


def test_a_field_twice_is_refused() -> None:
    """Two fields of one name could not be told apart."""
    twice = ComponentSchema("Health", "near", [FieldSchema("value", "int"), FieldSchema("value", "int")])
    with pytest.raises(RemoteProtocolError, match="a field twice"):
        GameDecoder(replace(SCHEMA, components=[twice]))


@pytest.mark.parametrize(
    "changes",
    [
        {"position_bits": 8},
        {"position": 0.0},
        {"velocity": -1.0},
        {"size": float("inf")},
        {"position": float("nan")},
        {"origin_x": float("nan")},
        {"origin_y": float("-inf")},
    ],
    ids=str,
)
def test_steps_that_cannot_be_are_refused(changes: dict[str, Any]) -> None:
    """Numbers that would make every position none are found at the welcome."""
    with pytest.raises(RemoteProtocolError):
        GameDecoder(replace(SCHEMA, steps=replace(STEPS, **changes)))


@pytest.mark.parametrize("step", [float("nan"), float("inf"), -1.0, 1e10])
def test_a_step_of_a_field_that_cannot_be_is_refused(step: float) -> None:
    """The steps of fields are checked as the others are."""
    health = ComponentSchema("Health", "near", [FieldSchema("value", "float", step)])
    with pytest.raises(RemoteProtocolError, match="a step"):
        GameDecoder(replace(SCHEMA, components=[health]))


def test_values_have_the_types_that_the_schema_names() -> None:
    """int, float, bool and str are checked, NaN is no number, and other types are handed on as they come."""
    fields = [FieldSchema(name, name) for name in ("int", "float", "bool", "str")]
    fields.append(FieldSchema("other", "list[int]"))
    decoder = GameDecoder(replace(SCHEMA, events=[EventSchema("Mixed", fields)]))
    good: list[Any] = [1, 2.5, True, "x", [1, 2]]
    name, body = decoder.event(0, good)
    assert name == "Mixed" and [getattr(body, known.name) for known in fields] == good
    for at, wrong in enumerate(["1", float("nan"), 1, 1]):
        with pytest.raises(RemoteProtocolError, match="Mixed could not be read"):
            decoder.event(0, [*good[:at], wrong, *good[at + 1 :]])
    with pytest.raises(RemoteProtocolError, match="no event 5"):
        decoder.event(5, [])

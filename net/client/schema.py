"""What a welcome's GameSchema says, made into decoders: wire values -> typed components and events in world units."""

from keyword import iskeyword
from typing import Annotated, Any

from msgspec import Meta, Struct, ValidationError, convert, defstruct

from net.codec import POSITION_LAYOUTS
from net.errors import RemoteProtocolError
from net.protocol import CloseReason, ComponentSchema, EventSchema, FieldSchema, GameSchema, Steps

Number = Annotated[float, Meta(ge=-1e300, le=1e300)]
"""A float that is a number: a bare one lets NaN and infinity through."""

Quantised = Annotated[float, Meta(ge=-(2**53), le=2**53)]
MAX_STEP = 1e9
"""No game has coarser steps, and no number of 53 bits times this is infinite."""

FIELD_TYPES: dict[str, Any] = {"int": int, "float": Number, "bool": bool, "str": str}
"""The types of fields by their names in the schema; a field of any other type is handed on as it came."""


class RecordDecoder:
    """Decodes the values of one component or event into a struct with the fields that the game declares."""

    def __init__(self, schema: ComponentSchema | EventSchema) -> None:
        self.name = schema.name
        self.type = _record_type(schema.name, schema.fields)
        self._steps = [(known.name, known.step) for known in schema.fields if known.step > 0]

    def decode(self, values: list[Any]) -> Struct:
        """The record of these wire values. Raises RemoteProtocolError."""
        try:
            record: Struct = convert(values, self.type)
        except ValidationError as error:
            raise _malformed(f"{self.name} could not be read: {error}") from error
        for name, step in self._steps:
            setattr(record, name, getattr(record, name) * step)
        return record


class GameDecoder:
    """All the decoders of one game."""

    def __init__(self, schema: GameSchema) -> None:
        """Raises RemoteProtocolError for a schema that no game could have."""
        _check_steps(schema.steps)
        self.schema = schema
        self.kinds = [kind.name for kind in schema.kinds]
        self.components = [RecordDecoder(component) for component in schema.components]
        self.events = [RecordDecoder(event) for event in schema.events]
        self.position_layout = POSITION_LAYOUTS[schema.steps.position_bits]

    def kind(self, index: int) -> str:
        """The name of a kind. Raises RemoteProtocolError for an unknown one."""
        return self.kinds[_checked(index, self.kinds, "kind")]

    def component_name(self, index: int) -> str:
        """The name of a component. Raises RemoteProtocolError for an unknown one."""
        return self.components[_checked(index, self.components, "component")].name

    def component(self, index: int, values: list[Any]) -> tuple[str, Struct]:
        """A component's name and its values, typed. Raises RemoteProtocolError."""
        decoder = self.components[_checked(index, self.components, "component")]
        return decoder.name, decoder.decode(values)

    def event(self, index: int, values: list[Any]) -> tuple[str, Struct]:
        """An event's name and its body, typed. Raises RemoteProtocolError."""
        decoder = self.events[_checked(index, self.events, "event")]
        return decoder.name, decoder.decode(values)


def _record_type(name: str, fields: list[FieldSchema]) -> type[Struct]:
    names = [known.name for known in fields]
    for known in [name, *names]:
        if not known.isidentifier() or iskeyword(known) or known.startswith("_"):
            raise _malformed(f"The schema has a name that is none: {known!r}")
    if len(set(names)) != len(names):
        raise _malformed(f"The schema of {name} has a field twice")
    if not all(0 <= known.step <= MAX_STEP for known in fields):
        raise _malformed(f"The schema of {name} has a step that none can have")
    return defstruct(
        name,
        [(known.name, _field_type(known)) for known in fields],
        array_like=True,
        forbid_unknown_fields=True,
    )


def _field_type(known: FieldSchema) -> Any:
    if known.step > 0:
        return Quantised
    return FIELD_TYPES.get(known.type, Any)


def _check_steps(steps: Steps) -> None:
    if steps.position_bits not in POSITION_LAYOUTS:
        raise _malformed(f"Positions cannot have {steps.position_bits} bits")
    if not all(abs(origin) <= 2**53 for origin in (steps.origin_x, steps.origin_y)):
        raise _malformed("The origin is nowhere")
    if not all(0 < step <= MAX_STEP for step in (steps.position, steps.velocity, steps.size)):
        raise _malformed("A step is not above 0")


def _checked(index: int, known: list[Any], what: str) -> int:
    if not 0 <= index < len(known):
        raise _malformed(f"There is no {what} {index}")
    return index


def _malformed(sentence: str) -> RemoteProtocolError:
    return RemoteProtocolError(CloseReason.MALFORMED, f"{sentence}."[:120])

"""The fields of a dataclass as plain values: what a snapshot, the wire and a checksum can hold."""

import types
from dataclasses import dataclass, fields, is_dataclass
from operator import attrgetter
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

Types = tuple[type, ...]

SCALARS: dict[Any, Types] = {
    int: (int, bool),
    float: (float, int, bool),
    bool: (bool,),
    str: (str,),
    bytes: (bytes,),
}
"""What a field of each type may hold. An int in a float field stays an int: a loaded world continues bit for bit."""


class NotPlain(Exception):
    """A type or a value that cannot be written as plain values; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name, its annotation as text (`int`, `float`, `bool`, `str` for scalars), and what it may hold."""

    name: str
    type: str
    scalar: Types | None
    shape: Any
    """The type that msgspec checks and converts a field to that is no scalar."""


class Layout:
    """How instances of one dataclass are turned into rows of plain values and back."""

    __slots__ = ("_read", "fields", "names", "type")

    def __init__(self, of: type) -> None:
        if not is_dataclass(of):
            raise NotPlain(
                f"{of.__name__} is no dataclass: put @dataclass(slots=True) directly above the class"
            )
        hints = get_type_hints(of)
        self.type: type = of
        self.fields: tuple[Field, ...] = tuple(_field(item.name, hints[item.name]) for item in fields(of))
        self.names: tuple[str, ...] = tuple(item.name for item in self.fields)
        self._read = attrgetter(*self.names) if self.names else None

    def row(self, instance: Any) -> tuple[Any, ...]:
        """The values of the fields, in order. Raises NotPlain when a field holds what its type does not allow."""
        if self._read is None:
            return ()
        row = self._read(instance)
        values: tuple[Any, ...] = row if len(self.names) > 1 else (row,)
        for field, value in zip(self.fields, values, strict=True):
            if field.scalar is not None and type(value) not in field.scalar:
                raise NotPlain(f"{self.type.__name__}.{field.name} is {field.type} and holds {value!r}")
        return values

    def build(self, row: Any) -> Any:
        """An instance with these values, without its `__init__`. Raises NotPlain when they do not fit."""
        instance: Any = object.__new__(self.type)
        self.fill(instance, row)
        return instance

    def fill(self, instance: Any, row: Any) -> None:
        """Set all fields of `instance`. Raises NotPlain when the values do not fit."""
        if not isinstance(row, list | tuple) or len(row) != len(self.fields):
            raise NotPlain(f"{self.type.__name__} has {len(self.fields)} fields, not {row!r}")
        for field, value in zip(self.fields, row, strict=True):
            object.__setattr__(instance, field.name, self._checked(field, value))

    def _checked(self, field: Field, value: Any) -> Any:
        if field.scalar is not None:
            if type(value) not in field.scalar:
                raise NotPlain(f"{self.type.__name__}.{field.name} is {field.type}, not {value!r}")
            return value
        try:
            return msgspec.convert(value, field.shape)
        except msgspec.ValidationError as error:
            raise NotPlain(f"{self.type.__name__}.{field.name}: {error}") from None


def _field(name: str, annotation: Any) -> Field:
    scalar = SCALARS.get(annotation)
    text = annotation.__name__ if isinstance(annotation, type) and scalar else str(annotation)
    try:
        return Field(name, text, scalar, None if scalar else _shape(annotation))
    except NotPlain as error:
        raise NotPlain(f"field {name!r}: {error}") from None


def _shape(annotation: Any) -> Any:
    """The annotation with each scalar widened to all that such a field may hold. Raises NotPlain for other types."""
    if annotation in SCALARS:
        return Union[SCALARS[annotation]]  # noqa: UP007 - a union of a tuple of types
    if annotation is None or annotation is type(None):
        return None
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return Union[tuple(_shape(argument) for argument in arguments)]  # noqa: UP007
    if origin is list and len(arguments) == 1:
        return list[_shape(arguments[0])]  # type: ignore[misc]
    if origin is tuple and arguments:
        return tuple[tuple(a if a is Ellipsis else _shape(a) for a in arguments)]  # type: ignore[misc]
    if origin is dict and arguments[0] in (int, str):
        return dict[arguments[0], _shape(arguments[1])]  # type: ignore[valid-type,misc]
    raise NotPlain(
        f"{annotation} is not plain: int, float, bool, str, bytes, None, and list, tuple and dict of these"
    )

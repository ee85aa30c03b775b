"""The fields of a dataclass as plain values: what a snapshot, the wire and a checksum can hold."""

import types
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from operator import attrgetter
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

Types = tuple[type, ...]
Row = Sequence[Any]

SCALARS: dict[Any, Types] = {
    int: (int, bool),
    float: (float, int, bool),
    bool: (bool,),
    str: (str,),
    bytes: (bytes,),
}
"""What a field of each type may hold. An int in a float field stays an int: a loaded world continues bit for bit."""
PLAIN = frozenset({int, float, bool, str, bytes, type(None)})
MAX_DEPTH = 32
"""How deep lists and dicts may nest in a component or a resource."""


class NotPlain(Exception):
    """A type or a value that cannot be written as plain values; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name, its annotation as text (`int`, `float`, `bool`, `str` for scalars), and what it may hold."""

    name: str
    scalar: Types | None
    shape: Any
    """The type that msgspec checks and converts a field to that is no scalar."""
    type: str


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

    def row(self, instance: Any) -> Row:
        """The values of the fields, in order. Raises NotPlain when one holds what its type does not allow."""
        return self.rows([instance])[0]

    def rows(self, instances: Sequence[Any]) -> list[Row]:
        """The rows of many instances; checked by column, which costs a tenth. Raises NotPlain."""
        if self._read is None:
            return [()] * len(instances)
        read: Iterable[Any] = map(self._read, instances)
        rows: list[Row] = list(read) if len(self.names) > 1 else [(value,) for value in read]
        for field, column in zip(self.fields, zip(*rows, strict=True), strict=bool(rows)):
            self._check_column(field, column)
        return rows

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
            object.__setattr__(instance, field.name, self._converted(field, value))

    def _check_column(self, field: Field, column: Sequence[Any]) -> None:
        allowed = field.scalar
        if allowed is None:
            for value in column:
                check_plain(value, f"{self.type.__name__}.{field.name}")
        elif not set(map(type, column)).issubset(allowed):
            wrong = next(value for value in column if type(value) not in allowed)
            raise NotPlain(f"{self.type.__name__}.{field.name} is {field.type} and holds {wrong!r}")

    def _converted(self, field: Field, value: Any) -> Any:
        if field.scalar is not None:
            if type(value) not in field.scalar:
                raise NotPlain(f"{self.type.__name__}.{field.name} is {field.type}, not {value!r}")
            return value
        try:
            return msgspec.convert(value, field.shape)
        except msgspec.ValidationError as error:
            raise NotPlain(f"{self.type.__name__}.{field.name}: {error}") from None


def check_plain(value: Any, what: str, depth: int = MAX_DEPTH) -> None:
    """Raise NotPlain for a value that a snapshot cannot hold in one canonical way: a set, an object, a circle."""
    of = type(value)
    if of in PLAIN:
        return
    if depth == 0:
        raise NotPlain(f"{what} nests deeper than {MAX_DEPTH}")
    if of is dict:
        if not {int, str}.issuperset(map(type, value)):
            raise NotPlain(f"{what} is a dict whose keys are not all int or str")
        inner: Iterable[Any] = value.values()
    elif of in (list, tuple):
        inner = value
    else:
        raise NotPlain(
            f"{what} holds {value!r}, which is not int, float, bool, str, bytes, None, list, tuple or dict"
        )
    if not PLAIN.issuperset(map(type, inner)):
        for each in inner:
            check_plain(each, what, depth - 1)


def _field(name: str, annotation: Any) -> Field:
    scalar = SCALARS.get(annotation) if isinstance(annotation, type) else None
    try:
        return Field(name, scalar, None if scalar else _shape(annotation), _text(annotation))
    except NotPlain as error:
        raise NotPlain(f"field {name!r}: {error}") from None


def _shape(annotation: Any) -> Any:
    """The annotation with each scalar widened to all that such a field may hold. Raises NotPlain for other types."""
    if annotation is None or annotation is type(None):
        return None
    if isinstance(annotation, type) and annotation in SCALARS:
        return Union[SCALARS[annotation]]  # noqa: UP007 - a union of a tuple of types
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


def _text(annotation: Any) -> str:
    """The annotation in words that are the same in every Python version (`str` of a union is not)."""
    if annotation is None or annotation is type(None):
        return "None"
    if annotation is Ellipsis:
        return "..."
    origin, arguments = get_origin(annotation), [_text(argument) for argument in get_args(annotation)]
    if origin in (Union, types.UnionType):
        return " | ".join(arguments)
    name = (origin or annotation).__name__
    return f"{name}[{', '.join(arguments)}]" if arguments else name

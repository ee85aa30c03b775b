"""Checks of what a mod hands to `Game`, each with the file and line of the mod."""

import inspect
import sys
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any, NoReturn, get_type_hints

import msgspec

from ecs.drawing import is_code, is_colour, nearest_code, nearest_colour
from ecs.errors import GameError

_OWN = "ecs."


def where_called() -> tuple[str, int]:
    """File and line of the nearest caller outside `ecs`."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the documented way to the caller's line
    while frame is not None and frame.f_globals.get("__name__", "").startswith(_OWN):
        frame = frame.f_back
    return (frame.f_code.co_filename, frame.f_lineno) if frame is not None else ("", 0)


def where_defined(function: Callable[..., Any]) -> tuple[str, int]:
    """File and line of a function's definition."""
    code = getattr(function, "__code__", None)
    return (code.co_filename, code.co_firstlineno) if code is not None else where_called()


def refuse(problem: str, function: Callable[..., Any] | None = None) -> NoReturn:
    """Raise GameError, at the function's definition or at the mod's call."""
    file, line = where_defined(function) if function is not None else where_called()
    raise GameError(problem, file, line)


def check_parameters(function: Any, what: str, names: tuple[str, ...]) -> None:
    """`function` is a plain function that can be called with exactly these positional arguments."""
    shape = f"def {getattr(function, '__name__', 'name')}({', '.join(names)})"
    if not inspect.isfunction(function):
        refuse(f"{what} is written as `{shape}`, not as {function!r}")
    if (
        inspect.iscoroutinefunction(function)
        or inspect.isgeneratorfunction(function)
        or inspect.isasyncgenfunction(function)
    ):
        refuse(
            f"{what} runs inside the tick and must be a plain function: `{shape}`, no async and no yield",
            function,
        )
    given = list(inspect.signature(function).parameters.values())
    positional = [p for p in given if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(positional) != len(given) or len(given) != len(names):
        refuse(f"{what} is written as `{shape}`, not with ({', '.join(map(str, given))})", function)


def type_of_parameter(function: Any, place: int, what: str) -> type:
    """The annotation of a parameter, which must be a class."""
    name = list(inspect.signature(function).parameters)[place]
    try:
        annotation = get_type_hints(function).get(name)
    except NameError as error:
        refuse(f"{what}: the type of {name!r} is not known when the mod loads: {error}", function)
    if not isinstance(annotation, type):
        refuse(f"{what}: say the type of {name!r}: `{name}: SomeDataclass`", function)
    return annotation


def type_of_answer(function: Any, what: str) -> Any:
    """The annotation of what a function returns, which must be there."""
    try:
        hints = get_type_hints(function)
    except NameError as error:
        refuse(f"{what}: the type of its answer is not known when the mod loads: {error}", function)
    if "return" not in hints:
        refuse(f"{what}: say the type of its answer: `-> SomeDataclass` or `-> None`", function)
    return hints["return"]


def check_name(name: object, what: str) -> str:
    """A short name of letters, digits and underscores."""
    if not isinstance(name, str) or not name.isidentifier() or not name.isascii() or len(name) > 64:
        refuse(f"{what} is a name of at most 64 letters, digits and underscores, not {name!r}")
    return name


def check_number(value: object, what: str, low: float, high: float, *, whole: bool = False) -> None:
    """A finite number between two bounds."""
    right_type = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
    if not right_type or not low <= value <= high:  # type: ignore[operator]
        refuse(f"{what} is a {'whole ' if whole else ''}number from {low:g} to {high:g}, not {value!r}")


def check_colour(value: object, what: str) -> None:
    """A CSS colour that every page can draw."""
    if not isinstance(value, str) or len(value) > 64 or not is_colour(value):
        nearest = nearest_colour(value) if isinstance(value, str) else ""
        meant = f"; did you mean {nearest!r}?" if nearest else ""
        refuse(f"{what} is a CSS colour such as '#4af', 'rgb(200 60 40)' or 'tomato', not {value!r}{meant}")


def check_code(value: object, what: str) -> None:
    """A code of a key, a button or a touch button that the page knows."""
    if not isinstance(value, str) or not is_code(value):
        nearest = nearest_code(value) if isinstance(value, str) else ""
        meant = f"; did you mean {nearest!r}?" if nearest else ""
        codes = "a KeyboardEvent.code such as 'KeyW', 'ArrowUp' or 'Space', or 'Pointer0', 'Gamepad0', 'Touch0' and so on"
        refuse(f"{what} is {codes}, not {value!r}{meant}")


def check_option(value: object, what: str, allowed: Iterable[object]) -> None:
    """One of a few words."""
    allowed = tuple(allowed)
    if value not in allowed:
        refuse(f"{what} is one of {', '.join(map(repr, allowed))}, not {value!r}")


def check_body(body: type, what: str, function: Any) -> None:
    """What a client or a match sends is decoded to a dataclass or a msgspec Struct. The class may name others that come later
    in the file: `check_decodable` looks at those, when the mod is whole."""
    if not (issubclass(body, msgspec.Struct) or hasattr(body, "__dataclass_fields__")):
        refuse(f"{what} is a dataclass or a msgspec Struct, not {body.__name__}", function)


def check_decodable(body: type, function: Any) -> None:
    """Every annotation of the body is there and can be decoded to.

    It also binds them now: msgspec would look postponed ones up in `sys.modules` at the first message, where another
    game of the same name may be by then.
    """
    try:
        msgspec.msgpack.Decoder(body)
        msgspec.json.Decoder(body)
    except (NameError, TypeError) as error:
        refuse(f"{body.__name__} cannot be decoded: {error}", function)

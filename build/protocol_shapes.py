"""What a server's messages look like, as TypeScript that checks them: web/sdk/src/shapes.generated.ts.

`build/protocol_types.py` writes it with everything else that is generated. The checks themselves are in web/sdk/src/shape.ts.
"""

import re
from typing import Any, get_args

from msgspec import inspect

from net import protocol

HEADER = "// Generated from net/protocol.py by build/protocol_types.py. Do not edit.\n"
SAFE = 2**53 - 1
"""The largest integer of which JavaScript knows the neighbours."""
UNIONS = {"ServerItem": "const serverItem", "ServerMessage": "export const serverMessage"}


def shapes() -> str:
    """The whole of the file: a check for each struct, in the order in which they need each other."""
    written: dict[str, str] = {}
    for union, declared in UNIONS.items():
        members = [inspect.type_info(member) for member in get_args(getattr(protocol, union))]
        table = "".join(f"  {_tag(member)}: {_shape(member, written)},\n" for member in members)
        written[union] = f'{declared} = tagged("{union}", {{\n{table}}});\n'
    text = "\n".join(written.values())
    names = sorted(set(re.findall(r"\b[a-z]\w*\b(?=[(,)\n])", text)) & CHECKS)
    return f'{HEADER}\nimport {{ {", ".join(names)} }} from "./shape.js";\n\n{text}'


CHECKS = {
    "any", "bool", "bytes", "dict", "float", "int", "list", "nothing", "oneOf", "packed", "record", "tagged", "text", "tuple",
}  # fmt: skip
"""What web/sdk/src/shape.ts has."""


PLAIN: dict[type, str] = {
    inspect.StrType: "text",
    inspect.BoolType: "bool",
    inspect.BytesType: "bytes",
    inspect.RawType: "any",
    inspect.AnyType: "any",
    inspect.NoneType: "nothing",
}


def _tag(described: inspect.Type) -> object:
    return described.tag if isinstance(described, inspect.StructType) else None


def _shape(described: inspect.Type, written: dict[str, str]) -> str:
    """The check of a type; structs are written once, and named. Raises TypeError for a type that the wire does not know yet."""
    if type(described) in PLAIN:
        return PLAIN[type(described)]
    match described:
        case inspect.IntType():
            return _bounded("int", described.ge, described.le)
        case inspect.FloatType():
            return _bounded("float", "Number.MIN_VALUE" if described.gt == 0 else described.ge, described.le)
        case inspect.StructType():
            return _struct(described, written)
        case inspect.ListType() | inspect.VarTupleType():
            return f"list({_shape(described.item_type, written)})"
        case inspect.TupleType():
            return f"tuple({', '.join(_shape(item, written) for item in described.item_types)})"
        case inspect.DictType():
            return f"dict({_shape(described.value_type, written)})"
        case inspect.UnionType():
            return _union(described, written)
    raise TypeError(f"no check is known for {described!r}")


def _union(described: inspect.UnionType, written: dict[str, str]) -> str:
    """A packed column, an item, or one of several; null is looked for first, as a record says at once what is wrong with it."""
    if {type(member) for member in described.types} == {inspect.BytesType, inspect.ListType}:
        return "packed"
    if all(_tag(member) is not None for member in described.types):
        return "serverItem"
    members = sorted(
        (_shape(member, written) for member in described.types), key=lambda name: name != "nothing"
    )
    return f"oneOf({', '.join(members)})"


def _struct(described: inspect.StructType, written: dict[str, str]) -> str:
    name = described.cls.__name__
    if name not in written:
        fields = "".join(f"  {field.name}: {_shape(field.type, written)},\n" for field in described.fields)
        tag = "" if described.tag is None else f", {described.tag}"
        written[name] = f'const {name} = record("{name}", {{\n{fields}}}{tag});\n'
    return name


def _bounded(check: str, low: Any, high: Any) -> str:
    """`int(low, high)`; without bounds, or with such as JavaScript has by itself, they are left out."""
    if isinstance(low, int) and isinstance(high, int):
        low, high = max(low, -SAFE), min(high, SAFE)
    if (low, high) in {(None, None), (-SAFE, SAFE)}:
        return f"{check}()"
    if low is None or high is None:
        raise TypeError(f"a number with one bound, {low} to {high}")
    return f"{check}({low}, {high})"

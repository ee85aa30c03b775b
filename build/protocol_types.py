"""Writes what is generated from net/protocol.py: the TypeScript types, their checks, and the JSON Schema of every message.

    python build/protocol_types.py            # write the files
    python build/protocol_types.py --check    # exit 1 and name the stale ones

A message is a labelled tuple in TypeScript, its tag first. Fields with a default may be left out of what a client
sends; what a server sends always has them all.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from enum import IntEnum
from inspect import cleandoc
from pathlib import Path
from types import UnionType
from typing import Any, get_args

import msgspec
from msgspec import inspect

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from build.protocol_shapes import shapes
from ecs import map_header
from net import protocol

TYPESCRIPT = ROOT / "web/sdk/src/protocol.generated.ts"
SHAPES = ROOT / "web/sdk/src/shapes.generated.ts"
JSON_SCHEMA = ROOT / "docs/protocol.schema.json"
HEADER = "// Generated from net/protocol.py by build/protocol_types.py. Do not edit.\n"
CONSTANTS = (
    "PROTOCOL_VERSION",
    "SUBPROTOCOL",
    "SUBPROTOCOL_JSON",
    "STANDSTILL",
    "MAX_MESSAGE_BYTES",
    "MAX_DEPTH",
    "MAX_ITEMS",
    "MAX_BODY",
    "MAX_PART",
    "MAX_KEYS",
    "MAX_AXES",
    "MAX_RESENT",
    "VIEW_STEPS",
    "AXIS_SCALE",
    "ANGLE_STEPS",
)
UNIONS = ("ClientItem", "ServerItem", "ClientMessage", "ServerMessage")


def structs() -> Iterator[tuple[str, inspect.StructType]]:
    """Every record of a map's header, then every message and record of the protocol, in the order of their files."""
    for name, value in {**vars(map_header), **vars(protocol)}.items():
        if isinstance(value, type) and issubclass(value, msgspec.Struct) and value.__struct_fields__:
            described = inspect.type_info(value)
            if isinstance(described, inspect.StructType):
                yield name, described


def union_members(name: str) -> tuple[type, ...]:
    """The structs of a union such as `ClientItem`."""
    union: UnionType = getattr(protocol, name)
    return get_args(union)


def sent_by_clients() -> set[str]:
    """The names of all structs that a client writes."""
    return {member.__name__ for union in ("ClientItem", "ClientMessage") for member in union_members(union)}


def typescript_type(described: inspect.Type) -> str:
    """The TypeScript type of a field; raises TypeError for one that the wire does not know yet."""
    match described:
        case inspect.IntType() | inspect.FloatType():
            return "number"
        case inspect.StrType():
            return "string"
        case inspect.BoolType():
            return "boolean"
        case inspect.BytesType():
            return "Uint8Array"
        case inspect.RawType() | inspect.AnyType():
            return "unknown"
        case inspect.NoneType():
            return "null"
        case inspect.StructType():
            return str(described.cls.__name__)
        case inspect.ListType() | inspect.VarTupleType():
            return f"{grouped(typescript_type(described.item_type))}[]"
        case inspect.TupleType():
            return f"[{', '.join(typescript_type(item) for item in described.item_types)}]"
        case inspect.DictType():
            return f"Record<string, {typescript_type(described.value_type)}>"
        case inspect.UnionType():
            return typescript_union(described)
    raise TypeError(f"no TypeScript type is known for {described!r}")


def typescript_union(described: inspect.UnionType) -> str:
    members = {
        str(member.cls.__name__) for member in described.types if isinstance(member, inspect.StructType)
    }
    for name in UNIONS:
        if members and members == {member.__name__ for member in union_members(name)}:
            return name
    return " | ".join(typescript_type(member) for member in described.types)


def grouped(element: str) -> str:
    return f"({element})" if "|" in element else element


def comment(text: str | None) -> str:
    if not text:
        return ""
    lines = cleandoc(text).splitlines()
    if len(lines) == 1:
        return f"/** {lines[0]} */\n"
    body = "".join(f" * {line}".rstrip() + "\n" for line in lines)
    return f"/**\n{body} */\n"


def typescript_tuple(name: str, described: inspect.StructType, *, written_by_client: bool) -> str:
    fields = [] if described.tag is None else [f"tag: {described.tag}"]
    for field in described.fields:
        optional = "?" if written_by_client and not field.required else ""
        fields.append(f"{camel_case(field.name)}{optional}: {typescript_type(field.type)}")
    body = "".join(f"  {field},\n" for field in fields)
    return f"{comment(described.cls.__doc__)}export type {name} = [\n{body}];\n"


def camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def typescript_tags(union: str) -> str:
    tags = "".join(f"  {member.__name__}: {inspect_tag(member)},\n" for member in union_members(union))
    names = " | ".join(member.__name__ for member in union_members(union))
    return f"export type {union} = {names};\nexport const {union}Tag = {{\n{tags}}} as const;\n"


def inspect_tag(struct: type) -> int:
    tag = struct.__struct_config__.tag  # type: ignore[attr-defined]
    if not isinstance(tag, int):
        raise TypeError(f"{struct.__name__} has no integer tag")
    return tag


def typescript_enum(enum: type[IntEnum], sentences: dict[Any, str]) -> str:
    values = "".join(f"  {member.name}: {member.value},\n" for member in enum)
    texts = "".join(f"  {member.value}: {json.dumps(sentences[member])},\n" for member in enum)
    return (
        f"{comment(enum.__doc__)}export const {enum.__name__} = {{\n{values}}} as const;\n"
        f"export type {enum.__name__} = (typeof {enum.__name__})[keyof typeof {enum.__name__}];\n\n"
        f"export const CLOSE_SENTENCES: Record<number, string> = {{\n{texts}}};\n"
    )


def typescript() -> str:
    """The whole of protocol.generated.ts."""
    client = sent_by_clients()
    constants = "".join(
        f"export const {name} = {json.dumps(getattr(protocol, name))};\n" for name in CONSTANTS
    )
    tuples = [typescript_tuple(name, info, written_by_client=name in client) for name, info in structs()]
    unions = [typescript_tags(union) for union in UNIONS]
    enum = typescript_enum(protocol.CloseReason, protocol.CLOSE_SENTENCES)
    return "\n".join([HEADER, constants, enum, *tuples, *unions])


def json_schema() -> str:
    """The whole of protocol.schema.json: `ClientMessage` or `ServerMessage`, and a definition for each struct.

    It is the schema of the JSON subprotocol. In MessagePack a packed column is little-endian bytes instead.
    """
    schemas, definitions = msgspec.json.schema_components(
        [protocol.ClientMessage, protocol.ServerMessage], ref_template="#/$defs/{name}"
    )
    described = dict(structs())
    for name, definition in definitions.items():
        if "description" in definition:
            definition["description"] = cleandoc(definition["description"])
        if name in described:
            name_items(definition["prefixItems"], described[name])
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Tickroom protocol, version {protocol.PROTOCOL_VERSION}",
        "description": cleandoc(protocol.__doc__ or ""),
        "anyOf": [{"$ref": "#/$defs/ClientMessage"}, {"$ref": "#/$defs/ServerMessage"}],
        "$defs": {"ClientMessage": schemas[0], "ServerMessage": schemas[1], **definitions},
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def name_items(items: list[dict[str, Any]], described: inspect.StructType) -> None:
    """Give each place of an array the name of its field as `title`, first in it; the tag's is `tag`."""
    names = [] if described.tag is None else ["tag"]
    names += [field.name for field in described.fields]
    items[:] = [{"title": name, **item} for name, item in zip(names, items, strict=True)]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is stale")
    check = parser.parse_args().check
    stale = False
    for path, text in ((TYPESCRIPT, typescript()), (SHAPES, shapes()), (JSON_SCHEMA, json_schema())):
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale = True
        print(f"{'stale' if check else 'wrote'}: {path.relative_to(ROOT)}")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main())

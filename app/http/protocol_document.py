"""/protocol.json: the wire protocol for clients in any language, made from net/protocol.py."""

from inspect import cleandoc
from typing import Any

import msgspec

from net import protocol


def protocol_document() -> dict[str, Any]:
    """Version, subprotocols, limits, close reasons, and the JSON Schema of every message (of the JSON subprotocol).

    In MessagePack the same arrays travel, and a packed column is little-endian bytes instead of an array of integers.
    """
    (client, server), definitions = msgspec.json.schema_components(
        [protocol.ClientMessage, protocol.ServerMessage], ref_template="#/$defs/{name}"
    )
    for definition in definitions.values():
        if "description" in definition:
            definition["description"] = cleandoc(definition["description"])
    return {
        "version": protocol.PROTOCOL_VERSION,
        "description": cleandoc(protocol.__doc__ or ""),
        "subprotocols": {"msgpack": protocol.SUBPROTOCOL, "json": protocol.SUBPROTOCOL_JSON},
        "limits": {
            "max_message_bytes": protocol.MAX_MESSAGE_BYTES,
            "max_depth": protocol.MAX_DEPTH,
            "max_items": protocol.MAX_ITEMS,
            "max_keys": protocol.MAX_KEYS,
            "max_axes": protocol.MAX_AXES,
        },
        "scales": {"axis": protocol.AXIS_SCALE, "angle": protocol.ANGLE_STEPS},
        "close_reasons": [
            {"code": int(reason), "name": reason.name, "sentence": protocol.CLOSE_SENTENCES[reason]}
            for reason in protocol.CloseReason
        ],
        "schema": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$defs": {"ClientMessage": client, "ServerMessage": server, **definitions},
        },
    }

"""Reads packed columns: little-endian bytes in MessagePack, a flat array of integers in JSON."""

import struct
from collections.abc import Iterator
from struct import Struct as Layout
from typing import Any

from net.errors import RemoteProtocolError
from net.protocol import CloseReason, Packed


def records(column: Packed, layout: Layout) -> Iterator[tuple[Any, ...]]:
    """The records of a column. Raises RemoteProtocolError where the length or a number does not fit the layout."""
    try:
        if isinstance(column, list):
            column = _packed(column, layout)
        return layout.iter_unpack(column)
    except struct.error as error:
        sentence = f"A packed column does not fit: {error}."[:120]
        raise RemoteProtocolError(CloseReason.MALFORMED, sentence) from error


def _packed(numbers: list[int], layout: Layout) -> bytes:
    width = len(layout.unpack(bytes(layout.size)))
    if len(numbers) % width:
        raise struct.error(f"{len(numbers)} numbers are not records of {width}")
    return b"".join(layout.pack(*numbers[at : at + width]) for at in range(0, len(numbers), width))

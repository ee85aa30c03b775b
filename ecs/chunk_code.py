"""The bytes of a chunk's layers: small, the same for the same tiles, and decoded in a few lines in any language.

    layer    = bits:u8 rest                     layers follow one another, in the order of the map's layers
    bits 0     value:u16                        the whole layer is this value (0: an empty layer is 3 bytes)
    bits 1, 2, 4, 8
               count-1:u8 values:u16 * count, ascending, then one index of `bits` bits for each cell,
               the first cell in the lowest bits of the first byte
    bits 16    values:u16 for each cell

Cells go row by row. All numbers are little-endian. A layer takes the fewest bits its number of different values allows.
"""

import sys
from array import array
from collections.abc import Sequence
from itertools import pairwise

_SWAP = sys.byteorder == "big"


class ChunkCodeError(ValueError):
    """Bytes that are no chunk of this size; the text says where and why."""


def encode_layer(cells: "array[int]") -> bytes:
    """The bytes of one layer of 16-bit cells, at least four and a multiple of eight of them."""
    values = sorted(set(cells))
    if len(values) == 1:
        return b"\0" + values[0].to_bytes(2, "little")
    if len(values) > 256:
        return b"\x10" + little_endian(cells)
    index_of = {value: index for index, value in enumerate(values)}
    indices = bytes([index_of[value] for value in cells])
    bits = _bits(len(values))
    head = bytes((bits, len(values) - 1)) + little_endian(array("H", values))
    return head + _pack(indices, bits)


def decode_layers(data: bytes, layers: int, cells: int) -> list["array[int]"]:
    """The layers of one chunk, each of `cells` values. Raises ChunkCodeError for anything but exactly that."""
    decoded: list[array[int]] = []
    place = 0
    for layer in range(layers):
        try:
            tiles, place = _decode_layer(data, place, cells)
        except ChunkCodeError as error:
            raise ChunkCodeError(f"layer {layer} at byte {place}: {error}") from None
        decoded.append(tiles)
    if place != len(data):
        raise ChunkCodeError(f"{len(data) - place} bytes follow the last of {layers} layers")
    return decoded


def little_endian(numbers: "array[int]") -> bytes:
    """The array's bytes, little-endian on every machine."""
    if _SWAP:
        numbers = numbers[:]
        numbers.byteswap()
    return numbers.tobytes()


def from_little_endian(typecode: str, data: bytes) -> "array[int]":
    """The array that `little_endian` wrote. Raises ValueError for a length that does not fit."""
    numbers = array(typecode)
    numbers.frombytes(data)
    if _SWAP:
        numbers.byteswap()
    return numbers


def _decode_layer(data: bytes, place: int, cells: int) -> tuple["array[int]", int]:
    bits = _take(data, place, 1)[0]
    place += 1
    if bits == 0:
        return from_little_endian("H", _take(data, place, 2)) * cells, place + 2
    if bits == 16:
        return from_little_endian("H", _take(data, place, 2 * cells)), place + 2 * cells
    if bits not in (1, 2, 4, 8):
        raise ChunkCodeError(f"{bits} bits a cell, not 0, 1, 2, 4, 8 or 16")
    count = _take(data, place, 1)[0] + 1
    place += 1
    values = from_little_endian("H", _take(data, place, 2 * count)).tolist()
    place += 2 * count
    if _bits(count) != bits or any(low >= high for low, high in pairwise(values)):
        raise ChunkCodeError(f"its {count} values are not ascending or do not take {bits} bits")
    size = cells * bits // 8
    return _look_up(_unpack(_take(data, place, size), bits), values), place + size


def _look_up(indices: bytes, values: Sequence[int]) -> "array[int]":
    if max(indices) >= len(values):
        raise ChunkCodeError(f"index {max(indices)} of {len(values)} values")
    return array("H", [values[index] for index in indices])


def _take(data: bytes, place: int, size: int) -> bytes:
    if place + size > len(data):
        raise ChunkCodeError("the data ends too early")
    return data[place : place + size]


def _bits(count: int) -> int:
    return 1 if count <= 2 else 2 if count <= 4 else 4 if count <= 16 else 8


def _pack(indices: bytes, bits: int) -> bytes:
    """Indices of `bits` bits, one a byte, put together: whole numbers as wide as the layer, since a loop is 50 x slower."""
    lanes = 8 // bits
    packed = 0
    for lane in range(lanes):
        packed |= int.from_bytes(indices[lane::lanes], "little") << (lane * bits)
    return packed.to_bytes(len(indices) // lanes, "little")


def _unpack(packed: bytes, bits: int) -> bytes:
    lanes = 8 // bits
    mask = int.from_bytes(bytes([(1 << bits) - 1]) * len(packed), "little")
    whole = int.from_bytes(packed, "little")
    indices = bytearray(len(packed) * lanes)
    for lane in range(lanes):
        indices[lane::lanes] = ((whole >> (lane * bits)) & mask).to_bytes(len(packed), "little")
    return bytes(indices)

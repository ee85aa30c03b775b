"""The bytes of a chunk: small, canonical, and refused when they are anything else."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs.chunk_code import ChunkCodeError, decode_layers, encode_layer, from_little_endian, little_endian

CELLS = 256
palettes = st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=300, unique=True)


@st.composite
def layers(draw: st.DrawFn) -> "array[int]":
    palette = draw(palettes)
    seed = draw(st.randoms(use_true_random=False))
    return array("H", [seed.choice(palette) for _ in range(CELLS)])


@given(st.lists(layers(), min_size=1, max_size=3))
def test_layers_come_back_as_they_were(given_layers: list["array[int]"]) -> None:
    """Decoding gives exactly the layers that were encoded, whatever the number of different values."""
    data = b"".join(map(encode_layer, given_layers))
    assert decode_layers(data, len(given_layers), CELLS) == given_layers


@given(layers())
def test_the_code_is_as_small_as_said(cells: "array[int]") -> None:
    """A layer takes the bits that the number of its different values asks for, and no more."""
    count = len(set(cells))
    bits = 0 if count == 1 else 1 if count == 2 else 2 if count <= 4 else 4 if count <= 16 else 8
    size = 3 if count == 1 else 2 + 2 * count + CELLS * bits // 8
    assert len(encode_layer(cells)) == (1 + 2 * CELLS if count > 256 else size)


def test_the_layout_is_the_documented_one() -> None:
    """A layer of two values, written out by hand: cells from the lowest bit of the first byte on."""
    cells = array("H", [7, 0x8001, 7, 7, 7, 7, 7, 0x8001] + [7] * 8)
    assert encode_layer(cells) == bytes([1, 1, 7, 0, 0x01, 0x80, 0b10000010, 0])


def test_an_empty_layer_has_three_bytes() -> None:
    """Most layers of most chunks are empty; they cost next to nothing."""
    assert encode_layer(array("H", bytes(2 * CELLS))) == b"\0\0\0"


@given(st.binary(max_size=600))
def test_other_bytes_are_refused_with_a_reason(data: bytes) -> None:
    """Bytes that are no chunk raise ChunkCodeError and nothing else; what is accepted has the asked-for size."""
    try:
        decoded = decode_layers(data, 2, CELLS)
    except ChunkCodeError:
        return
    assert [len(layer) for layer in decoded] == [CELLS, CELLS]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the data ends too early"),
        (b"\0\0", "the data ends too early"),
        (b"\0\0\0\0", "1 bytes follow the last of 1 layers"),
        (b"\3\0\0\0", "3 bits a cell"),
        (b"\1\1\2\0\1\0" + bytes(32), "not ascending"),
        (b"\2\1\1\0\2\0" + bytes(64), "do not take 2 bits"),
        (b"\2\2\1\0\2\0\3\0" + b"\xff" * 64, "index 3 of 3 values"),
    ],
)
def test_damage_is_named(data: bytes, reason: str) -> None:
    """The reason says what is wrong with the bytes."""
    with pytest.raises(ChunkCodeError, match=reason):
        decode_layers(data, 1, CELLS)


@given(st.lists(st.integers(0, 0xFFFF)))
def test_numbers_are_little_endian(numbers: list[int]) -> None:
    """The bytes of an array are little-endian and come back as it."""
    given_array = array("H", numbers)
    data = little_endian(given_array)
    assert data == b"".join(number.to_bytes(2, "little") for number in numbers)
    assert from_little_endian("H", data) == given_array

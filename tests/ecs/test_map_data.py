"""A whole map as bytes: canonical, addressed by content, and refused when damaged."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs.map_data import (
    MAGIC,
    MapData,
    MapError,
    MapObject,
    RegionData,
    decode_header,
    decode_map,
    encode_header,
)
from ecs.map_header import LayerKind, Picture, TileKind
from tests.ecs.map_kit import drawn, header


def whole() -> MapData:
    """A map with two regions, objects, pictures and properties."""
    head = header(
        regions=((0, 0), (2, 1)),
        pictures=(Picture("client/tiles.png", 64, 64, 16, 16, 4),),
        kinds=(TileKind("a:0", properties={"b": 1, "a": "x"}, picture=0, frames=((1, 100), (2, 100))),),
    )
    chunk = b"\0\1\0\0\0\0"
    spawn = MapObject(1, "start", "spawn", "places", "point", 15.0, 25.0)
    return MapData(head, (RegionData(0, 0, ((0, 0, chunk), (0, 1, chunk)), (spawn,)), RegionData(2, 1)))


def test_a_map_comes_back_from_its_bytes() -> None:
    """Decoding the canonical bytes gives an equal map with the same address."""
    data = whole()
    again = decode_map(data.encoded)
    assert again == data
    assert again.encoded == data.encoded
    assert again.address == data.address
    assert len(data.address) == 64


def test_the_bytes_do_not_depend_on_the_order_of_properties() -> None:
    """Equal maps have equal bytes, in whatever order their properties were put in."""
    one = MapData(header(kinds=(TileKind("a", properties={"x": 1, "y": 2}),)), (RegionData(0, 0),))
    other = MapData(header(kinds=(TileKind("a", properties={"y": 2, "x": 1}),)), (RegionData(0, 0),))
    assert one.address == other.address


def test_another_tile_is_another_address() -> None:
    """Changing one tile changes the address."""
    assert drawn("g.", "..").address != drawn(".g", "..").address


def test_a_header_travels_alone() -> None:
    """A client gets the header without the map, and reads the same."""
    head = whole().header
    assert decode_header(encode_header(head)) == head


@given(st.binary(max_size=300), st.booleans())
def test_other_bytes_are_refused(data: bytes, with_magic: bool) -> None:
    """Bytes that are no map raise MapError and nothing else."""
    with pytest.raises(MapError):
        decode_map((MAGIC if with_magic else b"") + data)
    with pytest.raises(MapError):
        decode_header(b"\xc1" + data)


@given(st.data())
def test_a_damaged_map_is_refused_or_whole(data: st.DataObject) -> None:
    """One changed byte never raises anything but MapError, and what is accepted can be used."""
    good = bytearray(whole().encoded)
    place = data.draw(st.integers(0, len(good) - 1))
    good[place] = data.draw(st.integers(0, 255))
    try:
        decoded = decode_map(bytes(good))
    except MapError:
        return
    assert decode_map(decoded.encoded) == decoded


WRONG = [
    (
        MapData(header(layers=(LayerKind("a"), LayerKind("a"))), (RegionData(0, 0),)),
        "layer 'a' is there 2 times",
    ),
    (MapData(header(kinds=(TileKind("a"), TileKind("a"))), (RegionData(0, 0),)), "tile 'a' is there 2 times"),
    (MapData(header(kinds=(TileKind("a", picture=0),)), (RegionData(0, 0),)), "picture 0 of 0"),
    (
        MapData(header(regions=((1, 0), (0, 0))), (RegionData(1, 0), RegionData(0, 0))),
        "regions are not in order",
    ),
    (MapData(header(), ()), "not those that the header names"),
    (MapData(header(), (RegionData(0, 0, ((3, 0, b""),)),)), "lies outside"),
    (MapData(header(), (RegionData(0, 0, ((0, 0, b""),)),)), r"chunk \(0, 0\): layer 0 at byte 0"),
    (MapData(header(), (RegionData(0, 0, ((0, 0, b"\0\x09\0\0\0\0"),)),)), "kind 9; there are 8"),
    (
        MapData(header(), (RegionData(0, 0, ((1, 0, b"\0" * 6), (0, 0, b"\0" * 6))),)),
        "chunks are not in order",
    ),
    (MapData(header(tile_width=1e9), (RegionData(0, 0),)), "world units large"),
]


@pytest.mark.parametrize(("data", "reason"), WRONG)
def test_what_does_not_fit_together_is_named(data: MapData, reason: str) -> None:
    """A map whose parts contradict one another is refused, saying which."""
    with pytest.raises(MapError, match=reason):
        decode_map(data.encoded)


def test_nan_is_refused() -> None:
    """A number that is none cannot come in by bytes."""
    data = whole()
    damaged = MapData(msgspec.structs.replace(data.header, tile_width=float("nan")), data.regions)
    with pytest.raises(MapError, match="damaged"):
        decode_map(damaged.encoded)

"""The tile map: what it says, what changes, and that loading, unloading and saving never show."""

from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ecs.chunk import ChunkKey
from ecs.chunk_source import ChunkTiles, GeneratorSource
from ecs.errors import SnapshotError, WorldError
from ecs.map_data import MapData, MapError, MapObject, RegionData
from ecs.map_header import FLIP_DIAGONAL, FLIP_HORIZONTAL, LayerKind, TileKind
from ecs.tiles import ChunkChange, TileMap
from tests.ecs.map_kit import KINDS, drawn, header, map_of
from tests.effort import examples

SIDE = 40
"""Tiles along the side of the model's map: 2 x 2 regions of 20 x 20, chunks of 8 x 8, so that chunks end early."""


def scatter(chunk: ChunkTiles) -> None:
    """A generator: grass, and walls where the chunk's random numbers say so."""
    chunk.fill("grass")
    for x, y in chunk.places():
        if chunk.random.chance(0.2):
            chunk.put(x, y, "wall", "decor")


def generated(**options: Any) -> TileMap:
    head = header(regions=((0, 0), (0, 1), (1, 0), (1, 1)))
    return TileMap(head, GeneratorSource(head, scatter, 7), **options)


def everything(tiles: TileMap) -> dict[tuple[int, int, int], int]:
    places = range(-1, SIDE + 1)
    return {(x, y, layer): tiles.value(x, y, layer) for y in places for x in places for layer in range(2)}


class MapModel(RuleBasedStateMachine):
    """A TileMap that keeps few chunks in memory, beside one that keeps all and beside a dict of what was set."""

    def __init__(self) -> None:
        super().__init__()
        self.tiles = generated(max_loaded=3, idle_ticks=0)
        self.other = generated()
        self.follower = TileMap(self.tiles.header, None)
        self.source = everything(generated())
        self.model = dict(self.source)
        self.seen = dict(self.source)
        self.tick = 0

    @initialize()
    def follow(self) -> None:
        for key in self.other.chunks_in(0, 0, SIDE, SIDE):
            self.follower.put_chunk(key, self.other.encoded(key))

    @rule(
        x=st.integers(0, SIDE - 1),
        y=st.integers(0, SIDE - 1),
        layer=st.integers(0, 1),
        kind=st.integers(0, len(KINDS)),
        flip=st.sampled_from((0, FLIP_HORIZONTAL, FLIP_DIAGONAL)),
    )
    def set_tile(self, x: int, y: int, layer: int, kind: int, flip: int) -> None:
        flip = flip if kind else 0
        self.tiles.set_tile(x, y, kind, layer, flip=flip)
        self.other.set_tile(x, y, kind, layer, flip=flip)
        self.model[x, y, layer] = kind | flip

    @rule(x=st.integers(0, SIDE - 1), y=st.integers(0, SIDE - 1))
    def put_back(self, x: int, y: int) -> None:
        value = self.source[x, y, 0]
        for tiles in (self.tiles, self.other):
            tiles.set_tile(x, y, value & 0x1FFF, 0, flip=value & 0xE000)
        self.model[x, y, 0] = value

    @rule()
    def end_tick(self) -> None:
        """The changes of a tick lead from what was seen before to what is there now, on any client."""
        changes = self.tiles.take_changes()
        assert changes == self.other.take_changes()
        assert [change.key for change in changes] == sorted({change.key for change in changes})
        for change in changes:
            assert self.follower.version(change.key) == change.base
            assert self.follower.put_change(change)
            assert self.follower.version(change.key) == change.version
        assert everything(self.follower) == self.model
        self.tick += 32
        self.tiles.end_tick(self.tick)

    @rule()
    def save_and_load(self) -> None:
        """What is saved does not depend on what is loaded, and a map that loads it goes on as the same."""
        saved = self.tiles.save()
        assert saved == self.other.save()
        self.tiles.take_changes()
        self.other.take_changes()
        self.tiles = generated(max_loaded=3, idle_ticks=0)
        self.tiles.load(saved)
        assert self.tiles.save() == saved
        for key in self.other.chunks_in(0, 0, SIDE, SIDE):
            self.follower.put_chunk(key, self.tiles.encoded(key))

    @invariant()
    def same(self) -> None:
        assert everything(self.tiles) == self.model
        assert len(self.tiles.loaded) <= 3
        for x, y in ((0, 0), (7, 7), (8, 8), (19, 19), (20, 20), (39, 39)):
            assert self.tiles.flags(x, y) == self.other.flags(x, y)
            key = self.tiles.chunk_of(x, y)
            assert self.tiles.version(key) == self.other.version(key)


TestMapModel = MapModel.TestCase
TestMapModel.__doc__ = (
    "A map under any sequence of changes, unloading, saving and loading is what the model says."
)
TestMapModel.settings = examples(15, stateful_step_count=20)  # each step compares whole maps


def test_places_and_tiles() -> None:
    """A tile's number and a place in it belong together, also left of and above the map."""
    tiles = generated()
    assert tiles.tile_at(0.0, 0.0) == (0, 0)
    assert tiles.tile_at(199.9, 210.0) == (19, 21)
    assert tiles.tile_at(-0.1, -10.0) == (-1, -1)
    assert tiles.centre_of(19, 21) == (195.0, 215.0)
    assert tiles.chunk_of(21, 19) == ChunkKey(1, 0, 0, 2)
    assert tiles.origin_of(ChunkKey(1, 0, 0, 2)) == (20, 16)
    assert tiles.region_of(21, 19) == (1, 0)


def test_chunks_around_a_place() -> None:
    """The chunks near a place are those that the square around it touches, in order, within the map only."""
    tiles = generated()
    assert tiles.chunks_near(5.0, 5.0, 10.0) == [ChunkKey(0, 0, 0, 0)]
    assert tiles.chunks_near(195.0, 5.0, 10.0) == [ChunkKey(0, 0, 2, 0), ChunkKey(1, 0, 0, 0)]
    assert len(tiles.chunks_near(200.0, 200.0, 1e6)) == 36
    assert tiles.chunks_near(-500.0, 5.0, 10.0) == []


def test_what_is_outside_of_the_map() -> None:
    """Outside there are no tiles; it is solid where the map says so, and nothing can be set there."""
    tiles = map_of(drawn("gg", "gg"))
    assert tiles.tile(-1, 0) == 0
    assert tiles.kind(2, 0) is None
    assert tiles.kinds_at(0, 2) == ()
    assert tiles.is_solid(2, 0)
    assert tiles.is_opaque(2, 0)
    assert not map_of(drawn("gg", "gg", solid_edge=False)).is_solid(2, 0)
    with pytest.raises(WorldError, match=r"\(2, 0\) lies outside"):
        tiles.set_tile(2, 0, "grass")


def test_what_tiles_do() -> None:
    """Solid, opaque and noted follow the kinds, and a layer may overrule them."""
    tiles = map_of(drawn("g#Gc-~dD"))
    assert [tiles.is_solid(x, 0) for x in range(8)] == [False, True, True, False, False, False, False, True]
    assert [tiles.is_opaque(x, 0) for x in range(8)] == [False, True, False, True, False, False, False, True]
    assert [tiles.is_noted(x, 0) for x in range(8)] == [False] * 5 + [True, True, False]
    assert tiles.solid_at(15.0, 5.0)
    assert not tiles.solid_at(5.0, 5.0)
    roof = map_of(drawn("g#Gc-~dD", layers=(LayerKind("roof", solid=False), LayerKind("b"))))
    assert not any(roof.is_solid(x, 0) for x in range(8))
    assert roof.is_noted(5, 0)
    walls = map_of(drawn("g#Gc-~.D", layers=(LayerKind("walls", solid=True), LayerKind("b"))))
    assert [walls.is_solid(x, 0) for x in range(8)] == [True] * 6 + [False, True]


def test_flags_follow_a_changed_tile() -> None:
    """A tile that is taken away does not block any more, and one in another layer still does."""
    tiles = map_of(drawn("##", "##"))
    assert tiles.is_solid(0, 0)
    tiles.set_tile(0, 0, "wall", "decor")
    tiles.set_tile(0, 0, None)
    assert tiles.is_solid(0, 0)
    tiles.set_tile(0, 0, None, "decor")
    assert not tiles.is_solid(0, 0)
    assert tiles.kinds_at(1, 0) == (KINDS[1],)


def test_names_of_tiles_and_layers() -> None:
    """A kind is named by number, key or name (the first of that name); what the map lacks is refused."""
    tiles = map_of(drawn("..", ".."))
    tiles.set_tile(0, 0, "door")
    assert tiles.kind(0, 0) == KINDS[6]
    tiles.set_tile(0, 0, "door:2", 1, flip=FLIP_HORIZONTAL)
    assert tiles.kinds_at(0, 0) == (KINDS[6], KINDS[7])
    assert tiles.value(0, 0, "decor") == 8 | FLIP_HORIZONTAL
    assert tiles.number_of("lava") == 6
    for kind in ("tree", 9, -1, True, 1.0):
        with pytest.raises(WorldError, match="has no tile"):
            tiles.set_tile(0, 0, kind)  # type: ignore[arg-type]
    for layer in ("roof", 2, -1):
        with pytest.raises(WorldError, match="has no layer"):
            tiles.set_tile(0, 0, 1, layer)
    with pytest.raises(WorldError, match="turned over"):
        tiles.set_tile(0, 0, 1, flip=1)


def test_changes_of_a_tick_are_coalesced() -> None:
    """A cell changed twice is told once, one that was put back not at all."""
    tiles = map_of(drawn("g.", ".."))
    tiles.set_tile(0, 0, "wall")
    tiles.set_tile(0, 0, "lava")
    tiles.set_tile(1, 0, "wall")
    tiles.set_tile(1, 0, None)
    (change,) = tiles.take_changes()
    assert (change.cells, change.values) == ((0,), (6,))
    assert tiles.take_changes() == ()
    tiles.set_tile(1, 1, "wall")
    tiles.set_tile(1, 1, None)
    assert tiles.take_changes() == ()


@given(st.integers(-12, 45), st.integers(-12, 45), st.integers(0, 20), st.integers(0, 20), st.booleans())
def test_a_window_is_the_flags_of_its_tiles(
    x: int, y: int, width: int, height: int, solid_edge: bool
) -> None:
    """Looking at many tiles at once gives what looking at each gives, over borders of chunks, regions and the map."""
    head = header(regions=((0, 0), (0, 1), (1, 1)), solid_edge=solid_edge)
    tiles = TileMap(head, GeneratorSource(head, scatter, 7))
    rows = tiles.window(x, y, x + width, y + height)
    expected = [
        [tiles.flags(x + across, y + down) for across in range(width + 1)] for down in range(height + 1)
    ]
    assert [list(row) for row in rows] == expected


def test_watchers_are_told_of_changed_chunks() -> None:
    """A watcher sees which chunks changed since it last looked, also by loading a snapshot."""
    tiles = generated()
    log = tiles.watch()
    tiles.set_tile(0, 0, "lava")
    tiles.set_tile(25, 0, "lava")
    assert list(log) == [ChunkKey(0, 0, 0, 0), ChunkKey(1, 0, 0, 0)]
    saved = tiles.save()
    log.clear()
    tiles.load(saved)
    assert set(log) >= {ChunkKey(0, 0, 0, 0), ChunkKey(1, 0, 0, 0)}


def test_a_chunk_is_encoded_once_a_version() -> None:
    """The version stays while the tiles do, and is the same again when they are."""
    tiles = map_of(drawn("g.", ".."))
    key = ChunkKey(0, 0, 0, 0)
    before, data = tiles.version(key), tiles.encoded(key)
    tiles.set_tile(0, 0, "wall")
    assert tiles.version(key) != before
    tiles.set_tile(0, 0, "grass")
    assert tiles.version(key) == before
    assert tiles.encoded(key) == data
    assert 0 <= before < 2**48


def test_unloading_keeps_what_was_changed() -> None:
    """Chunks that nobody asks for leave the memory, and come back with their changes."""
    tiles = generated(idle_ticks=100)
    tiles.set_tile(3, 3, "lava")
    version = tiles.version(ChunkKey(0, 0, 0, 0))
    tiles.end_tick(96)
    assert ChunkKey(0, 0, 0, 0) in tiles.loaded
    tiles.end_tick(128)
    assert not tiles.loaded
    assert tiles.tile(3, 3) == 6
    assert tiles.version(ChunkKey(0, 0, 0, 0)) == version


def test_a_generator_that_reaches_outside_its_chunk_is_told() -> None:
    """Wrong places, layers and kinds are refused in a generator as elsewhere; the last chunk of a region is smaller."""
    seen: list[tuple[int, int, int, int, int, int]] = []

    def careful(chunk: ChunkTiles) -> None:
        seen.append((*chunk.region, chunk.left, chunk.top, chunk.width, chunk.height))
        with pytest.raises(WorldError, match="outside of this chunk"):
            chunk.put(chunk.width, 0, "grass")
        with pytest.raises(WorldError, match="outside of this chunk"):
            chunk.get(0, -1)
        with pytest.raises(WorldError, match="has no layer"):
            chunk.fill("grass", "sky")
        chunk.put(0, 0, "wall")
        assert chunk.get(0, 0) == 2

    head = header(regions=((0, 0), (1, 1)))
    tiles = TileMap(head, GeneratorSource(head, careful, 1))
    assert tiles.tile(36, 36) == 2
    assert seen == [(1, 1, 36, 36, 4, 4)]


def test_generated_chunks_depend_on_seed_and_place_only() -> None:
    """Asked for in another order, or again after unloading, a chunk is the same; with another seed it is not."""
    forward, backward = generated(), generated(max_loaded=1)
    keys = forward.chunks_in(0, 0, SIDE, SIDE)
    first = {key: forward.encoded(key) for key in keys}
    assert {key: backward.encoded(key) for key in reversed(keys)} == first
    other = TileMap(forward.header, GeneratorSource(forward.header, scatter, 8))
    assert other.encoded(keys[0]) != first[keys[0]]


def test_objects_are_found_by_what_they_are() -> None:
    """Objects are found by kind, name, layer and region; spawn points are those of kind spawn."""
    start = MapObject(1, "start", "spawn", "places", "point", 5.0, 5.0)
    shop = MapObject(2, "shop", "door", "places", "box", 5.0, 5.0, 10.0, 10.0)
    end = MapObject(1, "end", "spawn", "other", "point", 205.0, 5.0)
    data = MapData(
        header(regions=((0, 0), (1, 0))), (RegionData(0, 0, (), (start, shop)), RegionData(1, 0, (), (end,)))
    )
    tiles = map_of(data)
    assert tiles.spawn_points() == (start, end)
    assert tiles.spawn_points("end") == (end,)
    assert tiles.objects(layer="places") == (start, shop)
    assert tiles.objects(region=(1, 0)) == (end,)
    assert tiles.objects(kind="door", name="start") == ()


def test_a_client_follows_and_asks_again_when_it_cannot() -> None:
    """A change upon another base is not taken, damaged ones are refused, and a client changes nothing by itself."""
    server, client = generated(), TileMap(header(regions=((0, 0),)), None)
    key = ChunkKey(0, 0, 0, 0)
    assert client.tile(0, 0) == 0
    assert not client.is_solid(0, 0)
    assert not client.put_change(ChunkChange(key, 1, 2, (), ()))
    client.put_chunk(key, server.encoded(key))
    assert client.version(key) == server.version(key)
    assert not client.put_change(ChunkChange(key, 1, 2, (0,), (1,)))
    with pytest.raises(MapError, match="cell 999 cannot become 1"):
        client.put_change(ChunkChange(key, client.version(key), 2, (999,), (1,)))
    with pytest.raises(MapError, match="no chunk"):
        client.put_chunk(ChunkKey(0, 0, 3, 0), server.encoded(key))
    with pytest.raises(MapError, match="ends too early"):
        client.put_chunk(key, b"")
    with pytest.raises(WorldError, match="on the server"):
        client.set_tile(0, 0, 1)
    log = client.watch()
    client.drop_chunk(key)
    assert list(log) == [key]
    assert not client.loaded
    with pytest.raises(WorldError, match="itself"):
        server.drop_chunk(key)


def test_a_room_goes_on_after_kinds_were_added_to_its_map() -> None:
    """Saved tiles are named by key: with more kinds in another order they are still the same tiles."""
    old = map_of(drawn("g.", ".."))
    old.set_tile(1, 1, "lava", flip=FLIP_HORIZONTAL)
    new = map_of(drawn("..", "..", kinds=(TileKind("tree"), *reversed(KINDS))))
    new.load(old.save())
    kind = new.kind(1, 1)
    assert kind is not None
    assert kind.key == "lava"
    assert new.value(1, 1) & 0xE000 == FLIP_HORIZONTAL


def test_a_change_that_an_upgraded_map_has_by_itself_stays_one() -> None:
    """What is saved is the same whether the chunk was loaded in between or not."""
    old = map_of(drawn("g.", ".."))
    old.set_tile(1, 1, "lava")
    loaded, unloaded = map_of(drawn("g.", ".~")), map_of(drawn("g.", ".~"))
    loaded.load(old.save())
    unloaded.load(old.save())
    assert loaded.tile(1, 1) == 6
    assert loaded.save() == unloaded.save() == old.save()


DAMAGED: list[tuple[Any, str]] = [
    ("nonsense", "damaged"),
    ([["tree"], []], "has no tile 'tree' any more"),
    ([[], [[5, 0, 0, 0, b"", b""]]], "no chunk"),
    ([[], [[0, 0, 9, 0, b"", b""]]], "no chunk"),
    ([[], [[0, 0, 0, 0, b"\0", b""]]], "damaged"),
    ([[], [[0, 0, 0, 0, b"\0\0\0\0", b""]]], "not on the map"),
    ([[], [[0, 0, 0, 0, b"\xff\0\0\0", b"\0\0"]]], "not on the map"),
    ([[], [[0, 0, 0, 0, b"\0\0\0\0", b"\1\0"]]], "damaged"),
]


@pytest.mark.parametrize(("values", "reason"), DAMAGED)
def test_damaged_changes_are_refused(values: Any, reason: str) -> None:
    """Loading what no map has saved raises SnapshotError, and says why."""
    with pytest.raises(SnapshotError, match=reason):
        map_of(drawn("g.", "..")).load(values)


def test_too_many_changes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A room cannot change more tiles than its memory is meant for; putting some back makes place again."""
    monkeypatch.setattr("ecs.tiles.MAX_CHANGED", 2)
    tiles = map_of(drawn("....", "...."))
    tiles.set_tile(0, 0, 1)
    tiles.set_tile(1, 0, 1)
    with pytest.raises(WorldError, match="more than 2 tiles"):
        tiles.set_tile(2, 0, 1)
    tiles.set_tile(1, 0, None)
    tiles.set_tile(2, 0, 1)


def test_a_chunk_is_reencoded_by_layer() -> None:
    """Changing one layer keeps the bytes of the others as they were made."""
    tiles = map_of(drawn("g.", ".."))
    key = ChunkKey(0, 0, 0, 0)
    layers = tiles.chunk_layers(key)
    assert layers is not None
    tiles.encoded(key)
    layers[0][1] = 5  # behind the map's back: its old bytes must still be used
    tiles.set_tile(0, 0, 2, "decor")
    assert tiles.encoded(key).startswith(map_of(drawn("g.", "..")).encoded(key)[:-3])
    assert isinstance(layers[0], array)

"""The tile map on the wire: who is sent which chunk, what changed in it, and what is refused."""

from collections.abc import Iterator
from itertools import count
from struct import iter_unpack

import pytest

from ecs.chunk import ChunkKey
from ecs.chunk_source import ChunkTiles
from ecs.components import Position, Scene
from ecs.game import Game
from ecs.map_header import TileKind
from ecs.tiles import TileMap
from ecs.world import World
from net.codec import JSON, MESSAGEPACK, Codec
from net.drivers.virtual import VirtualRoom
from net.hosted import HostedGame
from net.players.allowance import REQUEST_BURST, REQUESTS_PER_SECOND
from net.protocol import Answer, Chunk, ChunkChanged, Request
from net.replication.chunks import CHUNKS_PER_TICK
from tests.ecs.map_kit import drawn
from tests.net.room_kit import Player, Table

SIDE = 64
"""Tiles of the map's side: 8 x 8 chunks of 8 x 8 tiles, 10 world units each."""
RADIUS = 100.0
HOME = ChunkKey(0, 0, 0, 0)
"""The chunk in which players begin."""


def make_game(view_radius: float | None = RADIUS) -> Game:
    """Players stand at (45, 45) and do nothing."""
    side = SIDE * 10.0
    game = Game("tiled", tick_rate=20, max_players=4, width=side, height=side, view_radius=view_radius)
    game.kind("player")
    game.tiles = drawn(*["." * SIDE] * SIDE)

    @game.on("join")
    def enter(world: World, player: int) -> None:
        world.spawn(Position(45.0, 45.0), Scene("player", owner=player))

    game.seal()
    return game


@pytest.fixture
def table() -> Iterator[Table]:
    """A room with a map."""
    table = Table(make_game())
    yield table
    table.close()


def tiles(table: Table) -> TileMap:
    """The room's map."""
    return table.room.engine.world.map


def walk(table: Table, player: int, x: float, y: float) -> None:
    """Put a player's entity somewhere."""
    for _, scene, position in table.room.engine.world.query(Scene, Position):
        if scene.owner == player:
            position.x, position.y = x, y


def chunks(player: Player) -> list[tuple[int, int]]:
    """The chunks that a player was sent, in order."""
    return [(item.x, item.y) for item in player.items(Chunk) if isinstance(item, Chunk)]


def copy_of(player: Player) -> dict[ChunkKey, int]:
    """The versions that a client has of its chunks, as a client keeps them."""
    versions: dict[ChunkKey, int] = {}
    for bundle in player.bundles:
        for item in bundle.items:
            if isinstance(item, Chunk):
                versions[ChunkKey(item.region_x, item.region_y, item.x, item.y)] = item.version
            elif isinstance(item, ChunkChanged):
                key = ChunkKey(item.region_x, item.region_y, item.x, item.y)
                assert versions[key] == item.base, "a change of a version that the client does not hold"
                versions[key] = item.version
    return versions


def test_what_is_near_is_sent_once_nearest_first(table: Table) -> None:
    """A client gets the chunks around it, a few a tick, the one it stands on first, and none twice."""
    anna = table.sit("Anna")
    table.step()
    assert chunks(anna)[0] == (0, 0)
    assert len(chunks(anna)) == CHUNKS_PER_TICK
    table.step(40)
    sent = chunks(anna)
    assert sorted(sent) == sorted(set(sent)) == [(x, y) for x in range(3) for y in range(3)]


def test_who_comes_back_gets_nothing_twice(table: Table) -> None:
    """Chunks are sent on the way; on the way back only what has changed meanwhile is sent anew."""
    anna = table.sit("Anna")
    table.step(10)
    walk(table, 0, 600.0, 600.0)
    table.step(30)
    assert (7, 7) in chunks(anna)
    before = len(chunks(anna))
    tiles(table).set_tile(1, 1, "wall")
    table.step()
    walk(table, 0, 45.0, 45.0)
    table.step(30)
    assert chunks(anna)[before:] == [(0, 0)]
    assert copy_of(anna)[ChunkKey(0, 0, 0, 0)] == tiles(table).version(ChunkKey(0, 0, 0, 0))


@pytest.mark.parametrize("codec", [MESSAGEPACK, JSON], ids=["msgpack", "json"])
def test_a_changed_tile_is_told_to_those_who_see_it(table: Table, codec: Codec) -> None:
    """The change names cell and value; who is far away is not told; the versions agree with the server's."""
    anna, ben = table.sit("Anna", codec), table.sit("Ben")
    table.step(10)
    walk(table, 1, 600.0, 600.0)
    table.step(20)
    tiles(table).set_tile(3, 2, "wall")
    tiles(table).set_tile(4, 2, "wall")
    table.step()
    (change,) = anna.items(ChunkChanged)
    assert isinstance(change, ChunkChanged)
    column = change.tiles
    cells = (
        list(iter_unpack("<IH", column))
        if isinstance(column, bytes)
        else [tuple(column[:2]), tuple(column[2:])]
    )
    assert cells == [(2 * 8 + 3, 2), (2 * 8 + 4, 2)]
    assert ben.items(ChunkChanged) == []
    assert copy_of(anna)[ChunkKey(0, 0, 0, 0)] == tiles(table).version(ChunkKey(0, 0, 0, 0))


def test_a_congested_client_is_sent_anew_what_it_missed(table: Table) -> None:
    """Changes that a client was not told make it lose the chunk, which comes in full when its socket drains."""
    anna = table.sit("Anna")
    table.step(10)
    anna.session.congested = True
    tiles(table).set_tile(3, 2, "wall")
    table.step(3)
    anna.session.congested = False
    before = len(chunks(anna))
    table.step(3)
    assert chunks(anna)[before:] == [(0, 0)]
    tiles(table).set_tile(5, 2, "wall")
    table.step()
    assert copy_of(anna)[ChunkKey(0, 0, 0, 0)] == tiles(table).version(ChunkKey(0, 0, 0, 0))


def test_without_a_radius_the_whole_map_comes() -> None:
    """In a game whose players see everything each client gets every chunk in time."""
    table = Table(make_game(view_radius=None))
    anna = table.sit("Anna")
    table.step(20)
    assert len(set(chunks(anna))) == 64
    table.close()


@pytest.mark.parametrize(
    ("resource", "body", "status"),
    [
        ("chunks/0/0/1/1", {}, 202),
        ("chunks/0/0/7/7", {}, 403),
        ("chunks/0/0/8/0", {}, 404),
        ("chunks/1/0/0/0", {}, 404),
        ("chunks/0/0/-1/0", {}, 404),
        ("chunks/0/0/0", {}, 404),
        ("chunks/0/0/99999999/0", {}, 404),
        ("chunks/0/0/1/1", {"version": "new"}, 422),
        ("chunks/0/0/1/1", [], 422),
        ("chunks/0/0/1/1", None, 202),
    ],
)
def test_a_chunk_may_be_asked_for(table: Table, resource: str, body: object, status: int) -> None:
    """One in sight is sent; one out of sight, off the map or asked for wrongly is refused with a reason."""
    anna = table.sit("Anna")
    table.step(10)
    before = len(chunks(anna))
    anna.send(Request(1, "get", resource, anna.body(body)))
    table.step()
    assert [item.status for item in anna.items(Answer) if isinstance(item, Answer)] == [status]
    assert len(chunks(anna)) - before == (status == 202)


def test_who_has_the_version_gets_nothing(table: Table) -> None:
    """Asked for with the version that is current, a chunk is answered with 304 and not sent."""
    anna = table.sit("Anna")
    table.step(10)
    before = len(chunks(anna))
    version = tiles(table).version(ChunkKey(0, 0, 1, 1))
    anna.send(Request(1, "get", "chunks/0/0/1/1", anna.body({"version": version})))
    table.step()
    assert [item.status for item in anna.items(Answer) if isinstance(item, Answer)] == [304]
    assert len(chunks(anna)) == before


def test_a_chunk_is_encoded_once_for_all(table: Table) -> None:
    """Two clients of a codec get the very same bytes of a chunk."""
    room = table.room
    table.sit("Anna"), table.sit("Ben")
    table.step(5)
    assert room.map_feed is not None
    key = ChunkKey(0, 0, 0, 0)
    first, second = (
        room.map_feed.stream.chunk(session.holder, key, MESSAGEPACK) for session in table.players
    )
    assert first is second


def test_the_header_is_in_the_welcome(table: Table) -> None:
    """A client learns what the numbers of the map mean before the first chunk."""
    anna = table.sit("Anna")
    assert anna.welcome is not None
    assert anna.welcome.schema.map == tiles(table).header


def test_the_python_client_keeps_the_map() -> None:
    """Fed with bundles alone, a client's own TileMap has the server's tiles, versions included."""
    with VirtualRoom(HostedGame.of(make_game()), seed=1) as room:
        ada = room.join("Ada")
        room.run(20)
        server, client = room.room.engine.world.map, ada.core.map
        assert client is not None
        server.set_tile(3, 2, "wall")
        room.run(5)
        for key in client.loaded:
            assert client.encoded(key) == server.encoded(key)
        assert client.is_solid(3, 2)
        assert len(client.loaded) == 9


def test_a_flood_of_asking_for_chunks_costs_its_sender_only(table: Table) -> None:
    """After the burst a player gets no more chunks than its requests a second allow; another one is answered as before."""
    anna, ben = table.sit("Anna"), table.sit("Ben")
    table.step(10)
    before, numbers, seconds = len(chunks(anna)), count(1), 3
    for _ in range(seconds * table.game.tick_rate):
        asked = [Request(next(numbers), "get", "chunks/0/0/1/1", anna.body({})) for _ in range(20)]
        anna.send(*asked, now=table.now)
        table.step()
    sent = len(chunks(anna)) - before
    assert REQUEST_BURST <= sent <= REQUEST_BURST + REQUESTS_PER_SECOND * (seconds + 1)
    statuses = [item.status for item in anna.items(Answer) if isinstance(item, Answer)]
    assert (statuses.count(202), statuses.count(429)) == (sent, len(statuses) - sent)
    ben.send(Request(1, "get", "chunks/0/0/1/1", ben.body({})), now=table.now)
    table.step()
    assert [item.status for item in ben.items(Answer) if isinstance(item, Answer)] == [202]


def test_far_chunks_leave_the_memory_and_come_back_as_they_were_left(table: Table) -> None:
    """A player changes a tile and goes far away for half a minute: the chunk is unloaded, the change kept. On the return it
    comes with the change, to this player and to one who has never been there."""
    anna = table.sit("Anna")
    table.step(10)
    tiles(table).set_tile(1, 1, "wall")
    table.step()
    left = tiles(table).version(HOME)
    walk(table, 0, 600.0, 600.0)
    table.step(1)
    assert HOME in tiles(table).loaded
    table.step(30 * table.game.tick_rate)
    assert HOME not in tiles(table).loaded
    assert len(tiles(table).loaded) < 20
    ben = table.sit("Ben")
    walk(table, 0, 45.0, 45.0)
    table.step(20)
    assert tiles(table).is_solid(1, 1)
    assert copy_of(anna)[HOME] == copy_of(ben)[HOME] == left == tiles(table).version(HOME)


def test_a_generator_is_asked_for_what_is_near_only() -> None:
    """Of a map of 65,536 x 65,536 tiles those chunks are made that a player comes near, each once, with the room's seed."""
    made: list[tuple[int, int]] = []
    seeds: set[int] = set()
    side = 65_536
    game = Game("wilds", tick_rate=20, max_players=4, width=side, height=side, view_radius=RADIUS)
    game.kind("player")
    kinds = (TileKind("grass"),)
    game.map(tile_size=1, region=(side, side), layers=("ground",), kinds=kinds, chunk_size=64)

    @game.generator
    def grow(chunk: ChunkTiles) -> None:
        """Grass."""
        made.append((chunk.left // 64, chunk.top // 64))
        seeds.add(chunk.seed)
        chunk.fill("grass")

    @game.on("join")
    def enter(world: World, player: int) -> None:
        world.spawn(Position(30_000.0, 30_000.0), Scene("player", owner=player))

    game.seal()
    table = Table(game)
    assert made == []
    anna = table.sit("Anna")
    table.step(30)
    assert sorted(made) == sorted(set(made)) == sorted(chunks(anna))
    assert len(made) < 40
    assert all(abs(x * 64 + 32 - 30_000) < 300 and abs(y * 64 + 32 - 30_000) < 300 for x, y in made)
    walk(table, 0, 10_000.0, 50_000.0)
    table.step(30)
    assert sorted(made) == sorted(set(made)) == sorted(chunks(anna))
    assert seeds == {table.room.engine.world.seed}
    table.close()

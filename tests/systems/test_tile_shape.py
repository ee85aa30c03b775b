"""The shapes of tiles, which speak to Chipmunk without pymunk: pymunk finds them, and they are freed."""

import gc
import weakref

import psutil
import pymunk
import pytest

from ecs.components import Collide
from systems.physics.tile_role import Role
from systems.physics.tile_shape import TileShape, TileShapes
from tests.systems.tile_kit import body, map_game
from tickroom import Engine

BOX = (10.0, 20.0, 30.0, 40.0)


def nothing_solid(_x: int, _y: int) -> bool:
    return False


def wall(**collide: object) -> Role:
    given = {"shape": "box", "body": "static"} | collide
    return Role(0, Collide(**given), (10.0, 10.0), nothing_solid)  # type: ignore[arg-type]


def in_space(*shapes: TileShape) -> tuple[pymunk.Space, TileShapes]:
    """A Space with these shapes, of one role."""
    space = pymunk.Space()
    for shape in shapes[:1]:
        shape.role.enter(space)
    walls = TileShapes(space)
    walls.add(shapes)
    return space, walls


def test_pymunk_finds_a_tile_shape_as_itself() -> None:
    """Queries of pymunk's give the very object, with the rectangle's sides, before and after it went to another Space."""
    shape = TileShape(BOX, wall(), 0)
    for _ in range(3):
        space, walls = in_space(shape)
        assert space.bb_query(pymunk.BB(29.0, 39.0, 50.0, 50.0), pymunk.ShapeFilter()) == [shape]
        assert space.bb_query(pymunk.BB(31.0, 41.0, 50.0, 50.0), pymunk.ShapeFilter()) == []
        hit = shape.segment_query((0.0, 30.0), (20.0, 30.0), 0.0)
        assert hit is not None and hit.point == (10.0, 30.0) and hit.normal == (-1.0, 0.0)
        assert shape.point_query((20.0, 45.0)).distance == pytest.approx(5.0)
        walls.remove([shape])
        assert space.bb_query(pymunk.BB(*BOX), pymunk.ShapeFilter()) == []


def test_a_tile_shape_is_as_its_role_says() -> None:
    """Sensor, friction, elasticity, filter and collision type reach Chipmunk."""
    role = wall(friction=0.25, elasticity=0.5, category=4, mask=6, sensor=True)
    shape = TileShape(BOX, role, 2)
    space, _ = in_space(shape)
    assert (shape.sensor, shape.friction, shape.elasticity, shape.collision_type) == (True, 0.25, 0.5, 2)
    assert shape.filter == pymunk.ShapeFilter(categories=4, mask=6)
    assert space.bb_query(pymunk.BB(*BOX), pymunk.ShapeFilter(categories=1)) == []


def test_a_collision_names_the_tile_shape() -> None:
    """A callback of pymunk's is given the tile's shape, and the tile stops the body."""
    shape = TileShape(BOX, wall(), 1)
    space, _ = in_space(shape)
    ball = pymunk.Body(1.0, float("inf"))
    ball.position, ball.velocity = (4.0, 30.0), (60.0, 0.0)
    space.add(ball, pymunk.Circle(ball, 4.0))
    met: list[pymunk.Shape] = []
    space.on_collision(1, None, pre_solve=lambda arbiter, _space, _data: met.extend(arbiter.shapes))
    for _ in range(30):
        space.step(1 / 60)
    assert shape in met
    assert ball.position.x <= 6.5


def test_an_old_space_goes_with_its_shapes() -> None:
    """A Space that nobody has any more is freed while its tile shapes are in another one, which goes on."""
    shape = TileShape(BOX, wall(), 0)
    old, walls = in_space(shape)
    gone = weakref.ref(old)
    space, _ = in_space(shape)
    del old, walls
    gc.collect()
    assert gone() is None
    assert space.bb_query(pymunk.BB(*BOX), pymunk.ShapeFilter()) == [shape]
    space.step(1 / 60)


def test_keyframes_and_changed_tiles_leave_nothing_behind() -> None:
    """Three hundred keyframes with a tile changed between them, of 260 shapes each, keep none of Chipmunk's memory: they
    would be 50 MB."""
    game = map_game(*(["#.#.#.#.#.#.#.#." * 2, "." * 32] * 16), keyframe_interval=1)
    engine = Engine(game, 1)
    for place in range(16):
        body(engine.world, 15.0 + 80 * (place % 4), 15.0 + 80 * (place // 4))

    def run(ticks: int) -> int:
        for tick in range(ticks):
            engine.world.map.set_tile(tick % 32, 5, "wall" if tick % 64 < 32 else None)
            engine.step()
        gc.collect()
        return int(psutil.Process().memory_info().rss)

    before = run(60)
    ground = engine._physics._ground
    assert ground is not None and sum(map(len, ground._active.values())) > 250
    assert run(300) - before < 15_000_000
    engine.close()

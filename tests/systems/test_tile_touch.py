"""Which tiles a shape touches: against Chipmunk's own collision of the same shapes, and what two tiles side by side are."""

from math import cos, hypot, sin

import pymunk
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ecs.components import Collide, Position
from ecs.tile_flags import SOLID
from systems.tile_touch import TileTouch, outline, touched

TILE = (10.0, 8.0)
SIDE = 12


def touches(
    position: Position, collide: Collide, walls: set[tuple[int, int]], least: float = 1e-5
) -> list[TileTouch]:
    def window(left: int, top: int, right: int, bottom: int) -> list[list[int]]:
        columns = range(left, right + 1)
        return [[SOLID if (x, y) in walls else 0 for x in columns] for y in range(top, bottom + 1)]

    return list(touched(outline(position, collide), TILE, window, lambda flags: least if flags else None))


def depth_of(position: Position, collide: Collide, x: int, y: int) -> float:
    """How deep Chipmunk finds the shape in the tile; negative when apart."""
    body = pymunk.Body(body_type=pymunk.Body.KINEMATIC)
    body.position, body.angle = (position.x, position.y), position.angle
    w, h = collide.w / 2, collide.h / 2
    shape: pymunk.Shape = (
        pymunk.Circle(body, w)
        if collide.shape == "circle"
        else pymunk.Poly(body, [(-w, -h), (w, -h), (w, h), (-w, h)])
    )
    left, top = x * TILE[0], y * TILE[1]
    corners = [(left, top), (left + TILE[0], top), (left + TILE[0], top + TILE[1]), (left, top + TILE[1])]
    ground = pymunk.Body(body_type=pymunk.Body.STATIC)  # a shape alone does not keep its body
    tile = pymunk.Poly(ground, corners)
    space = pymunk.Space()
    space.add(body, shape, ground, tile)
    try:
        found = shape.shapes_collide(tile)
    except AssertionError:
        return -1.0
    return max((-point.distance for point in found.points), default=-1.0)


@given(
    shape=st.sampled_from(["circle", "box"]),
    x=st.floats(20, 80),
    y=st.floats(20, 60),
    angle=st.sampled_from([0.0, 0.0, 0.3, -1.2, 2.0, 3.1]),
    w=st.floats(1, 30),
    h=st.floats(1, 30),
    walls=st.sets(st.tuples(st.integers(0, SIDE), st.integers(0, SIDE)), max_size=40),
)
def test_the_touched_tiles_are_those_that_chipmunk_finds(
    shape: str, x: float, y: float, angle: float, w: float, h: float, walls: set[tuple[int, int]]
) -> None:
    """Exactly the tiles that overlap the shape, in order; those that do by less than 1e-4 may be either."""
    assume(
        x % TILE[0] and y % TILE[1]
    )  # exactly above an edge Chipmunk is wrong: it finds circles that are far away
    position, collide = Position(x, y, angle), Collide(shape, w, h)
    found = [(touch.x, touch.y) for touch in touches(position, collide, walls)]
    assert found == sorted(found)
    for tile in walls:
        depth = depth_of(position, collide, *tile)
        if abs(depth) > 1e-4 or depth == -1.0:
            near = depth == -1.0 and tile in found and _barely(position, collide, tile)
            assert near or (tile in found) == (depth > 0), (tile, depth)


def _barely(position: Position, collide: Collide, tile: tuple[int, int]) -> bool:
    """Whether a slightly smaller shape does not touch the tile."""
    smaller = Collide(collide.shape, collide.w - 2e-4, collide.h - 2e-4)
    return not touches(position, smaller, {tile})


@given(
    st.floats(0, 6.28), st.floats(1, 6), st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=10)
)
def test_a_free_normal_leads_out(angle: float, reach: float, walls: set[tuple[int, int]]) -> None:
    """Along the normal of a free side lies no solid tile just before the one that is touched."""
    position = Position(25.0 + reach * cos(angle), 20.0 + reach * sin(angle))
    for collide in (Collide("circle", 9.0), Collide("box", 9.0, 7.0)):
        for touch in touches(position, collide, walls):
            assert hypot(touch.nx, touch.ny) == pytest.approx(1.0 if touch.nx or touch.ny else 0.0)
            if touch.free and 0.0 in (touch.nx, touch.ny):
                assert (touch.x + int(touch.nx), touch.y + int(touch.ny)) not in walls


def test_two_tiles_side_by_side_are_one_wall() -> None:
    """A circle that lies on both, and a box that does, feels one floor; at the end of the floor there is a corner."""
    floor = {(1, 2), (2, 2), (3, 2)}
    for collide in (Collide("circle", 8.0), Collide("box", 8.0, 8.0)):
        for x in (18.0, 20.0, 22.5, 29.0):
            normals = {
                (touch.nx, touch.ny) for touch in touches(Position(x, 12.2), collide, floor) if touch.free
            }
            assert normals == {(0.0, -1.0)}
    (corner,) = touches(Position(42.0, 13.0), Collide("circle", 8.0), floor)
    assert corner.free
    assert corner.nx > 0 > corner.ny
    assert (corner.nx, corner.ny) == pytest.approx((2 / hypot(2, 3), -3 / hypot(2, 3)))


def test_in_a_corner_of_a_room_two_walls_are_felt() -> None:
    """A body in the corner between a floor and a wall touches three tiles and is stopped along both axes."""
    walls = {(0, 2), (1, 2), (2, 2), (0, 1), (0, 0)}
    for collide in (Collide("circle", 8.0), Collide("box", 8.0, 8.0)):
        found = touches(Position(13.9, 12.1), collide, walls)
        assert {(touch.nx, touch.ny) for touch in found if touch.free} == {(1.0, 0.0), (0.0, -1.0)}
        assert (0, 2) not in {(touch.x, touch.y) for touch in found if touch.free}


def test_a_centre_inside_a_tile_has_no_normal() -> None:
    """There is no side that a body is at when it is in the middle of a tile."""
    (found,) = touches(Position(15.0, 12.0), Collide("circle", 4.0), {(1, 1)})
    assert (found.nx, found.ny, found.free) == (0.0, 0.0, False)


def test_what_just_touches_depends_on_what_is_asked() -> None:
    """A body exactly at a tile touches it when it is pressed there, and not when it may have left."""
    position, collide = Position(15.0, 12.0), Collide("box", 8.0, 8.0)
    assert len(touches(position, collide, {(1, 2)}, least=-1e-5)) == 1
    assert touches(position, collide, {(1, 2)}, least=1e-5) == []


@given(st.data())
def test_a_turned_box_is_found_from_any_side(data: st.DataObject) -> None:
    """A box turned by an eighth, moved past a tile, touches it exactly while its corner is inside."""
    reach = 4.0 * 2**0.5
    gap = data.draw(st.floats(0.01, 2.0))
    assume(abs(gap - 1.0) > 1e-3)
    x = 20.0 - reach + gap - 1.0
    found = touches(Position(x, 12.0, 3.141592653589793 / 4), Collide("box", 8.0, 8.0), {(2, 1)})
    assert bool(found) == (gap > 1.0)

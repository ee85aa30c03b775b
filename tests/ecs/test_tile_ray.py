"""Rays over tiles, against a slow search by small steps."""

from math import floor, inf, nan

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ecs.errors import WorldError
from ecs.tile_ray import MAX_TILES, TileHit, cast_ray
from tests.ecs.map_kit import drawn, map_of

SIZE = (10.0, 8.0)
places = st.tuples(st.floats(-60, 60), st.floats(-60, 60))
walls = st.sets(st.tuples(st.integers(-7, 7), st.integers(-8, 8)), max_size=60)


def cast(
    start: tuple[float, float], end: tuple[float, float], blocked: set[tuple[int, int]]
) -> TileHit | None:
    return cast_ray(start, end, SIZE, lambda x, y: (x, y) in blocked)


@given(places, places, walls)
def test_the_first_tile_on_the_way(
    start: tuple[float, float], end: tuple[float, float], blocked: set[tuple[int, int]]
) -> None:
    """No tile that blocks lies before the hit, and the hit lies on the side of its tile that the normal says."""
    hit = cast(start, end, blocked)
    part_of_hit = 1.0 if hit is None else hit.part
    for step in range(1000):
        part = part_of_hit * step / 1000
        x, y = start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part
        inside = (x / SIZE[0]) % 1.0, (y / SIZE[1]) % 1.0
        if all(1e-6 < place < 1 - 1e-6 for place in inside) and part < part_of_hit - 1e-6:
            assert (floor(x / SIZE[0]), floor(y / SIZE[1])) not in blocked
    if hit is not None:
        assert (hit.x, hit.y) in blocked
        assert hit.x * SIZE[0] - 1e-6 <= hit.place_x <= (hit.x + 1) * SIZE[0] + 1e-6
        assert hit.y * SIZE[1] - 1e-6 <= hit.place_y <= (hit.y + 1) * SIZE[1] + 1e-6
        assert (hit.nx, hit.ny) in {(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)}
        assert (end[0] - start[0]) * hit.nx + (end[1] - start[1]) * hit.ny <= 0


@given(places, places, walls)
def test_sight_is_mutual(
    start: tuple[float, float], end: tuple[float, float], blocked: set[tuple[int, int]]
) -> None:
    """If one place is seen from the other, so is the other from the one, but for rounding at corners."""
    there = cast(start, end, blocked)
    back = cast(end, start, blocked)
    near_corner = any(hit is not None and _at_corner(hit) for hit in (there, back))
    assume(not near_corner)
    assert (there is None) == (back is None)


def _at_corner(hit: TileHit) -> bool:
    across, down = (hit.place_x / SIZE[0]) % 1.0, (hit.place_y / SIZE[1]) % 1.0
    return min(across, 1 - across) < 1e-6 and min(down, 1 - down) < 1e-6


def test_a_hit_says_where_and_which_side() -> None:
    """A ray to the right meets the left side of a wall, and says how much of it lies before."""
    hit = cast((5.0, 4.0), (45.0, 4.0), {(3, 0)})
    assert hit == TileHit(3, 0, 30.0, 4.0, -1.0, 0.0, 0.625)
    assert cast((5.0, 4.0), (29.0, 4.0), {(3, 0)}) is None
    assert cast((35.0, 4.0), (5.0, 4.0), {(3, 0)}) == TileHit(3, 0, 35.0, 4.0, 0.0, 0.0, 0.0)
    assert cast((15.0, -30.0), (15.0, 30.0), {(1, 2)}) == TileHit(1, 2, 15.0, 16.0, 0.0, -1.0, 46 / 60)


def test_corners() -> None:
    """Two walls that meet at a corner let nothing between them; past the corner of one alone a ray goes."""
    start, end = (5.0, 4.0), (15.0, 12.0)
    assert cast(start, end, {(1, 0)}) is None
    assert cast(start, end, {(0, 1)}) is None
    hit = cast(start, end, {(1, 0), (0, 1)})
    assert hit is not None
    assert (hit.place_x, hit.place_y) == (10.0, 8.0)
    hit = cast(start, end, {(1, 1)})
    assert hit is not None
    assert (hit.x, hit.y) == (1, 1)


def test_a_ray_of_no_length() -> None:
    """A ray that goes nowhere meets the tile it is in, or nothing."""
    assert cast((5.0, 4.0), (5.0, 4.0), set()) is None
    assert cast((5.0, 4.0), (5.0, 4.0), {(0, 0)}) is not None


@pytest.mark.parametrize("end", [(nan, 0.0), (inf, 0.0), (0.0, SIZE[1] * (MAX_TILES + 2))])
def test_rays_that_are_none_or_endless_are_refused(end: tuple[float, float]) -> None:
    """A ray has finite ends and a bounded length, so that its time is bounded."""
    with pytest.raises(WorldError):
        cast((0.0, 0.0), end, set())


def test_sight_and_way_on_a_map() -> None:
    """Glass lets see and not pass, a curtain lets pass and not see; the edge of the map stops both."""
    tiles = map_of(drawn("..G..c..", "........"))
    assert tiles.sees((5.0, 5.0), (35.0, 5.0))
    assert tiles.ray((5.0, 5.0), (35.0, 5.0)) is not None
    assert not tiles.sees((35.0, 5.0), (75.0, 5.0))
    assert tiles.ray((35.0, 5.0), (75.0, 5.0)) is None
    hit = tiles.ray((35.0, 15.0), (35.0, 95.0))
    assert hit is not None
    assert (hit.x, hit.y, hit.ny) == (3, 2, -1.0)
    with pytest.raises(WorldError, match="'solid' or 'opaque'"):
        tiles.ray((0.0, 0.0), (1.0, 1.0), by="wood")

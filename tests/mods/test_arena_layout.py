"""The arena's ground plan."""

from itertools import combinations
from math import hypot
from typing import Any

import pytest

from tests.mods.arena_table import ArenaTable
from tests.mods.loading import module
from tickroom import Collide, Position, Scene


@pytest.fixture(scope="module")
def layout(arena_game: Any) -> Any:
    """The module that holds the walls."""
    return module("arena", "shared.layout")


def test_the_arena_is_the_same_from_all_sides(layout: Any) -> None:
    """Mirrored left to right and top to bottom the walls are the same, so that no corner is better."""
    walls = {tuple(wall) for wall in layout.WALLS}
    assert {(2000.0 - x, y, w, h) for x, y, w, h in walls} == walls
    assert {(x, 1400.0 - y, w, h) for x, y, w, h in walls} == walls


def test_everything_that_appears_stands_free(arena_game: Any, layout: Any) -> None:
    """No place for a fighter, a hunter or a pick-up lies in a wall, and fighters' places lie apart."""
    places = module("arena", "server.places")
    assert all(layout.is_free(x, y, 20.0) for x, y in places.SPAWNS)
    assert all(layout.is_free(x, y, 18.0) for x, y in places.DENS)
    assert all(layout.is_free(x, y, 17.0) for _, x, y in places.PADS)
    assert len(places.SPAWNS) >= 16
    assert all(hypot(x - u, y - v) > 100.0 for (x, y), (u, v) in combinations(places.SPAWNS, 2))


def test_every_place_can_be_reached(layout: Any) -> None:
    """A fighter can walk from any free spot to any other: the free cells of a fine grid are one piece."""
    step, girth = 10, 18.0
    free = {
        (x, y)
        for x in range(0, 2001, step)
        for y in range(0, 1401, step)
        if layout.is_free(float(x), float(y), girth)
    }
    start = min(free)
    reached, border = {start}, [start]
    while border:
        x, y = border.pop()
        for spot in ((x + step, y), (x - step, y), (x, y + step), (x, y - step)):
            if spot in free and spot not in reached:
                reached.add(spot)
                border.append(spot)
    assert reached == free


@pytest.mark.parametrize(
    ("way", "clear"),
    [
        ((600.0, 560.0, 1100.0, 560.0), True),
        ((700.0, 700.0, 785.0, 700.0), False),
        ((700.0, 590.0, 785.0, 590.0), True),
        ((740.0, 700.0, 740.0, 700.0), False),
        ((1000.0, 300.0, 1000.0, 440.0), True),
        ((1000.0, 300.0, 1000.0, 560.0), False),
    ],
)
def test_walls_block_the_sight(layout: Any, way: tuple[float, float, float, float], clear: bool) -> None:
    """Sight ends at cover, goes past its edges, and works straight along an axis."""
    assert layout.sees(*way) is clear
    assert layout.sees(*way[2:], *way[:2]) is clear


def test_every_wall_stands_in_the_world(arena: ArenaTable, layout: Any) -> None:
    """Each wall of the plan is a static body that clients can see."""
    standing = {
        (at.x, at.y, shape.w, shape.h)
        for _, at, shape, scene in arena.world.query(Position, Collide, Scene)
        if scene.kind == "wall" and shape.body == "static"
    }
    assert standing == {tuple(wall) for wall in layout.WALLS}

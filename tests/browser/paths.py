"""Ways round walls, for tests that walk: breadth-first over a grid."""

from collections import deque
from typing import Any

STEP = 40.0
"""The grid's width in world units."""
GIRTH = 24.0
"""How far from a wall one stays."""
EDGE = 200
"""How many cells the grid has at most, each way."""
Place = tuple[float, float]
Cell = tuple[int, int]


def way(walls: list[dict[str, Any]], start: Place, goal: Place) -> tuple[float, float, bool]:
    """Where to walk next to reach `goal`, and whether the straight way there is free."""
    if is_clear(walls, start, goal):
        return *goal, True
    first, last = cell_of(start), cell_of(goal)
    came_from = flood(walls, last, first)
    next_cell = came_from.get(first, last)
    ahead = came_from.get(next_cell, next_cell)
    place = place_of(ahead if is_clear(walls, start, place_of(ahead)) else next_cell)
    return *place, False


def flood(walls: list[dict[str, Any]], start: Cell, goal: Cell) -> dict[Cell, Cell]:
    """For each cell on the way the one before it, from `start` until `goal` is reached; four ways."""
    came_from: dict[Cell, Cell] = {start: start}
    queue = deque([start])
    while queue and goal not in came_from:
        x, y = queue.popleft()
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            cell = (x + dx, y + dy)
            if cell in came_from or not (0 <= cell[0] < EDGE and 0 <= cell[1] < EDGE):
                continue
            if cell == goal or is_free(walls, place_of(cell)):
                came_from[cell] = (x, y)
                queue.append(cell)
    return came_from


def is_clear(walls: list[dict[str, Any]], start: Place, goal: Place) -> bool:
    """Whether one could walk straight from one place to the other, looked at every few units."""
    (x, y), (to_x, to_y) = start, goal
    steps = int(max(abs(to_x - x), abs(to_y - y)) / 8) + 1
    places = ((x + (to_x - x) * step / steps, y + (to_y - y) * step / steps) for step in range(1, steps))
    return all(is_free(walls, place, GIRTH - 4) for place in places)


def is_free(walls: list[dict[str, Any]], place: Place, girth: float = GIRTH) -> bool:
    return not any(
        abs(place[0] - wall["x"]) < wall["w"] / 2 + girth
        and abs(place[1] - wall["y"]) < wall["h"] / 2 + girth
        for wall in walls
    )


def cell_of(place: Place) -> Cell:
    return int(place[0] // STEP), int(place[1] // STEP)


def place_of(cell: Cell) -> Place:
    return (cell[0] + 0.5) * STEP, (cell[1] + 0.5) * STEP

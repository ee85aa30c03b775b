"""Greedy meshing: the rectangles are the tiles, exactly, and few."""

from hypothesis import given
from hypothesis import strategies as st

from ecs.tile_flags import NOTED, OPAQUE, PASS_DOWN, PASS_LEFT, PASS_RIGHT, PASS_UP, SOLID
from systems.tile_shapes import Rect, one_way_runs, rectangles

flag_bytes = st.sampled_from(
    (0, 0, 0, SOLID, SOLID, SOLID | OPAQUE, PASS_UP, PASS_DOWN | NOTED, PASS_LEFT, PASS_RIGHT)
)
chunks = st.sampled_from((4, 8, 12)).flatmap(
    lambda size: st.lists(flag_bytes, min_size=size * size, max_size=size * size).map(
        lambda cells: (size, cells)
    )
)


def cells_of(rect: Rect) -> set[tuple[int, int]]:
    return {(x, y) for x in range(rect.x, rect.x + rect.width) for y in range(rect.y, rect.y + rect.height)}


def runs_of(cells: list[bool]) -> int:
    return sum(cell and not before for before, cell in zip([False, *cells], cells, strict=False))


@given(chunks)
def test_rectangles_are_exactly_the_solid_cells(chunk: tuple[int, list[int]]) -> None:
    """Together they cover all solid cells and nothing else, no cell twice, in reading order, never more than the runs of
    the rows or of the columns."""
    size, flags = chunk
    found = rectangles(flags, size)
    covered = [cell for rect in found for cell in cells_of(rect)]
    assert len(covered) == len(set(covered))
    assert set(covered) == {(place % size, place // size) for place, flag in enumerate(flags) if flag & SOLID}
    assert found == sorted(found, key=lambda rect: (rect.y, rect.x))
    rows = [[bool(flags[y * size + x] & SOLID) for x in range(size)] for y in range(size)]
    columns = [list(column) for column in zip(*rows, strict=True)]
    assert len(found) <= min(sum(map(runs_of, rows)), sum(map(runs_of, columns)))


@given(chunks)
def test_one_way_runs_are_exactly_the_one_way_cells(chunk: tuple[int, list[int]]) -> None:
    """For each way the runs cover its cells that are not solid, each once; runs are as long as they can be."""
    size, flags = chunk
    for way in (PASS_UP, PASS_DOWN, PASS_LEFT, PASS_RIGHT):
        runs = [rect for found, rect in one_way_runs(flags, size) if found == way]
        covered = [cell for rect in runs for cell in cells_of(rect)]
        expected = {
            (place % size, place // size)
            for place, flag in enumerate(flags)
            if flag & way and not flag & SOLID
        }
        assert len(covered) == len(set(covered))
        assert set(covered) == expected
        upright = way in (PASS_LEFT, PASS_RIGHT)
        for rect in runs:
            assert (rect.width if upright else rect.height) == 1
            before = (rect.x, rect.y - 1) if upright else (rect.x - 1, rect.y)
            assert before not in expected


def test_walls_become_one_rectangle() -> None:
    """A full chunk is one rectangle, a frame four, a checkerboard one for each cell."""
    size = 32
    full = [SOLID] * size * size
    assert rectangles(full, size) == [Rect(0, 0, size, size)]
    frame = [SOLID if {x, y} & {0, size - 1} else 0 for y in range(size) for x in range(size)]
    assert len(rectangles(frame, size)) == 4
    board = [SOLID if (x + y) % 2 else 0 for y in range(size) for x in range(size)]
    assert len(rectangles(board, size)) == size * size // 2


def test_columns_stay_whole() -> None:
    """Where meshing along the columns gives fewer rectangles, it is taken."""
    size = 8
    cells = ["#.#.#.#.", "#.#.#.#.", "########", "#.#.#.#.", "#.#.#.#.", "#.#.#.#.", "########", "........"]
    flags = [SOLID if letter == "#" else 0 for row in cells for letter in row]
    assert len(rectangles(flags, size)) <= 8 + 4
    assert rectangles(flags, size)[0] == Rect(0, 0, 1, 7)


def test_an_empty_chunk_has_nothing() -> None:
    """No tiles, no shapes."""
    assert rectangles(bytes(64), 8) == []
    assert one_way_runs(bytes(64), 8) == []

"""Few rectangles instead of many tiles: what physics puts in the place of a chunk's solid and one-way tiles."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from ecs.tile_flags import ANY_WAY, PASS_DOWN, PASS_LEFT, PASS_RIGHT, PASS_UP, SOLID

_ZERO, _ONE = b"01"
ALONG_ROWS = (PASS_UP, PASS_DOWN)
ALONG_COLUMNS = (PASS_LEFT, PASS_RIGHT)


class Rect(NamedTuple):
    """Tiles from (x, y), `width` to the right and `height` down."""

    x: int
    y: int
    width: int
    height: int


def rectangles(flags: Sequence[int], size: int, wanted: int = SOLID) -> list[Rect]:
    """Rectangles that together are exactly the cells with a wanted flag, none of them twice, in reading order.

    Greedy meshing: of what is left, the first cell in reading order, as far right as it goes, then as far down; and the
    same with rows and columns exchanged, if that gives fewer. Never more than there are runs of cells in the rows.
    """
    cells = bytes(flags).translate(_digits(wanted))
    if _ONE not in cells:
        return []
    across = _mesh(_bit_rows(cells, size))
    down = [
        Rect(rect.y, rect.x, rect.height, rect.width) for rect in _mesh(_bit_rows(_turned(cells, size), size))
    ]
    return across if len(across) <= len(down) else sorted(down, key=lambda rect: (rect.y, rect.x))


def one_way_runs(flags: Sequence[int], size: int) -> list[tuple[int, Rect]]:
    """Runs of one-way tiles, one tile thick, along the side that holds what comes from there: (way, tiles).

    A run never has two edges behind one another: each row of platforms holds by itself. Solid tiles are no part of it.
    """
    if not any(flag & ANY_WAY for flag in flags):
        return []
    open_cells = bytes([0 if flag & SOLID else flag for flag in flags])
    found: list[tuple[int, Rect]] = []
    for way in (*ALONG_ROWS, *ALONG_COLUMNS):
        upright = way in ALONG_COLUMNS
        cells = open_cells.translate(_digits(way))
        for row, bits in enumerate(_bit_rows(_turned(cells, size) if upright else cells, size)):
            for start, length in _runs(bits):
                rect = Rect(row, start, 1, length) if upright else Rect(start, row, length, 1)
                found.append((way, rect))
    return found


def _mesh(rows: list[int]) -> list[Rect]:
    left = list(rows)
    found: list[Rect] = []
    for y, bits in enumerate(left):
        for start, length in list(_runs(bits)):
            run = ((1 << length) - 1) << start
            height = 1
            while y + height < len(left) and left[y + height] & run == run:
                left[y + height] &= ~run
                height += 1
            found.append(Rect(start, y, length, height))
    return found


def _runs(bits: int) -> Iterator[tuple[int, int]]:
    """(start, length) of each run of ones, from the lowest."""
    while bits:
        start = (bits & -bits).bit_length() - 1
        length = ((bits >> start) ^ ((bits >> start) + 1)).bit_length() - 1
        yield start, length
        bits &= ~(((1 << length) - 1) << start)


def _bit_rows(cells: bytes, size: int) -> list[int]:
    """Each row of the digits 0 and 1 as a whole number, the first cell in its lowest bit."""
    return [int(cells[place : place + size][::-1], 2) for place in range(0, size * size, size)]


def _turned(cells: bytes, size: int) -> bytes:
    """Rows and columns exchanged."""
    return b"".join(cells[column::size] for column in range(size))


@cache
def _digits(wanted: int) -> bytes:
    """For each byte of flags the digit 1 when it has a wanted one."""
    return bytes(_ONE if flags & wanted else _ZERO for flags in range(256))

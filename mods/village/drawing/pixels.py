"""A small canvas of pixels that writes itself as a PNG file: the standard library is enough for 16 x 16 pictures."""

import struct
import zlib
from pathlib import Path
from random import Random

Colour = tuple[int, int, int]


def colour(text: str) -> Colour:
    """The colour of `rrggbb`."""
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def shaded(base: Colour, part: float) -> Colour:
    """The colour darker (part < 1) or lighter (part > 1)."""
    red, green, blue = (max(0, min(255, round(channel * part))) for channel in base)
    return red, green, blue


class Canvas:
    """Pixels of 8-bit red, green, blue and alpha; what was never painted is transparent."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._pixels = bytearray(width * height * 4)

    def dot(self, x: int, y: int, paint: Colour, alpha: int = 255) -> None:
        """One pixel; outside of the canvas nothing happens."""
        if 0 <= x < self.width and 0 <= y < self.height:
            place = (y * self.width + x) * 4
            self._pixels[place : place + 4] = bytes((*paint, alpha))

    def box(self, x: int, y: int, width: int, height: int, paint: Colour) -> None:
        """A filled rectangle."""
        for row in range(y, y + height):
            for column in range(x, x + width):
                self.dot(column, row, paint)

    def disc(self, x: float, y: float, radius: float, paint: Colour) -> None:
        """A filled circle around (x, y)."""
        for row in range(self.height):
            for column in range(self.width):
                across, down = column + 0.5 - x, row + 0.5 - y
                if across * across + down * down <= radius * radius:
                    self.dot(column, row, paint)

    def speckle(self, random: Random, paint: Colour, count: int) -> None:
        """Single pixels here and there."""
        for _ in range(count):
            self.dot(random.randrange(self.width), random.randrange(self.height), paint)

    def paste(self, other: "Canvas", x: int, y: int) -> None:
        """Put another canvas there, transparent pixels included."""
        for row in range(other.height):
            place = ((y + row) * self.width + x) * 4
            self._pixels[place : place + other.width * 4] = other.row(row)

    def row(self, y: int) -> bytes:
        """The bytes of one row, four a pixel."""
        return bytes(self._pixels[y * self.width * 4 : (y + 1) * self.width * 4])

    def write(self, path: Path) -> None:
        """Write a PNG file: https://www.w3.org/TR/png/, colour type 6, no filter."""
        rows = (b"\0" + self.row(y) for y in range(self.height))
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 6, 0, 0, 0)
        body = zlib.compress(b"".join(rows), 9)
        parts = (_part(b"IHDR", header), _part(b"IDAT", body), _part(b"IEND", b""))
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))


def _part(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

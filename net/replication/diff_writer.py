"""Diffs and snapshots by splicing: records and changes are encoded once for each codec, and joined for each client.

MessagePack  0x9a 0x02 <base> <snapshot_id> <left> [entered..] <moved> <nudged> <velocities> <angles> [changed..]
JSON         [2,<base>,<snapshot_id>,<left>,[entered,..],<moved>,<nudged>,<velocities>,<angles>,[changed,..]]
"""

from collections.abc import Callable, Sequence

from net.bundle import array_header, binary_header
from net.codec import ANGLE_LAYOUT, NUDGE_LAYOUT, POSITION_LAYOUTS, VELOCITY_LAYOUT, Codec

Columns = tuple[bytes, bytes, bytes, bytes]
"""moved, nudged, velocities, angles: packed."""

WriteDiff = Callable[[Sequence[int], Sequence[bytes], Columns, Sequence[bytes]], bytes]
WriteMotion = Callable[[Columns], bytes]

NOTHING = b"\x90"
"""An empty array in MessagePack."""
KEPT = 4_096
"""Headers of columns of less than so many bytes are kept."""


class _BinaryHeaders(dict[int, bytes]):
    """Headers by size: asked for four times for each client in each tick."""

    def __missing__(self, size: int) -> bytes:
        header = binary_header(size)
        if size < KEPT:
            self[size] = header
        return header


_HEADERS = _BinaryHeaders()


class DiffWriter:
    """Writes one tick's diffs in one codec."""

    def __init__(self, codec: Codec, base: int, snapshot_id: int, position_bits: int) -> None:
        self._codec = codec
        self._snapshot_id = codec.encode(snapshot_id)
        self._layouts = (POSITION_LAYOUTS[position_bits], NUDGE_LAYOUT, VELOCITY_LAYOUT, ANGLE_LAYOUT)
        self._base = codec.encode(base)
        self._head = b"\x9a\x02" + self._base + self._snapshot_id
        self._motion_head = self._head + NOTHING + NOTHING
        self.diff: WriteDiff = self._text_diff if codec.text else self._binary_diff
        """Writes a `Diff` item: what left, the encoded records of what entered, columns, and encoded changes."""
        self.motion: WriteMotion = self._text_motion if codec.text else self._binary_motion
        """Writes a `Diff` item of columns alone."""

    def _text_diff(
        self, left: Sequence[int], entered: Sequence[bytes], columns: Columns, changed: Sequence[bytes]
    ) -> bytes:
        encode = self._codec.encode
        packed = [
            encode(self._codec.pack(column, layout))
            for column, layout in zip(columns, self._layouts, strict=True)
        ]
        head = [self._base, self._snapshot_id, encode(left)]
        return self._array(
            [
                b"2",
                *head,
                self._array(entered),
                *packed,
                self._array(changed),
            ]
        )

    def _text_motion(self, columns: Columns) -> bytes:
        return self._text_diff((), (), columns, ())

    def _binary_motion(self, columns: Columns) -> bytes:
        """In one join: this runs for most clients in each tick (0305)."""
        moved, nudged, velocities, angles = columns
        return b"".join(
            (
                self._motion_head,
                _HEADERS[len(moved)],
                moved,
                _HEADERS[len(nudged)],
                nudged,
                _HEADERS[len(velocities)],
                velocities,
                _HEADERS[len(angles)],
                angles,
                NOTHING,
            )
        )

    def _binary_diff(
        self, left: Sequence[int], entered: Sequence[bytes], columns: Columns, changed: Sequence[bytes]
    ) -> bytes:
        """In one join likewise, for the other clients."""
        moved, nudged, velocities, angles = columns
        return b"".join(
            (
                self._head,
                self._codec.encode(left) if left else NOTHING,
                array_header(len(entered)) if entered else NOTHING,
                *entered,
                _HEADERS[len(moved)],
                moved,
                _HEADERS[len(nudged)],
                nudged,
                _HEADERS[len(velocities)],
                velocities,
                _HEADERS[len(angles)],
                angles,
                array_header(len(changed)) if changed else NOTHING,
                *changed,
            )
        )

    def snapshot(self, records: Sequence[bytes]) -> bytes:
        """A `Snapshot` item of encoded records."""
        return self._array([b"1" if self._codec.text else b"\x01", self._snapshot_id, self._array(records)])

    def _array(self, elements: Sequence[bytes]) -> bytes:
        if self._codec.text:
            return b"[" + b",".join(elements) + b"]"
        return array_header(len(elements)) + b"".join(elements)

"""What a dead server has left on its disk: read, and damaged as a death may damage it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import msgspec

from net.journal.reader import JournalReader


def running_journals(data: Path) -> list[Path]:
    """The file of each running room that was written last."""
    folders = [folder for folder in sorted((data / "journals").iterdir()) if folder.name != "ended"]
    return [max(folder.glob("*.journal")) for folder in folders if any(folder.glob("*.journal"))]


def frame_bounds(path: Path) -> list[tuple[int, int]]:
    """Where each whole record of a journal begins and ends, the header left out."""
    with path.open("rb") as stream:
        return [(frame.offset, frame.end) for frame in JournalReader(stream).frames()]


def tear(path: Path, random: Random) -> int:
    """Append the beginning of another record, as a server that dies inside of a write leaves it. How many bytes."""
    begin, end = frame_bounds(path)[-1]
    record = path.read_bytes()[begin:end]
    torn = record[: random.randint(1, len(record) - 1)]
    with path.open("ab") as file:
        file.write(torn)
    return len(torn)


def cut(path: Path, frames: int) -> int:
    """Take the last frames away, as no server does that keeps its word. How many bytes."""
    bounds = frame_bounds(path)
    keep = bounds[max(1, len(bounds) - frames) - 1][1]  # the first is a keyframe: without it there is no room
    size = path.stat().st_size
    with path.open("rb+") as file:
        file.truncate(keep)
    return size - keep


def stored_ledgers(data: Path) -> dict[str, list[int]]:
    """The ledger that the store has of each identity. The server is not running."""
    with closing(sqlite3.connect(data / "store.sqlite3")) as store:
        rows = store.execute("SELECT identity, data FROM saves WHERE game = 'ledger'").fetchall()
    return {identity: msgspec.msgpack.decode(saved)[1]["tokens"] if saved else [] for identity, saved in rows}

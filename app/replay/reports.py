"""Reports of divergences as files: written beside a room's journal, read by `tickroom desync` and `tickroom replay`."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from app.exits import Exit, ProgramError
from net.journal.errors import JournalError
from net.journal.reader import JournalReader
from net.lockstep.inquest import Report

PATTERN = "desync-*.json"
MAX_BYTES = 64 * 1_048_576
"""A report has at most a dump of 1 MB, in base64, for each player and viewer that was asked."""


def read_report(path: Path) -> Report:
    """Raises ProgramError for what is none."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ProgramError(Exit.JOURNAL, f"{path}: a report has at most {MAX_BYTES:,} bytes.")
        return msgspec.json.decode(path.read_bytes(), type=Report)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise ProgramError(Exit.JOURNAL, f"{path}: this is no report of a divergence: {error}") from error
    except OSError as error:
        raise ProgramError(Exit.JOURNAL, f"{path} cannot be read: {error.strerror}") from error


def reports_beside(journal: Path, room_id: str) -> Iterator[Report]:
    """The reports of the same room in the folder of a journal, the earliest generation first; others are passed over."""
    found = []
    for path in journal.parent.glob(PATTERN):
        try:
            report = read_report(path)
        except ProgramError:
            continue  # it is not asked for: whoever wants that one is told by `tickroom desync`
        if report.room_id == room_id:
            found.append(report)
    return iter(sorted(found, key=lambda report: report.generation))


def journals_beside(report: Path, room_id: str) -> Iterator[Path]:
    """The journal's files of the same room in the folder of a report, the latest first."""
    for path in sorted(report.parent.glob("*.journal"), reverse=True):
        try:
            with path.open("rb") as stream:
                if JournalReader(stream).header.room_id == room_id:
                    yield path
        except (JournalError, OSError):
            continue  # a file that cannot be read has no match to be run

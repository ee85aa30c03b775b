"""Python's memory in pages of 2 MB, where Linux lets programs ask for them: the system joins small pages when it is advised to.

A step of one of many rooms touches some hundred pages that nothing has touched since that room's last step. A processor knows the
addresses of 1,500 to 3,000 pages without looking them up, in a virtual machine twice over; 200 lock-step rooms have more small
ones than that, and thirty of the large (docs/decisions/0213-huge-pages.md). Where the system does not offer it nothing happens.
"""

import asyncio
import ctypes
import mmap
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import structlog

HUGE = 2 * 1_048_576
"""Bytes of a large page on x86-64 and most of ARM."""
LOOKED_EVERY = 2.0
"""Seconds between two looks at how much memory there is: one costs 20 us."""
GROWN = 16 * 1_048_576
"""So much more than at the last time, or at the start, is worth the advice. A server at rest has no large pages."""
PIECE = 2 * HUGE
"""What is joined by one call: the ticks wait for a page's copy, 0.3 ms, and no longer."""
COLLAPSE = 25
"""madvise(2), MADV_COLLAPSE: join now (Linux 6.1). Before that the system does it by and by, once it is advised."""
ADVISE = getattr(mmap, "MADV_HUGEPAGE", 14)
OFFERED = Path("/sys/kernel/mm/transparent_hugepage/enabled")
MAPS = Path("/proc/self/maps")
STATM = Path("/proc/self/statm")

log = structlog.get_logger("memory")


class Region(NamedTuple):
    """Addresses of whole large pages."""

    begin: int
    end: int


class HugePages:
    """Advises the system as the process grows."""

    def __init__(self) -> None:
        self._advised = _resident()

    async def run(self) -> None:
        """Until cancelled; at once over where the system offers nothing."""
        while is_offered():
            await asyncio.sleep(LOOKED_EVERY)
            if (resident := _resident()) - self._advised > GROWN:
                joined = await asyncio.to_thread(advise)
                self._advised = max(resident, _resident())
                log.debug("memory in large pages", megabytes=joined // 1_048_576)


def is_offered() -> bool:
    """Whether programs may ask for large pages on this system."""
    try:
        return sys.platform == "linux" and "[never]" not in OFFERED.read_text()
    except OSError:
        return False


def advise() -> int:
    """Have all of the process' own memory joined to large pages. How many bytes are now, as far as the system says so."""
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    joined = 0
    for begin, end in regions(MAPS.read_text()):
        if madvise(begin, end - begin, ADVISE) != 0:
            continue  # such as a stack, which the system wants as it is
        for place in range(begin, end, PIECE):
            size = min(PIECE, end - place)
            joined += size if madvise(place, size, COLLAPSE) == 0 else 0
    return joined


def regions(maps: str) -> Iterator[Region]:
    """What /proc/PID/maps has of memory that is the process' own and may be written: its whole large pages (proc(5))."""
    for line in maps.splitlines():
        fields = line.split()
        if fields[1] != "rw-p" or (len(fields) > 5 and fields[5] != "[heap]"):
            continue
        begin, end = (int(address, 16) for address in fields[0].split("-"))
        begin, end = -(-begin // HUGE) * HUGE, end // HUGE * HUGE
        if begin < end:
            yield Region(begin, end)


def _resident() -> int:
    """Bytes of memory that the process has now; 0 where that cannot be known."""
    try:
        return int(STATM.read_text().split()[1]) * mmap.PAGESIZE
    except OSError:
        return 0

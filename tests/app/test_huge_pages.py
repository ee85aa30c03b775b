"""The server's memory in large pages: what of it, when, and nothing where there is nothing to be had."""

import asyncio
import sys

import pytest

from app import huge_pages
from app.huge_pages import GROWN, HUGE, HugePages, Region, advise, is_offered, regions

MAPS = """\
55d000000000-55d000400000 r-xp 00000000 fe:00 123                        /usr/bin/python3.11
55d000600000-55d000a00000 rw-p 00000000 fe:00 123                        /usr/bin/python3.11
55d001000000-55d001a10000 rw-p 00000000 00:00 0                          [heap]
7f0000001000-7f0000900000 rw-p 00000000 00:00 0
7f0001000000-7f00011ff000 rw-p 00000000 00:00 0
7f0002000000-7f0002400000 rw-s 00000000 00:00 0
7f0003000000-7f0003400000 r--p 00000000 00:00 0
7ffc00000000-7ffc00800000 rw-p 00000000 00:00 0                          [stack]
"""


def test_only_own_writable_memory_is_joined() -> None:
    """The heap and anonymous regions, cut to whole large pages; no program, no stack, nothing shared, nothing too small."""
    assert list(regions(MAPS)) == [
        Region(0x55D001000000, 0x55D001A00000),
        Region(0x7F0000200000, 0x7F0000800000),
    ]
    assert all(end % HUGE == begin % HUGE == 0 for begin, end in regions(MAPS))


@pytest.mark.skipif(not is_offered(), reason="this system has no large pages to be asked for")
def test_the_systems_answer_is_counted() -> None:
    """Advised, the process has its memory as it was, byte by byte; what was joined is no more than there is."""
    kept = [bytes([number % 256]) * 4_096 for number in range(8_192)]
    joined = advise()
    assert 0 <= joined <= sum(end - begin for begin, end in regions(huge_pages.MAPS.read_text()))
    assert all(each == bytes([number % 256]) * 4_096 for number, each in enumerate(kept))


def test_a_server_at_rest_asks_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only when it has grown by enough, and again when it has grown once more."""
    sizes = iter([100, 100 + GROWN, 101 + GROWN, 101 + GROWN, 50, 102 + 2 * GROWN, 102 + 2 * GROWN])
    asked: list[int] = []
    monkeypatch.setattr(huge_pages, "LOOKED_EVERY", 0.0)
    monkeypatch.setattr(huge_pages, "is_offered", lambda: True)
    monkeypatch.setattr(huge_pages, "_resident", lambda: next(sizes))

    def ask() -> int:
        asked.append(1)
        return 0

    monkeypatch.setattr(huge_pages, "advise", ask)
    with pytest.raises(RuntimeError, match="StopIteration"):
        asyncio.run(HugePages().run())
    assert len(asked) == 2


def test_nothing_is_tried_where_nothing_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is over at once, on another system and where the administrator has said never."""
    monkeypatch.setattr(huge_pages, "advise", pytest.fail)
    monkeypatch.setattr(sys, "platform", "darwin")
    asyncio.run(HugePages().run())

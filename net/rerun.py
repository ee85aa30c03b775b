"""A journal run again for its own sake: no connections, nobody is told.

with open(path, "rb") as stream:
    play = rerun(hosted, JournalReader(stream), to_tick=400)
"""

from net.hosted import HostedGame
from net.journal.errors import JournalError
from net.journal.reader import JournalReader, Keyframe
from net.play import Play
from net.seats import Seats


def rerun(hosted: HostedGame, reader: JournalReader, to_tick: int | None = None) -> Play:
    """What a room was after `to_tick` (None: after all that is written), from the nearest keyframe before.

    The engine is the caller's to close. Raises JournalError, and SystemFailed where the game failed.
    """
    start = _nearest(reader, to_tick)
    play = Play(reader.header.room_id, hosted, Seats(reader.header.seats), seed=reader.header.seed)
    try:
        play.restore(start.image())
        for frame in reader.frames(start):
            if to_tick is not None and frame.tick > to_tick:
                break
            play.feed(frame.entries)
            if frame.runs:
                play.tick()
    except BaseException:
        play.engine.close()
        raise
    return play


def _nearest(reader: JournalReader, to_tick: int | None) -> Keyframe:
    keyframes = [each for each in reader.keyframes() if to_tick is None or each.tick <= to_tick]
    if not keyframes:
        raise JournalError(f"the journal has no keyframe at or before tick {to_tick}")
    return keyframes[-1]

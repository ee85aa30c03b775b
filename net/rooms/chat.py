"""Chat of one room: what may be said, how often, and the last lines for those who come later. Time is in ms."""

from collections import deque
from typing import Literal

from msgspec.structs import replace

from net.protocol import Said
from net.rate import RateLimit
from net.text import is_plain

MAX_LINE = 200
"""The longest line, in characters."""
LINES_PER_SECOND = 1.0
BURST = 5.0
KEPT = 50
"""Lines of the whole room that are kept for `get chat`."""

NOBODY = -1
"""Stands for the number of a player who has left."""

Channel = Literal["room", "near", "team"]
CHANNELS: tuple[Channel, ...] = ("room", "near", "team")


class ChatRefused(Exception):
    """A line is not said. `status` is as in HTTP."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        super().__init__(sentence)


class Chat:
    """Checks lines and keeps the last ones."""

    def __init__(self) -> None:
        self._rates: dict[int, RateLimit] = {}
        self.history: deque[Said] = deque(maxlen=KEPT)

    def say(self, player: int, name: str, channel: str, text: str, now: float) -> Said:
        """The line as it is sent, which is then to be kept. Raises ChatRefused: 422 not a line, 429 too many."""
        if channel not in CHANNELS:
            raise ChatRefused(422, f"a channel is one of {', '.join(CHANNELS)}")
        line = checked_line(text)
        rate = self._rates.setdefault(player, RateLimit(LINES_PER_SECOND, BURST, now))
        if not rate.take(1.0, now):
            raise ChatRefused(429, "you are talking too fast")
        return Said(player, channel, line, name)

    def keep(self, said: Said) -> None:
        """A line was said: one to the whole room is kept for those who come later."""
        if said.channel == "room":
            self.history.append(said)

    def forget(self, player: int) -> None:
        """The player has left; the number may be given to another, and the lines keep the name."""
        self._rates.pop(player, None)
        for place, line in enumerate(self.history):
            if line.player == player:
                self.history[place] = replace(line, player=NOBODY)


def checked_line(text: str) -> str:
    """The line without spaces around it. Raises ChatRefused where it is empty, long, or has what does not print."""
    line = text.strip()
    if not 1 <= len(line) <= MAX_LINE:
        raise ChatRefused(422, f"a line has 1 to {MAX_LINE} characters")
    if not is_plain(line):
        raise ChatRefused(422, "a line has printable characters only")
    return line

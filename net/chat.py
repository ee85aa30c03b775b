"""Chat of one room: what may be said, how often, and the last lines for those who come later. Time is in ms."""

from collections import deque
from typing import Literal

from net.protocol import Said
from net.rate import RateLimit
from net.text import is_plain

MAX_LINE = 200
"""The longest line, in characters."""
LINES_PER_SECOND = 1.0
BURST = 5.0
KEPT = 50
"""Lines of the whole room that are kept for `get chat`."""

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
        self._muted: dict[int, tuple[float, str]] = {}
        self.history: deque[Said] = deque(maxlen=KEPT)

    def say(self, player: int, channel: str, text: str, now: float) -> Said:
        """The line as it is sent. Raises ChatRefused: 403 muted, 422 not a line, 429 too many."""
        until, reason = self._muted.get(player, (now, ""))
        if now < until:
            raise ChatRefused(403, f"you are muted: {reason}" if reason else "you are muted")
        if channel not in CHANNELS:
            raise ChatRefused(422, f"a channel is one of {', '.join(CHANNELS)}")
        line = checked_line(text)
        rate = self._rates.setdefault(player, RateLimit(LINES_PER_SECOND, BURST, now))
        if not rate.take(1.0, now):
            raise ChatRefused(429, "you are talking too fast")
        said = Said(player, channel, line)
        if channel == "room":
            self.history.append(said)
        return said

    def mute(self, player: int, until: float, reason: str) -> None:
        """Nothing that the player says is passed on before `until`; the reason is told to who tries."""
        self._muted[player] = (until, reason)

    def unmute(self, player: int) -> None:
        """The player may talk again."""
        self._muted.pop(player, None)

    def welcome(self, player: int) -> None:
        """A newcomer has this number: what another said who had it before is not read as the newcomer's words."""
        kept = [line for line in self.history if line.player != player]
        self.history.clear()
        self.history.extend(kept)

    def forget(self, player: int) -> None:
        """The player has left; the number may be given to another."""
        self._muted.pop(player, None)
        self._rates.pop(player, None)


def checked_line(text: str) -> str:
    """The line without spaces around it. Raises ChatRefused where it is empty, long, or has what does not print."""
    line = text.strip()
    if not 1 <= len(line) <= MAX_LINE:
        raise ChatRefused(422, f"a line has 1 to {MAX_LINE} characters")
    if not is_plain(line):
        raise ChatRefused(422, "a line has printable characters only")
    return line

"""When something that others can make happen without end is worth a line in the log."""

HOUR = 3_600_000.0


class Repeated:
    """Counts, and says so at the 1st, 10th, 100th ... time within an hour: a flood of millions is seven lines."""

    __slots__ = ("_begun", "_count")

    def __init__(self) -> None:
        self._begun = 0.0
        self._count = 0

    def happened(self, now: float) -> int:
        """It happened again, at `now` (ms). How often by now, where that is worth a line, else 0."""
        if self._count and now - self._begun >= HOUR:
            self._count = 0
        if not self._count:
            self._begun = now
        self._count += 1
        return self._count if str(self._count).strip("0") == "1" else 0

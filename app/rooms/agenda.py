"""Which rooms are due, without looking at those that are not: with 200 rooms at ten steps a second that is nearly all, always."""

from heapq import heappop, heappush

from app.rooms.entry import Entry


class Agenda:
    """Rooms by when they are due (ms). Whoever changes that puts the room in again; the last time counts."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Entry]] = []
        """(due, number, room): of a room's, only the one with its latest number counts."""
        self._latest: dict[Entry, int] = {}
        self._count = 0

    def put(self, entry: Entry) -> None:
        """A room is due when its schedule says."""
        self._count += 1
        self._latest[entry] = self._count
        heappush(self._heap, (entry.schedule.due, self._count, entry))

    def take(self, limit: float) -> list[Entry]:
        """The rooms that are due before `limit`, the most urgent first; to be put in again when they have been stepped."""
        taken = []
        while self._heap and self._heap[0][0] < limit:
            _, number, entry = heappop(self._heap)
            if self._latest.get(entry) != number:
                continue
            if entry.schedule.due < limit:
                del self._latest[entry]
                taken.append(entry)
            else:
                self.put(entry)
        return taken

    def next(self) -> float | None:
        """When the next room is due; None where there is none."""
        while self._heap and self._latest.get(self._heap[0][2]) != self._heap[0][1]:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

"""What a room has to tell its players in the next bundle, gathered as it happens."""

from collections import defaultdict
from collections.abc import Iterable

from net.players.seats import Seats
from net.protocol import Roster, ServerItem


class News:
    """Items for everybody and items for one, and whose place in the roster has changed."""

    def __init__(self) -> None:
        self.shared: list[ServerItem] = []
        self.own: dict[int, list[ServerItem]] = defaultdict(list)
        """By player number."""
        self._changed: dict[int, None] = {}

    def tell_all(self, item: ServerItem) -> None:
        """Everybody is told."""
        self.shared.append(item)

    def tell(self, players: Iterable[int] | None, item: ServerItem) -> None:
        """These players are told; None: everybody."""
        if players is None:
            self.shared.append(item)
        else:
            for player in players:
                self.own[player].append(item)

    def seat_changed(self, player: int) -> None:
        """A player came, left, lost the connection or returned: everybody is told in the next roster."""
        self._changed[player] = None

    def close(self, seats: Seats) -> None:
        """The tick is over: the roster's changes become an item. Who joins knows the rest by the welcome."""
        if not self._changed:
            return
        found = {player: seats.get(player) for player in sorted(self._changed)}
        here = [seat.record() for seat in found.values() if seat is not None and seat.joined]
        left = [player for player, seat in found.items() if seat is None or not seat.joined]
        self.shared.append(Roster(False, here, left))
        self._changed.clear()

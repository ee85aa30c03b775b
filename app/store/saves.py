"""Players' saved data, in the store. One room at a time holds a player's: it alone writes it, until it gives it back.

What is written is tagged with its room and tick, and a write that is not later than the tag, or than the hold, changes nothing: a
room that re-runs its journal writes again what it wrote, and nothing is granted twice. A holder is known by its player's
number, as ticks know players; numbers are given again, but only after the tick that wrote the last of their owner before.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from app.store.database import Database
from systems.saves import Save

NOT_YET = -1
"""The number of a player who has no seat yet."""
PRUNED_EVERY = 1_000
"""After so many holds the saved data of guests is counted again: that reads every row."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a player's saved data: a room, and its player."""

    room_id: str
    player_id: str


class SaveHeld(Exception):
    """The saved data is held already; `holder` says by whom."""

    def __init__(self, holder: Holder) -> None:
        super().__init__(f"the saved data is held by the room {holder.room_id}")
        self.holder = holder


class StoredSaves:
    """Saved data by game and identity. `clock` gives unix ms; `guests`: how many guests' are kept, the latest ones.

    Every method raises StoreUnavailable, and what it has done is kept when it returns.
    """

    def __init__(self, database: Database, clock: Callable[[], float], guests: int) -> None:
        self._database = database
        self._clock = clock
        self._guests = guests
        self._holds = 0

    # Holding ---------------------------------------------------------------------------------------------------------

    def holder(self, game: str, identity: str) -> Holder | None:
        """Who holds a player's saved data now."""
        rows = self._database.rows(
            "SELECT holder, player_id FROM saves WHERE game = ? AND identity = ? AND holder <> ''",
            (game, identity),
        )
        return Holder(*rows[0]) if rows else None

    def hold(self, game: str, identity: str, by: Holder, tick: int) -> bytes:
        """Give a player's saved data to a room (empty for one who is new). `tick` is the room's last: later ones may write.

        Raises SaveHeld.
        """
        with self._database.transaction():
            other = self.holder(game, identity)
            if other is not None and other != by:
                raise SaveHeld(other)
            self._holds += 1
            if self._holds % PRUNED_EVERY == 1:
                self._prune()
            self._database.run(
                "INSERT INTO saves (game, identity, data, base, room_id, tick, writer, holder, since, player_id, player, "
                "changed_at) VALUES (?, ?, x'', x'', '', 0, '', ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET base = data, "
                "holder = excluded.holder, since = excluded.since, player_id = excluded.player_id, player = excluded.player",
                (game, identity, by.room_id, tick, by.player_id, NOT_YET, self._clock()),
            )
            rows = self._database.rows(
                "SELECT data FROM saves WHERE game = ? AND identity = ?", (game, identity)
            )
        data: bytes = rows[0][0]
        return data

    def seated(self, by: Holder, player: int) -> None:
        """The player has got a seat: ticks know it by this number."""
        self._database.run(
            "UPDATE saves SET player = ? WHERE holder = ? AND player_id = ?",
            (player, by.room_id, by.player_id),
        )

    def release(self, by: Holder) -> None:
        """The player never entered a tick, and does not any more: what the room was given is free, as it was."""
        with self._database.transaction():
            self._database.run(
                "UPDATE saves SET holder = '' WHERE holder = ? AND player_id = ?", (by.room_id, by.player_id)
            )
            self._forget_nothings()

    def release_room(self, room_id: str) -> None:
        """A room is over: it holds nothing any more."""
        with self._database.transaction():
            self._database.run("UPDATE saves SET holder = '' WHERE holder = ?", (room_id,))
            self._forget_nothings()

    def release_all_but(self, rooms: Collection[str]) -> int:
        """When the server starts: rooms that are not there any more hold nothing. How many holds there were."""
        held = {
            room_id
            for (room_id,) in self._database.rows("SELECT DISTINCT holder FROM saves WHERE holder <> ''")
        }
        gone = sorted(held - set(rooms))
        for room_id in gone:
            self.release_room(room_id)
        return len(gone)

    # Writing ---------------------------------------------------------------------------------------------------------

    def write(self, room_id: str, tick: int, saves: Sequence[Save]) -> None:
        """Write a tick's cut, all of it or nothing. What is not held by the room, or was written later, stays."""
        self.write_all(room_id, {tick: saves})

    def write_all(self, room_id: str, cuts: Mapping[int, Sequence[Save]]) -> None:
        """Write cuts by their ticks, all of them or nothing."""
        now = self._clock()
        with self._database.transaction():
            for tick, saves in sorted(cuts.items()):
                for save in saves:
                    self._database.run(
                        "UPDATE saves SET data = ?, room_id = holder, tick = ?, writer = player_id, changed_at = ?, "
                        "holder = iif(?, '', holder) "
                        "WHERE holder = ? AND player = ? AND since < ? AND (room_id <> holder OR tick < ?)",
                        (save.data, tick, now, save.final, room_id, save.player, tick, tick),
                    )

    def resume(
        self, room_id: str, tick: int, present: Mapping[str, Save], seats: Mapping[str, int]
    ) -> dict[str, bytes]:
        """A room goes on at `tick`: make the store agree with it. `present`: the players in its world, by player_id, as
        they are there; `seats`: the number of each player_id that has a seat, in the world or reserved.

        Where the room lost no tick, this only releases what nobody sits with. Where it did (the store has later ticks),
        the world is right: who is in it is as it says, who is not is as before the room. What is returned is for the reserved
        seats, by player_id: what their players will come with.
        """
        with self._database.transaction():
            self._take_back(room_id, tick, present)
            held = self._database.rows("SELECT player_id, data FROM saves WHERE holder = ?", (room_id,))
            for player_id, _ in held:
                if player_id in seats:
                    self.seated(Holder(room_id, player_id), seats[player_id])
                elif player_id not in present:  # else it leaves in the next tick, and writes then
                    self.release(Holder(room_id, player_id))
        return {
            player_id: data for player_id, data in held if player_id in seats and player_id not in present
        }

    def _take_back(self, room_id: str, tick: int, present: Mapping[str, Save]) -> None:
        """Undo what ticks after `tick` have written, unless another room has it since."""
        later = self._database.rows(
            "SELECT game, identity, iif(holder = ?1, player_id, writer), room_id = ?1 AND tick > ?2 FROM saves "
            "WHERE holder IN ('', ?1) AND ((room_id = ?1 AND tick > ?2) OR (holder = ?1 AND since > ?2))",
            (room_id, tick),
        )
        for game, identity, player_id, written in later:
            where, key = "WHERE game = ? AND identity = ?", (game, identity)
            save = present.get(player_id)
            if save is not None:
                change = f"UPDATE saves SET data = ?, room_id = ?, tick = ?, holder = ?, player_id = ?, player = ? {where}"  # noqa: S608
                self._database.run(change, (save.data, room_id, tick, room_id, player_id, save.player, *key))
            elif written:
                self._database.run(f"UPDATE saves SET data = base, tick = ? {where}", (tick, *key))  # noqa: S608
            self._database.run(f"UPDATE saves SET since = min(since, ?) {where}", (tick, *key))  # noqa: S608

    # Upkeep ----------------------------------------------------------------------------------------------------------

    def count(self) -> int:
        """How many players have saved data."""
        (row,) = self._database.rows("SELECT count(*) FROM saves")
        return int(row[0])

    def _forget_nothings(self) -> None:
        """Who has never entered a tick leaves no row."""
        self._database.run("DELETE FROM saves WHERE holder = '' AND data = x''")

    def _prune(self) -> None:
        """Remove the saved data of those guests who have not been here for longest, where there are too many."""
        (row,) = self._database.rows("SELECT count(*) FROM saves WHERE identity LIKE 'guest:%'")
        if row[0] > self._guests:
            self._database.run(
                "DELETE FROM saves WHERE rowid IN (SELECT rowid FROM saves WHERE holder = '' AND identity LIKE 'guest:%' "
                "ORDER BY changed_at LIMIT ?)",
                (row[0] - self._guests,),
            )

"""The bots' side of the proof: what a bot may expect of its ledger, checked against all that it is ever told.

An account knows the tokens that its bot has sent, in order. The ledger has to be a beginning of them at all times, has to have
every acknowledged one, and never becomes shorter. Events and answers come once each and in order. No I/O: what does not fit
is a sentence in `faults`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct


class Report(Struct, frozen=True):
    """What the game's rpc `report` answers."""

    count: int
    digest: int
    tokens: list[int]
    presses: int
    drops: int
    returns: int
    faults: list[str]


def digest_of(tokens: Sequence[int], digest: int = 0) -> int:
    """As the game computes it."""
    for token in tokens:
        digest = (digest * 31 + token + 1) % 2**31
    return digest


@dataclass(slots=True)
class Account:
    """One player's ledger as its bot expects it, through all rooms and connections."""

    name: str
    faults: list[str] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    """Every token that was given to the client to send, in order."""
    acknowledged: int = 0
    """So many of them the server has said to keep, by `ServerBundle.last_id` or by an answer."""
    seen: int = 0
    """So many lines the client has been shown."""
    noted: int = 0
    """So many lines were told by events, each once."""
    answered: int = 0
    """Calls that were answered."""
    presses: int = 0
    """How often the bot has pressed its key, in this room."""
    pressed_seen: int = 0
    bell: int = -1
    """The last bell that was heard in this room; -1 before the first."""
    _digests: list[int] = field(default_factory=lambda: [0])
    _indexes: dict[int, int] = field(default_factory=dict)
    """Ids of this seat that are not acknowledged -> index of the token."""
    _calls: dict[int, int | None] = field(default_factory=dict)
    """Ids of calls of this seat -> index of the token; None once answered."""
    excuses: int = 0
    """How often the server has said that this player was away for too long to be told everything."""
    _lines_excused: bool = False
    _bells_excused: bool = False
    """Whether it has said so since the last line, and since the last bell."""

    @property
    def settled(self) -> bool:
        """Whether all that was sent is acknowledged and seen."""
        return (
            self.acknowledged == self.seen == len(self.sent)
            and not any(index is not None for index in self._calls.values())
            and self.pressed_seen == self.presses
        )

    @property
    def waiting(self) -> int:
        """How many tokens are under way."""
        return len(self.sent) - min(self.acknowledged, self.seen)

    def enters(self) -> None:
        """The bot has a seat in a room, maybe another one: ids, bells and presses begin anew."""
        self._indexes.clear()
        self._calls.clear()
        self.presses = self.pressed_seen = 0
        self.bell = -1

    # What the bot does -----------------------------------------------------------------------------------------------

    def sends(self, token: int, item_id: int, *, call: bool) -> None:
        """A token goes out under this id."""
        index = len(self.sent)
        self.sent.append(token)
        self._digests.append(digest_of([token], self._digests[-1]))
        self._indexes[item_id] = index
        if call:
            self._calls[item_id] = index

    # What it is told -------------------------------------------------------------------------------------------------

    def keeps(self, last_id: int) -> None:
        """A bundle says that everything up to this id is kept."""
        for item_id in [known for known in self._indexes if known <= last_id]:
            self.acknowledged = max(self.acknowledged, self._indexes.pop(item_id) + 1)

    def answers(self, item_id: int, status: int, body: Any) -> None:
        """A call is answered, or a command refused."""
        if item_id not in self._calls:
            if item_id in self._indexes:
                self._fault(f"the command {item_id} was refused with {status}: {body}")
            return
        index = self._calls[item_id]
        if index is None:
            self._fault(f"the call {item_id} was answered twice")
        elif status != 200:
            self._fault(f"the call {item_id} was refused with {status}: {body}")
        elif body != index:
            self._fault(f"the call {item_id} put its token in line {body}, not {index}")
        else:
            self.acknowledged = max(self.acknowledged, index + 1)
        self.answered += index is not None
        self._calls[item_id] = None

    def sees(self, count: int, last: int, digest: int, presses: int) -> None:
        """The client shows so much of the ledger."""
        if count < self.seen:
            self._fault(f"the ledger had {self.seen} lines and has {count}: something was taken back")
        if presses < self.pressed_seen:
            self._fault(f"{self.pressed_seen} presses counted, then {presses}: something was taken back")
        self._check_lines(count, digest)
        if count and count <= len(self.sent) and last != self.sent[count - 1]:
            self._fault(f"the line {count - 1} is {last}, not {self.sent[count - 1]}")
        self._check_presses(presses)
        self.seen = max(self.seen, count)
        self.pressed_seen = max(self.pressed_seen, presses)

    def hears_line(self, token: int, index: int) -> None:
        """The event of a line that was added."""
        if index < self.noted:
            self._fault(f"the event of line {index} came twice")
        elif index > self.noted and not self._lines_excused:
            self._fault(f"the event of line {self.noted} is missing: the next was of {index}")
        if index < len(self.sent) and token != self.sent[index]:
            self._fault(f"the event of line {index} says {token}, not {self.sent[index]}")
        self.noted = max(self.noted, index + 1)
        self._lines_excused = False

    def hears_bell(self, number: int) -> None:
        """The event that everybody is told."""
        if self.bell >= 0 and number <= self.bell:
            self._fault(f"the bell {number} came after {self.bell}: told twice")
        elif self.bell >= 0 and number > self.bell + 1 and not self._bells_excused:
            self._fault(f"the bells after {self.bell} and before {number} are missing")
        self.bell = max(self.bell, number)
        self._bells_excused = False

    def excuse(self) -> None:
        """The server says that the player was away too long to be told everything."""
        self._lines_excused = self._bells_excused = True
        self.excuses += 1

    def reports(self, report: Report, start: int) -> None:
        """The ledger itself, with its lines from `start` on; the player is connected."""
        if report.count < self.acknowledged:
            lost = self.sent[report.count : self.acknowledged]
            self._fault(f"acknowledged and lost: {lost[:10]}, {len(lost)} of {len(self.sent)} lines")
        if report.count < self.seen:
            self._fault(f"seen and lost: {report.count} lines of {self.seen}")
        if report.tokens != self.sent[start : report.count]:
            self._fault(
                f"lines from {start} on: {_difference(self.sent[start : report.count], report.tokens)}"
            )
        self._check_lines(report.count, report.digest)
        self._check_presses(report.presses)
        if report.drops != report.returns:
            self._fault(f"{report.drops} drops and {report.returns} returns, and the player is here")
        for fault in report.faults:
            self._fault(f"the game says: {fault}")

    def saved(self, tokens: list[int]) -> None:
        """What the store has after everything has ended in order."""
        if tokens != self.sent:
            self._fault(f"saved data: {_difference(self.sent, tokens)}")

    def ends(self) -> None:
        """Everything has come to rest."""
        if not self.settled:
            open_calls = sum(index is not None for index in self._calls.values())
            self._fault(
                f"not settled: {len(self.sent)} sent, {self.acknowledged} acknowledged, {self.seen} seen, {open_calls} calls "
                f"open, {self.presses} presses, {self.pressed_seen} counted"
            )
        if self.noted != len(self.sent) and not self._lines_excused:
            self._fault(f"{self.noted} lines were told by events, of {len(self.sent)}")

    def _check_lines(self, count: int, digest: int) -> None:
        if count > len(self.sent):
            self._fault(f"the ledger has {count} lines, and {len(self.sent)} were sent: something is doubled")
        elif digest != self._digests[count]:
            self._fault(f"the first {count} lines are not those that were sent")

    def _check_presses(self, presses: int) -> None:
        if presses > self.presses:
            self._fault(f"{presses} presses counted, of {self.presses}: something is doubled")

    def _fault(self, sentence: str) -> None:
        self.faults.append(f"{self.name}: {sentence}")


def _difference(expected: Sequence[int], found: Sequence[int]) -> str:
    missing = [token for token in expected if token not in set(found)]
    doubled = sorted({token for token in found if found.count(token) > 1})
    strange = [token for token in found if token not in set(expected)]
    parts = [
        f"{len(each)} {what} ({', '.join(map(str, each[:5]))})"
        for what, each in (("missing", missing), ("doubled", doubled), ("never sent", strange))
        if each
    ]
    return ", ".join(parts) or "in another order"

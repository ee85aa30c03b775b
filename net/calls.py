"""A player's rpc calls: each runs once, however often it is sent, and gets the same answer."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal

from net.protocol import Answer

MAX_OPEN = 16
"""Calls of one player that may wait for their answer."""
KEPT = 64
"""Answers kept for a player who may ask again after a reconnect."""


Begun = Literal["new", "waiting"]


class CallRefused(Exception):
    """A call does not enter the tick. `status` is as in HTTP."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        super().__init__(sentence)


@dataclass(slots=True)
class _Call:
    name: str
    body: bytes
    answer: Answer | None = None


class Calls:
    """The calls of one seat, by the id that its client gave them."""

    def __init__(self) -> None:
        self._calls: OrderedDict[int, _Call] = OrderedDict()
        self._open = 0
        self._forgotten = -1
        """The highest id whose answer is not kept any more: what is not above may have run."""

    def begin(self, request_id: int, name: str, body: bytes) -> Answer | Begun:
        """A call has come: whether it is new or waits already, or the answer it was given before.

        A call that was refused has never been, and may come again. Raises CallRefused: 409 when the id was another call's, or is
        not above one whose answer is kept no more; 429 for too many open ones.
        """
        known = self._calls.get(request_id)
        if known is not None:
            if (known.name, known.body) != (name, body):
                raise CallRefused(409, f"the id {request_id} was another call's")
            return known.answer or "waiting"
        if request_id <= self._forgotten:
            raise CallRefused(409, f"the answer to {request_id}, or to one above it, is not kept any more")
        if self._open >= MAX_OPEN:
            raise CallRefused(429, f"more than {MAX_OPEN} calls are open")
        self._calls[request_id] = _Call(name, body)
        self._open += 1
        return "new"

    def give_up(self, request_id: int) -> None:
        """The call could not be queued: it has never been."""
        if self._calls.pop(request_id, None) is not None:
            self._open -= 1

    def end(self, answer: Answer) -> None:
        """The call has run: keep its answer. Older ones make room."""
        call = self._calls.get(answer.id)
        if call is None or call.answer is not None:
            return
        call.answer = answer
        self._open -= 1
        while len(self._calls) - self._open > KEPT:
            oldest = next(number for number, each in self._calls.items() if each.answer is not None)
            del self._calls[oldest]
            self._forgotten = max(self._forgotten, oldest)

"""A player's rpc calls: each runs once, however often it is sent, and gets the same answer."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

from net.protocol import Answer, Request

MAX_OPEN = 16
"""Calls of one player that may wait for their answer."""
KEPT = 64
"""Answers kept for a player who may ask again after a reconnect."""


Begun = Literal["new", "waiting"]


def is_call(request: Request) -> bool:
    """Whether a request is a call of a game's rpc."""
    return request.resource.startswith("rpc/")


class CallRefused(Exception):
    """A call does not enter the tick. `status` is as in HTTP."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        super().__init__(sentence)


class CallImage(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A call as it is kept: `body` is a digest; `answer` is None while it waits."""

    id: int
    name: str
    body: bytes
    answer: Answer | None


class CallsImage(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """All calls of a seat that are known, and the highest id whose answer is not."""

    calls: list[CallImage]
    forgotten: int


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

    def look(self, request_id: int, name: str, body: bytes) -> Answer | Begun:
        """A call has come: whether it is new or waits already, or the answer it was given before. `body` is a digest.

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
        return "new"

    def begin(self, request_id: int, name: str, body: bytes) -> None:
        """A call that `look` has said to be new enters the next tick."""
        self._calls[request_id] = _Call(name, body)
        self._open += 1

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

    def save(self) -> CallsImage:
        """All that is known."""
        calls = [CallImage(number, call.name, call.body, call.answer) for number, call in self._calls.items()]
        return CallsImage(calls, self._forgotten)

    def load(self, image: CallsImage) -> None:
        """Take over what `save` gave."""
        for call in image.calls:
            self._calls[call.id] = _Call(call.name, call.body, call.answer)
        self._open = sum(call.answer is None for call in image.calls)
        self._forgotten = image.forgotten

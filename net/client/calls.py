"""The rpc calls of a client that wait for their answer. They outlive a connection: an open call is sent again, and runs once."""

from typing import Any

from net.client.errors import CallFailed, LocalProtocolError
from net.client.events import Answered
from net.client.outbox import Outbox
from net.protocol import Request

MAX_OPEN = 16
"""Open calls of one player that the server takes."""
OK = 200


class OpenCalls:
    """Calls in the order they were made, each until it is answered or forgotten."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._open: dict[int, Request] = {}
        self._sent_again: set[int] = set()
        """Calls that this connection has sent again: the answer may come by it, and as something that was missed."""

    def __len__(self) -> int:
        return len(self._open)

    def call(self, name: str, body: object) -> int:
        """Queue a call and return its id. Raises LocalProtocolError where there is no room for it."""
        if len(self._open) >= MAX_OPEN:
            raise LocalProtocolError(f"{MAX_OPEN} calls wait for their answer already")
        request = self._outbox.ask("post", f"rpc/{name}", body)
        self._open[request.id] = request
        return request.id

    def again(self) -> list[Request]:
        """Another connection: all that wait for their answer, in the order of their ids."""
        self._sent_again = set(self._open)
        return list(self._open.values())

    def answered(self, call_id: int) -> bool:
        """An answer of this id has come: whether it is the first one, or is of no call at all."""
        return self.forget(call_id) or call_id not in self._sent_again

    def forget(self, call_id: int) -> bool:
        """The call is answered, or nobody waits for it any more: it is not sent again. Whether it was open."""
        return self._open.pop(call_id, None) is not None

    def clear(self) -> None:
        """The client is done."""
        self._open.clear()
        self._sent_again.clear()


def value_of(answer: Answered) -> Any:
    """What a call gave back. Raises CallFailed."""
    if answer.status == OK:
        return answer.body
    sentence = (
        answer.body if isinstance(answer.body, str) else f"The call was answered with status {answer.status}."
    )
    raise CallFailed(answer.status, sentence)

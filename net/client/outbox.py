"""What waits for the next bundles, what was sent and is not kept by the server yet, and the ids of it all."""

from collections import deque

from msgspec import Raw

from net.client.errors import LocalProtocolError
from net.codec import Codec
from net.errors import RemoteProtocolError
from net.protocol import MAX_ITEMS, MAX_MESSAGE_BYTES, CloseReason, Command, Request

MAX_WAITING = 256
"""Commands and requests that may wait, those sent and not confirmed among them; a program that gives more has to be told."""
MAX_BODY = MAX_MESSAGE_BYTES // 2
"""Bytes of one body."""
ITEM_OVERHEAD = 256
"""Bytes that an item takes at most besides its body: a resource of 128 characters is the longest part."""
RESERVED_ITEMS = 2
"""An input and a ping have their place in every bundle."""
VERBS = ("get", "put", "post", "delete")


class Outbox:
    """Commands and requests in the order they were given, bounded in number and bytes.

    Ids ascend over all connections of a seat. Commands are kept until the server says that it keeps them.
    """

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._waiting: deque[Command | Request] = deque()
        self._unconfirmed: deque[Command] = deque()
        """Commands that were sent, in the order of their ids."""
        self._next_id = 1

    def __len__(self) -> int:
        return len(self._waiting)

    def command(self, name: str, body: object) -> int:
        """Queue a command and return its id. Raises LocalProtocolError where there is no room for it."""
        raw = self._encoded(body)
        return self._put(Command(self._next_id, name, raw))

    def request(self, verb: str, resource: str, body: object) -> int:
        """Queue a request and return its id. Raises LocalProtocolError where it cannot be sent."""
        return self.ask(verb, resource, body).id

    def ask(self, verb: str, resource: str, body: object) -> Request:
        """Queue a request and return it. Raises LocalProtocolError where it cannot be sent."""
        if verb not in VERBS:
            raise LocalProtocolError(f"a verb is one of {', '.join(VERBS)}, not {verb!r}")
        if not 1 <= len(resource) <= 128:
            raise LocalProtocolError("a resource has 1 to 128 characters")
        raw = self._encoded(body)
        request = Request(self._next_id, verb, resource, raw)
        self._put(request)
        return request

    def take(self) -> list[Command | Request]:
        """As many as fit into the next bundle, in order."""
        taken: list[Command | Request] = []
        left = MAX_MESSAGE_BYTES - 2 * ITEM_OVERHEAD
        while self._waiting and len(taken) < MAX_ITEMS - RESERVED_ITEMS:
            left -= len(bytes(self._waiting[0].body)) + ITEM_OVERHEAD
            if left < 0:
                break
            taken.append(self._waiting.popleft())
        self._unconfirmed.extend(item for item in taken if isinstance(item, Command))
        return taken

    def confirm(self, last_id: int) -> None:
        """The server keeps all commands up to this id: they are not sent again."""
        while self._unconfirmed and self._unconfirmed[0].id <= last_id:
            self._unconfirmed.popleft()

    def answered(self, answered_id: int) -> None:
        """A command of this id was refused: it is not sent again, or it might run after all."""
        for commands in (self._unconfirmed, self._waiting):
            refused = [item for item in commands if item.id == answered_id and isinstance(item, Command)]
            for each in refused:
                commands.remove(each)

    def resume(self, last_id: int, calls: list[Request]) -> None:
        """Another connection is there: queue every command that is not confirmed and every call without an answer, again.

        They keep their ids; the server knows those up to `last_id`, and new ones are above it.
        """
        again: list[Command | Request] = [*self._unconfirmed, *calls]
        again += [item for item in self._waiting if isinstance(item, Command)]
        self._unconfirmed.clear()
        self._waiting = deque(sorted(again, key=lambda item: item.id))
        self._next_id = max(self._next_id, last_id + 1)

    def check_answer(self, answered_id: int) -> None:
        """Raises RemoteProtocolError for the answer to something that was never asked."""
        if answered_id >= self._next_id:
            raise RemoteProtocolError(
                CloseReason.OUT_OF_STATE, f"The server answered {answered_id}, which was never asked."
            )

    def lost(self) -> None:
        """The connection is gone: its questions die with it, its commands wait for the next one."""
        self._waiting = deque(item for item in self._waiting if isinstance(item, Command))

    def clear(self) -> None:
        """The client is done."""
        self._waiting.clear()
        self._unconfirmed.clear()

    def _encoded(self, body: object) -> Raw:
        raw = self._codec.encode(body)
        if len(raw) > MAX_BODY:
            raise LocalProtocolError(f"a body has at most {MAX_BODY} bytes, not {len(raw)}")
        return Raw(raw)

    def _put(self, item: Command | Request) -> int:
        if len(self._waiting) + len(self._unconfirmed) >= MAX_WAITING:
            raise LocalProtocolError(f"{MAX_WAITING} commands and requests are waiting already")
        self._waiting.append(item)
        self._next_id += 1
        return item.id

"""What waits for the next bundles, and the ids of what is to be answered."""

from collections import deque
from random import randrange

from msgspec import Raw

from net.client.errors import LocalProtocolError
from net.codec import Codec
from net.errors import RemoteProtocolError
from net.protocol import MAX_ITEMS, MAX_MESSAGE_BYTES, CloseReason, Command, Request

FIRST_IDS = 2**31
"""Ids begin at a random number below: an rpc's id names it for a seat's life, over which there may be several clients."""
MAX_WAITING = 256
"""Commands and requests that may wait; a program that gives more than it can send has to be told."""
MAX_BODY = MAX_MESSAGE_BYTES // 2
"""Bytes of one body."""
ITEM_OVERHEAD = 256
"""Bytes that an item takes at most besides its body: a resource of 128 characters is the longest part."""
RESERVED_ITEMS = 2
"""An input and a ping have their place in every bundle."""
VERBS = ("get", "put", "post", "delete")


class Outbox:
    """Commands and requests in the order they were given, bounded in number and bytes."""

    def __init__(self, codec: Codec, first_id: int | None = None) -> None:
        """`first_id` is that of the first command or request; a random one by itself."""
        self._codec = codec
        self._waiting: deque[Command | Request] = deque()
        self._first_id = randrange(FIRST_IDS) if first_id is None else first_id
        self._next_id = self._first_id

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

    def again(self, request: Request) -> None:
        """Queue a request that was made before, under its old id."""
        self._waiting.append(request)

    def take(self) -> list[Command | Request]:
        """As many as fit into the next bundle, in order."""
        taken: list[Command | Request] = []
        left = MAX_MESSAGE_BYTES - 2 * ITEM_OVERHEAD
        while self._waiting and len(taken) < MAX_ITEMS - RESERVED_ITEMS:
            left -= len(bytes(self._waiting[0].body)) + ITEM_OVERHEAD
            if left < 0:
                break
            taken.append(self._waiting.popleft())
        return taken

    def check_answer(self, answered_id: int) -> None:
        """Raises RemoteProtocolError for the answer to something that was never asked."""
        if not self._first_id <= answered_id < self._next_id:
            raise RemoteProtocolError(
                CloseReason.OUT_OF_STATE, f"The server answered {answered_id}, which was never asked."
            )

    def clear(self) -> None:
        """The connection is gone: what it had not taken is not sent later, when it may mean something else."""
        self._waiting.clear()

    def _encoded(self, body: object) -> Raw:
        raw = self._codec.encode(body)
        if len(raw) > MAX_BODY:
            raise LocalProtocolError(f"a body has at most {MAX_BODY} bytes, not {len(raw)}")
        return Raw(raw)

    def _put(self, item: Command | Request) -> int:
        if len(self._waiting) >= MAX_WAITING:
            raise LocalProtocolError(f"{MAX_WAITING} commands and requests are waiting already")
        self._waiting.append(item)
        self._next_id += 1
        return item.id

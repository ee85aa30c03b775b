"""What the generators call valid is valid: when the protocol grows, they have to, or nothing gets past the decoder any more."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from net.codec import MESSAGEPACK
from net.errors import RemoteProtocolError
from tests.fuzz import client_messages, server_messages
from tests.fuzz.messages import Plain

ITEMS = [server_messages.snapshots, server_messages.diffs, server_messages.privates, server_messages.items]
GENERATED = {
    "a server's welcome": (server_messages.welcomes, MESSAGEPACK.decode_server),
    "a server's bundle": (server_messages.bundles, MESSAGEPACK.decode_server),
    "a server's sync reply": (server_messages.sync_replies, MESSAGEPACK.decode_server),
    "a client's hello": (client_messages.hellos, MESSAGEPACK.decode_client),
    "a client's bundle": (client_messages.bundles, MESSAGEPACK.decode_client),
    "a client's sync": (client_messages.syncs, MESSAGEPACK.decode_client),
} | {
    f"a server's item {number}": (
        item.map(lambda item: [3, 1, 0.0, -1, 0, 0, [list(item)]]),
        MESSAGEPACK.decode_server,
    )
    for number, item in enumerate(ITEMS)
}


@pytest.mark.parametrize("what", GENERATED)
def test_most_of_what_is_generated_can_be_read(what: str) -> None:
    """Three of four at least; the rest may be out of somebody's bounds."""
    strategy, decode = GENERATED[what]
    read = share_that_is_read(strategy.map(list), decode)
    assert read >= 0.75


def share_that_is_read(strategy: st.SearchStrategy[Plain], decode: Callable[[bytes], object]) -> float:
    """Of 100 examples."""
    outcomes: list[bool] = []

    @settings(max_examples=100, database=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def collect(plain: Plain) -> None:
        try:
            decode(MESSAGEPACK.encode(plain))
        except RemoteProtocolError:
            outcomes.append(False)
        else:
            outcomes.append(True)

    collect()
    return sum(outcomes) / len(outcomes)

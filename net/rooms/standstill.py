"""What clients are told while their room stands still because it cannot be kept: that it does, and nothing of the game."""

from collections.abc import Iterable

from net.bundle import BundleWriter
from net.players.session import Session
from net.protocol import STANDSTILL, Away, RoomState
from net.rooms.outbox import Outgoing

STATE = STANDSTILL
"""Where such a room is for everybody; its chart, which is in the journal, knows nothing of it."""
NOT_HEARD = (-1, 0, 0)
"""Of last input, last id and input lead: what was heard is not kept, so that nothing is acknowledged."""


def standstill(sessions: Iterable[Session], tick: int, now: float, item: RoomState | Away) -> Outgoing:
    """A bundle for each session that takes one; `tick` is the last one that they were told of."""
    outgoing: Outgoing = []
    for session in sessions:
        if not session.congested:
            own, session.waiting = session.waiting, []
            writer = BundleWriter(session.codec, tick, now, [session.codec.encode(item)])
            outgoing.append((session, writer.bundle(NOT_HEARD, [], own)))
    return outgoing

"""Packets that are forged, ancient, repeated, too large, or unasked for."""

import pytest

from net.protocol import ClientBundle, ClientItem, CloseReason, DumpPart, Input, Packet, Rerun
from tests.net.lockstep.match_kit import Give, LockstepSettings, VirtualLockstep, agree, purse_of, purses


@pytest.mark.parametrize(("item", "reason"), [
    (Packet(9_999, 0, 0, -1, 0), CloseReason.MALFORMED),
    (Packet(0, 0, 0, 9_999, 0), CloseReason.MALFORMED),
    (Packet(0, 0, 0, -1, 0, bytes(5_000)), CloseReason.MALFORMED),
    (Packet(0, 0, 0, -1, 0, bytes(9_000)), CloseReason.MALFORMED),
    (Input(3), CloseReason.OUT_OF_STATE),
])  # fmt: skip
def test_forged_packets_cost_their_sender_and_nobody_else(item: ClientItem, reason: CloseReason) -> None:
    """Generations that have not been, too much, and what is no message of this model: closed, and the others play on."""
    with VirtualLockstep(purses(), rules=LockstepSettings(missing="empty")) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        # in place of the packet of the generation that is open, so that length is looked at
        if isinstance(item, Packet) and len(item.body) == 5_000:
            item = Packet(room.room._turns.generation if room.room._turns else 0, 0, 0, -1, 0, item.body)
            ben.frozen = True
            room.run(110.0)
            item = Packet(room.room._turns.generation if room.room._turns else 0, 0, 0, -1, 0, item.body)
        ben.send_raw(ben.core.codec.encode(ClientBundle(1, room.room.tick, [item])))
        room.run(500.0)
        assert ben.ended is not None
        assert ben.ended.code == reason
        room.run(5_000.0)
        assert room.room.state == "running.iterating"
        assert ada.lockstep.generation > 20


def test_a_flood_of_packets_costs_its_sender_and_nobody_else() -> None:
    """A thousand in a moment: closed for it, and the others play on."""
    with VirtualLockstep(purses(), rules=LockstepSettings(missing="empty")) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        for _ in range(1_000):
            ben.send_raw(ben.core.codec.encode(ClientBundle(1, room.room.tick, [Packet(0, 0, 0, -1, 0)])))
        room.run(5_000.0)
        assert ben.ended is not None
        assert ben.ended.code == CloseReason.RATE_LIMITED
        assert room.room.state == "running.iterating"
        assert ada.lockstep.generation > 15


def test_evidence_that_nobody_asked_for_changes_nothing() -> None:
    """Parts of dumps and re-runs out of the blue are not kept, and the match goes on."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        for item in (DumpPart(0, 0, 1, b"x"), Rerun(0, 1)):
            ben.core.say(item)
        room.run(2_000.0)
        assert room.room.state == "running.iterating"
        assert agree([ada, ben])


def test_ancient_and_repeated_packets_change_nothing() -> None:
    """The packet of a generation that has run, with other commands, and the same one three times."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        ben.lockstep.command("give", Give(5))
        room.run(2_000.0)
        for _ in range(3):
            ben.core.say(Packet(1, 0, 0, -1, 0, b"\x91\x92\xa4give\x81\xa6amount\x63"))
        room.run(1_000.0)
        assert purse_of(ada, 1).given == [5]
        assert agree([ada, ben])

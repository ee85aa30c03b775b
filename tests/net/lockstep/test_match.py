"""Matches in virtual time: real rooms, sessions, cores and engines on lines of all kinds."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from msgspec.structs import replace

from net.client.errors import LocalProtocolError
from net.client.speech import LockstepSaid
from net.codec import JSON
from net.drivers.virtual_lockstep import VirtualPlayer
from net.protocol import Packet
from tests.net.lockstep.match_kit import (
    Give,
    LockstepSettings,
    VirtualLockstep,
    agree,
    changed,
    checksums,
    notices,
    purse_of,
    purses,
)


def test_two_players_play_and_agree() -> None:
    """Both are ready, the match begins, commands of each arrive at both once, and all checksums are equal."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada"), room.join("Ben", latency=40.0, jitter=20.0)
        room.begin()
        assert room.room.state == "running.iterating"
        ada.lockstep.command("give", Give(5))
        ben.lockstep.command("give", Give(7))
        room.run(3_000.0)
        for client in (ada, ben):
            assert purse_of(client, 0).given == [5]
            assert purse_of(client, 1).given == [7]
        assert agree([ada, ben])
        assert ada.lockstep.generation > 15
        assert room.room._divergence.verdicts.confirmed > 10


def test_a_generation_is_as_long_as_it_is_meant_on_a_good_network() -> None:
    """Without latency, generations are 100 ms apart, for a minute."""
    with VirtualLockstep(purses()) as room:
        room.join("Ada")
        room.join("Ben")
        room.begin()
        room.run(60_000.0)
        gaps = {round(b - a) for a, b in zip(room.turns[1:], room.turns[2:], strict=False)}
        assert gaps == {100}


def test_generations_are_longer_on_a_slow_line_and_nothing_is_awaited() -> None:
    """With 300 ms each way generations become long enough, at the game's own speed, and the room is never paused."""
    with VirtualLockstep(purses()) as room:
        room.join("Ada")
        room.join("Ben", latency=300.0)
        room.begin()
        room.run(5_000.0)
        begin = room.now
        room.run(10_000.0)
        gaps = [b - a for a, b in zip(room.turns, room.turns[1:], strict=False) if a > begin]
        assert max(gaps) <= 1_000.0
        assert max(gaps) - min(gaps) <= 100.0
        assert room.room.state == "running.iterating"
        assert room.room._pace.length.iteration_ms == 50


def test_a_client_that_always_reports_one_frame_a_second_is_bounded_and_named() -> None:
    """The game becomes three times slower and no more, and all are told whose computer it is; so is who comes later."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada"), room.join("Ben", latency=400.0)
        ben.lockstep.framerate = 1
        room.begin()
        room.run(10_000.0)
        assert room.room._pace.length.iteration_ms == 150
        assert any("Ben" in text for text in notices(ada))
        eve = room.join("Eve")
        room.run(1_000.0)
        assert [each.lockstep.slowest.player for each in (ada, ben, eve)] == [1, 1, 1]
        assert ada.lockstep.slowest.by == "framerate"


def test_who_claims_what_cannot_be_slows_nobody() -> None:
    """A line of a minute, and one frame a second: the server sees packets come at once, of generations that were computed."""
    with VirtualLockstep(purses()) as room:
        room.join("Ada", latency=20.0)
        ben = room.join("Ben", latency=20.0)
        ben.lockstep.framerate = 1
        ben.lockstep._round_trip.bound = lambda: 60_000  # type: ignore[method-assign]
        room.begin()
        room.run(5_000.0)
        gaps = [b - a for a, b in zip(room.turns[-10:], room.turns[-9:], strict=False)]
        assert max(gaps) <= 101.0


def lies(ben: VirtualPlayer, packet: Packet) -> list[Packet]:
    """The plain lie."""
    return [replace(packet, latency=60_000, framerate=1)]


def names_what_is_old(ben: VirtualPlayer, packet: Packet) -> list[Packet]:
    """With a checksum of six seconds ago, and the right one."""
    old = packet.generation - 60
    checksum = checksums(ben).get(old)
    return [
        replace(
            packet,
            latency=60_000,
            framerate=1,
            checksum_generation=old if checksum is not None else -1,
            checksum=checksum or 0,
        )
    ]


def shows_nothing(ben: VirtualPlayer, packet: Packet) -> list[Packet]:
    """Without a checksum."""
    return [replace(packet, latency=60_000, framerate=1, checksum_generation=-1, checksum=0)]


def says_it_again(ben: VirtualPlayer, packet: Packet) -> list[Packet]:
    """A prompt packet, and one that has come six seconds ago."""
    lie = replace(packet, latency=60_000, framerate=1)
    old = packet.generation - 60
    return [lie, replace(lie, generation=old, body=b"")] if old >= 0 else [lie]


@pytest.mark.parametrize(
    ("lie", "interval"),
    [(lies, 1), (lies, 32), (names_what_is_old, 1), (shows_nothing, 1), (says_it_again, 1)],
)
def test_no_way_of_claiming_what_cannot_be_slows_anybody(
    lie: Callable[[VirtualPlayer, Packet], list[Packet]], interval: int
) -> None:
    """Neither old checksums nor old packets, nor none at all, bear out what packets in time do not."""
    with VirtualLockstep(purses(), rules=LockstepSettings(checksum_interval=interval)) as room:
        room.join("Ada", latency=20.0)
        ben = room.join("Ben", latency=20.0)
        room.begin()
        say = ben.core.say

        def claim(item: LockstepSaid) -> None:
            for each in lie(ben, item) if isinstance(item, Packet) else [item]:
                say(each)

        ben.core.say = claim  # type: ignore[method-assign]
        room.run(12_000.0)
        assert ben.ended is None
        gaps = [b - a for a, b in pairwise(room.turns[-50:])]
        assert max(gaps) <= 101.0


def test_whose_line_makes_generations_longer_is_told_and_that_it_does_no_more() -> None:
    """The one with 300 ms each way is named with its latency; when that player has left nobody is."""
    with VirtualLockstep(purses()) as room:
        ada, ben, _ = room.join("Ada"), room.join("Ben", latency=300.0), room.join("Cleo")
        room.begin()
        room.run(3_000.0)
        told = ada.lockstep.slowest
        assert (told.player, told.by, 600 <= told.value <= 1_300) == (1, "latency", True)
        ben.core.request("delete", "seat")
        room.run(3_000.0)
        assert ada.lockstep.slowest.player == -1


def test_codecs_may_be_mixed() -> None:
    """One client speaks JSON, in which bytes are text: both compute the same, and its dump can be read."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada", codec=JSON), room.join("Ben")
        room.begin()
        ada.lockstep.command("give", Give(5))
        room.run(2_000.0)
        assert purse_of(ben, 0).given == [5]
        assert agree([ada, ben])
        changed(ada)
        room.run(2_000.0)
        assert room.reports[0].suspects == [0]


def test_more_commands_than_a_packet_takes_go_out_one_after_the_other() -> None:
    """200 commands at once are all run, in order; more than may wait are refused on the spot."""
    with VirtualLockstep(purses()) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        for amount in range(256):
            ada.lockstep.command("give", Give(amount))
        with pytest.raises(LocalProtocolError):
            ada.lockstep.command("give", Give(999))
        room.run(3_000.0)
        assert purse_of(ben, 0).given == list(range(206, 256))
        assert agree([ada, ben])


def test_packets_keep_to_the_size_that_the_room_allows() -> None:
    """Of many commands as many go out as fit; one that never would is refused here, instead of by the server for good."""
    with VirtualLockstep(purses(), rules=LockstepSettings(max_body=64)) as room:
        ada, ben = room.join("Ada"), room.join("Ben")
        room.begin()
        for amount in range(40):
            ada.lockstep.command("give", Give(amount))
        with pytest.raises(LocalProtocolError, match="too large"):
            ada.lockstep.command("give" * 30, Give(1))
        room.run(5_000.0)
        assert ada.ended is None
        assert purse_of(ben, 0).given == list(range(40))


def test_who_watches_gives_no_commands() -> None:
    """The client refuses one, for the server would close the connection of a viewer that sent it."""
    with VirtualLockstep(purses()) as room:
        room.join("Ada")
        room.begin()
        viewer = room.join("Vera")
        with pytest.raises(LocalProtocolError, match="watches"):
            viewer.lockstep.command("give", Give(1))
        room.run(3_000.0)
        assert viewer.ended is None


def test_turns_are_all_that_is_awaited() -> None:
    """The room's turns know exactly the players of the match."""
    with VirtualLockstep(purses()) as room:
        room.join("Ada")
        room.join("Ben")
        room.begin()
        assert room.room._turns is not None
        assert room.room._turns.players == [0, 1]

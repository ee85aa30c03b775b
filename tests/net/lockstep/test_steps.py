"""What a step of a lock-step room gives: when a generation is told, and who gets which bytes."""

import pytest

from app.rooms.loop import deliver
from net.bundle import Pieces, whole
from net.codec import JSON, MESSAGEPACK
from net.protocol import Master, ServerBundle
from net.rooms.step import RoomStep
from net.websocket.frames import frame_message
from tests.app.site_kit import Recorder
from tests.net.lockstep.match_kit import VirtualLockstep, purses


def begun() -> VirtualLockstep:
    """A match that runs."""
    room = VirtualLockstep(purses())
    for name in ("Ada", "Ben", "Cem"):
        room.join(name)
    room.begin()
    room.run(1_000.0)
    return room


def generations(step: RoomStep) -> list[int]:
    """What a step tells its first session."""
    for session, pieces in step.outgoing:
        message = session.codec.decode_server(whole(pieces))
        assert isinstance(message, ServerBundle)
        return [item.generation for item in message.items if isinstance(item, Master)]
    return []


def test_a_step_half_a_millisecond_early_tells_the_generation() -> None:
    """The loop comes up to a millisecond early, as its timers do: a room would be stepped twice for each generation."""
    with begun() as room:
        due, told = room.room.due, room.room.play.match
        assert told is not None
        following = told.generation + 1
        assert generations(room.room.step(due - 2.0)) == []
        assert generations(room.room.step(due - 0.5)) == [following]
        assert room.room.due >= due + 99.0


def test_all_who_lack_the_same_get_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bundle is put together once for each number of requests that was heard; what differs is that number alone."""
    with begun() as room:
        steps: list[dict[int, Pieces]] = []
        real = room.room.step

        def step(now: float) -> RoomStep:
            made = real(now)
            steps.append(
                {each.seat.player: pieces for each, pieces in made.outgoing if each.seat is not None}
            )
            return made

        monkeypatch.setattr(room.room, "step", step)
        room.run(150.0)
        assert steps[-1][0] is steps[-1][1] is steps[-1][2]
        room.clients[1].core.request("get", "roster")
        room.run(350.0)
        last = steps[-1]
        assert last[0] is last[2]
        assert last[1] is not last[0]
        ours, theirs = (MESSAGEPACK.decode_server(whole(last[player])) for player in (1, 0))
        assert isinstance(ours, ServerBundle)
        assert isinstance(theirs, ServerBundle)
        assert ours.last_id == theirs.last_id + 1
        assert ours.items == theirs.items


def test_codecs_have_bundles_of_their_own() -> None:
    """Who speaks JSON gets no MessagePack, though all lack the same generation."""
    with VirtualLockstep(purses()) as room:
        for name, codec in (("Ada", MESSAGEPACK), ("Ben", JSON), ("Cem", JSON)):
            room.join(name, codec=codec)
        room.begin()
        room.run(1_000.0)
        step = room.room.step(room.room.due)
        masters = set()
        for session, pieces in step.outgoing:
            message = session.codec.decode_server(whole(pieces))
            assert isinstance(message, ServerBundle)
            masters.add(tuple(item.generation for item in message.items if isinstance(item, Master)))
        assert len(step.outgoing) == 3
        assert len(masters) == 1


def test_what_is_shared_is_framed_once_and_arrives_whole() -> None:
    """Each socket gets the bundle that was meant for it, one after the other, binary or text, short or of many kilobytes."""
    with begun() as room:
        sessions = [session for session, _ in room.room.step(room.room.due).outgoing]
        recorders = [Recorder() for _ in sessions]
        for session, recorder in zip(sessions, recorders, strict=True):
            session.sink = recorder
        told: tuple[Pieces, ...] = ((b"a", b"b"), (b"other",), (b"x" * 40_000, b"y"))
        outgoing = [(session, pieces) for pieces in told for session in sessions]
        deliver(RoomStep(outgoing=outgoing))
        for recorder in recorders:
            assert recorder.sent == [b"ab", b"other", b"x" * 40_000 + b"y"]
        assert frame_message(b"ab", True)[0] != frame_message(b"ab", False)[0]

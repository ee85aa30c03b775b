"""The whole room at a tick as plain values, for people and for comparing: ecs/dump.py's world, and what a room adds."""

from typing import Any

import msgspec

from ecs.dump import dump
from net.rooms.play import Play

ROOM = "Room"
"""What of a room is in no component and no resource stands among the resources under this name."""


def dump_of(play: Play) -> dict[str, Any]:
    """`{"generation": tick, "entities": ..., "resources": {..., "Room": {"chart": ..., "seats": ..., "chat": ...}}}`."""
    world = play.engine.world
    dumped = dump(world, world.tick, {"": b""})
    seats = {
        str(seat.player): {
            "player_id": seat.player_id,
            "name": seat.name,
            "connected": seat.connected,
            "recorded_id": seat.recorded_id,
        }
        for seat in play.seats
        if seat.joined
    }
    room = {"chart": play.chart.save(), "seats": seats, "chat": msgspec.to_builtins(list(play.chat.history))}
    dumped["resources"][ROOM] = room
    return dumped


def dump_text(play: Play, header: dict[str, Any]) -> bytes:
    """JSON for people: what the file is, the tick, then the dump."""
    dumped = dump_of(play)
    tick = dumped.pop("generation")
    return msgspec.json.format(msgspec.json.encode({**header, "tick": tick, **dumped}), indent=2)

"""Looking into rooms that are authoritative."""

from net.rooms.base_room import BaseRoom
from net.rooms.room import Room
from systems.engine import Engine


def engine_of(room: BaseRoom) -> Engine:
    """The engine of a room, which has to have one."""
    assert isinstance(room, Room)
    return room.engine

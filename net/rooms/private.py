"""What a room keeps that is not for everybody who has its journal: addresses, and who may not come back or talk."""

import msgspec
from msgspec import Struct

from net.journal.errors import JournalError
from net.rooms.base_room import BaseRoom
from net.rooms.moderation import Ban, Mute


class Private(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The private side of a room. `creator` is who made it, as limits count."""

    creator: str = ""
    bans: list[Ban] = []
    mutes: list[Mute] = []


_decoder = msgspec.msgpack.Decoder(Private)


def private_of(room: BaseRoom, creator: str) -> bytes:
    """As it is kept beside the journal."""
    return msgspec.msgpack.encode(Private(creator, list(room.bans), room.mutes.save(room.epoch)))


def read_private(data: bytes) -> Private:
    """What `private_of` gave; no bytes: nothing. Raises JournalError."""
    if not data:
        return Private()
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise JournalError(f"the private file cannot be read: {error}") from None


def restore_private(room: BaseRoom, private: Private) -> None:
    """Give it back to a room that was made anew."""
    room.bans.load(private.bans)
    room.mutes.load(private.mutes, room.epoch)

"""For the tests of a game: a room and its players in one process, without sockets and in virtual time.

from tickroom.testing import VirtualRoom, load_game

def test_a_player_moves() -> None:
    with VirtualRoom(load_game("mods/arena")) as room:
        ada = room.join("Ada")
        before = ada.me.x
        ada.hold("right")
        room.run(30)
        assert ada.me.x > before
"""

from pathlib import Path

from app.games.mod_files import candidate_at
from app.games.mods import ModFailed, load_mod
from net.codec import JSON, MESSAGEPACK
from net.conditions import PRESETS, Conditions
from net.drivers.virtual import NotWithin, VirtualClient, VirtualRoom
from net.hosted import HostedGame
from net.settings import RoomSettings

__all__ = [
    "JSON",
    "MESSAGEPACK",
    "PRESETS",
    "Conditions",
    "HostedGame",
    "ModFailed",
    "NotWithin",
    "RoomSettings",
    "VirtualClient",
    "VirtualRoom",
    "load_game",
]


def load_game(path: str | Path) -> HostedGame:
    """The game in this folder or file, as the server loads it. Raises ModFailed with the place inside the mod."""
    return load_mod(candidate_at(Path(path).resolve())).hosted

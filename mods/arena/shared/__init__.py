"""Arena: a top-down shooting match for up to 16. The rules that both sides run."""

from . import ground, movement, shooting, upkeep
from .game import game

__all__ = ["game", "ground", "movement", "shooting", "upkeep"]

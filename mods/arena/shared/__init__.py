"""Arena: a top-down shooting match for up to 16. The rules that both sides run."""

from . import bodies, ground, movement, shooting, upkeep
from .game import game

__all__ = ["bodies", "game", "ground", "movement", "shooting", "upkeep"]

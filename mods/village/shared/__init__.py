"""Village: a world larger than the screen, for hundreds. The rules that both sides run."""

from . import acting, bodies, walking
from .game import game

__all__ = ["acting", "bodies", "game", "walking"]

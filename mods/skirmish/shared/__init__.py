"""Skirmish: a small real-time strategy game for lock-step rooms. Integers only; `client/engine.js` computes the same.

Whoever changes a rule here changes it there too: tests/mods/test_skirmish_engines.py compares the two, generation by
generation. An iteration is: obey, fight, work, walk, train, fly, die, look, judge.
"""

from . import (
    beginning,
    commands,
    dying,
    fighting,
    flying,
    judging,
    looking,
    obeying,
    tally,
    training,
    walking,
    working,
)
from .game import game

__all__ = [
    "beginning", "commands", "dying", "fighting", "flying", "game", "judging", "looking", "obeying", "tally", "training",
    "walking", "working",
]  # fmt: skip

"""Loads games for tests, as the server does."""

import sys
from functools import cache
from pathlib import Path
from types import ModuleType

from app.mods import PACKAGE
from tickroom import Game
from tickroom.testing import load_game

MODS = Path(__file__).resolve().parents[2] / "mods"


@cache
def load(name: str) -> Game:
    """A game of the repository, whole. Loaded once: a game is data, every room makes a world of its own."""
    return load_from(MODS, name)


def load_from(folder: Path, name: str) -> Game:
    """A game of a folder with games. Raises ModFailed."""
    path = folder / name
    return load_game(path if path.is_dir() else path.with_suffix(".py")).game


def names() -> list[str]:
    """The names of all games of the repository."""
    found = (path for path in MODS.iterdir() if path.suffix == ".py" or path.is_dir())
    return sorted(path.stem for path in found if not path.name.startswith((".", "_")))


def of_model(model: str) -> list[str]:
    """The names of the games whose rooms are of that model."""
    return [name for name in names() if load(name).model == model]


def module(game: str, name: str) -> ModuleType:
    """A module of a loaded game, such as `shared.layout`."""
    return sys.modules[f"{PACKAGE}.{game}.{name}"]

"""Loads games for tests, as the server does."""

from functools import cache
from pathlib import Path
from types import ModuleType

from app.games.mod_files import candidate_at
from app.games.mods import LoadedGame, load_mod
from tickroom import Game

MODS = Path(__file__).resolve().parents[2] / "mods"


def load(name: str) -> Game:
    """A game of the repository, whole. Loaded once: a game is data, every room makes a world of its own."""
    return _loaded(name).hosted.game


def load_from(folder: Path, name: str) -> Game:
    """A game of a folder with games. Raises ModFailed."""
    return _load_from(folder, name).hosted.game


@cache
def _loaded(name: str) -> LoadedGame:
    return _load_from(MODS, name)


def _load_from(folder: Path, name: str) -> LoadedGame:
    path = folder / name
    return load_mod(candidate_at(path if path.is_dir() else path.with_suffix(".py")))


def names() -> list[str]:
    """The names of all games of the repository."""
    found = (path for path in MODS.iterdir() if path.suffix == ".py" or path.is_dir())
    return sorted(path.stem for path in found if not path.name.startswith((".", "_")))


def of_model(model: str) -> list[str]:
    """The names of the games whose rooms are of that model."""
    return [name for name in names() if load(name).model == model]


def module(game: str, name: str) -> ModuleType:
    """A module of the game that `load` gives, such as `shared.layout`, whatever else was loaded under its name since."""
    return _loaded(game).modules[name]

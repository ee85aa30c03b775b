"""Where games are: folders of mods, and in each the folders and files that are a game."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from app.config import ModsSection
from app.config_file import ConfigError

NAME = re.compile(r"[a-z][a-z0-9_]{0,31}\Z")
DEFAULT_FOLDER = "mods"
PACKAGE = "tickroom_mods"
"""Every game is imported as a part of it: `tickroom_mods.<game>.shared`."""
CLIENT = "client"
"""The folder of a game whose files pages can fetch."""
CHECKOUT = Path(__file__).resolve().parents[2]


class Layout(Enum):
    """How a game lies on disk."""

    PARTS = "a folder with shared/, server/ and client/"
    GAME_FILE = "a folder with game.py"
    SINGLE_FILE = "one file"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something in a mods folder that says it is a game. `problem` is why it is none."""

    name: str
    path: Path
    layout: Layout
    bundled: bool = False
    problem: str = ""

    def shared_sources(self) -> list[Path]:
        """The source files of the rules that both sides run."""
        if self.layout is Layout.SINGLE_FILE:
            return [self.path]
        if self.layout is Layout.GAME_FILE:
            return sorted(self.path.glob("*.py"))
        return sorted((self.path / "shared").rglob("*.py"))

    def rule_files(self) -> list[Path]:
        """Everything that a tick may run or read: all files but those of the client, hidden ones and what Python compiled."""
        if self.layout is Layout.SINGLE_FILE:
            return [self.path]
        return sorted(
            path
            for path in self.path.rglob("*")
            if path.is_file() and not any(_is_no_rule(part) for part in path.relative_to(self.path).parts)
        )

    @property
    def module(self) -> str:
        """What is imported to have the game's `game`."""
        name = f"{PACKAGE}.{self.name}"
        if self.layout is Layout.SINGLE_FILE:
            return name
        return f"{name}.shared" if self.layout is Layout.PARTS else f"{name}.game"

    @property
    def root(self) -> Path:
        """The folder that paths of its sources are told relative to."""
        return self.path.parent if self.layout is Layout.SINGLE_FILE else self.path

    @property
    def client(self) -> Path | None:
        """The folder of its static files, if it has one."""
        folder = self.path / CLIENT
        return folder if self.layout is not Layout.SINGLE_FILE and folder.is_dir() else None


def _is_no_rule(part: str) -> bool:
    return part in {"client", "__pycache__"} or part.startswith(".")


def candidates(settings: ModsSection) -> list[Candidate]:
    """Every game that is there, by name; one in a later folder replaces one of the same name. Raises ConfigError."""
    found: dict[str, Candidate] = {}
    for folder, bundled in mod_folders(settings):
        for candidate in _in_folder(folder, bundled):
            found[candidate.name] = candidate
    return [found[name] for name in sorted(found) if name not in settings.disabled]


def mod_folders(settings: ModsSection) -> Iterator[tuple[Path, bool]]:
    """(folder, is it the bundled one), each once: the examples first, then those beside the program, then here."""
    seen = set()
    examples = [(examples_folder(), True)] if settings.examples else []
    for folder, bundled in [*examples, *((folder, False) for folder in _configured(settings))]:
        resolved = folder.resolve()
        if resolved not in seen and folder.is_dir():
            seen.add(resolved)
            yield folder, bundled


def examples_folder() -> Path:
    """The example games: in the one-file program's own folder, or in the checkout."""
    return Path(getattr(sys, "_MEIPASS", CHECKOUT)) / DEFAULT_FOLDER


def _configured(settings: ModsSection) -> Iterator[Path]:
    beside = Path(sys.executable).parent if hasattr(sys, "_MEIPASS") else None
    for name in settings.folders:
        places = [place / name for place in (beside, Path()) if place is not None]
        if name != DEFAULT_FOLDER and not any(place.is_dir() for place in places):
            raise ConfigError(f'mods.folders = ["{name}"]: there is no such folder: {places[-1].absolute()}')
        yield from places


def _in_folder(folder: Path, bundled: bool) -> Iterator[Candidate]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "_")):
            continue
        if path.is_dir() or path.suffix == ".py":
            yield candidate_at(path, bundled)


def candidate_at(path: Path, bundled: bool = False) -> Candidate:
    """The game of this folder or file."""
    if path.is_dir():
        return _folder(path, bundled)
    return _named(Candidate(path.stem, path, Layout.SINGLE_FILE, bundled))


def _folder(path: Path, bundled: bool) -> Candidate:
    if (path / "shared" / "__init__.py").is_file():
        return _named(Candidate(path.name, path, Layout.PARTS, bundled))
    problem = "" if (path / "game.py").is_file() else "it has neither shared/__init__.py nor game.py"
    return _named(Candidate(path.name, path, Layout.GAME_FILE, bundled, problem))


def _named(candidate: Candidate) -> Candidate:
    if NAME.match(candidate.name):
        return candidate
    problem = "a game's folder or file is named with 1 to 32 of a-z, 0-9 and _, beginning with a letter"
    return Candidate(candidate.name, candidate.path, candidate.layout, candidate.bundled, problem)

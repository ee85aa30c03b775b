"""The Python code that a client's engine runs, as zip archives: the engine itself, and a game's shared rules.

    tickroom/ ecs/ systems/ net/protocol.py net/client/ ...    the engine
    tickroom_mods/<game>/shared/...                            a game: what its fingerprint covers, by the names it is imported by

The same code gives the same bytes, whoever packs it and when, so that an archive is named by its hash. They are stored: libraries
deflate differently, and what is sent is compressed on its way.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from app.games.mod_files import Candidate, Layout
from app.games.mods import PACKAGE

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGES = ("ecs", "net/client", "systems", "tickroom")
NET_MODULES = (
    "net/__init__.py",
    "net/bundle.py",
    "net/codec.py",
    "net/errors.py",
    "net/lockstep/__init__.py",
    "net/lockstep/dumps.py",
    "net/lockstep/history.py",
    "net/protocol.py",
)
"""What of `net` is no client's own and a client imports; tests/app/test_rules_bundle.py knows when one is missing."""
SERVER_ONLY = ("tickroom/testing.py",)
THE_SAME_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A zip archive, and 32 hex digits of its SHA-256."""

    data: bytes
    digest: str


def engine_bundle(root: Path = CHECKOUT) -> Bundle:
    """The engine, from a checkout or an installed tree. Raises OSError where its sources are not there (the one file)."""
    sources = [root / name for name in NET_MODULES]
    for package in PACKAGES:
        sources += (root / package).rglob("*.py")
    named = ((path.relative_to(root).as_posix(), path) for path in sources)
    return _bundle((name, path) for name, path in named if name not in SERVER_ONLY)


def game_bundle(candidate: Candidate) -> Bundle:
    """A game's shared rules: never its `server/`. Raises OSError."""
    inside = Path(PACKAGE) if candidate.layout is Layout.SINGLE_FILE else Path(PACKAGE, candidate.name)
    return _bundle(
        ((inside / path.relative_to(candidate.root)).as_posix(), path) for path in candidate.shared_sources()
    )


def _bundle(files: Iterable[tuple[str, Path]]) -> Bundle:
    archive = BytesIO()
    with ZipFile(archive, "w", ZIP_STORED) as opened:
        for name, path in sorted(files):
            opened.writestr(ZipInfo(name, THE_SAME_TIME), path.read_bytes().replace(b"\r\n", b"\n"))
    data = archive.getvalue()
    return Bundle(data, sha256(data).hexdigest()[:32])

"""The Python code that a client's engine runs, as zip archives: the engine itself, and a game's shared rules.

    tickroom/ ecs/ systems/ net/protocol.py net/client/ ...    the engine
    tickroom_mods/<game>/shared/...                            a game: what its fingerprint covers, by the names it is imported by

The same code gives the same bytes, whoever packs it and when, so that an archive is named by its hash. They are stored: libraries
deflate differently, and what is sent is compressed on its way.
"""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from app.games.mod_files import PACKAGE, Candidate, Layout

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGES = ("ecs", "net/client", "systems", "tickroom")
NET_MODULES = (
    "net/__init__.py",
    "net/bundle.py",
    "net/codec.py",
    "net/conditions.py",
    "net/errors.py",
    "net/lockstep/__init__.py",
    "net/lockstep/dumps.py",
    "net/lockstep/history.py",
    "net/protocol.py",
)
"""What of `net` is no client's own and a client imports; tests/app/test_rules_bundle.py knows when one is missing."""
SERVER_ONLY = ("tickroom/testing.py",)
RULES = "rules"
"""In the addresses of these archives."""
PACKED = "engine_code.zip"
"""Where the one file has the engine's archive: it has no sources (packaging/tickroom.spec)."""
THE_SAME_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A zip archive, and 32 hex digits of its SHA-256."""

    data: bytes
    digest: str

    def address_of(self, game: str) -> str:
        """Where this server has it, as the shared rules of a game."""
        return f"/games/{game}/{RULES}/{self.digest}.zip"


NO_RULES = Bundle(b"", "")


def engine_bundle(root: Path = CHECKOUT) -> Bundle:
    """The engine: from a checkout, or in the one file as it was packed. Raises OSError."""
    unpacked = getattr(sys, "_MEIPASS", None)
    if unpacked:
        return bundle_of(Path(unpacked, PACKED).read_bytes())
    sources = [root / name for name in NET_MODULES]
    for package in PACKAGES:
        sources += (root / package).rglob("*.py")
    named = ((path.relative_to(root).as_posix(), path) for path in sources)
    return _bundle((name, path.read_bytes()) for name, path in named if name not in SERVER_ONLY)


def game_bundle(candidate: Candidate, sources: Mapping[str, bytes] | None = None) -> Bundle:
    """A game's shared rules, never its `server/`: `sources` by their paths, else as they are on disk. Raises OSError."""
    inside = Path(PACKAGE) if candidate.layout is Layout.SINGLE_FILE else Path(PACKAGE, candidate.name)
    if sources is None:
        sources = {str(path): path.read_bytes() for path in candidate.shared_sources()}
    return _bundle(
        ((inside / Path(path).relative_to(candidate.root)).as_posix(), content)
        for path, content in sources.items()
    )


def _bundle(files: Iterable[tuple[str, bytes]]) -> Bundle:
    archive = BytesIO()
    with ZipFile(archive, "w", ZIP_STORED) as opened:
        for name, content in sorted(files):
            opened.writestr(ZipInfo(name, THE_SAME_TIME), content.replace(b"\r\n", b"\n"))
    return bundle_of(archive.getvalue())


def bundle_of(data: bytes) -> Bundle:
    """An archive under its name."""
    return Bundle(data, sha256(data).hexdigest()[:32])

"""An uploaded lock-step engine in Python, as the sandbox of a page calls it: functions that take and give plain values and bytes.

What is uploaded is a file, or a zip archive of a mod: `game.py`, or `shared/` as an installed game has it. Its module has
`game`, a Game with model="lockstep", and may have `scene(world, player)` and `result(world)`; or it has `create()`, whose result
has init, step, checksum, dump and load as systems.lockstep.LockstepEngine, and may have scene(player) and result().
"""

import importlib
import sys
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import BadZipFile, ZipFile

import msgspec

from ecs.errors import Refused
from ecs.game import Game
from systems.command_bodies import encode_commands
from systems.lockstep import LockstepEngine, MasterPacket

PACKAGE = "tickroom_mods"
SINGLE = "upload"
"""What a mod is called that does not say it."""
MAX_FILES = 1_000
MAX_BYTES = 16 * 1_048_576
"""Of an archive, unpacked."""
METHODS = ("init", "step", "checksum", "dump", "load")

Make = Callable[[], Any]


class NoEngine(Exception):
    """What was uploaded is no engine; the text says why."""


class Upload:
    """One engine module, and the engines that it has made, by number."""

    def __init__(self, module: Any) -> None:
        """Raises NoEngine."""
        self._module = module
        self._game: Game | None = getattr(module, "game", None)
        self._make = self._maker()
        self._engines: dict[int, Any] = {}
        self._made = 0

    def create(self) -> int:
        """A new engine's number."""
        engine = self._make()
        missing = [name for name in METHODS if not callable(getattr(engine, name, None))]
        if missing:
            raise NoEngine(f"the engine that create() gives has no {missing[0]}()")
        self._made += 1
        self._engines[self._made] = engine
        return self._made

    def close(self, number: int) -> None:
        """Free an engine."""
        close = getattr(self._engines.pop(number, None), "close", None)
        if close is not None:
            close()

    def init(self, number: int, seed: int, setup: object) -> str | None:
        """Begin a match; why none can begin so, or None."""
        try:
            self._engines[number].init(seed, setup)
        except Refused as refused:
            return refused.reason
        return None

    def step(self, number: int, generation: int, iterations: int, iteration_ms: int, bodies: Any) -> Any:
        """Run a generation; its events and refusals."""
        engine = self._engines[number]
        given = tuple((int(player), bytes(body)) for player, body in bodies)
        engine.step(MasterPacket(generation, iterations, iteration_ms, given))
        refusals = [_refusal(each) for each in getattr(engine, "refusals", ())]
        return {"events": [_event(each) for each in getattr(engine, "events", ())], "refusals": refusals}

    def checksum(self, number: int) -> int:
        """32 bits over the state."""
        return int(self._engines[number].checksum()) & 0xFFFF_FFFF

    def dump(self, number: int) -> bytes:
        """The state, as MessagePack."""
        return msgspec.msgpack.encode(self._engines[number].dump())

    def load(self, number: int, dump: Any) -> None:
        """Go on from a state."""
        self._engines[number].load(msgspec.msgpack.decode(bytes(dump)))

    def scene(self, number: int, player: int) -> object:
        """What a page draws; None where the mod says nothing of it."""
        return msgspec.to_builtins(self._told("scene", number, player))

    def result(self, number: int) -> str:
        """How the match ended; empty while it goes on."""
        return str(self._told("result", number) or "")

    def encode(self, commands: Any) -> bytes:
        """Commands in the one form that the engine takes; those that it has not are sent as they are, and refused everywhere."""
        if self._game is None:
            return msgspec.msgpack.encode(commands) if commands else b""
        return encode_commands((name, _typed(self._game, name, body)) for name, body in commands)

    def _maker(self) -> Make:
        create = getattr(self._module, "create", None)
        if callable(create):
            return create  # type: ignore[no-any-return]
        game = self._game
        if not isinstance(game, Game):
            raise NoEngine("the module has neither `game`, a tickroom.Game, nor create()")
        if game.model != "lockstep":
            raise NoEngine(f'the game {game.name!r} has not model="lockstep"')
        game.seal()
        return lambda: LockstepEngine(game)

    def _told(self, what: str, number: int, *values: object) -> object:
        engine = self._engines[number]
        own = getattr(engine, what, None)
        if callable(own):
            return own(*values)
        of_game = getattr(self._module, what, None)
        return (
            of_game(engine.world, *values)
            if callable(of_game) and isinstance(engine, LockstepEngine)
            else None
        )


_opened: list[Upload] = []


def open_upload(data: Any, folder: str) -> None:
    """Put what was uploaded below `folder`, and import it. Raises NoEngine, and what the module raises."""
    name = unpack(bytes(data), Path(folder))
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    _opened[:] = [Upload(importlib.import_module(name))]


def call(name: str, *values: Any) -> Any:
    """Call a method of the engine module that is open."""
    if not _opened:
        raise NoEngine("no engine is open")
    return getattr(_opened[0], name)(*values)


def unpack(data: bytes, folder: Path) -> str:
    """Write the sources of a file, or of an archive, as a game below `tickroom_mods`; the module that is to be imported.

    Raises NoEngine for an archive that is damaged, too large, or no game.
    """
    if not data.startswith(b"PK"):
        _write(folder / PACKAGE / f"{SINGLE}.py", data)
        return f"{PACKAGE}.{SINGLE}"
    files = _members(data)
    name = SINGLE
    while "game.py" not in files and "shared/__init__.py" not in files:
        [first, *others] = files
        if not others and "/" not in first and first.endswith(".py"):  # an installed game of one file
            return unpack(files[first], folder)
        tops = {path.partition("/")[0] for path in files}
        if len(tops) != 1 or not all("/" in path for path in files):
            raise NoEngine("the archive has neither game.py nor shared/__init__.py")
        [name] = tops
        files = {path.partition("/")[2]: content for path, content in files.items()}
    name = name if name.isidentifier() else SINGLE
    for path, content in files.items():
        _write(folder / PACKAGE / name / path, content)
    return f"{PACKAGE}.{name}.{'shared' if 'shared/__init__.py' in files else 'game'}"


def _members(data: bytes) -> dict[str, bytes]:
    """The files of an archive by their paths, never outside of it."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MAX_FILES or sum(entry.file_size for entry in entries) > MAX_BYTES:
                raise NoEngine(f"the archive has more than {MAX_FILES} files or {MAX_BYTES} bytes")
            if not entries:
                raise NoEngine("the archive is empty")
            for entry in entries:
                if PurePosixPath(entry.filename).is_absolute() or ".." in entry.filename.split("/"):
                    raise NoEngine(f"the archive has the path {entry.filename[:100]!r}")
            return {entry.filename: archive.read(entry) for entry in entries}
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise NoEngine(f"the archive cannot be read: {error}") from error


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _refusal(refusal: Any) -> object:
    """As pages take it."""
    if isinstance(refusal, Mapping):
        return refusal
    return {"player": refusal.player, "command": refusal.command_id, "reason": refusal.reason}


def _event(event: Any) -> object:
    """A delivery of a Game as `{name, ...fields}`, what pages and JavaScript engines have; else as it is."""
    inner = getattr(event, "event", None)
    return (
        msgspec.to_builtins(event)
        if inner is None
        else {"name": type(inner).__name__, **msgspec.to_builtins(inner)}
    )


def _typed(game: Game, name: str, body: Any) -> object:
    declared = game.commands.get(name)
    if declared is None:
        return body
    try:
        return msgspec.convert(body, declared.type)
    except msgspec.ValidationError:
        return body

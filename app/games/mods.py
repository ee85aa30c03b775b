"""Loads games by path: finds them, checks their shared rules, imports them, makes them ready to be hosted.

    mods/<game>/shared/__init__.py   ->  tickroom_mods.<game>.shared    defines `game`
    mods/<game>/server/__init__.py   ->  tickroom_mods.<game>.server    extends it, on the server only
    mods/<game>/client/              ->  served at /games/<game>/<hash>/
    mods/<game>/game.py, mods/<game>.py: a small game, all of it shared

Nothing of Tickroom imports a mod. A broken one costs itself: it is reported with file, line and cause.
"""

import importlib
import sys
import traceback
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from app.config import ModsSection
from app.games.determinism import findings
from app.games.fingerprint import fingerprint, rules_hash
from app.games.forgotten import Forgotten, forgotten, unpredicted
from app.games.mod_files import CLIENT, PACKAGE, Candidate, Layout, candidates
from app.games.rules_bundle import NO_RULES, Bundle, game_bundle
from app.http.assets import Assets
from ecs.errors import GameError
from ecs.game import Game
from ecs.map_data import MapError
from net.hosted import EngineSource, HostedGame

VIEW = "view.js"
ENGINE = "engine.js"
MAX_TOLD = 5
"""How many places that are not deterministic one report names."""


class ModFailed(Exception):
    """A mod does not load. `file` and `line` say where, as far as that is known."""

    def __init__(self, name: str, cause: str, file: str = "", line: int = 0) -> None:
        self.name, self.cause, self.file, self.line = name, cause, file, line
        where = f"{file}:{line}: " if line else f"{file}: " if file else ""
        super().__init__(f"the game {name!r} does not load: {where}{cause}")


@dataclass(frozen=True, slots=True)
class LoadedGame:
    """A game that can be played.

    `modules` are its own, by their name inside the mod (`shared.rules`; a single file's is ``). `sys.modules` is no place to look
    for them: what is loaded later under the same name takes its entries.
    """

    name: str
    path: Path
    bundled: bool
    hosted: HostedGame
    assets: Assets
    assets_hash: str
    modules: dict[str, ModuleType]
    rules: Bundle = NO_RULES
    """What a client's engine is given of it: the shared rules, as they were when they were loaded."""
    module: str = ""
    """What a client imports to have its `game`."""
    warnings: tuple[Forgotten, ...] = ()
    """What it seems to have forgotten; it can be played."""
    advice: tuple[Forgotten, ...] = ()
    """What it might do, for whoever asks."""


@dataclass(slots=True)
class Mods:
    """All games of the server by name, and those that did not load."""

    games: dict[str, LoadedGame] = field(default_factory=dict)
    failed: list[ModFailed] = field(default_factory=list)


def load_mods(settings: ModsSection) -> Mods:
    """Load every game that the configuration finds. Raises ConfigError for a folder that is not there."""
    mods = Mods()
    for candidate in candidates(settings):
        try:
            mods.games[candidate.name] = load_mod(candidate)
        except ModFailed as failure:
            mods.failed.append(failure)
    return mods


def load_mod(candidate: Candidate) -> LoadedGame:
    """Load one game. Raises ModFailed, with the place inside the mod."""
    if candidate.problem:
        raise ModFailed(candidate.name, candidate.problem, str(candidate.path))
    sources = _read_sources(candidate)
    _check_determinism(candidate, sources)
    try:
        return _load(candidate, sources)
    except ModFailed:
        raise
    except (Exception, SystemExit) as error:
        file, line = _place(error, candidate)
        raise ModFailed(candidate.name, _cause(error), file, line) from error


def _read_sources(candidate: Candidate) -> dict[str, bytes]:
    try:
        return {str(path): path.read_bytes() for path in candidate.shared_sources()}
    except OSError as error:
        raise ModFailed(candidate.name, str(error), str(candidate.path)) from error


def _read_rules(candidate: Candidate) -> dict[str, bytes]:
    """Every file of the game but those of its client."""
    try:
        return {
            path.relative_to(candidate.root).as_posix(): path.read_bytes() for path in candidate.rule_files()
        }
    except OSError as error:
        raise ModFailed(candidate.name, str(error), str(candidate.path)) from error


def _check_determinism(candidate: Candidate, sources: dict[str, bytes]) -> None:
    """Raises ModFailed at the first place, and its cause names the next ones too."""
    for file, content in sources.items():
        try:
            found = findings(content.decode("utf-8-sig"), file)
        except (SyntaxError, ValueError, RecursionError) as error:
            line = getattr(error, "lineno", None) or 0
            raise ModFailed(candidate.name, _cause(error), file, line) from error
        if found:
            first = found[0]
            told = [f"{first.what} is not deterministic; use {first.instead}"]
            told += [str(each) for each in found[1:MAX_TOLD]]
            if len(found) > MAX_TOLD:
                told.append(f"and {len(found) - MAX_TOLD} more")
            raise ModFailed(candidate.name, "\n  ".join(told), file, first.line)


def _load(candidate: Candidate, sources: dict[str, bytes]) -> LoadedGame:
    game = _import_shared(candidate)
    _check_all_shared(candidate, sources)
    root = candidate.root
    named = {Path(file).relative_to(root).as_posix(): content for file, content in sources.items()}
    game.fingerprint = fingerprint(named, game.schema_text())
    game.rules = rules_hash(game.fingerprint, _read_rules(candidate))
    _import_server(candidate)
    assets = Assets.of(candidate.client) if candidate.client else Assets({})
    digest = assets.digest()
    view = f"/games/{candidate.name}/{digest}/{VIEW}" if VIEW in assets.files else ""
    game.view = view
    _read_map(game, candidate)
    game.seal()
    addresses = {name: f"/games/{candidate.name}/{digest}/{name}" for name in assets.files}
    rules = game_bundle(candidate, sources)
    hosted = HostedGame.of(game, view, addresses, _engine(game, assets, addresses, rules))
    modules = _modules_of(candidate.name)
    return LoadedGame(
        candidate.name,
        candidate.path,
        candidate.bundled,
        hosted,
        assets,
        digest,
        modules,
        rules,
        candidate.module,
        tuple(forgotten(game, sources)),
        unpredicted(game, sources),
    )


def _engine(game: Game, assets: Assets, addresses: dict[str, str], rules: Bundle) -> EngineSource | None:
    """What browsers run of a lock-step game: the engine in JavaScript that it brings, else its rules in Python."""
    if game.model != "lockstep":
        return None
    asset = assets.files.get(ENGINE)
    if asset is None:
        return EngineSource(rules.address_of(game.name), sha256(rules.data).hexdigest(), "application/zip")
    digest = sha256(asset.path.read_bytes()).hexdigest()
    return EngineSource(addresses[ENGINE], digest, "text/javascript")


def _read_map(game: Game, candidate: Candidate) -> None:
    """Read the Tiled maps that the game declares. Raises MapError, with file, layer, position and cause."""
    if game.map_declaration is not None and game.map_declaration.files:
        from app.tiled.maps import load_map  # noqa: PLC0415 - 60 ms that a server without such games does not need

        load_map(game, candidate.root, client=candidate.path / CLIENT)


def _import_shared(candidate: Candidate) -> Game:
    """The mod's `game`. Its modules are imported anew, whatever was loaded under their names before."""
    name = f"{PACKAGE}.{candidate.name}"
    forget(candidate.name)
    importlib.invalidate_caches()
    if candidate.layout is Layout.SINGLE_FILE:
        module = _import_file(name, candidate.path)
    else:
        _package(PACKAGE, [])
        _package(name, [str(candidate.path)])
        module = _import(candidate.module)
    game = getattr(module, "game", None)
    if not isinstance(game, Game):
        what = "there is none" if game is None else f"it is of type {type(game).__name__}"
        raise ModFailed(candidate.name, f"`game` has to be a tickroom.Game; {what}", str(module.__file__))
    if game.name != candidate.name:
        cause = (
            f"its Game is called {game.name!r} and its folder or file {candidate.name!r}; call them the same"
        )
        raise ModFailed(candidate.name, cause, str(module.__file__))
    return game


def _check_all_shared(candidate: Candidate, sources: dict[str, bytes]) -> None:
    """Whatever the shared rules import of their own mod is shared too: checked, and in the fingerprint. Raises ModFailed."""
    shared = {Path(source).resolve() for source in sources}
    for _, module in sorted(_modules_of(candidate.name).items()):
        file = getattr(module, "__file__", None)
        if file is not None and Path(file).resolve() not in shared:
            where = "shared/" if candidate.layout is Layout.PARTS else "the folder beside game.py"
            raise ModFailed(
                candidate.name, f"the shared rules import it, and it does not lie in {where}", file
            )


def _import_server(candidate: Candidate) -> None:
    folder = candidate.path / "server"
    if candidate.layout is not Layout.PARTS or not folder.is_dir():
        return
    if not (folder / "__init__.py").is_file():
        raise ModFailed(candidate.name, "it needs an __init__.py", str(folder))
    _import(f"{PACKAGE}.{candidate.name}.server")


def forget(name: str) -> None:
    """Forget a mod's modules."""
    for module in _modules_of(name).values():
        del sys.modules[module.__name__]


def _modules_of(name: str) -> dict[str, ModuleType]:
    """What is loaded of the mod of this name, by the name inside the mod."""
    mine = f"{PACKAGE}.{name}"
    loaded = [each for each in sys.modules if each == mine or each.startswith(mine + ".")]
    return {each.removeprefix(mine).removeprefix("."): sys.modules[each] for each in loaded}


def _package(name: str, path: list[str]) -> None:
    spec = ModuleSpec(name, None, is_package=True)
    spec.submodule_search_locations = path
    sys.modules[name] = module_from_spec(spec)


def _import_file(name: str, path: Path) -> ModuleType:
    _package(PACKAGE, [])
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be imported")
    module = sys.modules[name] = module_from_spec(spec)
    with _NoBytecode():
        spec.loader.exec_module(module)
    return module


def _import(name: str) -> ModuleType:
    with _NoBytecode():
        return importlib.import_module(name)


class _NoBytecode:
    """No __pycache__ is left in an operator's folder of mods."""

    def __enter__(self) -> None:
        self.before, sys.dont_write_bytecode = sys.dont_write_bytecode, True

    def __exit__(self, *_: object) -> None:
        sys.dont_write_bytecode = self.before


def _place(error: BaseException, candidate: Candidate) -> tuple[str, int]:
    """File and line inside the mod that an exception came from: its own claim, else the innermost frame of the mod."""
    if isinstance(error, GameError) and error.file:
        return error.file, error.line
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno or 0
    root = candidate.path.absolute()  # as imports name files, also where the folder is given as `mods`
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if Path(frame.filename).is_relative_to(root):
            return frame.filename, frame.lineno or 0
    return str(candidate.path), 0


def _cause(error: BaseException) -> str:
    if isinstance(error, GameError):
        return error.problem
    if isinstance(error, MapError):
        return str(error)
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {text}"

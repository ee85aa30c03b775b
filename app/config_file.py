"""tickroom.toml -> Config. Every error names the file, the key, the value and what is allowed."""

import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from app.config import SECTIONS, Config, Section, ServerSection, Setting, settings_of
from app.exits import Exit, ProgramError
from app.rooms.rules import contradictions

DEFAULT_FILE = Path("tickroom.toml")
SECRETS = ("admin_token",)
TABLES: dict[str, type[Section]] = {
    section.__name__.removesuffix("Section").lower(): section for section in SECTIONS
}
MAX_BYTES = 1_048_576
"""A configuration is a page or two; a larger file is a mistake."""


class ConfigError(ProgramError):
    """The configuration is wrong; each sentence says where, and what is allowed."""

    def __init__(self, *sentences: str) -> None:
        super().__init__(Exit.CONFIGURATION, *sentences)


def load(path: Path | None) -> Config:
    """The configuration of a file; of ./tickroom.toml when `path` is None and it is there, else the defaults."""
    if path is None and not DEFAULT_FILE.is_file():
        return Config()
    path = path or DEFAULT_FILE
    return parse(read(path), str(path))


def read(path: Path) -> str:
    """The text of a file. Raises ConfigError when it cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: it cannot be read: {error.strerror or error}") from error
    if len(content) > MAX_BYTES:
        raise ConfigError(f"{path}: it is larger than {MAX_BYTES} bytes, so it is no configuration")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: it is not UTF-8 text (byte {error.start})") from error


def parse(text: str, name: str) -> Config:
    """The configuration that TOML text says. `name` is what errors call the file. Raises ConfigError with all mistakes."""
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{name}: it is not TOML: {error}") from error
    read: dict[str, Any] = {}
    wrong: list[str] = []
    for key, value in tables.items():
        if key in TABLES:
            read[key] = _section(name, key, value, wrong)
        else:
            wrong.append(_unknown(name, key, value, TABLES))
    if wrong:
        raise ConfigError(*wrong)
    config = Config(**read)
    if wrong := contradictions(config.lockstep):
        raise ConfigError(*(f"{name}: {each}" for each in wrong))
    return config


def _section(name: str, key: str, values: Any, wrong: list[str]) -> Section | None:
    """A section of the configuration; None after adding to `wrong` what is wrong with it."""
    if not isinstance(values, dict):
        wrong.append(f"{name}: {key} = {_shown(values)}: [{key}] is a table of settings")
        return None
    known = {setting.key: setting for setting in settings_of(TABLES[key])}
    read: dict[str, Any] = {}
    before = len(wrong)
    for inner, value in values.items():
        if inner not in known:
            wrong.append(_unknown(name, f"{key}.{inner}", value, [f"{key}.{each}" for each in known]))
            continue
        try:
            read[inner] = _value(name, known[inner], value)
        except ConfigError as error:
            wrong.extend(error.sentences)
    return TABLES[key](**read) if len(wrong) == before else None


def _value(name: str, setting: Setting, value: Any) -> Any:
    try:
        return msgspec.convert(value, setting.type)
    except msgspec.ValidationError as error:
        shown = "(not shown)" if setting.key in SECRETS else _shown(value)
        raise ConfigError(
            f"{name}: {setting.section}.{setting.key} = {shown}: allowed is {setting.allowed}"
        ) from error


def _unknown(name: str, key: str, value: Any, known: Iterable[str]) -> str:
    what = "table" if isinstance(value, dict) else "setting"
    secret = key.rpartition(".")[2] in SECRETS
    shown = f"[{key}]" if isinstance(value, dict) else f"{key} = {'(not shown)' if secret else _shown(value)}"
    nearest = _nearest(key, value, list(known))
    guess = f"did you mean {nearest!r}? " if nearest else ""
    return f"{name}: {shown}: there is no such {what}; {guess}allowed: {', '.join(known)}"


def _nearest(key: str, value: Any, known: list[str]) -> str:
    """What was meant: a setting of this very name in another table, else what is written alike, else ""."""
    settings = [f"{table}.{each.key}" for table, section in TABLES.items() for each in settings_of(section)]
    if not isinstance(value, dict):
        leaf = key.rpartition(".")[2]
        if elsewhere := [each for each in settings if each.endswith(f".{leaf}")]:
            return elsewhere[0]
        if "." not in key:  # outside of all tables: only the last part can be alike
            leaves = {each.partition(".")[2]: each for each in settings}
            return next((leaves[each] for each in get_close_matches(leaf, leaves, n=1, cutoff=0.7)), "")
    return next(iter(get_close_matches(key, known, n=1, cutoff=0.5)), "")


def _shown(value: Any) -> str:
    """A value as TOML would write it, shortened."""
    text = toml_value(value)
    return text if len(text) <= 80 else text[:77] + "..."


def toml_value(value: Any) -> str:
    """A plain value in TOML's writing; of other types Python's."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return msgspec.json.encode(value).decode()
        case list() | tuple():
            return f"[{', '.join(toml_value(each) for each in value)}]"
        case _:
            return str(value)


def template() -> str:
    """The text that `tickroom init` writes: every setting with its meaning, what is allowed, and its default."""
    tables = [_table(section) for section in SECTIONS]
    return "\n".join([_HEAD, *tables])


_HEAD = """\
# The configuration of a Tickroom server. Every setting stands here with its default; change what you need, delete the
# rest. `tickroom check` says whether it is right; `tickroom serve` reads ./tickroom.toml by itself.
"""


def _table(section: type[Section]) -> str:
    settings = settings_of(section)
    lines = [f"# {section.__doc__}", f"[{settings[0].section}]"]
    for setting in settings:
        lines += [f"# {setting.meaning}", f"# Allowed: {setting.allowed}."]
        lines += [f"{setting.key} = {toml_value(setting.default)}", ""]
    return "\n".join(lines)


def override(
    config: Config, *, host: str | None = None, port: int | None = None, data: str | None = None
) -> Config:
    """The configuration with what the command line says instead. Raises ConfigError as for a file."""
    given = {"host": host, "port": port, "data": data}
    values = {key: value for key, value in given.items() if value is not None}
    known = {setting.key: setting for setting in settings_of(ServerSection)}
    checked = {key: _value("command line", known[key], value) for key, value in values.items()}
    return replace(config, server=replace(config.server, **checked))

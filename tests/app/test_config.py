"""The configuration: its defaults, its template, and what is wrong with a wrong one."""

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.config import SECTIONS, Config, settings_of
from app.config_file import MAX_BYTES, ConfigError, load, parse, template, toml_value
from app.exits import Exit


def test_the_template_parses_to_the_defaults() -> None:
    """What `init` writes, read back, is the embedded default, setting by setting."""
    assert parse(template(), "tickroom.toml") == Config()


def test_the_template_names_every_setting_and_what_is_allowed() -> None:
    """Each setting stands in the template once, after its meaning and its allowed values."""
    text = template()
    for setting in (setting for section in SECTIONS for setting in settings_of(section)):
        lines = f"# {setting.meaning}\n# Allowed: {setting.allowed}.\n{setting.key} = "
        assert text.count(lines) == 1, setting


def test_the_documentation_names_every_setting() -> None:
    """docs/operating.md has a row for every setting with the default that is in the code."""
    text = (Path(__file__).parents[2] / "docs/operating.md").read_text(encoding="utf-8")
    for section in SECTIONS:
        for setting in settings_of(section):
            assert f"| `{setting.section}.{setting.key}` | `{toml_value(setting.default)}` |" in text


def test_an_empty_file_is_the_default() -> None:
    """No setting has to be there."""
    assert parse("", "f") == Config()


def test_settings_that_are_there_replace_their_defaults() -> None:
    """A file changes what it names and nothing else."""
    config = parse('[server]\nport = 0\nhost = "::1"\n[mods]\ndisabled = ["arena"]', "f")
    assert config.server.port == 0
    assert config.mods.disabled == ("arena",)
    assert config.limits == Config().limits


def test_a_whole_number_is_taken_for_a_duration() -> None:
    """`empty_timeout = 5` means 5.0 seconds."""
    assert parse("[rooms]\nempty_timeout = 5", "f").rooms.empty_timeout == 5.0


WRONG = [
    ("[server]\nport = 99999", "f.toml: server.port = 99999: allowed is a whole number from 0 to 65535"),
    ("[server]\nport = '80'", 'f.toml: server.port = "80": allowed is a whole number'),
    ("[server]\nport = true", "f.toml: server.port = true: allowed is a whole number"),
    ("[server]\nport = 80.5", "f.toml: server.port = 80.5: allowed is"),
    (
        "[server]\npotr = 80",
        "f.toml: server.potr = 80: there is no such setting; did you mean 'server.port'?",
    ),
    ("[severs]\nport = 80", r"f.toml: [severs]: there is no such table; did you mean 'server'?"),
    ("port = 80", "f.toml: port = 80: there is no such setting; did you mean 'server.port'?"),
    ("prot = 80", "f.toml: prot = 80: there is no such setting; did you mean 'server.port'?"),
    ('[server]\nlevel = "debug"', "there is no such setting; did you mean 'log.level'?"),
    ("server = 3", "f.toml: server = 3: [server] is a table of settings"),
    ("[[server]]\nport = 1", "f.toml: server = [{'port': 1}]: [server] is a table"),
    ('[server]\npublic_url = "play.example.org"', "f.toml: server.public_url = "),
    ('[server]\nallowed_origins = ["https://a.b/c"]', "allowed is a list of origins"),
    (
        "[rooms]\nempty_timeout = 0",
        "f.toml: rooms.empty_timeout = 0: allowed is a number from 1 to 604800 seconds",
    ),
    ("[rooms]\nempty_timeout = nan", "f.toml: rooms.empty_timeout = nan: allowed is"),
    ("[rooms]\nempty_timeout = inf", "f.toml: rooms.empty_timeout = inf: allowed is"),
    ('[log]\nlevel = "loud"', 'f.toml: log.level = "loud": allowed is "debug", "info", "warning" or "error"'),
    ('[auth]\nadmin_token = "short"', "f.toml: auth.admin_token"),
    ('[mods]\non_broken = "maybe"', 'allowed is "skip" or "refuse"'),
    ("[server\nport = 1", "f.toml: it is not TOML: "),
    ("[server]\nport = 1\nport = 2", "f.toml: it is not TOML: Cannot overwrite a value"),
]


@pytest.mark.parametrize(("text", "sentence"), WRONG)
def test_an_error_names_file_key_value_and_what_is_allowed(text: str, sentence: str) -> None:
    """Each wrong file is refused with a sentence that says where, what, and what would be right."""
    with pytest.raises(ConfigError, match=re.escape(sentence)) as refused:
        parse(text, "f.toml")
    assert refused.value.code is Exit.CONFIGURATION


def test_every_mistake_of_a_file_is_told() -> None:
    """One sentence for each wrong key, table and value, in the order of the file."""
    text = 'port = 8000\n[server]\nport = -1\nhots = "::"\n[nothing]\n[rooms]\nsilence = 1\nseat_kept = 2\n[log]\nlevel = "loud"'
    with pytest.raises(ConfigError) as refused:
        parse(text, "f.toml")
    told = [sentence.split(":")[1].split(" =")[0].strip() for sentence in refused.value.sentences]
    assert told == ["port", "server.port", "server.hots", "[nothing]", "rooms.silence", "log.level"]


@pytest.mark.parametrize("text", ['[auth]\nadmin_token = "my secret"', 'admin_token = "my secret"'])
def test_a_secret_is_not_repeated_by_its_error(text: str) -> None:
    """The admin token of a wrong configuration does not end up in a log."""
    with pytest.raises(ConfigError) as refused:
        parse(text, "f.toml")
    assert "my secret" not in str(refused.value)


def test_a_file_that_is_not_there_is_an_error_when_it_was_named(tmp_path: Path) -> None:
    """`--config missing.toml` is refused, and not answered with defaults."""
    with pytest.raises(ConfigError, match=r"missing.toml: it cannot be read: No such file"):
        load(tmp_path / "missing.toml")


def test_without_a_name_the_file_in_the_working_directory_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No --config means ./tickroom.toml when it is there, else the embedded defaults."""
    monkeypatch.chdir(tmp_path)
    assert load(None) == Config()
    (tmp_path / "tickroom.toml").write_text("[server]\nport = 81")
    assert load(None).server.port == 81


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"\xff\xfe", "not UTF-8"), (b"#" * (MAX_BYTES + 1), "larger than"), (None, "cannot be")],
)
def test_what_is_no_text_file_is_refused(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    """Binary files, huge files and folders are refused with a reason."""
    path = tmp_path / "f.toml"
    path.mkdir() if content is None else path.write_bytes(content)
    with pytest.raises(ConfigError, match=sentence):
        load(path)


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    """A file saved by a Windows editor is read as any other."""
    path = tmp_path / "f.toml"
    path.write_bytes(b"\xef\xbb\xbf[server]\r\nport = 82\r\n")
    assert load(path).server.port == 82


@given(st.text(max_size=200) | st.text(alphabet="[]=.\"'\n server port 0 log level", max_size=60))
def test_only_configuration_errors_escape(text: str) -> None:
    """Whatever the text, it is a Config or a ConfigError."""
    with suppress(ConfigError):
        assert isinstance(parse(text, "f"), Config)


PLAIN: st.SearchStrategy[Any] = st.booleans() | st.integers() | st.floats() | st.text(max_size=20)


@given(st.sampled_from([setting for section in SECTIONS for setting in settings_of(section)]), PLAIN)
def test_any_value_is_taken_or_refused(setting: Any, value: Any) -> None:
    """Any plain value of any setting is converted to its type or refused; nothing else happens."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return
    try:
        config = parse(f"[{setting.section}]\n{setting.key} = {toml_value(value)}", "f")
    except ConfigError:
        return
    kept = getattr(getattr(config, setting.section), setting.key)
    assert msgspec.convert(kept, setting.type) == kept

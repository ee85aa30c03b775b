"""The data directory, its lock, and the admin's token in it."""

import os
import stat
from pathlib import Path

import pytest

from app.accounts.admin import FILE, WELL_KNOWN, admin_token, refuse_weak
from app.config import AuthSection, Config
from app.config_file import ConfigError
from app.data import opened
from app.exits import Exit, ProgramError

STRONG = "correct horse battery".replace(" ", "-")


def test_the_directory_is_made_and_locked(tmp_path: Path) -> None:
    """A second opening is refused while the first lasts, naming the process; afterwards it is free."""
    path = tmp_path / "deep" / "data"
    with opened(path):
        with (
            pytest.raises(ProgramError, match=rf"already runs here \(process {os.getpid()}\)") as refused,
            opened(path),
        ):
            pass
        assert refused.value.code is Exit.DATA
    with opened(path):
        assert path.is_dir()


def test_who_starts_a_second_server_is_told_the_address_of_the_first(tmp_path: Path) -> None:
    """It is in the lock file from when it listens; what else a file may hold is not repeated."""
    with opened(tmp_path) as data:
        data.say_address("http://127.0.0.1:7373/")
        with pytest.raises(ProgramError, match=rf"here: http://127.0.0.1:7373/ \(process {os.getpid()}\)"):
            opened(tmp_path).__enter__()
        (tmp_path / "lock").write_text("\x1b[2J")
        with pytest.raises(
            ProgramError, match="a server already runs here, with the data directory"
        ) as refused:
            opened(tmp_path).__enter__()
        assert str(refused.value).isprintable() and "both --data and --port" in str(refused.value)


def test_a_lock_file_left_behind_is_no_lock(tmp_path: Path) -> None:
    """After a kill the file is there and nobody holds it: the next server starts."""
    (tmp_path / "lock").write_text("99999\n")
    with opened(tmp_path):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_a_path_that_is_no_directory_is_refused(tmp_path: Path) -> None:
    """A file where the folder should be is exit code 5 with the path."""
    (tmp_path / "data").write_text("")
    with pytest.raises(ProgramError, match="cannot be used") as refused, opened(tmp_path / "data"):
        pass
    assert refused.value.code is Exit.DATA


def test_the_first_token_is_shown_once_and_kept_hashed(tmp_path: Path) -> None:
    """The first start answers a token; later ones know it by its hash and cannot show it."""
    with opened(tmp_path) as data:
        first, shown = admin_token(Config(), data, is_open=True)
        second, again = admin_token(Config(), data, is_open=True)
    assert len(shown) >= 32 and again == ""
    assert first.opens(shown) and second.opens(shown) and not second.opens(shown + "x")
    assert shown not in (tmp_path / FILE).read_text()
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert not (tmp_path / f"{FILE}.new").exists()


def test_deleting_the_file_makes_a_new_token(tmp_path: Path) -> None:
    """That is how a lost token is replaced; a damaged file is replaced too."""
    with opened(tmp_path) as data:
        _, first = admin_token(Config(), data, is_open=True)
        (tmp_path / FILE).unlink()
        token, second = admin_token(Config(), data, is_open=True)
        assert second not in {"", first} and not token.opens(first)
        (tmp_path / FILE).write_text("damaged")
        assert admin_token(Config(), data, is_open=True)[1] != ""


def test_a_configured_token_goes_before_a_generated_one(tmp_path: Path) -> None:
    """With auth.admin_token nothing is generated or written."""
    config = Config(auth=AuthSection(admin_token=STRONG))
    with opened(tmp_path) as data:
        token, shown = admin_token(config, data, is_open=True)
    assert token.opens(STRONG) and shown == "" and not (tmp_path / FILE).exists()


@pytest.mark.parametrize(
    "token", [*sorted(WELL_KNOWN)[:5], "CHANGEME", "aaaaaaaaaaaaaaaaaaaaaaaa", "elevenchars"]
)
def test_a_default_secret_is_refused_off_loopback(tmp_path: Path, token: str) -> None:
    """Well-known, short and monotonous tokens are refused where others can connect, and are not repeated."""
    with pytest.raises(ConfigError, match="auth.admin_token") as refused:
        refuse_weak(token)
    assert token not in str(refused.value)
    config = Config(auth=AuthSection(admin_token=token))
    with opened(tmp_path) as data:
        assert admin_token(config, data, is_open=False)[0].opens(token)
        with pytest.raises(ConfigError):
            admin_token(config, data, is_open=True)

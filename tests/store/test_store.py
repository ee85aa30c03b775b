"""The store's file: what is kept, through a kill too, and what is said of a file that cannot be used."""

import os
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from app.config import StoreSection
from app.exits import Exit, ProgramError
from app.store.database import PATIENCE
from app.store.engines import EnginesFull
from app.store.store import FILE, Store
from net.errors import StoreUnavailable
from net.players.sessions import SessionRecord
from tests.store.store_kit import Clock, opened, record


def test_what_was_put_is_there_when_the_store_is_opened_again(tmp_path: Path) -> None:
    """A session comes back field by field; a later one of the same seat takes its place; a deleted one is gone."""
    later = SessionRecord("room", "ada", 0, "Ada", b"\2" * 32, b"\1" * 32, "subject", "::1", 2.5, 1.5)
    with opened(tmp_path) as store:
        store.sessions.put(record())
        store.sessions.put(record("room", "ben", 1))
        store.sessions.put(record("other", "ada"))
    with opened(tmp_path) as store:
        store.sessions.put(later)
        store.sessions.delete("room", "nobody")
        assert store.sessions.of("room") == [later, record("room", "ben", 1)]
        store.sessions.delete("room", "ada")
        assert store.sessions.of("room") == [record("room", "ben", 1)]
        assert store.sessions.rooms() == {"room", "other"}
        store.sessions.forget_room("room")
        assert store.sessions.rooms() == {"other"}


def test_only_its_user_can_read_it(tmp_path: Path) -> None:
    """The file, the WAL and its index: 0600."""
    with opened(tmp_path) as store:
        store.sessions.put(record())
        files = list(tmp_path.glob(f"{FILE}*"))
        assert len(files) == 3 and {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.store.store_kit import opened, record
with opened(Path(sys.argv[1])) as store:
    for number in range(int(sys.argv[2])):
        store.sessions.put(record("room", f"p{number}", number))
        print(number, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    """A process that is killed right after its last put has lost none of them."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), "40"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    with opened(tmp_path) as store:
        assert [each.player for each in store.sessions.of("room")] == [
            int(line) for line in done.stdout.split()
        ]


def fill(store: Store) -> tuple[int, str]:
    """Put sessions until the store takes no more: how many it took, and what it said then."""
    for number in range(20_000):
        try:
            store.sessions.put(record("room", f"player {number}", number))
        except StoreUnavailable as refused:
            return number, str(refused)
    raise AssertionError("it took them all")


def refusal(folder: Path) -> str:
    with pytest.raises(ProgramError) as refused, opened(folder):
        pass
    assert refused.value.code is Exit.DATA and str(folder / FILE) in str(refused.value)
    return str(refused.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """It is named, and left as it is."""
    (tmp_path / FILE).write_bytes(b"my diary\n" * 1000)
    assert "is damaged (file is not a database)" in refusal(tmp_path)
    assert (tmp_path / FILE).read_bytes() == b"my diary\n" * 1000


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    """Its tables are not mixed with ours."""
    connection = sqlite3.connect(tmp_path / FILE)
    connection.execute("CREATE TABLE recipes (name)")
    connection.commit()
    connection.close()
    assert "database of another program" in refusal(tmp_path)


def test_a_damaged_page_is_found_when_the_store_is_opened(tmp_path: Path) -> None:
    """Not in the middle of a game."""
    with opened(tmp_path) as store:
        for number in range(400):
            store.sessions.put(record("room", f"player {number}", number))
    path = tmp_path / FILE
    data = bytearray(path.read_bytes())
    data[4 * 4096 : 6 * 4096] = b"\xff" * 8192
    path.write_bytes(data)
    assert "is damaged" in refusal(tmp_path)


def test_an_empty_file_is_a_new_store(tmp_path: Path) -> None:
    """What a crash at the first start leaves behind is no obstacle."""
    (tmp_path / FILE).touch()
    with opened(tmp_path) as store:
        assert store.saves.count() == 0


def test_a_store_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    """And nothing of it is changed."""
    with opened(tmp_path):
        pass
    connection = sqlite3.connect(tmp_path / FILE)
    connection.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('tickroom', '0900 dreams', '')"
    )
    connection.commit()
    connection.close()
    assert "a newer version of Tickroom has written it ('0900 dreams')" in refusal(tmp_path)


def test_a_file_that_another_program_has_locked(tmp_path: Path) -> None:
    """When the server starts it is refused; while it runs, a write says so, and works again when the other is done."""
    with opened(tmp_path) as store:
        other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="another program has locked the store: .*store.sqlite3"):
            store.sessions.put(record())
        assert store.sessions.of("room") == [] and PATIENCE < 1  # the loop waits no longer than that
        other.execute("ROLLBACK")
        store.sessions.put(record())
        other.close()
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    assert "another program has locked the store" in refusal(tmp_path)
    other.close()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A folder in the place of the file."""
    (tmp_path / FILE).mkdir()
    assert "cannot be opened" in refusal(tmp_path)


def test_the_store_is_bounded_and_a_full_one_loses_nothing(tmp_path: Path) -> None:
    """At store.max_bytes a write is refused with a reason; what is there stays, and can be deleted to make room."""
    with opened(tmp_path, settings=StoreSection(max_bytes=1_048_576)) as store:
        kept, reason = fill(store)
        assert "cannot grow: its disk is full, or it has reached store.max_bytes" in reason
        assert len(store.sessions.of("room")) == kept > 1_000
        store.sessions.forget_room("room")
        store.sessions.put(record())
    assert (tmp_path / FILE).stat().st_size <= 1_048_576


FULL = """
import resource, sys
from pathlib import Path
from net.errors import StoreUnavailable
from tests.store.store_kit import opened, record
with opened(Path(sys.argv[1])) as store:
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
    kept = 0
    try:
        while True:
            store.sessions.put(record("room", f"player {kept}", kept))
            kept += 1
    except StoreUnavailable as refused:
        print(kept)
        print(refused)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    store.sessions.put(record("room", f"player {kept}", kept))
"""


def test_a_disk_that_fills_up(tmp_path: Path) -> None:
    """Where no file may grow any more, writes are refused with the file's name; when there is room again they work, and
    nothing that was acknowledged is lost."""
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    kept, sentence = done.stdout.splitlines()
    assert str(tmp_path / FILE) in sentence
    with opened(tmp_path) as store:
        assert len(store.sessions.of("room")) == int(kept) + 1


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting takes root")
def test_a_full_tmpfs(tmp_path: Path) -> None:
    """The same on a real file system without room."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("this machine lets nobody mount")
    try:
        with opened(folder) as store:
            kept, reason = fill(store)
            assert "disk is full" in reason and str(folder / FILE) in reason
            assert len(store.sessions.of("room")) == kept > 10
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_engines_are_kept_once_by_content_and_media_type(tmp_path: Path) -> None:
    """The same bytes of the same type have one key, another type another; unknown keys and what is no key are nothing."""
    clock = Clock()
    with opened(tmp_path, clock) as store:
        engine = store.engines.put(b"engine", "text/javascript")
        clock.now += 10
        assert store.engines.put(b"engine", "text/javascript") == engine and store.engines.size() == 6
        other = store.engines.put(b"engine", "application/wasm")
        assert other.key != engine.key and other.digest == engine.digest == sha256(b"engine").hexdigest()
        assert store.engines.get(engine.key) == (engine, b"engine")
        assert store.engines.get(engine.digest) is None and store.engines.get("../x") is None
    with opened(tmp_path, clock) as store:
        assert store.engines.get(other.key) == (other, b"engine")


def test_engines_are_bounded_and_unused_ones_go(tmp_path: Path) -> None:
    """Beyond the bound an upload is refused; what no room uses and nobody has put for a while can be removed."""
    clock = Clock()
    with opened(tmp_path, clock, StoreSection(engine_bytes=10)) as store:
        first = store.engines.put(b"12345678", "text/javascript").key
        with pytest.raises(EnginesFull, match="10 bytes"):
            store.engines.put(b"123", "text/javascript")
        clock.now += 1
        assert store.engines.remove_unused(0.5, {first}) == 0 and store.engines.get(first)
        assert store.engines.remove_unused(0.5) == 0, "it was in use a moment ago"
        clock.now += 1
        assert store.engines.remove_unused(0.5) == 1 and store.engines.get(first) is None
        store.engines.put(b"123", "text/javascript")


def test_the_limit_of_file_sizes_is_this_systems() -> None:
    """The test above means what it says: Python turns the signal of a too large file into an error."""
    assert signal.getsignal(signal.SIGXFSZ) is signal.SIG_IGN and resource.RLIMIT_FSIZE >= 0

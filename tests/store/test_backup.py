"""Backups: of a server that writes, whole, consistent, and never over anything."""

import json
import resource
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import app.backup.backup as backup_module
from app.accounts.admin import FILE as ADMIN_FILE
from app.backup.backup import JOURNALS, MANIFEST, back_up, cut
from app.backup.restore import DRAFT, read_manifest, restore
from app.cli import commands
from app.exits import Exit, ProgramError
from app.store.store import FILE
from tests.store.store_kit import opened, record


def data_folder(folder: Path) -> Path:
    """A data folder with two sessions, two rooms' journals and the admin's token; the server that made it was killed."""
    folder.mkdir()
    with opened(folder) as store:
        store.sessions.put(record())
        store.sessions.put(record("other", "ben", 1))
    for room in ("here", "there"):
        (folder / JOURNALS / room).mkdir(parents=True)
        (folder / JOURNALS / room / "000000.journal").write_bytes(room.encode() * 300_000)
    (folder / ADMIN_FILE).write_text("hash")
    (folder / "lock").write_text("1\n")
    return folder


def backed_up(data: Path, target: Path) -> list[int]:
    """Back a folder up; the progress that was told."""
    told: list[int] = []
    with cut(data) as whole:
        back_up(whole, target, told.append)
        assert sum(told) == whole.size
    return told


def restored(source: Path, target: Path) -> None:
    restore(source, read_manifest(source), target, lambda _: None)


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_restored_folder_is_what_was_backed_up(tmp_path: Path) -> None:
    """Store, journals and the admin's token; nothing else, and readable by its user only."""
    data, copy, again = data_folder(tmp_path / "data"), tmp_path / "copy", tmp_path / "deep" / "again"
    assert len(backed_up(data, copy)) > 3
    restored(copy, again)
    files = content(again)
    assert set(files) == {
        FILE,
        ADMIN_FILE,
        f"{JOURNALS}/here/000000.journal",
        f"{JOURNALS}/there/000000.journal",
    }
    for name in set(files) - {FILE}:
        assert files[name] == (data / name).read_bytes()
    modes = {stat.S_IMODE(path.stat().st_mode) for path in again.rglob("*") if path.is_file()}
    assert modes == {0o600} and stat.S_IMODE(again.stat().st_mode) == 0o700
    with opened(again) as store:
        assert store.sessions.of("room") == [record()] and store.sessions.rooms() == {"room", "other"}


def test_the_commands_say_what_they_did(tmp_path: Path) -> None:
    """`tickroom backup` and `tickroom restore`, with the folder from the command line."""
    data = data_folder(tmp_path / "data")
    run = CliRunner().invoke
    done = run(commands, ["backup", "--data", str(data), str(tmp_path / "copy")])
    assert done.exit_code == 0 and "Backed up 4 files" in done.output, done.output
    done = run(commands, ["restore", "--data", str(tmp_path / "again"), str(tmp_path / "copy")])
    assert done.exit_code == 0 and "Restored 4 files" in done.output, done.output
    assert (tmp_path / "again" / FILE).is_file()


def refused(function: object, *arguments: object) -> str:
    with pytest.raises(ProgramError) as refusal:
        function(*arguments)  # type: ignore[operator]
    assert refusal.value.code is Exit.DATA
    return str(refusal.value)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A folder with anything in it is refused, by both, and keeps what it has."""
    data, copy = data_folder(tmp_path / "data"), tmp_path / "copy"
    backed_up(data, copy)
    before = content(copy)
    assert "not empty" in refused(backed_up, data, copy)
    assert content(copy) == before
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "mine").write_text("mine")
    assert "not empty" in refused(restored, copy, taken)
    assert content(taken) == {"mine": b"mine"} and not (tmp_path / f"taken{DRAFT}").exists()


def test_a_folder_without_a_store_is_no_data_folder(tmp_path: Path) -> None:
    """Nor is one in whose place another database lies."""
    assert "there is no store" in refused(backed_up, tmp_path, tmp_path / "copy")
    sqlite3.connect(tmp_path / FILE).execute("CREATE TABLE recipes (name)").connection.close()
    assert "no store of Tickroom" in refused(backed_up, tmp_path, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("name", [FILE, ADMIN_FILE, f"{JOURNALS}/here/000000.journal"])
@pytest.mark.parametrize("damage", ["flip", "shorten", "lengthen", "remove"])
def test_a_backup_that_has_changed_is_refused(tmp_path: Path, name: str, damage: str) -> None:
    """Any file, however it was changed; and nothing is left of the attempt."""
    copy = tmp_path / "copy"
    backed_up(data_folder(tmp_path / "data"), copy)
    path = copy / name
    data = bytearray(path.read_bytes())
    if damage == "flip":
        data[len(data) // 2] ^= 1
    elif damage == "shorten":
        del data[-1]
    else:
        data += b"x"
    path.write_bytes(data)
    if damage == "remove":
        path.unlink()
    assert name in refused(restored, copy, tmp_path / "again")
    assert content(tmp_path / "again") == {} and not (tmp_path / f"again{DRAFT}").exists()


def test_a_backup_that_was_cut_short_is_none(tmp_path: Path) -> None:
    """The manifest comes last: without it nothing is restored."""
    copy = tmp_path / "copy"
    backed_up(data_folder(tmp_path / "data"), copy)
    (copy / MANIFEST).unlink()
    assert "cut short" in refused(read_manifest, copy)


@pytest.mark.parametrize("path", ["../evil", "/etc/evil", "a/../../evil", "a//b", "./a", "a\\..\\b"])
def test_a_manifest_cannot_name_files_elsewhere(tmp_path: Path, path: str) -> None:
    """A backup is data that somebody may have been given."""
    manifest = {
        "format": 1,
        "version": "0",
        "made_at": 0.0,
        "files": [{"path": path, "size": 0, "sha256": "0" * 64}],
    }
    (tmp_path / MANIFEST).write_text(json.dumps(manifest))
    assert "outside" in refused(read_manifest, tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cannot be read"),
        ('{"format": 1}', "cannot be read"),
        ('{"format": 2, "version": "9", "made_at": 0, "files": []}', "format 2"),
        ('{"format": 1, "version": "9", "made_at": 0, "files": []}', "no store"),
    ],
)
def test_a_manifest_that_is_none(tmp_path: Path, text: str, said: str) -> None:
    """What is wrong with it is said."""
    (tmp_path / MANIFEST).write_text(text)
    assert said in refused(read_manifest, tmp_path)


def test_a_restore_that_was_killed_is_told(tmp_path: Path) -> None:
    """The half that it left is named, and the place is still empty."""
    copy = tmp_path / "copy"
    backed_up(data_folder(tmp_path / "data"), copy)
    (tmp_path / f"again{DRAFT}").mkdir()
    assert "cut short" in refused(restored, copy, tmp_path / "again")


WRITER = """
import sys
from pathlib import Path
from systems.saves import Save
from app.store.saves import Holder
from tests.store.store_kit import opened
folder = Path(sys.argv[1])
(folder / "journals" / "room").mkdir(parents=True)
with opened(folder) as store, (folder / "journals/room/0").open("ab", buffering=0) as journal:
    store.saves.hold("game", "guest:ada", Holder("room", "ada"), 0)
    store.saves.seated(Holder("room", "ada"), 0)
    tick = 0
    while True:
        tick += 1
        journal.write(b"%9d\\n" % tick)
        store.saves.write("room", tick, [Save(0, b"%9d" % tick)])
        if tick == 100:
            print("going", flush=True)
"""


def test_a_backup_of_a_running_server_is_one_instant(tmp_path: Path) -> None:
    """Every tick that the store has is in the journal, and the journal is at most the tick ahead that is being written."""
    data = tmp_path / "data"
    data.mkdir()
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(data)], stdout=subprocess.PIPE, cwd=Path.cwd()
    )
    try:
        assert writer.stdout is not None and writer.stdout.readline() == b"going\n"
        ticks = []
        for number in range(8):
            copy = tmp_path / f"copy{number}"
            backed_up(data, copy)
            lines = (copy / JOURNALS / "room" / "0").read_bytes().splitlines()
            connection = sqlite3.connect(copy / FILE)
            ((saved, tick),) = connection.execute("SELECT data, tick FROM saves").fetchall()
            connection.close()
            assert int(saved) == tick and tick <= int(lines[-1]) <= tick + 1
            ticks.append(tick)
        assert ticks == sorted(ticks) and ticks[0] < ticks[-1] and writer.poll() is None
    finally:
        writer.kill()
        writer.wait()
        if writer.stdout is not None:
            writer.stdout.close()


def test_a_disk_that_is_full_is_said(tmp_path: Path) -> None:
    """The target is named, and no manifest says that the backup is whole."""
    data = data_folder(tmp_path / "data")
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000));"
        "from app.__main__ import main; sys.argv[1:] = ['backup', '--data', sys.argv[1], sys.argv[2]]; main()"
    )
    copy = tmp_path / "copy"
    done = subprocess.run(
        [sys.executable, "-c", code, str(data), str(copy)], capture_output=True, text=True, check=False
    )
    assert done.returncode == Exit.DATA and f"cannot be written: {copy}" in done.stderr, done.stderr
    assert not (copy / MANIFEST).exists() and "Traceback" not in done.stderr


def test_journals_that_are_removed_meanwhile_are_in_the_backup(tmp_path: Path) -> None:
    """What was there at the instant is copied, whatever is rotated away afterwards."""
    data, copy = data_folder(tmp_path / "data"), tmp_path / "copy"
    with cut(data) as whole:
        (data / JOURNALS / "here" / "000000.journal").unlink()
        with (data / JOURNALS / "there" / "000000.journal").open("ab") as journal:
            journal.write(b"later")
        back_up(whole, copy, lambda _: None)
    assert (copy / JOURNALS / "here" / "000000.journal").read_bytes() == b"here" * 300_000
    assert (copy / JOURNALS / "there" / "000000.journal").read_bytes() == b"there" * 300_000


def test_a_thousand_rooms_that_are_over_are_no_thousand_open_files(tmp_path: Path) -> None:
    """Where few files may be open, a backup has all of them, but for what has been removed since it began."""
    data, copy = data_folder(tmp_path / "data"), tmp_path / "copy"
    for number in range(80):
        folder = data / JOURNALS / "ended" / f"over{number}"
        folder.mkdir(parents=True)
        (folder / "000000.journal").write_bytes(b"over")
    told: list[int] = []
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = len(list(Path("/proc/self/fd").iterdir()))
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + 24, before[1]))
    try:
        with cut(data) as whole:
            (data / JOURNALS / "ended/over7/000000.journal").unlink()
            (data / JOURNALS / "here").rename(data / JOURNALS / "ended/here")
            back_up(whole, copy, told.append)
            assert sum(told) == whole.size
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    names = [file.path for file in read_manifest(copy).files]
    assert sum("/ended/" in name for name in names) == 79
    assert f"{JOURNALS}/here/000000.journal" in names
    assert not any("ended/here" in name for name in names)


def test_a_room_that_ends_while_it_is_backed_up_is_there_once(tmp_path: Path) -> None:
    """It is one that runs, as it was at the instant: not a replay as well, which it could not be put beside."""
    data, copy = data_folder(tmp_path / "data"), tmp_path / "copy"

    def end() -> None:
        (data / JOURNALS / "ended").mkdir()
        (data / JOURNALS / "here").rename(data / JOURNALS / "ended/here")

    with pytest.MonkeyPatch.context() as patched:
        real = backup_module._finished

        def late(*arguments: Any) -> Any:
            end()
            return real(*arguments)

        patched.setattr(backup_module, "_finished", late)
        backed_up(data, copy)
    names = [file.path for file in read_manifest(copy).files]
    assert [name for name in names if "/here/" in name] == [f"{JOURNALS}/here/000000.journal"]

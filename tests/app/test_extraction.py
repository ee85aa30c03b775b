"""The extraction folders of the one-file program; tests/binary has the program itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import extraction

HOLDER = "import sys, pathlib; from app import extraction; extraction.hold(pathlib.Path(sys.argv[1])); print(); input()"


def make_folder(parent: Path, name: str) -> Path:
    folder = parent / name
    (folder / "lib").mkdir(parents=True)
    (folder / "lib" / "something.so").write_bytes(b"code")
    return folder


def test_nothing_is_done_from_source() -> None:
    """A program that was not unpacked has no extraction folder."""
    assert extraction.extraction_folder() is None
    extraction.prepare()


def test_a_held_folder_is_kept_and_removed_when_its_process_is_killed(tmp_path: Path) -> None:
    """The lock lives exactly as long as the process, so a live folder is never removed and a stale one is."""
    folder = make_folder(tmp_path, "_MEIlive")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert extraction.remove_stale(tmp_path) == []
        assert (folder / "lib" / "something.so").exists()
        holder.kill()
    assert extraction.remove_stale(tmp_path) == [folder]
    assert not folder.exists()


def test_another_programs_folder_is_left_alone(tmp_path: Path) -> None:
    """A folder of a PyInstaller program without our lock may be alive: it is not ours to judge."""
    folder = make_folder(tmp_path, "_MEIother")
    assert extraction.remove_stale(tmp_path) == []
    assert folder.exists()


def test_links_are_not_followed(tmp_path: Path) -> None:
    """A symbolic link that looks like a stale folder, or a lock that is one, removes nothing."""
    elsewhere = make_folder(tmp_path, "elsewhere")
    os.close(extraction.hold(elsewhere))
    (tmp_path / "_MEIlink").symlink_to(elsewhere)
    trap = make_folder(tmp_path, "_MEItrap")
    (trap / extraction.LOCK_NAME).symlink_to(elsewhere / extraction.LOCK_NAME)
    assert extraction.remove_stale(tmp_path) == []
    assert elsewhere.exists()
    assert trap.exists()


def test_a_folder_that_cannot_be_removed_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A failed removal is a line on standard error, and not the end of the start."""
    folder = make_folder(tmp_path, "_MEIstuck")
    os.close(extraction.hold(folder))

    def refuse(path: Path) -> None:
        raise PermissionError(13, "no", str(path))

    monkeypatch.setattr("app.extraction.shutil.rmtree", refuse)
    assert extraction.remove_stale(tmp_path) == []
    assert "could not be removed" in capsys.readouterr().err


def test_only_this_program_counts_as_the_parent() -> None:
    """The process that adopts an orphan runs another executable; a process that is gone runs none."""
    assert extraction.is_this_program(os.getpid())
    child = subprocess.Popen(["/bin/sh", "-c", "read line"], stdin=subprocess.PIPE)
    with child:
        assert not extraction.is_this_program(child.pid)
        child.kill()
    assert not extraction.is_this_program(child.pid)

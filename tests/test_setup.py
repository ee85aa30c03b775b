"""The configuration of the project itself."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MARK = "pytest." + "mark.soak"
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_requirement_is_pinned_and_hashed(lock: Path) -> None:
    """A requirements file names exact versions with hashes, and no index: it installs the same from any mirror."""
    text = lock.read_text()
    entries = [entry for entry in re.split(r"\n(?=\S)", text) if entry and not entry.startswith(("#", " "))]
    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9._\[\]-]+==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry
    assert "://" not in text
    assert "index" not in text


@pytest.mark.parametrize("folder", ["build", "packaging"])
def test_folders_of_scripts_are_no_packages(folder: str) -> None:
    """A package named `packaging` breaks PyInstaller and pytest, one named `build` breaks `python -m build`."""
    assert not (ROOT / folder / "__init__.py").exists()


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("test_*.py")), ids=lambda path: path.stem)
def test_every_test_says_what_it_proves(path: Path) -> None:
    """Each test function has a docstring."""
    functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
    silent = [
        node.name for node in functions if node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert not silent


def test_every_browser_test_is_where_make_test_looks_for_them() -> None:
    """A file with tests of pages or of the one file lies in one of the Makefile's folders for them."""
    [folders] = re.findall(r"^PAGES := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    marks = ["pytest." + f"mark.{name}" for name in ("browser", "binary", "alone")]
    marked = [
        path.relative_to(ROOT)
        for path in (ROOT / "tests").rglob("*.py")
        if any(mark in path.read_text() for mark in marks)
    ]
    assert marked
    assert [path for path in marked if not any(map(path.is_relative_to, folders.split()))] == []


def test_every_long_test_is_in_a_part_of_the_soak() -> None:
    """A file with tests that only `make soak` runs lies in the folder of a part of it, and docs/testing.md names each part."""
    makefile = (ROOT / "Makefile").read_text()
    [parts] = re.findall(r"^SOAK_PARTS := (.+)$", makefile, re.MULTILINE)
    folders = re.findall(r"^\t\$\(SOAK\) soak .*?(tests/\w+)$", makefile, re.MULTILINE)
    long = {
        path.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py") if MARK in path.read_text()
    }
    assert long
    assert {path for path in long if not any(path.is_relative_to(folder) for folder in folders)} == set()
    page = (ROOT / "docs" / "testing.md").read_text()
    for part in parts.split():
        assert re.search(rf"^{part}:.* ## ", makefile, re.MULTILINE), part
        assert f"`make {part}`" in page


def test_the_command_of_a_checkout_works_in_the_callers_folder(tmp_path: Path) -> None:
    """It runs the checkout's program with the mods and the configuration of where it is called, by a link too."""
    checkout, here = tmp_path / "a checkout", tmp_path / "here"
    (checkout / ".venv" / "bin").mkdir(parents=True)
    for name in ("app", "ecs", "net", "systems", "tickroom", "mods"):
        (checkout / name).symlink_to(ROOT / name)
    python = checkout / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    shutil.copy(ROOT / "build" / "tickroom.sh", checkout / ".venv" / "bin" / "tickroom")
    (here / "mods").mkdir(parents=True)
    (here / "mods" / "hop.py").write_text('from tickroom import Game\n\ngame = Game("hop", title="Hop")\n')
    (here / "app").mkdir()
    (here / "app" / "__init__.py").write_text("raise SystemExit('not this one')\n")
    (here / "tickroom.toml").write_text("[mods]\nexamples = false\n")
    (here / "command").symlink_to(checkout / ".venv" / "bin" / "tickroom")
    for command in (str(checkout / ".venv" / "bin" / "tickroom"), "./command"):
        done = subprocess.run([command, "games"], cwd=here, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert [line.split()[0] for line in done.stdout.splitlines()] == ["hop"]

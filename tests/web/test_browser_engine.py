"""The build of the Python engine for browsers: what it says where it cannot be built, and that it packs the same bytes again."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As much of a checkout as the build looks at, with nothing fetched."""
    folder = tmp_path / "checkout"
    shutil.copytree(ROOT / "build", folder / "build", ignore=shutil.ignore_patterns("work", "__pycache__"))
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    return folder


def build(checkout: Path, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    command = [str(checkout / "build" / "browser_engine.sh"), python]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_a_machine_that_cannot_build_it_is_told_why_in_one_line(checkout: Path) -> None:
    """Without Pyodide, and with a Python that cannot make a virtualenv: the cause, and where all of it was written down."""
    done = build(checkout)
    said = "The browser engine was not built: npm has not fetched Pyodide (web/node_modules/pyodide)"
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{said} (all of it: build/work/engine/log)\n"
    (checkout / "web" / "node_modules" / "pyodide").mkdir(parents=True)
    (checkout / "web" / "node_modules" / "pyodide" / "package.json").write_text("{}")
    done = build(checkout, "/bin/no-python")
    assert done.returncode == 1
    assert done.stderr.startswith("The browser engine was not built: ")
    assert "/bin/no-python" in done.stderr and done.stderr.count("\n") == 1
    assert not (checkout / "build" / "work" / "engine" / "key").exists()


def test_a_part_of_another_hash_is_named(checkout: Path) -> None:
    """pip says it in many lines, the last ones empty; the first is the one that is told, and nothing is left half made."""
    (checkout / "web" / "node_modules" / "pyodide").mkdir(parents=True)
    (checkout / "web" / "node_modules" / "pyodide" / "package.json").write_text("{}")
    fetch = checkout / "build" / "browser_engine" / "fetch.sh"
    fetch.write_text(
        "#!/bin/bash\nprintf 'WARNING: x\\nERROR: THESE PACKAGES DO NOT MATCH\\n  Expected y\\n\\n' >&2\nexit 1\n"
    )
    done = build(checkout)
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert done.stderr.startswith(
        "The browser engine was not built: ERROR: THESE PACKAGES DO NOT MATCH (all of it: "
    )
    assert not (checkout / "build" / "work" / "engine" / "building").exists()


@pytest.mark.skipif(shutil.which("node") is None, reason="compressing is node's")
def test_the_same_parts_are_packed_to_the_same_bytes(tmp_path: Path) -> None:
    """Whenever it is packed; a part that changes is another address. The tests of libraries stay behind."""
    pyodide, fetched, cffi = tmp_path / "pyodide", tmp_path / "fetched", tmp_path / "_cffi_backend.so"
    (fetched / "wheels").mkdir(parents=True)
    pyodide.mkdir()
    for name in ("pyodide.asm.mjs", "pyodide.asm.wasm"):
        (pyodide / name).write_bytes(name.encode() * 100)
    (pyodide / "package.json").write_text('{"version": "1"}')
    cffi.write_bytes(b"compiled")

    def pack(output: Path, when: float) -> tuple[str, dict[str, bytes]]:
        with ZipFile(pyodide / "python_stdlib.zip", "w") as archive:
            archive.writestr("os.py", "pass")
        with ZipFile(fetched / "wheels" / "pymunk.whl", "w") as archive:
            for name in ("pymunk/__init__.py", "pymunk/tests/test_body.py"):
                archive.writestr(name, "pass")
        os.utime(cffi, (when, when))
        script = ROOT / "build" / "browser_engine" / "pack.py"
        subprocess.run([sys.executable, script, fetched, pyodide, cffi, output], check=True, timeout=60)
        folder = str(json.loads((output / "manifest.json").read_text())["folder"])
        return folder, {path.name: path.read_bytes() for path in (output / folder).iterdir()}

    first = pack(tmp_path / "one", 1e9)
    assert pack(tmp_path / "two", time.time()) == first
    with ZipFile(tmp_path / "one" / first[0] / "libraries.zip") as archive:
        assert archive.namelist() == ["_cffi_backend.so", "pymunk/__init__.py"]
    assert {"pyodide.asm.wasm", "pyodide.asm.wasm.br", "pyodide.asm.wasm.gz"} <= set(first[1])
    cffi.write_bytes(b"compiled otherwise")
    assert pack(tmp_path / "three", 1e9)[0] != first[0]

"""Packs the browser engine: Pyodide's files and our libraries, compressed beforehand, in a folder named by the hash of it all.

python build/browser_engine/pack.py FETCHED PYODIDE SO OUTPUT

    OUTPUT/manifest.json               what there is, with sizes and versions
    OUTPUT/<hash>/pyodide.asm.wasm     and its .br and .gz, as those of each file

Both archives are stored, not deflated: Brotli then makes a third less of them, and Python unpacks nothing when it imports.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

COMPRESS = Path(__file__).with_name("compress.mjs")
CORE = ("pyodide.asm.mjs", "pyodide.asm.wasm")
STANDARD_LIBRARY = "python_stdlib.zip"
LIBRARIES = "libraries.zip"
NEVER_IMPORTED = ("pymunk/tests/", "pymunk/examples/")
THE_SAME_TIME = (1980, 1, 1, 0, 0, 0)

Entries = Iterator[tuple[str, bytes]]


def main(fetched: Path, pyodide: Path, cffi: Path, output: Path) -> None:
    shutil.rmtree(output, ignore_errors=True)
    making = output / "making"
    making.mkdir(parents=True)
    for name in CORE:
        shutil.copyfile(pyodide / name, making / name)
    store(making / STANDARD_LIBRARY, entries(pyodide / STANDARD_LIBRARY))
    wheels = sorted((fetched / "wheels").glob("*.whl"))
    store(making / LIBRARIES, libraries(wheels, cffi))
    files = sorted(making.iterdir())
    digest = sha256(b"".join(sha256(file.read_bytes()).digest() for file in files)).hexdigest()[:16]
    subprocess.run(["node", COMPRESS, *files], check=True)
    manifest = {
        "folder": digest,
        "pyodide": json.loads((pyodide / "package.json").read_text())["version"],
        "wheels": [wheel.name for wheel in wheels],
        "files": {file.name: sizes(file) for file in files},
    }
    making.rename(output / digest)
    # a server that runs already looks for it, and never sees half of it
    unnamed = output / "manifest.json.new"
    unnamed.write_text(json.dumps(manifest, indent=2) + "\n")
    unnamed.rename(output / "manifest.json")


def libraries(wheels: list[Path], cffi: Path) -> Entries:
    """What goes into site-packages."""
    for wheel in wheels:
        yield from entries(wheel)
    yield cffi.name, cffi.read_bytes()


def entries(archive: Path) -> Entries:
    with ZipFile(archive) as opened:
        for name in opened.namelist():
            if not name.endswith("/") and not name.startswith(NEVER_IMPORTED):
                yield name, opened.read(name)


def store(path: Path, found: Entries) -> None:
    """An archive of the same bytes, whoever makes it and when."""
    with ZipFile(path, "w", ZIP_STORED) as archive:
        for name, content in sorted(found):
            archive.writestr(ZipInfo(name, THE_SAME_TIME), content)


def sizes(file: Path) -> dict[str, int]:
    return {
        "bytes": file.stat().st_size,
        "brotli": file.with_name(f"{file.name}.br").stat().st_size,
        "gzip": file.with_name(f"{file.name}.gz").stat().st_size,
    }


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))

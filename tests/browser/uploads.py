"""Engines for tests to upload: the same game in Python and in WebAssembly, which counts clicks."""

from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

FOLDER = Path(__file__).with_name("engines")
COUNTING_PY = (FOLDER / "counting.py").read_bytes()
COUNTING_WASM = (FOLDER / "counting.wasm").read_bytes()


def archive(files: dict[str, bytes]) -> bytes:
    """A zip archive of these."""
    data = BytesIO()
    with ZipFile(data, "w") as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return data.getvalue()

"""Runs in Pyodide: compiles the engine's code and its libraries, for `sys.pycache_prefix` (web/engine/interpreter.ts)."""

import sys
from importlib.util import cache_from_source
from io import BytesIO
from pathlib import Path
from py_compile import PycInvalidationMode
from py_compile import compile as compiled
from zipfile import ZIP_STORED, ZipFile, ZipInfo

THE_SAME_TIME = (1980, 1, 1, 0, 0, 0)
OURS = ("precompile.py",)


def archive(code: str) -> bytes:
    """Everything below `code` and in site-packages, by the paths that Python looks for below `code`. The same bytes each time.

    Not compared with the source when it is imported: the archive is named by the code that it was made of.
    """
    [libraries] = [path for path in sys.path if path.endswith("site-packages")]
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_STORED) as opened:
        for path in sorted([*Path(code).rglob("*.py"), *Path(libraries).rglob("*.py")]):
            if path.name not in OURS:
                target = cache_from_source(str(path))
                compiled(
                    str(path), target, doraise=True, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH
                )
                name = Path(target).relative_to(code).as_posix()
                opened.writestr(ZipInfo(name, THE_SAME_TIME), Path(target).read_bytes())
    return packed.getvalue()

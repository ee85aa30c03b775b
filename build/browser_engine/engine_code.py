"""python build/browser_engine/engine_code.py FOLDER: writes code.zip, for precompile.mjs, and prints the name of that code.

The archive is the one that the server gives out (app/games/rules_bundle.py), with the module that compiles beside it.
"""

import sys
from pathlib import Path
from zipfile import ZipFile

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1])]

from app.games.rules_bundle import engine_bundle

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
bundle = engine_bundle()
(folder / "code.zip").write_bytes(bundle.data)
with ZipFile(folder / "precompile.zip", "w") as archive:
    archive.write(HERE / "precompile.py", "precompile.py")
sys.stdout.write(f"{bundle.digest}\n")

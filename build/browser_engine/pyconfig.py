"""Prints the pyconfig.h that Pyodide was built with: its standard library has the numbers, in sysconfig's own module.

python build/browser_engine/pyconfig.py web/node_modules/pyodide/python_stdlib.zip
"""

import sys
from zipfile import ZipFile

NAMED = "_sysconfigdata__emscripten_wasm32-emscripten.py"

variables: dict[str, dict[str, object]] = {}
# A file of one literal, from a package whose hash is pinned.
exec(ZipFile(sys.argv[1]).read(NAMED), variables)
for name, value in sorted(variables["build_time_vars"].items()):
    if isinstance(value, int) and value:  # 0 is how sysconfig writes what is not defined
        print(f"#define {name} {value}")

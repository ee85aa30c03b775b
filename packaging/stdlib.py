"""Every module of the standard library, by name: the one file holds them all, because a mod may import any.

`python packaging/stdlib.py` prints, as JSON, those that this Python can import; a test asks the one file for the same.
"""

import importlib
import json
import pkgutil
import subprocess
import sys
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path

STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))
# They do something when they are imported: open a browser, a window, print a poem.
ACT_ON_IMPORT = {"antigravity", "idlelib.idle", "this"}
# The library's own tests and the programs that `python -m` runs are no modules to import.
NO_MODULES = {"__main__", "__phello__", "idle_test", "test", "tests"}


def module_names() -> list[str]:
    """All top-level modules and all below packages, sorted, whether or not this Python can import them."""
    top = sorted(sys.stdlib_module_names)
    names = [name for module in top for name in (module, *submodules(module, STANDARD_LIBRARY / module))]
    return [name for name in names if NO_MODULES.isdisjoint(name.split("."))]


def submodules(package: str, folder: Path) -> Iterator[str]:
    """The modules below a package, found by their files: importing packages to walk them would run them."""
    for module in pkgutil.iter_modules([str(folder)]):
        name = f"{package}.{module.name}"
        yield name
        if module.ispkg:
            yield from submodules(name, folder / module.name)


def is_importable(name: str) -> bool:
    """Whether this Python can import the module: not those of another system or left out when it was built."""
    try:
        importlib.import_module(name)
    except (ImportError, AttributeError, OSError, RuntimeError, SystemExit, ValueError):
        return False
    return True


def importable_names() -> list[str]:
    """The modules that can be imported here, all in one process; those that act on import are not tried."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated modules are importable
        return [name for name in module_names() if name not in ACT_ON_IMPORT and is_importable(name)]


def importable_names_of(python: str) -> list[str]:
    """The same, asked of a fresh Python without site-packages, because setuptools puts a distutils of its own there."""
    answer = subprocess.run([python, "-I", "-S", __file__], env={}, stdout=subprocess.PIPE, check=True)
    names: list[str] = json.loads(answer.stdout)
    return names


if __name__ == "__main__":
    print(json.dumps(importable_names()))

"""The engine runs where there is no clock, no socket and no numpy: in a browser tab."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
# pymunk itself imports threading, which Pyodide has (without threads).
FORBIDDEN = (
    "asyncio",
    "socket",
    "ssl",
    "selectors",
    "subprocess",
    "multiprocessing",
    "numpy",
    "structlog",
)
ALLOWED = sys.stdlib_module_names | {"esper", "pymunk", "msgspec", "ecs", "systems", "tickroom"}
NOT_FOR_RULES = {"time", "datetime", "os", "threading", "asyncio", "socket", "secrets", "uuid", "subprocess"}
SOURCES = sorted(path for folder in ("ecs", "systems") for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("module", ["ecs.world", "systems.engine", "tickroom", "tickroom.maths"])
def test_importing_the_engine_loads_nothing_that_a_browser_tab_lacks(module: str) -> None:
    """What is in sys.modules after the import, in a fresh process."""
    script = f"import sys, {module}; print(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True
    )
    loaded = set(done.stdout.split())
    assert module in loaded
    assert not loaded & set(FORBIDDEN)
    assert not {name for name in loaded if name.split(".")[0] in ("net", "app")}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_sources_import_only_what_runs_everywhere(path: Path) -> None:
    """Standard library, esper, pymunk and msgspec; no clock and no operating system; one file per foreign library."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    assert names <= ALLOWED
    assert not names & NOT_FOR_RULES
    where = path.relative_to(ROOT)
    assert "esper" not in names or where == Path("ecs/world.py")
    assert "pymunk" not in names or where.is_relative_to("systems/physics")
    assert "math" not in names or not _uncertain(path)


def _uncertain(path: Path) -> set[str]:
    """Names from `math` that are not the same bits on every C library."""
    exact = {"ceil", "copysign", "floor", "fmod", "frexp", "hypot", "inf", "isfinite", "ldexp", "sqrt"}
    taken = {
        alias.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "math"
        for alias in node.names
    }
    return taken - exact


def test_everything_the_facade_promises_is_there() -> None:
    """Each name of __all__ can be imported, and has a docstring."""
    import tickroom

    for name in tickroom.__all__:
        assert hasattr(tickroom, name)
        assert name == "__version__" or getattr(tickroom, name).__doc__

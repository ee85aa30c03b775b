"""The one file, in an empty folder, with an empty environment: no Python, no Node, no PATH."""

import asyncio
import shutil
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import ROOT, ServerProcess

BINARY = ROOT / "dist" / "tickroom"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the one file."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.binary)


def run_apart(doing: Coroutine[Any, Any, None]) -> None:
    """As `asyncio.run`, in a thread of its own: once a browser was driven here, the main thread has a loop that runs."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, doing).result()


@dataclass
class Installed:
    """The one file where a person has put it, and the folder that it unpacks itself into."""

    program: Path
    temporary: Path
    serve: Callable[..., ServerProcess]

    @property
    def mods(self) -> Path:
        """The folder for games, beside the program."""
        return self.program.parent / "mods"

    def start(self, *arguments: str, **options: Any) -> ServerProcess:
        """Starts `tickroom serve` with nothing in its environment but where to unpack itself."""
        options.setdefault("environment", {"TMPDIR": str(self.temporary)})
        data = options.pop("data", None) or self.program.parent / "data"
        return self.serve(*arguments, data=data, command=[str(self.program)], **options)

    def extractions(self) -> set[Path]:
        """The folders that it has unpacked itself into and that are still there."""
        return set(self.temporary.glob("_MEI*"))


@pytest.fixture
def installed(tmp_path: Path, serve: Callable[..., ServerProcess]) -> Installed:
    """A copy of the one file in an otherwise empty folder."""
    if not BINARY.exists():
        pytest.fail(f"{BINARY} is not there: run `make binary`")
    folder = tmp_path / "installed"
    temporary = tmp_path / "temporary"
    folder.mkdir()
    temporary.mkdir()
    return Installed(Path(shutil.copy2(BINARY, folder)), temporary, serve)


@pytest.fixture
def server(installed: Installed) -> ServerProcess:
    """The one file, serving with an environment that is empty altogether."""
    return installed.start(environment={})


@dataclass
class Processes:
    """The two processes of a running one file: PyInstaller's parent, and the program itself."""

    server: ServerProcess
    child: psutil.Process

    def wait(self, timeout: float = 30.0) -> int:
        """Returns the parent's exit code when both have ended."""
        self.child.wait(timeout)
        return self.server.process.wait(timeout)


@pytest.fixture
def processes_of() -> Iterator[Callable[[ServerProcess], Processes]]:
    """Finds a server's two processes, and kills what is left of them at the end."""
    found: list[Processes] = []

    def find(server: ServerProcess) -> Processes:
        [child] = psutil.Process(server.process.pid).children()
        found.append(Processes(server, child))
        return found[-1]

    yield find
    for processes in found:
        if processes.child.is_running():
            processes.child.kill()

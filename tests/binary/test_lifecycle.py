"""The one file's two processes and the folder it unpacks itself into."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.binary.conftest import Installed, Processes
from tests.conftest import ServerProcess

Find = Callable[[ServerProcess], Processes]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
@pytest.mark.parametrize("receiver", ["parent", "child", "both"])
def test_a_stop_reaches_both_processes(
    installed: Installed, processes_of: Find, number: signal.Signals, receiver: str
) -> None:
    """A stop sent to either process, or to both as a terminal and systemd do, ends both in order and tidies up."""
    server = installed.start()
    processes = processes_of(server)
    for name, pid in (("parent", server.process.pid), ("child", processes.child.pid)):
        if receiver in {name, "both"}:
            with suppress(
                ProcessLookupError
            ):  # the one has told the other, which has ended before it was sent its own
                os.kill(pid, number)
    assert processes.wait() == 0, "".join(server.output)
    assert installed.extractions() == set()


def test_the_child_ends_when_its_parent_is_killed(installed: Installed, processes_of: Find) -> None:
    """SIGKILL of the parent leaves no server behind: the child is told by the kernel and stops in order."""
    server = installed.start()
    processes = processes_of(server)
    server.process.kill()
    processes.wait()
    assert len(installed.extractions()) == 1  # nobody was left to remove it


def test_the_next_start_removes_what_a_killed_server_left(installed: Installed, processes_of: Find) -> None:
    """Folders of killed servers go at the next start, and a running server's stays."""
    killed = installed.start()
    processes = processes_of(killed)
    processes.child.suspend()  # so that it cannot stop in order either
    killed.process.kill()
    processes.child.kill()
    processes.wait()
    [stale] = installed.extractions()

    first = installed.start(data=new_folder(installed, "first"))
    assert stale not in installed.extractions()
    [live] = installed.extractions()
    assert f"Removed {stale}" in "".join(first.output)

    second = installed.start(data=new_folder(installed, "second"))
    assert live in installed.extractions()
    assert first.request("GET", "/healthz")[0] == 200
    assert second.request("GET", "/healthz")[0] == 200


def test_the_program_ends_with_its_child(installed: Installed, processes_of: Find) -> None:
    """When the child is killed, the parent ends with an error and removes the folder."""
    server = installed.start()
    processes = processes_of(server)
    processes.child.kill()
    assert processes.wait() == -signal.SIGKILL
    assert installed.extractions() == set()


def new_folder(installed: Installed, name: str) -> Path:
    folder = installed.program.parent / name
    folder.mkdir()
    return folder

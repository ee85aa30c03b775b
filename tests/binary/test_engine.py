"""The one file has the Python engine for browsers in it, packed, and the code that it runs."""

import os
import urllib.request
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from tests.conftest import DIRECT, ServerProcess


def fetched(server: ServerProcess, path: str, encoding: str) -> tuple[bytes, str]:
    """The body as it travels, and how it is encoded."""
    request = urllib.request.Request(server.url + path, headers={"Accept-Encoding": encoding})
    with DIRECT.open(request, timeout=30) as answer:
        return answer.read(), answer.headers.get("Content-Encoding", "")


@pytest.fixture
def prediction(server: ServerProcess) -> dict[str, Any]:
    """What a room of the arena says; a binary that was made where no engine could be built is no failure, but in CI."""
    _, room = server.request("POST", "/create", {"game": "arena"}, token=server.admin_token)
    told: dict[str, Any] = server.request("GET", f"/rooms/{room['room_id']}")[1]["prediction"]
    if not told["engine"] and not os.environ.get("CI"):
        pytest.skip(f"NOT TESTED: {told['reason']}")
    return told


def test_every_file_of_the_engine_is_there_in_each_form(
    server: ServerProcess, prediction: dict[str, Any]
) -> None:
    """Brotli and gzip as they were packed; and plain for who takes neither, though it is in no folder."""
    addresses = server.request("GET", prediction["engine"])[1]
    assert len(addresses["files"]) == 4
    for name, sizes in addresses["files"].items():
        for accepted, encoding, size in (
            ("br", "br", "brotli"),
            ("gzip", "gzip", "gzip"),
            ("identity", "", "bytes"),
        ):
            body, given = fetched(server, addresses["folder"] + name, accepted)
            assert (len(body), given) == (sizes[size], encoding), name


def test_the_code_that_it_runs_is_there(server: ServerProcess, prediction: dict[str, Any]) -> None:
    """The engine's sources, which the one file itself has no use for, what was compiled of them, and the game's rules."""
    sources, compiled, rules = (
        set(ZipFile(BytesIO(fetched(server, address, "identity")[0])).namelist())
        for address in prediction["archives"]
    )
    assert {"ecs/world.py", "net/client/prediction/predictor.py"} <= sources
    assert ".compiled/code/ecs/world.cpython-314.pyc" in compiled
    assert "tickroom_mods/arena/shared/movement.py" in rules and not any("server" in name for name in rules)

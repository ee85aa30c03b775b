"""What docs/clients.md shows is what works."""

import re
from pathlib import Path
from typing import Any

import pytest

import tickroom.client
import tickroom.testing
from net.client.core import ClientCore
from net.client.inputs import InputState
from net.drivers.asyncio_client import AsyncioClient
from net.drivers.virtual import VirtualClient
from net.protocol import InputSchema

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "clients.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_page_has_its_blocks() -> None:
    """None is lost: a client, a viewer, a core alone, a test."""
    assert len(BLOCKS) == 4


def test_the_test_that_is_shown_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The block with a VirtualRoom is run as it stands."""
    monkeypatch.chdir(ROOT)
    (block,) = [block for block in BLOCKS if "VirtualRoom" in block]
    names: dict[str, Any] = {}
    exec(compile(block, "docs/clients.md", "exec"), names)
    (test,) = [value for name, value in names.items() if name.startswith("test_")]
    test()


@pytest.mark.parametrize("block", BLOCKS, ids=["client", "viewer", "core", "test"])
def test_every_block_is_python(block: str) -> None:
    """Nothing in it is a slip of the pen."""
    compile(block, "docs/clients.md", "exec")


def test_every_name_that_is_imported_there_is_there() -> None:
    """The page imports from the facade, and the facade has it."""
    for module, names in re.findall(r"from (tickroom\.\w+) import ([\w, ]+)", PAGE):
        for name in names.split(", "):
            assert hasattr(
                {"tickroom.client": tickroom.client, "tickroom.testing": tickroom.testing}[module], name
            )


def test_every_attribute_in_the_tables_is_there() -> None:
    """`core.x`, `client.x` and `inputs.x` of the page are attributes of what they are said to be."""
    owners = {
        "core": ClientCore("token"),
        "inputs": InputState(InputSchema([], [], {})),
        "client": AsyncioClient("ws://127.0.0.1/", ClientCore("token")),
    }
    before_the_page_of_tests, tests = PAGE.split("## Tests of a game")
    for owner, name in re.findall(r"\b(core|inputs|client)\.(\w+)", before_the_page_of_tests):
        assert name in dir(owners[owner]), f"{owner}.{name}"
    for name in re.findall(r"`(?:client\.)?(\w+)\(", tests):
        assert hasattr(VirtualClient, name), name

"""What the client's tests share."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from net.codec import CODECS
from tests.client.scripted import ScriptedServer


@pytest.fixture(params=list(CODECS.values()), ids=list(CODECS))
def server(request: pytest.FixtureRequest) -> ScriptedServer:
    """A scripted server, in each codec."""
    return ScriptedServer(request.param)


@pytest.fixture
def stroll_server(serve: Callable[..., Any], tmp_path: Path) -> Any:
    """A server in a process of its own with the game `stroll`, of four seats a room."""
    mods = tmp_path / "games"
    mods.mkdir()
    shutil.copy(Path(__file__).with_name("stroll.py"), mods)
    config = tmp_path / "tickroom.toml"
    config.write_text(f'[mods]\nfolders = ["{mods.as_posix()}"]\nexamples = false\n')
    return serve("--config", str(config))

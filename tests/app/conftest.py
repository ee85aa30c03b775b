"""What tests of app share."""

from pathlib import Path

import pytest

from tests.app.site_kit import Kit, loaded, make_kit, walk_game

SCRIPT = "export const long = '" + "x" * 3_000 + "';\n"


@pytest.fixture
def web_folder(tmp_path: Path) -> Path:
    """A built web client, as small as can be."""
    folder = tmp_path / "web"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<h1>lobby</h1>")
    (folder / "play.html").write_text("<h1>play</h1>")
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "assets" / "app-1234.js").write_text(SCRIPT)
    (tmp_path / "secret.txt").write_text("secret")
    return folder


@pytest.fixture
def web_kit(web_folder: Path, tmp_path: Path) -> Kit:
    """A site with a built web client and a game with a client folder."""
    client = tmp_path / "client"
    client.mkdir()
    (client / "view.js").write_text("export default () => ({});")
    return make_kit(loaded(walk_game(), client), web=web_folder)

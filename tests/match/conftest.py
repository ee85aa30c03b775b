"""What tests of whole matches share: browsers in node, and pages in Chromium."""

from pathlib import Path

import pytest

from tests.browser.conftest import open_page, watched
from tests.match.browsers import bundled

__all__ = ["open_page", "watched"]


@pytest.fixture(scope="session")
def virtual_browsers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program that is a room's browsers, for node."""
    return bundled(tmp_path_factory.mktemp("browsers"))

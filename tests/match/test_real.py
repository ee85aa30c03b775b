"""Programs in Python and pages in Chromium play skirmish in real time, through bad networks, while their server is killed."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.match.real_match import played

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
SEED = int(os.environ.get("TICKROOM_SEED", "1"))
Open = Callable[..., "Page"]


@pytest.mark.timeout(1_800)
def test_eight_clients_play_for_a_minute_and_their_server_is_killed(tmp_path: Path, open_page: Open) -> None:
    """Two rooms of two programs and two pages, on wifi, LTE, 3G and in a train, and one SIGKILL of the server: equal checksums,
    no generation lost, every command once, and the journal is the same match again."""
    played(tmp_path, open_page, seed=SEED, seconds=60.0, kills=1)


@pytest.mark.soak
@pytest.mark.timeout(7_200)
def test_eight_clients_play_for_ten_minutes(tmp_path: Path, open_page: Open) -> None:
    """The same for ten minutes, with five deaths. Another run: `TICKROOM_SEED=n`."""
    played(tmp_path, open_page, seed=SEED, seconds=600.0, kills=5)

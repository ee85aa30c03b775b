"""Two people in two browsers, on the one file: the browser test itself, with another server."""

import pytest

from tests.browser.conftest import open_page, watched  # fixtures
from tests.browser.test_two_players import test_two_windows_see_each_other_move_shoot_and_score

__all__ = ["open_page", "test_two_windows_see_each_other_move_shoot_and_score", "watched"]

pytestmark = pytest.mark.browser

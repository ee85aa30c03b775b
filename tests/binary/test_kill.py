"""SIGKILL of both of the one file's processes, under bots: nothing is lost."""

from pathlib import Path

from tests.binary.conftest import Installed, run_apart
from tests.crash.mortal import Mortal
from tests.crash.siege import Siege
from tests.crash.test_kill import SEED, besieged

CROWD = {"arena": 4, "village": 4}
CLERKS = 12


def test_the_one_file_is_killed_and_takes_nothing_along(installed: Installed, tmp_path: Path) -> None:
    """As the server from source: killed twice, the second time while it comes back."""
    mortal = Mortal(
        tmp_path, command=[str(installed.program)], environment={"TMPDIR": str(installed.temporary)}
    )
    run_apart(besieged(Siege(mortal, SEED), CROWD, CLERKS, ("kill", "kill twice")))

"""The files generated from net/protocol.py are those that are committed."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_generated_protocol_files_are_fresh() -> None:
    """The TypeScript types and the JSON Schema say what net/protocol.py says now."""
    check = subprocess.run(
        [sys.executable, str(ROOT / "build/protocol_types.py"), "--check"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert check.returncode == 0, f"run `python build/protocol_types.py`:\n{check.stdout}{check.stderr}"

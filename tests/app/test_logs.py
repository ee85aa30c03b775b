"""The log: what clients can write into a line does nothing to the terminal that shows it."""

import logging
from collections.abc import Iterator

import pytest
import structlog

from app.config import LogSection
from app.logs import configure


@pytest.fixture
def configured() -> Iterator[None]:
    """Logging and structlog as before, afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize("style", ["console", "json"])
def test_a_line_holds_no_control_characters(style: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A room's id is what the address says: escape sequences in it are shown, not obeyed. Other letters stay."""
    configure(LogSection(format=style))  # type: ignore[arg-type]
    structlog.get_logger("gateway").info(
        "client_fault", room="\x1b]0;mine\x07", detail="a\nb \x9b2J", name="Zoë"
    )
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert line.strip().isprintable()
    assert "mine" in line
    assert style == "json" or "Zoë" in line


@pytest.mark.usefixtures("configured")
def test_a_traceback_keeps_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """What is ours is written for people."""
    configure(LogSection(format="console"))
    try:
        raise ValueError("no")
    except ValueError:
        structlog.get_logger("loop").exception("room failed")
    assert capsys.readouterr().err.count("\n") > 3

"""Nothing that somebody typed is ever markup: the pages have no way to make any of a string."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SINKS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|setHTML|srcdoc|document\.write|DOMParser|createContextualFragment"
    r"|\beval\(|new Function\(|javascript:|setAttribute\(\s*[`'\"]on|\.HTMLText\b"
)
"""What turns a string into elements or into code; Pixi's HTMLText does by way of an SVG."""


def sources() -> list[Path]:
    """All code and pages of the web client and of the example games."""
    web = [ROOT / "web" / part for part in ("common", "engine", "lobby", "play", "sdk/src")]
    client = [*(ROOT / "mods").glob("*/client"), ROOT / "examples"]
    return sorted(
        path
        for folder in [*web, *client]
        for path in folder.rglob("*")
        if path.suffix in {".ts", ".js", ".html"} and "node_modules" not in path.parts
    )


def test_there_is_something_to_look_at() -> None:
    """The list of sources has the pages, the SDK and the games' views."""
    names = {path.relative_to(ROOT).as_posix() for path in sources()}
    assert {
        "web/play/chat.ts",
        "web/lobby/lobby.ts",
        "web/sdk/src/core.ts",
        "mods/village/client/shop.js",
    } <= names


@pytest.mark.parametrize("line", ["box.innerHTML = name", "eval(text)", 'made.setAttribute("onerror", x)'])
def test_a_sink_is_found(line: str) -> None:
    """What would make markup or code of a string is recognised."""
    assert SINKS.search(line)


def test_no_page_makes_markup_of_a_string() -> None:
    """Text goes into pages as text: no source has a sink for markup."""
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sources()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if SINKS.search(line)
    ]
    assert found == []

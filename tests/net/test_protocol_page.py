"""docs/protocol.md says what net/protocol.py is."""

import re
from pathlib import Path
from typing import get_args

import pytest

from net import protocol

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
TABLES = {
    "client sends": protocol.ClientMessage,
    "client item": protocol.ClientItem,
    "server sends": protocol.ServerMessage,
    "server item": protocol.ServerItem,
}


@pytest.mark.parametrize(("heading", "union"), TABLES.items(), ids=TABLES)
def test_the_tables_name_every_message_tag_and_field(heading: str, union: object) -> None:
    """Each table of messages has exactly the structs of its union, with their tags and fields in order."""
    table = PAGE.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]
    described = {name: (int(tag), fields.split(", ")) for name, tag, fields in rows}
    declared = {
        struct.__name__: (struct.__struct_config__.tag, list(struct.__struct_fields__))
        for struct in get_args(union)
    }
    assert described == declared


def test_every_close_reason_is_on_the_page() -> None:
    """The table of close codes has every reason with its number, and every reason has a sentence."""
    rows = re.findall(r"^\| (\d{4}) \| ([A-Z_]+) \|", PAGE, flags=re.MULTILINE)
    assert {(int(code), name) for code, name in rows} == {(int(r), r.name) for r in protocol.CloseReason}
    assert set(protocol.CLOSE_SENTENCES) == set(protocol.CloseReason)


def test_close_sentences_fit_into_a_close_frame() -> None:
    """A close frame's reason has at most 123 bytes of UTF-8."""
    assert max(len(sentence.encode()) for sentence in protocol.CLOSE_SENTENCES.values()) <= 123

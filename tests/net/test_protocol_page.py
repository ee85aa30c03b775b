"""docs/protocol.md says what net/protocol.py is."""

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from ecs.components import Collide, Position, Scene, Velocity
from ecs.game import Game
from ecs.world import World
from net import protocol
from net.bundle import whole
from net.codec import JSON
from net.players.sessions import token_digest
from tests.net.room_kit import Table

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


def test_the_table_of_records_names_every_field() -> None:
    """Everything that messages are made of has a row for each field, in order, with a meaning."""
    described: defaultdict[str, list[str]] = defaultdict(list)
    record = ""
    for line in PAGE.split("| record | field | meaning |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]:
        name, field, meaning = [cell.strip() for cell in line.split("|")[1:-1]]
        record = name or record
        described[record].append(field)
        assert meaning
    declared = {
        name: list(value.__struct_fields__)
        for name, value in vars(protocol).items()
        if isinstance(value, type) and issubclass(value, msgspec.Struct) and value.__struct_fields__
        if value.__struct_config__.tag is None and value.__module__ == protocol.__name__
    }
    assert described == declared


@dataclass(slots=True)
class Health:
    """Everybody near sees it."""

    value: float = 100.0


@dataclass(slots=True)
class Ammo:
    """The owner alone sees it."""

    rounds: int = 12


@dataclass(slots=True, frozen=True)
class Shouted:
    """A player shouted."""

    player: int


@dataclass(slots=True)
class Shout:
    """What is shouted."""

    text: str


def game_of_the_dialogue() -> Game:
    """The game that the page's dialogue is about: boxes that walk to the right, and shouting, which is no good for the health."""
    game = Game("walk", title="Walk", version="1.0.0", tick_rate=20, width=1000.0, height=1000.0)
    game.input(keys=("right",), bindings={"right": ("KeyD", "ArrowRight")})
    game.kind("walker", label=True)
    game.component(Health, replicate="near", quantise={"value": 1.0})
    game.component(Ammo, replicate="owner")
    game.event(Shouted)

    @game.on("join")
    def enter(world: World, player: int) -> None:
        scene = Scene("walker", owner=player)
        world.spawn(Position(100.0, 100.0), Velocity(), Collide(w=10.0, h=10.0), scene, Health(), Ammo())

    @game.system("input")
    def walk(world: World, dt: float) -> None:
        for _, scene, velocity in world.query(Scene, Velocity):
            velocity.x = 64.0 * world.input(scene.owner).held("right")

    @game.command
    def shout(world: World, player: int, body: Shout) -> None:
        for _, health in world.query(Health):
            health.value -= 1.0
        world.emit(Shouted(player))

    game.seal()
    return game


def test_the_dialogue_is_what_a_room_says() -> None:
    """A room that is told the client's lines of the page's dialogue answers with the server's lines."""
    block = PAGE.split("```dialogue\n", 1)[1].split("```", 1)[0]
    lines = re.findall(r"^(client|server): (.*?)(?=^client|^server|\Z)", block, re.MULTILINE | re.DOTALL)
    assert [speaker for speaker, _ in lines] == ["client", "server"] * 5
    table = Table(game_of_the_dialogue())
    table.room.reserve("id-ada", "Ada", token_digest("0123456789abcdef"), 0.0)
    session = table.room.open(JSON, 0.0)
    for (_, said), (_, expected) in zip(lines[::2], lines[1::2], strict=True):
        answers: list[bytes] = session.receive(json.dumps(json.loads(said)).encode(), table.now)
        if not answers:
            table.now += 50.0
            answers = [whole(pieces) for _, pieces in table.room.step(table.now).outgoing]
        [heard] = [json.loads(answer) for answer in answers]
        assert heard == json.loads(expected)
    table.close()


def test_every_close_reason_is_on_the_page() -> None:
    """The table of close codes has every reason with its number, and every reason has a sentence."""
    rows = re.findall(r"^\| (\d{4}) \| ([A-Z_]+) \|", PAGE, flags=re.MULTILINE)
    assert {(int(code), name) for code, name in rows} == {(int(r), r.name) for r in protocol.CloseReason}
    assert set(protocol.CLOSE_SENTENCES) == set(protocol.CloseReason)


def test_close_sentences_fit_into_a_close_frame() -> None:
    """A close frame's reason has at most 123 bytes of UTF-8."""
    assert max(len(sentence.encode()) for sentence in protocol.CLOSE_SENTENCES.values()) <= 123

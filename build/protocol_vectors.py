"""Writes docs/protocol-vectors.json: every message both ways, so that a client in any language can check itself."""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from net.codec import (
    ANGLE_LAYOUT,
    INPUT_LAYOUTS,
    JSON,
    MESSAGEPACK,
    NUDGE_LAYOUT,
    POSITION_LAYOUTS,
    VELOCITY_LAYOUT,
    Codec,
)
from net.protocol import (
    Answer,
    Away,
    Change,
    ClientBundle,
    ClientItem,
    Command,
    ComponentSchema,
    Configuration,
    Diff,
    Diverged,
    DumpPart,
    EntityRecord,
    EventSchema,
    FieldSchema,
    GameSchema,
    Happened,
    Hello,
    History,
    Input,
    InputSchema,
    KindSchema,
    Master,
    Match,
    Notice,
    Packet,
    Ping,
    Playback,
    PlayerRecord,
    Pong,
    Private,
    Request,
    Rerun,
    Reseed,
    RoomState,
    Roster,
    Said,
    ServerBundle,
    ServerItem,
    Slowest,
    Snapshot,
    Steps,
    Sync,
    SyncReply,
    Welcome,
)

VECTORS = Path(__file__).resolve().parent.parent / "docs" / "protocol-vectors.json"

SCHEMA = GameSchema(
    name="duel",
    title="Duel",
    version="1.0.0",
    width=1000.0,
    height=500.0,
    inputs=InputSchema(["up", "fire"], ["aim_x", "aim_y"], {"up": ["KeyW", "ArrowUp"], "fire": ["Pointer0"]}),
    kinds=[
        KindSchema("player", "circle", "#4af", 2, label=True),
        KindSchema("wall", "box", "#666", 0, label=False),
    ],
    components=[
        ComponentSchema("Ammo", "owner", [FieldSchema("rounds", "int")]),
        ComponentSchema("Health", "near", [FieldSchema("value", "float", 0.5)]),
    ],
    events=[EventSchema("Died", [FieldSchema("victim", "int"), FieldSchema("killer", "int")])],
    commands=["taunt"],
    steps=Steps(0.0, 0.0, 0.015625, 0.0625, 0.0625, 16),
)
PLAYER = EntityRecord(0, 1, 0, 0, 6400, 3200, -16, 32767, 512, 512, 16384, "", [(1, [200])])
WALL = EntityRecord(300, 70_000, 1, -1, 0, 65535, 0, 0, 16000, 320, 0, "solid", [])
ROSTER = [
    PlayerRecord(0, "1f0e", "Anna", connected=True),
    PlayerRecord(1, "2a9b", "Jörg <b>", connected=False),
]


def client_messages(codec: Codec) -> dict[str, object]:
    """What clients send, by name."""
    taunt = msgspec.Raw(codec.encode({"text": "ha", "times": [1, 2.5, None, True]}))
    nothing = msgspec.Raw(codec.encode(None))
    again = INPUT_LAYOUTS[3]
    items: list[ClientItem] = [
        Input(41, 3, 2, [-32767, 0, 32767], 152, codec.pack(again.pack(3, 1, 1, 150, 0, -32767, 9), again)),
        Command(1, "taunt", taunt),
        Request(2, "get", "snapshot", nothing),
        Ping(1234.5),
        Packet(7, 80, 60, 6, 4_000_000_000, b"\x91\xc0"),
        DumpPart(6, 0, 2, b"\x00\xff"),
        Rerun(6, 4_000_000_000),
    ]
    return {
        "hello": Hello(1, "token", "", -1),
        "hello after a reconnect": Hello(1, "token", "fingerprint", 4_000_000_000),
        "sync": Sync(1000.25),
        "empty bundle": ClientBundle(40, 39, []),
        "bundle with every item": ClientBundle(41, 40, items),
    }


def server_messages(codec: Codec) -> dict[str, object]:
    """What servers send, by name."""
    diff: ServerItem = Diff(
        40,
        41,
        [7],
        [WALL],
        codec.pack(POSITION_LAYOUTS[16].pack(0, 6416, 65535), POSITION_LAYOUTS[16]),
        codec.pack(NUDGE_LAYOUT.pack(300, -1, 127), NUDGE_LAYOUT),
        codec.pack(VELOCITY_LAYOUT.pack(0, -32767, 1), VELOCITY_LAYOUT),
        codec.pack(ANGLE_LAYOUT.pack(0, 65535), ANGLE_LAYOUT),
        [Change(0, 1, [199]), Change(0, -1, [512, 256]), Change(0, -2, ["dead"]), Change(300, 1, None)],
    )
    news: list[ServerItem] = [
        Private(41, False, [Change(0, 0, [12])]),
        Happened(0, 41, [1, 0]),
        Roster(False, ROSTER, [7]),
        RoomState("running.paused.lagging", "Anna is awaited"),
        Answer(1, 409, "not now"),
        Answer(2, 202, None),
        Pong(1234.5, 99.0),
        Notice("The day begins."),
        Said(1, "near", "Guten Tag <i>", "Anna"),
        Away(2500.0),
        Configuration(3, {"size": "small"}, [(0, {"team": 1}), (1, {})], [1], 0, "two teams at least"),
        Match(1, 2**53 - 1, {"size": "small", "players": [{"player": 0}]}, 2, 50, 1, 40, 0, 4_096),
        Master(1, 2, 50, [(0, b"\x91\xc0")], 0, 4_000_000_000),
        History(0, 1, b"\x78\x9c"),
        Diverged(6, 5, [1], True, False),
        Reseed(6, 1, 2, b"\x00\xff"),
        Slowest(1, "latency", 480),
        Playback(0, 36_000, 1200, -1, 2.0, 3, 4, -1.0, True),
    ]
    welcome = Welcome(
        1, "r1", "authoritative", "1f0e", 0, 30, 39, 1300.0, 1.8e12, "fp", "the client sent no fingerprint",
        "running.iterating", SCHEMA, ROSTER, "next-token", 37, 2,
    )  # fmt: skip
    return {
        "welcome": welcome,
        "sync reply": SyncReply(1000.25, 1300.5),
        "bundle with a snapshot": ServerBundle(
            40, 1333.0, -1, 0, 0, [Snapshot(40, [PLAYER]), Private(40, True, [])]
        ),
        "bundle with a diff and every other item": ServerBundle(41, 1366.25, 41, 2, -20, [diff, *news]),
        "bundle of sixteen notices": ServerBundle(42, 1400.0, 41, 2, 25, [Notice("n")] * 16),
    }


def vectors() -> list[dict[str, Any]]:
    """Every vector: name, direction, the message as JSON, the same in MessagePack as hexadecimal digits."""
    return [
        {
            "name": name,
            "direction": direction,
            "message": json.loads(JSON.encode(message)),
            "msgpack_hex": MESSAGEPACK.encode(messages(MESSAGEPACK)[name]).hex(),
        }
        for direction, messages in (("client", client_messages), ("server", server_messages))
        for name, message in messages(JSON).items()
    ]


def text() -> str:
    """The file's text."""
    return json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    VECTORS.write_text(text(), encoding="utf-8")

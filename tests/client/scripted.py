"""A scripted server: messages built by hand, in either codec, so that the client is tested against the protocol alone."""

from struct import Struct as Layout
from typing import Any

from net.client.core import ClientCore
from net.client.events import ClientEvent
from net.codec import Codec
from net.protocol import (
    ComponentSchema,
    Diff,
    EntityRecord,
    EventSchema,
    FieldSchema,
    GameSchema,
    InputSchema,
    KindSchema,
    Packed,
    PlayerRecord,
    ServerBundle,
    ServerItem,
    Snapshot,
    Steps,
    SyncReply,
    Welcome,
)

SCHEMA = GameSchema(
    name="duel",
    title="Duel",
    version="1.0.0",
    width=1000.0,
    height=500.0,
    inputs=InputSchema(["left", "right", "fire"], ["aim_x", "aim_y"], {"fire": ["Space"]}),
    kinds=[KindSchema("player", "circle", "#4af", 2, True), KindSchema("wall", "box", "#888", 0, False)],
    components=[
        ComponentSchema("Health", "near", [FieldSchema("value", "float", 0.5)]),
        ComponentSchema("Ammo", "owner", [FieldSchema("left", "int"), FieldSchema("kind", "str")]),
    ],
    events=[EventSchema("Died", [FieldSchema("victim", "int"), FieldSchema("killer", "int")])],
    commands=["taunt"],
    steps=Steps(-10.0, -20.0, 0.25, 0.5, 0.125, 16),
)


def entity(slot: int, entity_id: int, x: int = 0, y: int = 0, **fields: Any) -> EntityRecord:
    """An entity's record, in wire numbers."""
    record: dict[str, Any] = {
        "kind": 0,
        "owner": -1,
        "vx": 0,
        "vy": 0,
        "w": 8,
        "h": 16,
        "angle": 0,
        "state": "",
        "components": [],
    }
    return EntityRecord(slot=slot, id=entity_id, x=x, y=y, **(record | fields))


class ScriptedServer:
    """The other end of one client core: `send` is what the server says, `said` what the client has said."""

    def __init__(self, codec: Codec) -> None:
        self.codec = codec
        self.client = ClientCore("token", codec=codec)
        self.tick = 100

    def welcome(self, **changes: Any) -> Welcome:
        """The welcome to player 1."""
        fields: dict[str, Any] = {
            "protocol": 1,
            "room_id": "room",
            "model": "authoritative",
            "player_id": "ada",
            "player": 1,
            "tick_rate": 20,
            "tick": self.tick,
            "server_time": 5_000.0,
            "unix_time": 0.0,
            "fingerprint": "",
            "prediction": "no",
            "state": "running.iterating",
            "schema": SCHEMA,
            "roster": [PlayerRecord(1, "ada", "Ada", True)],
            "token": f"token after {self.tick}",
            "last_input": -1,
            "last_id": 0,
        }
        return Welcome(**(fields | changes))

    def send(self, message: object, now: float = 0.0) -> list[ClientEvent]:
        """One message of the server's; what the client makes of it."""
        return self.client.receive(self.codec.encode(message), now)

    def bundle(
        self, *items: ServerItem, now: float = 0.0, last_input: int = -1, last_id: int = 0
    ) -> list[ClientEvent]:
        """The next tick's bundle with these items."""
        self.tick += 1
        return self.send(ServerBundle(self.tick, self.tick * 50.0, last_input, last_id, 0, list(items)), now)

    def column(self, layout: Layout, *records: tuple[int, ...]) -> Packed:
        """Records as a packed column of this codec."""
        return self.codec.pack(b"".join(layout.pack(*record) for record in records), layout)

    def snapshot(self, *entities: EntityRecord, now: float = 0.0) -> list[ClientEvent]:
        """The next tick's bundle with a snapshot of these entities."""
        return self.bundle(Snapshot(self.tick + 1, list(entities)), now=now)

    def diff(self, now: float = 0.0, base: int | None = None, **fields: Any) -> list[ClientEvent]:
        """The next tick's bundle with a diff on the last one; columns are given as flat integers."""
        empty: dict[str, Any] = {name: [] for name in Diff.__struct_fields__[2:]}
        diff = Diff(self.tick if base is None else base, self.tick + 1, **(empty | fields))
        return self.bundle(diff, now=now)

    def play(self) -> ClientCore:
        """Shake hands, up to the last of the first clock-sync pings."""
        self.client.connect()
        self.send(self.welcome())
        self.answer_syncs()
        return self.client

    def answer_syncs(self, now: float = 0.0) -> int:
        """Answer the clock-sync pings as long as some come; how many came."""
        answered = 0
        while data := self.client.data_to_send():
            for payload in data:
                sync: Any = self.codec.decode_client(payload)
                self.send(SyncReply(sync.client_time, 5_000.0), now)
                answered += 1
        return answered

    def said(self, now: float = 0.0) -> Any:
        """The bundle of the client's next tick."""
        return self.codec.decode_client(self.client.tick(now))

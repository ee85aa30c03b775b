"""A small game and a room around it, for the tests of the network side: players as boxes that walk right while a key is held."""

from dataclasses import dataclass

import msgspec

from ecs.components import Collide, Position, Scene, Velocity
from ecs.errors import Refused
from ecs.game import Game
from ecs.world import World
from net.bundle import whole
from net.codec import MESSAGEPACK, Codec
from net.drivers.virtual import tokens
from net.hosted import HostedGame
from net.players.session import Session
from net.players.sessions import token_digest
from net.protocol import PROTOCOL_VERSION, ClientBundle, ClientItem, Hello, ServerBundle, Welcome
from net.rooms.room import Room
from net.rooms.step import RoomStep
from net.settings import RoomSettings

SPEED = 64.0


@dataclass(slots=True)
class Health:
    """Everybody near sees it."""

    value: float = 100.0


@dataclass(slots=True)
class Ammo:
    """The owner alone sees it."""

    rounds: int = 12


@dataclass(slots=True)
class Plan:
    """The owner's team sees it."""

    text: str = "attack"


@dataclass(slots=True)
class Secret:
    """Nobody sees it."""

    number: int = 987_654_321


@dataclass(slots=True, frozen=True)
class Waved:
    """A player waved."""

    player: int


@dataclass(slots=True)
class Wave:
    """How to wave."""

    scope: str = "room"
    team: int = -1
    to: int = -1


@dataclass(slots=True)
class Buy:
    """What to buy."""

    item: str
    count: int = 1


@dataclass(slots=True)
class Receipt:
    """What was bought, and how many purchases the room has seen."""

    item: str
    purchases: int


@dataclass(slots=True)
class Till:
    """A resource: counts purchases."""

    purchases: int = 0


@dataclass(slots=True)
class Break:
    """What should go wrong."""

    how: str = "raise"


def make_game(max_players: int = 4, view_radius: float | None = None) -> Game:
    """A game with one of everything that the network side sends."""
    game = Game(
        "walk", tick_rate=20, max_players=max_players, width=1000.0, height=1000.0, view_radius=view_radius
    )
    game.input(keys=("right",), axes=("aim_x",))
    game.kind("player", label=True)
    game.component(Health, replicate="near", quantise={"value": 1.0})
    game.component(Ammo, replicate="owner")
    game.component(Plan, replicate="team")
    game.component(Secret)
    game.event(Waved)

    _declare_rules(game)
    _declare_commands(game)
    _declare_rpcs(game)
    _declare_mischief(game)
    game.seal()
    return game


def _declare_rules(game: Game) -> None:
    @game.on("join")
    def enter(world: World, player: int) -> None:
        place = Position(100.0 + 200.0 * player, 100.0)
        parts = (place, Velocity(), Collide(w=10.0, h=10.0), Scene("player", owner=player))
        world.spawn(*parts, Health(), Ammo(), Plan(), Secret())

    @game.on("leave")
    def exit_(world: World, player: int) -> None:
        for entity, scene in world.query(Scene):
            if scene.owner == player:
                world.despawn(entity)

    @game.system("input")
    def walk(world: World, dt: float) -> None:
        for _, scene, velocity in world.query(Scene, Velocity):
            velocity.x = SPEED if world.input(scene.owner).held("right") else 0.0


def _declare_commands(game: Game) -> None:
    @game.command
    def wave(world: World, player: int, body: Wave) -> None:
        if body.scope == "team":
            world.emit(Waved(player), team=body.team)
        elif body.scope == "player":
            world.emit(Waved(player), to=body.to)
        elif body.scope == "near":
            world.emit(Waved(player), at=(100.0 + 200.0 * player, 100.0))
        else:
            world.emit(Waved(player), scope=body.scope)

    @game.command
    def shoot(world: World, player: int, body: Wave) -> None:
        for _, scene, ammo in world.query(Scene, Ammo):
            if scene.owner == player:
                if ammo.rounds == 0:
                    raise Refused("no rounds are left")
                ammo.rounds -= 1


def _declare_rpcs(game: Game) -> None:
    @game.on("create")
    def open_till(world: World) -> None:
        world.register(Till())

    @game.rpc
    def buy(world: World, player: int, body: Buy) -> Receipt:
        if body.count > 5:
            raise Refused("not so many")
        till = world.resource(Till)
        till.purchases += 1
        return Receipt(body.item, till.purchases)


def _declare_mischief(game: Game) -> None:
    @game.command
    def break_it(world: World, player: int, body: Break) -> None:
        if body.how == "nan":
            for _, _, position in world.query(Scene, Position):
                position.x = float("nan")
            return
        if body.how == "far":
            for _, health in world.query(Health):
                health.value = 1e308
            return
        if body.how == "large":
            for _, ammo in world.query(Ammo):
                ammo.rounds = 2**64
            return
        raise ValueError("this game is broken")

    @game.command
    def change_team(world: World, player: int, body: Wave) -> None:
        world.set_team(player, body.team)


class Player:
    """A player's side of one connection: what it was sent, decoded."""

    def __init__(self, room: Room, session: Session) -> None:
        self.room = room
        self.session = session
        self.welcome: Welcome | None = None
        self.bundles: list[ServerBundle] = []
        self.tick = 0

    @property
    def token(self) -> str:
        """What opens its seat next."""
        assert self.welcome is not None
        return self.welcome.token

    def hello(self, token: str, now: float = 0.0) -> Welcome:
        """Say hello and keep the welcome."""
        replies = self.say(Hello(PROTOCOL_VERSION, token), now)
        welcome = self.session.codec.decode_server(replies[0])
        assert isinstance(welcome, Welcome)
        self.welcome = welcome
        return welcome

    def say(self, message: object, now: float = 0.0) -> list[bytes]:
        """Send one message."""
        return self.session.receive(self.session.codec.encode(message), now)

    def send(self, *items: ClientItem, now: float = 0.0) -> None:
        """Send a bundle of items."""
        self.tick += 1
        ack = self.bundles[-1].tick if self.bundles else -1
        self.say(ClientBundle(self.tick, ack, list(items)), now)

    def body(self, value: object) -> msgspec.Raw:
        """A body in this connection's codec."""
        return msgspec.Raw(self.session.codec.encode(value))

    def items(self, kind: type) -> list[object]:
        """All items of a type that it was sent."""
        return [item for bundle in self.bundles for item in bundle.items if isinstance(item, kind)]


class Table:
    """A room and its players, with virtual time."""

    def __init__(self, game: Game | None = None, settings: RoomSettings | None = None) -> None:
        self.game = game or make_game()
        self.room = Room(
            "r", HostedGame.of(self.game), seed=1, settings=settings or RoomSettings(), now=0.0, epoch=1e12,
            make_token=tokens(),
        )  # fmt: skip
        self.now = 0.0
        self.players: dict[Session, Player] = {}
        self.closed: list[tuple[Session, int, str]] = []

    def sit(self, name: str, codec: Codec = MESSAGEPACK) -> Player:
        """Reserve a seat, connect, say hello. The token is the name."""
        self.room.reserve(f"id-{name}", name, token_digest(name), self.now)
        player = self.connect(codec)
        player.hello(name, self.now)
        return player

    def connect(self, codec: Codec = MESSAGEPACK) -> Player:
        """A connection that has not said hello."""
        player = Player(self.room, self.room.open(codec, self.now))
        self.players[player.session] = player
        return player

    def step(self, ticks: int = 1) -> RoomStep:
        """Run ticks; each player takes what it is sent."""
        step = RoomStep()
        for _ in range(ticks):
            self.now += 1000.0 / self.game.tick_rate
            step = self.room.step(self.now)
            for session, pieces in step.outgoing:
                bundle = session.codec.decode_server(whole(pieces))
                assert isinstance(bundle, ServerBundle)
                self.players[session].bundles.append(bundle)
            self.closed += step.closing
        return step

    def close(self) -> None:
        """Free the engine."""
        self.room.end(reason=1001)  # type: ignore[arg-type]  # an IntEnum's value is enough here

"""Ledger: an accountant's game. Everything that a player does becomes a line of the player's ledger, and everybody can see it.

Lines are numbers ("tokens") that the player chooses. They are kept in the world and in the player's saved data, and the two
are compared at every line. What a client is told of a ledger (its length, its last line, a digest of all) pins every line of it.
"""

from dataclasses import dataclass, field

from tickroom import Collide, Game, Position, Refused, Scene, Velocity, World

BELL_TICKS = 10
"""Everybody is told a number, one higher each time, so often."""
WALK_TICKS = 15
SPEED = 120.0

game = Game(
    "ledger",
    title="Ledger",
    version="1.0.0",
    tick_rate=20,
    max_players=64,
    width=1000,
    height=1000,
    keyframe_interval=60,
)
game.input(keys=("press",), bindings={"press": ("Space",)})
game.kind("clerk", shape="circle", colour="#336")


@game.component(replicate="always")
@dataclass(slots=True)
class Tally:
    """What everybody sees of a ledger."""

    count: int = 0
    last: int = -1
    digest: int = 0
    presses: int = 0


@game.component
@dataclass(slots=True)
class Clerk:
    """The ledger itself, and how often its player went and came."""

    tokens: list[int] = field(default_factory=list)
    drops: int = 0
    returns: int = 0
    away: bool = False
    faults: list[str] = field(default_factory=list)


@game.saved
@dataclass(slots=True)
class Book:
    """The ledger, as it is kept from room to room."""

    tokens: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Bells:
    """How often the bell has rung."""

    rung: int = 0


@game.event
@dataclass(slots=True, frozen=True)
class Noted:
    """A line is in the ledger: told to its player."""

    token: int
    index: int


@game.event
@dataclass(slots=True, frozen=True)
class Bell:
    """Told to everybody."""

    number: int


@dataclass(slots=True, frozen=True)
class Token:
    """A line to add."""

    token: int


@dataclass(slots=True, frozen=True)
class Since:
    """From which line on a report has the lines themselves."""

    start: int


@dataclass(slots=True, frozen=True)
class Report:
    """All there is to know of a ledger."""

    count: int
    digest: int
    tokens: list[int]
    presses: int
    drops: int
    returns: int
    faults: list[str]


@game.on("create")
def create(world: World) -> None:
    """A bell."""
    world.register(Bells())


@game.on("join")
def join(world: World, player: int) -> None:
    """A clerk, with the ledger that the player had before."""
    clerk, tally = Clerk(), Tally()
    for token in world.saved(player, Book).tokens:
        write(clerk, tally, token)
    at = Position(world.random.uniform(100, 900), world.random.uniform(100, 900))
    world.spawn(clerk, tally, at, Velocity(), Collide("circle", 40, 40), Scene("clerk", owner=player))


@game.on("leave")
def leave(world: World, player: int) -> None:
    """The clerk goes; what is saved stays."""
    world.despawn(clerk_of(world, player)[0])


@game.on("drop")
def drop(world: World, player: int) -> None:
    """Nobody goes twice."""
    _, clerk, _ = clerk_of(world, player)
    if clerk.away:
        clerk.faults.append(f"dropped twice, tick {world.tick}")
    clerk.away = True
    clerk.drops += 1


@game.on("return")
def come_back(world: World, player: int) -> None:
    """Nobody returns who has not gone."""
    _, clerk, _ = clerk_of(world, player)
    if not clerk.away:
        clerk.faults.append(f"returned without a drop, tick {world.tick}")
    clerk.away = False
    clerk.returns += 1


@game.system("input")
def press(world: World, dt: float) -> None:
    """Reads inputs; writes Tally."""
    for _, tally, scene in world.query(Tally, Scene):
        tally.presses += world.input(scene.owner).pressed("press")


@game.system("input", after="press")
def walk(world: World, dt: float) -> None:
    """Writes Velocity: clerks walk about and push each other, by the world's own chance."""
    for entity, _, at, velocity in world.query(Clerk, Position, Velocity):
        if (world.tick + entity) % WALK_TICKS == 0:
            velocity.x = world.random.uniform(-SPEED, SPEED) + (500.0 - at.x) / 10.0
            velocity.y = world.random.uniform(-SPEED, SPEED) + (500.0 - at.y) / 10.0


@game.system("logic")
def ring(world: World, dt: float) -> None:
    """Writes Bells; emits Bell."""
    if world.tick % BELL_TICKS == 0:
        bells = world.resource(Bells)
        bells.rung += 1
        world.emit(Bell(bells.rung))


@game.command
def note(world: World, player: int, body: Token) -> None:
    """Add a line."""
    add(world, player, body.token)


@game.rpc
def count(world: World, player: int, body: Token) -> int:
    """Add a line; its index."""
    return add(world, player, body.token)


@game.rpc
def report(world: World, player: int, body: Since) -> Report:
    """All of the ledger, its lines from `start` on."""
    _, clerk, tally = clerk_of(world, player)
    if not 0 <= body.start <= tally.count:
        raise Refused(f"the ledger has {tally.count} lines, so none from {body.start} on")
    faults = list(clerk.faults)
    if world.saved(player, Book).tokens != clerk.tokens:
        faults.append("the saved ledger is another")
    lines = clerk.tokens[body.start :]
    return Report(tally.count, tally.digest, lines, tally.presses, clerk.drops, clerk.returns, faults)


def add(world: World, player: int, token: int) -> int:
    """Write a line in the world and in the saved data; its index."""
    _, clerk, tally = clerk_of(world, player)
    index = write(clerk, tally, token)
    world.saved(player, Book).tokens.append(token)
    world.emit(Noted(token, index), to=player)
    return index


def write(clerk: Clerk, tally: Tally, token: int) -> int:
    """Write a line; its index."""
    clerk.tokens.append(token)
    tally.count, tally.last, tally.digest = tally.count + 1, token, (tally.digest * 31 + token + 1) % 2**31
    return tally.count - 1


def clerk_of(world: World, player: int) -> tuple[int, Clerk, Tally]:
    """A player's own. Raises LookupError."""
    for entity, clerk, tally, scene in world.query(Clerk, Tally, Scene):
        if scene.owner == player:
            return entity, clerk, tally
    raise LookupError(f"the player {player} has no clerk")

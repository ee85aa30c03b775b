"""Small games for the tests of the systems: a floor to rest on, and one that does everything at once."""

from dataclasses import dataclass

from tickroom import Collide, Contact, Game, Position, Scene, Velocity, World


@dataclass(slots=True)
class Tally:
    """What the busy game has counted; a resource."""

    contacts: int = 0
    hits: int = 0
    seen: dict[str, int] | None = None


@dataclass(slots=True)
class Fuse:
    """Ticks until an entity is gone."""

    ticks: int = 0


def floor_game(tick_rate: int = 60, **options: object) -> Game:
    """Gravity, and a floor whose surface is at y = 0 from -500 to 500."""
    game = Game("floor", tick_rate=tick_rate, gravity=(0.0, -500.0), **options)  # type: ignore[arg-type]

    @game.on("create")
    def create(world: World) -> None:
        world.spawn(Position(0, -10), Collide("box", 1000, 20, body="static", friction=0.7))

    return game


def busy_game(tick_rate: int = 60, substeps: int = 1) -> Game:
    """Heaps at rest, a moving platform, sensors, projectiles, spawns, despawns and shapes that change, all at once."""
    game = Game(
        "busy",
        tick_rate=tick_rate,
        substeps=substeps,
        gravity=(0.0, -500.0),
        damping=0.9,
        keyframe_interval=100,
    )
    game.kind("block")
    game.component(Fuse)
    game.on("create")(furnish)
    game.system("input")(stir)
    game.system("logic")(change)
    game.system("logic")(burn)
    game.system("events")(count)
    return game


def furnish(world: World) -> None:
    world.register(Tally(seen={}))
    for x, y, w, h in ((0, -10, 600, 20), (-300, 200, 20, 440), (300, 200, 20, 440)):
        world.spawn(Position(x, y), Collide("box", w, h, body="static", friction=0.5))
    for i in range(60):
        spawn_block(world, world.random.uniform(-250, 250), 20 + i * 12.0, turning=i % 2 == 1)
    world.spawn(
        Position(-100, 60), Velocity(40, 0, 1.5), Collide("box", 80, 10, body="kinematic", rotates=True)
    )
    world.spawn(Position(100, 30), Collide("circle", 60, 60, body="static", solid=False, sensor=True))
    world.spawn(Position(0, 5), Velocity(25, 0), Collide("box", 20, 20, body="kinematic", sensor=True))


def stir(world: World, dt: float) -> None:
    for entity, position, velocity, collide in world.query(Position, Velocity, Collide):
        if collide.body == "kinematic" and abs(position.x) > 150:
            velocity.x = -velocity.x
        elif collide.body == "dynamic" and (world.tick + entity) % 40 == 0:
            velocity.x = 60.0 if entity % 2 else -60.0
            velocity.y += 120.0


def change(world: World, dt: float) -> None:
    if world.tick % 9 == 0:
        spawn_block(world, world.random.uniform(-200, 200), 400.0, turning=world.random.chance(0.5))
    if world.tick % 5 == 0:
        world.spawn(
            Position(-280, 15), Velocity(1200.0, 0.0), Collide(w=4, h=4, mass=0.2, swept=True), Fuse(30)
        )
    blocks = [entity for entity, fuse in world.query(Fuse) if fuse.ticks == 0]
    if len(blocks) > 60:
        world.despawn(blocks[0])
    if world.tick % 17 == 0:
        reshape(world, world.random.choice(blocks))


def burn(world: World, dt: float) -> None:
    for entity, fuse in world.query(Fuse):
        if fuse.ticks > 0:
            fuse.ticks -= 1
            if fuse.ticks == 0:
                world.despawn(entity)


def count(world: World, dt: float) -> None:
    tally = world.resource(Tally)
    assert tally.seen is not None
    for contact in world.events(Contact):
        tally.contacts += 1
        tally.seen[contact.phase] = tally.seen.get(contact.phase, 0) + 1
        if world.has(contact.b, Fuse) and world.get(contact.b, Fuse).ticks > 0:
            tally.hits += 1
            world.despawn(contact.b)


def spawn_block(world: World, x: float, y: float, *, turning: bool) -> None:
    """A circle or a box that falls onto the heap."""
    shape = "box" if world.random.chance(0.4) else "circle"
    world.spawn(
        Position(x, y, world.random.uniform(-1, 1)),
        Velocity(),
        Collide(shape, 16, 16, rotates=turning, friction=0.4, elasticity=0.1),
        Scene("block"),
        Fuse(),
    )


def reshape(world: World, entity: int) -> None:
    """One of the ways in which a rule may change a body."""
    collide, position = world.get(entity, Collide), world.get(entity, Position)
    match world.random.integer(0, 6):
        case 0:
            collide.w = collide.h = world.random.uniform(10, 20)
        case 1:
            collide.shape = "circle" if collide.shape == "box" else "box"
        case 2:
            collide.mask ^= 2
        case 3:
            collide.rotates = not collide.rotates
        case 4:
            position.x, position.y = 0.0, 420.0
        case 5:
            collide.mass = world.random.uniform(0.5, 3.0)
        case _:
            world.add(entity, Velocity(0.0, 200.0))

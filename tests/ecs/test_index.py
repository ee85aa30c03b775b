"""The index behind a query: versions and logs for those who follow it."""

from ecs.components import Position, Velocity
from ecs.game import Game
from ecs.world import World


def test_the_version_changes_with_membership_only() -> None:
    """Spawns, removals and replaced components count; written fields and other entities do not."""
    world = World(Game("test"), 1)
    index = world.index(Position, Velocity)
    seen = [index.version]

    def changed() -> bool:
        seen.append(index.version)
        return seen[-1] != seen[-2]

    entity = world.spawn(Position(), Velocity())
    assert changed()
    world.spawn(Position())
    assert not changed()
    world.get(entity, Position).x = 4.0
    assert not changed()
    world.add(entity, Position(1, 2))
    assert changed()
    assert index.columns[0] == [Position(1, 2)]
    world.remove(entity, Velocity)
    assert changed()
    assert index.entities == []
    world.close()


def test_a_log_collects_who_came_went_or_was_replaced() -> None:
    """Each entity once, until the reader clears it."""
    world = World(Game("test"), 1)
    log: dict[int, None] = {}
    world.index(Position).logs.append(log)
    first, second = world.spawn(Position()), world.spawn(Position())
    world.spawn(Velocity())
    assert list(log) == [first, second]
    log.clear()
    world.add(first, Position())
    world.despawn(second)
    assert list(log) == [first]
    world.end_tick()
    assert list(log) == [first, second]
    world.close()

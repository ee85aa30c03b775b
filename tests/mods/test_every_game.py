"""Every authoritative game under mods/: it loads, plays with random players, and its snapshots go on bit for bit."""

import pytest

from tests.mods.driver import Fidgeter, Table
from tests.mods.loading import load as load_game
from tests.mods.loading import of_model
from tickroom import Game, checksum, load, save

TICKS = 420
PLAYERS = 4


@pytest.fixture(scope="module", params=of_model("authoritative"))
def game(request: pytest.FixtureRequest) -> Game:
    """Each game of the repository whose rooms the server simulates; the others are in test_every_lockstep_game.py."""
    return load_game(request.param)


def play(table: Table, fidgeters: list[Fidgeter]) -> int:
    """One tick of fidgeting; one player comes late and one leaves early. Returns the checksum."""
    tick = table.world.tick + 1
    if tick == 1:
        for player in range(1, PLAYERS):
            table.seat(player)
    if tick == 30:
        table.seat(0)
    if tick == 250:
        table.engine.leave(1)
    for player in table.world.players:
        table.engine.inputs.enqueue(player, tick, *fidgeters[player].state(tick))
    table.step()
    return checksum(table.world)


def fidgeters_of(game: Game) -> list[Fidgeter]:
    """The same players each time."""
    return [Fidgeter(game, player) for player in range(PLAYERS)]


def test_something_happens(game: Game) -> None:
    """Random players change the world in every tick, and more than their inputs alone: other inputs, another world."""
    table, other = Table(game), Table(game)
    fidgeters, others = fidgeters_of(game), fidgeters_of(game)[::-1]
    checksums = [play(table, fidgeters) for _ in range(120)]
    assert len(set(checksums)) > 100
    assert [play(other, others) for _ in range(120)] != checksums
    for each in (table, other):
        each.engine.close()


def test_a_snapshot_at_a_keyframe_goes_on_bit_for_bit(game: Game) -> None:
    """Loaded into a new engine at each keyframe, the world goes through the same checksums as one that ran through."""
    straight, hopping = Table(game), Table(game)
    fidgeters, others = fidgeters_of(game), fidgeters_of(game)
    for _ in range(TICKS):
        assert play(hopping, others) == play(straight, fidgeters), f"{game.name}, tick {straight.world.tick}"
        if hopping.world.tick % game.keyframe_interval == 0:
            data = save(hopping.world)
            hopping.engine.close()
            hopping = Table(game, seed=77)
            load(hopping.world, data)
            assert save(hopping.world) == data
    for each in (straight, hopping):
        each.engine.close()


def test_two_rooms_do_not_disturb_each_other(game: Game) -> None:
    """Two rooms of one game, stepped in turns, are each as a room alone: a game keeps no state outside its world."""
    alone, one, other = Table(game, 1), Table(game, 1), Table(game, 2)
    players = [fidgeters_of(game) for _ in range(3)]
    for _ in range(100):
        expected = play(alone, players[0])
        assert play(one, players[1]) == expected
        play(other, players[2])
    for each in (alone, one, other):
        each.engine.close()


def test_all_may_leave(game: Game) -> None:
    """When everybody has left nothing of them is in the scene, and the room goes on for the next who comes."""
    table = Table(game)
    fidgeters = fidgeters_of(game)
    for _ in range(60):
        play(table, fidgeters)
    for player in table.world.players:
        table.engine.leave(player)
    table.step(30)
    owners = {
        component.owner
        for entity in table.world.entities
        for component in table.world.components_of(entity)
        if type(component).__name__ == "Scene"
    }
    assert owners <= {-1}
    table.seat(0)
    table.step(10)
    table.engine.close()

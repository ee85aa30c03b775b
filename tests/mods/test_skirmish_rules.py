"""What one can do in skirmish: gathering, building, training, marching, fighting, seeing, winning."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from tests.mods.loading import load, module
from tests.mods.skirmish_players import RandomPlayers, setup_of
from tickroom import LockstepEngine, MasterPacket

WORKER, SPEARMAN, ARCHER, KNIGHT, HALL, HOUSE, BARRACKS, TOWER = range(8)


class Field:
    """A match, with verbs for tests."""

    def __init__(self, *, start: str = "village", players: int = 2, seed: int = 3) -> None:
        self.engine = LockstepEngine(load("skirmish"))
        self.engine.init(seed, setup_of(players, "small", start))
        self.world = self.engine.world
        self.parts = module("skirmish", "shared.components")
        self.grid = module("skirmish", "shared.grid")
        self.size = self.world.resources["Land"].size

    def tell(self, player: int, name: str, **fields: Any) -> list[str]:
        """One command, and one iteration; the reasons of what was refused."""
        self.turn(((player, msgspec.msgpack.encode([[name, fields]])),))
        return [refusal.reason for refusal in self.engine.refusals]

    def turn(self, bodies: tuple[tuple[int, bytes], ...] = (), iterations: int = 1) -> None:
        self.engine.step(MasterPacket(self.engine.generation + 1, iterations, 50, bodies))

    def until(self, condition: Callable[[], object], most: int = 3000) -> int:
        """Iterations until the condition holds. Fails after `most`."""
        for iterations in range(most):
            if condition():
                return iterations
            self.turn()
        raise AssertionError(f"it did not happen within {most} iterations")

    def own(self, player: int, *kinds: int) -> list[int]:
        bodies = self.world.query(self.parts.Body)
        return [entity for entity, body in bodies if body.owner == player and body.kind in kinds]

    def realm(self, player: int) -> Any:
        return next(realm for _, realm in self.world.query(self.parts.Realm) if realm.player == player)

    def of(self, entity: int, part: str) -> Any:
        return self.world.get(entity, getattr(self.parts, part))

    def place(self, entity: int) -> tuple[int, int]:
        """The cell of a unit or the first of a building."""
        walker = self.world.try_get(entity, self.parts.Walker)
        cell = walker.cell if walker else self.of(entity, "Structure").cell
        return cell % self.size, cell // self.size

    def put(self, player: int, kind: int, x: int, y: int) -> int:
        """A unit or a finished building out of thin air."""
        cell = y * self.size + x
        if kind < HALL:
            entity: int = module("skirmish", "shared.training").spawn_unit(self.world, kind, player, cell)
            return entity
        placed: int = module("skirmish", "shared.commands").place_building(self.world, kind, player, cell, 0)
        return placed

    def deposit(self, what: int) -> int:
        """The nearest to player 0's hall."""
        return int(
            module("skirmish", "shared.working").nearest_deposit(self.world, what, 12 * self.size + 12)
        )


@pytest.fixture
def field() -> Iterator[Field]:
    """A village of each of two players."""
    field = Field()
    yield field
    field.engine.close()


@pytest.mark.parametrize(("what", "name"), [(1, "gold"), (2, "wood")])
def test_workers_bring_what_they_gather(field: Field, what: int, name: str) -> None:
    """Five workers carry ten each to the hall, again and again, and the deposit has so much less."""
    deposit = field.of(field.deposit(what), "Deposit")
    before, left = getattr(field.realm(0), name), deposit.left
    assert field.tell(0, "gather", units=field.own(0, WORKER), target=field.deposit(what)) == []
    field.until(lambda: getattr(field.realm(0), name) >= before + 80)
    assert deposit.left <= left - 80


def test_a_felled_tree_is_gone_and_the_next_one_is_taken(field: Field) -> None:
    """A tree holds 100; then its cell is free, and the workers go on at another."""
    target = field.deposit(2)
    cell = field.of(target, "Deposit").cell
    field.tell(0, "gather", units=field.own(0, WORKER), target=target)
    field.until(lambda: not field.world.exists(target), 6000)
    assert field.grid.grid_of(field.world).ground[cell] == 0
    field.turn(iterations=200)
    assert all(field.of(worker, "Orders").target != target for worker in field.own(0, WORKER))
    assert all(field.of(worker, "Orders").verb == 4 for worker in field.own(0, WORKER))


def test_a_house_is_paid_built_and_makes_room(field: Field) -> None:
    """The wood is gone at once, the cells are taken at once; the more workers, the sooner it stands."""
    supply = module("skirmish", "shared.realms").supply
    assert field.tell(0, "build", units=field.own(0, WORKER), kind="house", x=16, y=16) == []
    assert field.realm(0).wood == 140 and supply(field.world, 0) == (5, 10)
    [house] = field.own(0, HOUSE)
    assert field.of(house, "Body").health < 60
    assert field.until(lambda: field.of(house, "Structure").left == 0) < 240
    assert field.of(house, "Body").health == 400 and supply(field.world, 0) == (5, 20)


@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [
        (11, 12, "no free ground"),
        (30, 30, "no free ground"),
        (0, 5, "outside"),
        (63, 5, "outside"),
        (95, 95, "outside"),
    ],
)
def test_nothing_is_built_where_it_cannot_stand(field: Field, x: int, y: int, reason: str) -> None:
    """On a hall, on unexplored land, over the edge: refused, and nothing is paid."""
    [refused] = field.tell(0, "build", units=field.own(0, WORKER), kind="house", x=x, y=y)
    assert reason in refused and field.realm(0).wood == 200 and not field.own(0, HOUSE)


def test_cancelling_brings_back_what_was_paid(field: Field) -> None:
    """An unfinished house and a worker in training, both taken back."""
    [hall] = field.own(0, HALL)
    field.tell(0, "build", units=field.own(0, WORKER), kind="house", x=16, y=16)
    [house] = field.own(0, HOUSE)
    field.tell(0, "train", building=hall, kind="worker")
    assert (field.realm(0).gold, field.realm(0).wood) == (250, 140)
    assert field.tell(0, "cancel", building=house) == field.tell(0, "cancel", building=hall) == []
    assert (field.realm(0).gold, field.realm(0).wood) == (300, 200) and not field.world.exists(house)
    assert field.tell(0, "cancel", building=hall) == ["there is nothing to cancel"]


def test_a_hall_trains_until_there_is_no_room(field: Field) -> None:
    """Five wait in the queue at most; trained workers go to the rally, here to gather gold; ten is the hall's room."""
    [hall] = field.own(0, HALL)
    field.realm(0).gold = 5000
    mine = field.of(field.deposit(1), "Deposit").cell
    field.tell(0, "rally", building=hall, x=mine % field.size, y=mine // field.size)
    for _ in range(5):
        assert field.tell(0, "train", building=hall, kind="worker") == []
    assert field.tell(0, "train", building=hall, kind="worker") == ["the queue is full"]
    field.until(lambda: len(field.own(0, WORKER)) == 10)
    assert field.tell(0, "train", building=hall, kind="worker") == ["there is no room for more: build houses"]
    assert field.of(field.own(0, WORKER)[-1], "Orders").verb == 4
    assert field.tell(0, "train", building=hall, kind="knight") == ["this is not trained there"]


def test_a_crowd_comes_to_rest_around_its_goal() -> None:
    """A hundred and more go to one cell: all stop within a minute, near it, none in another's cell."""
    field = Field(start="army")
    army = field.own(0, SPEARMAN, ARCHER)
    for first in range(0, len(army), 200):
        field.tell(0, "move", units=army[first : first + 200], x=24, y=24)
    field.until(lambda: all(field.of(unit, "Orders").verb == 0 for unit in army), 1600)
    places = [field.place(unit) for unit in army]
    assert len(set(places)) == len(army) > 200
    near = [abs(x - 24) + abs(y - 24) for x, y in places]
    assert sorted(near)[len(near) // 2] <= 16
    field.engine.close()


def test_a_way_leads_round_what_is_built(field: Field) -> None:
    """A wall of houses is put in the way of one who walks: the unit goes round it and arrives."""
    knight = field.put(0, KNIGHT, 16, 24)
    field.tell(0, "move", units=[knight], x=30, y=24)
    field.turn(iterations=10)
    for y in range(20, 28, 2):
        field.put(0, HOUSE, 22, y)
    field.until(lambda: field.of(knight, "Orders").verb == 0, 400)
    assert field.place(knight) == (30, 24)


def test_many_orders_of_one_keep_nobody_waiting() -> None:
    """One player sends each of a hundred units elsewhere in every generation; the other's knight still goes at once."""
    field = Field(start="army")
    army = field.own(0, SPEARMAN, ARCHER)[:60]
    knight = field.put(1, KNIGHT, 40, 40)
    field.tell(1, "move", units=[knight], x=34, y=40)
    for turn in range(60):
        orders = [["move", {"units": [unit], "x": 20 + unit % 20, "y": 20 + turn % 30}] for unit in army]
        field.turn(((0, msgspec.msgpack.encode(orders)),))
        assert len(field.world.resources["Ways"].wanted) <= len(army) + 1
    assert field.place(knight) == (34, 40)
    field.engine.close()


def test_who_cannot_come_there_stops(field: Field) -> None:
    """One who is walled in is told to go out: the order ends, and the match goes on."""
    spearman = field.put(0, SPEARMAN, 24, 24)
    for x, y in ((22, 22), (24, 22), (25, 23), (25, 25), (23, 25), (22, 24)):
        field.put(0, HOUSE, x, y)
    field.tell(0, "move", units=[spearman], x=30, y=30)
    field.until(lambda: field.of(spearman, "Orders").verb == 0, 300)
    assert field.place(spearman) == (24, 24)


def test_foes_who_meet_fight_until_one_side_is_gone(field: Field) -> None:
    """Three knights that advance meet two spearmen, who do not stand by; the fallen leave their cells."""
    knights = [field.put(0, KNIGHT, 20 + place, 24) for place in range(3)]
    spearmen = [field.put(1, SPEARMAN, 30, 23 + place) for place in range(2)]
    field.tell(0, "advance", units=knights, x=36, y=24)
    field.until(lambda: not any(map(field.world.exists, spearmen)), 1500)
    left = [knight for knight in knights if field.world.exists(knight)]
    field.until(lambda: all(field.of(knight, "Orders").verb == 0 for knight in left))
    taken = field.grid.grid_of(field.world).taken
    assert left and {entity for entity in taken if entity} == {
        entity for entity, _ in field.world.query(field.parts.Walker)
    }


def test_who_moves_does_not_fight_and_who_is_struck_does(field: Field) -> None:
    """A move passes a foe by; an idle soldier strikes back at an archer whom it does not see."""
    knight, archer = field.put(0, KNIGHT, 20, 24), field.put(1, ARCHER, 27, 24)
    field.tell(1, "stop", units=[archer])
    field.tell(0, "move", units=[knight], x=20, y=40)
    field.turn(iterations=10)
    assert field.of(knight, "Arms").foe == 0 and field.of(knight, "Orders").verb == 1
    module("skirmish", "shared.obeying").tell(
        field.of(knight, "Orders"), field.of(knight, "Walker"), field.of(knight, "Arms"), 0, 0, -1
    )
    module("skirmish", "shared.fighting").hurt(field.world, knight, 1, archer)
    assert field.of(knight, "Arms").foe == archer


def test_archers_and_towers_reach_far(field: Field) -> None:
    """Arrows hurt when they come, not when they are shot; a tower needs nobody to tell it."""
    field.put(0, TOWER, 24, 24)
    tower = field.own(0, TOWER)[0]
    field.world.add(tower, field.parts.Arms())
    spearman = field.put(1, SPEARMAN, 30, 24)
    field.tell(1, "stop", units=[spearman])
    field.of(spearman, "Orders").verb = 1  # as if on its way: it stays where it is
    field.of(spearman, "Walker").goal = field.of(spearman, "Walker").cell * 8 + 1
    field.until(lambda: field.world.query(field.parts.Arrow), 40)
    assert field.of(spearman, "Body").health == 70
    field.until(lambda: field.of(spearman, "Body").health < 70, 20)


def test_only_what_is_seen_is_attacked(field: Field) -> None:
    """The other's hall is in the fog; when a scout stands beside it, it may be attacked. One's own never is."""
    [hall], [own] = field.own(1, HALL), field.own(0, HALL)
    workers = field.own(0, WORKER)
    assert field.tell(0, "attack", units=workers, target=hall) == ["there is no such foe in sight"]
    x, y = field.place(hall)
    scout = field.put(0, KNIGHT, x - 4, y - 4)
    field.turn(iterations=8)
    assert field.tell(0, "attack", units=[scout], target=hall) == []
    field.until(lambda: field.of(hall, "Body").health < 1200, 600)
    assert field.tell(0, "attack", units=workers, target=own) == ["there is no such foe in sight"]


def test_fog_lifts_where_one_is_and_what_was_seen_stays_explored(field: Field) -> None:
    """A scout sees around itself; when it has gone the place is explored, and not visible."""
    is_set = module("skirmish", "shared.realms").is_set
    [(_, _, fog), *_] = field.world.query(field.parts.Realm, field.parts.Fog)
    cell = 32 * field.size + 32
    assert not is_set(fog.explored, cell)
    scout = field.put(0, KNIGHT, 34, 34)
    field.turn(iterations=8)
    assert is_set(fog.visible, cell) and is_set(fog.explored, cell)
    field.tell(0, "move", units=[scout], x=50, y=20)
    field.turn(iterations=150)
    assert not is_set(fog.visible, cell) and is_set(fog.explored, cell)


def test_the_last_team_wins(field: Field) -> None:
    """A player who resigns has nothing left; the other's team has won, once."""
    assert field.tell(1, "resign") == []
    field.until(lambda: field.world.resources["Match"].winner == 0, 40)
    assert field.realm(1).alive == 0 and not field.own(1, *range(8))
    assert field.tell(1, "move", units=[1], x=1, y=1) == ["none of these units is yours"]


def test_allies_win_together_and_do_not_fight() -> None:
    """Two in one team meet in peace, see what the other sees, and the third alone is against both."""
    field = Field(players=3)
    seats = [{"player": 0, "team": 5}, {"player": 1, "team": 5}, {"player": 2, "team": 1}]
    field.engine.init(3, {"players": seats, "size": "small", "start": "village"})
    field.world = field.engine.world
    ours, theirs = field.put(0, KNIGHT, 24, 24), field.put(1, KNIGHT, 25, 24)
    field.turn(iterations=40)
    assert field.of(ours, "Body").health == field.of(theirs, "Body").health == 120
    [foe] = field.own(2, HALL)
    x, y = field.place(foe)
    field.put(1, KNIGHT, x - 4, y - 4)
    field.turn(iterations=8)
    assert field.tell(0, "attack", units=[ours], target=foe) == []
    field.tell(2, "resign")
    field.until(lambda: field.world.resources["Match"].winner == 5, 40)
    field.engine.close()


def test_what_always_holds() -> None:
    """In a random match of four armies: a unit a cell and none on rock, water or buildings; the grid is what a load would
    make it; nobody pays with what is not there; no more units than there may be."""
    field = Field(start="army", players=4, seed=9)
    players = RandomPlayers(5, 4, eagerness=0.5).bodies
    for generation in range(150):
        field.turn(players(field.world), 2)
        if generation % 10:
            continue
        grid = field.grid.grid_of(field.world)
        known = (list(grid.ground), list(grid.taken), list(grid.open))
        grid.load(None)
        again = field.grid.grid_of(field.world)
        assert known == (again.ground, again.taken, again.open)
        cells = [walker.cell for _, walker in field.world.query(field.parts.Walker)]
        assert len(set(cells)) == len(cells) <= 500
        assert all(grid.ground[cell] == 0 for cell in cells)
        assert all(min(realm.gold, realm.wood) >= 0 for _, realm in field.world.query(field.parts.Realm))
    field.engine.close()

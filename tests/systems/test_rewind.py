"""Lag compensation: where entities were, for how long that is kept, and what lay on a way then."""

from dataclasses import dataclass
from math import pi
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs import rewind
from ecs.components import Collide, Position
from ecs.errors import GameError, SnapshotError, WorldError
from ecs.game import Game
from ecs.inputs import VIEW_STEPS
from ecs.rewind import Past
from ecs.snapshot import checksum, load, save
from ecs.world import World
from systems.engine import Engine


@dataclass(slots=True)
class Target:
    """May be aimed at."""


@dataclass(slots=True)
class Other:
    """May not."""


def make_game(milliseconds: int = 200, teleport: float | None = None) -> Game:
    """20 ticks a second; what has a Target is kept; each moves 10 units a tick and turns by a tenth of pi."""
    game = Game("range", tick_rate=20, width=10_000.0, height=1_000.0)
    game.input(keys=("fire",))
    game.component(Target)
    game.component(Other)
    game.lag_compensation(Target, milliseconds=milliseconds, teleport=teleport)

    @game.system("logic")
    def run(world: World, dt: float) -> None:
        for _, at in world.query(Position):
            at.x += 10.0
            at.angle = (at.angle + pi / 10) % (2 * pi)

    game.seal()
    return game


@pytest.fixture
def engine() -> Engine:
    """One after 20 ticks, with a round target (1), a box (2) and somebody else (3), all at x = 200."""
    made = Engine(make_game(), 1)
    made.world.spawn(
        Target(), Position(0.0, 100.0), Collide("circle", 20.0, 20.0, body="static", solid=False)
    )
    made.world.spawn(Target(), Position(0.0, 300.0), Collide("box", 40.0, 20.0, body="static", solid=False))
    made.world.spawn(Other(), Position(0.0, 500.0), Collide("circle", 20.0, 20.0, body="static", solid=False))
    for _ in range(20):
        made.step()
    return made


@pytest.mark.parametrize(
    ("ago", "x"), [(0.0, 200.0), (0.5, 195.0), (1.0, 190.0), (2.75, 172.5), (4.0, 160.0)]
)
def test_a_place_between_two_ticks_is_interpolated(engine: Engine, ago: float, x: float) -> None:
    """As clients draw it; entities that the game does not name are where they are."""
    past = engine.world.past(ago)
    assert past.place(1) == pytest.approx((x, 100.0, (20 - ago) * pi / 10 % (2 * pi)))
    other = past.place(3)
    assert other is not None and (other.x, other.y) == (200.0, 500.0)
    engine.close()


@pytest.mark.parametrize(("asked", "given"), [(-3.0, 0.0), (4.5, 4.0), (1e9, 4.0), (float("inf"), 4.0)])
def test_nobody_looks_further_back_than_the_game_says_nor_ahead(
    engine: Engine, asked: float, given: float
) -> None:
    """200 ms are 4 ticks, whatever is asked."""
    assert engine.world.past(asked).ago == given
    engine.close()


def test_who_was_not_there_yet_is_not_met(engine: Engine) -> None:
    """A newcomer has no past; who has just gone has a past and is met no more."""
    world = engine.world
    new = world.spawn(Target(), Position(500.0, 500.0), Collide("circle", 20.0, 20.0, body="static"))
    engine.step()
    assert world.past(3.0).place(new) is None
    assert world.past(3.0).crossed(0.0, 500.0, 900.0, 500.0) == []
    world.despawn(1)
    engine.step()
    assert world.past(3.0).place(1) is None
    assert world.past(3.0).crossed(0.0, 100.0, 900.0, 100.0) == []
    engine.close()


def test_a_ray_meets_what_was_on_its_way(engine: Engine) -> None:
    """The circle of 10 around (160, 100), 4 ticks ago, at its edge; not where it is now. A box is met as it was turned."""
    past = engine.world.past(4.0)
    (crossing,) = past.crossed(100.0, 100.0, 200.0, 100.0)
    assert crossing.entity == 1
    assert (crossing.part, crossing.x, crossing.y) == pytest.approx((0.5, 150.0, 100.0))
    assert past.crossed(180.0, 100.0, 260.0, 100.0) == []
    assert past.crossed(100.0, 111.0, 260.0, 111.0) == []
    assert [each.entity for each in past.crossed(100.0, 111.0, 260.0, 111.0, 2.0)] == [1]
    turned = engine.world.past(0.0)
    engine.world.get(2, Position).angle = pi / 2
    assert [each.entity for each in turned.crossed(0.0, 318.0, 400.0, 318.0)] == [2]
    engine.world.get(2, Position).angle = 0.0
    assert turned.crossed(0.0, 318.0, 400.0, 318.0) == []
    engine.close()


def test_the_first_is_first_and_who_is_inside_is_met_at_once(engine: Engine) -> None:
    """By the way, then by entity."""
    far = engine.world.spawn(Target(), Position(400.0, 100.0), Collide("circle", 20.0, 20.0, body="static"))
    crossed = engine.world.past(0.0).crossed(200.0, 100.0, 500.0, 100.0)
    assert [(each.entity, round(each.part, 3)) for each in crossed] == [(1, 0.0), (far, 0.633)]
    engine.close()


@given(
    way=st.tuples(*[st.floats(-60.0, 60.0)] * 4),
    ago=st.floats(0.0, 3.0),
    radius=st.floats(0.0, 8.0),
)
def test_a_projectile_meets_what_comes_nearer_than_both_radii(
    way: tuple[float, float, float, float], ago: float, radius: float
) -> None:
    """Against a walk through the tick in a thousand steps: bullet and target move together, straight on."""
    engine = Engine(make_game(), 1)
    engine.world.spawn(
        Target(), Position(0.0, 0.0), Collide("circle", 20.0, 20.0, body="static", solid=False)
    )
    for _ in range(8):
        engine.step()
    past: Past = engine.world.past(ago)
    end, start = engine.world.past(ago).place(1), engine.world.past(min(ago + 1.0, 4.0)).place(1)
    assert end is not None
    assert start is not None
    x0, y0, x1, y1 = (end.x + way[0], end.y + way[1], end.x + way[2], end.y + way[3])
    nearest = (
        min(
            (x0 + (x1 - x0) * n / 1000 - (start.x + (end.x - start.x) * n / 1000)) ** 2
            + (y0 + (y1 - y0) * n / 1000 - (start.y + (end.y - start.y) * n / 1000)) ** 2
            for n in range(1001)
        )
        ** 0.5
    )
    crossed = past.crossed(x0, y0, x1, y1, radius, moving=True)
    if abs(nearest - (10.0 + radius)) > 0.2:
        assert bool(crossed) == (nearest < 10.0 + radius)
    engine.close()


def test_what_is_left_out_as_far_off_was_not_met(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ways of all kinds among forty bodies: the same crossings as when every body is looked at closely."""
    source = Random(4)
    made = Engine(make_game(), 1)
    for number in range(40):
        place = Position(source.uniform(-200.0, 200.0), source.uniform(0.0, 300.0), source.uniform(0.0, 6.0))
        shape = Collide(
            source.choice(("circle", "box")),
            source.uniform(5.0, 40.0),
            source.uniform(5.0, 40.0),
            body="static",
        )
        made.world.spawn(Target(), place, shape)
        if number % 10 == 0:
            made.step()
    for _ in range(8):
        made.step()
    world, met = made.world, 0
    for _ in range(300):
        x, y = source.uniform(-200.0, 400.0), source.uniform(0.0, 300.0)
        way = (
            x,
            y,
            x + source.uniform(-60.0, 60.0),
            y + source.uniform(-60.0, 60.0),
            source.uniform(0.0, 8.0),
        )
        past, moving = world.past(source.uniform(0.0, 4.0)), source.random() < 0.5
        quick = past.crossed(*way, moving=moving)
        with monkeypatch.context() as patched:
            patched.setattr(rewind, "_is_far", lambda *_: False)
            assert past.crossed(*way, moving=moving) == quick
        met += len(quick)
    assert met > 100
    made.close()


def jumped(engine: Engine) -> tuple[float, float]:
    """The round target is put 3,000 units away; where it is at the end of that tick and was at the end of the one before."""
    at = engine.world.get(1, Position)
    before = at.x
    at.x += 3_000.0
    engine.step()
    return at.x, before


def test_nobody_is_met_on_the_way_of_a_teleport(engine: Engine) -> None:
    """Between the two ticks it is in the first place, then in the second; a projectile meets it in the one or the other."""
    there, here = jumped(engine)
    engine.step()
    past = engine.world.past
    assert [place.x for ago in (1.75, 1.25) if (place := past(ago).place(1))] == [here, here]
    assert past(1.0).place(1) == pytest.approx((there, 100.0, 21 * pi / 10 % (2 * pi)))
    between = (here + there) / 2
    for ago in (0.75, 1.0, 1.25, 1.5, 1.75):
        for moving in (False, True):
            assert past(ago).crossed(between - 500.0, 100.0, between + 500.0, 100.0, moving=moving) == []
    for ago, x in ((1.25, here), (1.0, there), (0.75, there)):
        assert [each.entity for each in past(ago).crossed(x - 50.0, 100.0, x + 50.0, 100.0, moving=True)] == [
            1
        ]
    engine.close()


@pytest.mark.parametrize(("teleport", "x"), [(2_999.0, 200.0), (3_011.0, 1_705.0)])
def test_what_a_teleport_is_the_game_says(teleport: float, x: float) -> None:
    """3,010 units in a tick: beyond the game's limit the entity was not half way there, below it it was."""
    engine = Engine(make_game(teleport=teleport), 1)
    engine.world.spawn(Target(), Position(0.0, 100.0))
    for _ in range(20):
        engine.step()
    jumped(engine)
    place = engine.world.past(0.5).place(1)
    engine.step()
    assert place is not None and place.x == pytest.approx(x)
    engine.close()


def test_a_teleport_has_a_length() -> None:
    """A limit of nothing, or of no number, is refused."""
    for wrong in (0.0, -1.0, float("nan"), "far"):
        with pytest.raises(GameError, match="teleport"):
            make_game(teleport=wrong)  # type: ignore[arg-type]


def test_who_comes_is_nowhere_before(engine: Engine) -> None:
    """Between the tick in which nobody was there and that in which somebody was, there is nobody to be met."""
    new = engine.world.spawn(Target(), Position(500.0, 500.0), Collide("circle", 20.0, 20.0, body="static"))
    engine.step()
    engine.step()
    past = engine.world.past
    assert past(1.5).place(new) is None
    assert past(1.5).crossed(400.0, 500.0, 600.0, 500.0, moving=True) == []
    assert [each.entity for each in past(1.0).crossed(400.0, 500.0, 600.0, 500.0, moving=True)] == [new]
    engine.close()


def test_who_had_no_body_since_is_another_one(engine: Engine) -> None:
    """A target whose body is taken off for a tick and put back is not met where it was before, and is met where it is since."""
    world = engine.world
    body = world.remove(1, Collide)
    engine.step()
    assert world.past(2.0).crossed(0.0, 100.0, 900.0, 100.0) == []
    world.add(1, body)
    for ago in range(4):
        met = [each.entity for each in world.past(float(ago)).crossed(0.0, 100.0, 900.0, 100.0, moving=True)]
        assert met == ([1] if ago == 0 else []), (
            "it has a body now, and had none at the end of any tick before"
        )
    for _ in range(2):
        engine.step()
    met_at = [ago for ago in (0.5, 1.0, 1.5, 2.0, 3.0) if world.past(ago).crossed(0.0, 100.0, 900.0, 100.0)]
    assert met_at == [0.5, 1.0]
    engine.close()


def test_seen_by_is_what_the_player_told(engine: Engine) -> None:
    """In parts of a tick; an input that came late saw what is as much longer ago. Who tells nothing sees the present."""
    told = ((0, 0), (VIEW_STEPS * 2, 0), (VIEW_STEPS // 2, 0), (VIEW_STEPS, 2), (65_535, 0))
    for player, (view, late) in enumerate(told):
        engine.join(player, f"player {player}")
        engine.inputs.enqueue(player, engine.world.tick + 1 - late, view=view)
    engine.step()
    assert [engine.world.seen_by(player).ago for player in range(6)] == [0.0, 2.0, 0.5, 3.0, 4.0, 0.0]
    engine.step()
    assert engine.world.seen_by(3).ago == 1.0, "without another input the view has gone on with the world"
    engine.close()


def test_a_loaded_world_looks_back_as_the_saved_one(engine: Engine) -> None:
    """History is in the snapshot, so that a replay from a keyframe hits whom the room hit."""
    data = engine.save()
    other = Engine(make_game(), 2)
    other.load(data)
    for _ in range(2):
        for ago in (0.25, 1.0, 3.9):
            for entity in (1, 2, 3):
                assert engine.world.past(ago).place(entity) == other.world.past(ago).place(entity)
        engine.step()
        other.step()
    assert save(engine.world) == save(other.world)
    assert checksum(engine.world) == checksum(other.world)
    engine.close()
    other.close()


def test_damaged_history_is_refused(engine: Engine) -> None:
    """SnapshotError, and the world is as it was."""
    assert engine.world.history is not None
    before = engine.world.history.save()
    with pytest.raises(SnapshotError, match="places"):
        engine.world.history.load([[1, [[1, "x", 0.0, 0.0]], []]])
    assert engine.world.history.save() == before
    engine.close()


def test_a_snapshot_of_before_bodies_were_kept_is_read(engine: Engine) -> None:
    """Rows of two, as an upgrade finds them in the last keyframe: whoever was somewhere had a body there."""
    history = engine.world.history
    assert history is not None
    now = history.save()
    history.load([[tick, places] for tick, places, _ in now])
    assert history.save() == [[tick, places, sorted(row[0] for row in places)] for tick, places, _ in now]
    with pytest.raises(SnapshotError, match="places"):
        history.load([[1]])
    engine.close()


def test_what_is_kept_is_bounded(engine: Engine) -> None:
    """Six ticks for a look of four: one more on each side."""
    assert engine.world.history is not None
    for _ in range(50):
        engine.step()
    assert len(engine.world.history.save()) == 6
    engine.close()


def test_a_client_sees_the_present() -> None:
    """There nothing is kept: the rule that asks runs on both sides, and only the server looks back."""
    world = World(make_game(), 1, side="client")
    entity = world.spawn(Target(), Position(5.0, 6.0), Collide())
    assert world.seen_by(0).ago == 0.0
    assert world.past(3.0).place(entity) == (5.0, 6.0, 0.0)
    assert world.past(3.0).crossed(0.0, 0.0, 9.0, 9.0) == []
    world.close()


def test_a_load_replaces_all_that_was_kept() -> None:
    """`load` into a world of the same game that has a history of its own."""
    first, second = Engine(make_game(), 1), Engine(make_game(), 1)
    first.world.spawn(Target(), Position(0.0, 0.0))
    for _ in range(3):
        first.step()
    for _ in range(9):
        second.step()
    load(second.world, save(first.world))
    assert second.world.past(2.0).place(1) == first.world.past(2.0).place(1)
    first.close()
    second.close()


@pytest.mark.parametrize(
    ("types", "milliseconds", "reason"),
    [
        ((), 100, "names the components"),
        ((int,), 100, "no component"),
        ((Position,), 0, "milliseconds"),
        ((Position,), 501, "milliseconds"),
        ((Position,), 2.5, "milliseconds"),
    ],
)
def test_a_wrong_declaration_is_refused(types: tuple[type, ...], milliseconds: int, reason: str) -> None:
    """With what is wrong with it."""
    with pytest.raises(GameError, match=reason):
        Game("range").lag_compensation(*types, milliseconds=milliseconds)


def test_it_is_declared_once_and_not_for_lockstep() -> None:
    """A second declaration, and a game in which all see the same tick, are refused."""
    game = Game("range")
    game.lag_compensation(Position, milliseconds=100)
    with pytest.raises(GameError, match="twice"):
        game.lag_compensation(Position, milliseconds=100)
    with pytest.raises(GameError, match="lock-step"):
        Game("range", model="lockstep").lag_compensation(Position, milliseconds=100)


def test_whom_a_shot_meets_cannot_be_asked_where_nothing_is_kept() -> None:
    """A game that forgot `game.lag_compensation` is told so, in place of shots that never hit."""
    game = Game("forgetful", tick_rate=20, width=100.0, height=100.0)
    game.seal()
    world = World(game, seed=1)
    with pytest.raises(WorldError, match=r"game\.lag_compensation"):
        world.past(1.0).crossed(0.0, 0.0, 10.0, 0.0)

"""Saved data in the tick: entering with a join, leaving with a leave, and cuts in which nothing is doubled."""

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecs.errors import SaveUnreadable, WorldError
from ecs.game import Game
from ecs.snapshot import checksum
from ecs.world import World
from systems.engine import Engine, SystemFailed
from systems.saves import SECONDS, Save

RATE = 2
CUT = RATE * SECONDS
START = 10


@dataclass(slots=True)
class Purse:
    """What a player of these tests owns."""

    gold: int = START


@dataclass(slots=True, frozen=True)
class Gift:
    """So much for somebody."""

    to: int
    gold: int


def bank() -> Game:
    game = Game("bank", tick_rate=RATE, keyframe_interval=7)
    game.saved(Purse)

    @game.on("leave")
    def pay(world: World, player: int) -> None:
        world.saved(player).gold -= 1

    @game.command
    def give(world: World, player: int, body: Gift) -> None:
        if body.to in world.players:
            world.saved(player).gold -= body.gold
            world.saved(body.to).gold += body.gold

    return game


def gold(save: Save) -> int:
    values: dict[str, int] = msgspec.msgpack.decode(save.data)[1]
    return values["gold"]


def written(engine: Engine, ticks: int) -> list[tuple[int, list[Save]]]:
    steps = [engine.step() for _ in range(ticks)]
    return [(step.tick, step.saves) for step in steps if step.saves]


def test_saved_data_enters_with_the_join_and_is_cut_at_the_interval() -> None:
    """What the store had is what rules see from the first tick on; what has not changed is not written again."""
    engine = Engine(bank(), seed=1)
    engine.join(0, "Ada", msgspec.msgpack.encode([1, {"gold": 70}]))
    engine.join(1, "Ben")
    engine.step()
    assert engine.world.saved(0).gold == 70 and engine.world.saved(1).gold == START
    (cut,) = written(engine, CUT)
    assert cut[0] == CUT and [(save.player, gold(save), save.final) for save in cut[1]] == [
        (0, 70, False),
        (1, START, False),
    ]
    engine.command(1, "give", Gift(0, 3))
    assert [(tick, len(saves)) for tick, saves in written(engine, CUT)] == [(2 * CUT, 2)]
    assert written(engine, CUT) == []
    engine.close()


def test_a_leave_is_final_after_its_hooks_and_cuts_everybody() -> None:
    """What was given to one who leaves is gone from the giver's save in the same cut."""
    engine = Engine(bank(), seed=1)
    engine.join(0, "Ada")
    engine.join(1, "Ben")
    engine.step()
    engine.command(1, "give", Gift(0, 4))
    engine.leave(0)
    ((_, saves),) = written(engine, 1)
    assert [(save.player, gold(save), save.final) for save in saves] == [
        (0, START + 4 - 1, True),
        (1, START - 4, False),
    ]
    with pytest.raises(WorldError):
        engine.world.saved(0)
    engine.close()


def test_a_waiting_join_keeps_its_saved_data_in_the_snapshot() -> None:
    """A save before the tick that takes the join loses nothing of it."""
    engine, other = Engine(bank(), seed=1), Engine(bank(), seed=1)
    engine.join(0, "Ada", msgspec.msgpack.encode([1, {"gold": 70}]))
    other.load(engine.save())
    other.step()
    assert other.world.saved(0).gold == 70
    engine.close()
    other.close()


def test_what_cannot_be_read_is_refused_before_the_tick() -> None:
    """A join with a damaged save, or with one where the game keeps none, raises at once and queues nothing."""
    engine = Engine(bank(), seed=1)
    with pytest.raises(SaveUnreadable):
        engine.join(0, "Ada", b"nonsense")
    engine.step()
    assert engine.world.players == ()
    engine.close()
    plain = Engine(Game("plain"), seed=1)
    with pytest.raises(WorldError, match="no saved data"):
        plain.join(0, "Ada", b"x")
    plain.close()


def test_what_cannot_be_written_is_the_games_mistake() -> None:
    """A set in a field of saved data stops the room at the cut, and says which field."""
    engine = Engine(bank(), seed=1)
    engine.join(0, "Ada")
    engine.step()
    engine.world.saved(0).gold = {1}
    with pytest.raises(SystemFailed, match=r"Purse\.gold"):
        written(engine, CUT)
    engine.close()


Act = tuple[str, int, int]
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["join", "leave", "give", "tick", "load"]), st.integers(0, 3), st.integers(0, 3)
    ),
    max_size=60,
)


@given(ACTS)
@settings(deadline=None)
def test_no_cut_ever_doubles_or_loses_gold(acts: list[Act]) -> None:
    """With any joins, leaves, gifts and loads: after each cut, the store's gold and the world's are the same sum.

    Players' gold is moved between them and paid out at a leave (1 each); nothing else makes or takes any.
    """
    engine = Engine(bank(), seed=1)
    seated: set[int] = set()
    store: dict[int, int] = {}
    held: dict[int, int] = {}
    paid = 0
    for verb, player, other in acts:
        if verb == "join" and player not in seated:
            held[player] = store.get(player, START)
            data = msgspec.msgpack.encode([1, {"gold": store[player]}]) if player in store else b""
            engine.join(player, f"P{player}", data)
            seated.add(player)
        elif verb == "leave" and player in seated:
            engine.leave(player)
            paid += 1
            _play(engine, store, held, paid)
            seated.discard(player)
        elif verb == "give" and {player, other} <= seated:
            engine.command(player, "give", Gift(other, 1))
        elif verb == "load":
            _play(engine, store, held, paid)
            again = Engine(bank(), seed=2)
            again.load(engine.save())
            assert checksum(again.world) == checksum(engine.world)
            engine.close()
            engine = again
        elif verb == "tick":
            _play(engine, store, held, paid)
    engine.close()


def _play(engine: Engine, store: dict[int, int], held: dict[int, int], paid: int) -> None:
    step = engine.step()
    for save in step.saves:
        store[save.player] = gold(save)
        if save.final:
            held.pop(save.player)
    if step.saves:
        assert sum(store.values()) == START * len(store) - paid
        world = {player: engine.world.saved(player).gold for player in engine.world.players}
        assert {player: store[player] for player in world} == world
        assert held.keys() == world.keys()


def test_a_game_without_saved_data_writes_none() -> None:
    """It costs nothing where it is not declared."""
    engine: Any = Engine(Game("plain", tick_rate=RATE), seed=1)
    engine.join(0, "Ada")
    assert written(engine, CUT + 1) == [] and engine.saves() == []
    engine.close()

"""The pipeline: stages in their order, systems as declared and as before and after say, circles refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs.declare import STAGES
from ecs.order import arrange
from tickroom import Engine, Game, GameError, World


def game_with(*systems: tuple[str, str, tuple[str, ...], tuple[str, ...]]) -> Game:
    game = Game("test")
    for name, stage, before, after in systems:

        def system(world: World, dt: float) -> None: ...

        system.__name__ = name
        game.system(stage, before=before, after=after)(system)  # type: ignore[arg-type]
    return game


def order(game: Game) -> list[str]:
    return [system.name for system in arrange(game.systems.values())]


def test_stages_come_in_their_order_and_systems_as_declared() -> None:
    """Whatever the order of declaration across stages."""
    game = game_with(
        ("e", "events", (), ()), ("l1", "logic", (), ()), ("i", "input", (), ()), ("l2", "logic", (), ()),
        ("p", "physics", (), ()),
    )  # fmt: skip
    assert order(game) == ["i", "p", "l1", "l2", "e"]


def test_before_and_after_move_a_system() -> None:
    """A later one may come first, an earlier one last."""
    game = game_with(
        ("a", "logic", (), ("c",)), ("b", "logic", (), ()), ("c", "logic", (), ()), ("d", "logic", ("b",), ())
    )
    names = order(game)
    assert names.index("c") < names.index("a")
    assert names.index("d") < names.index("b")


def test_the_engines_physics_is_a_system_like_others() -> None:
    """A game's system may come before or after it."""
    game = Game("test")
    seen: list[str] = []

    @game.system("physics", before="physics")
    def early(world: World, dt: float) -> None:
        seen.append("early")

    @game.system("physics", after="physics")
    def late(world: World, dt: float) -> None:
        seen.append("late")

    engine = Engine(game, 1, timer=iter(range(1000)).__next__)
    names = [name for name, _ in engine.step().timings]
    assert names == ["early", "physics", "late"]
    assert seen == ["early", "late"]
    engine.close()


@given(st.permutations(range(6)), st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5))))
def test_any_order_that_is_asked_for_is_kept_or_refused(
    names: list[int], wishes: set[tuple[int, int]]
) -> None:
    """Every (x before y) holds in the result; a circle raises, and only a circle does."""
    game = game_with(
        *[
            (
                f"s{name}",
                "logic",
                tuple(f"s{later}" for earlier, later in sorted(wishes) if earlier == name),
                (),
            )
            for name in names
        ]
    )
    if _has_circle(wishes):
        with pytest.raises(GameError, match="circle"):
            order(game)
    else:
        result = order(game)
        assert all(result.index(f"s{earlier}") < result.index(f"s{later}") for earlier, later in wishes)


def _has_circle(wishes: set[tuple[int, int]]) -> bool:
    reach = {start: {end for begin, end in wishes if begin == start} for start in range(6)}
    for _ in range(6):
        reach = {start: ends.union(*(reach[end] for end in ends)) for start, ends in reach.items()}
    return any(start in ends for start, ends in reach.items())


def test_a_circle_and_an_unknown_name_are_refused_when_the_game_is_sealed() -> None:
    """The loader's seal() says it, with the file and line of the mod's system."""
    for wrong in (
        game_with(("a", "logic", ("b",), ()), ("b", "logic", ("a",), ())),
        game_with(("a", "logic", ("nobody",), ())),
        game_with(("a", "logic", ("b",), ()), ("b", "input", (), ())),
    ):
        with pytest.raises(GameError) as refused:
            wrong.seal()
        assert refused.value.file == __file__
        assert refused.value.line > 0
    assert STAGES == ("input", "physics", "logic", "events")

"""What the loader says of games that have forgotten something of their prediction, and nothing of those that have not."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import commands
from app.games.mod_files import candidate_at
from app.games.mods import load_mod
from tests.mods.loading import MODS, names

ROOT = Path(__file__).resolve().parents[2]
RULES = """\
from dataclasses import dataclass

from tickroom import Game, Position, Scene, Velocity, World

game = Game("run")
game.input(keys=("right",))
game.kind("runner")


@game.component(replicate="near"{runner})
@dataclass(slots=True)
class Runner:
    player: int


@game.component{mud}
@dataclass(slots=True)
class Mud:
    part: float = 0.5


@game.system("input"{run})
def run(world: World, dt: float) -> None:
    for entity, runner, velocity in world.query(Runner, Velocity):
        velocity.x = wanted(world, runner.player) * slowed(world, entity)


def wanted(world: World, player: int) -> float:
    return 100.0 if world.input(player).held("right") else 0.0


def slowed(world: World, entity: int) -> float:
    {body}
    return 1.0
"""
PREDICTED = ", predicted=True"
ASKS = "mud = world.try_get(entity, Mud)\n    if mud is not None:\n        return mud.part"
MAKES = ASKS + "\n    world.spawn(Mud())"
KNOWS = 'if world.side == "client":\n        return 1.0\n    ' + ASKS
LINE = RULES[: RULES.index("{body}")].count("\n") + 1


def warnings(
    folder: Path, *, runner: str = PREDICTED, run: str = PREDICTED, mud: str = "", body: str = "pass"
) -> list[str]:
    """What is said of the game, without the folder."""
    (folder / "run.py").write_text(RULES.format(runner=runner, run=run, mud=mud, body=body))
    game = load_mod(candidate_at(folder / "run.py"))
    return [str(warning).removeprefix(f"{folder}/") for warning in game.warnings]


def test_a_component_that_no_client_is_told(tmp_path: Path) -> None:
    """Asked for by a function that a predicted system calls: its line is named, the system and the component."""
    (said,) = warnings(tmp_path, body=ASKS)
    assert said.startswith(f"run.py:{LINE}: the predicted system 'run' asks for Mud, which no client is told")


@pytest.mark.parametrize("mud", ["(predicted=True)", '(replicate="near")', '(replicate="owner")'])
def test_a_component_that_is_told(tmp_path: Path, mud: str) -> None:
    """To whomever: nothing is said."""
    assert warnings(tmp_path, mud=mud, body=ASKS) == []


@pytest.mark.parametrize("body", ["pass", MAKES, KNOWS])
def test_a_component_that_the_rules_make_or_know_to_be_the_servers(tmp_path: Path, body: str) -> None:
    """Not asked for; made by a predicted rule, as a bullet is; asked for by a function that looks at the side it runs on."""
    assert warnings(tmp_path, body=body) == []


def test_another_side_is_none_of_the_worlds(tmp_path: Path) -> None:
    """An attribute of that name says nothing of where the rule runs: the component is named all the same."""
    (said,) = warnings(tmp_path, body="side = game.side\n    " + ASKS)
    assert "asks for Mud, which no client is told" in said


def test_rules_that_call_one_another(tmp_path: Path) -> None:
    """What one of them asks for counts for each system that reaches it, whichever was looked at first."""
    for first, second in ((True, False), (False, True)):
        ring = "again(world, entity)\n    if entity:\n        while entity:\n            world.try_get(entity, Mud)"
        tail = f"""

def again(world: World, entity: int) -> None:
    slowed(world, entity)


@game.system("logic", predicted={first})
def one(world: World, dt: float) -> None:
    slowed(world, 0)


@game.system("logic", predicted={second})
def two(world: World, dt: float) -> None:
    again(world, 0)
"""
        text = RULES.format(runner=PREDICTED, run=", predicted=False", mud="", body=ring)
        (tmp_path / "run.py").write_text(text + tail)
        said = [each.sentence for each in load_mod(candidate_at(tmp_path / "run.py")).warnings]
        name = "one" if first else "two"
        assert len(said) == 1 and f"the predicted system {name!r} asks for Mud" in said[0]


def test_a_rule_that_is_an_object_is_called_as_any_other(tmp_path: Path) -> None:
    """One that can be called and not hashed keeps no game from loading."""
    body = "RULE(entity)\n    return 0.5\n\n\n@dataclass\nclass Rule:\n    def __call__(self, entity: int) -> float:\n        "
    assert (
        warnings(tmp_path, body=body + "return 1.0\n\n\nRULE = Rule()\n\n\ndef other() -> float:\n    pass")
        == []
    )


def test_a_component_that_a_system_asks_for_which_is_not_predicted(tmp_path: Path) -> None:
    """That one runs on the server, and finds it."""
    assert warnings(tmp_path, run=", predicted=False", body=ASKS) == []


def test_a_system_that_reads_inputs(tmp_path: Path) -> None:
    """Through another function, and nothing is said of `predicted`: the system is named, unless nothing at all is predicted."""
    (said,) = warnings(tmp_path, run="")
    assert said.startswith("run.py:") and "the system 'run' reads players' inputs" in said
    assert warnings(tmp_path, run=", predicted=False") == []
    assert warnings(tmp_path, run="", runner="") == []


def test_a_folder_that_is_named_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`mods`, as the default configuration has it: the same is found."""
    warnings(tmp_path, run="", body=ASKS)
    monkeypatch.chdir(tmp_path)
    (said,) = load_mod(candidate_at(Path("run.py"))).warnings
    assert (said.file, said.line) == (
        str(tmp_path / "run.py"),
        RULES[: RULES.index('@game.system("input"')].count("\n") + 1,
    )


def test_systems_without_a_component(tmp_path: Path) -> None:
    """Predicted systems, and no entity that a client could compute ahead."""
    (said,) = warnings(tmp_path, runner="")
    assert "systems are predicted, and no component is" in said


def test_a_rule_of_the_server_may_read_inputs(tmp_path: Path) -> None:
    """What lies in server/ is meant to be the server's alone."""
    shared, server = tmp_path / "run" / "shared", tmp_path / "run" / "server"
    shared.mkdir(parents=True)
    server.mkdir()
    (shared / "__init__.py").write_text(RULES.format(runner=PREDICTED, run=PREDICTED, mud="", body="pass"))
    (server / "__init__.py").write_text(
        "from ..shared import game\n\n\n@game.system('logic')\ndef look(world, dt):\n    world.input(0)\n"
    )
    assert load_mod(candidate_at(tmp_path / "run")).warnings == ()


@pytest.mark.parametrize("name", names())
def test_our_own_games_have_forgotten_nothing(name: str) -> None:
    """Nor what is visible in them that looks like it."""
    path = MODS / name
    assert load_mod(candidate_at(path if path.is_dir() else path.with_suffix(".py"))).warnings == ()


def test_chance_of_the_server(tmp_path: Path) -> None:
    """`world.random` in a function that a predicted system calls: the line and the system; nothing where the rule knows its side,
    or another world is meant."""
    (said,) = warnings(tmp_path, body="if world.random.chance(0.5):\n        return 0.5")
    assert said.startswith(
        f"run.py:{LINE}: the predicted system 'run' uses world.random, which clients have not"
    )
    assert warnings(tmp_path, run=", predicted=False", body="world.random.random()") == []
    assert warnings(tmp_path, body='if world.side == "server":\n        world.random.random()') == []
    assert warnings(tmp_path, body="world.predicted_random(0, 1).random()") == []


def test_a_game_that_predicts_nothing_is_told_that_it_could(tmp_path: Path) -> None:
    """By `tickroom check`, with the first system that reads inputs, and by no log; not who says predicted=False."""
    for run, count in (("", 1), (", predicted=False", 0), (PREDICTED, 0)):
        assert warnings(tmp_path, runner="", run=run) == [] or run == PREDICTED
        advice = load_mod(candidate_at(tmp_path / "run.py")).advice
        assert [each.line for each in advice] == [
            RULES[: RULES.index('@game.system("input"')].count("\n") + 1
        ] * count
    (tmp_path / "tickroom.toml").write_text(f'[mods]\nfolders = ["{tmp_path}"]\nexamples = false\n')
    warnings(tmp_path, runner="", run="")
    ran = CliRunner().invoke(commands, ["check", str(tmp_path / "tickroom.toml")])
    assert ran.exit_code == 0 and "Hint: " in ran.output and "shows a round trip late" in ran.output


def test_check_says_it(tmp_path: Path) -> None:
    """`tickroom check` warns, and the game is right: it can be played."""
    games = tmp_path / "games"
    games.mkdir()
    warnings(games, run="")
    (tmp_path / "tickroom.toml").write_text(f'[mods]\nfolders = ["{games}"]\nexamples = false\n')
    ran = CliRunner().invoke(commands, ["check", str(tmp_path / "tickroom.toml")])
    assert ran.exit_code == 0
    assert "Warning: " in ran.output and "reads players' inputs" in ran.output
    assert "run.py: right, the game 'run'" in ran.output

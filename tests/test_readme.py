"""The README says what is true."""

import re
from pathlib import Path

import pytest

from app.config import ModsSection
from app.games.mods import load_mods
from ecs.components import Position, Scene
from systems.engine import Engine

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!http)([^)#]+)\)", README))))
def test_what_it_links_to_is_there(target: str) -> None:
    """Every file that the README sends its reader to exists."""
    assert (ROOT / target).exists()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`make ([a-z-]+)", README))))
def test_the_commands_it_names_are_there(target: str) -> None:
    """Every `make` target of the README is one."""
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_its_game_is_a_game(tmp_path: Path) -> None:
    """It loads as a mod; players join at places of their own; who holds a key moves, within the world; one leaves no ghost."""
    [source] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (tmp_path / "hop").mkdir()
    (tmp_path / "hop" / "game.py").write_text(source, encoding="utf-8")
    mods = load_mods(ModsSection(folders=(str(tmp_path),), examples=False))
    assert mods.failed == []
    engine = Engine(mods.games["hop"].hosted.game, seed=1)
    engine.join(0, "Ada")
    engine.join(1, "Ben")
    engine.step()
    ada, ben = [engine.world.get(entity, Position).x for entity, _ in engine.world.query(Scene)]
    assert abs(ada - ben) > 1.0
    engine.leave(1)
    engine.step()
    [(entity, _)] = list(engine.world.query(Scene))
    before = engine.world.get(entity, Position).x
    for tick in range(10):
        engine.inputs.enqueue(0, tick, held=1 << 1, pressed=0, axes=())
        engine.step()
    after = engine.world.get(entity, Position).x
    for tick in range(10, 200):
        engine.inputs.enqueue(0, tick, held=1 << 1, pressed=0, axes=())
        engine.step()
    at_the_end = engine.world.get(entity, Position).x
    engine.close()
    assert after > before + 20.0
    assert 780.0 < at_the_end < 800.0

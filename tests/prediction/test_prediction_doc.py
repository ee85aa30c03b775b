"""The small game of docs/prediction.md is predicted, as it says."""

import re
from pathlib import Path

from app.games.mod_files import candidate_at
from app.games.mods import load_mod
from tickroom.testing import VirtualRoom, load_game

DOC = Path(__file__).resolve().parents[2] / "docs" / "prediction.md"


def test_the_small_game_is_predicted(tmp_path: Path) -> None:
    """On a bad line the own steps show before the server has heard of them, nothing is corrected, the loader has no advice."""
    [source] = re.findall(r"```python\n(from .*?)```", DOC.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "hop").mkdir()
    (tmp_path / "hop" / "game.py").write_text(source, encoding="utf-8")
    loaded = load_mod(candidate_at(tmp_path / "hop"))
    assert (loaded.warnings, loaded.advice) == ((), ())
    with VirtualRoom(load_game(tmp_path / "hop"), seed=2) as room:
        ada, ben = (room.join(name, latency=110.0, jitter=30.0, predict=True) for name in ("Ada", "Ben"))
        room.run(60)
        before = ada.me.x
        ada.hold("right")
        ben.hold("left")
        room.run(4)  # 133 ms: no answer can be there
        shown = next(pose.x for pose in ada.core.poses(room.now) if pose.entity.id == ada.me.id)
        assert (ada.me.x, shown > before + 5.0) == (before, True)
        for key in ("left", "right") * 5:
            ada.hold(key)
            ben.hold("right")
            room.run(7)
            ada.release(key)
            ben.release("right")
            room.run(5)
        told = ada.core.prediction.statistics
    assert told.compared > 60 and told.corrected == 0, told

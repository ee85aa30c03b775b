"""The windowed example plays on a real server, in a window that SDL's dummy driver has in memory only."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "examples" / "native_arena"
FAR = 40.0
"""Pixels that the fighter is to go: four times its radius."""
FRAMES = 3_000
"""More than any part of the story takes."""


class Story:
    """Holds a key until the fighter has gone far in the picture, lets go, and leaves when the server says it stands there."""

    def __init__(self, picture_file: Path) -> None:
        self.steps = iter(self.play())
        self.file = picture_file
        self.client: Any = None
        self.picture: Any = None
        self.start = self.end = (0.0, 0.0)
        self.colours: list[tuple[int, ...]] = []
        self.overlays: list[bool] = []

    def frame(self, client: Any, picture: Any) -> None:
        """Called after each picture."""
        self.client, self.picture = client, picture
        next(self.steps, None)

    def play(self) -> Any:
        """One step a picture."""
        import pygame

        yield from self.until(lambda: self.lives and self.picture.own[0] > 0.0)
        self.start = self.picture.own
        key = pygame.K_d if self.start[0] < 500.0 else pygame.K_a
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key))
        yield from self.until(lambda: abs(self.picture.own[0] - self.start[0]) > FAR)
        pygame.event.post(pygame.event.Event(pygame.KEYUP, key=key))
        yield from self.until(lambda: self.lives and self.me.vx == 0.0 and self.is_true)
        self.end = self.picture.own
        self.look()
        pygame.image.save(self.picture.screen, self.file)
        for _ in range(2):
            pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_F3))
            yield
            self.overlays.append(self.picture.overlay)
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_n))
        yield
        self.look()
        pygame.event.post(pygame.event.Event(pygame.QUIT))

    def until(self, condition: Callable[[], bool]) -> Any:
        """Picture after picture, until it is so."""
        for _ in range(FRAMES):
            if condition():
                return
            yield
        raise AssertionError("it did not happen")

    def look(self) -> None:
        """What colours are where the fighter began and where it is."""
        for x, y in (self.start, self.end):
            self.colours.append(tuple(self.picture.screen.get_at((round(x), round(y))))[:3])

    @property
    def me(self) -> Any:
        """The own fighter, as the server says."""
        scene, player = self.client.core.scene, self.client.core.player
        return next((each for each in scene.owned_by(player) if each.kind == "fighter"), None)

    @property
    def lives(self) -> bool:
        """Whether it is there, and no hunter has caught it."""
        return self.me is not None and self.me.state != "dead"

    @property
    def is_true(self) -> bool:
        """Whether the fighter is drawn where the server has it, to two pixels."""
        x, y = self.picture.own
        return bool(abs(x - self.me.x * 0.5) < 2.0 and abs(y - self.me.y * 0.5) < 2.0)


@pytest.mark.slow
def test_it_plays(serve: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A key that is held moves the own fighter in the picture, predicted, to where the server has it; the overlay goes
    off and on, the network becomes another; the seat is given back."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    from examples.native_arena.__main__ import run
    from examples.native_arena.picture import OWN

    server = serve()
    story = Story(tmp_path / "window.png")
    asyncio.run(run(server.url, "Ada", story.frame))
    blue = tuple(bytes.fromhex(OWN.removeprefix("#")))
    assert story.colours[1] == blue and story.colours[0] != blue
    assert story.client.core.prediction.why_not == ""
    assert story.overlays == [False, True] and story.client.network_name == "lan"
    assert story.file.stat().st_size > 5_000
    _, listed = server.request("GET", "/rooms")
    assert [room["players"] for room in listed["rooms"]] == [0]


def test_it_says_what_is_wrong() -> None:
    """A server that is not there is a sentence, not a traceback."""
    command = [sys.executable, "-W", "error", "-m", "examples.native_arena", "http://127.0.0.1:1"]
    environment = {"SDL_VIDEODRIVER": "dummy", "PATH": ""}
    ran = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 1 and "refused" in ran.stderr and "Traceback" not in ran.stderr


def test_it_is_short_and_uses_the_facade_alone() -> None:
    """About 150 lines, and of ours it imports `tickroom` only."""
    lines = [line for path in sorted(FOLDER.glob("*.py")) for line in path.read_text().splitlines()]
    assert len(lines) <= 150
    imported = {line.split()[1] for line in lines if line.startswith(("import ", "from "))}
    assert {
        name for name in imported if name.split(".")[0] in ("app", "ecs", "net", "systems", "tickroom")
    } == {
        "tickroom.client",
        "tickroom.testing",
    }


def test_make_starts_it() -> None:
    """The target of the README is there, with requirements of its own."""
    makefile = (ROOT / "Makefile").read_text()
    assert "make native-arena" in (FOLDER / "README.md").read_text()
    assert "native-arena: $(VENV)/.native  ##" in makefile and "-m examples.native_arena" in makefile

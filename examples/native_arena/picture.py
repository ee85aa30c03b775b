"""Draws what a client sees: every entity by its kind, and a debug overlay."""

from math import cos, sin

import pygame

from tickroom.client import AsyncioClient, ClientEvent, Disconnected, Pose, debug_rows

SCALE = 0.5
"""Pixels of a world unit."""
ARENA = (1000, 700)
"""Pixels of the whole arena, which has 2000 by 1400 units."""
SIZE = (1000, 830)
"""Pixels of the window; the words are below the arena."""
GROUND, GRID, WORDS = "#151a26", "#1d2434", "#e8edf7"
OWN, OTHER = "#4da3ff", "#f2a33c"
UNSEEN = {"round", "scorecard"}
"""Kinds of entities that only carry numbers."""


class Picture:
    """The window of one client."""

    def __init__(self, screen: pygame.Surface, client: AsyncioClient) -> None:
        self.screen = screen
        self.client = client
        self.overlay = True
        """Whether the numbers of the connection and of the prediction are shown."""
        self.notice = ""
        self.own = (0.0, 0.0)
        """Where the own fighter was drawn last (pixels)."""
        self._font = pygame.font.Font(None, 22)

    def draw(self, happened: list[ClientEvent]) -> None:
        """One picture, of this moment."""
        for event in happened:
            self.notice = event.sentence if isinstance(event, Disconnected) else ""
        self.screen.fill(GROUND)
        for at in range(50, ARENA[0], 50):
            pygame.draw.line(self.screen, GRID, (at, 0), (at, ARENA[1]))
            pygame.draw.line(self.screen, GRID, (0, at), (ARENA[0], at))
        kinds = self.client.core.kinds
        for pose in self.client.poses():
            kind = kinds[pose.entity.kind]
            x, y, w, h = (SCALE * number for number in (pose.x, pose.y, pose.entity.w, pose.entity.h))
            if kind.name == "fighter":
                self._fighter(pose, x, y, w)
            elif kind.shape == "box":
                pygame.draw.rect(self.screen, kind.colour, (x - w / 2, y - h / 2, w, h), border_radius=3)
            elif kind.name not in UNSEEN:
                pygame.draw.aacircle(self.screen, kind.colour, (x, y), w / 2)
        pygame.draw.rect(self.screen, GROUND, (0, ARENA[1], SIZE[0], SIZE[1] - ARENA[1]))
        rows = [*debug_rows(self.client.core), ("network", f"{self.client.network_name} (N: next, F3: hide)")]
        lines = [f"{name}: {value}" for name, value in rows] if self.overlay else []
        for at, line in enumerate([*lines, self.notice]):
            self.screen.blit(self._font.render(line, True, WORDS), (20, ARENA[1] + 10 + 20 * at))

    def _fighter(self, pose: Pose, x: float, y: float, w: float) -> None:
        fighter = pose.entity
        is_own = fighter.owner == self.client.core.player
        if is_own:
            self.own = (x, y)
        if fighter.state == "dead":
            return
        muzzle = (x + 0.85 * w * cos(pose.angle), y + 0.85 * w * sin(pose.angle))
        pygame.draw.line(self.screen, WORDS, (x, y), muzzle, 5)
        pygame.draw.aacircle(self.screen, OWN if is_own else OTHER, (x, y), w / 2)
        words = f"{self.client.core.name_of(fighter.owner)} {fighter['Health'].value:.0f}"
        if "Gear" in fighter:  # of the own fighter alone
            words += f", {fighter['Gear'].ammo} rounds"
        label = self._font.render(words, True, WORDS)
        self.screen.blit(label, label.get_rect(midbottom=(x, y - w)))

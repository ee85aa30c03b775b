"""Draws what a client sees: every entity by its kind, and a debug overlay."""

from math import cos, sin

import pygame

from tickroom.client import AsyncioClient, Pose

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
        self.network = "none"
        self.notice = ""
        self.own = (0.0, 0.0)
        """Where the own fighter was drawn last (pixels)."""
        self._font = pygame.font.Font(None, 22)

    def draw(self) -> None:
        """One picture, of this moment."""
        self.screen.fill(GROUND)
        for at in range(50, ARENA[0], 50):
            pygame.draw.line(self.screen, GRID, (at, 0), (at, ARENA[1]))
        for at in range(50, ARENA[1], 50):
            pygame.draw.line(self.screen, GRID, (0, at), (ARENA[0], at))
        kinds = {kind.name: kind for kind in self.client.core.schema.kinds}
        for pose in sorted(self.client.poses(), key=lambda pose: kinds[pose.entity.kind].layer):
            kind = kinds[pose.entity.kind]
            x, y, w, h = (SCALE * number for number in (pose.x, pose.y, pose.entity.w, pose.entity.h))
            if pose.entity.kind == "fighter":
                self._fighter(pose, x, y, w)
            elif kind.name in UNSEEN:
                continue
            elif kind.shape == "box":
                pygame.draw.rect(self.screen, kind.colour, (x - w / 2, y - h / 2, w, h), border_radius=3)
            else:
                pygame.draw.aacircle(self.screen, kind.colour, (x, y), w / 2)
        lines = self._numbers() if self.overlay else []
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
        names = [record.name for record in self.client.core.roster if record.player == fighter.owner]
        words = f"{' '.join(names)} {fighter['Health'].value:.0f}"
        if "Gear" in fighter:  # of the own fighter alone
            words += f", {fighter['Gear'].ammo} rounds"
        label = self._font.render(words, True, WORDS)
        self.screen.blit(label, label.get_rect(midbottom=(x, y - w)))

    def _numbers(self) -> list[str]:
        core = self.client.core
        predicted, view = core.prediction.statistics, core.view_clock
        return [
            f"prediction: {core.prediction.why_not or 'on'}",
            f"error: {predicted.error:.2f} units, {predicted.corrected} corrected, the largest by {predicted.largest:.1f}",
            f"pending: {len(core.inputs.pending)} inputs",
            f"ping: {core.clock.round_trip:.0f} ms, jitter: {view.jitter:.1f} ms, buffer: {view.delay:.0f} ms",
            f"network: {self.network} (N: the next, F3: hide)",
        ]

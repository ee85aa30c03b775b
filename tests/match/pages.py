"""A player of skirmish at the play page, with real keys and a real mouse; and what the page says of itself."""

from random import Random
from typing import TYPE_CHECKING, Literal

from net.drivers.proxy import NetworkProxy
from tests.match.programs import Sight

if TYPE_CHECKING:
    from playwright.sync_api import Page

SIZE = {"width": 720, "height": 540}
"""Small: four pages are drawn by the processor."""
CELL = 16
"""CSS pixels, where one looks from as far as the page lets one."""
MARGIN = 40


class Hand:
    """One page of a match."""

    def __init__(self, page: "Page", name: str, proxy: NetworkProxy, seed: int) -> None:
        self.page = page
        self.name = name
        self.proxy = proxy
        self.sums: dict[int, int] = {}
        """Every generation of which the page was asked in time, with its checksum."""
        self.generation = -1
        """The last that was run."""
        self.connection = "idle"
        self.acts = 0
        self.again = 0
        """How often the page began anew."""
        self.number = -1
        self._random = Random(seed)

    def look(self) -> None:
        """What the page says now."""
        said = self.page.evaluate(
            "({ lockstep: tickroom.lockstep, is: tickroom.connection, number: tickroom.player })"
        )
        self.connection, self.number = said["is"], said["number"]
        lockstep = said["lockstep"]
        if lockstep is None:
            self.generation = -1
            return
        self.again += lockstep["generation"] < self.generation
        self.generation = lockstep["generation"]
        for generation, checksum in lockstep["checksums"].items():
            assert self.sums.setdefault(int(generation), checksum) == checksum, (
                f"{self.name}: {generation} has two checksums"
            )

    def step_back(self) -> None:
        """See as much as can be seen."""
        self.page.mouse.move(SIZE["width"] / 2, SIZE["height"] / 2)
        for _ in range(12):
            self.page.mouse.wheel(0, 240)

    def act(self, sight: Sight | None) -> None:
        """Do one thing that a player does: gather, train, build, march."""
        if sight is None:
            return
        self.acts += 1
        page, middle = self.page, (SIZE["width"] / 2, SIZE["height"] / 2)
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        page.keyboard.press("Space")  # the hall is in the middle now
        what = self._random.choice(("gather", "gather", "train", "train", "build", "barracks", "march"))
        if what == "train":
            self._click(*middle)
            page.keyboard.press("q")
        elif what == "gather":
            self._select_all()
            across, down = self._random.choice(sight)
            self._click(middle[0] + across * CELL, middle[1] + down * CELL, button="right")
        elif what == "march":
            self._select_all()
            page.keyboard.press("a")
            self._click(*self._somewhere())
        else:
            page.keyboard.press(".")  # an idle worker
            page.keyboard.press("q" if what == "build" else "w")
            self._click(*self._somewhere())

    def _select_all(self) -> None:
        """A box over all that is to be seen."""
        mouse = self.page.mouse
        mouse.move(MARGIN, 2 * MARGIN)
        mouse.down()
        mouse.move(SIZE["width"] - MARGIN, SIZE["height"] - 4 * MARGIN, steps=3)
        mouse.up()

    def _click(self, x: float, y: float, *, button: Literal["left", "right"] = "left") -> None:
        """On the field, and on none of the page's buttons: a host's would end the match."""
        if self.page.evaluate(
            "([x, y]) => document.elementFromPoint(x, y)?.className === 'skirmish-field'", [x, y]
        ):
            self.page.mouse.click(x, y, button=button)

    def _somewhere(self) -> tuple[float, float]:
        width, height = SIZE["width"], SIZE["height"]
        return self._random.uniform(MARGIN, width - MARGIN), self._random.uniform(
            2 * MARGIN, height - 4 * MARGIN
        )

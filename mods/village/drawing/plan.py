"""The lie of the land: which tile lies where, drawn from a seed. Coordinates are tiles; layers are dicts of names."""

from random import Random

SIDE = 256
MIDDLE = SIDE // 2
Layer = dict[tuple[int, int], str]
Area = tuple[int, int, int, int]
"""x, y, width and height in tiles."""

VILLAGE: Area = (76, 84, 104, 88)
FOREST: Area = (14, 72, 52, 112)
DEN: Area = (206, 96, 38, 64)
HILL: Area = (104, 30, 48, 28)
LAKE = (128, 214, 34, 20)
"""The lake's middle and its half axes."""
SHOP: Area = (137, 117, 7, 4)
PLAZA = 11
"""The radius of the paved place in the middle."""
LAVA = ((228, 112, 5), (234, 142, 6), (218, 150, 4))
"""Ponds: x, y, radius."""


class Plan:
    """Draws the village into three layers: `ground`, `things` and `roofs`."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.ground: Layer = {}
        self.things: Layer = {}
        self.roofs: Layer = {}
        self.homes: list[tuple[int, int]] = []

    def draw(self) -> "Plan":
        """Everything, in an order in which the later may lie upon the earlier."""
        self._meadow()
        self._lake()
        self._hill()
        self._den()
        self._roads()
        self._plaza()
        self._houses()
        self._shop()
        self._trees()
        self._border()
        return self

    def _fill(self, area: Area, name: str, layer: Layer) -> None:
        x, y, width, height = area
        for row in range(y, y + height):
            for column in range(x, x + width):
                layer[column, row] = name

    def _meadow(self) -> None:
        """Grass, some of it high, some of it in flower."""
        for y in range(SIDE):
            for x in range(SIDE):
                chance = self.random.random()
                self.ground[x, y] = "flowers" if chance < 0.03 else "tufts" if chance < 0.12 else "grass"

    def _lake(self) -> None:
        """Water with a shore of sand."""
        middle_x, middle_y, half_x, half_y = LAKE
        for y in range(middle_y - half_y - 3, middle_y + half_y + 4):
            for x in range(middle_x - half_x - 3, middle_x + half_x + 4):
                away = ((x - middle_x) / half_x) ** 2 + ((y - middle_y) / half_y) ** 2
                if away < 1.18:
                    self.ground[x, y] = "water" if away < 1.0 else "sand"

    def _hill(self) -> None:
        """Cliffs all around; steps in the east, and in the south a ledge to jump down."""
        x, y, width, height = HILL
        for column in range(x, x + width):
            self.things[column, y] = "cliff"
            self.things[column, y + height - 1] = "cliff"
        for row in range(y, y + height):
            self.things[x, row] = "cliff"
            self.things[x + width - 1, row] = "cliff"
        for row in range(y + 12, y + 16):
            del self.things[x + width - 1, row]
            self.ground[x + width - 1, row] = "stairs"
        for column in range(x + 14, x + width - 14):
            del self.things[column, y + height - 1]
            self.things[column, y + height - 1] = "ledge"

    def _den(self) -> None:
        """The monsters' den: rock behind cliffs, open to the west, with ponds of lava and beds of thorns."""
        x, y, width, height = DEN
        self._fill(DEN, "rock", self.ground)
        for column in range(x, x + width):
            self.things[column, y] = self.things[column, y + height - 1] = "cliff"
        for row in range(y, y + height):
            self.things[x + width - 1, row] = "cliff"
            if abs(row - MIDDLE) > 4:
                self.things[x, row] = "cliff"
        for pond_x, pond_y, radius in LAVA:
            for row in range(pond_y - radius, pond_y + radius + 1):
                for column in range(pond_x - radius, pond_x + radius + 1):
                    if (column - pond_x) ** 2 + (row - pond_y) ** 2 < radius * radius:
                        self.ground[column, row] = "lava"
        for _ in range(70):
            place = self.random.randrange(x + 2, x + width - 2), self.random.randrange(y + 2, y + height - 2)
            if self.ground[place] == "rock" and abs(place[1] - MIDDLE) > 3:
                self._scatter(place)

    def _scatter(self, place: tuple[int, int]) -> None:
        """Something for a rocky floor."""
        what = self.random.choice(("bones", "thorns", "cliff"))
        (self.ground if what == "bones" else self.things)[place] = what

    def _roads(self) -> None:
        """A cross of roads from edge to edge, with a bridge over the lake; a path up to the hill's steps."""
        for along in range(4, SIDE - 4):
            for aside in range(-1, 2):
                across, down = (along, MIDDLE + aside), (MIDDLE + aside, along)
                if not DEN[0] <= along < SIDE:
                    self.ground[across] = "dirt"
                    self.things.pop(across, None)
                if HILL[1] + HILL[3] < along:
                    self.ground[down] = "planks" if self.ground[down] == "water" else "dirt"
        for x in range(MIDDLE, HILL[0] + HILL[2] + 4):
            self._path(x, 62)
        for y in range(43, 63):
            self._path(HILL[0] + HILL[2] + 3, y)
        for x in range(HILL[0] + HILL[2], HILL[0] + HILL[2] + 4):
            self._path(x, 43)

    def _path(self, x: int, y: int) -> None:
        for place in ((x, y), (x, y + 1)):
            self.ground[place] = "dirt"

    def _plaza(self) -> None:
        """A round paved place with a fountain in its middle."""
        for y in range(MIDDLE - PLAZA, MIDDLE + PLAZA + 1):
            for x in range(MIDDLE - PLAZA, MIDDLE + PLAZA + 1):
                if (x - MIDDLE) ** 2 + (y - MIDDLE) ** 2 <= PLAZA * PLAZA:
                    self.ground[x, y] = "cobbles"
        self._fill((MIDDLE - 1, MIDDLE - 1, 2, 2), "fountain", self.things)

    def _houses(self) -> None:
        """Homes in rows, each with a door to the south and a bit of garden."""
        left, top, width, height = VILLAGE
        for y in range(top, top + height - 7, 12):
            for x in range(left, left + width - 8, 13):
                house = x + self.random.randrange(3), y + self.random.randrange(3), 5, 4
                if self._is_free(house):
                    self._house(house, "")
                    self.homes.append((house[0] + 2, house[1] + house[3] + 1))

    def _is_free(self, house: Area) -> bool:
        """Whether there is no road, nor anything else, on the place and around it."""
        x, y, width, height = house
        around = [
            (column, row) for column in range(x - 2, x + width + 2) for row in range(y - 2, y + height + 3)
        ]
        shop_x, shop_y, shop_width, shop_height = SHOP
        beside_shop = x < shop_x + shop_width + 3 and shop_x < x + width + 3
        if beside_shop and y < shop_y + shop_height + 5 and shop_y < y + height + 4:
            return False
        wild = ("grass", "tufts", "flowers")
        return all(self.ground[place] in wild and place not in self.things for place in around)

    def _house(self, house: Area, style: str) -> None:
        """Two rows of roof, walls below, a ridge above that hides who walks behind."""
        x, y, width, height = house
        for column in range(x, x + width):
            self.roofs[column, y - 1] = f"{style}ridge"
            for row in range(y, y + height - 1):
                self.things[column, row] = f"{style}roof"
            beside = abs(column - (x + width // 2))
            name = "door" if beside == 0 else "window" if beside == width // 2 - 1 else "wall"
            self.things[column, y + height - 1] = name
        if not style and self.random.random() < 0.6:
            for column in range(x - 1, x + width + 1):
                if abs(column - (x + width // 2)) > 1:
                    self.things[column, y + height + 2] = "fence"

    def _shop(self) -> None:
        """The shop: a larger house with a mat before its door; who stands on it is served."""
        x, y, width, height = SHOP
        self._house(SHOP, "shop_")
        door = x + width // 2
        for row in range(y + height, MIDDLE - 1):
            for column in range(door - 1, door + 2):
                self.ground[column, row] = "cobbles"
        self._fill((door - 1, y + height, 3, 2), "mat", self.ground)
        self.things[x, y + height] = "sign"
        self.things[x + width - 1, y + height] = "crate"

    def _trees(self) -> None:
        """A dense forest in the west, with thorns and bushes; elsewhere a tree now and then."""
        left, top, width, height = FOREST
        for y in range(4, SIDE - 4):
            for x in range(4, SIDE - 4):
                in_forest = left <= x < left + width and top <= y < top + height
                if not self._is_wild(x, y):
                    continue
                chance = self.random.random()
                if in_forest:
                    names = (("tree", 0.24), ("thorns", 0.265), ("bush", 0.285))
                else:
                    names = (("tree", 0.022), ("bush", 0.028), ("thorns", 0.0288))
                name = next((name for name, below in names if chance < below), None)
                if name:
                    self.things[x, y] = name

    def _is_wild(self, x: int, y: int) -> bool:
        """Whether a plant may stand there: on grass, and not where somebody lives or a way must stay open."""
        if self.ground[x, y] not in ("grass", "tufts", "flowers") or (x, y) in self.things:
            return False
        if any(abs(x - home_x) < 3 and -2 <= y - home_y < 3 for home_x, home_y in self.homes):
            return False
        return not any((x + dx, y + dy) in self.roofs for dx in (-1, 0, 1) for dy in (-1, 0, 1))

    def _border(self) -> None:
        """Firs, four deep, which no axe cuts."""
        for y in range(SIDE):
            for x in range(SIDE):
                if not (4 <= x < SIDE - 4 and 4 <= y < SIDE - 4):
                    self.things[x, y] = "pine"

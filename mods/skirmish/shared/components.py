"""What a match is made of: all integers, but for the fog's hexadecimal text. 0 is no entity; -1 no cell, goal or rally."""

from dataclasses import dataclass, field

from .game import game


@game.component
@dataclass(slots=True)
class Realm:
    """A player: the team, what is in the treasury, and whether it is still in the match (1)."""

    player: int
    team: int
    gold: int
    wood: int
    alive: int = 1


@game.component
@dataclass(slots=True)
class Fog:
    """On the realm's entity: a bit for each cell, the lowest for cell 0, as hexadecimal text of fixed length."""

    visible: str
    explored: str


@game.component
@dataclass(slots=True)
class Body:
    """What can be hurt: a unit or a building."""

    kind: int
    owner: int
    health: int


@game.component
@dataclass(slots=True)
class Walker:
    """A unit's place. It has `cell` for itself; (x, y) moves to that cell's middle. `goal` is the way it follows.

    `wait`: for how many iterations it has not come nearer; at 64 it gives up.
    """

    cell: int
    x: int
    y: int
    goal: int = -1
    wait: int = 0


@game.component
@dataclass(slots=True)
class Orders:
    """What a unit has been told: a verb, the entity it is about, the way it is about. While advancing `target` is 1 when
    it is under way, and 0 when it fights or has yet to begin."""

    verb: int = 0
    target: int = 0
    goal: int = -1


@game.component
@dataclass(slots=True)
class Arms:
    """Whom a unit or a tower fights now, and the iterations until it can strike again."""

    foe: int = 0
    pause: int = 0


@game.component
@dataclass(slots=True)
class Bag:
    """What a worker carries, for how long it has been gathering, and to which hall it brings it."""

    what: int = 0
    amount: int = 0
    timer: int = 0
    hall: int = 0


@game.component
@dataclass(slots=True)
class Structure:
    """A building: its first cell, and the iterations of one worker's work that are left to do."""

    cell: int
    left: int = 0


@game.component
@dataclass(slots=True)
class Trainer:
    """What a building trains: kinds in order, iterations left for the first, and the cell where they go."""

    queue: list[int] = field(default_factory=list)
    left: int = 0
    rally: int = -1


@game.component
@dataclass(slots=True)
class Deposit:
    """A tree or a gold mine: what it holds, its first cell, how much is left."""

    what: int
    cell: int
    left: int


@game.component
@dataclass(slots=True)
class Arrow:
    """In the air from (x, y) to its target; it always hits, `left` iterations from now, of `flight`."""

    target: int
    archer: int
    damage: int
    left: int
    flight: int
    x: int
    y: int


@game.event
@dataclass(slots=True, frozen=True)
class Struck:
    """A strike or an arrow hit something."""

    target: int


@game.event
@dataclass(slots=True, frozen=True)
class Fell:
    """A unit or a building is no more."""

    kind: int
    owner: int
    x: int
    y: int


@game.event
@dataclass(slots=True, frozen=True)
class Finished:
    """A building stands, or a unit is trained."""

    kind: int
    owner: int


@game.event
@dataclass(slots=True, frozen=True)
class Lost:
    """A player is out of the match."""

    player: int


@game.event
@dataclass(slots=True, frozen=True)
class Won:
    """One team is left."""

    team: int

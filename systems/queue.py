"""What waits for the next tick's start: joins, leaves and commands, in the order in which they arrived."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from ecs.declare import CommandDeclaration, RpcDeclaration
from ecs.errors import SnapshotError, WorldError
from ecs.game import Game

MAX_QUEUED = 4096
"""With so many waiting no further command is taken: `net` limits each player, this is the room's own bound. Joins and leaves
are no commands: a room knows who is there however much is said in it."""

Verb = Literal["join", "leave", "drop", "return", "command", "rpc"]

OPPOSITES: dict[Verb, Verb] = {"drop": "return", "return": "drop"}
"""Between two ticks one undoes the other: the game sees neither, and nobody who comes and goes in a room that stands still takes
memory."""


class QueueFull(WorldError):
    """Too much waits for the next tick; the command may be given again after it."""


@dataclass(slots=True, frozen=True)
class Queued:
    """One thing that enters the next tick. `name` is the player's of a join, or the command's or rpc's; the `body` of a join
    is the player's saved data, as bytes."""

    verb: Verb
    player: int
    name: str = ""
    body: Any = None
    command_id: int = 0


class Queue:
    """A queue with bounded commands, emptied at each tick's start. A resource: what waits is in the snapshot."""

    checksum = False  # it has not entered the world yet

    def __init__(self, game: Game) -> None:
        self._declared: dict[str, Mapping[str, CommandDeclaration | RpcDeclaration]] = {
            "command": game.commands,
            "rpc": game.rpcs,
        }
        self._waiting: list[Queued] = []

    @property
    def is_full(self) -> bool:
        """Whether no further command is taken."""
        return len(self._waiting) >= MAX_QUEUED

    def put(self, queued: Queued) -> None:
        """Append. Raises QueueFull for a command too many, WorldError for one that the game has not declared so."""
        if queued.verb in self._declared:
            if self.is_full:
                raise QueueFull(f"more than {MAX_QUEUED} joins, leaves and commands wait for one tick")
            declared = self._declared[queued.verb].get(queued.name)
            if declared is None or type(queued.body) is not declared.type:
                body = type(queued.body).__name__
                raise WorldError(f"the game has no {queued.verb} {queued.name!r} with a body of type {body}")
        opposite = OPPOSITES.get(queued.verb)
        if opposite is None or not self._unsay(queued.player, opposite):
            self._waiting.append(queued)

    def _unsay(self, player: int, verb: Verb) -> bool:
        """Take back what was last said of a player, where it is this verb."""
        for place in range(len(self._waiting) - 1, -1, -1):
            if self._waiting[place].player == player:
                if self._waiting[place].verb != verb:
                    return False
                del self._waiting[place]
                return True
        return False

    def take(self) -> list[Queued]:
        """All that waits, in order; the queue is empty then."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def save(self) -> Any:
        """Plain values of all that waits."""
        return [[q.verb, q.player, q.name, _plain(q), q.command_id] for q in self._waiting]

    def load(self, data: Any) -> None:
        """Take over what `save` gave. Raises SnapshotError."""
        self._waiting = []
        try:
            for verb, player, name, body, command_id in data:
                kinds = self._declared.get(verb)
                given = msgspec.convert(body, kinds[name].type if kinds is not None else bytes | None)
                self.put(Queued(msgspec.convert(verb, Verb), int(player), str(name), given, int(command_id)))
        except (KeyError, TypeError, ValueError, WorldError, msgspec.ValidationError) as error:
            raise SnapshotError(f"the waiting commands cannot be read: {error}") from None


def _plain(queued: Queued) -> Any:
    """The body as plain values; saved data is bytes, and stays so."""
    return queued.body if queued.verb == "join" else msgspec.to_builtins(queued.body)

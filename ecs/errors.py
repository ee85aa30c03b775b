"""What can go wrong in the engine. A peer's mistakes are `net`'s; everything here is the game's or ours, and surfaces."""


class GameError(Exception):
    """A game's definition is wrong: refused when the mod loads. `file` and `line` say where, when they are known."""

    def __init__(self, problem: str, file: str = "", line: int = 0) -> None:
        super().__init__(f"{file}:{line}: {problem}" if file else problem)
        self.problem = problem
        self.file = file
        self.line = line


class Refused(Exception):
    """Raised by a command's handler to refuse the command; `reason` is a sentence for the player."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class WorldError(Exception):
    """A rule used the world wrongly: an entity that is not there, a component that was never declared."""


class SnapshotError(Exception):
    """Bytes given to `load` are no snapshot of this game, or a component holds what a snapshot cannot."""


class SaveUnreadable(Exception):
    """A player's saved data cannot be read by this version of the game; `reason` is a sentence for the player."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

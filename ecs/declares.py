"""What every part of the Game API has: a game that is open for declarations until its mod is whole."""

from ecs import validate


class Declares:
    """A part of a game's definition. `file` and `line` are where the mod made its Game: of mistakes that have no nearer place."""

    name: str
    file: str = ""
    line: int = 0
    sealed: bool = False
    """Whether the mod is whole: nothing can be declared any more."""

    def check_open(self) -> None:
        """Refuse, when nothing can be declared any more."""
        if self.sealed:
            validate.refuse(f"the game {self.name!r} is loaded: nothing can be declared any more")

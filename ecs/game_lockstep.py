"""The part of the Game API that is for lock-step games: how a match begins, and what is compared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ecs import validate
from ecs.declares import Declares
from ecs.errors import GameError

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class SetupDeclaration:
    """What begins a match: `type` is the dataclass or msgspec Struct of the room's configuration."""

    type: type
    function: Callable[[Any, Any], None]


class DeclaresLockstep(Declares):
    """What `Game` knows of lock-step."""

    model: str
    inputs: Any
    hooks: Mapping[str, list[Callable[..., None]]]
    rpcs: Mapping[str, Any]
    authorities: Mapping[type, Any]
    setup_declaration: SetupDeclaration | None = None
    own_checksum: Callable[[Any], int] | None = None

    def setup(self, function: F) -> F:
        """Declare `def name(world, setup: Setup)` as what begins a match of a lock-step game: it looks at the room's
        configuration, raises `Refused("why")` when no match can begin with it, and makes the world.

        `Setup` is a dataclass or a msgspec Struct; what is not of its shape is refused before. Raises GameError.
        """
        self._check_lockstep("setup", function)
        if self.setup_declaration is not None:
            validate.refuse("the game's setup is declared twice", function)
        validate.check_parameters(function, "a setup", ("world", "setup"))
        of = validate.type_of_parameter(function, 1, "a setup")
        validate.check_body(of, "a setup", function)
        self.setup_declaration = SetupDeclaration(of, function)
        return function

    def checksum(self, function: F) -> F:
        """Declare `def name(world) -> int` as what the clients of a lock-step game compare: 32 bits over integers, which
        an engine in another language can compute too. Without it: `checksum(world)`, cut to 32 bits. Raises GameError."""
        self._check_lockstep("a checksum of its own", function)
        if self.own_checksum is not None:
            validate.refuse("the game's checksum is declared twice", function)
        validate.check_parameters(function, "a checksum", ("world",))
        self.own_checksum = function
        return function

    def check_lockstep(self) -> None:
        """Refuse what would never be called in a lock-step game. Called when the mod is whole."""
        if self.model != "lockstep":
            return
        if self.setup_declaration is None:
            begins = "a lock-step game says how a match begins: @game.setup def begin(world, setup: Setup)"
            raise GameError(begins, self.file, self.line)
        validate.check_decodable(self.setup_declaration.type, self.setup_declaration.function)
        never = [hook for hook, functions in self.hooks.items() if functions and hook != "create"]
        never += [*(f"rpc {name}" for name in self.rpcs), *(each.__name__ for each in self.authorities)]
        if self.inputs.keys or self.inputs.axes:
            never.append("input")
        if never:
            heard = (
                f"a lock-step game has players from its setup and hears commands only, not {', '.join(never)}"
            )
            raise GameError(heard, self.file, self.line)

    def _check_lockstep(self, what: str, function: Any) -> None:
        self.check_open()
        if self.model != "lockstep":
            validate.refuse(f'{what} is for games with model="lockstep"', function)

"""A player's command, from raw bytes to the type that its game declared."""

from ecs.game import Game
from net.codec import Codec
from net.errors import BodyError
from net.protocol import Command


class CommandRefused(Exception):
    """A command does not enter the tick; `status` is as in HTTP."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        super().__init__(sentence)


def command_body(command: Command, game: Game, codec: Codec) -> object:
    """The body as its declared type. Raises CommandRefused: 404 for an unknown command, 422 for a body that does not fit."""
    declared = game.commands.get(command.name)
    if declared is None:
        raise CommandRefused(404, f"the game has no command {command.name!r}")
    try:
        return codec.decode_body(command.body, declared.type)
    except BodyError as error:
        raise CommandRefused(422, str(error)) from error

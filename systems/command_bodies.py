"""A lock-step player's commands of one generation as bytes: MessagePack, `[[name, {field: value, ...}], ...]`.

The server relays bodies unread, so a hostile one reaches every engine, in every language, and all must agree on what it
means. So there is one way to write commands: fields in the order of the declaration, all of them, each value in its shortest
form. What is written otherwise is malformed as a whole, and so are values that `ecs/values.py` refuses: NaN has other bits on
other machines. No commands: no bytes.
"""

from collections.abc import Iterable

import msgspec

from ecs.declare import CommandDeclaration
from ecs.game import Game
from ecs.values import INT64, Allowed, flaw_of

MAX_COMMANDS = 64
"""How many commands a player gives in one generation."""

VALUES = Allowed(levels=16, largest=INT64, typed=True)
"""What the body as a whole may have in it."""

_plain = msgspec.msgpack.Decoder()
_decoder = msgspec.msgpack.Decoder(list[tuple[str, msgspec.Raw]])
_encoder = msgspec.msgpack.Encoder()


class MalformedBody(Exception):
    """These bytes are no commands of the game; the text says why, in words for the player."""


def encode_commands(commands: Iterable[tuple[str, object]]) -> bytes:
    """The body of these (name, typed command), as a client sends it."""
    given = [[name, command] for name, command in commands]
    return _encoder.encode(given) if given else b""


def decode_commands(game: Game, body: bytes) -> list[tuple[CommandDeclaration, object]]:
    """The commands of a body, each with its declaration. Raises MalformedBody."""
    if not body:
        return []
    try:
        named = _decoder.decode(body)
        if not 1 <= len(named) <= MAX_COMMANDS:
            raise MalformedBody(f"a body has 1 to {MAX_COMMANDS} commands, not {len(named)}")
        flaw = flaw_of(_plain.decode(body), VALUES)
        if flaw:
            raise MalformedBody(f"these are no commands: {flaw}")
        commands = [_typed(game, name, raw) for name, raw in named]
        again = encode_commands((declared.name, command) for declared, command in commands)
    except (msgspec.MsgspecError, RecursionError, UnicodeError, OverflowError) as error:
        raise MalformedBody(f"these are no commands: {error}") from None
    if again != body:
        raise MalformedBody("the commands are not in their one canonical form")
    return commands


def _typed(game: Game, name: str, raw: msgspec.Raw) -> tuple[CommandDeclaration, object]:
    declared = game.commands.get(name)
    if declared is None:
        raise MalformedBody(f"the game has no command {name[:64]!r}")
    return declared, msgspec.msgpack.decode(raw, type=declared.type)

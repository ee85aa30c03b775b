"""What a game keeps of a player from one day to the next: a dataclass of the game's, its versions, and its bytes.

The bytes are MessagePack, `[version, {field: value}]`. Names are kept, so that a field can be added without a new version:
what a save does not have takes its default. A field that is renamed, removed or given another meaning is a new version,
and the game says how the values of the one before become its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Annotated, Any

import msgspec

from ecs import validate
from ecs.errors import SaveUnreadable, SnapshotError, WorldError
from ecs.layout import Layout, NotPlain

Values = dict[str, Any]
Migration = Callable[[Values], Values]

MAX_SAVE_BYTES = 65_536
"""The saved data of one player: it travels through the journal at each join, and through the store."""
MAX_VERSION = 10_000


class _Save(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    version: Annotated[int, msgspec.Meta(ge=1)]
    values: Values


_decoder = msgspec.msgpack.Decoder(_Save)
_encoder = msgspec.msgpack.Encoder()


@dataclass(frozen=True, slots=True)
class SavedDeclaration:
    """A game's saved data: its class and version; `migrations[n]` makes the values of version n those of n + 1."""

    type: type
    name: str
    layout: Layout
    version: int
    migrations: Mapping[int, Migration]

    def write(self, saved: Any) -> bytes:
        """The bytes of a player's saved data. Raises NotPlain when a field holds what its type does not allow, or too much."""
        row = self.layout.row(saved)
        try:
            data = _encoder.encode(_Save(self.version, dict(zip(self.layout.names, row, strict=True))))
        except (OverflowError, UnicodeEncodeError) as error:
            raise NotPlain(f"{self.name} holds what has no bytes: {error}") from None
        if len(data) > MAX_SAVE_BYTES:
            raise NotPlain(
                f"{self.name} has {len(data)} bytes; the saved data of a player has at most {MAX_SAVE_BYTES}"
            )
        return data

    def read(self, data: bytes) -> Any:
        """A player's saved data from its bytes, brought to this version; from none, what a new player has.

        Raises SaveUnreadable. A migration of the game's that raises is the game's mistake, and its own error surfaces.
        """
        if not data:
            return self.type()
        save = _decoded(data)
        if save.version > self.version:
            raise SaveUnreadable(
                f"your saved data is of version {save.version} of {self.name}, and this game reads up to {self.version}"
            )
        return self._built(self._migrated(save))

    def _migrated(self, save: _Save) -> Values:
        values = save.values
        for version in range(save.version, self.version):
            values = self.migrations[version](values)
            if not isinstance(values, dict):
                raise TypeError(
                    f"{self.name}: the migration from version {version} gives {values!r}, no dict"
                )
        return values

    def _built(self, values: Values) -> Any:
        unknown = sorted(values.keys() - set(self.layout.names))
        if unknown:
            raise SaveUnreadable(f"your saved data has {', '.join(unknown)}, which {self.name} does not have")
        new = self.type()
        try:
            return self.layout.build([values.get(name, getattr(new, name)) for name in self.layout.names])
        except NotPlain as error:
            raise SaveUnreadable(f"your saved data cannot be read: {error}") from None


def declared_save(
    cls: type, layout: Layout, version: object, migrate: Mapping[int, Migration] | None
) -> SavedDeclaration:
    """What `@game.saved` declares, checked. Raises GameError."""
    validate.check_number(version, f"{cls.__name__}: version", 1, MAX_VERSION, whole=True)
    assert isinstance(version, int)
    for each in fields(cls):
        if (each.default is MISSING and each.default_factory is MISSING) or not each.init:
            validate.refuse(f"{cls.__name__}: {each.name!r} needs a default: it is what a new player has")
    migrations = dict(migrate or {})
    if sorted(migrations) != list(range(1, version)):
        asked = ", ".join(map(str, range(1, version))) or "none"
        validate.refuse(
            f"{cls.__name__}: version {version} takes a migration from each version before it ({asked}), not from "
            f"{sorted(migrations)}"
        )
    for function in migrations.values():
        validate.check_parameters(function, "a migration", ("old",))
    return SavedDeclaration(cls, cls.__name__, layout, version, migrations)


class SavedData:
    """The saved data of the players who are in the room. A resource: in the snapshot and in the checksum."""

    checksum = True

    def __init__(self, declared: SavedDeclaration) -> None:
        self.declared = declared
        self._of: dict[int, Any] = {}

    @property
    def players(self) -> tuple[int, ...]:
        """The numbers of those who have saved data here, ascending."""
        return tuple(sorted(self._of))

    def of(self, player: int) -> Any:
        """A player's saved data, to read and to change. Raises WorldError for one who is not seated."""
        try:
            return self._of[player]
        except KeyError:
            raise WorldError(f"no player {player} is seated, so there is no saved data") from None

    def enter(self, player: int, data: bytes) -> None:
        """A player comes with what the store had; with no bytes, as a new one. Raises SaveUnreadable."""
        self._of[player] = self.declared.read(data)

    def forget(self, player: int) -> None:
        """The player has left."""
        self._of.pop(player, None)

    def write(self, player: int) -> bytes:
        """What the store is to keep of a player. Raises NotPlain."""
        return self.declared.write(self.of(player))

    def save(self) -> Any:
        """Plain values of all."""
        return [[player, list(self.declared.layout.row(self._of[player]))] for player in self.players]

    def load(self, data: Any) -> None:
        """Take over what `save` gave. Raises SnapshotError."""
        try:
            self._of = {int(player): self.declared.layout.build(row) for player, row in data}
        except (NotPlain, TypeError, ValueError) as error:
            raise SnapshotError(f"the players' saved data cannot be read: {error}") from None


def _decoded(data: bytes) -> _Save:
    if len(data) > MAX_SAVE_BYTES:
        raise SaveUnreadable(f"your saved data has {len(data)} bytes; {MAX_SAVE_BYTES} are allowed")
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SaveUnreadable(f"your saved data cannot be read: {error}") from None

"""What a game keeps of its players: declaring it, its bytes, and its versions."""

import contextlib
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecs.errors import GameError, SaveUnreadable, SnapshotError, WorldError
from ecs.game import Game
from ecs.layout import NotPlain
from ecs.saved import MAX_SAVE_BYTES, SavedData, SavedDeclaration
from ecs.snapshot import checksum, load, save
from ecs.world import World


@dataclass(slots=True)
class Purse:
    """What a player of these tests owns."""

    gold: int = 5
    title: str = ""
    bag: dict[str, int] = field(default_factory=dict)


def declared(version: int = 1, migrate: Any = None) -> SavedDeclaration:
    game = Game("bank")
    game.saved(Purse, version=version, migrate=migrate)
    assert game.save is not None
    return game.save


def banked() -> World:
    game = Game("bank")
    game.saved(Purse)
    world = World(game, seed=1)
    world.seats.seat(3, "Ada")
    assert world.saved_data is not None
    world.saved_data.enter(3, b"")
    return world


def stored(version: int, **values: Any) -> bytes:
    return msgspec.msgpack.encode([version, values])


@given(
    gold=st.integers(-(2**63), 2**63 - 1),
    title=st.text(max_size=50),
    bag=st.dictionaries(st.text(max_size=9), st.integers(0, 99), max_size=9),
)
@settings(deadline=None)
def test_what_is_written_is_read(gold: int, title: str, bag: dict[str, int]) -> None:
    """Any value of the declared types comes back as it was."""
    try:
        data = declared().write(Purse(gold, title, bag))
    except NotPlain:  # half a surrogate pair has no bytes
        return
    assert declared().read(data) == Purse(gold, title, bag)


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Nothing but SaveUnreadable escapes, whatever a store holds."""
    with contextlib.suppress(SaveUnreadable):
        assert isinstance(declared().read(data), Purse)


def test_no_bytes_are_a_new_player() -> None:
    """Who was never here has the defaults, and a list of its own."""
    one, other = declared().read(b""), declared().read(b"")
    one.bag["wood"] = 1
    assert one.gold == 5 and other == Purse()


def test_a_field_that_is_new_takes_its_default() -> None:
    """A field can be added without a new version."""
    assert declared().read(stored(1, gold=9)) == Purse(gold=9)


def test_a_field_that_is_gone_is_not_forgotten_in_silence() -> None:
    """Dropping what a player owns takes a migration."""
    with pytest.raises(SaveUnreadable, match="silver, which Purse does not have"):
        declared().read(stored(1, silver=9))


def test_migrations_run_in_turn_from_the_version_of_the_save() -> None:
    """Each version is brought to the next, whichever a player last had."""

    def coins(old: dict[str, Any]) -> dict[str, Any]:
        return {"gold": old["coins"], "title": "I"}

    def doubled(old: dict[str, Any]) -> dict[str, Any]:
        return {**old, "gold": old["gold"] * 2}

    game = declared(3, {1: coins, 2: doubled})
    assert game.read(stored(1, coins=4)) == Purse(8, "I")
    assert game.read(stored(2, gold=4, title="II")) == Purse(8, "II")
    assert game.read(stored(3, gold=4, title="III")) == Purse(4, "III")
    assert msgspec.msgpack.decode(game.write(Purse()))[0] == 3


def test_a_save_of_a_later_version_is_refused() -> None:
    """A game that was set back does not spoil what the newer one wrote."""
    with pytest.raises(SaveUnreadable, match="version 2 of Purse, and this game reads up to 1"):
        declared().read(stored(2, gold=1))


def test_a_value_of_another_type_is_refused() -> None:
    """Text is no gold."""
    with pytest.raises(SaveUnreadable, match="gold"):
        declared().read(stored(1, gold="much"))


def test_saved_data_is_bounded() -> None:
    """Neither side takes more than the bound."""
    with pytest.raises(NotPlain, match="at most 65536"):
        declared().write(Purse(title="x" * MAX_SAVE_BYTES))
    with pytest.raises(SaveUnreadable, match="65536 are allowed"):
        declared().read(b"\xc0" * (MAX_SAVE_BYTES + 1))


def old_to_new(old: dict[str, Any]) -> dict[str, Any]:
    return old


def test_a_version_needs_a_migration_from_each_before() -> None:
    """What is missing is said."""
    with pytest.raises(GameError, match=r"from each version before it \(1, 2\), not from \[2\]"):
        Game("bank").saved(Purse, version=3, migrate={2: old_to_new})
    with pytest.raises(GameError, match=r"\(none\), not from \[1\]"):
        Game("bank").saved(Purse, migrate={1: old_to_new})


def test_a_migration_is_a_plain_function_of_the_old_values() -> None:
    """Anything else is refused with its shape."""
    with pytest.raises(GameError, match=r"def .*\(old\)"):
        Game("bank").saved(Purse, version=2, migrate={1: dict})


def test_a_field_without_a_default_is_refused() -> None:
    """A new player has to have something."""

    @dataclass(slots=True)
    class Bare:
        gold: int

    with pytest.raises(GameError, match="'gold' needs a default"):
        Game("bank").saved(Bare)


def test_a_game_has_one_class_of_saved_data() -> None:
    """A second one is refused."""
    game = Game("bank")
    game.saved(Purse)
    with pytest.raises(GameError, match="Purse is declared"):
        game.saved(Purse)


def test_a_lock_step_game_has_none() -> None:
    """There the server computes nothing that could be kept."""
    with pytest.raises(GameError, match="lock-step"):
        Game("bank", model="lockstep").saved(Purse)


def test_rules_read_and_change_it_in_place() -> None:
    """With the class said, and without."""
    world = banked()
    world.saved(3, Purse).gold += 2
    assert world.saved(3).gold == 7


def test_who_is_not_seated_has_none() -> None:
    """Asking is a mistake of the rules, and said."""
    with pytest.raises(WorldError, match="no player 4"):
        banked().saved(4)


def test_another_class_is_a_mistake() -> None:
    """The class that is said is the declared one."""
    with pytest.raises(WorldError, match="Purse, not SavedData"):
        banked().saved(3, SavedData)


def test_a_client_has_no_saved_data() -> None:
    """It is the server's, and a client that asks is told so."""
    game = Game("bank")
    with pytest.raises(WorldError, match=r"@game\.saved"):
        World(game, seed=1).saved(0)
    game.saved(Purse)
    with pytest.raises(WorldError, match="on the client there is none"):
        World(game, seed=1, side="client").saved(0)


def test_it_is_in_the_snapshot_and_in_the_checksum() -> None:
    """A loaded world has it; a coin more is another checksum."""
    world = banked()
    before = checksum(world)
    world.saved(3).bag["wood"] = 2
    assert checksum(world) != before
    other = banked()
    load(other, save(world))
    assert other.saved(3) == Purse(bag={"wood": 2}) and checksum(other) == checksum(world)


def test_a_snapshot_with_other_fields_is_refused() -> None:
    """The values of another declaration are no saved data of this one."""
    with pytest.raises(SnapshotError, match="saved data"):
        SavedData(declared()).load([[3, [1]]])

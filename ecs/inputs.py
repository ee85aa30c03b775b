"""What a player's keys and axes did in this tick, as systems read it."""

from collections.abc import Mapping

from msgspec import Struct

from ecs.errors import WorldError

VIEW_STEPS = 16
"""How far behind its input a client's view was is told in so many parts of a tick."""


class PlayerInput(Struct, frozen=True, eq=False, gc=False):
    """One player's input in one tick, by the names that `game.input` declared. Immutable."""

    _key_bits: Mapping[str, int]
    _axis_places: Mapping[str, int]
    _held: int = 0
    _pressed: int = 0
    _released: int = 0
    _axes: tuple[float, ...] = ()
    tick: int = -1
    """The tick that this input was given for, for `world.predicted_random`; -1 before the first."""
    view: int = 0
    """How far behind the world's tick the view was that the player saw, in 1/VIEW_STEPS of a tick; 0: not told."""

    def with_state(
        self, held: int, pressed: int, released: int, axes: tuple[float, ...], tick: int, view: int = 0
    ) -> "PlayerInput":
        """The same keys and axes in another state."""
        return PlayerInput(self._key_bits, self._axis_places, held, pressed, released, axes, tick, view)

    def held(self, key: str) -> bool:
        """Whether the key is down, or was down for a moment since the last tick."""
        try:
            return bool(
                (self._held | self._pressed) & self._key_bits[key]
            )  # not by _bit: rules ask this the most
        except KeyError:
            raise self._unknown(key) from None

    def pressed(self, key: str) -> bool:
        """Whether the key went down since the last tick."""
        return bool(self._pressed & self._bit(key))

    def released(self, key: str) -> bool:
        """Whether the key went up since the last tick."""
        return bool(self._released & self._bit(key))

    def axis(self, name: str) -> float:
        """The axis' position, -1 to 1; 0 when the player has none."""
        try:
            place = self._axis_places[name]
        except KeyError:
            raise WorldError(
                f"the game declares no axis {name!r}; it has {sorted(self._axis_places)}"
            ) from None
        return self._axes[place] if place < len(self._axes) else 0.0

    def _bit(self, key: str) -> int:
        try:
            return self._key_bits[key]
        except KeyError:
            raise self._unknown(key) from None

    def _unknown(self, key: str) -> WorldError:
        return WorldError(f"the game declares no key {key!r}; it has {sorted(self._key_bits)}")

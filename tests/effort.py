"""How hard a test with random stories tries: by the profile that the environment names (`tests/conftest.py` has them)."""

from hypothesis import settings

USUAL = 100
"""Examples of a property in the profile of `make test`."""


def turns(count: int) -> int:
    """So many turns of a story in `make test`; as many fewer in `make check` as there are fewer examples, and never more."""
    return min(count, max(3, count * settings.default.max_examples // USUAL))  # type: ignore[union-attr]


def examples(count: int, **more: object) -> settings:
    """So many examples in `make test`, and for `make check` and `make soak-properties` as many fewer and more as everywhere.

    For properties whose examples are dearer, or whose faults are rarer, than most: a fixed number would be the same in all three.
    """
    own = max(3, count * settings.default.max_examples // USUAL)  # type: ignore[union-attr]
    return settings(max_examples=own, **more)  # type: ignore[arg-type]

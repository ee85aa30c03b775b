"""How many files may be open."""

import resource

import pytest

from app.open_files import FILES, raise_file_limit


@pytest.mark.parametrize(
    ("before", "needed", "after"),
    [
        ((1_024, 100_000), 0, FILES),
        ((1_024, 100_000), 50_000, 50_000),
        ((1_024, 4_096), 50_000, 4_096),
        ((1_024, resource.RLIM_INFINITY), 50_000, 50_000),
        ((60_000, 100_000), 50_000, None),
    ],
)
def test_as_many_as_the_configuration_may_need(
    monkeypatch: pytest.MonkeyPatch, before: tuple[int, int], needed: int, after: int | None
) -> None:
    """Each connection and each room's journal is a file: what the limits allow can be opened, where the system lets us."""
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: before)
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: asked.append(limits))
    raise_file_limit(needed)
    assert asked == ([] if after is None else [(after, before[1])])

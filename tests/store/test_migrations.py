"""The store's schema, brought forward from every version there was."""

import sqlite3
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from app.store import migrations
from app.store.migrations import APPLICATION, NewerStore, migrate, names, steps
from app.store.store import FILE
from net.players.sessions import SessionRecord
from tests.store.store_kit import opened, record


def schema(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """All tables and indexes of ours as SQL."""
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '%sqlite%' ORDER BY name"
    ).fetchall()
    return [(name, " ".join(sql.split())) for name, sql in rows]


def current() -> list[tuple[str, str]]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    found = schema(connection)
    connection.close()
    return found


@pytest.mark.parametrize("step", names())
def test_every_older_version_becomes_this_one(tmp_path: Path, step: str) -> None:
    """A store that stopped before any step has this version's schema when it is opened, and what it held."""
    connection = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    steps.apply(Database(connection), stop_before=step)
    has_sessions = any(name == "sessions" for name, _ in schema(connection))
    if has_sessions:
        place = ", ".join("?" * 10)
        connection.execute(
            f"INSERT INTO sessions VALUES ({place})",
            [getattr(record(), name) for name in SessionRecord.__struct_fields__],
        )
    connection.close()
    with opened(tmp_path) as store:
        assert store.sessions.of("room") == ([record()] if has_sessions else [])
        assert store.saves.count() == 0 and store.engines.size() == 0
    connection = sqlite3.connect(tmp_path / FILE)
    assert schema(connection) == current()
    connection.close()


def test_a_step_that_fails_leaves_the_store_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a step is never kept: the store can be opened by the version that it is of."""
    broken = Migrations("tickroom")
    for step in steps.pending(Database(memory=True)):
        broken(name=step.name)(step.fn)

    @broken(name="0004 broken")
    def half(store: Database) -> None:
        store.execute("ALTER TABLE sessions ADD COLUMN mood TEXT")
        raise sqlite3.OperationalError("no further")

    with opened(tmp_path) as store:
        store.sessions.put(record())
    with monkeypatch.context() as patched:
        patched.setattr(migrations, "steps", broken)
        with pytest.raises(sqlite3.OperationalError, match="no further"), opened(tmp_path):
            pass
    with opened(tmp_path) as store:
        assert store.sessions.of("room") == [record()]


def test_the_table_of_sessions_has_the_fields_of_a_session() -> None:
    """A field that the one gets and the other does not is found here."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    columns = tuple(row[1] for row in connection.execute("PRAGMA table_info(sessions)"))
    connection.close()
    assert columns == SessionRecord.__struct_fields__


def test_an_unknown_step_is_a_newer_store() -> None:
    """Whatever it is called."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    connection.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('tickroom', 'later', '')"
    )
    with pytest.raises(NewerStore, match="'later'"):
        migrate(connection)
    connection.close()

"""The store's schema, as the steps that lead to it: `sqlite-utils` notes in the store which it has taken.

A step that was released is never changed; what is new is a new step at the end. Each is one transaction.
"""

import sqlite3

from sqlite_utils import Database, Migrations

from ecs.version import VERSION

APPLICATION = 0x5469636B
"""SQLite's `application_id`, by which a store is told from any other SQLite file ("Tick")."""

steps = Migrations("tickroom")


class NewerStore(Exception):
    """The store has steps that this version does not know."""


class NoStore(Exception):
    """The file is SQLite's, but no store."""


@steps(name="0001 sessions")
def sessions(store: Database) -> None:
    """A row for each seat: who may come back to it. Tokens are there as SHA-256 only; times are unix ms."""
    store.execute(
        """
        CREATE TABLE sessions (
            room_id TEXT NOT NULL,
            player_id TEXT NOT NULL,
            player INTEGER NOT NULL,
            name TEXT NOT NULL,
            token_hash BLOB NOT NULL,
            previous_hash BLOB NOT NULL,
            account TEXT NOT NULL,
            address TEXT NOT NULL,
            expires_at REAL NOT NULL,
            created_at REAL NOT NULL,
            PRIMARY KEY (room_id, player_id)
        ) WITHOUT ROWID
        """
    )


@steps(name="0002 saves")
def saves(store: Database) -> None:
    """A row for each player of a game. `holder` is the room that plays with it now (empty: none), where the player is `player_id`
    and has the number `player`, since its tick `since`; `base` is what it was given. `room_id`, `tick` and `writer` (a player_id
    there) say what wrote `data` last."""
    store.execute(
        """
        CREATE TABLE saves (
            game TEXT NOT NULL,
            identity TEXT NOT NULL,
            data BLOB NOT NULL,
            base BLOB NOT NULL,
            room_id TEXT NOT NULL,
            tick INTEGER NOT NULL,
            writer TEXT NOT NULL,
            holder TEXT NOT NULL,
            since INTEGER NOT NULL,
            player_id TEXT NOT NULL,
            player INTEGER,
            changed_at REAL NOT NULL,
            PRIMARY KEY (game, identity)
        )
        """
    )
    store.execute("CREATE INDEX saves_by_room ON saves (room_id)")
    store.execute("CREATE INDEX saves_by_holder ON saves (holder, player) WHERE holder <> ''")


@steps(name="0003 engines")
def engines(store: Database) -> None:
    """Engines that were uploaded, by the SHA-256 of their bytes."""
    store.execute(
        """
        CREATE TABLE engines (
            digest BLOB PRIMARY KEY,
            data BLOB NOT NULL,
            created_at REAL NOT NULL,
            used_at REAL NOT NULL
        )
        """
    )


@steps(name="0004 engines by key")
def engines_by_key(store: Database) -> None:
    """Engines by a random key, which their address is made of. Nothing had written the table before."""
    store.execute("DROP TABLE engines")
    store.execute(
        """
        CREATE TABLE engines (
            key TEXT PRIMARY KEY,
            digest BLOB NOT NULL,
            media_type TEXT NOT NULL,
            data BLOB NOT NULL,
            created_at REAL NOT NULL,
            used_at REAL NOT NULL,
            UNIQUE (digest, media_type)
        )
        """
    )


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the schema to this version's. Raises NewerStore, NoStore, or SQLite's errors."""
    (mark,) = connection.execute("PRAGMA application_id").fetchone()
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and mark != APPLICATION:
        raise NoStore("it is a database of another program")
    if not tables:
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
    store = Database(connection, execute_plugins=False)
    unknown = {step.name for step in steps.applied(store)} - set(names())
    if unknown:
        raise NewerStore(
            f"a newer version of Tickroom has written it ({max(unknown)!r}); this is {VERSION}: use the newer one, or "
            "restore a backup"
        )
    steps.apply(store)


def names() -> list[str]:
    """The steps' names, in order."""
    return [step.name for step in steps.pending(Database(memory=True, execute_plugins=False))]

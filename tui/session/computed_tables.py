"""Databases that are computed from logs: how one is made, opened and tested."""

import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tui.session.database import connect, transaction, translate_errors
from tui.session.private_files import make_private_folder
from tui.session.session_paths import make_private_file, sibling_path
from tui.session.store_errors import SessionExists, StoreError


class ComputedTables(NamedTuple):
    """The tables of such a database."""

    application: int
    """SQLite's application id."""
    version: int
    statements: tuple[str, ...]
    """What makes the tables, in the place of those that are there."""
    probe: str
    """A query that reads every table: a damaged one shows itself when it is opened."""
    can_be_lost: bool
    """Whether tables of another version are made anew; else such a file is left as it is."""
    steps: Mapping[int, tuple[str, ...]] = {}
    """What turns the tables of an older version into those of the next one, by the older."""


def open_tables(path: Path, tables: ComputedTables) -> sqlite3.Connection:
    """Open a database for this user alone; makes what is missing.

    Args:
        path: Its file.
        tables: What is in it.

    Raises:
        SessionDamaged: it cannot be read.
        StoreError: it can be neither read nor made.
    """
    with translate_errors(path):
        make_private_folder(path.parent)
        with suppress(SessionExists):
            make_private_file(path)
        connection = connect(path)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            make_tables(connection, path, tables)
        except BaseException:
            connection.close()
            raise
    return connection


def make_tables(connection: sqlite3.Connection, path: Path, tables: ComputedTables) -> None:
    """Make the tables where they are missing or of another version, and read them.

    Args:
        connection: The database.
        path: Its file.
        tables: What is in it.

    Raises:
        StoreError: it is of another version, and may not be made anew.
    """
    with transaction(connection):
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        while version in tables.steps:
            for statement in tables.steps[version]:
                connection.execute(statement)
            version += 1
            connection.execute(f"PRAGMA user_version = {version}")
        if version not in (0, tables.version) and not tables.can_be_lost:
            raise StoreError(
                path,
                f"{path} was written by another version of Glideslope (its tables are version"
                f" {version}, these are {tables.version}). It is left as it is.",
            )
        if version != tables.version:
            for statement in tables.statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {tables.application}")
            connection.execute(f"PRAGMA user_version = {tables.version}")
    connection.execute(tables.probe).fetchone()


def remove_side_files(path: Path) -> None:
    """Remove what SQLite keeps beside a database that is gone."""
    for ending in ("-wal", "-shm"):
        sibling_path(path, ending).unlink(missing_ok=True)

"""The table behind the index: one row per session file, in a database that may be lost.

If anything is wrong with the file, the program makes it again: it drops tables of another version
and deletes a damaged file. Where it may write no file, it keeps the table in memory.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from tui.budget.monthly_budget import CalendarMonth, SpendSlice
from tui.session.computed_tables import ComputedTables, make_tables, open_tables, remove_side_files
from tui.session.database import connect, translate_errors
from tui.session.session_summary import FileKey, InheritedUsage, SessionSummary
from tui.session.spend_table import SPEND_TABLES, SpendRow, claim_warning, read_spend, write_spend
from tui.session.store_errors import SessionDamaged, StoreError

APPLICATION = 0x476C6978
"""SQLite's application id of an index file: `Glix`."""

INDEX_VERSION = 6
"""Version of the table. Another one is dropped and filled again: no column is ever migrated."""

FIELDS = SessionSummary.__struct_fields__

TABLES = (
    "DROP TABLE IF EXISTS sessions",
    f"""CREATE TABLE sessions (
        {", ".join(FIELDS)}, requests_before INTEGER, charged_before INTEGER,
        dollars_before TEXT, agents_before INTEGER, stamp TEXT NOT NULL, PRIMARY KEY (key, id))""",
    "DROP TABLE IF EXISTS uses",
    "CREATE TABLE uses (key, id, used INTEGER NOT NULL, PRIMARY KEY (key, id))",
    "CREATE INDEX by_folder ON sessions (key, updated DESC, id DESC)",
    "CREATE INDEX by_time ON sessions (updated DESC, id DESC)",
    *SPEND_TABLES,
)

_TABLE_SET = ComputedTables(
    APPLICATION,
    INDEX_VERSION,
    TABLES,
    probe="SELECT count(*), max(stamp), (SELECT max(quarter) FROM spend),"
    " (SELECT count(*) FROM warnings) FROM sessions",
    can_be_lost=True,
)

_PUT = (
    f"INSERT OR REPLACE INTO sessions ({', '.join(FIELDS)},"
    " requests_before, charged_before, dollars_before, agents_before, stamp)"
    f" VALUES ({', '.join('?' * (len(FIELDS) + 5))})"
)


Keys: TypeAlias = tuple[str, ...]
"""The keys of one project folder: of its name, and of those it had before."""


class IndexRow(msgspec.Struct, frozen=True):
    """What is known of one session file."""

    summary: SessionSummary
    inherited: InheritedUsage
    stamp: str
    """Sizes and times of the file when this was true."""


class IndexTable:
    """The rows, by place and by time."""

    def __init__(self, path: Path) -> None:
        """Open the index at `path`; make a new one if it is missing or damaged."""
        self.path = path
        self.in_memory = False
        """Whether the file cannot be written: what is put here is lost, and nobody else sees it."""
        self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        try:
            return open_tables(self.path, _TABLE_SET)
        except SessionDamaged:
            with translate_errors(self.path):
                self.path.unlink(missing_ok=True)
                remove_side_files(self.path)
        except StoreError:
            return self._in_memory()
        return open_tables(self.path, _TABLE_SET)

    def _in_memory(self) -> sqlite3.Connection:
        self.in_memory = True
        connection = connect(Path(":memory:"))
        make_tables(connection, self.path, _TABLE_SET)
        return connection

    def close(self) -> None:
        """Close the file."""
        with suppress(sqlite3.Error):  # nothing in it is missed
            self._connection.close()

    # Rows ------------------------------------------------------------------------

    def put(self, row: IndexRow) -> None:
        """Write a row, in the place of the one that was there."""
        values = [_as_column(getattr(row.summary, field)) for field in FIELDS]
        before = row.inherited
        sums = (before.requests, before.charged, str(before.dollars), before.agents)
        with translate_errors(self.path):
            self._connection.execute(_PUT, (*values, *sums, row.stamp))

    def mark_used(self, place: FileKey) -> None:
        """Note that a session is used now: after all others, whatever the clock says."""
        with translate_errors(self.path):
            self._connection.execute(
                "INSERT OR REPLACE INTO uses"
                " VALUES (?, ?, (SELECT ifnull(max(used), 0) + 1 FROM uses))",
                place,
            )

    def last_used(self, keys: Keys) -> SessionSummary | None:
        """The session of a folder that was used last, among those that hold a prompt.

        Where no use was noted, as in an index that was made again, the last change tells.
        """
        clause = (
            f"LEFT JOIN uses USING (key, id) WHERE {_has_key(keys)}"
            " AND (turns > 0 OR trouble <> '')"
            " ORDER BY ifnull(used, 0) DESC, updated DESC, id DESC LIMIT 1"
        )
        return next((row.summary for row in self._select(clause, keys)), None)

    def get(self, place: FileKey) -> IndexRow | None:
        """The row of a file."""
        return next(self._select("WHERE key = ? AND id = ?", place), None)

    def restamp(self, place: FileKey, stamp: str) -> None:
        """Note that a row is still true although its file has changed."""
        with translate_errors(self.path):
            self._connection.execute(
                "UPDATE sessions SET stamp = ? WHERE key = ? AND id = ?", (stamp, *place)
            )

    def drop(self, places: Iterable[FileKey]) -> None:
        """Forget files that are gone."""
        with translate_errors(self.path):
            gone = list(places)
            for table in ("sessions", "uses"):
                where = "WHERE key = ? AND id = ?"
                self._connection.executemany(f"DELETE FROM {table} {where}", gone)

    def stamps(self, keys: Keys | None) -> dict[FileKey, str]:
        """The stamp of every file, of one folder or of all."""
        where, values = ("", ()) if keys is None else (f"WHERE {_has_key(keys)}", keys)
        with translate_errors(self.path):
            rows = self._connection.execute(f"SELECT key, id, stamp FROM sessions {where}", values)
            return {(row[0], row[1]): row[2] for row in rows}

    def newest(
        self, keys: Keys | None, limit: int | None, behind: SessionSummary | None
    ) -> list[SessionSummary]:
        """Sessions by last change, newest first; those without a prompt are left out.

        Args:
            keys: The keys of a project folder; None for all folders.
            limit: How many sessions at most; None for all.
            behind: The last session of the page before; None for the first page.
        """
        where, values = ["(turns > 0 OR trouble <> '')"], list[Any]()
        if keys is not None:
            where.append(_has_key(keys))
            values += keys
        if behind is not None:
            where.append("(updated, id) < (?, ?)")
            values += [behind.updated, behind.id]
        clause = f"WHERE {' AND '.join(where)} ORDER BY updated DESC, id DESC LIMIT ?"
        return [
            row.summary for row in self._select(clause, (*values, -1 if limit is None else limit))
        ]

    def version(self) -> int:
        """A number that is another one as soon as another program has changed the table."""
        with translate_errors(self.path):
            (number,) = self._connection.execute("PRAGMA data_version").fetchone()
        return int(number)

    def folders(self) -> dict[str, str]:
        """The path of each project folder that has sessions with a prompt, by its key."""
        with translate_errors(self.path):
            rows = self._connection.execute(
                "SELECT key, folder, max(updated) FROM sessions WHERE turns > 0 AND folder <> ''"
                " GROUP BY key"
            )
            return {row[0]: row[1] for row in rows}

    def named(self, keys: Keys | None) -> list[SessionSummary]:
        """All sessions of one folder or of all, newest first, for a search by name or id."""
        where, values = ("", ()) if keys is None else (f"AND {_has_key(keys)}", keys)
        clause = f"WHERE (last > 0 OR trouble <> '') {where} ORDER BY updated DESC, id DESC"
        return [row.summary for row in self._select(clause, values)]

    # What was spent --------------------------------------------------------------

    def put_spend(self, session: str, key: str, rows: Iterable[SpendRow]) -> None:
        """See `tui.session.spend_table.write_spend`."""
        with translate_errors(self.path):
            write_spend(self._connection, session, key, rows)

    def spend(self, month: CalendarMonth, keys: Keys) -> list[SpendSlice]:
        """See `tui.session.spend_table.read_spend`."""
        with translate_errors(self.path):
            return read_spend(self._connection, month, keys)

    def claim_warning(self, budget: str, month: CalendarMonth, percent: int) -> bool:
        """See `tui.session.spend_table.claim_warning`."""
        with translate_errors(self.path):
            return claim_warning(self._connection, budget, month, percent)

    def _select(self, clause: str, values: Iterable[Any]) -> Iterator[IndexRow]:
        sums = "requests_before, charged_before, dollars_before, agents_before, stamp"
        sql = f"SELECT {', '.join(FIELDS)}, {sums} FROM sessions {clause}"
        with translate_errors(self.path):
            rows = self._connection.execute(sql, tuple(values)).fetchall()
        return map(_row, rows)


def _has_key(keys: Keys) -> str:
    return f"key IN ({', '.join('?' * len(keys))})"


def _as_column(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value


def _row(values: tuple[Any, ...]) -> IndexRow:
    fields = dict(zip(FIELDS, values, strict=False))
    if fields["dollars"] is not None:
        fields["dollars"] = Decimal(fields["dollars"])
    requests, charged, dollars, agents, stamp = values[len(FIELDS) :]
    before = InheritedUsage(
        requests=requests, charged=charged, dollars=Decimal(dollars), agents=agents
    )
    return IndexRow(SessionSummary(**fields), before, stamp)

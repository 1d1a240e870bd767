"""Rows read page by page are those that SQLite reads, whatever their size and their time."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from tests.session.log_events import note
from tui.session.event_codec import Row
from tui.session.sqlite_pages import read_rows
from tui.session.store import SessionStore


def read_both(path: Path, sizes: Iterable[int], times: Iterable[float]) -> tuple[list[Row], ...]:
    """The rows of notes of these sizes at these times, from the pages and from SQLite."""
    clock = iter(times)
    with SessionStore.create(path, now=lambda: next(clock)) as store:
        for size in sizes:
            store.append([note("x" * size)])
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    sql = "SELECT seq, at, kind, version, body FROM events ORDER BY seq"
    rows = connection.execute(sql).fetchall()
    connection.close()
    return sorted(read_rows(path)), rows


def test_rows_are_read_on_both_sides_of_where_sqlite_puts_them_on_other_pages(
    tmp_path: Path,
):
    """A page holds 4,061 bytes of a row; the rest, or all but 489, go on pages of 4,092."""
    sizes = [0, *(at for edge in (4_061, 4_581, 8_153, 8_673) for at in range(edge - 99, edge))]
    found, rows = read_both(tmp_path / "s.db", sizes, map(float, range(len(sizes) + 1)))
    assert len(rows) == len(sizes) and found == rows


def test_rows_are_read_whatever_bytes_sqlite_needs_for_their_time(tmp_path: Path):
    """Whole seconds are stored as integers of one, two, three, four and six bytes, or of none."""
    times = [float(time) for size in range(48) for time in (2**size - 1, 2**size, -(2**size))]
    times += [0.5, 1_764_537_600.25, 2.0**60]
    found, rows = read_both(tmp_path / "s.db", [1] * (len(times) - 1), times)
    assert found == rows
    assert {row[1] for row in rows} <= set(times) and len(rows) == len(times) - 1

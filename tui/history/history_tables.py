"""The tables of the store of task runs, and what turns older ones into these."""

from collections.abc import Sequence

import msgspec

from tui.history.task_run import HourUsage, TaskRun
from tui.session.computed_tables import ComputedTables

HISTORY_VERSION = 5
"""Version of the tables. A new one needs a row of `_STEPS`: the logs of imported runs may be
gone."""
_APPLICATION = 0x476C6968
PLAIN_SQL = (
    "source, session, started, ended, kind, model, end, spend, project, branch, effort, budget,"
    " requests, is_agent, is_estimated, low_output, estimated, estimate_spend, plan_done, title,"
    " leaf"
)
PLAIN_COLUMNS = tuple(PLAIN_SQL.split(", "))
USAGE_COLUMNS = HourUsage.__struct_fields__
USAGE_SQL = ", ".join(USAGE_COLUMNS)
_BY_CELL = (
    "CREATE INDEX IF NOT EXISTS runs_by_cell"
    " ON runs (kind, is_agent, model, ended, spend, end, budget)"
)
"""What estimates need of a run, so that they need not look into the table."""
_RUN_TAGS = (
    "CREATE TABLE run_tags (run INTEGER NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (run, tag))"
    " WITHOUT ROWID"
)
_RUN_PARTS = (
    # What each file has of a run that goes over several files.
    "CREATE TABLE run_parts (run INTEGER NOT NULL, path TEXT NOT NULL, part BLOB NOT NULL)",
    "CREATE INDEX parts_by_run ON run_parts (run)",
    "CREATE INDEX parts_by_file ON run_parts (path)",
    # What tells which run a file goes on with.
    "CREATE INDEX runs_by_start ON runs (started)",
    "CREATE INDEX runs_by_session ON runs (session, started)",
    "CREATE INDEX runs_by_leaf ON runs (leaf) WHERE leaf != 0",
)
_TABLES = (
    *map("DROP TABLE IF EXISTS {}".format, ("files", "runs", "usage", "run_tags", "run_parts")),
    "CREATE TABLE files (source TEXT, path TEXT, stamp TEXT NOT NULL, rows BLOB NOT NULL,"
    " answers BLOB NOT NULL, damaged INTEGER NOT NULL, PRIMARY KEY (source, path))",
    f"CREATE TABLE runs (id INTEGER PRIMARY KEY, path TEXT NOT NULL, {PLAIN_SQL}, tools)",
    f"CREATE TABLE usage (run INTEGER NOT NULL, {USAGE_SQL})",
    "CREATE INDEX runs_by_file ON runs (source, path)",
    "CREATE INDEX usage_by_run ON usage (run)",
    _BY_CELL,
    _RUN_TAGS,
    *_RUN_PARTS,
)
_READ_OWN_AGAIN = "UPDATE files SET stamp = '' WHERE source = 'glideslope'"
_STEPS = {
    1: (
        "ALTER TABLE runs ADD COLUMN estimated NOT NULL DEFAULT 0",
        "ALTER TABLE runs ADD COLUMN estimate_spend NOT NULL DEFAULT 0",
        "ALTER TABLE runs ADD COLUMN plan_done NOT NULL DEFAULT 0",
        # The logs of own sessions are read again: they hold the estimates.
        _READ_OWN_AGAIN,
    ),
    2: ("ALTER TABLE runs ADD COLUMN title NOT NULL DEFAULT ''", _BY_CELL),
    3: (_RUN_TAGS, _READ_OWN_AGAIN),
    4: (
        "ALTER TABLE runs ADD COLUMN leaf NOT NULL DEFAULT 0",
        *_RUN_PARTS,
        "UPDATE files SET stamp = '' WHERE source = 'claude-code'",
    ),
}
"""By version, what the next one adds: the estimates of plans, titles, tags, runs over files."""
TABLE_SET = ComputedTables(
    _APPLICATION,
    HISTORY_VERSION,
    _TABLES,
    probe="SELECT (SELECT stamp FROM files LIMIT 1), (SELECT ended FROM runs LIMIT 1),"
    " (SELECT hour FROM usage LIMIT 1), (SELECT title FROM runs LIMIT 1),"
    " (SELECT tag FROM run_tags LIMIT 1), (SELECT part FROM run_parts LIMIT 1)",
    can_be_lost=False,
    steps=_STEPS,
)


_FLAGS = ("is_agent", "is_estimated", "low_output", "plan_done")


def run_of_columns(
    plain: Sequence[object],
    tools: bytes,
    usage: tuple[HourUsage, ...] = (),
    tags: tuple[str, ...] = (),
) -> TaskRun:
    """A run from its columns."""
    values = dict(zip(PLAIN_COLUMNS, plain, strict=True))
    for name in _FLAGS:
        values[name] = bool(values[name])
    values |= {"tools": msgspec.json.decode(tools), "usage": usage, "tags": tags}
    return msgspec.convert(values, TaskRun)

"""`glideslope import`: takes the history of other agents, as figures to learn budgets from."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tui.command_line import CommandLineParser, UsageError
from tui.history.history_store import HistoryStore
from tui.history.log_import import (
    SOURCES,
    ImportProgress,
    ImportResult,
    ImportSource,
    read_logs,
    source_folders,
)
from tui.number_format import format_tokens
from tui.printing import print_beside, print_error, print_json, print_text
from tui.sanitize import clean_line
from tui.session.store_errors import StoreError
from tui.settings.user_folders import user_folders
from tui.typos import nearest_name

IMPORT_VERSION = 1
"""Version of the JSON; fields are only ever added under one version."""
SHOWN_DAMAGE = 10
"""Damaged lines, and files that cannot be unpacked, that are named."""
PROGRESS_SECONDS = 0.1
"""How often the progress is painted."""
BAR_CELLS = 24


def run_import(arguments: Sequence[str]) -> int:
    """Run the subcommand; returns the exit code.

    Raises:
        UsageError: the command line is wrong, or there are no such logs.
    """
    parser = CommandLineParser(
        prog="glideslope import",
        description="Reads the logs of another agent. It keeps figures, times, names of tools and"
        " the kind of each task, and nothing of what was said, unless you want titles. Import again"
        " whenever you like: what was read is not counted twice.",
        allow_abbrev=False,
    )
    parser.add_argument("source", metavar="|".join(SOURCES), help="the agent that wrote the logs")
    parser.add_argument(
        "--from",
        dest="folder",
        metavar="FOLDER",
        help="where its logs lie, if not where it puts them",
    )
    parser.add_argument(
        "--titles",
        action="store_true",
        help="keep the first 60 characters of each prompt, too; glideslope runs shows them",
    )
    parser.add_argument("--json", action="store_true", help="print the totals as one JSON object")
    found = parser.parse_args(arguments)
    if found.source not in SOURCES:
        near = nearest_name(found.source, SOURCES)
        hint = f"did you mean {near}?" if near else f"there are {', '.join(SOURCES)}."
        raise UsageError(f"glideslope cannot import {found.source!r}; {hint}")
    folders = _folders(found.source, found.folder)
    progress = _ProgressBar(found.json)
    try:
        with HistoryStore(user_folders().data) as store:
            result = read_logs(found.source, folders, store, progress.show, titles=found.titles)
    except StoreError as error:
        progress.clear()
        print_error(error.sentence)
        return 1
    progress.clear()
    if found.json:
        print_json(import_json(result))
    else:
        print_text("\n".join(import_lines(result)))
    return 0


def import_json(result: ImportResult) -> dict[str, object]:
    """The totals, under the names of the JSON."""
    return {
        "type": "import",
        "version": IMPORT_VERSION,
        "source": result.source,
        "files": result.files,
        "unchanged": result.unchanged,
        "compressed": len(result.compressed),
        "compressed_files": result.compressed,
        **result.totals.as_json(),
        "output_too_low": result.low_output,
        "estimated": result.estimated,
        "damaged": len(result.damaged) + result.damaged_before,
        "damaged_lines": [
            {"file": each.file, "line": each.line, "reason": each.reason} for each in result.damaged
        ],
        "agents": result.agents.as_json(),
    }


def import_lines(result: ImportResult) -> list[str]:
    """What was found, in sentences."""
    totals, agents = result.totals, result.agents
    lines = [
        f"{_count(totals.runs, 'run')} with {_count(totals.requests, 'request')}, "
        f"{format_tokens(totals.charged)} tokens charged, in {_count(result.files, 'file')}"
        f" ({result.unchanged} read before)."
    ]
    if agents.runs:
        lines.append(
            f"{_count(agents.runs, 'sub-agent')} beside them, with "
            f"{format_tokens(agents.charged)} tokens charged; they are in no run's figures."
        )
    if result.low_output:
        lines.append(
            f"The logs of {_count(result.low_output, 'run')} have less output than was written:"
            " what they were billed is too low. The tokens charged are right."
        )
    if result.estimated:
        lines.append(f"The tokens of {_count(result.estimated, 'run')} are estimates (≈).")
    if result.compressed:
        lines.append(
            f"{_count(len(result.compressed), 'compressed file')} left out; install the Python"
            " package zstandard or unpack them, and import again."
        )
        lines += [f"  {clean_line(path)}" for path in result.compressed[:SHOWN_DAMAGE]]
    if damaged := len(result.damaged) + result.damaged_before:
        lines.append(f"{_count(damaged, 'damaged line')} left out.")
        lines += [
            f"  {clean_line(each.file)}:{each.line}: {clean_line(each.reason)}"
            for each in result.damaged[:SHOWN_DAMAGE]
        ]
    if result.source == "claude-code":
        lines.append("Claude Code deletes its logs after 30 days; import them regularly.")
    return lines


def _folders(source: ImportSource, given: str | None) -> list[Path]:
    """Where to look.

    Raises:
        UsageError: there is no such folder.
    """
    if given is not None:
        folder = Path(given).expanduser()
        if not folder.is_dir():
            raise UsageError(f"There is no folder {given}.")
        return [folder]
    found = source_folders(source, os.environ, Path.home())
    if not found:
        raise UsageError(
            f"No logs of {source} were found where it puts them; --from FOLDER says where they are."
        )
    return found


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


class _ProgressBar:
    """A bar on standard error, where that is a terminal."""

    def __init__(self, quiet: bool) -> None:
        self._shown = not quiet and sys.stderr.isatty()
        self._next = 0.0
        self._width = 0

    def show(self, progress: ImportProgress) -> None:
        """Paint the progress, unless it was painted a moment ago."""
        now = time.monotonic()
        if not self._shown or now < self._next:
            return
        self._next = now + PROGRESS_SECONDS
        filled = BAR_CELLS * progress.files // max(1, progress.of)
        text = (
            f"{'█' * filled}{'░' * (BAR_CELLS - filled)} "
            f"{progress.files:,} of {progress.of:,} files, {progress.bytes / 1e6:,.0f} MB"
        )
        print_beside(text.ljust(self._width), end="\r")
        self._width = len(text)

    def clear(self) -> None:
        """Take the bar away."""
        if self._width:
            print_beside(" " * self._width, end="\r")

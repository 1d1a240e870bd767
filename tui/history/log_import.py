"""Brings the logs of other agents into the store of task runs.

One file at a time, one transaction a file: an import that was interrupted goes on where it was.
Files that are unchanged since the last import are not read again. Runs of files that are gone
stay: some agents delete their logs after a month.
"""

import os
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from tui.budget.task_kind_rules import guess_after
from tui.budget.task_kinds import TaskKind
from tui.history.history_store import HistoryStore, ReadFile
from tui.history.task_run import HourCounts, TaskRun
from tui.importers import claude_code, codex, opencode
from tui.importers.compressed_logs import can_unpack, is_compressed
from tui.importers.imported_run import (
    MAX_TITLE,
    BilledTokens,
    DamagedLine,
    ImportedRun,
    ImportTotals,
)
from tui.importers.log_lines import SeenIds, row_mark
from tui.sanitize import clean_line

ImportSource = Literal["claude-code", "codex", "opencode"]
SOURCES: tuple[ImportSource, ...] = get_args(ImportSource)
TITLED = " titled"
"""What the stamp of a file ends with that was read with titles."""


@dataclass(slots=True)
class ImportResult:
    """What an import found in all files of a source, those that were not read again included."""

    source: ImportSource
    totals: ImportTotals = field(default_factory=ImportTotals)
    agents: ImportTotals = field(default_factory=ImportTotals)
    """The same of sub-agents: they are in no run's figures."""
    files: int = 0
    unchanged: int = 0
    """Of the files, those that were not read again."""
    compressed: list[str] = field(default_factory=list)
    """Files that were left out because nothing here can unpack them."""
    low_output: int = 0
    """Runs whose log has less output than was written."""
    estimated: int = 0
    """Runs whose context broke, so that their charge is an estimate."""
    damaged: list[DamagedLine] = field(default_factory=list)
    damaged_before: int = 0
    """Damaged lines of files that were not read again."""


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is."""

    files: int
    of: int
    bytes: int


def source_folders(source: ImportSource, environment: Mapping[str, str], home: Path) -> list[Path]:
    """The folders in which an agent keeps its logs, those that exist.

    Args:
        source: The agent.
        environment: May name the folders.
        home: The user's home folder.
    """
    match source:
        case "claude-code":
            return claude_code.log_folders(environment, home)
        case "codex":
            return codex.log_folders(environment, home)
        case "opencode":
            return opencode.log_folders(environment, home)


def read_logs(
    source: ImportSource,
    folders: list[Path],
    store: HistoryStore,
    show: Callable[[ImportProgress], None] = lambda _: None,
    *,
    titles: bool = False,
) -> ImportResult:
    """Read what is new or changed in these folders into the store.

    Args:
        source: The agent that wrote the logs.
        folders: Where they lie.
        store: Gets the runs.
        show: Is told after each file.
        titles: Whether to keep the beginning of each prompt; files that were read without titles
            are read again.

    Raises:
        StoreError: the store cannot be written.
    """
    result = ImportResult(source)
    files = _files(source, folders)
    known, taught = store.stamps(source), store.corrections.fingerprint
    # A file without a stamp is read, whatever was known of it.
    stamps = {str(file): f"{stamp}{taught}" if (stamp := stamp_of(file)) else "" for file in files}
    titled = {path: f"{stamp}{TITLED}" if stamp else "" for path, stamp in stamps.items()}
    store.forget(source, _superseded(source, known.keys() - stamps.keys(), files, folders))
    fresh = {path for path, stamp in titled.items() if stamp and stamp == known.get(path)}
    if titles:
        stamps = titled
    else:
        fresh |= {path for path, stamp in stamps.items() if stamp and stamp == known.get(path)}
    # The runs of files that are gone stay, so a copy of one of them counts no second time.
    gone = {path for path in known.keys() - stamps.keys() if not Path(path).exists()}
    seen = _seen_ids(source, store, fresh | gone)
    read = 0
    for number, file in enumerate(files, 1):
        result.files += 1
        if str(file) in fresh:
            result.unchanged += 1
        elif is_compressed(file) and not can_unpack():
            result.compressed.append(str(file))
        else:
            _read_file(source, file, stamps[str(file)], seen, store, result, titles=titles)
            read += file.stat().st_size if file.exists() else 0
        show(ImportProgress(number, len(files), read))
    _count_stored(store, result, {str(file) for file in files})
    result.damaged_before = store.damaged(source, fresh & stamps.keys())
    return result


def _superseded(
    source: ImportSource, others: Set[str], files: Sequence[Path], folders: Sequence[Path]
) -> list[str]:
    """Files in the store whose runs are in one of these files, or should not be read beside them.

    Args:
        source: The agent.
        others: Paths in the store that are not among the files.
        files: The files to read.
        folders: Where they lie.
    """
    if source == "codex":
        names = {codex.log_name(file) for file in files if not is_compressed(file) or can_unpack()}
        return [path for path in others if codex.log_name(Path(path)) in names]
    roots = tuple(str(folder) for folder in folders)
    return [
        path
        for path in others
        if Path(path).exists() and any(Path(path).is_relative_to(root) for root in roots)
    ]


def stamp_of(file: Path) -> str:
    """The size and time of a file, of its messages for a folder; empty for one that is gone."""
    try:
        paths = [file] if file.is_file() else sorted(file.iterdir())
        if file.suffix == ".db" and (ahead := file.with_name(f"{file.name}-wal")).exists():
            paths.append(ahead)  # what a database at work has not yet in its file
        found = [path.stat() for path in paths]
    except OSError:
        return ""
    newest = max((each.st_mtime_ns for each in found), default=0)
    return f"{len(found)}:{sum(each.st_size for each in found)}:{newest}"


def _files(source: ImportSource, folders: Sequence[Path]) -> list[Path]:
    """The logs below these folders, each once, in the order in which they have to be read."""
    match source:
        case "claude-code":
            found = claude_code.log_files(*folders)
        case "codex":
            found = [file for folder in folders for file in codex.log_files(folder)]
        case "opencode":
            found = [file for folder in folders for file in opencode.log_files(folder)]
    return [*{os.path.realpath(file): file for file in reversed(found)}.values()][::-1]


def _seen_ids(source: ImportSource, store: HistoryStore, fresh: set[str]) -> SeenIds:
    """The ids that the files which are not read again were counted for."""
    seen = SeenIds()
    for rows, answers in store.seen(source, sorted(fresh)):
        seen.rows.update(rows)
        seen.answers.update(answers)
    return seen


def _read_file(
    source: ImportSource,
    file: Path,
    stamp: str,
    seen: SeenIds,
    store: HistoryStore,
    result: ImportResult,
    *,
    titles: bool,
) -> None:
    """Read one file, and replace what the store has of it.

    Args:
        source: The agent that wrote it.
        file: Where it lies.
        stamp: Its size and time.
        seen: Ids that count no more; gets those of this file.
        store: Gets the runs.
        result: Gets the damaged lines.
        titles: Whether to keep titles.
    """
    damaged: list[DamagedLine] = []
    runs, own = _imported_runs(source, file, seen, damaged)
    result.damaged += damaged
    if any(each.is_file for each in damaged):
        # Its runs stay as they are, and their copies in other files count no second time.
        seen.update(_seen_ids(source, store, {str(file)}))
        return
    note = ReadFile(source, str(file), stamp, (*own.rows,), (*own.answers,), len(damaged))
    store.replace(note, [task_run(run, store.corrections.verbs, titled=titles) for run in runs])


def read_again(source: ImportSource, file: Path) -> list[ImportedRun]:
    """The runs of one log with their prompts, whatever was counted; none where it is gone."""
    if not file.exists():
        return []
    return _imported_runs(source, file, SeenIds(), [])[0]


def _imported_runs(
    source: ImportSource, file: Path, seen: SeenIds, damaged: list[DamagedLine]
) -> tuple[list[ImportedRun], SeenIds]:
    """The runs of one log, and the ids that they were counted for.

    Args:
        source: The agent that wrote it.
        file: Where it lies.
        seen: Ids that count no more; gets those of this file.
        damaged: Gets the lines that cannot be read.
    """
    match source:
        case "claude-code":
            return claude_code.read_log(file, seen, damaged)
        case "codex":
            return codex.read_log(file, seen, damaged)
        case "opencode":
            return opencode.read_log(file, damaged), SeenIds()


def task_run(
    run: ImportedRun, verbs: Mapping[str, TaskKind] | None = None, *, titled: bool = False
) -> TaskRun:
    """What is kept of an imported run: figures, times, names of tools and a kind.

    Args:
        run: The run.
        verbs: Head verbs that the user's corrections taught.
        titled: Whether the beginning of its prompt is kept, too.
    """
    used = HourCounts()
    for request in run.requests:
        used.add(request.at, request.model, request.usage)
    return TaskRun(
        source=run.source,
        session=run.session,
        started=run.started,
        ended=max((request.at for request in run.requests), default=run.started),
        kind=guess_after(run.prompt, run.files, verbs).kind,
        model=run.requests[-1].model if run.requests else "",
        end=run.ended,
        spend=run.charged,
        project=run.project,
        branch=run.branch,
        effort=run.effort,
        requests=len(run.requests),
        tools=run.tools,
        is_agent=run.is_agent,
        is_estimated=run.is_estimated,
        low_output=run.placeholder_output,
        leaf=row_mark(run.last_row),
        follows=run.follows,
        title=clean_line(run.prompt, MAX_TITLE) if titled else "",
        usage=used.usage(),
    )


def _count_stored(store: HistoryStore, result: ImportResult, files: set[str]) -> None:
    """Sum up what the store has of these files: the totals of all, read now or before."""
    for sums in store.file_sums(result.source):
        if sums.path in files:
            totals = result.agents if sums.is_agent else result.totals
            totals.runs += sums.runs
            totals.requests += sums.requests
            totals.charged += sums.charged
            totals.usage += BilledTokens(*sums.billed)
            result.low_output += sums.low_output
            result.estimated += sums.estimated

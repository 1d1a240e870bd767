"""Reads the logs of Codex.

Its counts are cumulative, and are written again and again: a request is a *difference* of two
totals. The logs of forks and of sub-agents begin with a copy of the parent's rows, written in the
second in which the file was made: these only move the point from which differences count.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tui.importers.compressed_logs import SUFFIX
from tui.importers.imported_run import (
    BilledTokens,
    DamagedLine,
    ImportedRequest,
    ImportedRun,
    fill_times,
)
from tui.importers.log_lines import (
    SeenIds,
    changed_at,
    digest,
    figure,
    mapping,
    take_rows,
    text_of,
    timestamp,
)
from tui.importers.log_walk import logs_below

SOURCE = "codex"
_NO_PROMPT = ("<environment_context>", "<user_instructions>", "<permissions instructions>")
_COUNTS = (
    "input_tokens",
    "cached_input_tokens",
    "cache_write_input_tokens",
    "output_tokens",
)
_COPY_SECONDS = 1.0
"""What is dated so shortly after the first row was copied when the file was made."""
_COUNT, _RECORD = "count", "record"
_Totals = tuple[int, int, int, int]
_NOTHING: _Totals = (0, 0, 0, 0)


def log_folders(environment: Mapping[str, str], home: Path) -> list[Path]:
    """The folder of Codex, if it exists.

    Args:
        environment: `CODEX_HOME` may name it.
        home: The user's home folder.
    """
    folder = Path(environment.get("CODEX_HOME") or home / ".codex").expanduser()
    return [folder] if folder.is_dir() else []


def log_files(folder: Path) -> list[Path]:
    """The logs below a folder, oldest first; one that was moved to the archive once.

    The names begin with the time. Logs that are compressed (`.jsonl.zst`) are among them, unless
    they lie somewhere unpacked as well.
    """
    by_name: dict[str, Path] = {}
    parts = [folder / "sessions", folder / "archived_sessions"]
    for ending in (".jsonl", f".jsonl{SUFFIX}"):
        for part in [each for each in parts if each.is_dir()] or [folder]:
            for path in logs_below(part, ending):
                by_name.setdefault(log_name(path), path)
    return [by_name[name] for name in sorted(by_name)]


def log_name(path: Path) -> str:
    """The name of a log, which it keeps when it is moved to the archive or compressed."""
    return path.name.removesuffix(SUFFIX)


def read_log(
    path: Path, seen: SeenIds, damaged: list[DamagedLine]
) -> tuple[list[ImportedRun], SeenIds]:
    """The runs of one file, and the ids of the answers that it names.

    Args:
        path: The log of a session, of a fork or of a sub-agent.
        seen: The ids of the files before; gets those of this one.
        damaged: Gets the lines that cannot be read.
    """
    reader = _CodexReader(path, seen)
    take_rows(path, reader.read, damaged)
    seen.update(reader.own)
    runs = reader.finished_runs()
    fill_times(runs, changed_at(path))
    return runs, reader.own


class _CodexReader:
    """Takes the rows of one file in order."""

    def __init__(self, path: Path, seen: SeenIds) -> None:
        self.own = SeenIds()
        self._path = path
        self._seen = seen
        self._runs: list[ImportedRun] = []
        self._run: ImportedRun | None = None
        self._birth = self._first_count = self._at = 0.0
        self._counts = 0
        self._is_copy = True
        """Whether the rows read so far may be the parent's."""
        self._totals: _Totals = _NOTHING
        self._records: list[tuple[ImportedRun, ImportedRequest]] = []
        self._calls_tool = self._is_agent = False
        self._broken: set[str] = set()
        """Which of counts and records have had no request since the context was compacted."""
        self._session = self._path.stem
        self._model = self._effort = self._project = self._branch = ""

    def read(self, row: dict[str, Any]) -> None:
        """Take one row.

        Raises:
            DamagedFigure: a count is none.
        """
        at = self._at = timestamp(row.get("timestamp")) or self._at
        payload = mapping(row.get("payload"))
        if not self._birth and payload.get("type") != "token_count":
            self._birth = at
        match row.get("type"), payload.get("type"):
            case "session_meta", _:
                self._read_session(payload)
            case "turn_context", _:
                self._model = text_of(payload.get("model")) or self._model
                self._effort = text_of(payload.get("effort")) or self._effort
            case "compacted", _:
                self._broken = {_COUNT, _RECORD}
            case "event_msg", "token_count":
                self._read_count(mapping(payload.get("info")), at)
            case ("event_msg", "token_usage_record") | ("token_usage_record", _):
                self._read_record(payload, at)
            case "event_msg", kind:
                self._read_event(text_of(kind), payload, at)
            case "response_item", kind:
                self._read_item(text_of(kind), payload)

    def finished_runs(self) -> list[ImportedRun]:
        """The runs that have requests; in a run with records these count instead of totals."""
        for run in {id(run): run for run, _ in self._records}.values():
            run.requests = []
        for run, request in self._records:
            run.requests.append(request)
        return [run for run in self._runs if run.requests]

    def _read_session(self, payload: dict[str, Any]) -> None:
        if self._project:
            return  # a fork carries its parent's as well, behind its own
        self._session = text_of(payload.get("id")) or self._session
        self._project = text_of(payload.get("cwd"))
        self._branch = text_of(mapping(payload.get("git")).get("branch"))
        source = payload.get("source")
        self._is_agent = source == "subagent" or "subagent" in mapping(source)

    def _read_event(self, kind: str, payload: dict[str, Any], at: float) -> None:
        match kind:
            case "user_message":
                text = text_of(payload.get("message")).strip()
                if payload.get("kind", "plain") == "plain" and not text.startswith(_NO_PROMPT):
                    self._run, self._calls_tool = self._new_run(text, at), False
            case "task_complete" if self._run is not None:
                self._run.end = "completed"
            case "turn_aborted" if self._run is not None:
                self._run.end = "interrupted"
            case "agent_message":
                self._calls_tool = False
                self._mark_last()
            case "context_compacted":
                self._broken = {_COUNT, _RECORD}

    def _read_item(self, kind: str, payload: dict[str, Any]) -> None:
        if kind in ("function_call", "custom_tool_call", "local_shell_call") and self._run:
            name = text_of(payload.get("name")) or kind
            self._run.tools[name] = self._run.tools.get(name, 0) + 1
            self._calls_tool = True
            self._mark_last()

    def _mark_last(self) -> None:
        if self._run is not None and self._run.requests:
            self._run.requests[-1].calls_tool = self._calls_tool
        if self._records and self._records[-1][0] is self._run:
            self._records[-1][1].calls_tool = self._calls_tool

    def _read_count(self, info: dict[str, Any], at: float) -> None:
        total = mapping(info.get("total_token_usage"))
        if not total:
            return
        found = tuple(figure(total, name) for name in _COUNTS)
        new: _Totals = (found[0], found[1], found[2], found[3])
        before, self._totals = self._totals, new
        if self._copies_parent(info, at) or new == before:
            return
        if any(now < then for now, then in zip(new, before, strict=True)):
            before = _NOTHING  # the count began again
        usage = _usage(*(now - then for now, then in zip(new, before, strict=True)))
        run = self._run or self._new_run("", at)
        self._run = run
        run.requests.append(self._new_request(_COUNT, usage, at))

    def _copies_parent(self, info: dict[str, Any], at: float) -> bool:
        """Whether a count is the parent's: it only moves the baseline."""
        if not self._is_copy or not at:
            return False  # without times nothing tells copies
        self._counts += 1
        last = info.get("last_token_usage")
        if self._counts == 1:
            self._first_count = at
            if isinstance(last, dict) and not any(last.get(name) for name in _COUNTS):
                return True
        self._is_copy = at - self._birth < _COPY_SECONDS and at - self._first_count < _COPY_SECONDS
        return self._is_copy

    def _read_record(self, payload: dict[str, Any], at: float) -> None:
        """The usage of one request, by the id of its answer; a repeated one counts once."""
        response = text_of(payload.get("response_id"))
        found = mapping(payload.get("usage") or payload.get("token_usage") or payload)
        counts = [figure(found, name) for name in _COUNTS]
        if not response or not any(counts) or (at and at - self._birth < _COPY_SECONDS):
            return
        answer = digest(response)
        if answer in self._seen.answers or answer in self.own.answers:
            return
        self.own.answers.add(answer)
        run = self._run = self._run or self._new_run("", at)
        self._records.append((run, self._new_request(_RECORD, _usage(*counts), at)))

    def _new_request(self, source: str, usage: BilledTokens, at: float) -> ImportedRequest:
        broken = source in self._broken
        self._broken.discard(source)
        return ImportedRequest(usage, at, self._model, broken, self._calls_tool)

    def _new_run(self, prompt: str, at: float) -> ImportedRun:
        run = ImportedRun(
            source=SOURCE,
            session=self._session,
            started=at,
            project=self._project,
            branch=self._branch,
            effort=self._effort,
            prompt=prompt,
            is_agent=self._is_agent,
        )
        self._runs.append(run)
        return run


def _usage(all_input: int, cached: int, written: int, output: int) -> BilledTokens:
    """Tokens by class: the input holds what was read from the cache and written to it."""
    plain = max(0, all_input - cached - written)
    return BilledTokens(input=plain, cache_write_5m=written, cache_read=cached, output=output)

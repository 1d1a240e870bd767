"""Reads the logs of Claude Code.

The format is not documented and has changed four times. One answer is written as one row or as
many, with the same usage on each; copies of rows come with resumed, forked and compacted sessions.
So a prompt counts once by the `uuid` of its row, and a request once by its message id, with the
largest output seen. What goes on in the middle of a run of another file is a part of that run.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tui.importers.imported_run import (
    BilledTokens,
    DamagedLine,
    ImportedRequest,
    ImportedRun,
    RunLink,
    fill_times,
)
from tui.importers.log_lines import (
    SeenIds,
    changed_at,
    digest,
    figure,
    mapping,
    read_rows,
    row_mark,
    take_rows,
    text_of,
    timestamp,
)
from tui.importers.log_walk import logs_below

SOURCE = "claude-code"
HEAD_ROWS = 40
"""Rows at the front of a file in which a fork names what it was forked from."""
PLACEHOLDER_OUTPUT = 10
"""Output up to which an answer without a stop reason has only a placeholder."""
_NO_PROMPT = ("<command-", "<local-command-", "<bash-", "caveat: the messages below")
"""What rows begin with that the program wrote, in lower case."""
_INTERRUPTED = "[Request interrupted"
_WRITING_TOOLS = frozenset({"Edit", "Write", "MultiEdit", "NotebookEdit"})


def log_folders(environment: Mapping[str, str], home: Path) -> list[Path]:
    """The folders in which Claude Code keeps its logs, those that exist.

    Args:
        environment: `CLAUDE_CONFIG_DIR` may name folders, with commas between them.
        home: The user's home folder.
    """
    named = environment.get("CLAUDE_CONFIG_DIR", "")
    folders = [Path(each.strip()).expanduser() for each in named.split(",") if each.strip()]
    folders = folders or [home / ".config" / "claude", home / ".claude"]
    return [each for each in folders if each.is_dir()]


def log_files(*folders: Path) -> list[Path]:
    """The logs below these folders, in the order in which they have to be read.

    Sessions come before the files of their agents, originals before forks, older ones first: of
    two files with the same row the first one keeps it.
    """
    found: list[Path] = []
    for folder in folders:
        below = folder / "projects"
        found += logs_below(below if below.is_dir() else folder, ".jsonl")
    return sorted(found, key=lambda path: (is_agent_file(path), *_age(path), str(path)))


def is_agent_file(path: Path) -> bool:
    """Whether a file holds the work of a sub-agent."""
    return path.name.startswith("agent-") or "subagents" in path.parts


def _age(path: Path) -> tuple[bool, float]:
    """Whether the file is a fork, and when it begins."""
    began, fork = 0.0, False
    for number, row in read_rows(path, []):
        fork = fork or "forkedFrom" in row
        began = began or timestamp(row.get("timestamp"))
        if number >= HEAD_ROWS or (fork and began):
            break
    return fork, began


def read_log(
    path: Path, seen: SeenIds, damaged: list[DamagedLine]
) -> tuple[list[ImportedRun], SeenIds]:
    """The runs of one file that no file before it has, those of sub-agents among them, and its ids.

    Args:
        path: The log of a session or of a sub-agent.
        seen: The ids of the files before; gets those of this one.
        damaged: Gets the lines that cannot be read.
    """
    reader = _ClaudeCodeReader(path, seen)
    take_rows(path, reader.read, damaged)
    seen.update(reader.own)
    runs = [run for run in reader.runs if run.requests]
    fill_times(runs, changed_at(path))
    return runs, reader.own


class _ClaudeCodeReader:
    """Takes the rows of one file in order."""

    def __init__(self, path: Path, seen: SeenIds) -> None:
        self.runs: list[ImportedRun] = []
        self.own = SeenIds()
        self._path = path
        self._seen = seen
        self._is_agent_file = is_agent_file(path)
        self._run: ImportedRun | None = None
        self._agents: dict[str, ImportedRun] = {}
        self._chains: dict[str, str] = {}
        """The first row of the side chain that a row belongs to, by its uuid."""
        self._requests: dict[str, tuple[ImportedRun, ImportedRequest]] = {}
        self._calls: set[str] = set()
        self._copied: ImportedRun | None = None
        """The last prompt that another file has as well: what follows goes on with its run."""
        self._parent: int | None = None
        """Stands for the row that the first row of the file goes on from."""
        self._broken: set[int] = set()
        """Runs, by identity, whose context broke since their last request."""

    def read(self, row: dict[str, Any]) -> None:
        """Take one row.

        Raises:
            DamagedFigure: a figure of its usage is none.
        """
        kind, uuid = row.get("type"), text_of(row.get("uuid"))
        is_main = not (row.get("isSidechain") or self._is_agent_file)
        if self._parent is None and uuid and is_main:
            parent = text_of(row.get("parentUuid")) or text_of(row.get("logicalParentUuid"))
            self._parent = row_mark(parent)
        if kind == "system" and row.get("subtype") == "compact_boundary":
            self._break_context(row)
        elif kind == "user":
            self._read_user(row, uuid)
        elif kind == "assistant" and (usage := _usage(row)) is not None:
            self._read_answer(row, uuid, usage)
        if self._run is not None and uuid and is_main:
            self._run.last_row = uuid

    def _break_context(self, row: dict[str, Any]) -> None:
        if row.get("isSidechain") or self._is_agent_file:
            uuid = text_of(row.get("uuid"))
            self._broken.add(id(self._agent_of(row, uuid)))
        elif self._run is not None:
            self._broken.add(id(self._run))

    def _read_user(self, row: dict[str, Any], uuid: str) -> None:
        if row.get("isSidechain") or self._is_agent_file:
            self._agent_of(row, uuid)
            return
        text = _prompt_text(row)
        if not text:
            return
        if text.startswith(_INTERRUPTED):
            if self._run is not None and not self._is_known(uuid):
                self._run.end = "interrupted"
        elif not text.lower().startswith(_NO_PROMPT):
            self._read_prompt(row, text, uuid)

    def _is_known(self, uuid: str) -> bool:
        """Whether a row was read before, in this file or in another; now it was."""
        if not uuid:
            return False
        own = digest(uuid)
        if own in self._seen.rows or own in self.own.rows:
            return True
        self.own.rows.add(own)
        return False

    def _read_prompt(self, row: dict[str, Any], text: str, uuid: str) -> None:
        own = digest(uuid) if uuid else None
        if own in self.own.rows:
            return  # every row is written again behind a second compaction
        if own in self._seen.rows:
            self._copied, self._run = self._made_run(row, text), None
            return
        if own is not None:
            self.own.rows.add(own)
        self._run = self._new_run(row, text)

    def _new_run(self, row: dict[str, Any], prompt: str, *, is_agent: bool = False) -> ImportedRun:
        run = self._made_run(row, prompt, is_agent=is_agent)
        self.runs.append(run)
        return run

    def _made_run(self, row: dict[str, Any], prompt: str, *, is_agent: bool = False) -> ImportedRun:
        return ImportedRun(
            source=SOURCE,
            session=text_of(row.get("sessionId")) or self._path.stem,
            started=timestamp(row.get("timestamp")),
            project=text_of(row.get("cwd")),
            branch=text_of(row.get("gitBranch")),
            prompt=prompt,
            is_agent=is_agent,
        )

    def _going_on(self, row: dict[str, Any]) -> ImportedRun:
        """A run that begins with an answer: the rest of one of another file, if there is one."""
        copied = self._copied
        run = self._new_run(row, copied.prompt if copied else "")
        if copied is None:
            run.follows = RunLink(session=run.session, parent=self._parent or 0)
        else:
            run.follows = RunLink(started=copied.started, session=copied.session)
            run.files += copied.files
        return run

    def _read_copied_answer(self, row: dict[str, Any]) -> None:
        """An answer of another file: what follows it goes on with the run there."""
        run = self._run
        if run is not None and not run.requests and run.follows is None:
            run.follows = RunLink(started=run.started, session=run.session)
        whose = run or self._copied
        if whose is not None:
            for block in _blocks(mapping(row.get("message"))):
                _note_change(whose, block)

    def _agent_of(self, row: dict[str, Any], uuid: str) -> ImportedRun:
        """The run of the sub-agent that a row belongs to."""
        parent = text_of(row.get("parentUuid"))
        chain = text_of(row.get("agentId")) if self._is_agent_file else ""
        if self._is_agent_file:
            chain = chain or self._path.stem
        else:
            chain = text_of(row.get("agentId")) or self._chains.get(parent) or uuid or "side chain"
        self._chains[uuid] = chain
        if chain not in self._agents:
            self._agents[chain] = self._new_run(row, "", is_agent=True)
        return self._agents[chain]

    def _read_answer(self, row: dict[str, Any], uuid: str, usage: BilledTokens) -> None:
        message = mapping(row.get("message"))
        side = bool(row.get("isSidechain")) or self._is_agent_file
        run = self._agent_of(row, uuid) if side else self._run
        if row.get("isApiErrorMessage") or message.get("model") == "<synthetic>":
            return
        answer = text_of(message.get("id")) or uuid
        own = digest(answer)
        if own in self._seen.answers:
            if not side:
                self._read_copied_answer(row)
            return
        self.own.answers.add(own)
        if run is None:
            run = self._run = self._going_on(row)
        if answer in self._requests:
            run, request = self._requests[answer]
            _merge(request, usage)
        else:
            broken = id(run) in self._broken
            self._broken.discard(id(run))
            request = ImportedRequest(usage, model=text_of(message.get("model")), broken=broken)
            run.requests.append(request)
            self._requests[answer] = run, request
            # What follows an interrupt and a tool result is the same run again.
            run.end = None
        request.at = timestamp(row.get("timestamp")) or request.at
        self._read_tools(run, request, message)
        if message.get("stop_reason") is None and usage.output <= PLACEHOLDER_OUTPUT:
            run.placeholder_output = True

    def _read_tools(
        self, run: ImportedRun, request: ImportedRequest, message: dict[str, Any]
    ) -> None:
        for block in _blocks(message):
            if block.get("type") != "tool_use":
                continue
            request.calls_tool = True
            call, name = text_of(block.get("id")), text_of(block.get("name"))
            if call in self._calls:
                continue
            self._calls.add(call)
            run.tools[name] = run.tools.get(name, 0) + 1
            _note_change(run, block)


def _note_change(run: ImportedRun, block: dict[str, Any]) -> None:
    """Note the file that a call of a tool writes."""
    arguments = mapping(block.get("input"))
    path = text_of(arguments.get("file_path") or arguments.get("notebook_path"))
    if text_of(block.get("name")) in _WRITING_TOOLS and path and path not in run.files:
        run.files.append(path)


def _usage(row: dict[str, Any]) -> BilledTokens | None:
    """The usage of an answer; None where the row has none.

    Raises:
        DamagedFigure: a figure is negative or no whole number.
    """
    found = mapping(row.get("message")).get("usage")
    if not isinstance(found, dict):
        return None
    split = mapping(found.get("cache_creation"))
    hour = figure(split, "ephemeral_1h_input_tokens")
    written = figure(found, "cache_creation_input_tokens")
    if split:
        written = max(written, hour + figure(split, "ephemeral_5m_input_tokens"))
    return BilledTokens(
        input=figure(found, "input_tokens"),
        cache_write_5m=written - hour,
        cache_write_1h=hour,
        cache_read=figure(found, "cache_read_input_tokens"),
        output=figure(found, "output_tokens"),
    )


def _merge(request: ImportedRequest, usage: BilledTokens) -> None:
    """Keep the larger of two usages of one answer: the log writes its start as well as its end."""
    one, two = request.usage, usage
    larger = two if two.context >= one.context else one
    request.usage = replace(larger, output=max(one.output, two.output))


def _prompt_text(row: dict[str, Any]) -> str:
    """What the user typed; empty for rows of the program and for results of tools."""
    if row.get("isMeta") or row.get("isCompactSummary"):
        return ""
    message = mapping(row.get("message"))
    content = message.get("content")
    if isinstance(content, str):
        return content.strip()
    blocks = [*_blocks(message)]
    if any(block.get("type") == "tool_result" for block in blocks):
        return next(
            (
                text
                for block in blocks
                if (text := text_of(block.get("text"))).startswith(_INTERRUPTED)
            ),
            "",
        )
    text = "\n".join(text_of(block.get("text")) for block in blocks).strip()
    return text or ("(picture)" if blocks else "")


def _blocks(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    content = message.get("content")
    if isinstance(content, list):
        yield from (block for block in content if isinstance(block, dict))

"""The tool `read`: lines of a text file, numbered."""

import asyncio
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from io import BufferedReader
from itertools import islice
from typing import BinaryIO, ClassVar

import msgspec

from tui.agent.tools.base import (
    PreparedCall,
    ProgressCallback,
    ToolEnvironment,
    ToolError,
    ToolLimits,
    ToolOutcome,
    parse_input,
    tool_definition,
)
from tui.agent.tools.file_text import binary_kind, decode_text, shown
from tui.agent.tools.file_versions import LineSpan
from tui.agent.tools.tool_paths import (
    ResolvedPath,
    open_regular_file,
    recheck_path,
    resolve_path,
    stat_regular_file,
)
from tui.budget.token_estimate import utf8_size
from tui.session.events import JSON

_NUMBER = 8
"""Characters in front of a line: its number and a tab, and the line break behind it."""


class ReadInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which lines of which file to read."""

    path: str
    offset: int = 1
    """First line, from 1."""
    limit: int | None = None
    """Lines."""


class ReadPage(msgspec.Struct, frozen=True):
    """The lines that fit into one result."""

    first: int
    lines: tuple[str, ...]
    total: int | None
    """Lines of the file; None where counting them would mean reading a huge file."""
    note: str = ""
    """How the file is written, where that is unusual."""

    @property
    def next_line(self) -> int:
        """The line that follows."""
        return self.first + len(self.lines)

    @property
    def complete(self) -> bool:
        """Whether this is the whole file."""
        return self.first == 1 and self.total == len(self.lines)


class ReadTool:
    """Reads a text file, a page at a time."""

    name = "read"
    reads_only = True
    definition: ClassVar[JSON] = tool_definition(
        name,
        "Read a text file. Lines come numbered (the number and the tab are not part of the "
        "file). Long files come in pages; the result says which offset comes next.",
        {
            "path": {"type": "string", "description": "Relative to the project folder."},
            "offset": {"type": "integer", "description": "First line, from 1."},
            "limit": {"type": "integer", "description": "Lines to read; default 2000."},
        },
        ("path",),
    )

    def prepare(self, input: JSON, env: ToolEnvironment) -> PreparedCall:
        """Find out where the path leads; the file itself is not touched before it may be."""
        args = parse_input(input, ReadInput)
        if args.offset < 1 or (args.limit is not None and args.limit < 1):
            raise ToolError("offset and limit count from 1.")
        place = resolve_path(args.path, env)
        return PreparedCall(
            name=self.name,
            subject=place.display_path,
            reads_only=True,
            permission=place.permission("read"),
            arguments=args,
            path=place.path,
        )

    async def run(
        self, call: PreparedCall, env: ToolEnvironment, progress: ProgressCallback
    ) -> ToolOutcome:
        """Read the page asked for."""
        stop = threading.Event()
        try:
            page = await asyncio.to_thread(_read_page, call, env, stop)
        except asyncio.CancelledError:
            stop.set()
            raise
        return ToolOutcome(content=_content(page), summary=_summary(page))


def _read_page(call: PreparedCall, env: ToolEnvironment, stop: threading.Event) -> ReadPage:
    args: ReadInput = call.arguments
    place = recheck_path(call, args.path, env)
    stat_regular_file(place)
    with open_regular_file(place) as file:
        size = os.fstat(file.fileno()).st_size
        if size > env.limits.file_bytes:
            return _page_of_large_file(place, file, args, env.limits, stop)
        content = file.read()
    _refuse_binary(place, content, len(content))
    text = decode_text(content)
    body = shown(text.body)
    lines = body.removesuffix("\n").split("\n") if body else []
    # Of the whole file, because a page may begin in the middle of a key; lines stay as many.
    safe = env.redactor(body).text.removesuffix("\n").split("\n") if body else []
    if args.offset > max(1, len(lines)):
        raise ToolError(f"{place.display_path} has only {len(lines):,} lines.")
    last = args.offset - 1 + (args.limit or env.limits.read_lines)
    wanted = (_shortened(line, env.limits.line_characters) for line in safe[args.offset - 1 : last])
    note = text.note if text.encoding != "utf-8" or text.has_stray_bytes else ""
    page = ReadPage(args.offset, _fit_lines(wanted, env.limits), len(lines), note)
    env.file_versions.record_lines(place.path, content, len(lines), _fully_shown_spans(page, lines))
    return page


def _fully_shown_spans(page: ReadPage, lines: Sequence[str]) -> Iterator[LineSpan]:
    """The lines of the file that the page shows as they are: not shortened, nothing removed."""
    first = page.first
    for number, line in enumerate(page.lines, page.first):
        if line != lines[number - 1].removesuffix("\r"):
            yield LineSpan(first, number)
            first = number + 1
    yield LineSpan(first, page.next_line)


def _page_of_large_file(
    place: ResolvedPath, file: BinaryIO, args: ReadInput, limits: ToolLimits, stop: threading.Event
) -> ReadPage:
    """A page of a file too large to be held: read through, never kept."""
    start = file.peek(8192) if isinstance(file, BufferedReader) else b""
    _refuse_binary(place, start, os.fstat(file.fileno()).st_size)
    first, last = args.offset - 1, args.offset - 1 + (args.limit or limits.read_lines)
    lines = _fit_lines(
        islice(_stream_lines(file, limits.line_characters, stop), first, last), limits
    )
    at_end = not file.read(1)
    if not lines:
        raise ToolError(f"{place.display_path} has fewer than {args.offset:,} lines.")
    total = args.offset - 1 + len(lines) if at_end else None
    return ReadPage(args.offset, lines, total, "huge file, read in passing")


def _stream_lines(file: BinaryIO, most: int, stop: threading.Event) -> Iterator[str]:
    """Lines of a file, each held only as far as it will be shown."""
    while not stop.is_set() and (piece := file.readline(4 * most)):
        length = len(piece)
        rest = piece
        while not rest.endswith(b"\n") and (rest := file.readline(1 << 16)):
            length += len(rest)
        line = piece.decode("utf-8", "replace").removesuffix("\n")
        whole = length == len(piece)
        yield _shortened(line, most) if whole else f"{line[:most]}… [{length:,} bytes in this line]"


def _refuse_binary(place: ResolvedPath, start: bytes, size: int) -> None:
    if kind := binary_kind(start):
        raise ToolError(f"{place.display_path} is {kind} ({size:,} bytes); read shows text only.")


def _fit_lines(lines: Iterable[str], limits: ToolLimits) -> tuple[str, ...]:
    """The lines that fit into one result: at least one."""
    fitting: list[str] = []
    room = limits.output_characters - 200
    for line in lines:
        shown = line.removesuffix("\r")
        room -= utf8_size(shown) + _NUMBER
        if room < 0 and fitting:
            break
        fitting.append(shown)
    return tuple(fitting)


def _shortened(line: str, most: int) -> str:
    over = len(line) - most
    return line if over <= 0 else f"{line[:most]}… [{over:,} more characters in this line]"


def _content(page: ReadPage) -> str:
    if not page.lines:
        return "(The file is empty.)"
    numbered = [f"{number:>6}\t{line}" for number, line in enumerate(page.lines, page.first)]
    notes = [page.note] if page.note else []
    if page.total is None or page.next_line <= page.total:
        notes.append(f"{_line_range(page)}; for the rest read with offset={page.next_line}")
    elif page.first > 1:
        notes.append(f"{_line_range(page)}: the end")
    return "\n".join([*numbered, *([f"[{'; '.join(notes)}]"] if notes else [])])


def _line_range(page: ReadPage) -> str:
    of = f" of {page.total:,}" if page.total is not None else ""
    return f"lines {page.first}–{page.next_line - 1}{of}"


def _summary(page: ReadPage) -> str:
    if not page.complete:
        return _line_range(page)
    return "1 line" if page.total == 1 else f"{page.total:,} lines"

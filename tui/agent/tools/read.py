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
    Call,
    Limits,
    Outcome,
    Progress,
    ToolError,
    World,
    arguments,
    schema,
)
from tui.agent.tools.estimate import weight
from tui.agent.tools.places import Place, locate, opened, regular, still
from tui.agent.tools.seen import Span
from tui.agent.tools.text import binary_kind, decode
from tui.session.events import JSON

_NUMBER = 8
"""Characters in front of a line: its number and a tab, and the line break behind it."""


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to read."""

    path: str
    offset: int = 1
    """First line, from 1."""
    limit: int | None = None
    """Lines."""


class Page(msgspec.Struct, frozen=True):
    """The lines that fit into one result."""

    first: int
    lines: tuple[str, ...]
    total: int | None
    """Lines of the file; None where counting them would mean reading a huge file."""
    note: str = ""
    """How the file is written, where that is unusual."""

    @property
    def next(self) -> int:
        """The line that follows."""
        return self.first + len(self.lines)

    @property
    def complete(self) -> bool:
        """Whether this is the whole file."""
        return self.first == 1 and self.total == len(self.lines)


class Read:
    """Reads a text file, a page at a time."""

    name = "read"
    reads_only = True
    definition: ClassVar[JSON] = {
        "name": "read",
        "description": (
            "Read a text file. Lines come numbered (the number and the tab are not part of the "
            "file). Long files come in pages; the result says which offset comes next."
        ),
        "input_schema": schema(
            {
                "path": {"type": "string", "description": "Relative to the project folder."},
                "offset": {"type": "integer", "description": "First line, from 1."},
                "limit": {"type": "integer", "description": "Lines to read; default 2000."},
            },
            ("path",),
        ),
    }

    def prepare(self, input: JSON, world: World) -> Call:
        """Find out where the path leads; the file itself is not touched before it may be."""
        args = arguments(input, Input)
        if args.offset < 1 or (args.limit is not None and args.limit < 1):
            raise ToolError("offset and limit count from 1.")
        place = locate(args.path, world)
        return Call(
            name=self.name,
            subject=place.shown,
            reads_only=True,
            need=place.need("read"),
            arguments=args,
            path=place.path,
        )

    async def run(self, call: Call, world: World, progress: Progress) -> Outcome:
        """Read the page asked for."""
        stop = threading.Event()
        try:
            page = await asyncio.to_thread(_page, call, world, stop)
        except asyncio.CancelledError:
            stop.set()
            raise
        return Outcome(content=_content(page), summary=_summary(page))


def _page(call: Call, world: World, stop: threading.Event) -> Page:
    args: Input = call.arguments
    place = still(call, args.path, world)
    regular(place)
    with opened(place) as file:
        size = os.fstat(file.fileno()).st_size
        if size > world.limits.file:
            return _huge(place, file, args, world.limits, stop)
        content = file.read()
    _refuse_binary(place, content, len(content))
    text = decode(content)
    lines = text.body.removesuffix("\n").split("\n") if text.body else []
    # Of the whole file, because a page may begin in the middle of a key; lines stay as many.
    safe = world.redactor(text.body).text.removesuffix("\n").split("\n") if text.body else []
    if args.offset > max(1, len(lines)):
        raise ToolError(f"{place.shown} has only {len(lines):,} lines.")
    last = args.offset - 1 + (args.limit or world.limits.lines)
    wanted = (_shortened(line, world.limits.line) for line in safe[args.offset - 1 : last])
    note = text.note if text.encoding != "utf-8" else ""
    page = Page(args.offset, _fitting(wanted, world.limits), len(lines), note)
    world.seen.remember_lines(place.path, content, len(lines), _whole(page, lines))
    return page


def _whole(page: Page, lines: Sequence[str]) -> Iterator[Span]:
    """The lines of the file that the page shows as they are: not shortened, nothing removed."""
    first = page.first
    for number, shown in enumerate(page.lines, page.first):
        if shown != lines[number - 1].removesuffix("\r"):
            yield Span(first, number)
            first = number + 1
    yield Span(first, page.next)


def _huge(place: Place, file: BinaryIO, args: Input, limits: Limits, stop: threading.Event) -> Page:
    """A page of a file too large to be held: read through, never kept."""
    start = file.peek(8192) if isinstance(file, BufferedReader) else b""
    _refuse_binary(place, start, os.fstat(file.fileno()).st_size)
    first, last = args.offset - 1, args.offset - 1 + (args.limit or limits.lines)
    lines = _fitting(islice(_streamed(file, limits.line, stop), first, last), limits)
    at_end = not file.read(1)
    if not lines:
        raise ToolError(f"{place.shown} has fewer than {args.offset:,} lines.")
    total = args.offset - 1 + len(lines) if at_end else None
    return Page(args.offset, lines, total, "huge file, read in passing")


def _streamed(file: BinaryIO, most: int, stop: threading.Event) -> Iterator[str]:
    """Lines of a file, each held only as far as it will be shown."""
    while not stop.is_set() and (piece := file.readline(4 * most)):
        length = len(piece)
        rest = piece
        while not rest.endswith(b"\n") and (rest := file.readline(1 << 16)):
            length += len(rest)
        line = piece.decode("utf-8", "replace").removesuffix("\n")
        whole = length == len(piece)
        yield _shortened(line, most) if whole else f"{line[:most]}… [{length:,} bytes in this line]"


def _refuse_binary(place: Place, start: bytes, size: int) -> None:
    if kind := binary_kind(start):
        raise ToolError(f"{place.shown} is {kind} ({size:,} bytes); read shows text only.")


def _fitting(lines: Iterable[str], limits: Limits) -> tuple[str, ...]:
    """The lines that fit into one result: at least one."""
    fitting: list[str] = []
    room = limits.output - 200
    for line in lines:
        shown = line.removesuffix("\r")
        room -= weight(shown) + _NUMBER
        if room < 0 and fitting:
            break
        fitting.append(shown)
    return tuple(fitting)


def _shortened(line: str, most: int) -> str:
    over = len(line) - most
    return line if over <= 0 else f"{line[:most]}… [{over:,} more characters in this line]"


def _content(page: Page) -> str:
    if not page.lines:
        return "(The file is empty.)"
    numbered = [f"{number:>6}\t{line}" for number, line in enumerate(page.lines, page.first)]
    notes = [page.note] if page.note else []
    if page.total is None or page.next <= page.total:
        notes.append(f"{_span(page)}; for the rest read with offset={page.next}")
    elif page.first > 1:
        notes.append(f"{_span(page)}: the end")
    return "\n".join([*numbered, *([f"[{'; '.join(notes)}]"] if notes else [])])


def _span(page: Page) -> str:
    of = f" of {page.total:,}" if page.total is not None else ""
    return f"lines {page.first}–{page.next - 1}{of}"


def _summary(page: Page) -> str:
    if not page.complete:
        return _span(page)
    return "1 line" if page.total == 1 else f"{page.total:,} lines"

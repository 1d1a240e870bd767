"""Markdown read into blocks, and where reading may start again when more of it comes.

What comes last may still change: everything before the last paragraph, list item, fence or
table is settled. Reading starts again at that point even deep inside nested lists, because
each list item above it is represented by a stub (its marker, one letter, an empty line)
that puts the rest where it belongs.

Loaded after the first frame.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from markdown_it.token import Token

from tui.widgets.transcript import transcript_styles
from tui.widgets.transcript.inline_markdown import markdown_parser, parse_inline
from tui.widgets.transcript.markdown_extensions import MATH_BLOCK
from tui.widgets.transcript.preformatted import CodeText
from tui.widgets.transcript.styled_text import StyledText, plain
from tui.widgets.transcript.table_blocks import Align, TableGrid, table_slices
from tui.widgets.transcript.transcript_blocks import ProseBlock, RuleBlock, TranscriptBlock

MARKER_LINES: Final = 2
"""Source lines that represent one list item above the point where reading starts."""

_MARKER = re.compile(r" *(?:[-+*]|\d{1,9}[.)])(?: {1,4}(?=\S)|$)")

RestartKind = Literal["prose", "fence", "table"]

BULLETS: Final = ("•", "◦", "▪")

BOXES: Final = {" ": "☐", "x": "☑", "X": "☑"}
"""Of a task, by what is between its brackets."""

_TASK = re.compile(r"\[([ xX])\](?:[ \n]+|\Z)")

_SPACE_AT_END = re.compile(r"[ >]*\Z")
_DEFINITE = re.compile(r"[ >]*(?:(?:[-+*]|\d{1,9}[.)]) +)*[^\W\d_]")


@dataclass(slots=True)
class RestartPoint:
    """The last block of what was read, which may still change."""

    kind: RestartKind
    line: int
    """Line of the source it starts on."""
    end: int
    """Line after its last."""
    block: int
    """How many blocks are before it."""
    stubs: tuple[str, ...]
    """Markers of the list items it is in that start on earlier lines."""
    quoted: bool
    rows_of_block: CodeText | TableGrid | None = None
    first: int = 0
    """How many blocks are before the first slice of `rows_of_block`."""
    indent: int = 0
    token: Token | None = None


@dataclass(slots=True)
class MarkdownBlocks:
    """The blocks that some Markdown became, and where reading may restart."""

    blocks: list[TranscriptBlock] = field(default_factory=list)
    lines: list[tuple[int, int]] = field(default_factory=list)
    """First line and line after the last, of each block."""
    restart: RestartPoint | None = None


@dataclass(slots=True)
class _Container:
    kind: Literal["list", "item", "quote"]
    line: int
    mark: str = ""
    """Bullet or number that its first block still has to show."""
    wide: int = 0
    """Cells of that mark."""
    after: bool = False
    """Whether an item of the same list is before; of a list, whether it has an item."""


def read_markdown(
    source: str,
    stubs: tuple[str, ...],
    env: dict[str, Any],
    above: TranscriptBlock | None,
    blank: bool,
) -> MarkdownBlocks:
    """Blocks of `source`, which begins inside the list items of `stubs`.

    Args:
        source: Clean Markdown with tabs expanded.
        stubs: Their markers, outermost first.
        env: The parser's memory of reference links; kept for a whole answer.
        above: The block before, if there is one.
        blank: Whether an empty line is before.
    """
    text = item_opening(stubs) + source
    tokens: list[Token] = []
    made = markdown_parser()
    made.block.parse(text, made, env, tokens)
    walk = _MarkdownReader(text.split("\n"), MARKER_LINES * len(stubs), env, above, blank)
    for token in tokens:
        walk.take(token)
    return walk.finish()


class _MarkdownReader:
    """Goes through block tokens once."""

    def __init__(
        self,
        lines: list[str],
        skip: int,
        env: dict[str, Any],
        above: TranscriptBlock | None,
        blank: bool,
    ) -> None:
        self._lines = lines
        self._skip = skip
        self._env = env
        self._above = above
        self._blank = blank
        self._containers: list[_Container] = []
        self._result = MarkdownBlocks()
        self._heading = 0
        self._cells: list[StyledText] | None = None
        self._aligns: list[Align] = []
        self._grid: TableGrid | None = None
        self._row: tuple[int, int] = (0, 0)
        self._prose: Token | None = None

    def finish(self) -> MarkdownBlocks:
        """What was found, with lines counted from the source's own first."""
        found, skip = self._result, self._skip
        found.lines = [(first - skip, last - skip) for first, last in found.lines]
        if found.restart is not None:
            found.restart.line -= skip
            found.restart.end -= skip
        return found

    def take(self, token: Token) -> None:
        """Make blocks of one token of the parser."""
        kind = token.type
        if kind == "inline":
            self._take_inline(token)
        elif kind in {"fence", "code_block"}:
            self._take_code(token)
        elif kind == MATH_BLOCK:
            self._take_math(token)
        elif kind in {"paragraph_open", "heading_open"}:
            self._prose = token
            self._heading = int(token.tag[1]) if kind == "heading_open" else 0
            self._note_restart_point("prose", token)
        elif kind == "hr":
            self._note_restart_point("prose", token)
            self._add(RuleBlock("", self._lead().text, transcript_styles.RULE), token)
        elif kind.startswith(("bullet_list", "ordered_list", "list_item", "blockquote")):
            self._take_container(kind, token)
        else:
            self._take_table(kind, token)

    # -- containers ----------------------------------------------------------------

    def _take_container(self, kind: str, token: Token) -> None:
        if kind.endswith("_close"):
            closed = self._containers.pop()
            if closed.kind == "item" and closed.mark and closed.line >= self._skip:
                self._add_empty(closed)
            return
        assert token.map is not None
        line = token.map[0]
        if kind == "list_item_open":
            mark = f"{token.info}{token.markup} " if token.info else f"{self._bullet()} "
            around = self._containers[-1]
            self._containers.append(_Container("item", line, mark, len(mark), around.after))
            around.after = True
            self._note_restart_point("prose", token)
        else:
            self._containers.append(
                _Container("quote" if kind == "blockquote_open" else "list", line)
            )

    def _bullet(self) -> str:
        depth = sum(container.kind == "list" for container in self._containers)
        return BULLETS[(depth - 1) % len(BULLETS)]

    def _add_empty(self, item: _Container) -> None:
        """An item without text shows its mark."""
        self._containers.append(item)
        self._show_marks(item.line)
        self._containers.pop()

    def _show_marks(self, line: int) -> None:
        """Marks that no text has shown yet get a line of their own."""
        if any(container.mark and container.line >= self._skip for container in self._containers):
            rest = self._rest()
            block = ProseBlock(StyledText(), self._lead(), rest, listed=True)
            self._put(block, line, line + 1)

    def _lead(self) -> StyledText:
        """Decoration before a first line; marks are shown once."""
        lead = StyledText()
        for container in self._containers:
            if container.kind == "quote":
                lead += plain("▎ ", transcript_styles.QUOTE_BAR)
            elif container.kind == "item":
                mark = container.mark if container.line >= self._skip else ""
                lead += (
                    plain(mark, transcript_styles.BULLET)
                    if mark
                    else StyledText(" " * container.wide)
                )
                container.mark = ""
        return lead

    def _rest(self) -> StyledText:
        """Decoration before the other lines."""
        rest = StyledText()
        for container in self._containers:
            if container.kind == "quote":
                rest += plain("▎ ", transcript_styles.QUOTE_BAR)
            elif container.kind == "item":
                rest += StyledText(" " * container.wide)
        return rest

    def _note_restart_point(self, kind: RestartKind, token: Token) -> None:
        """Remember where reading may start again, if it may do so here."""
        assert token.map is not None
        line = token.map[0]
        if line < self._skip or not self._is_definite(line, kind == "table"):
            return
        stubs = self._item_markers_before(line)
        if stubs is None:
            return
        quoted = any(container.kind == "quote" for container in self._containers)
        if quoted and self._lines[line].startswith("    "):
            # The parser lets a quote go on so deep, but not begin.
            return
        self._result.restart = RestartPoint(
            kind, line, token.map[1], len(self._result.blocks), stubs, quoted, token=token
        )

    def _is_definite(self, line: int, table: bool) -> bool:
        """Whether a block that starts on `line` starts there whatever is added to the end.

        Where a table begins is only known when its second line is whole.
        """
        last = len(self._lines) - 1
        if table or "|" in self._lines[line]:
            return line + 1 < last
        return line < last or _DEFINITE.match(self._lines[line]) is not None

    def _item_markers_before(self, line: int) -> tuple[str, ...] | None:
        """Markers of the items around that start before `line`; None where that is not clear."""
        around = [c for c in self._containers if c.line < line and c.kind != "list"]
        if any(container.mark and container.line >= self._skip for container in around):
            return None
        lines = dict.fromkeys(container.line for container in around if container.kind == "item")
        counts = [(at, sum(c.line == at for c in around)) for at in lines]
        if any(c.line == line and c.kind == "item" and c.after for c in self._containers):
            # The item goes on with a list: what begins a list may be read otherwise.
            counts.append((line, 1))
        if counts and any(container.kind == "quote" for container in self._containers):
            return None
        found = [list_markers(self._lines[at], count) for at, count in counts]
        return None if None in found else tuple(marker for marker in found if marker is not None)

    # -- blocks --------------------------------------------------------------------

    def _take_inline(self, token: Token) -> None:
        if self._cells is not None:
            self._cells.append(parse_inline(token.content, self._env))
            return
        opened = self._prose or token
        assert opened.map is not None
        listed = any(container.kind == "list" for container in self._containers)
        if opened.map[0] < self._skip:
            self._lead()
            return
        box, text = self._take_box(token.content, opened.map[0])
        styled = parse_inline(text, self._env)
        if self._heading:
            styled = styled.with_base_style(transcript_styles.HEADINGS[self._heading - 1])
        elif any(container.kind == "quote" for container in self._containers):
            styled = styled.with_base_style(transcript_styles.QUOTE)
        lead, rest = self._lead() + box, self._rest() + StyledText(" " * len(box.text))
        spaced = self._heading > 0
        self._add(ProseBlock(styled, lead, rest, listed=listed, spaced=spaced), opened)

    def _take_box(self, text: str, line: int) -> tuple[StyledText, str]:
        """The box of a task behind its number, and its text; a box replaces a bullet."""
        found = _TASK.match(text)
        item = self._containers[-1] if self._containers else None
        if found is None or item is None or not item.mark or item.line != line or self._heading:
            return StyledText(), text
        box = f"{BOXES[found[1]]} "
        if item.wide == len(box):
            item.mark = box
            return StyledText(), text[found.end() :]
        return plain(box, transcript_styles.BULLET), text[found.end() :]

    def _take_math(self, token: Token) -> None:
        """Lines of mathematics are shown as they are written."""
        self._note_restart_point("prose", token)
        listed = any(container.kind == "list" for container in self._containers)
        rest = self._rest()
        text = StyledText(token.content)
        self._add(ProseBlock(text, self._lead(), rest, listed=listed), token)

    def _take_code(self, token: Token) -> None:
        assert token.map is not None
        self._note_restart_point("fence", token)
        fenced = token.type == "fence"
        rows = token.content.split("\n")
        if rows and not rows[-1]:
            rows.pop()
        self._show_marks(token.map[0])
        indent = len(self._lead().text)
        code = CodeText(token.info.strip(), rows, fenced=fenced)
        leaf = self._result.restart
        if leaf is not None and leaf.token is token:
            leaf.rows_of_block, leaf.indent, leaf.first = code, indent, len(self._result.blocks)
        for block in code.slices(indent):
            top = token.map[0] + fenced
            first = token.map[0] if block.first == 0 else top + block.first
            last = token.map[1] if block.last == len(rows) else top + block.last
            self._put(block, first, last)

    def _take_table(self, kind: str, token: Token) -> None:
        if kind == "table_open":
            self._note_restart_point("table", token)
            self._aligns = []
            self._grid = None
        elif kind == "tr_open":
            assert token.map is not None
            self._cells, self._row = [], (token.map[0], token.map[1])
        elif kind == "th_open":
            style = str(token.attrs.get("style", ""))
            self._aligns.append(column_alignment(style.removeprefix("text-align:")))
        elif kind == "tr_close":
            self._end_row()
        elif kind == "table_close" and self._grid is not None:
            self._end_table(self._grid)

    def _end_row(self) -> None:
        cells, self._cells = self._cells or [], None
        if self._grid is None:
            self._grid = TableGrid(tuple(cells), self._aligns)
        else:
            self._grid.add(cells, self._row)

    def _end_table(self, grid: TableGrid) -> None:
        lines = grid.sources
        first = lines[0][0] - 2 if lines else self._row[0]
        self._show_marks(first)
        indent = len(self._lead().text)
        leaf = self._result.restart
        if leaf is not None and leaf.kind == "table":
            leaf.rows_of_block, leaf.indent, leaf.first = grid, indent, len(self._result.blocks)
        for block in table_slices(grid, indent):
            top = first if block.first == 0 else lines[block.first][0]
            last = lines[block.last - 1][1] if block.last else first + 2
            self._put(block, top, last)

    def _add(self, block: TranscriptBlock, token: Token) -> None:
        assert token.map is not None
        self._put(block, token.map[0], token.map[1])

    def _put(self, block: TranscriptBlock, first: int, last: int) -> None:
        if first < self._skip:
            return
        above = self._result.blocks[-1] if self._result.blocks else self._above
        block.gap = gap_between_blocks(above, block, self._blank_above(first))
        self._result.blocks.append(block)
        self._result.lines.append((first, last))

    def _blank_above(self, line: int) -> bool:
        """Whether the source has an empty line above."""
        if line <= self._skip:
            return self._blank
        return _SPACE_AT_END.match(self._lines[line - 1]) is not None


def item_opening(markers: tuple[str, ...]) -> str:
    """Source that opens the list items with these markers."""
    return "".join(f"{marker}x\n\n" for marker in markers)


def gap_between_blocks(above: TranscriptBlock | None, block: TranscriptBlock, blank: bool) -> int:
    """Empty lines between two blocks of one answer."""
    if above is None or (block.is_same_stop(above) and not isinstance(block, ProseBlock)):
        return 0
    if (
        isinstance(above, ProseBlock)
        and above.spaced
        and isinstance(block, ProseBlock)
        and not block.spaced
    ):
        return 0
    spaced = isinstance(block, ProseBlock) and block.spaced
    return 1 if blank or spaced or block.needs_blank_lines or above.needs_blank_lines else 0


def column_alignment(style: str) -> Align:
    """A column's alignment as the parser writes it."""
    if style == "right":
        return "right"
    return "center" if style == "center" else "left"


def list_markers(line: str, count: int) -> str | None:
    """The first `count` list markers of `line`, with the spaces around them."""
    at = 0
    for _ in range(count):
        match = _MARKER.match(line, at)
        if match is None:
            return None
        at = match.end()
    marker = line[:at]
    return marker if marker.endswith(" ") else f"{marker} "

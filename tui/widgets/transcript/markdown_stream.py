"""An answer that arrives in pieces: what is settled is never read again.

Three things make every kind of text linear. Reading starts again at the last paragraph or
list item only. An open fence and an open table take new lines without the Markdown reader.
And a paragraph that grows very long settles sentence by sentence.

A finished answer is read the same way, in one piece or in several, so what was streamed
and what is loaded later cannot differ. Loaded after the first frame.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from tui.widgets.screen_text import TAB_CELLS, expand_tabs
from tui.widgets.transcript.inline_markdown import parse_inline
from tui.widgets.transcript.markdown_reader import RestartPoint, read_markdown
from tui.widgets.transcript.open_blocks import OpenFence, OpenTable
from tui.widgets.transcript.preformatted import CodeText
from tui.widgets.transcript.styled_text import StyledText
from tui.widgets.transcript.table_blocks import TableGrid
from tui.widgets.transcript.transcript_blocks import ProseBlock, TranscriptBlock

LONG_PARAGRAPH: Final = 1_200
"""Characters from which on a paragraph settles sentence by sentence."""

_SENTENCE = re.compile(r"[.!?:;,]? +(?=[^\W\d_])")
_UNPAIRED = re.compile(r"[*_`\[~<]")
_DEFINITION = re.compile(r"^[ \t>*+\-\d.)]*\[[^\]\n]+\]:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class BlockUpdate:
    """What a piece of text did to the blocks of an answer."""

    keep: int
    """Blocks at the front that stay as they are."""
    blocks: list[TranscriptBlock]
    """What follows them now."""
    dirty: int
    """The first block that has to be measured again; less than `keep` when a table grew wider."""


class MarkdownStream:
    """Reads one answer as it arrives."""

    def __init__(self) -> None:
        self.text = ""
        """All of it, clean."""
        self.is_finished = False
        """Whether nothing more will come."""
        self.blocks: list[TranscriptBlock] = []
        self._settled = 0
        """Offset in the text at which reading starts again."""
        self._kept = 0
        """Blocks that came before that offset."""
        self._stubs: tuple[str, ...] = ()
        self._env: dict[str, Any] = {}
        self._open: OpenFence | OpenTable | None = None
        self._settled_sentences: StyledText | None = None
        """The settled sentences of the paragraph that `_settled` is in."""
        self._paragraph_begin = 0
        self._paragraph_gap = 0

    @property
    def settled_blocks(self) -> int:
        """Blocks at the front that will stay as they are."""
        return self._kept

    def feed(self, piece: str) -> BlockUpdate:
        """Take in more clean text."""
        self.text += piece
        return self._read(final=False)

    def finish(self) -> BlockUpdate:
        """Read what is left, now that nothing more will come."""
        self.is_finished = True
        if _DEFINITION.search(self.text) is not None:
            # A link may be defined after its use: with all definitions known, read again.
            self._settled, self._kept, self._stubs = 0, 0, ()
            self._open, self._settled_sentences = None, None
        return self._read(final=True)

    def _read(self, final: bool) -> BlockUpdate:
        keep = dirty = self._kept
        new: list[TranscriptBlock] = []
        while True:
            opened = self._open
            if opened is not None:
                version = opened.version
                self._read_open_block(opened, new, final)
                if opened.version != version:
                    dirty = min(dirty, opened.first)
                if self._open is None:
                    continue
            elif self._settled < len(self.text) and not self._read_tail(new, final):
                continue
            break
        self.blocks[keep:] = new
        return BlockUpdate(keep, new, dirty)

    # -- the tail ------------------------------------------------------------------

    def _read_tail(self, new: list[TranscriptBlock], final: bool) -> bool:
        """Read the tail; False when it opened something that is to go on by itself."""
        base = self._settled
        tail = self.text[base:]
        above = new[-1] if new else (self.blocks[self._kept - 1] if self._kept else None)
        # Half a definition must not be remembered: only what is whole is read with a memory.
        env = self._env if final else {}
        reading = read_markdown(self._expanded(tail), self._stubs, env, above, self._blank_before())
        starts = _line_starts(tail)
        for block, (first, last) in zip(reading.blocks, reading.lines, strict=True):
            block.begin = base + starts[min(first, len(starts) - 1)]
            block.end = base + _end_of(tail, starts, first, last)
        if self._settled_sentences is not None and reading.blocks:
            begun = reading.blocks[0]
            if not isinstance(begun, ProseBlock) or begun.spaced:
                # It was no paragraph but a heading, underlined at last.
                self._settled, self._settled_sentences = self._paragraph_begin, None
                return False
            self._prepend_settled_sentences(begun)
        leaf = reading.restart
        new += reading.blocks
        if leaf is None or final:
            return True
        before = len(new) - len(reading.blocks)
        if not leaf.quoted and self._open_block(leaf, base, starts, new, before):
            return False
        if leaf.block or leaf.line:
            self._settle(base + starts[leaf.line], leaf.stubs, leaf.block)
            self._settled_sentences = None
        if len(reading.blocks) == leaf.block + 1:
            self._settle_sentences(new)
        return True

    def _settle(self, offset: int, stubs: tuple[str, ...], blocks: int) -> None:
        self._settled = offset
        self._stubs = stubs
        self._kept += blocks

    def _expanded(self, tail: str) -> str:
        """The tail with its tabs as spaces, which may begin in the middle of a line."""
        column = (self._settled - self.text.rfind("\n", 0, self._settled) - 1) % TAB_CELLS
        return expand_tabs(" " * column + tail)[column:]

    def _blank_before(self) -> bool:
        """Whether the line before the tail is empty."""
        if not self._settled:
            return False
        line = self.text[self.text.rfind("\n", 0, self._settled - 1) + 1 : self._settled - 1]
        return not line.strip(" >\t")

    # -- fences and tables -----------------------------------------------------------

    def _open_block(
        self,
        leaf: RestartPoint,
        base: int,
        starts: list[int],
        new: list[TranscriptBlock],
        before: int,
    ) -> bool:
        """Let an open fence or table take its own lines from here on."""
        complete = starts[-1] if starts else 0
        column = len(leaf.stubs[-1]) if leaf.stubs else 0
        opened: OpenFence | OpenTable | None = None
        if isinstance(leaf.rows_of_block, CodeText):
            opened = OpenFence.of(leaf, self.text, base + starts[leaf.line], column)
        elif isinstance(leaf.rows_of_block, TableGrid) and not leaf.stubs:
            opened = OpenTable.of(leaf, self.text, base + starts[leaf.line], self._env)
        if opened is None or opened.at > base + complete:
            return False
        opened.gap = new[before + leaf.first].gap
        self._kept += leaf.first
        del new[before + leaf.first :]
        self._stubs, self._settled_sentences = leaf.stubs, None
        opened.first = self._kept
        self._open = opened
        return True

    def _read_open_block(
        self, opened: OpenFence | OpenTable, new: list[TranscriptBlock], final: bool
    ) -> None:
        closed = opened.take(self.text, final)
        kept = self._kept - opened.first
        blocks = opened.blocks(kept, self.text)
        if not kept and blocks:
            blocks[0].gap = opened.gap
        new += blocks
        if closed:
            self._kept += len(blocks)
            self._settled = opened.at
            self._open = None
        else:
            self._kept += max(0, len(blocks) - 1)

    # -- long paragraphs ---------------------------------------------------------------

    def _prepend_settled_sentences(self, block: ProseBlock) -> None:
        """Put the settled sentences of a paragraph before the rest of it."""
        assert self._settled_sentences is not None
        block.styled = self._settled_sentences + block.styled
        block.begin, block.gap = self._paragraph_begin, self._paragraph_gap

    def _settle_sentences(self, new: list[TranscriptBlock]) -> None:
        """Settle the first sentences of a very long paragraph."""
        tail = self.text[self._settled :]
        if (
            len(tail) < LONG_PARAGRAPH
            or self._stubs
            or not new
            or not isinstance(new[-1], ProseBlock)
        ):
            return
        if (
            tail[:1].isspace()
            or tail.startswith(("$$", "\\["))
            or "\t" in tail
            or new[-1].listed
            or new[-1].spaced
            or new[-1].rest.spans
        ):
            return
        cuts = [match.end() for match in _SENTENCE.finditer(tail, 0, len(tail) - 200)]
        if not cuts:
            return
        head, rest = tail[: cuts[-1]], tail[cuts[-1] :]
        whole, front = parse_inline(tail, self._env), parse_inline(head, self._env)
        if (
            _UNPAIRED.search(_text_outside_styles(front))
            or front.text + parse_inline(rest, self._env).text != whole.text
        ):
            return
        if self._settled_sentences is None:
            self._settled_sentences, self._paragraph_begin, self._paragraph_gap = (
                StyledText(),
                self._settled,
                new[-1].gap,
            )
        self._settled_sentences = self._settled_sentences + front
        self._settled += cuts[-1]


def _text_outside_styles(styled: StyledText) -> str:
    """The text that is not inside any style: where a mark could still find its partner."""
    kept, at = [], 0
    for start, end, _style in styled.spans:
        kept.append(styled.text[at:start])
        at = max(at, end)
    return "".join(kept) + styled.text[at:]


def _line_starts(text: str) -> list[int]:
    """Offsets at which the lines of `text` start; one past the last line feed included."""
    starts = [0]
    at = text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts


def _end_of(text: str, starts: list[int], first: int, last: int) -> int:
    """Offset after the last line that is not empty, without its line feed."""
    end = starts[last] if last < len(starts) else len(text)
    begin = starts[min(first, len(starts) - 1)]
    return begin + len(text[begin:end].rstrip())

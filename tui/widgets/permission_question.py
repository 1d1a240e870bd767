"""What is drawn of a permission question: what, why, a preview, and the answers.

The preview is foreign text: it is cleaned, direction overrides included, and wrapped
rather than cut, so that nothing can hide at the end of a long line.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from rich.cells import chop_cells
from textual.content import Content
from textual.style import Style

from tui.session.events import PermissionAsked, PermissionScope
from tui.widgets.bound import Labels, answer_hint, default_labels, key_before
from tui.widgets.cleaning import clean
from tui.widgets.lines import MUTED, flat, spread
from tui.widgets.question import QuestionLines

PREVIEW_LINES = 2_000
"""Lines of a preview that are worth wrapping; the rest is only counted."""

_DIFF_STYLES = {
    "+": "$text-success on $diff-add-background",
    "-": "$error on $diff-remove-background",
    "@": MUTED,
}
_LEAST_PREVIEW = 7
"""Rows of preview below which the answers move onto one row."""


class Answer(NamedTuple):
    """One of the four."""

    scope: PermissionScope
    digit: str
    words: str
    short: str


ANSWERS = (
    Answer("once", "1", "yes, once", "once"),
    Answer("session", "2", "yes, always in this session", "session"),
    Answer("project", "3", "yes, always in this project", "project"),
    Answer("no", "4", "no", "no"),
)


class PermissionQuestion(QuestionLines):
    """Question, preview and answers; which answer is marked. Keys are the prompt's affair."""

    DEFAULT_CSS = "PermissionQuestion { height: auto; max-height: 45vh; }"

    def __init__(self, labels: Labels = default_labels) -> None:
        """Args: labels: the keys of commands, for the answers."""
        super().__init__()
        self._labels = labels
        self._asked: PermissionAsked | None = None
        self._waiting = 0
        self._preview: tuple[Content, ...] = ()
        self._preview_top = 0
        """First row of the preview in view."""
        self._scrolled = False
        """Whether the user moved the preview; before that its first change is in view."""
        self._wrapped: tuple[int, list[Content]] | None = None

    def put(self, asked: PermissionAsked, waiting: int) -> None:
        """Ask about `asked`; `waiting` more questions come after it."""
        if self._asked is None or asked.tool_use != self._asked.tool_use:
            self._preview_top = self.selected = 0
            self._scrolled = False
            self._wrapped = None
            self._preview = _preview(asked.preview or asked.subject)
        self._asked, self._waiting = asked, waiting
        self.rebuild()

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Those on offer: without a rule there is nothing to allow for longer."""
        if self._asked is None or self._asked.rule:
            return ANSWERS
        return tuple(answer for answer in ANSWERS if answer.scope in ("once", "no"))

    def scroll_preview(self, by: int) -> None:
        """Look `by` rows further down the preview."""
        self._preview_top += by
        self._scrolled = True
        self.rebuild()

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """Question, preview and answers, the preview cut to what is left of `height`."""
        if self._asked is None:
            return []
        head, preview = self._head(self._asked, width), self._wrapped_preview(width)
        if self.writing:
            long = [Content.styled("no, because:", "bold")]
        else:
            long = self._long_answers(width)
        whole = [*head, *preview, Content(""), *long]
        if height is None or len(whole) <= height:
            return whole
        roomy = self.writing or height - len(head) - len(long) >= _LEAST_PREVIEW
        foot = long if roomy else self._short_answers(width)
        # What is asked about, and with what it can be answered, are the last to go.
        head = head[-1:] if height < len(head) + len(foot) else head
        room = height - len(head) - len(foot)
        return [*head, *self._window(preview, max(0, room)), *foot][-height:]

    def _head(self, asked: PermissionAsked, width: int) -> list[Content]:
        name = Content.styled(flat(asked.name, 40), "bold")
        reason = Content.styled(f" · {flat(asked.reason, 200)}", "$warning")
        hint = f"1 of {self._waiting + 1}" if self._waiting else ""
        if not self.active:
            hint = answer_hint(self._labels) + (f" · {hint}" if hint else "")
        right = Content.styled(hint, MUTED)
        shown = asked.subject and asked.subject != asked.preview.strip()
        subject = Content(flat(asked.subject, 400)) if asked.preview and shown else Content("")
        whole = Content.assemble(name, " ", subject, reason) if subject else name + reason
        if not subject or whole.cell_length + 1 + right.cell_length <= width:
            return [spread(whole, right, width)]
        return [spread(name + reason, right, width), subject]

    def _wrapped_preview(self, width: int) -> list[Content]:
        if self._wrapped is None or self._wrapped[0] != width:
            room = max(1, width - 2)
            rows = [row for line in self._preview for row in _wrap(line, room)]
            self._wrapped = (
                width,
                [Content.assemble(("▏ ", MUTED), _filled(row, room)) for row in rows],
            )
        return self._wrapped[1]

    def _window(self, preview: list[Content], room: int) -> list[Content]:
        most = max(0, len(preview) - room)
        if not self._scrolled:
            first = next((at for at, row in enumerate(preview) if _is_changed(row)), 0)
            self._preview_top = 0 if first < room - 2 else first - 2
        self._preview_top = min(max(0, self._preview_top), most)
        rows = preview[self._preview_top : self._preview_top + room]
        below = len(preview) - self._preview_top - len(rows)
        if self._preview_top and len(rows) > 2:
            rows[0] = Content.styled(f"▏ ↑ {self._preview_top + 1} more rows · page up", MUTED)
        if below and rows:
            rows[-1] = Content.styled(f"▏ ↓ {below + 1} more rows · page down", MUTED)
        return rows

    def _long_answers(self, width: int) -> list[Content]:
        rule = flat(self._asked.rule, 200) if self._asked else ""
        rows = []
        for at, answer in enumerate(self.answers):
            chosen = self.active and at == self.selected
            what = f"  {rule}" if answer.scope in ("session", "project") else ""
            if answer.scope == "no":
                what = "  tab says why"
            row = Content.assemble(
                ("▸ " if chosen else "  ", "$accent"),
                (self._key(answer), "bold $accent"),
                (answer.words, "bold" if chosen else ""),
                (what, MUTED),
            ).truncate(width, ellipsis=True)
            rows.append(row.stylize(Style.from_meta({"answer": answer.scope})))
        return rows

    def _short_answers(self, width: int) -> list[Content]:
        """All answers on one row, and what the longer ones would allow.

        Where there is no room for four, those that can be given without knowing the rule.
        """
        pieces = [self._short_answer(at, answer) for at, answer in enumerate(self.answers)]
        row = Content("  ").join(pieces)
        if row.cell_length > width:
            return [Content("  ").join([pieces[0], pieces[-1]])]
        rule = flat(self._asked.rule, 200) if self._asked else ""
        longer = [self._key(answer).strip() or answer.short for answer in ANSWERS[1:3]]
        allowed = f"  · {' and '.join(longer)} allow: {rule}" if rule else ""
        return [row + Content.styled(allowed, MUTED)]

    def _short_answer(self, at: int, answer: Answer) -> Content:
        style = "bold underline" if self.active and at == self.selected else ""
        words = Content.assemble((self._key(answer), "bold $accent"), (answer.short, style))
        return words.stylize(Style.from_meta({"answer": answer.scope}))

    def _key(self, answer: Answer) -> str:
        return key_before(self._labels(f"prompt.{answer.scope}"), answer.digit)


def _preview(text: str) -> tuple[Content, ...]:
    """The lines of a diff or a command, cleaned; a diff's are coloured by their sign."""
    lines = clean(text).expandtabs(4).splitlines()
    diff = any(line.startswith("@@ ") for line in lines)
    if diff and [line[:4] for line in lines[:2]] == ["--- ", "+++ "]:
        # The file is named above; a diff of several files keeps the names of the others.
        lines = lines[2:]
    shown = [
        Content.styled(line, _DIFF_STYLES.get(line[:1], "")) if diff else Content(line)
        for line in lines[:PREVIEW_LINES]
    ]
    if len(lines) > PREVIEW_LINES:
        shown.append(Content.styled(f"… {len(lines) - PREVIEW_LINES} more lines", MUTED))
    return tuple(shown)


def _filled(row: Content, width: int) -> Content:
    """`row` with the background of a changed line to its end."""
    gap = width - row.cell_length
    fills = gap and _is_changed(row)
    return row.append(Content.styled(" " * gap, row.spans[0].style)) if fills else row


def _is_changed(row: Content) -> bool:
    return any("on $diff" in str(span.style) for span in row.spans)


def _wrap(line: Content, width: int) -> list[Content]:
    """`line` in rows of `width` cells, nothing lost: what stands at the end is seen too.

    `Content.fold` would drop what follows a character of no width.
    """
    if line.cell_length <= width:
        return [line]
    ends = accumulate(len(piece) for piece in chop_cells(line.plain, width))
    return line.divide(list(ends)[:-1])

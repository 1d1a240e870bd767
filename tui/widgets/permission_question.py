"""What is drawn of a permission question: what, why, a preview, and the answers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.content import Content
from textual.style import Style

from tui.reports.key_labels import answer_hint
from tui.session.events import PermissionAsked, PermissionScope
from tui.widgets.line_widget import MUTED, flatten, flatten_revealed, left_and_right
from tui.widgets.preview import PreviewLine, preview_lines, wrap_preview_line
from tui.widgets.question_view import (
    AnswerLine,
    Choice,
    Decision,
    Question,
    QuestionKind,
    QuestionView,
)

_DIFF_TOOLS = frozenset({"edit", "write", "keep"})
"""Tools whose preview is a diff. A command is shown as it is, whatever it looks like."""
_LEAST_PREVIEW = 7
"""Rows of preview below which the answers move onto one row."""
_LONGEST = 10_000
"""Characters of what "always" allows that are shown."""
_MOST_ALLOWED = 3
"""Rows about what "always" allows that stay in view; more of them scroll with the preview."""


_WILDCARD = re.compile(r"(?<!\\)\*")
"""What makes a rule cover more than one command: its words alone do not show where it ends."""

_SCOPES: tuple[PermissionScope, ...] = ("once", "session", "project", "no")

PERMISSION_CHOICES = (
    Choice("once", "yes, once", short="once", key="1"),
    Choice("session", "yes, always in this session", short="session", key="2"),
    Choice("project", "yes, always in this project", short="project", key="3"),
    Choice("no", "no", short="no", key="4"),
)

KEEP_CHOICES = (
    Choice("once", "yes, keep the change", short="keep", key="1"),
    Choice("no", "no, leave the file as it was", short="leave", key="4"),
)
"""Answers about a change that was taken back already."""


@dataclass
class PermissionDecided(Decision):
    """The user decided whether a tool may act."""

    tool_use: str
    answer: PermissionScope
    reason: str = ""
    """For the model; only with `no`."""


class PermissionQuestion(Question):
    """Whether a tool may act: what it is about, a preview of it, and how far it is looked at."""

    kind: ClassVar = QuestionKind(
        "prompt",
        max_height="45vh",
        reason="reason",
        placeholder="what should Claude do instead? enter sends, esc goes back",
    )

    def __init__(self, asked: PermissionAsked) -> None:
        """Args: asked: what is asked."""
        self._asked = asked
        self.waiting = 0
        """How many more questions come after it."""
        path = asked.subject if asked.name in _DIFF_TOOLS else None
        self._preview: Sequence[PreviewLine] = preview_lines(asked.preview or asked.subject, path)
        self._preview_top = 0
        """First row of the preview in view."""
        self._scrolled = False
        """Whether the user moved the preview; before that its first change is in view."""
        self._out_of_view = 0
        """Rows of the preview for which there is no room."""
        self._wrapped: tuple[int, list[Content]] | None = None
        self._first_change = 0
        """Row of the wrapped preview where the first change begins."""

    @property
    def subject(self) -> PermissionAsked:
        """The question as the log has it."""
        return self._asked

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Those on offer: without a rule there is nothing to allow for longer."""
        if self._asked.rule:
            return PERMISSION_CHOICES
        if self._asked.name == "keep":
            return KEEP_CHOICES
        return tuple(choice for choice in PERMISSION_CHOICES if choice.id in ("once", "no"))

    @property
    def accepted(self) -> frozenset[str]:
        """Those on offer, and `reason`: no, with a line about why."""
        return super().accepted | {"reason"}

    def answer(self, id: str) -> Decision | AnswerLine:
        """The scope chosen, or the line for a reason."""
        if id == "reason":
            return AnswerLine(
                Content.styled("no, because:", "bold"),
                submit=lambda reason: self._decision("no", reason.strip()),
            )
        return self._decision(next(scope for scope in _SCOPES if scope == id))

    def _decision(self, scope: PermissionScope, reason: str = "") -> PermissionDecided:
        return PermissionDecided(self._asked.tool_use, scope, reason)

    def scroll(self, by: int) -> bool:
        """Look `by` rows further down the preview; says whether there is more than is in view."""
        if not self._out_of_view:
            return False
        self._preview_top += by
        self._scrolled = True
        return True

    def lines(self, view: QuestionView, width: int, height: int | None) -> Sequence[Content]:
        """Question, preview and answers, the preview cut to what is left of `height`."""
        head, body = self._head(view, width), self._wrapped_preview(width)
        allowed = [] if view.line else self._allowed(width)
        if len(allowed) > _MOST_ALLOWED:
            body, allowed = [*body, Content(""), *allowed], []
        if view.line:
            long = view.line_rows(view.line, width)
        else:
            long = [*allowed, *self._long_choices(view, width)]
        whole = [*head, *body, Content(""), *long]
        if height is None:
            return whole
        if len(whole) <= height:
            self._out_of_view = 0
            return whole
        roomy = bool(view.line) or height - len(head) - len(long) >= _LEAST_PREVIEW
        foot = long if roomy else _short_choices(view, allowed, width)
        # What is asked about, and with what it can be answered, are the last to go.
        if height < len(head) + len(foot):
            head = [self._subject_line() or head[0]]
        room = height - len(head) - len(foot)
        return [*head, *self._window(body, max(0, room)), *foot][-height:]

    def _head(self, view: QuestionView, width: int) -> list[Content]:
        asked = self._asked
        name = Content.styled(flatten(asked.name, 40), "bold")
        reason = Content.styled(flatten_revealed(asked.reason, 400), "$warning")
        hint = f"1 of {self.waiting + 1}" if self.waiting else ""
        if not view.takes_keys:
            hint = answer_hint(view.labels) + (f" · {hint}" if hint else "")
        right = Content.styled(hint, MUTED)
        subject = self._subject_line()
        parts = [name, subject] if subject else [name]
        whole = Content.assemble(Content(" ").join(parts), (" · ", "$warning"), reason)
        if whole.cell_length + 1 + right.cell_length <= width:
            return [left_and_right(whole, right, width)]
        first = Content.assemble(name, (" · ", "$warning"), reason)
        if first.cell_length + 1 + right.cell_length <= width:
            return [left_and_right(first, right, width), *_folded(subject, width)]
        return [left_and_right(name, right, width), *reason.wrap(width), *_folded(subject, width)]

    def _subject_line(self) -> Content:
        """What it is about, where the preview does not say it already."""
        asked = self._asked
        if not asked.preview:
            return Content("")
        subject = flatten_revealed(asked.subject, 400)
        # The subject of a long command is its beginning, on one line.
        said = flatten_revealed(asked.preview, 400).startswith(subject.removesuffix("…"))
        return Content(subject) if not said else Content("")

    def _wrapped_preview(self, width: int) -> list[Content]:
        if self._wrapped is None or self._wrapped[0] != width:
            rows: list[Content] = []
            first: int | None = None
            for line in self._preview:
                first = len(rows) if first is None and line.fill else first
                rows += wrap_preview_line(line, width)
            self._wrapped, self._first_change = (width, rows), first or 0
        return self._wrapped[1]

    def _window(self, preview: list[Content], room: int) -> list[Content]:
        most = self._out_of_view = max(0, len(preview) - room)
        if not self._scrolled:
            first = self._first_change
            self._preview_top = 0 if first < room - 2 else first - 2
        self._preview_top = min(max(0, self._preview_top), most)
        rows = preview[self._preview_top : self._preview_top + room]
        below = len(preview) - self._preview_top - len(rows)
        if self._preview_top and len(rows) > 2:
            rows[0] = _muted(f"  ↑ {self._preview_top + 1} more rows · page up")
        if below and rows:
            rows[-1] = _muted(f"  ↓ {below + 1} more rows · page down")
        return rows

    def _long_choices(self, view: QuestionView, width: int) -> list[Content]:
        rows: list[Content] = []
        for at, choice in enumerate(self.choices):
            what = " (tab: give a reason)" if choice.id == "no" else ""
            row = Content.assemble(view.choice_start(at, choice), (what, MUTED))
            row = row.truncate(width, ellipsis=True)
            rows.append(row.stylize(Style.from_meta({"answer": choice.id})))
        return rows

    def _allowed(self, width: int) -> list[Content]:
        """What "always" allows, in full: whoever grants it must be able to read all of it."""
        if not self._asked.rule:
            return []
        words = flatten_revealed(self._asked.allows or self._asked.rule, _LONGEST)
        # The command is there already, and may be long.
        words = words.removesuffix(
            f": {flatten_revealed(self._asked.preview or self._asked.subject, _LONGEST)}"
        )
        pattern = flatten_revealed(self._asked.rule, _LONGEST)
        wild = _WILDCARD.search(pattern) and pattern != words
        rule = f" · rule {pattern}" if wild else ""
        return list(Content.styled(f"  “always” allows: {words}{rule}", MUTED).wrap(width))


def _short_choices(view: QuestionView, allowed: list[Content], width: int) -> list[Content]:
    """All answers on one row under what the longer ones would allow.

    Where there is no room for four, those that can be given without knowing the rule.

    Args:
        view: Where it is drawn.
        allowed: What the longer ones would allow, in rows.
        width: Cells of a row.
    """
    pieces = view.short_choices()
    row = Content("  ").join(pieces)
    if row.cell_length > width:
        return [Content("  ").join([pieces[0], pieces[-1]])]
    return [*allowed, row]


def _folded(line: Content, width: int) -> list[Content]:
    """A line in rows, nothing lost; none for an empty one."""
    return wrap_preview_line(PreviewLine(line, Content(""), Content("")), width) if line else []


def _muted(words: str) -> Content:
    return Content.styled(words, MUTED)

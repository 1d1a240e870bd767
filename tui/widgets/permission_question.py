"""What is drawn of a permission question: what, why, a preview, and the answers."""

from collections.abc import Sequence
from typing import NamedTuple

from textual.content import Content
from textual.style import Style

from tui.reports.key_labels import KeyLabels, answer_hint, default_key_labels, key_prefix
from tui.session.events import PermissionAsked, PermissionScope
from tui.widgets.line_widget import MUTED, flatten, flatten_revealed, left_and_right
from tui.widgets.preview import PreviewLine, preview_lines, wrap_preview_line
from tui.widgets.question_prompt import QuestionLines

_DIFF_TOOLS = frozenset({"edit", "write", "keep"})
"""Tools whose preview is a diff. A command is shown as it is, whatever it looks like."""
_LEAST_PREVIEW = 7
"""Rows of preview below which the answers move onto one row."""
_LONGEST = 10_000
"""Characters of what "always" allows that are shown."""
_MOST_ALLOWED = 3
"""Rows about what "always" allows that stay in view; more of them scroll with the preview."""


class PermissionChoice(NamedTuple):
    """One of the four."""

    scope: PermissionScope
    digit: str
    words: str
    short: str


PERMISSION_CHOICES = (
    PermissionChoice("once", "1", "yes, once", "once"),
    PermissionChoice("session", "2", "yes, always in this session", "session"),
    PermissionChoice("project", "3", "yes, always in this project", "project"),
    PermissionChoice("no", "4", "no", "no"),
)

KEEP_CHOICES = (
    PermissionChoice("once", "1", "yes, keep the change", "keep"),
    PermissionChoice("no", "4", "no, leave it as it was", "leave"),
)
"""Answers about a change that was taken back already."""


class PermissionQuestion(QuestionLines):
    """Question, preview and answers; which answer is marked. Keys are the prompt's affair."""

    DEFAULT_CSS = "PermissionQuestion { height: auto; max-height: 45vh; }"

    def __init__(self, labels: KeyLabels = default_key_labels) -> None:
        """Args: labels: the keys of commands, for the answers."""
        super().__init__()
        self._labels = labels
        self._asked: PermissionAsked | None = None
        self._waiting = 0
        self._preview: Sequence[PreviewLine] = ()
        self._preview_top = 0
        """First row of the preview in view."""
        self._scrolled = False
        """Whether the user moved the preview; before that its first change is in view."""
        self._out_of_view = 0
        """Rows of the preview for which there is no room."""
        self._wrapped: tuple[int, list[Content]] | None = None
        self._first_change = 0
        """Row of the wrapped preview where the first change begins."""

    def set_question(self, asked: PermissionAsked, waiting: int) -> None:
        """Ask about `asked`; `waiting` more questions come after it."""
        if self._asked != asked:
            # One call may ask twice: whether it may run, and what it may keep.
            self._preview_top = self.selected = 0
            self._scrolled = False
            self._wrapped = None
            path = asked.subject if asked.name in _DIFF_TOOLS else None
            self._preview = preview_lines(asked.preview or asked.subject, path)
        self._asked, self._waiting = asked, waiting
        self.rebuild()

    @property
    def choices(self) -> tuple[PermissionChoice, ...]:
        """Those on offer: without a rule there is nothing to allow for longer."""
        if self._asked is None or self._asked.rule:
            return PERMISSION_CHOICES
        if self._asked.name == "keep":
            return KEEP_CHOICES
        return tuple(answer for answer in PERMISSION_CHOICES if answer.scope in ("once", "no"))

    def scroll_preview(self, by: int) -> bool:
        """Look `by` rows further down the preview; says whether there is more than is in view."""
        if not self._out_of_view:
            return False
        self._preview_top += by
        self._scrolled = True
        self.rebuild()
        return True

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """Question, preview and answers, the preview cut to what is left of `height`."""
        if self._asked is None:
            return []
        head, body = self._head(self._asked, width), self._wrapped_preview(width)
        allowed = [] if self.is_writing else self._allowed(width)
        if len(allowed) > _MOST_ALLOWED:
            body, allowed = [*body, Content(""), *allowed], []
        if self.is_writing:
            long = [Content.styled("no, because:", "bold")]
        else:
            long = [*allowed, *self._long_choices(width)]
        whole = [*head, *body, Content(""), *long]
        if height is None:
            return whole
        if len(whole) <= height:
            self._out_of_view = 0
            return whole
        roomy = self.is_writing or height - len(head) - len(long) >= _LEAST_PREVIEW
        foot = long if roomy else self._short_choices(allowed, width)
        # What is asked about, and with what it can be answered, are the last to go.
        if height < len(head) + len(foot):
            head = [self._subject(self._asked) or head[0]]
        room = height - len(head) - len(foot)
        return [*head, *self._window(body, max(0, room)), *foot][-height:]

    def _head(self, asked: PermissionAsked, width: int) -> list[Content]:
        name = Content.styled(flatten(asked.name, 40), "bold")
        reason = Content.styled(flatten_revealed(asked.reason, 400), "$warning")
        hint = f"1 of {self._waiting + 1}" if self._waiting else ""
        if not self.takes_keys:
            hint = answer_hint(self._labels) + (f" · {hint}" if hint else "")
        right = Content.styled(hint, MUTED)
        subject = self._subject(asked)
        parts = [name, subject] if subject else [name]
        whole = Content.assemble(Content(" ").join(parts), (" · ", "$warning"), reason)
        if whole.cell_length + 1 + right.cell_length <= width:
            return [left_and_right(whole, right, width)]
        first = Content.assemble(name, (" · ", "$warning"), reason)
        if first.cell_length + 1 + right.cell_length <= width:
            return [left_and_right(first, right, width), *_folded(subject, width)]
        return [left_and_right(name, right, width), *reason.wrap(width), *_folded(subject, width)]

    def _subject(self, asked: PermissionAsked) -> Content:
        """What it is about, where the preview does not say it already."""
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

    def _long_choices(self, width: int) -> list[Content]:
        rows: list[Content] = []
        for at, answer in enumerate(self.choices):
            chosen = self.takes_keys and at == self.selected
            what = "  tab says why" if answer.scope == "no" else ""
            row = Content.assemble(
                ("▸ " if chosen else "  ", "$accent"),
                (self._key(answer), "bold $accent"),
                (answer.words, "bold" if chosen else ""),
                (what, MUTED),
            ).truncate(width, ellipsis=True)
            rows.append(row.stylize(Style.from_meta({"answer": answer.scope})))
        return rows

    def _allowed(self, width: int) -> list[Content]:
        """What "always" allows, in full: whoever grants it must be able to read all of it."""
        if self._asked is None or not self._asked.rule:
            return []
        words = flatten_revealed(self._asked.allows or self._asked.rule, _LONGEST)
        # The command is there already, and may be long.
        words = words.removesuffix(
            f": {flatten_revealed(self._asked.preview or self._asked.subject, _LONGEST)}"
        )
        return list(Content.styled(f"  “always” would allow: {words}", MUTED).wrap(width))

    def _short_choices(self, allowed: list[Content], width: int) -> list[Content]:
        """All answers on one row under what the longer ones would allow.

        Where there is no room for four, those that can be given without knowing the rule.

        Args:
            allowed: What the longer ones would allow, in rows.
            width: Cells of a row.
        """
        pieces = [self._short_choice(at, answer) for at, answer in enumerate(self.choices)]
        row = Content("  ").join(pieces)
        if row.cell_length > width:
            return [Content("  ").join([pieces[0], pieces[-1]])]
        return [*allowed, row]

    def _short_choice(self, at: int, answer: PermissionChoice) -> Content:
        style = "bold underline" if self.takes_keys and at == self.selected else ""
        words = Content.assemble((self._key(answer), "bold $accent"), (answer.short, style))
        return words.stylize(Style.from_meta({"answer": answer.scope}))

    def _key(self, answer: PermissionChoice) -> str:
        return key_prefix(self._labels(f"prompt.{answer.scope}"), answer.digit)


def _folded(line: Content, width: int) -> list[Content]:
    """A line in rows, nothing lost; none for an empty one."""
    return wrap_preview_line(PreviewLine(line, Content(""), Content("")), width) if line else []


def _muted(words: str) -> Content:
    return Content.styled(words, MUTED)

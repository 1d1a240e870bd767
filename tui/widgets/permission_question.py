"""What is drawn of a permission question: what, why, a preview, the rule, and the answers."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.content import Content
from textual.message import Message

from tui.agent.agent_ends import DELEGATE
from tui.agent.edited_rules import is_every_edit
from tui.reports.key_labels import key_prefix
from tui.session.events import PermissionAsked, PermissionScope
from tui.widgets.key_row import key_piece, key_rows
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
_SHOWN = {DELEGATE: "list"}
"""What there is to see of a question that is about neither a file nor a command."""
_MOST_ANSWERS = 2
"""Rows of answers; where they take more, their words are shorter."""
_LONGEST = 10_000
"""Characters of a rule that are shown."""
_MOST_RULE_ROWS = 3
"""Rows about the rule that stay in view; more of them scroll with the preview."""

_WILDCARD = re.compile(r"(?<!\\)\*")
"""What makes a rule cover more than one command: its words alone do not show where it ends."""

_SCOPES: tuple[PermissionScope, ...] = ("once", "session", "team", "project", "no")

_ONCE = Choice("once", "yes")
_TEAM = Choice("team", "to the whole team", "the team")
_NO = Choice("no", "no, and say what instead", "no")

KEEP_CHOICES = (
    Choice("once", "yes, keep the change", "keep"),
    Choice("no", "no, leave the file as it was", "leave"),
)
"""Answers about a change that was taken back already."""


@dataclass
class PermissionDecided(Decision):
    """The user decided whether a tool may act."""

    tool_use: str
    answer: PermissionScope
    reason: str = ""
    """For the model; only with `no`."""
    rule: str = ""
    """The rule as the user wrote it; empty for the one that was offered."""


@dataclass
class PreviewRequested(Message):
    """The user wants to see all that is asked about; the question stays."""

    asked: PermissionAsked


class PermissionQuestion(Question):
    """Whether a tool may act: what it is about, a preview of it, and how far it is looked at."""

    kind: ClassVar = QuestionKind(
        "prompt",
        placeholder="",
    )

    def __init__(
        self,
        asked: PermissionAsked,
        check_rule: Callable[[str, str], str] = lambda *_: "",
        *,
        rule_is_fixed: bool = False,
    ) -> None:
        """Args:
        asked: What is asked.
        check_rule: Says as one sentence why a rule does not fit this call, by the call's id and
            the rule; empty where it does.
        rule_is_fixed: Whether the rule can only be granted as it is offered.
        """
        self._asked = asked
        self._rule_is_fixed = rule_is_fixed
        self._check_rule = check_rule
        self._edited = ""
        """The rule as the user wrote it."""
        self.waiting = 0
        """How many more questions come after it."""
        path = asked.subject if asked.name in _DIFF_TOOLS else None
        self._preview: Sequence[PreviewLine] = preview_lines(
            asked.preview or asked.subject, path, at_words=asked.name == DELEGATE
        )
        self._preview_top = 0
        """First row of the preview in view."""
        self._out_of_view = 0
        """Rows of the preview for which there is no room."""
        self._wrapped: dict[tuple[int, bool], list[Content]] = {}
        """Rows of the preview, by cells of a row and whether they are changes only."""

    @property
    def subject(self) -> PermissionAsked:
        """The question as the log has it."""
        return self._asked

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Those on offer: without a rule there is nothing to allow for longer."""
        if self._asked.name == "keep" and not self._asked.rule:
            return KEEP_CHOICES
        if self._asked.name == DELEGATE and self._asked.allows:
            return (_ONCE, Choice("session", self._asked.allows, "this turn"), _NO)
        if not self._asked.rule:
            return (_ONCE, _NO)
        if is_every_edit(self._rule):
            session = Choice(
                "session", "yes to all edits in this session (mode: edits)", "all edits (mode)"
            )
        else:
            session = Choice("session", "yes, by this rule in this session", "session")
        project = Choice("project", "in this project", "project")
        if self._asked.agent:
            return (_ONCE, self._agent_choice(session), _TEAM, project, _NO)
        return (_ONCE, session, project, _NO)

    def _agent_choice(self, session: Choice) -> Choice:
        """The answer for as long as the agent that asks is at work."""
        if is_every_edit(self._rule):
            return session._replace(name="yes to all edits of this agent (mode: edits)")
        return session._replace(name="yes, by this rule to this agent", short="this agent")

    @property
    def _rule(self) -> str:
        """What an answer for longer allows."""
        return self._edited or self._asked.rule

    @property
    def accepted(self) -> frozenset[str]:
        """Those on offer, to see all of it, and to change the rule."""
        more = {"show"} | ({"rule"} if self._can_edit_rule else set())
        return super().accepted | more

    @property
    def _can_edit_rule(self) -> bool:
        """Whether the rule may be changed, and fits on a line."""
        return not self._rule_is_fixed and self._asked.rule.isprintable() and bool(self._asked.rule)

    def answer(self, id: str) -> Message | AnswerLine:
        """The scope chosen, or a line: for a reason, for the rule."""
        match id:
            case "no":
                return AnswerLine(
                    Content.styled("no: what should it do instead?", "bold"),
                    submit=lambda reason: self._decision("no", reason.strip()),
                    keys="enter sends · esc goes back",
                    keys_may_move=True,
                )
            case "rule":
                return AnswerLine(
                    Content.styled("the rule:", "bold"),
                    submit=self._change_rule,
                    text=self._rule,
                    keys="enter keeps it · esc goes back",
                    keys_may_move=True,
                )
            case "show":
                return PreviewRequested(self._asked)
            case _:
                return self._decision(next(scope for scope in _SCOPES if scope == id))

    def _decision(self, scope: PermissionScope, reason: str = "") -> PermissionDecided:
        rule = self._edited if scope in ("session", "team", "project") else ""
        return PermissionDecided(self._asked.tool_use, scope, reason, rule)

    def _change_rule(self, text: str) -> str | None:
        """Take the rule as the user wrote it; else the sentence that says why not."""
        rule = text.strip()
        if problem := self._check_rule(self._asked.tool_use, rule):
            return problem
        self._edited = "" if rule == self._asked.rule else rule
        return None

    def scroll(self, by: int) -> bool:
        """Look `by` rows further down the preview; says whether there is more than is in view."""
        if not self._out_of_view:
            return False
        self._preview_top += by
        return True

    def lines(self, view: QuestionView, width: int, height: int | None) -> Sequence[Content]:
        """Question, preview and answers, the preview cut to what is left of `height`."""
        head, rule = self._head(view, width), self._rule_rows(view, width)
        long_rule = [Content(""), *rule] if len(rule) > _MOST_RULE_ROWS else []
        rule = [] if view.line or long_rule else rule
        answers = view.answer_rows(width, most=_MOST_ANSWERS)
        foot = view.line_rows(view.line, width) if view.line else [*rule, *answers]
        whole = [*head, *self._wrapped_preview(width), *long_rule, *foot]
        if height is None:
            return whole
        if len(whole) <= height:
            self._out_of_view = 0
            return whole
        # What is asked about, and with what it can be answered, are the last to go.
        if height < len(head) + len(foot):
            head = [self._subject_line() or head[0]]
        if height < len(head) + len(foot) and not view.line:
            foot = _fewest_answers(view, rule, width)
        room = height - len(head) - len(foot)
        body = [*self._wrapped_preview(width, changes_only=True), *long_rule]
        return [*head, *self._window(body, max(0, room)), *foot][-height:]

    def _head(self, view: QuestionView, width: int) -> list[Content]:
        asked = self._asked
        who = f"{flatten(asked.asker, 60)} · " if asked.agent else ""
        name = Content.styled(f"{who}{flatten(asked.name, 40)}", "bold")
        reason = Content.styled(flatten_revealed(asked.reason, 400), "$warning")
        count = f"1 of {self.waiting + 1}" if self.waiting else ""
        key = key_prefix(view.labels("prompt.show"))
        what = "file" if asked.name in _DIFF_TOOLS else _SHOWN.get(asked.name, "command")
        show = f"{key}whole {what}" if key else ""
        right = Content.styled(" · ".join(filter(None, (show, count))), MUTED)
        subject = self._subject_line()
        if subject and reason.plain.startswith(subject.plain):  # how many agents there are
            subject = Content("")
        parts = [name, subject] if subject else [name]
        line = Content.assemble(Content(" ").join(parts), (" · ", "$warning"), reason)
        if line.cell_length + 1 + right.cell_length <= width:
            return [left_and_right(line, right, width)]
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

    def _wrapped_preview(self, width: int, *, changes_only: bool = False) -> list[Content]:
        """The preview in rows.

        Args:
            width: Cells of a row.
            changes_only: Whether the lines beside a change are left out.
        """
        if (width, changes_only) not in self._wrapped:
            lines = [line for line in self._preview if line.fill] if changes_only else []
            rows = [
                row for line in lines or self._preview for row in wrap_preview_line(line, width)
            ]
            self._wrapped[width, changes_only] = rows
        return self._wrapped[width, changes_only]

    def _window(self, preview: list[Content], room: int) -> list[Content]:
        most = self._out_of_view = max(0, len(preview) - room)
        self._preview_top = min(max(0, self._preview_top), most)
        rows = preview[self._preview_top : self._preview_top + room]
        below = len(preview) - self._preview_top - len(rows)
        if self._preview_top and len(rows) > 2:
            rows[0] = _muted(f"  ↑ {self._preview_top + 1} more rows · page up")
        if below and rows:
            rows[-1] = _muted(f"  ↓ {below + 1} more rows · page down")
        return rows

    def _rule_rows(self, view: QuestionView, width: int) -> list[Content]:
        """What an answer for longer allows, in full: whoever grants it must be able to read it."""
        if not self._asked.rule:
            return []
        pattern = flatten_revealed(self._rule, _LONGEST)
        words = "" if self._edited else flatten_revealed(self._asked.allows, _LONGEST)
        # The command is there already, and may be long.
        words = words.removesuffix(
            f": {flatten_revealed(self._asked.preview or self._asked.subject, _LONGEST)}"
        )
        wild = _WILDCARD.search(pattern) and pattern != words
        said = "  ".join(filter(None, (words, pattern if wild or not words else "")))
        row = Content.assemble(("rule  ", MUTED), said)
        if self._can_edit_rule:
            key = key_prefix(view.labels("prompt.rule")).strip()
            edit = key_piece(key, "change it", {"answer": "rule"})
            if row.cell_length + edit.cell_length + 2 <= width:
                return [left_and_right(row, edit, width)]
            return [*row.wrap(width), edit]
        return list(row.wrap(width))


def _fewest_answers(view: QuestionView, rule: list[Content], width: int) -> list[Content]:
    """The answers on one row; where not all fit, those that can be given without the rule."""
    rows = view.answer_rows(width, most=1)
    if len(rows) == 1:
        return [*rule[:1], *rows] if len(rule) == 1 else rows
    choices = view.question.choices if view.question else ()
    pieces = [
        key_piece(
            key_prefix(view.labels(f"prompt.{choice.id}")).strip(),
            choice.short or choice.name,
            {"answer": choice.id},
        )
        for choice in choices
        if choice.id in ("once", "no")
    ]
    return key_rows(pieces, width)


def _folded(line: Content, width: int) -> list[Content]:
    """A line in rows, nothing lost; none for an empty one."""
    return wrap_preview_line(PreviewLine(line, Content(""), Content("")), width) if line else []


def _muted(words: str) -> Content:
    return Content.styled(words, MUTED)

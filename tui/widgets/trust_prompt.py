"""The question whether a folder is trusted: what it brings, and the keys that answer.

Everything shown of the files is foreign text and never markup; what nobody would see is written
out.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.style import Style

from tui.agent.folder_trust import ProjectFile, TrustAnswer, TrustQuestion
from tui.reports.key_labels import KeyLabels, answer_hint, default_key_labels, key_prefix
from tui.widgets.command_bindings import command_binding
from tui.widgets.line_widget import MUTED, flatten_revealed, left_and_right
from tui.widgets.question_prompt import QuestionLines, QuestionPrompt

TrustChoiceId = Literal["yes", "no", "look", "all"]

PREVIEW_LINES = 3
"""First lines of a memory file that are shown."""
_MORE = "The settings of this folder ask for more than yours"
_ABOUT = (
    "Its files would instruct the model and tighten your settings. Nothing of them is used yet."
)


class TrustChoice(NamedTuple):
    """One of the answers."""

    way: TrustChoiceId
    name: str
    effect: str


class FolderTrustQuestion(QuestionLines):
    """What the folder brings, and the answers. Keys are the prompt's affair."""

    DEFAULT_CSS = "FolderTrustQuestion { height: auto; max-height: 70vh; }"

    def __init__(self, labels: KeyLabels = default_key_labels) -> None:
        """Args: labels: the keys of commands, for the answers."""
        super().__init__()
        self._labels = labels
        self._asked: TrustQuestion | None = None

    def set_question(self, asked: TrustQuestion) -> None:
        """Ask about `asked`."""
        self._asked = asked
        self.rebuild()

    @property
    def choices(self) -> tuple[TrustChoice, ...]:
        """Those on offer, in the order of their digits."""
        asked = self._asked
        if asked is None:
            return ()
        look = TrustChoice("look", "look", "shows the files in full")
        if asked.trusted:
            return (
                TrustChoice("yes", "yes", "apply that, until one of these files changes"),
                TrustChoice("no", "no", "keep your own settings"),
                look,
            )
        yes = "use them, and remember this folder"
        rows = [TrustChoice("yes", "yes", yes), TrustChoice("no", "no", "go on without them"), look]
        if asked.requested_settings:
            rows[0] = TrustChoice("yes", "yes", f"{yes}; not what it also asks for")
            rows.append(TrustChoice("all", "all", "use them, and apply what it also asks for"))
        return tuple(rows)

    def lines(self, width: int, height: int | None = None) -> Sequence[Content]:
        """What is asked, by which files; their first lines only where there is room for them."""
        asked = self._asked
        if asked is None:
            return []
        foot = [self._row(at, row, width) for at, row in enumerate(self.choices)]
        foot[-1] = left_and_right(foot[-1], Content.styled(self._hint(), MUTED), width)
        room = None if height is None else max(1, height - len(foot))
        above: list[Content] = []
        # What trust means goes before the names of files, if only some of them have room.
        for about, previews in ((True, True), (True, False), (False, False), (True, False)):
            above = list(self._above(asked, width, about=about, previews=previews))
            if room is None or len(above) <= room:
                return [*above, *foot]
        assert room is not None, "without a height everything fits"
        more = f"  … {len(above) - room + 1} more lines: look shows everything"
        return [*above[: room - 1], Content.styled(more, MUTED), *foot]

    def _hint(self) -> str:
        return "esc decides later" if self.takes_keys else answer_hint(self._labels)

    def _above(
        self, asked: TrustQuestion, width: int, *, about: bool, previews: bool
    ) -> Iterator[Content]:
        """Everything above the answers.

        Args:
            asked: What is asked.
            width: Cells of a row.
            about: Whether to say what trust means.
            previews: Whether the first lines of memory files are shown.
        """
        title = _MORE if asked.trusted else "Do you trust this folder?"
        yield Content.styled(title, "bold")
        yield from Content(flatten_revealed(str(asked.folder), 300)).wrap(max(1, width))
        if about and not asked.trusted:
            yield from Content.styled(_ABOUT, MUTED).wrap(max(1, width))
        if asked.requested_settings:
            words = "It asks for:" if asked.trusted else "It also asks for, beyond your settings:"
            yield Content.styled(words, "bold $warning")
            for wish in asked.requested_settings:
                yield from _indented(flatten_revealed(wish, 300), "$warning", width)
        if asked.trusted:
            return
        for file in asked.files:
            yield _file(file, width)
            if previews:
                yield from _preview(file, width)
        for tighter in asked.stricter_settings:
            yield from _indented(flatten_revealed(tighter, 300), "", width)

    def _row(self, at: int, row: TrustChoice, width: int) -> Content:
        chosen = self.takes_keys and at == self.selected
        names = max(len(each.name) for each in self.choices)
        return (
            Content.assemble(
                ("▸ " if chosen else "  ", "$accent"),
                (key_prefix(self._labels(f"trust.{row.way}")), "bold $accent"),
                (row.name.ljust(names), "bold" if chosen else ""),
                (f"  {row.effect}", MUTED),
            )
            .truncate(width, ellipsis=True)
            .stylize(Style.from_meta({"answer": row.way}))
        )


def _file(file: ProjectFile, width: int) -> Content:
    what = "for the model" if file.kind == "memory" else "settings"
    size = "not used" if file.remark else f"{file.size:,} bytes"
    return left_and_right(
        Content.assemble(("· ", MUTED), (flatten_revealed(file.name, 300), "bold")),
        Content.styled(f"{what} · {size}", MUTED),
        width,
    )


def _preview(file: ProjectFile, width: int) -> Iterator[Content]:
    """The first lines of a memory file that say something; why a file is not used."""
    if file.remark:
        yield from _indented(flatten_revealed(file.remark, 300), MUTED, width)
    if file.kind == "settings":
        return
    lines = [line for line in file.text[:4_000].splitlines() if line.strip()]
    for line in lines[:PREVIEW_LINES]:
        yield Content.styled(f"    {flatten_revealed(line, 300)}", MUTED).truncate(
            width, ellipsis=True
        )
    if len(lines) > PREVIEW_LINES:
        yield Content.styled("    …", MUTED)


def _indented(words: str, style: str, width: int) -> Iterator[Content]:
    for row in Content.styled(words, style).wrap(max(1, width - 4)):
        yield Content.assemble("    ", row)


class TrustPrompt(QuestionPrompt):
    """Asks about one folder; `Answered` says what the user decided."""

    HELP: ClassVar[str | None] = (
        "y uses the files of the folder and remembers it, n goes on without them, l shows them. "
        "Esc decides later."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        command_binding("trust.yes", "answer('yes')"),
        command_binding("trust.no", "answer('no')"),
        command_binding("trust.look", "answer('look')"),
        command_binding("trust.all", "answer('all')"),
        command_binding("trust.later", "answer('later')"),
        Binding("enter", "answer_selected", "Answer", show=False),
        Binding("up", "select(-1)", "Up", show=False),
        Binding("down", "select(1)", "Down", show=False),
    ]

    @dataclass
    class TrustDecided(Message):
        """The user decided."""

        answer: TrustAnswer

    @dataclass
    class FilesRequested(Message):
        """The user wants to see the files."""

        asked: TrustQuestion

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, labels: KeyLabels = default_key_labels
    ) -> None:
        """Args:
        clock: In seconds: keys are no answers for a moment after the question came.
        labels: The keys of commands, for the answers.
        """
        question = FolderTrustQuestion(labels)
        super().__init__(question, "", clock=clock)
        self._question = question
        self._asked: TrustQuestion | None = None

    @property
    def is_asking(self) -> bool:
        """Whether something is asked."""
        return self._asked is not None

    def ask(self, asked: TrustQuestion, *, take_focus: bool) -> None:
        """Ask about a folder.

        Args:
            asked: The question.
            take_focus: Whether keys may go here: only while the composer is empty.
        """
        if self._asked != asked:
            self.start_question()
        self._asked = asked
        self._question.set_question(asked)
        self.take_focus_if_allowed(take_focus)

    def withdraw(self) -> None:
        """Nothing is asked any more."""
        self._asked = None

    def on_click(self, event: events.Click) -> None:
        """A click on an answer is that answer."""
        way = event.style.meta.get("answer")
        if way is not None:
            event.stop()
            self.action_answer(way)

    def action_answer(self, way: TrustChoiceId | Literal["later"]) -> None:
        """Give an answer, if it is on offer."""
        asked = self._asked
        offered = {row.way for row in self._question.choices}
        if asked is None or (way != "later" and way not in offered):
            return
        if way == "look":
            self.post_message(self.FilesRequested(asked))
            return
        self.withdraw()
        self.post_message(self.TrustDecided("all" if asked.trusted and way == "yes" else way))

    def action_answer_selected(self) -> None:
        """Give the marked answer."""
        answers = self._question.choices
        if answers:
            self.action_answer(answers[self._question.selected].way)

    def action_select(self, by: int) -> None:
        """Mark another answer."""
        self.move_mark(by, len(self._question.choices))

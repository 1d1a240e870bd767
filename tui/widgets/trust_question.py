"""The question whether a folder is trusted: what it brings, and the answers.

Everything shown of the files is foreign text and never markup; what nobody would see is written
out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.content import Content
from textual.message import Message

from tui.agent.folder_trust import ProjectFile, TrustAnswer, TrustQuestion
from tui.widgets.line_widget import MUTED, flatten_revealed, left_and_right
from tui.widgets.question_view import Choice, Decision, Question, QuestionKind, QuestionView

PREVIEW_LINES = 3
"""First lines of a memory file that are shown."""
_MORE = "The settings of this folder ask for more than your settings allow"
_ABOUT = (
    "Its files would give the model instructions and make your settings stricter. "
    "None of them is used yet."
)


@dataclass
class TrustDecided(Decision):
    """The user decided whether the folder is trusted."""

    answer: TrustAnswer


@dataclass
class FilesRequested(Message):
    """The user wants to see the files; the question stays."""

    asked: TrustQuestion


class FolderTrustQuestion(Question):
    """Whether a folder is trusted: what it brings, and the answers."""

    kind: ClassVar = QuestionKind("trust", escape="later", placeholder="")

    def __init__(self, asked: TrustQuestion) -> None:
        """Args: asked: the folder and its files."""
        self._asked = asked

    @property
    def subject(self) -> TrustQuestion:
        """The folder and its files."""
        return self._asked

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Those on offer, in the order of their digits."""
        look = Choice("look", "look at the files", "look")
        if self._asked.trusted:
            yes = "yes, until one of these files changes"
            return Choice("yes", yes, "yes"), Choice("no", "no, keep my own settings", "no"), look
        yes = "yes, use them, and remember this folder"
        no = Choice("no", "no, go on without them", "no")
        if not self._asked.requested_settings:
            return Choice("yes", yes, "yes"), no, look
        return (
            Choice("yes", "yes, use them, but allow nothing more", "yes"),
            no,
            look,
            Choice("all", "yes, and allow what it also asks for", "all"),
        )

    @property
    def accepted(self) -> frozenset[str]:
        """Those on offer, and to decide later."""
        return super().accepted | {"later"}

    def answer(self, id: str) -> Message:
        """The files, or the decision: of a trusted folder yes means all that it asks for."""
        match id:
            case "look":
                return FilesRequested(self._asked)
            case "yes" if self._asked.trusted:
                return TrustDecided("all")
            case "yes" | "no" | "all":
                return TrustDecided(id)
            case _:
                return TrustDecided("later")

    def lines(self, view: QuestionView, width: int, height: int | None) -> Sequence[Content]:
        """What is asked, by which files; their first lines only where there is room for them."""
        foot = view.answer_rows(width, beside="esc decides later" if view.takes_keys else "")
        room = None if height is None else max(1, height - len(foot))
        above: list[Content] = []
        # What trust means goes before the names of files, if only some of them have room.
        for about, previews in ((True, True), (True, False), (False, False), (True, False)):
            above = list(self._above(width, about=about, previews=previews))
            if room is None or len(above) <= room:
                return [*above, *foot]
        assert room is not None, "without a height everything fits"
        more = f"  … {len(above) - room + 1} more lines: look shows everything"
        return [*above[: room - 1], Content.styled(more, MUTED), *foot]

    def _above(self, width: int, *, about: bool, previews: bool) -> Iterator[Content]:
        """Everything above the answers.

        Args:
            width: Cells of a row.
            about: Whether to say what trust means.
            previews: Whether the first lines of memory files are shown.
        """
        asked = self._asked
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

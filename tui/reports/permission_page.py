"""All that a permission question is about: the whole file with the change in it, or the command."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tui.session.events import PermissionAsked
from tui.session.unified_diff import Hunk, parse_hunks

_SIGNS = {" ": " ", "-": "−", "+": "+"}


class PermissionText(NamedTuple):
    """One text with a heading. Both are foreign."""

    title: str
    text: str


def permission_texts(asked: PermissionAsked, file: str | None) -> list[PermissionText]:
    """The texts of the page.

    Args:
        asked: The question.
        file: The file that a change is about, as it is now; None where there is none.
    """
    shown = asked.preview or asked.subject
    if file is not None:
        shown = whole_file(asked.preview, file) or shown
    texts = [PermissionText(f"{asked.name} {asked.subject} · {asked.reason}", shown)]
    if asked.rule:
        said = "\n".join(filter(None, (asked.allows, asked.rule)))
        texts.append(PermissionText("What the rule allows", said))
    return texts


def whole_file(diff: str, text: str) -> str:
    """The whole file with a change in it, a sign before each line; empty where it does not fit.

    Args:
        diff: A unified diff.
        text: The file before the change.
    """
    hunks = parse_hunks(diff)
    if hunks is None:
        return ""
    lines = text.split("\n")
    rows = list(_rows(hunks, lines[:-1] if lines[-1] == "" else lines))
    return "\n".join(rows)


def _rows(hunks: Sequence[Hunk], lines: Sequence[str]) -> Iterator[str]:
    at = 0
    for hunk in hunks:
        yield from (f"  {line}" for line in lines[at : hunk.old])
        at = hunk.old + hunk.count(" ", "-")
        yield from (f"{_SIGNS[line.sign]} {line.line.text}" for line in hunk.lines)
    yield from (f"  {line}" for line in lines[at:])

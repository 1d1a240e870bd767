"""Values of options that several commands have: a day, a kind of task, a whole number."""

from datetime import date

from tui.budget.task_kinds import KINDS, TaskKind, find_kind
from tui.command_line import UsageError
from tui.settings.setting_types import InvalidValueError, TagType
from tui.typos import nearest_name

MAX_DIGITS = 9
"""Digits of a number that anybody means."""


def day_option(text: str | None) -> date | None:
    """The day that an option names, such as 2026-11-01; None without one.

    Raises:
        UsageError: it is no day.
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no day; expected one such as 2026-11-01.") from error


def tag_option(text: str | None) -> str | None:
    """The tag that an option names, in small letters; None without one.

    Raises:
        UsageError: it is no tag.
    """
    try:
        return None if text is None else TagType().from_text(text)
    except InvalidValueError as error:
        raise UsageError(f"{text!r} is no tag; expected {TagType.accepted}.") from error


def kind_option(word: str) -> TaskKind:
    """The kind of task that an option names.

    Raises:
        UsageError: there is no such kind.
    """
    kind = find_kind(word)
    if kind is not None:
        return kind
    near = nearest_name(word.strip().lower(), KINDS)
    hint = f"did you mean {near}?" if near else f"there are {', '.join(KINDS)}."
    raise UsageError(f"There is no kind of task {word!r}; {hint}")


def count_option(name: str, text: str) -> int:
    """A number from 1.

    Args:
        name: What it is, for the sentence.
        text: What was typed.

    Raises:
        UsageError: it is no such number.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS and int(text)):
        raise UsageError(f"{name} is {text[:20]!r}; expected a number from 1.")
    return int(text)

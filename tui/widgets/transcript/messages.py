"""Messages of a transcript to its screen."""

from dataclasses import dataclass

from textual.message import Message


class NewOutput(Message, namespace="transcript"):
    """Something was added below what the user is looking at."""


class AtEnd(Message, namespace="transcript"):
    """The view is at the end again; nothing new is out of sight."""


class CursorMoved(Message, namespace="transcript"):
    """The block cursor is on another block, or its block was folded or unfolded."""


@dataclass
class LinkChosen(Message, namespace="transcript"):
    """The user wants to open a link."""

    href: str
    """Starts with `http://`, `https://` or `file://`."""


@dataclass
class SearchProgress(Message, namespace="transcript"):
    """How far a search has got."""

    query: str
    at: int
    """Which match is shown, from 1; 0 when none is."""
    count: int
    """Matches found so far."""
    done: bool
    """Whether everything has been looked through."""

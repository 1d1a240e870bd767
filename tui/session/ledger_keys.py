"""Keys of the ledger's entries, each spelled here alone.

A message has the API's id as its key, and a tool result the id of its call. What has no id gets a
name and a number of this session. A part of an entry has the key of the whole before a slash.
"""

from tui.budget.ledger import PART_SEPARATOR, part_key

_SUMMARY = "summary"


def prompt_key(turn: int) -> str:
    """Key of the prompt that opened a turn."""
    return f"prompt-{turn}"


def note_key(seq: int) -> str:
    """Key of a note to the model, by the number of its event."""
    return f"note-{seq}"


def shell_key(seq: int) -> str:
    """Key of what a command of the user's own printed, by the number of its event."""
    return f"shell-{seq}"


def question_key(request: int) -> str:
    """Key of the question for a summary that a request ended in."""
    return f"question-{request}"


def message_key(message: str | None, request: int) -> str:
    """Key of a message that broke off: its id, or the number of its request without one."""
    return message or f"request-{request}"


def repeated_call_key(tool_use: str, seq: int) -> str:
    """Key of the result of a call whose id another call has: some servers give ids again."""
    return part_key(tool_use, str(seq))


def summary_key(message: str) -> str:
    """Key of the summary that the server wrote within a message."""
    return part_key(message, _SUMMARY)


def whole_key(key: str) -> str:
    """The key of the entry that `key` is a part of; empty where it is a whole one."""
    return key.rpartition(PART_SEPARATOR)[0]


def is_summary(key: str) -> bool:
    """Whether `key` is that of a summary."""
    return key.rpartition(PART_SEPARATOR)[2] == _SUMMARY

"""Marks in place of secrets: the model sees them, and may never write them into a file."""

from tui.agent.tools.base import ToolError
from tui.claude.redaction import redaction_markers


def refuse_redaction_marks(given: str, there: str = "") -> None:
    """Raise a `ToolError` if the model hands back a mark that replaces something secret.

    Args:
        given: What the model wrote.
        there: The text it is meant for; a mark that really is in it is only text.
    """
    found = next((mark for mark in redaction_markers(given) if mark not in there), None)
    if found is not None:
        raise ToolError(
            f"{found} is not what the file holds: it stands for a secret that was not shown to "
            "you, so it can neither be matched nor written. Change the text around it, or ask "
            "the user."
        )

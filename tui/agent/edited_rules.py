"""Permission rules as the user wrote them at a question, and what the offered ones come to."""

import re
from pathlib import Path

from tui.agent.permission_rule import PermissionRule, RuleError, parse_rule, permits_command
from tui.agent.tools.base import PermissionRequest

_BETWEEN = re.compile(r"(?<=\))\s*,\s*(?=\w+\()")
"""What parts two rules on one line."""
EVERY_EDIT = "edit(**)"
"""The rule that allows what the mode `edits` allows."""


def is_every_edit(rule: str) -> bool:
    """Whether a rule allows the same as the mode `edits`: changing any file of the folder."""
    return rule == EVERY_EDIT


def read_edited_rules(
    text: str, need: PermissionRequest, folder: Path
) -> tuple[PermissionRule, ...]:
    """The rules in a line.

    Args:
        text: One rule or several, with commas between them.
        need: What the call in question needs.
        folder: The project folder.

    Raises:
        RuleError: one is no rule, or together they do not allow this call.
    """
    rules = tuple(parse_rule(part) for part in _BETWEEN.split(text.strip()))
    if need.kind == "bash":
        fits = permits_command(need, rules)
    else:
        fits = any(rule.covers_path(need, folder) for rule in rules)
    if not fits:
        what = "command" if need.kind == "bash" else "file"
        raise RuleError(text, f"This rule does not cover the {what} in question.")
    return rules


def edited_rule_problem(text: str, need: PermissionRequest, folder: Path) -> str:
    """Why a line of rules cannot be granted for a call; empty where it can.

    Args:
        text: One rule or several, with commas between them.
        need: What the call in question needs.
        folder: The project folder.
    """
    try:
        read_edited_rules(text, need, folder)
    except RuleError as error:
        return error.sentence
    return ""

"""The page of `/permissions`: what the model may do without asking, and where each rule is from."""

from tui.agent.permissions import PermissionRules
from tui.reports.summary_pages import markdown_table


def permissions_page(rules: PermissionRules, mode_key: str) -> str:
    """The mode and all rules, as a table.

    Args:
        rules: Those of the session.
        mode_key: What changes the mode: a key or a command.
    """
    rows: list[tuple[str, str, str]] = [("mode", rules.mode, f"{mode_key} changes it")]
    rows += [("allowed", str(rule), "settings") for rule in rules.allow]
    rows += [("allowed", str(rule), "this session") for rule in rules.session]
    rows += [("allowed", str(rule), "this project") for rule in rules.project]
    rows += [("denied", str(rule), "settings") for rule in rules.deny]
    return markdown_table(("what", "rule", "from"), rows)

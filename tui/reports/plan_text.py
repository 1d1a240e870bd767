"""A plan as lines of text for the user's editor, and back.

One item a line: title, tokens, files and checks, with a bar between them. An item keeps its id by
its title, so that an edit of its other parts changes nothing else.
"""

from tui.agent.plan_reading import ReadPlan, read_plan
from tui.session.filed_plan import FiledPlan, PlanItem

HEAD = """\
# One item a line: title | tokens | files | checks.
# Delete a line to drop its item, add a line to add one. Lines with # in front count for nothing.
# Save and close to see the new price; nothing is agreed by that.
"""
BAR = "|"
_LIKE_BAR = "\N{BROKEN BAR}"
"""What is written in the place of a bar that is in a title."""


def plan_text(plan: FiledPlan) -> str:
    """The plan for an editor."""
    goal = f"goal: {plan.goal}\n" if plan.goal else ""
    return HEAD + goal + "".join(f"{_line(item)}\n" for item in plan.items)


def read_plan_text(text: str, before: FiledPlan) -> ReadPlan:
    """The plan in the text of an editor.

    Args:
        text: As the user left it.
        before: The plan as it was: items that keep their title keep their id.

    Raises:
        PlanRefused: no item is left, or there are too many.
    """
    ids = {_plain(item.title): item.id for item in before.items}
    items, goal = [], before.goal
    for line in text.splitlines():
        words = line.strip()
        if not words or words.startswith("#"):
            continue
        if words.lower().startswith("goal:"):
            goal = words[len("goal:") :].strip()
            continue
        title, tokens, files, checks = ([*map(str.strip, words.split(BAR, 3)), "", "", ""])[:4]
        items.append(
            {
                "id": ids.get(title),
                "title": title,
                "estimate": tokens or None,
                "files": [each.strip() for each in files.split(",") if each.strip()],
                "checks": [each.strip() for each in checks.split(",") if each.strip()],
            }
        )
    return read_plan(items, goal)


def _line(item: PlanItem) -> str:
    tokens = "" if item.estimate is None else str(item.estimate)
    parts = (_plain(item.title), tokens, *(", ".join(map(_plain, names)) for names in
             (item.files, item.checks)))  # fmt: skip
    return f" {BAR} ".join(parts).rstrip(f" {BAR}")


def _plain(words: str) -> str:
    """Words of one part: on one line, without a bar or what makes a line a remark."""
    line = " ".join(words.replace(BAR, _LIKE_BAR).split()).lstrip("#").strip()
    return f"- {line}" if line.lower().startswith("goal:") else line or "-"

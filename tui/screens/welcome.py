"""What an empty session says: where it is, who answers, and what to type for a start."""

from typing import TYPE_CHECKING

from tui.agent.folder_contents import FolderContents
from tui.claude.model_names import short_name
from tui.reports.start_examples import start_examples
from tui.reports.summary_pages import escape_markdown

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession

_SIMULATED = """\
> **The simulator answers**, not Claude: fixed rules, no key, simulated tokens and dollars, \
nobody bills you. It edits your real files, but asks first."""


def welcome(opened: "OpenSession", found: FolderContents) -> str:
    """What an empty session says, as Markdown.

    Args:
        opened: The session.
        found: What is in its folder.
    """
    state, branch = opened.state, f" ({opened.branch})" if opened.branch else ""
    place = escape_markdown(f"{opened.folder.name or opened.folder}{branch}")
    about = [f"**Glideslope** in {place}", short_name(opened.model)]
    effort = opened.model.effort(state.effort)
    if effort:
        about[-1] += f" {effort}"
    examples = start_examples(found, simulated=opened.simulated)
    tried = " · ".join(f"*{escape_markdown(each)}*" for each in examples)
    lines = [" · ".join(about), "", f"try {tried}"]
    if opened.simulated:
        lines += ["", _SIMULATED]
    return "\n".join(lines)

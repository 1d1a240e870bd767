"""The page of `/memory`: each memory file with its tokens, and whether it is sent."""

from collections.abc import Sequence

from tui.agent.memory_usage import MemoryStatus, MemoryUse
from tui.number_format import format_tokens
from tui.reports.summary_pages import markdown_table

STATUS_WORDS: dict[MemoryStatus, str] = {
    "sent": "sent with every request",
    "changed": "sent as it was at the start; /new reads it again",
    "gone": "sent with every request; the file is gone",
    "later": "not sent: written after the start; /new reads it",
    "untrusted": "not sent: you do not trust this folder; /trust changes that",
}

NO_FILES = (
    "There is no memory file: an `AGENTS.md` or `CLAUDE.md` in this folder, or in the folders "
    "above it in the repository, tells the model what it must know. `/init` has the model write "
    "one."
)


def memory_page(uses: Sequence[MemoryUse], user_memory: str) -> str:
    """Every memory file, as Markdown.

    Args:
        uses: The files.
        user_memory: Where the user's own file is, or would be.
    """
    own = f"Your own notes for every project are in `{user_memory}`."
    if not uses:
        return f"{NO_FILES}\n\n{own}"
    rows = [
        (each.name, f"≈ {format_tokens(each.tokens)}", STATUS_WORDS[each.status]) for each in uses
    ]
    total = sum(each.tokens for each in uses if each.is_sent)
    rows.append(("all that is sent", f"≈ {format_tokens(total)}", ""))
    table = markdown_table(("memory file", "tokens per request", ""), rows, figures=(1,))
    cached = (
        "They are part of the first message, which every request repeats: once the prompt cache "
        "has them, they count as cached input, and they never count against the budget again."
    )
    return "\n\n".join([table, cached, own])

"""What another effort would take, in words for the effort selector."""

from tui.budget.task_kinds import TaskKind
from tui.number_format import APPROXIMATELY, format_tokens

_OF_KIND: dict[TaskKind, str] = {
    "bug fix": "a bug fix",
    "feature": "a feature",
    "refactor": "a refactor",
    "documentation": "documentation",
    "tests": "tests",
    "review": "a review",
    "question": "a question",
    "other": "a task",
}


def effort_forecast_words(ratio: float, tokens: float, kind: TaskKind) -> str:
    """`≈ 1.2 × spend, ≈ 120k for a feature`.

    Args:
        ratio: Spend at the effort beside that at the present one.
        tokens: What half of the tasks of the kind stay under, charged tokens.
        kind: The kind of the task at hand.
    """
    amount = format_tokens(round(tokens))
    return f"{APPROXIMATELY} {ratio:.2g} × spend, {APPROXIMATELY} {amount} for {_OF_KIND[kind]}"

"""What the stages of a budget and the five meters are, one line each: for the help of commands."""

from tui.budget.stages import Stage, StageThresholds
from tui.number_format import format_percent, format_tokens

METER_LEGEND = "\n".join(
    (
        "- **budget**: tokens the model writes, and tool results it reads for the first time",
        "- **billed**: all tokens of all requests, as the API bills them, and their price",
        "- **context**: how much of the context window the conversation fills",
        "- **limits**: how much is left of the rate limits of your account",
        "- **time**: how long the turns took",
    )
)
"""The five meters, as a Markdown list."""


def stage_legend(thresholds: StageThresholds) -> str:
    """The stages and the reserve, as a Markdown list."""
    kept = (
        f"{format_percent(thresholds.reserve)} of the budget, at least "
        f"{format_tokens(thresholds.reserve_least)} and at most "
        f"{format_tokens(thresholds.reserve_most)} tokens"
    )
    rows = {
        Stage.CRUISE: "the model works as usual",
        Stage.DESCENT: f"from {format_percent(thresholds.descent)} used on, the model should narrow"
        " its work",
        Stage.APPROACH: f"from {format_percent(thresholds.approach)} used on, the model should "
        "finish what it has begun",
        Stage.LANDING: "only the reserve is left: no new work, the model writes its wrap-up report",
        Stage.OVERRUN: "more than the budget is used",
    }
    lines = [f"- **{stage.word}**: {words}" for stage, words in rows.items()]
    return "\n".join([*lines, f"- **reserve**: kept back for the wrap-up report ({kept})"])

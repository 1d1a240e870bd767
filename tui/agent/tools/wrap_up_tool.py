"""The tool `wrap_up`: the report on what is done and what is left."""

from typing import ClassVar

import msgspec

from tui.agent.tools.base import (
    PreparedCall,
    ProgressCallback,
    ToolEnvironment,
    ToolError,
    ToolOutcome,
    parse_input,
    tool_definition,
)
from tui.budget.forecast import Forecast
from tui.budget.token_estimate import estimate_tokens
from tui.number_format import format_tokens
from tui.session.events import JSON, ToolFinished
from tui.session.wrapup import WrapUp

REPORT = "wrap_up"
"""The name of the tool."""
FILED = "Filed."
"""What its result says first."""
_STRINGS: JSON = {"type": "array", "items": {"type": "string"}}
_FIELDS: JSON = {
    "done": _STRINGS,
    "in_progress": _STRINGS,
    "not_started": _STRINGS,
    "files": {**_STRINGS, "description": "Files touched, relative paths."},
    "checks": {**_STRINGS, "description": "Checks run and how they ended."},
    "estimate_to_finish": {"type": "integer", "description": "Tokens for the rest."},
    "next_step": {"type": "string"},
}


class WrapUpInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The report; the model may leave out a field."""

    done: list[str] = []
    in_progress: list[str] = []
    not_started: list[str] = []
    files: list[str] = []
    checks: list[str] = []
    estimate_to_finish: int | None = None
    next_step: str = ""


class WrapUpTool:
    """Files the wrap-up report."""

    name = REPORT
    reads_only = True
    definition: ClassVar[JSON] = tool_definition(
        REPORT,
        "File the report on where the work stands, when told to or when the budget runs "
        "out, as the last thing you do. It is shown to the user.",
        _FIELDS,
        tuple(_FIELDS),
    )

    def prepare(self, input: JSON, env: ToolEnvironment) -> PreparedCall:
        """Check the input; the call changes nothing but the session."""
        args = parse_input(input, WrapUpInput)
        if (args.estimate_to_finish or 0) < 0:
            raise ToolError("estimate_to_finish is a number of tokens, 0 or more.")
        return PreparedCall(name=self.name, subject="report", reads_only=True, arguments=args)

    async def run(
        self, call: PreparedCall, env: ToolEnvironment, progress: ProgressCallback
    ) -> ToolOutcome:
        """Hand the report to the session."""
        args: WrapUpInput = call.arguments
        report = WrapUp(
            done=tuple(args.done),
            in_progress=tuple(args.in_progress),
            not_started=tuple(args.not_started),
            files=tuple(args.files),
            checks=tuple(args.checks),
            estimate_to_finish=args.estimate_to_finish,
            next_step=args.next_step,
        )
        return ToolOutcome(content=FILED, summary=_summary(report), report=report)


def with_outlook(result: ToolFinished, ahead: Forecast | None) -> ToolFinished:
    """The result of a filed report with the program's figure, so that the model can quote it.

    Without a figure the model is told to name none: its own would contradict the screen.

    Args:
        result: As the tool gave it.
        ahead: What the rest of the plan will take; None without a plan.
    """
    if ahead is None:
        return result
    if ahead.to_finish is None:
        words = "Too little is measured to say what the rest takes: name no figure for it."
    elif not ahead.to_finish:
        words = "Nothing is left to do."
    else:
        what = "to finish the plan" if ahead.beyond_plan else "to finish"
        words = f"≈ {format_tokens(ahead.to_finish)} tokens {what}, by this session's own ratio."
    rest = result.content.removeprefix(FILED) if isinstance(result.content, str) else ""
    words = f"{FILED} {words}{rest}"
    return msgspec.structs.replace(result, content=words, estimate=estimate_tokens(words))


def _summary(report: WrapUp) -> str:
    left = report.total - len(report.done)
    return f"{len(report.done)} done · {left} left" if report.total else "filed"

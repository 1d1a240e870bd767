"""The tool `wrap_up`: the report on where the work stands."""

from typing import ClassVar

import msgspec

from tui.agent.tools.base import Call, Outcome, Progress, ToolError, World, arguments, schema
from tui.session.events import JSON
from tui.session.wrapup import WrapUp

_STRINGS: JSON = {"type": "array", "items": {"type": "string"}}


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The report; what there is nothing to say of may be left out."""

    done: list[str] = []
    in_progress: list[str] = []
    not_started: list[str] = []
    files: list[str] = []
    checks: list[str] = []
    estimate_to_finish: int | None = None
    next_step: str = ""


class WrapUpTool:
    """Files the wrap-up report."""

    name = "wrap_up"
    reads_only = True
    definition: ClassVar[JSON] = {
        "name": "wrap_up",
        "description": (
            "File the report on where the work stands, when told to or when the budget runs "
            "out, as the last thing you do. It is shown to the user."
        ),
        "input_schema": schema(
            {
                "done": _STRINGS,
                "in_progress": _STRINGS,
                "not_started": _STRINGS,
                "files": {**_STRINGS, "description": "Files touched, relative paths."},
                "checks": {**_STRINGS, "description": "Checks run and how they ended."},
                "estimate_to_finish": {"type": "integer", "description": "Tokens for the rest."},
                "next_step": {"type": "string"},
            },
            (
                "done",
                "in_progress",
                "not_started",
                "files",
                "checks",
                "estimate_to_finish",
                "next_step",
            ),
        ),
    }

    def prepare(self, input: JSON, world: World) -> Call:
        """Check the report."""
        args = arguments(input, Input)
        if (args.estimate_to_finish or 0) < 0:
            raise ToolError("estimate_to_finish is a number of tokens, 0 or more.")
        return Call(name=self.name, subject="report", reads_only=True, arguments=args)

    async def run(self, call: Call, world: World, progress: Progress) -> Outcome:
        """Hand the report to the session."""
        args: Input = call.arguments
        report = WrapUp(
            done=tuple(args.done),
            in_progress=tuple(args.in_progress),
            not_started=tuple(args.not_started),
            files=tuple(args.files),
            checks=tuple(args.checks),
            estimate_to_finish=args.estimate_to_finish,
            next_step=args.next_step,
        )
        return Outcome(content="Filed.", summary=_counted(report), report=report)


def _counted(report: WrapUp) -> str:
    return f"{len(report.done)} of {report.total} done" if report.total else "filed"

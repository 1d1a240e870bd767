"""Task runs as a list, and why a run is filed as what it is."""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from pathlib import PurePath

from tui.budget.task_kinds import TaskKind
from tui.history.run_filing import RunFiling
from tui.history.run_pages import ListedRun
from tui.history.task_run import TaskRun
from tui.number_format import format_tokens, mark_estimate
from tui.sanitize import clean_line

RUNS_VERSION = 1
"""Version of the JSON; fields are only ever added under one version."""
NAME_LENGTH = 40
"""Characters of a session or a project that are shown."""
_HEADINGS = (
    "started",
    "session",
    "run",
    "kind",
    "model",
    "effort",
    "ended",
    "tokens",
    "budget",
    "minutes",
    "project",
    "title",
)
_FIGURES = frozenset({"run", "tokens", "budget", "minutes"})


def run_list_lines(runs: Sequence[ListedRun], of: int, zone: tzinfo) -> Iterator[str]:
    """A table of runs.

    Args:
        runs: Those to show, the newest first.
        of: How many there are.
        zone: The user's time zone.
    """
    table = [_HEADINGS, *(_cells(each, zone) for each in runs)]
    if not any(each.run.title for each in runs):
        table = [line[:-1] for line in table]
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    for line in table:
        cells = zip(_HEADINGS, line, widths, strict=False)
        yield "  ".join(
            cell.rjust(width) if name in _FIGURES else cell.ljust(width)
            for name, cell, width in cells
        ).rstrip()
    if any(each.is_corrected for each in runs):
        yield "* You said what kind it is."
    if len(runs) < of:
        yield f"The {len(runs):,} newest of {of:,} runs; --limit shows more."


def run_list_json(runs: Sequence[ListedRun], of: int, zone: tzinfo) -> dict[str, object]:
    """The same as one JSON object.

    Args:
        runs: Those to show, the newest first.
        of: How many there are.
        zone: The user's time zone.
    """
    return {
        "type": "runs",
        "version": RUNS_VERSION,
        "of": of,
        "runs": [
            {
                "session": each.run.session,
                "n": each.n,
                "source": each.run.source,
                "started": _local(each.run, zone).isoformat(timespec="seconds"),
                "kind": each.run.kind,
                "corrected": each.is_corrected,
                "model": each.run.model or None,
                "effort": each.run.effort or None,
                "end": each.run.end,
                "charged": each.run.spend,
                "estimated": each.run.is_estimated,
                "budget": each.run.budget,
                "minutes": round(_minutes(each.run), 1),
                "project": each.run.project or None,
                "title": each.run.title or None,
            }
            for each in runs
        ],
    }


def filing_sentence(filing: RunFiling, kind: TaskKind, *, is_corrected: bool) -> str:
    """How the last run of a session is filed and why, and how to correct it.

    Args:
        filing: What the rules say.
        kind: What the run is filed as.
        is_corrected: Whether the user said so.
    """
    ruled = filing.guess.kind
    if is_corrected:
        said = f"The last run is filed as {kind}, as you said. The rules say {ruled}"
    else:
        said = f"The last run is filed as {kind}"
    return f"{said}: {filing_reasons(filing)}. /kind KIND corrects it."


def filing_reasons(filing: RunFiling) -> str:
    """What speaks for the kind that the rules give, each with its points, and for the others."""
    own = _reasons(filing, filing.guess.kind)
    if not filing.changed_files:
        own = f"{own} · no file changed" if own else "no file changed"
    others = dict.fromkeys(
        each.kind
        for each in filing.guess.points
        if each.points > 0 and each.kind != filing.guess.kind
    )
    parts = [own or "no rule speaks for another kind"]
    parts += [f"for {kind}: {_reasons(filing, kind)}" for kind in others]
    return "; ".join(parts)


def correction_sentence(kind: TaskKind, verb: str, *, can_teach: bool = True) -> str:
    """That a run is now filed as another kind, and what that taught.

    Args:
        kind: The kind.
        verb: The head verb that it taught; empty for none.
        can_teach: Whether the prompt could be read.
    """
    said = f"The run is filed as {kind} now."
    if verb:
        return f"{said} Prompts that begin with “{verb}” count as {kind} from now on."
    return said if can_teach else f"{said} Its log is gone, so nothing was learnt from its prompt."


def _reasons(filing: RunFiling, kind: TaskKind) -> str:
    points: dict[str, int] = {}
    for each in filing.guess.points:
        if each.kind == kind:
            points[each.reason] = points.get(each.reason, 0) + each.points
    return " · ".join(
        f"{clean_line(reason, NAME_LENGTH)} {'−' if total < 0 else ''}{abs(total)}"
        for reason, total in points.items()
    )


def _cells(each: ListedRun, zone: tzinfo) -> tuple[str, ...]:
    run = each.run
    return (
        f"{_local(run, zone):%Y-%m-%d %H:%M}",
        clean_line(run.session, NAME_LENGTH),
        str(each.n),
        run.kind + ("*" if each.is_corrected else ""),
        clean_line(run.model, NAME_LENGTH) or "–",
        clean_line(run.effort, NAME_LENGTH) or "–",
        run.end.replace("_", " "),
        mark_estimate(format_tokens(run.spend), run.is_estimated),
        "–" if run.budget is None else format_tokens(run.budget),
        f"{_minutes(run):.0f}",
        clean_line(PurePath(run.project).name, NAME_LENGTH) or "–",
        clean_line(run.title) or "–",
    )


def _minutes(run: TaskRun) -> float:
    return max(0.0, run.ended - run.started) / 60


def _local(run: TaskRun, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(run.started, zone)

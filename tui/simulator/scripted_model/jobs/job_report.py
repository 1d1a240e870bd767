"""The report at the end of a job, in one form for all jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tui.simulator.scripted_model.job_progress import JobProgress
from tui.simulator.scripted_model.markdown_writing import amount, table

_MOST_ROWS = 30


@dataclass(frozen=True)
class JobReport:
    """The parts of a report; empty parts are left out."""

    title: str
    level: int = 2
    """Of the title's heading, from 1; sections are one level below it."""
    summary: str = ""
    head: Sequence[str] = ()
    """Headings of the columns of the table."""
    rows: Sequence[Sequence[str]] = ()
    sections: Mapping[str, str] = field(default_factory=dict)
    """Markdown by heading, in their order."""
    closing: str = ""

    def markdown(self) -> str:
        """The report as Markdown; of a long table only the first rows."""
        more = len(self.rows) - _MOST_ROWS
        mark = "#" * self.level
        parts = [
            f"{mark} {self.title}",
            self.summary,
            table(self.head, self.rows[:_MOST_ROWS]) if self.rows else "",
            f"… and {amount(more, 'more row')}." if more > 0 else "",
            *(
                f"#{'#' * self.level} {name}\n\n{text}"
                for name, text in self.sections.items()
                if text
            ),
            self.closing,
        ]
        return "\n\n".join(part for part in parts if part)


def work_left(progress: JobProgress, told_to_finish: str) -> str:
    """The sentences on the work beyond the plan; empty where there is none.

    Args:
        progress: How far the job is.
        told_to_finish: What the client says that work costs; may be empty.
    """
    if not progress.more:
        return ""
    one = progress.more == 1
    more = f"{progress.further_work[0].upper()}{progress.further_work[1:]}"
    cost = f" ({told_to_finish})" if told_to_finish else ""
    return (
        f"{more} {'was' if one else 'were'} not in this plan{cost}. "
        f"Say *continue* and I go on with {'it' if one else 'them'}."
    )

"""The progress of a job; every job computes one, and its reports show it."""

from dataclasses import dataclass, field

from tui.simulator.scripted_model.markdown_writing import amount
from tui.simulator.scripted_model.scripted_plan import Plan, PlannedTask


@dataclass(frozen=True)
class JobProgress:
    """How far a job is."""

    job: str
    """What is done, as a phrase: `add missing return annotations`."""
    tasks: tuple[PlannedTask, ...] = ()
    """The plan with the states that the facts give it."""
    filed: Plan = field(default_factory=dict)
    """The plan as it was last filed."""
    beyond: tuple[PlannedTask, ...] = ()
    """Work that is known and not planned yet."""
    unlisted: int = 0
    """Files beyond that which were counted, but not named."""
    at_least: bool = False
    """Whether there may be more than that."""
    changed: tuple[str, ...] = ()
    """Files that were changed."""
    checks: tuple[str, ...] = ()
    """Checks that were run, with how they ended."""

    def titles(self, *states: str) -> list[str]:
        """Titles of the subtasks in these states."""
        return [task.title for task in self.tasks if task.state in states]

    @property
    def open(self) -> list[PlannedTask]:
        """Subtasks that are still to be done."""
        return [task for task in self.tasks if task.open]

    @property
    def more(self) -> int:
        """How many files beyond the plan are known of."""
        return len(self.beyond) + self.unlisted

    @property
    def further_work(self) -> str:
        """That in words: `at least 160 more files`; empty where there are none."""
        if not self.more:
            return ""
        return f"{'at least ' if self.at_least else ''}{amount(self.more, 'more file')}"

    @property
    def beyond_cost(self) -> int:
        """Tokens that the work beyond the plan is expected to cost."""
        listed = sum(task.estimate for task in self.beyond)
        return listed * self.more // len(self.beyond) if self.beyond else 0

    @property
    def to_finish(self) -> int:
        """Tokens that the rest is expected to cost."""
        return sum(task.estimate for task in self.open) + self.beyond_cost

"""How far the work of a session is when a turn ends that leaves a report."""

from dataclasses import dataclass
from decimal import Decimal

from tui.session.checklist import SubtaskCounts


@dataclass(frozen=True, slots=True)
class LandingFigures:
    """What is done and what is left, as a report and the checklist have it."""

    used: int
    """Tokens charged to the budget; without one, to the session."""
    estimated: bool
    """Whether some of them are an estimate."""
    grant: int | None
    """Tokens granted; None without a budget."""
    dollars: Decimal | None
    """Billed in the session; None where no request has a known price."""
    counts: SubtaskCounts
    """Of the plan; without one, of what the report names."""
    open_pieces: tuple[str, ...]
    """What is in progress, then what is not started. Foreign text."""
    next_step: str
    """By the report. Foreign text."""
    to_finish: int | None
    """Tokens the rest will take: the one figure `tokens_to_finish`."""
    files: int = 0
    """Files that are others now than before the session, by what its tools changed."""
    added: int = 0
    """Lines."""
    removed: int = 0
    """Lines."""
    lines_are_sums: bool = False
    """Whether some of the lines may count twice."""

    @property
    def is_work_left(self) -> bool:
        """Whether there is something to go on with; a last word such as "nothing" is none."""
        return bool(self.open_pieces) or (bool(self.next_step) and self.to_finish != 0)

"""How long a turn may go without progress: the thresholds of the watch over loops."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LoopThresholds:
    """How long a turn may go without progress. Set under `[loops]` in the settings."""

    watch: bool = True
    """Whether anything is watched at all."""
    same_result: int = 3
    """Times that the same call may give the same result, with nothing changed between."""
    failed_calls: int = 6
    """Calls in a row that fail."""
    requests_without_progress: int = 20
    """Requests in a row without a changed file, a changed subtask or a new result."""

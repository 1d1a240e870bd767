"""What became of a damaged session, in one sentence for the user and for the session's own log."""

from dataclasses import dataclass
from pathlib import Path

from tui.session.events import ErrorShown

_RANGES = 6
"""Ranges of lost events that a sentence names."""


@dataclass(frozen=True, slots=True)
class SalvageResult:
    """What became of a session whose file was not whole."""

    path: Path
    """The session's file, sound again."""
    kept_events: int
    """Number of the last event that was kept."""
    known_events: int | None
    """Number of the last event that is known to have been there; None when nobody knows."""
    damaged_copy: Path | None
    """The damaged file; None when there is none, because events were simply missing."""
    lost: tuple[tuple[int, int], ...] = ()
    """First and last number of each range of events that are missing before `kept`."""
    is_certain: bool = True
    """Whether the last event that was found is known to be the last of the log."""

    @property
    def shortened(self) -> bool:
        """Whether any event is missing, or may be: the history is not what it was."""
        return bool(self.lost) or (self.known_events or 0) > self.kept_events or not self.is_certain

    @property
    def sentence(self) -> str:
        """What happened, for people."""
        name = f"session {self.path.stem}"
        if self.damaged_copy is None:
            kept = f"it goes on with {self._kept}"
            return f"The newest part of {name} is missing from its file: {kept}."
        return (
            f"The file of {name} was damaged: it goes on with {self._kept} that could be read;"
            f" the damaged file is kept as {self.damaged_copy}."
        )

    @property
    def event(self) -> ErrorShown:
        """The same, for the session's own log."""
        return ErrorShown(sentence=self.sentence, damage=self.shortened)

    @property
    def _kept(self) -> str:
        known, missing = (
            max(self.known_events or 0, self.kept_events),
            sum(b - a + 1 for a, b in self.lost),
        )
        if not self.lost and known > self.kept_events:
            return f"the first {self.kept_events:,} of {known:,} events"
        if not self.lost:
            return f"{'all' if self.is_certain else 'the first'} {self.kept_events:,} events"
        ranges = [
            *self.lost,
            *([(self.kept_events + 1, known)] if known > self.kept_events else []),
        ]
        words = [f"{a:,}" if a == b else f"{a:,} to {b:,}" for a, b in ranges[:_RANGES]]
        more = f" and {len(ranges) - _RANGES} more ranges" if len(ranges) > _RANGES else ""
        return (
            f"{self.kept_events - missing:,} of {known:,} events (lost: {', '.join(words)}{more})"
        )

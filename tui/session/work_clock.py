"""The time a session worked: seconds inside turns, without those spent waiting for the user."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class WorkClock:
    """Working time of a session; `tui.session.event_fold` adds to it with each event."""

    seconds: float = 0.0
    """Working seconds of the session."""
    seconds_by_turn: dict[int, float] = field(default_factory=dict)
    """The same, by turn."""
    paced: float = 0.0
    """Seconds in which requests waited for a rate limit; they are in no other figure."""
    _last: float = 0.0
    """The seconds that came with the last event."""

    def add(self, seconds: float, turn: int) -> None:
        """An event came so many working seconds after the one before, in `turn`."""
        self._last = seconds
        self._count(seconds, turn)

    def take_back(self, turn: int) -> None:
        """The time before the last event, in `turn`, was no work."""
        self._count(-self._last, turn)

    def stand_still(self, seconds: float, turn: int) -> None:
        """So many of the seconds up to the last event, in `turn`, were no work."""
        idle = min(max(0.0, seconds), self.seconds_by_turn.get(turn, 0.0))
        self.paced += idle
        self._count(-idle, turn)

    def _count(self, seconds: float, turn: int) -> None:
        self.seconds += seconds
        if seconds:
            self.seconds_by_turn[turn] = self.seconds_by_turn.get(turn, 0.0) + seconds

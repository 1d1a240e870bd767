"""Failed requests in the transcript: one line for each kind of fault, however often it comes.

While the program tries again the line says what happened and when the next try is; advice comes
only where the program gives up. The line goes when a try was answered. Below a piece of an answer
that broke off it stays, in the past tense: it says why the answer begins again.
"""

from dataclasses import dataclass, replace

from tui.reports.transcript_items import NoticeItem, NoticeLevel


@dataclass(frozen=True, slots=True)
class _RepeatedError:
    notice: NoticeItem
    happened: str
    """What went wrong, as a sentence."""
    times: int
    left_piece: bool
    """Whether a piece of an answer that broke off is shown above the line."""

    @property
    def attempt_words(self) -> str:
        """Which attempt comes after this fault, from the third on."""
        return "" if self.times == 1 else f" (attempt {self.times + 1})"

    @property
    def retried_notice(self) -> NoticeItem:
        """The line of a fault after which a request was answered; removed where it explains
        nothing that is shown.
        """
        if not self.left_piece:
            return replace(self.notice, text="")
        often = "" if self.times == 1 else f" {self.times} times"
        return replace(self.notice, text=f"{self.happened} The request was sent again{often}.")


class RepeatedErrors:
    """The faults since a request was last answered, or since something else was shown."""

    def __init__(self) -> None:
        self._faults: dict[str, _RepeatedError] = {}
        """By kind."""

    def request_answered(self) -> list[NoticeItem]:
        """An answer arrives, or a piece of one is shown: the lines removed or in the past tense."""
        past = [fault.retried_notice for fault in self._faults.values()]
        self._faults.clear()
        return past

    def request_failed(
        self, key: str, kind: str, happened: str, *, left_piece: bool = False
    ) -> NoticeItem:
        """The line of a fault: a new one, or the one of its kind with another count.

        Args:
            key: For a new line.
            kind: What kind of fault it is.
            happened: What went wrong, as a sentence; the newest counts.
            left_piece: Whether a piece of the answer is shown above the line.
        """
        known = self._faults.get(kind)
        line = known.notice if known else NoticeItem(key, "", "warning")
        times = known.times + 1 if known else 1
        left_piece = left_piece or (known is not None and known.left_piece)
        fault = _RepeatedError(line, happened, times, left_piece)
        self._faults[kind] = fault
        count = "" if fault.times == 1 else f" ({fault.times} times)"
        return replace(line, text=happened + count)

    def retry_scheduled(self, kind: str, seconds: float) -> NoticeItem | None:
        """The line of a fault while the program waits to try again; None for an unknown one."""
        fault = self._faults.get(kind)
        if fault is None:
            return None
        when = f"in {seconds:.0f} s" if seconds >= 1 else "now"
        return replace(
            fault.notice, text=f"{fault.happened} Trying again {when}{fault.attempt_words}."
        )

    def retry_sent(self, kind: str, times: int) -> NoticeItem | None:
        """The line of a fault once the wait is over; None where something else happened since.

        Args:
            kind: Which fault.
            times: How often it had come when the wait began.
        """
        fault = self._faults.get(kind)
        if fault is None or fault.times != times:
            return None
        return replace(fault.notice, text=f"{fault.happened} Sent again{fault.attempt_words}.")

    def times(self, kind: str) -> int:
        """How often a fault came since a request was answered."""
        fault = self._faults.get(kind)
        return fault.times if fault else 0

    def turn_over(self) -> list[NoticeItem]:
        """The lines that are left when a turn ends: what went wrong, and no promise of a try."""
        left = [replace(fault.notice, text=fault.happened) for fault in self._faults.values()]
        self._faults.clear()
        return left

    def turn_ended(self, sentence: str, level: NoticeLevel) -> NoticeItem | None:
        """The line that becomes why the turn ended, in its last colour; None where none does.

        Args:
            sentence: Why the turn ended: what happened, and advice.
            level: The colour.
        """
        for kind, fault in self._faults.items():
            if fault.happened in sentence:
                del self._faults[kind]
                count = "" if fault.times == 1 else f" Tried {fault.times} times."
                return replace(fault.notice, text=sentence + count, level=level)
        return None

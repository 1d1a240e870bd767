"""Failed requests in the transcript: one line for each kind of fault, however often it comes.

While the program tries again the line says what happened and when the next try is; advice comes
only where the program gives up. A try that was answered leaves a line in the past tense.
"""

from dataclasses import dataclass, replace

from tui.reports.transcript_items import NoticeItem, NoticeLevel


@dataclass(frozen=True, slots=True)
class _RepeatedError:
    notice: NoticeItem
    happened: str
    """What went wrong, as a sentence."""
    times: int

    @property
    def retried_notice(self) -> NoticeItem:
        """The line of a fault after which the request was sent again."""
        often = "" if self.times == 1 else f" {self.times} times"
        return replace(self.notice, text=f"{self.happened} The request was sent again{often}.")


class RepeatedErrors:
    """The faults since a request was last answered, or since something else was shown."""

    def __init__(self) -> None:
        self._faults: dict[str, _RepeatedError] = {}
        """By kind."""

    def request_answered(self) -> list[NoticeItem]:
        """A request was answered, or a part of an answer is shown: the lines in the past tense."""
        past = [fault.retried_notice for fault in self._faults.values()]
        self._faults.clear()
        return past

    def request_failed(self, key: str, kind: str, happened: str) -> NoticeItem:
        """The line of a fault: a new one, or the one of its kind with another count.

        Args:
            key: For a new line.
            kind: What kind of fault it is.
            happened: What went wrong, as a sentence; the newest counts.
        """
        known = self._faults.get(kind)
        line = known.notice if known else NoticeItem(key, "", "warning")
        fault = _RepeatedError(line, happened, known.times + 1 if known else 1)
        self._faults[kind] = fault
        count = "" if fault.times == 1 else f" ({fault.times} times)"
        return replace(line, text=happened + count)

    def retry_scheduled(self, kind: str, seconds: float) -> NoticeItem | None:
        """The line of a fault while the program waits to try again; None for an unknown one."""
        fault = self._faults.get(kind)
        if fault is None:
            return None
        when = f"in {seconds:.0f} s" if seconds >= 1 else "now"
        attempt = "" if fault.times == 1 else f" (attempt {fault.times + 1})"
        return replace(fault.notice, text=f"{fault.happened} Trying again {when}{attempt}.")

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

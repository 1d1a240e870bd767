"""Failed requests in the transcript: one line for each kind of fault, however often it comes.

While the program tries again the line says what happened and when the next try is; advice comes
only where the program gives up. A try that was answered leaves a line in the past tense.
"""

from dataclasses import dataclass, replace

from tui.widgets.transcript.items import Notice, NoticeLevel


@dataclass(frozen=True, slots=True)
class _Fault:
    line: Notice
    happened: str
    """What went wrong, as a sentence."""
    times: int

    @property
    def again(self) -> Notice:
        """The line of a fault after which the request was sent again."""
        often = "" if self.times == 1 else f" {self.times} times"
        return replace(self.line, text=f"{self.happened} The request was sent again{often}.")


class Trouble:
    """The faults since a request was last answered, or since something else was shown."""

    def __init__(self) -> None:
        self._faults: dict[str, _Fault] = {}
        """By kind."""

    def over(self) -> list[Notice]:
        """A request was answered, or a part of an answer is shown: the lines in the past tense."""
        past = [fault.again for fault in self._faults.values()]
        self._faults.clear()
        return past

    def failed(self, key: str, kind: str, happened: str) -> Notice:
        """The line of a fault: a new one, or the one of its kind with another count.

        Args:
            key: For a new line.
            kind: What kind of fault it is.
            happened: What went wrong, as a sentence; the newest counts.
        """
        known = self._faults.get(kind)
        line = known.line if known else Notice(key, "", "warning")
        fault = _Fault(line, happened, known.times + 1 if known else 1)
        self._faults[kind] = fault
        count = "" if fault.times == 1 else f" ({fault.times} times)"
        return replace(line, text=happened + count)

    def waiting(self, kind: str, seconds: float) -> Notice | None:
        """The line of a fault while the program waits to try again; None for an unknown one."""
        fault = self._faults.get(kind)
        if fault is None:
            return None
        when = f"in {seconds:.0f} s" if seconds >= 1 else "now"
        attempt = "" if fault.times == 1 else f" (attempt {fault.times + 1})"
        return replace(fault.line, text=f"{fault.happened} Trying again {when}{attempt}.")

    def ended(self, sentence: str, level: NoticeLevel) -> Notice | None:
        """The line that becomes why the turn ended, in its last colour; None where none does.

        Args:
            sentence: Why the turn ended: what happened, and advice.
            level: The colour.
        """
        for kind, fault in self._faults.items():
            if fault.happened in sentence:
                del self._faults[kind]
                count = "" if fault.times == 1 else f" Tried {fault.times} times."
                return replace(fault.line, text=sentence + count, level=level)
        return None

"""What goes wrong with requests, said once however often it happens.

A request that is sent again and again for the same reason is one line with a count, not a
line for each attempt. Once a request is answered, or text stands below, the next fault is news.
"""

from dataclasses import replace

from tui.widgets.transcript.items import Notice, NoticeLevel


class Trouble:
    """The faults since a request was last answered."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[Notice, int, str]] = {}
        """By kind of fault: its line, how often it came, and its last sentence."""

    def over(self) -> None:
        """A request was answered, or something else was said."""
        self._said.clear()

    def again(self, key: str, kind: str, sentence: str) -> Notice:
        """A fault as a line: a new one, or the one of its kind with another count.

        Args:
            key: For a new line.
            kind: What kind of fault it is.
            sentence: What to say; the newest counts.
        """
        line, times, _ = self._said.get(kind, (Notice(key, "", "warning"), 0, ""))
        count = f" ({times + 1} times)" if times else ""
        line = replace(line, text=sentence + count)
        self._said[kind] = (line, times + 1, sentence)
        return line

    def ended(self, sentence: str, level: NoticeLevel) -> Notice | None:
        """The line that says already why the turn ended, in its last colour; None where none."""
        for line, _, said in self._said.values():
            if said == sentence:
                return replace(line, level=level)
        return None

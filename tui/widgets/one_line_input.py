"""A text field of one line: whatever is put into it, by whoever, is one line and nothing else."""

import re

from textual import events
from textual.widgets import Input

from tui.sanitize import REPLACEMENT, mark_invisible

NOT_ON_ONE_LINE = re.compile("\r\n|[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""What a terminal would obey instead of drawing it, line ends and tabs among it."""
_SURROGATES = re.compile("[\ud800-\udfff]")


class OneLineInput(Input):
    """Textual's field of one line (8.2.8), which draws a line feed as it is."""

    DEFAULT_CSS = "OneLineInput { .input--placeholder, .input--suggestion { color: $muted; } }"

    def validate_value(self, value: str) -> str:
        """The value as one line."""
        return join_lines(value)

    def on_paste(self, event: events.Paste) -> None:
        """Insert all of a paste; Textual's own field keeps its first line only."""
        event.prevent_default()
        event.stop()
        self.replace(join_lines(event.text.strip("\r\n")), *self.selection)


def join_lines(text: str) -> str:
    """`text` with a blank for each line end, tab and other control character."""
    text = _SURROGATES.sub(REPLACEMENT, NOT_ON_ONE_LINE.sub(" ", text))
    return mark_invisible(text, lambda _: REPLACEMENT)

"""An application around one widget, with the theme variables of the real one."""

from collections.abc import Iterable
from typing import TypeVar

from textual.app import App, ComposeResult
from textual.message import Message
from textual.widget import Widget

Posted = TypeVar("Posted", bound=Message)


VARIABLES = {
    "gauge-cruise": "#4fb3a5",
    "gauge-descent": "#7aa7d9",
    "gauge-approach": "#e0b050",
    "gauge-landing": "#e5875a",
    "gauge-overrun": "#e05a6d",
    "gauge-live": "#9fd8cf",
    "gauge-track": "#4a5568",
    "pace-line": "#8a94a6",
    "muted": "#93a1b0",
    "rule": "#5a6675",
    "tool": "#6cc3b2",
    "diff-add": "#84cf94",
    "diff-remove": "#f0938a",
    "diff-add-background": "#16291f",
    "diff-remove-background": "#321d20",
}


class WidgetApp(App[None]):
    """An application that shows the given widgets and keeps the messages they post."""

    def __init__(self, *widgets: Widget, css: str = "") -> None:
        super().__init__()
        self.widgets = widgets
        self.posted: list[Message] = []
        self.extra_css = css

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return VARIABLES

    def compose(self) -> ComposeResult:
        yield from self.widgets

    def on_mount(self) -> None:
        if self.extra_css:
            self.stylesheet.add_source(self.extra_css, read_from=("test", "css"))
            self.refresh_css()

    async def _on_message(self, message: Message) -> None:
        self.posted.append(message)
        await super()._on_message(message)

    def posted_of(self, kind: type[Posted]) -> list[Posted]:
        """The messages of `kind` that reached the application."""
        return [message for message in self.posted if isinstance(message, kind)]

    def rows(self) -> list[str]:
        """What is on screen, row by row, trailing blanks cut."""
        return [
            "".join(segment.text for segment in strip).rstrip()
            for strip in self.screen._compositor.render_strips()
        ]

    def text(self) -> str:
        """What is on screen."""
        return "\n".join(self.rows())


def row_with(rows: Iterable[str], words: str) -> str:
    """The first row that has `words`."""
    return next(row for row in rows if words in row)

"""What a theme is made of: the names of its colours, and one theme as a value.

No more than that is needed to paint, so it is all the first frame imports of themes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

COLOURS: dict[str, str] = {
    "primary": "titles, focus, what is chosen",
    "secondary": "what goes beside the primary colour",
    "accent": "keys in hints, small marks, what is chosen: a grade of neutral",
    "warning": "what waits for you, or needs a look",
    "error": "something that failed",
    "success": "something that is done",
    "foreground": "text",
    "background": "the transcript",
    "surface": "the composer, fields, the status line",
    "panel": "the sidebar, dialogs",
}
"""The ten colours of every theme, and what they are for."""

VARIABLES: dict[str, str] = {
    "gauge-cruise": "budget left, while there is plenty",
    "gauge-descent": "budget left, from 70 % used on",
    "gauge-approach": "budget left, from 85 % used on",
    "gauge-landing": "budget left, when only the reserve is left",
    "gauge-overrun": "the budget, when more than all of it is gone",
    "gauge-live": "tokens of the message that is streaming, an estimate",
    "gauge-track": "budget used",
    "gauge-reserve": "the part of what is left that is kept for the wrap-up",
    "burn-line": "the burn-down of the budget",
    "pace-line": "the even pace beside it",
    "meter": "the other small bars: context window, agents",
    "muted": "less important text",
    "heading": "headings of answers",
    "link": "links",
    "quote": "quotations",
    "rule": "dividing lines, the edge of the sidebar",
    "thinking": "thinking of the model",
    "tool": "names of tools",
    "tool-running": "a tool at work",
    "prompt-bar": "the bar beside a prompt",
    "prompt-background": "behind a prompt",
    "card-border": "the bar beside a landing, which waits for you",
    "cursor-block": "behind the block the cursor is on",
    "selection": "behind selected text",
    "find-match": "behind what a search found",
    "find-current": "behind the place a search is at",
    "code-inline": "code within a sentence",
    "code-background": "behind code",
    "code-text": "code that is none of the following",
    "code-keyword": "keywords",
    "code-string": "strings",
    "code-comment": "comments",
    "code-number": "numbers and constants",
    "code-function": "names of functions",
    "code-type": "names of classes and types",
    "code-name": "other names, attributes, tags",
    "diff-add": "the mark and the count of added lines",
    "diff-add-background": "behind added lines",
    "diff-remove": "the mark and the count of removed lines",
    "diff-remove-background": "behind removed lines",
    "border": "frames of what has the focus",
    "border-blurred": "frames of what does not have the focus",
    "scrollbar": "scroll bars",
    "scrollbar-hover": "scroll bars under the mouse",
    "scrollbar-active": "scroll bars that are dragged",
    "scrollbar-background": "behind scroll bars",
    "input-selection-background": "behind selected text in the composer",
    "block-cursor-foreground": "the chosen row of a list",
    "block-cursor-background": "behind the chosen row of a list",
}
"""The variables of every theme, and what they are for. Styles use them as `$gauge-cruise`."""

DARK = "glideslope-dark"
"""The theme that is painted where no other was chosen."""
LIGHT = "glideslope-light"


TERMINAL_COLOUR = re.compile(
    "ansi_(?:default|(?:bright_)?(?:black|red|green|yellow|blue|magenta|cyan|white))"
)
"""How one of the sixteen colours of a terminal is named, or the one it has by itself."""


@dataclass(frozen=True)
class ThemeSpec:
    """A theme, complete: every colour and every variable has a value.

    One such as `#101820`, or `ansi_cyan` for a colour of the terminal.
    """

    name: str
    dark: bool
    colours: Mapping[str, str] = field(repr=False)
    variables: Mapping[str, str] = field(repr=False)
    about: str = ""
    """One line for the chooser."""
    file: Path | None = None
    built_in: bool = False

    @property
    def uses_terminal(self) -> bool:
        """Whether colours are left to the terminal."""
        return TERMINAL_COLOUR.fullmatch(self.colours["background"]) is not None

    @cached_property
    def all(self) -> dict[str, str]:
        """Colours and variables in one mapping, by name."""
        return {**self.colours, **self.variables}


def built_in_folder() -> Path:
    """Where our themes are: in the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "themes"
    return installed if installed.is_dir() else package.parent / "themes"

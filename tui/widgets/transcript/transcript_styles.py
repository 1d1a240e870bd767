"""The styles of the transcript, as theme tokens.

Colour only repeats what a glyph, a word or a position already says. Attributes (bold,
italic, underline) carry the difference where there is no colour at all.
"""

import re
from collections.abc import Container
from typing import Final

MUTED: Final = "$muted"
STRONG: Final = "bold"
EMPHASIS: Final = "italic"
STRUCK: Final = "strike"
CODE: Final = "$code-inline"
CODE_FILL: Final = "$code-text on $code-background"
LINK: Final = "$link underline"
BULLET: Final = "$heading"
QUOTE: Final = "$quote italic"
QUOTE_BAR: Final = "$rule"
RULE: Final = "$rule"
HEADINGS: Final = (
    "$heading bold underline",
    "$heading bold",
    "bold",
    "bold italic",
    "$muted bold",
    "$muted italic",
)
TABLE_HEAD: Final = "$heading bold"
THINKING: Final = "$thinking italic"

PROMPT_BAR: Final = "$prompt-bar bold"
PROMPT: Final = "bold"
PROMPT_FILL: Final = "on $prompt-background"

ANSWER: Final = "$heading bold"
RUNNING: Final = "$tool-running"
WARNING: Final = "$warning"
ERROR: Final = "$error"

ADDED: Final = "$diff-add bold"
ADDED_FILL: Final = "on $diff-add-background"
REMOVED: Final = "$diff-remove bold"
REMOVED_FILL: Final = "on $diff-remove-background"
ADDED_WORD: Final = "bold $code-text on $diff-add 25%"
"""Words that a change put in; bold says it where there are no backgrounds."""
REMOVED_WORD: Final = "bold $code-text on $diff-remove 25%"


CURSOR_BAR: Final = "▌"
CURSOR: Final = "$accent bold"
CURSOR_FILL: Final = "on $cursor-block"
CHOSEN_TARGET: Final = "reverse"
"""The link or action that enter would choose."""
SELECTED: Final = "on $selection"
MATCH: Final = "underline on $find-match"
CURRENT_MATCH: Final = "$find-current bold underline reverse on $foreground"
"""Reversed, so that it is recognised without colours too: the text is the foreground."""

_OWN_VARIABLES: Final = {
    "muted": "$text-muted",
    "heading": "$text-primary",
    "link": "$text-primary",
    "quote": "$text-muted",
    "rule": "$foreground 25%",
    "thinking": "$text-muted",
    "tool": "$text-secondary",
    "tool-running": "$text-accent",
    "prompt-bar": "$text-accent",
    "prompt-background": "$foreground 7%",
    "card-border": "$text-primary",
    "cursor-block": "$foreground 5%",
    "selection": "$primary 50%",
    "find-match": "$warning 30%",
    "find-current": "$warning 60%",
    "code-inline": "$text-primary",
    "code-background": "$foreground 4%",
    "code-text": "$foreground",
    "code-keyword": "$text-accent",
    "code-string": "$text-success",
    "code-comment": "$text-muted",
    "code-number": "$text-warning",
    "code-function": "$text-primary",
    "code-type": "$text-secondary",
    "code-name": "$text-secondary",
    "diff-add": "$text-success",
    "diff-add-background": "$success 14%",
    "diff-remove": "$text-error",
    "diff-remove-background": "$error 14%",
}
"""What our own variables mean in a theme that does not have them."""

_ANSI: Final = {
    "muted": "dim",
    "rule": "dim",
    "quote": "",
    "thinking": "dim",
    "code-comment": "dim",
    "code-text": "",
    "selection": "$screen-selection-background",
    "find-match": "$screen-selection-background",
    "find-current": "$screen-selection-background",
}
"""What they mean where the terminal's own colours are all there is: dim, and no shades."""

_VARIABLE = re.compile(r"\$([\w-]+)")
_BACKGROUND = re.compile(r"\bon \$([\w-]+)")


def resolve_style(style: str, variables: Container[str], ansi: bool) -> str:
    """`style` with variables that the present theme has."""
    if ansi:
        style = _BACKGROUND.sub(_ansi_background, style)
        style = _VARIABLE.sub(lambda found: _ANSI.get(found[1], found[0]), style)

    def known(found: re.Match[str]) -> str:
        return found[0] if found[1] in variables else _OWN_VARIABLES.get(found[1], found[0])

    return _VARIABLE.sub(known, style).strip()


def _ansi_background(found: re.Match[str]) -> str:
    return found[0] if found[1] in {"selection", "find-match", "find-current"} else ""

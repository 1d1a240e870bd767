"""Whether people can distinguish colours in text and on a gauge.

Contrast is that of WCAG 2.2 (1.4.3 and 1.4.11).
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

RGB = tuple[float, float, float]
"""Linear red, green and blue, 0..1."""

HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE | re.ASCII)
"""How a colour is written."""

TEXT = 4.5
"""Least contrast of text against its background."""
GRAPHICS = 3.0
"""Least contrast of what is drawn and has to be seen."""


def linear(colour: str) -> RGB:
    """The light of a colour written as `#rgb` or `#rrggbb`."""
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue = (_light(int(digits[place : place + 2], 16)) for place in (0, 2, 4))
    return red, green, blue


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1..21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """How bright a colour is, 0..1."""
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _light(level: int) -> float:
    share = level / 255
    return share / 12.92 if share <= 0.04045 else math.pow((share + 0.055) / 1.055, 2.4)


@dataclass(frozen=True, slots=True)
class WeakSpot:
    """A pair of colours of a theme that are too alike."""

    over: str
    """The name of the colour in front."""
    under: str
    """The name of the colour behind."""
    ratio: float
    needed: float

    @property
    def description(self) -> str:
        """Such as `muted on panel has a contrast of 2.1`."""
        return f"{self.over} on {self.under} has a contrast of {self.ratio:.1f}"


STAGES = tuple(
    f"gauge-{stage}" for stage in ("cruise", "descent", "approach", "landing", "overrun")
)
"""The colours of the gauge from full to empty."""

_CODE = tuple(
    f"code-{part}"
    for part in ("text", "keyword", "string", "comment", "number", "function", "type", "name")
)
_WORDS = ("muted", "thinking", "heading", "link", "quote", "code-inline", "tool", "tool-running")
_SIGNALS = ("primary", "secondary", "accent", "warning", "error", "success")
_BACKGROUNDS = ("background", "surface", "panel")
_TINTS = ("prompt-background", "selection", "find-match", "find-current", "cursor-block")

_TEXT_PAIRS = (
    *(("foreground", ground) for ground in (*_BACKGROUNDS, *_TINTS)),
    *((word, "background") for word in (*_WORDS, *_SIGNALS)),
    *((word, "surface") for word in (*_SIGNALS, *STAGES)),
    *(("muted", ground) for ground in ("surface", "panel", "prompt-background", "cursor-block")),
    *(("muted", ground) for ground in ("selection", "find-match")),
    *(("accent", ground) for ground in ("prompt-background", "cursor-block", "panel")),
    ("background", "accent"),
    *((part, "code-background") for part in _CODE),
    ("code-text", "diff-add-background"),
    ("code-text", "diff-remove-background"),
    ("diff-add", "diff-add-background"),
    ("diff-remove", "diff-remove-background"),
    ("block-cursor-foreground", "block-cursor-background"),
)
_GRAPHIC_PAIRS = (
    *((stage, ground) for stage in (*STAGES, "gauge-live") for ground in ("gauge-track", "panel")),
    ("burn-line", "panel"),
    ("pace-line", "panel"),
    ("meter", "gauge-track"),
    ("foreground", "gauge-track"),
    *((line, ground) for line in ("rule", "border-blurred", "border") for ground in _BACKGROUNDS),
    *(
        (bar, "scrollbar-background")
        for bar in ("scrollbar", "scrollbar-hover", "scrollbar-active")
    ),
    ("background", "gauge-live"),
    ("prompt-bar", "background"),
    ("card-border", "background"),
)


def weak_spots(
    colours: Mapping[str, str], text: float = TEXT, graphics: float = GRAPHICS
) -> Iterator[WeakSpot]:
    """Every pair of a theme's colours that is harder to see than it should be.

    What the terminal chooses is not judged.

    Args:
        colours: Colours by name.
        text: The contrast that text needs, 1..21.
        graphics: The contrast that graphics need, 1..21.
    """
    for pairs, needed in ((_TEXT_PAIRS, text), (_GRAPHIC_PAIRS, graphics)):
        for over, under in pairs:
            if not (HEX.fullmatch(colours[over]) and HEX.fullmatch(colours[under])):
                continue
            ratio = contrast(colours[over], colours[under])
            if ratio < needed:
                yield WeakSpot(over, under, ratio, needed)

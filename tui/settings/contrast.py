"""Whether people can distinguish colours: in text, on a gauge, with a colour blindness.

Contrast is that of WCAG 2.2 (1.4.3 and 1.4.11). Colour blindness is simulated after Machado,
Oliveira and Fernandes (2009), at full severity. Distance is measured in OKLab (Ottosson 2020),
where 0.02 is about the least difference that is seen.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

RGB = tuple[float, float, float]
"""Linear red, green and blue, 0..1."""

Vision = Literal["normal", "protanopia", "deuteranopia", "tritanopia"]
"""Ways of seeing colours."""

HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE | re.ASCII)
"""How a colour is written."""

TEXT = 4.5
"""Least contrast of text against its background."""
GRAPHICS = 3.0
"""Least contrast of what is drawn and has to be seen."""

_VISION_MATRICES: dict[Vision, tuple[RGB, RGB, RGB]] = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


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


def distance(one: str, other: str, vision: Vision = "normal") -> float:
    """How different two colours look, black and white being 1 apart.

    Args:
        one: A colour, `#rrggbb`.
        other: Another one.
        vision: The eyes that look at them.
    """
    pairs = zip(_oklab(one, vision), _oklab(other, vision), strict=True)
    return math.sqrt(sum((a - b) ** 2 for a, b in pairs))


def _light(level: int) -> float:
    share = level / 255
    return share / 12.92 if share <= 0.04045 else math.pow((share + 0.055) / 1.055, 2.4)


def _times(matrix: tuple[RGB, RGB, RGB], light: RGB) -> RGB:
    first, second, third = (sum(m * c for m, c in zip(r, light, strict=True)) for r in matrix)
    return first, second, third


def _oklab(colour: str, vision: Vision) -> RGB:
    seen = _times(_VISION_MATRICES[vision], linear(colour))
    red, green, blue = (min(max(part, 0.0), 1.0) for part in seen)
    cones = (
        0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue,
        0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue,
        0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue,
    )
    long, middle, short = (math.pow(cone, 1 / 3) for cone in cones)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


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

"""How different colours look, also to eyes with a colour blindness.

Colour blindness is simulated after Machado, Oliveira and Fernandes (2009), at full severity.
Distance is measured in OKLab (Ottosson 2020), where 0.02 is about the least difference that is
seen.
"""

import math
from typing import Literal

from tui.settings.contrast import RGB, linear

Vision = Literal["normal", "protanopia", "deuteranopia", "tritanopia"]
"""Ways of seeing colours."""

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


def distance(one: str, other: str, vision: Vision = "normal") -> float:
    """How different two colours look, black and white being 1 apart.

    Args:
        one: A colour, `#rrggbb`.
        other: Another one.
        vision: The eyes that look at them.
    """
    pairs = zip(_oklab(one, vision), _oklab(other, vision), strict=True)
    return math.sqrt(sum((a - b) ** 2 for a, b in pairs))


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

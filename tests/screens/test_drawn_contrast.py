"""Whatever the program draws can be seen: measured on the screen, in every theme, after WCAG 2.2.

Success criteria 1.4.3 (words, 4.5 : 1), 1.4.6 (words of the theme for high contrast, 7 : 1) and
1.4.11 (lines, marks and fills, 3 : 1). The formula is that of the definitions of "contrast ratio"
and "relative luminance" there.
"""

import re
from collections.abc import Iterator, Sequence

import pytest
from rich.segment import Segment

from screenshots.scenes import SCENES
from screenshots.scripted_app import SceneDriver, ScriptedOpener, scripted_app
from tui.settings.theme_catalogue import load_themes

DRAWN = ("chat", "finding", "completion", "overrun", "limit", "trust", "permission", "notices")
TRACK = "░"
"""Texture of the part of a bar that is used: the figure beside it says the same."""
Light = Sequence[int]
"""Red, green and blue, 0..255."""


def luminance(colour: Light) -> float:
    """Relative luminance of red, green and blue in 0..255."""
    red, green, blue = (
        each / 255 / 12.92 if each / 255 <= 0.04045 else ((each / 255 + 0.055) / 1.055) ** 2.4
        for each in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: Light, other: Light) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def drawn(segment: Segment) -> tuple[Light, Light] | None:
    """The colours of a text and of what is behind it; None where nothing is to be seen."""
    style, text = segment.style, segment.text.strip()
    if style is None or style.color is None or style.bgcolor is None or not text.strip(TRACK):
        return None
    front, behind = style.color.triplet, style.bgcolor.triplet
    if front is None or behind is None:
        return None
    return (behind, front) if style.reverse else (front, behind)


def too_weak(segments: Iterator[Segment], *, words: float, marks: float) -> set[str]:
    """What is drawn with less contrast than it needs."""
    weak = set()
    for segment in segments:
        if pair := drawn(segment):
            needed = words if re.search(r"\w", segment.text) else marks
            if (found := ratio(*pair)) < needed:
                weak.add(f"{segment.text.strip()[:20]}: {found:.2f} of {needed}, {pair}")
    return weak


def painted(segments: Iterator[Segment]) -> set[str]:
    """What has a colour that the terminal did not choose."""
    return {
        segment.text.strip()
        for segment in segments
        if segment.style is not None
        and segment.text.strip()
        and any(each and each.triplet for each in (segment.style.color, segment.style.bgcolor))
    }


def test_the_measure_is_that_of_wcag():
    assert ratio((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert ratio((0x77, 0x77, 0x77), (255, 255, 255)) == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("name", DRAWN)
async def test_all_that_is_drawn_has_enough_contrast_in_every_theme(name: str):
    scene = SCENES[name]
    opener = ScriptedOpener(scene.log(), **scene.opener_options)
    app = scripted_app(opener, "glideslope-dark")
    weak: dict[str, set[str]] = {}
    async with app.run_test(size=(124, 38), notifications=True) as pilot:
        on = SceneDriver(app, pilot, opener.log)
        await on.wait_until_ready()
        await scene.act(on)
        for spec in load_themes().themes.values():
            app.use_theme(spec)
            await pilot.pause()
            strips = app.screen._compositor.render_strips()
            strict = spec.name == "high-contrast"
            segments = (segment for strip in strips for segment in strip)
            if spec.uses_terminal:
                assert painted(segments) == set(), "the terminal's own colours only"
                continue
            least = {"words": 7.0 if strict else 4.5, "marks": 4.5 if strict else 3.0}
            if found := too_weak(segments, **least):
                weak[spec.name] = found
        await app.shut_down()
    assert weak == {}

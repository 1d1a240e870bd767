"""Draws the pictures of `screenshots/` from the running program.

    python screenshots/make.py [NAME …]

Each is one scene in one theme and one size, as SVG and as PNG; `themes` is one sheet of all.
"""

import asyncio
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import resvg_py

from screenshots.scenes import SCENES
from screenshots.scripted_app import SceneDriver, ScriptedOpener, neutral_environment, scripted_app
from screenshots.svg_shapes import draw_shapes
from tui.settings.theme_catalogue import load_themes

HERE = Path(__file__).parent


class Picture(NamedTuple):
    """One picture."""

    scene: str
    theme: str = "glideslope-dark"
    size: tuple[int, int] = (124, 38)


PICTURES = {
    "chat-dark": Picture("chat"),
    "chat-light": Picture("chat", "glideslope-light"),
    "chat-narrow": Picture("chat", size=(80, 24)),
    "wrap-up": Picture("wrapup"),
    "quote": Picture("quote"),
    "advisor": Picture("advisor"),
    "report": Picture("report"),
    "fleet": Picture("fleet", size=(124, 26)),
    "team": Picture("team"),
    "empty": Picture("empty"),
}
THEMES = "themes"
"""The sheet: the chat in every theme of ours, side by side."""
SHEET_SIZE, SHEET_COLUMNS, SHEET_GAP = (112, 25), 2, 16
"""Cells of each picture on it, how many stand side by side, and the space between in pixels."""
SHEET_WIDTH = 1280
"""Pixels of the sheet."""


async def draw(picture: Picture) -> str:
    """The picture as SVG."""
    scene = SCENES[picture.scene]
    opener = ScriptedOpener(scene.log(), **scene.opener_options)
    app = scripted_app(opener, picture.theme)
    async with app.run_test(size=picture.size, notifications=True) as pilot:
        on = SceneDriver(app, pilot, opener.log)
        await on.wait_until_ready()
        await scene.act(on)
        await pilot.pause()
        svg = app.export_screenshot(title="glideslope")
        await app.shut_down()
    return draw_shapes(svg)


def sheet(pictures: Sequence[str]) -> str:
    """Pictures of one size, as SVG, side by side on one."""
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', pictures[0])
    assert found is not None
    width, height = map(float, found.groups())
    placed = []
    for at, picture in enumerate(pictures):
        row, column = divmod(at, SHEET_COLUMNS)
        x, y = column * (width + SHEET_GAP), row * (height + SHEET_GAP)
        place = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
        placed.append(picture.replace("<svg ", f"<svg {place} ", 1))
    rows = -(-len(pictures) // SHEET_COLUMNS)
    whole = f"{SHEET_COLUMNS * (width + SHEET_GAP):g} {rows * (height + SHEET_GAP):g}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole}">{"".join(placed)}</svg>'


def png(svg: str, width: int | None = None) -> bytes:
    """The picture as PNG, in a font that machines have, `width` pixels wide if that is given."""
    font = "DejaVu Sans Mono"
    svg = svg.replace("font-family: arial", f"font-family: {font}")
    return bytes(
        resvg_py.svg_to_bytes(svg_string=svg, font_family=font, monospace_family=font, width=width)
    )


def main(names: list[str], folder: Path = HERE) -> None:
    """Draw the pictures of these names, or all."""
    for name in names or [*PICTURES, THEMES]:
        if name == THEMES:
            svgs = [drawn_alone(Picture("chat", theme, SHEET_SIZE)) for theme in in_order()]
            (folder / f"{name}.png").write_bytes(png(sheet(svgs), SHEET_WIDTH))
        else:
            svg = drawn_alone(PICTURES[name])
            (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
            (folder / f"{name}.png").write_bytes(png(svg))
        print(name)


def drawn_alone(picture: Picture) -> str:
    """The picture as SVG, with settings and folders of nobody."""
    with neutral_environment():
        return asyncio.run(draw(picture))


def in_order() -> list[str]:
    """Our themes, dark ones first, those that are Glideslope's own before the others."""
    themes = [theme for theme in load_themes().themes.values() if not theme.uses_terminal]
    own = "glideslope"
    return [
        theme.name
        for theme in sorted(themes, key=lambda each: (not each.dark, own not in each.name))
    ]


if __name__ == "__main__":
    main(sys.argv[1:])

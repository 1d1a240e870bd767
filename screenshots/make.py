"""Draws the pictures of `screenshots/` from the running program.

    python screenshots/make.py [NAME …]

Each is one scene in one theme and one size, as SVG and as PNG.
"""

import asyncio
import sys
from pathlib import Path
from typing import NamedTuple

import resvg_py
from drawn import drawn
from scenes import SCENES
from studio import Set, Studio, application, nowhere

HERE = Path(__file__).parent


class Picture(NamedTuple):
    """One picture."""

    scene: str
    theme: str = "glideslope-dark"
    size: tuple[int, int] = (124, 38)


PICTURES = {
    "chat-dark": Picture("chat"),
    "chat-light": Picture("chat", "glideslope-light"),
    "wrap-up": Picture("wrapup"),
    "empty": Picture("empty"),
}


async def draw(picture: Picture) -> str:
    """The picture as SVG."""
    scene = SCENES[picture.scene]
    studio = Studio(scene.story(), **scene.studio)
    app = application(studio, picture.theme)
    async with app.run_test(size=picture.size, notifications=True) as pilot:
        on = Set(app, pilot, studio.story)
        await on.ready()
        await scene.act(on)
        await pilot.pause()
        svg = app.export_screenshot(title="glideslope")
        await app.leave()
    return drawn(svg)


def png(svg: str) -> bytes:
    """The picture as PNG, in a font that machines have."""
    font = "DejaVu Sans Mono"
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, font_family=font, monospace_family=font))


def main(names: list[str], folder: Path = HERE) -> None:
    """Draw the pictures of these names, or all."""
    for name in names or PICTURES:
        with nowhere():
            svg = asyncio.run(draw(PICTURES[name]))
        (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
        (folder / f"{name}.png").write_bytes(png(svg))
        print(name)


if __name__ == "__main__":
    main(sys.argv[1:])

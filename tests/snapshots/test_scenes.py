"""Every scene in two themes and two sizes, compared with its picture; odd ones in two of them.

The scenes are those of the README's pictures: the real program with its clock, its ids and
its folder pinned.
"""

from collections.abc import Iterator

import pytest
from scenes import SCENES
from studio import Set, Studio, application

SIZES = {"wide": (124, 38), "narrow": (80, 24)}
THEMES = ("glideslope-dark", "glideslope-light")
ODD = {("glideslope-dark", "wide"), ("glideslope-light", "narrow")}
"""In which a scene is compared that is seldom seen."""


def pictures() -> Iterator[object]:
    """Name, theme and size of every picture."""
    for size in SIZES:
        for theme in THEMES:
            for name, scene in SCENES.items():
                if not scene.odd or (theme, size) in ODD:
                    yield pytest.param(name, theme, size, id=f"{name}-{theme}-{size}")


@pytest.mark.parametrize(("name", "theme", "size"), pictures())
def test_the_scene_looks_as_it_did(snap_compare, name, theme, size):
    scene = SCENES[name]
    studio = Studio(scene.story(), **scene.studio)
    app = application(studio, theme)

    async def act(pilot) -> None:
        on = Set(app, pilot, studio.story)
        await on.ready()
        await scene.act(on)
        await pilot.pause()

    assert snap_compare(app, terminal_size=SIZES[size], run_before=act)

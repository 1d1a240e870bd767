"""Every scene in two themes and two sizes, compared with its picture.

The scenes are those of the README's pictures: the real program with its clock, its ids and
its folder pinned.
"""

import pytest
from scenes import SCENES
from studio import Set, Studio, application

SIZES = {"wide": (124, 38), "narrow": (80, 24)}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["glideslope-dark", "glideslope-light"])
@pytest.mark.parametrize("name", SCENES)
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

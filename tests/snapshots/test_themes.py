"""The chat in every theme of ours, as an installed wheel has them, compared with its picture."""

import pytest
from scenes import SCENES
from studio import Set, Studio, application

from tui.settings.themes import load_theme, load_themes


@pytest.mark.parametrize("name", sorted(load_themes().themes))
def test_the_chat_looks_as_it_did_in_this_theme(snap_compare, unpacked_wheel, name):
    spec = load_theme(name, unpacked_wheel / "tui" / "themes")
    assert spec is not None and spec.file.is_relative_to(unpacked_wheel)
    scene = SCENES["chat"]
    studio = Studio(scene.story(), **scene.studio)
    app = application(studio, spec)

    async def act(pilot) -> None:
        on = Set(app, pilot, studio.story)
        await on.ready()
        await scene.act(on)
        await pilot.pause()

    assert snap_compare(app, terminal_size=(124, 38), run_before=act)

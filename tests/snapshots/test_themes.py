"""The chat in every theme of ours, as an installed wheel has them, compared with its picture."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from screenshots.scenes import SCENES
from screenshots.scripted_app import SceneDriver, ScriptedOpener, scripted_app
from tui.settings.theme_catalogue import load_theme, load_themes


@pytest.mark.parametrize("name", sorted(load_themes().themes))
def test_the_chat_looks_as_it_did_in_this_theme(
    snap_compare: Callable[..., bool], unpacked_wheel: Path, name: str
):
    spec = load_theme(name, unpacked_wheel / "tui" / "themes")
    assert spec is not None and spec.file.is_relative_to(unpacked_wheel)
    scene = SCENES["chat"]
    opener = ScriptedOpener(scene.log(), **scene.opener_options)
    app = scripted_app(opener, spec)

    async def act(pilot: Pilot[None]) -> None:
        on = SceneDriver(app, pilot, opener.log)
        await on.wait_until_ready()
        await scene.act(on)
        await pilot.pause()

    assert snap_compare(app, terminal_size=(124, 38), run_before=act)

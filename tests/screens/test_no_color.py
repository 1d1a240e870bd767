"""With `NO_COLOR` the screen is grey, and what colours say is still said."""

import pytest

from screenshots.scenes import SCENES
from screenshots.scripted_app import SceneDriver, ScriptedOpener, scripted_app

SIGNS = ("21 − def", "21 + def", "≈ 97k LEFT", "cruise", "▐high▌", "✔ 5 done", "▶ models")


async def test_no_color_is_heeded_and_signs_tell_what_colours_would(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("NO_COLOR", "1")
    scene = SCENES["chat"]
    opener = ScriptedOpener(scene.log())
    app = scripted_app(opener, "glideslope-dark")
    async with app.run_test(size=(124, 38)) as pilot:
        on = SceneDriver(app, pilot, opener.log)
        await on.wait_until_ready()
        await scene.act(on)
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        await app.shut_down()
    styles = [segment.style for strip in strips for segment in strip if segment.style]
    colours = [each for style in styles for each in (style.color, style.bgcolor) if each]
    triplets = {colour.triplet for colour in colours if colour.triplet}
    assert len(triplets) > 5
    assert [each for each in triplets if len(set(each)) > 1] == []
    text = "\n".join("".join(segment.text for segment in strip) for strip in strips)
    assert [sign for sign in SIGNS if sign not in text] == []

"""Every scene in two themes and two sizes, compared with its picture; odd ones in two of them.

The scenes are those of the README's pictures: the real program with its clock, its ids and
its folder pinned. A program starts once for each size and changes its theme then, which must
leave nothing of the theme before.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion
from syrupy.location import PyTestLocation
from syrupy.types import SnapshotIndex

from screenshots.scenes import SCENES
from screenshots.scripted_app import SceneDriver, ScriptedOpener, scripted_app
from tui.settings.theme_catalogue import load_theme
from tui.settings.user_folders import user_folders

SIZES = {"wide": (124, 38), "narrow": (80, 24)}
THEMES = ("glideslope-dark", "glideslope-light")
ODD = {("glideslope-dark", "wide"), ("glideslope-light", "narrow")}
"""In which a scene is compared that is seldom seen."""

NAMES_THEME = {"config", "themes"}
"""Scenes that show which theme it is: each theme has a program of its own."""


class Picture(SVGImageExtension):  # type: ignore[misc] # the plugin has no types
    """A picture by its scene, theme and size: one test compares several."""

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: SnapshotIndex = 0) -> str:
        return f"{test_location.methodname}[{index}]"


def programs() -> Iterator[object]:
    """Scene, size, and the themes that one program shows it in."""
    for size in SIZES:
        for name, scene in SCENES.items():
            themes = [theme for theme in THEMES if not scene.odd or (theme, size) in ODD]
            each = [[theme] for theme in themes] if name in NAMES_THEME else [themes]
            for shown in each:
                yield pytest.param(name, size, shown, id="-".join([name, size, *shown]))


async def pictures(name: str, size: str, themes: Sequence[str]) -> dict[str, str]:
    """What a scene looks like in a size, by theme."""
    scene = SCENES[name]
    opener = ScriptedOpener(scene.log(), **scene.opener_options)
    app = scripted_app(opener, themes[0])
    taken = {}
    async with app.run_test(size=SIZES[size], notifications=True) as pilot:
        on = SceneDriver(app, pilot, opener.log)
        await on.wait_until_ready()
        await scene.act(on)
        for theme in themes:
            if theme != themes[0]:
                spec = load_theme(theme, user_folders().themes)
                assert spec is not None
                app.use_theme(spec)
            await on.wait_until_idle()
            app.screen._compositor.render_update(screen_stack=app._background_screens)
            await on.wait_until_idle()
            taken[theme] = app.export_screenshot(title=app.title, simplify=True)
    return taken


@pytest.mark.parametrize(("name", "size", "themes"), programs())
async def test_the_scene_looks_as_it_did(
    snapshot: SnapshotAssertion, tmp_path: Path, name: str, size: str, themes: list[str]
):
    kept = snapshot.use_extension(Picture)
    changed = []
    for theme, picture in (await pictures(name, size, themes)).items():
        if kept(name=f"{name}-{theme}-{size}") != picture:
            changed.append(tmp_path / f"{name}-{theme}-{size}.svg")
            changed[-1].write_text(picture)
    assert not changed, "other than in __snapshots__; --snapshot-update keeps them"

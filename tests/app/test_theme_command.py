"""`/theme`: tried on while choosing, taken back by Escape, kept for the next time."""

from tui.app import GlideslopeApp
from tui.options import Options
from tui.settings.folders import folders
from tui.settings.last_theme import recall
from tui.widgets.choice import Choice
from tui.wiring import Wiring


async def opens(cockpit) -> None:
    """Wait till there is a list to choose from."""
    await cockpit.until(lambda: isinstance(cockpit.app.screen, Choice))


def background(cockpit) -> str:
    """The colour behind the composer."""
    return cockpit.chat.styles.background.hex


async def test_themes_are_tried_on_while_choosing_and_escape_takes_them_back(fly):
    async with fly() as cockpit:
        before = background(cockpit)
        await cockpit.say("/theme")
        await opens(cockpit)
        names = ["glideslope-dark", "glideslope-light"]
        assert all(name in cockpit.text() for name in names)
        assert "▸ glideslope-dark" in cockpit.text()
        seen = set()
        for _ in range(3):
            await cockpit.press("down")
            seen.add((cockpit.app.theme, background(cockpit)))
        assert len(seen) == 3 and before not in {colour for _, colour in seen}
        await cockpit.press("escape")
        assert cockpit.app.theme == "glideslope-dark"
        assert background(cockpit) == before
        assert recall(folders().state).chosen == ""


async def test_a_theme_is_found_by_letters_taken_and_remembered(fly):
    async with fly() as cockpit:
        await cockpit.say("/theme")
        await opens(cockpit)
        await cockpit.press(*"light", "enter")
        await cockpit.until(lambda: recall(folders().state).chosen == "glideslope-light")
        assert cockpit.app.theme == "glideslope-light"
    given = Options(simulate=True, folder=cockpit.folder)
    app = GlideslopeApp(Wiring(given), given)
    async with app.run_test():
        assert app.theme == "glideslope-light"  # from the first frame on
        await app.leave()


async def test_a_theme_is_taken_by_its_name_and_an_unknown_one_changes_nothing(fly):
    async with fly() as cockpit:
        for command, name in (("/theme", "high-contrast"), ("/themes", "glideslope-light")):
            await cockpit.say(f"{command} {name}")
            await cockpit.until(lambda: cockpit.app.theme == name)  # noqa: B023  awaited here
        await cockpit.say("/theme nothing")
        await cockpit.say("/theme glideslope-ligth")
        await cockpit.until(lambda: len(cockpit.notices()) == 2)
        assert cockpit.notices() == [
            'There is no theme "nothing"; /theme lists them all.',
            'There is no theme "glideslope-ligth"; did you mean glideslope-light?',
        ]
        assert cockpit.app.theme == "glideslope-light"


async def test_the_users_own_theme_is_offered_and_a_broken_one_is_told_with_its_line(fly):
    folder = folders().themes
    folder.mkdir(parents=True)
    (folder / "evening.toml").write_text(
        'name = "evening"\ndark = true\n[colours]\nbackground = "#102030"\n'
    )
    (folder / "broken.toml").write_text('name = "broken"\ndark = maybe\n')
    async with fly() as cockpit:
        await cockpit.say("/theme evening")
        await cockpit.until(lambda: cockpit.app.theme == "evening")
        assert background(cockpit).upper().startswith("#102030")
        assert any(f"{folder / 'broken.toml'}, line 2" in each for each in cockpit.notices())

"""`/theme`: tried on while choosing, taken back by Escape, kept for the next time."""

from tests.support.app_driver import AppDriver, StartApp
from tui.app import GlideslopeApp
from tui.bootstrap import Bootstrap
from tui.command_line import CommandLineOptions
from tui.settings.last_theme import recall
from tui.settings.user_folders import user_folders
from tui.widgets.select_dialog import SelectDialog


async def opens(driver: AppDriver) -> None:
    """Wait till there is a list to choose from."""
    await driver.until(lambda: isinstance(driver.app.screen, SelectDialog))


def background(driver: AppDriver) -> str:
    """The colour behind the composer."""
    return driver.chat.styles.background.hex


async def test_themes_are_tried_on_while_choosing_and_escape_takes_them_back(
    running_app: StartApp,
):
    async with running_app() as driver:
        before = background(driver)
        await driver.submit("/theme")
        await opens(driver)
        names = ["glideslope-dark", "glideslope-light"]
        assert all(name in driver.text() for name in names)
        assert "▸ glideslope-dark" in driver.text()
        seen = set()
        for _ in range(3):
            await driver.press("down")
            seen.add((driver.app.theme, background(driver)))
        assert len(seen) == 3 and before not in {colour for _, colour in seen}
        await driver.press("escape")
        assert driver.app.theme == "glideslope-dark"
        assert background(driver) == before
        assert recall(user_folders().state).chosen_name == ""


async def test_a_theme_is_found_by_letters_taken_and_remembered(
    running_app: StartApp,
):
    async with running_app() as driver:
        await driver.submit("/theme")
        await opens(driver)
        await driver.press(*"light", "enter")
        await driver.until(lambda: recall(user_folders().state).chosen_name == "glideslope-light")
        assert driver.app.theme == "glideslope-light"
    given = CommandLineOptions(simulate=True, folder=driver.folder)
    app = GlideslopeApp(Bootstrap(given), given)
    async with app.run_test():
        assert app.theme == "glideslope-light"  # from the first frame on
        await app.shut_down()


async def test_a_theme_is_taken_by_its_name_and_an_unknown_one_changes_nothing(
    running_app: StartApp,
):
    async with running_app() as driver:
        for command, name in (("/theme", "high-contrast"), ("/themes", "glideslope-light")):
            await driver.submit(f"{command} {name}")
            await driver.until(lambda: driver.app.theme == name)  # noqa: B023  awaited here
        for wrong, sentence in (
            ("nothing", 'There is no theme "nothing"; /theme lists them all.'),
            (
                "glideslope-ligth",
                'There is no theme "glideslope-ligth"; did you mean glideslope-light?',
            ),
        ):
            await driver.submit(f"/theme {wrong}")
            await driver.until(lambda: driver.refusal == sentence)  # noqa: B023  awaited here
        assert driver.app.theme == "glideslope-light"


async def test_the_users_own_theme_is_offered_and_a_broken_one_is_told_with_its_line(
    running_app: StartApp,
):
    folder = user_folders().themes
    folder.mkdir(parents=True)
    (folder / "evening.toml").write_text(
        'name = "evening"\ndark = true\n[colours]\nbackground = "#102030"\n'
    )
    (folder / "broken.toml").write_text('name = "broken"\ndark = maybe\n')
    async with running_app() as driver:
        await driver.submit("/theme evening")
        await driver.until(lambda: driver.app.theme == "evening")
        assert background(driver).upper().startswith("#102030")
        assert any(f"{folder / 'broken.toml'}, line 2" in each for each in driver.notices())

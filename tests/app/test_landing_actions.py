"""The landing block: its keys and a click on them are the commands they name."""

import shutil
from collections.abc import Awaitable, Callable

import pytest

from tests.app.landing_steps import KEYS, interrupted
from tests.support.app_driver import AppDriver, StartApp
from tui.reports.transcript_items import PromptItem
from tui.screens import key_dispatcher

Choose = Callable[[AppDriver, str], Awaitable[None]]


async def by_key(driver: AppDriver, id: str) -> None:
    """Press a key of the block in the empty composer, and let the pause pass."""
    await driver.until(lambda: driver.chat.keys.landing_commands)
    await driver.press(KEYS[id])
    assert driver.chat.composer.text == KEYS[id], "the letter is seen at once"
    assert "in a moment · or type on" in driver.rows()[-1]
    timer = driver.app._key_dispatcher._landing_timer
    assert timer is not None and timer._callback is not None
    timer._callback()


async def by_click(driver: AppDriver, id: str) -> None:
    rows = driver.rows()
    y = next(at for at, row in enumerate(rows) if "┃ c continue" in row or "┃ h hand over" in row)
    await driver.pilot.click(offset=(rows[y].index(f"{KEYS[id]} ") + 2, y))
    await driver.pilot.pause()


@pytest.fixture(params=[by_key, by_click], ids=["key", "click"])
def choose(request: pytest.FixtureRequest) -> Choose:
    """Chooses an action of the block."""
    return request.param


def prompts(driver: AppDriver) -> list[str]:
    return [item.text for item in driver.items() if isinstance(item, PromptItem)]


@pytest.fixture(autouse=True)
def endless_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """A letter waits for as long as the test likes, however slow the machine is."""
    monkeypatch.setattr(key_dispatcher, "LANDING_PAUSE", 3600.0)
    monkeypatch.setattr(key_dispatcher, "COSTLY_LANDING_PAUSE", 3600.0)


async def test_handing_over_saves_the_report_as_markdown(running_app: StartApp, choose: Choose):
    async with running_app(budget="200k") as driver:
        await interrupted(driver)
        driver.app.run_command("report.copy")
        await driver.until(lambda: "Copied " in driver.rows()[-1])
        report = driver.app.clipboard
        assert report.startswith("# Handoff: Add the missing return annotations.")
        assert "## Not started" in report or "## In progress" in report
        await choose(driver, "report.handoff")
        path = driver.folder / f"HANDOFF-{driver.state.session}.md"
        await driver.until(lambda: f"Saved {path.name} in {path.parent}." in driver.notices())
        assert path.read_text() == report


async def test_extending_proposes_the_typed_command_and_keeps_the_draft(running_app: StartApp):
    async with running_app(budget="200k") as driver:
        await interrupted(driver)
        await driver.press(*"thought")
        driver.app.run_command("budget.extend")
        await driver.until(lambda: driver.chat.composer.text == "/budget +50k")
        assert driver.chat.composer.has_focus_within
        await driver.press("enter")
        await driver.until(lambda: driver.state.grant == 250_000)
        await driver.press("up", "up")
        assert driver.chat.composer.text == "thought"


async def test_continue_goes_on_with_the_work(running_app: StartApp, choose: Choose):
    async with running_app(budget="200k") as driver:
        await interrupted(driver)
        await driver.submit("/mode auto")
        await choose(driver, "report.continue")
        await driver.until(lambda: driver.state.turn == 2)
        await driver.until_idle()
        assert driver.state.last_end.reason == "completed"
        assert "-> list[str]" in (driver.folder / "src" / "parse.py").read_text()


async def test_a_new_session_begins_with_the_report(running_app: StartApp, choose: Choose):
    async with running_app(budget="200k") as driver:
        await interrupted(driver)
        await driver.submit("/mode auto")
        first = driver.state.session
        await choose(driver, "report.restart")
        await driver.until(lambda: driver.chat.session_ready and driver.state.session != first)
        await driver.until(lambda: driver.state.turn == 1)
        assert prompts(driver)[0].startswith("Go on from this handoff:\n\n# Handoff: Add the")
        driver.app.run_command("session.interrupt")
        await driver.until_idle()


async def test_the_block_comes_back_after_a_restart(running_app: StartApp):
    async with running_app(budget="200k") as driver:
        await interrupted(driver)
        rows = [row for row in driver.rows() if row.startswith("┃")]
        assert rows[0].startswith("┃ Interrupted · 0 of ") and "used of 200k" in rows[0]
        assert rows[1].startswith("┃ next  ") and len(rows) == 3
        session = driver.state.session
    async with running_app(resume=session) as driver:
        await driver.until(lambda: driver.chat.keys.landing_commands)
        assert [row for row in driver.rows() if row.startswith("┃")] == rows
        await by_key(driver, "report.handoff")
        await driver.until(lambda: list(driver.folder.glob("HANDOFF*")))


async def test_the_block_is_put_away_by_escape_and_by_the_next_prompt(running_app: StartApp):
    """In the transcript it is one compact block then, and its keys are letters."""
    for leave in ("escape", "prompt"):
        async with running_app(budget="200k", mode="auto") as driver:
            await driver.submit("/mode ask")
            await interrupted(driver)
            assert not any("of 200k" in said for said in driver.notices())
            if leave == "escape":
                await driver.press("escape")
                await driver.until(lambda: not driver.chat.keys.landing_commands)
                await driver.press(*"ch")
                assert driver.chat.composer.text == "ch"
                driver.chat.composer.set_draft("")
            await driver.run_turn("hello")
            (said,) = [said for said in driver.notices() if "of 200k" in said]
            assert said.startswith("Interrupted · 0 of ") and "\nnext: " in said


async def test_an_escape_that_leaves_the_block_may_begin_a_rewind(running_app: StartApp):
    async with running_app(budget="200k") as driver:
        await interrupted(driver)
        await driver.press("escape", "escape")
        await driver.until(lambda: driver.choosing)
        await driver.press("escape")


async def test_the_commands_of_the_block_say_so_where_there_is_no_report(
    running_app: StartApp,
):
    async with running_app() as driver:
        for id in ("report.copy", "report.handoff", "report.restart"):
            driver.app.run_command(id)
            await driver.pilot.pause()
            assert driver.notices()[-1] == ("There is no wrap-up report yet; /wrapup asks for one.")
        assert not list(driver.folder.glob("HANDOFF*"))


async def test_a_report_that_cannot_be_saved_is_told(running_app: StartApp):
    async with running_app(budget="200k") as driver:
        await interrupted(driver)
        path = driver.folder / f"HANDOFF-{driver.state.session}.md"
        shutil.rmtree(driver.folder)
        await by_key(driver, "report.handoff")
        told = f"{path} could not be written: No such file or directory."
        await driver.until(lambda: told in driver.notices())


async def test_a_new_session_without_a_budget_is_offered_one_before_anything_is_sent(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await driver.submit("/mode ask")
        await interrupted(driver)
        first = driver.state.session
        await by_key(driver, "report.restart")
        pane = driver.chat.live_pane
        await driver.until(lambda: pane.question is not None and pane.question.accepts_answers)
        assert driver.state.session == first
        assert "No budget would limit the new session." in driver.text()
        assert "y give 100k and start the new session" in driver.text()
        await driver.press("escape")
        await driver.until(lambda: pane.question is None)
        assert driver.state.session == first and driver.state.turn == 1
        await by_key(driver, "report.restart")
        await driver.until(lambda: pane.question is not None and pane.question.accepts_answers)
        await driver.press("y")
        await driver.until(lambda: driver.chat.session_ready and driver.state.session != first)
        await driver.until(lambda: driver.state.turn == 1)
        assert driver.state.grant == 100_000
        assert prompts(driver)[0].startswith("Go on from this handoff:")
        driver.app.run_command("session.interrupt")
        await driver.until_idle()


async def test_a_letter_that_nothing_follows_is_a_key_of_the_block(
    running_app: StartApp, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(key_dispatcher, "LANDING_PAUSE", 0.2)
    async with running_app(budget="200k") as driver:
        await interrupted(driver)
        await driver.until(lambda: driver.chat.keys.landing_commands)
        await driver.press("h")
        await driver.until(lambda: list(driver.folder.glob("HANDOFF*")))
        assert driver.chat.composer.is_empty


WORDS = ("continue", "cx", "hello", "yes", "no", "c ", "c\r")


async def test_words_in_the_composer_are_never_keys_of_the_block(running_app: StartApp):
    async with running_app(budget="200k", mode="auto") as driver:
        await driver.submit("/mode ask")
        await interrupted(driver)
        dispatcher = driver.app._key_dispatcher
        for words in WORDS:
            await driver.until(lambda: driver.chat.keys.landing_commands)
            for at, letter in enumerate(words):
                await driver.press({"\r": "enter", " ": "space"}.get(letter, letter))
                first = at == 0 and letter in KEYS.values()
                assert (dispatcher._landing_timer is not None) is first, words
            if words.endswith("\r"):
                await driver.until(lambda: driver.state.turn == 2)
                break
            assert driver.chat.composer.text == words
            assert driver.state.turn == 1
            driver.chat.composer.set_draft("")
        driver.app.run_command("session.interrupt")
        await driver.until_idle()


@pytest.mark.parametrize("where", ["a draft", "a turn runs"])
async def test_a_letter_is_only_a_letter(running_app: StartApp, where: str):
    async with running_app(budget="200k", size=(100, 24)) as driver:
        await interrupted(driver)
        match where:
            case "a draft":
                await driver.press("a", "backspace", "b")
            case _:
                await driver.submit("Add the missing return annotations.")
                await driver.until(lambda: driver.state.open_questions)
                driver.chat.composer.focus()
        await driver.press("c")
        assert driver.app._key_dispatcher._landing_timer is None
        assert driver.chat.composer.text == ("bc" if where == "a draft" else "c")
        driver.app.run_command("session.interrupt")
        await driver.until_idle()


async def test_keys_of_the_block_mean_letters_elsewhere(running_app: StartApp):
    async with running_app(budget="200k") as driver:
        await interrupted(driver)
        await driver.press("ctrl+up", "end", "c", "x")
        assert driver.chat.composer.text == "cx"
        assert driver.state.turn == 1
        assert driver.chat.composer.has_focus_within

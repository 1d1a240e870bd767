"""The wrap-up card: its keys and a click on them are the commands they name."""

import shutil
from collections.abc import Awaitable, Callable

import pytest

from tests.app.card_steps import KEYS, interrupted
from tests.support.app_driver import AppDriver, StartApp
from tui.reports.transcript_items import PromptItem
from tui.screens import key_dispatcher
from tui.widgets.transcript.transcript_view import Transcript

Choose = Callable[[AppDriver, str], Awaitable[None]]


async def by_key(driver: AppDriver, id: str) -> None:
    await driver.focus_last_card()
    await driver.press(KEYS[id])


async def by_click(driver: AppDriver, id: str) -> None:
    await driver.focus_last_card()  # which brings it into view
    label = next(action.label for action in driver.card().actions if action.id == id)
    transcript = driver.chat.query_one(Transcript)
    rows = driver.rows()
    y = max(at for at, row in enumerate(rows) if "╰─ c continue" in row)
    x = rows[y].index(f"{KEYS[id]} {label}") + 2
    region = transcript.region
    await driver.pilot.click(Transcript, offset=(x - region.x, y - region.y))
    await driver.pilot.pause()


@pytest.fixture(params=[by_key, by_click], ids=["key", "click"])
def choose(request: pytest.FixtureRequest) -> Choose:
    """Chooses an action of the card."""
    return request.param


def prompts(driver: AppDriver) -> list[str]:
    return [item.text for item in driver.items() if isinstance(item, PromptItem)]


async def test_copy_and_handoff_give_the_report_as_markdown(running_app: StartApp, choose: Choose):
    async with running_app(budget="200k") as driver:
        await interrupted(driver)
        await choose(driver, "report.copy")
        await driver.until(lambda: "Copied " in driver.rows()[-1])
        report = driver.app.clipboard
        assert report.startswith("# Handoff: Add the missing return annotations.")
        assert "## Not started" in report or "## In progress" in report
        await choose(driver, "report.handoff")
        path = driver.folder / f"HANDOFF-{driver.state.session}.md"
        await driver.until(lambda: f"Saved {path.name}." in driver.notices())
        assert path.read_text() == report


async def test_extend_proposes_the_typed_command_and_keeps_the_draft(
    running_app: StartApp, choose: Choose
):
    async with running_app(budget="200k") as driver:
        await interrupted(driver)
        await driver.press(*"thought")
        await choose(driver, "budget.extend")
        await driver.until(lambda: driver.chat.composer.text != "thought")
        assert driver.chat.composer.text == "/budget +50k"
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


async def test_an_action_that_must_wait_for_the_turn_says_so_and_does_nothing(
    running_app: StartApp, choose: Choose
):
    async with running_app(budget="200k") as driver:
        await interrupted(driver)
        session = driver.state.session
        await driver.submit("Add the missing return annotations.")
        await driver.until(lambda: driver.state.open_questions)
        for id, title in [
            ("report.continue", "Continue the work"),
            ("report.restart", "New session from the report"),
        ]:
            await choose(driver, id)
            waits = f"“{title}” can only run between turns; esc interrupts this one."
            await driver.until(lambda: waits in driver.notices())  # noqa: B023  awaited here
        assert driver.state.session == session and driver.chat.running
        driver.app.run_command("session.interrupt")
        await driver.until_idle()


async def test_the_card_and_its_actions_come_back_after_a_restart(
    running_app: StartApp,
):
    async with running_app(budget="200k") as driver:
        await interrupted(driver)
        before, session = driver.card(), driver.state.session
    async with running_app(resume=session) as driver:
        assert driver.card() == before
        await by_key(driver, "report.copy")
        assert driver.app.clipboard.startswith("# Handoff")


async def test_the_commands_of_the_card_say_so_where_there_is_no_report(
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
        assert driver.notices()[-1] == (f"{path} could not be written: No such file or directory.")


async def test_one_key_leads_to_the_card_and_the_status_line_lists_its_keys(
    running_app: StartApp,
):
    async with running_app(budget="200k") as driver:
        await interrupted(driver)
        assert "ctrl+↑ then a key" in driver.text()
        await driver.press("ctrl+home", "ctrl+up")
        assert driver.chat.keys.offered_commands == tuple(KEYS)
        status = driver.rows()[-1]
        assert "c continue · x extend · y copy · h handoff · n new session" in status
        await driver.press("up")
        assert not driver.chat.keys.offered_commands
        assert "continue" not in driver.rows()[-1]
        await driver.press("h")  # no key of any card here: it is written
        assert driver.chat.composer.text == "h"
        await driver.press("backspace")
        # A new prompt: the card above it is of no turn any more.
        await driver.submit("Add the missing return annotations.")
        await driver.until(lambda: driver.state.open_questions)
        await driver.press("ctrl+up")
        assert not driver.chat.keys.offered_commands
        driver.app.run_command("session.interrupt")
        await driver.until_idle()


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


@pytest.fixture
def endless_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """A letter waits for as long as the test likes, however slow the machine is."""
    monkeypatch.setattr(key_dispatcher, "CARD_PAUSE", 3600.0)
    monkeypatch.setattr(key_dispatcher, "COSTLY_CARD_PAUSE", 3600.0)


async def in_composer(driver: AppDriver, id: str) -> None:
    """Press a key of the card where the composer has the keys, and let the pause pass."""
    await driver.until(lambda: driver.chat.keys.commands_of_card_in_view)
    await driver.press(KEYS[id])
    assert driver.chat.composer.text == KEYS[id], "the letter is seen at once"
    assert "in a moment · type on to write a prompt" in driver.rows()[-1]
    timer = driver.app._key_dispatcher._card_timer
    assert timer is not None and timer._callback is not None
    timer._callback()


async def test_a_letter_that_nothing_follows_is_a_key_of_the_card(running_app: StartApp):
    async with running_app(budget="200k") as driver:
        await interrupted(driver)
        await driver.until(lambda: driver.chat.keys.commands_of_card_in_view)
        await driver.press("h")
        await driver.until(lambda: list(driver.folder.glob("HANDOFF*")))
        assert driver.chat.composer.is_empty


@pytest.mark.usefixtures("endless_pause")
async def test_the_keys_of_the_card_work_from_the_empty_composer(running_app: StartApp):
    async with running_app(budget="200k") as driver:
        await interrupted(driver)
        await driver.until(lambda: "c continue · x extend" in driver.rows()[-1])
        await in_composer(driver, "report.handoff")
        await driver.until(lambda: list(driver.folder.glob("HANDOFF*")))
        await driver.until(lambda: driver.notices()[-1].startswith("Saved HANDOFF"))
        assert driver.chat.composer.is_empty and "Saved HANDOFF" in driver.text()
        await in_composer(driver, "report.copy")
        await driver.until(lambda: driver.app.clipboard.startswith("# Handoff"))
        await in_composer(driver, "budget.extend")
        await driver.until(lambda: driver.chat.composer.text == "/budget +50k")
        driver.chat.composer.set_draft("")
        await driver.submit("/mode auto")
        await in_composer(driver, "report.continue")
        await driver.until(lambda: driver.state.turn == 2)
        await driver.until_idle()


WORDS = ("continue", "cx", "hello", "yes", "no", "c ", "c\r")


@pytest.mark.usefixtures("endless_pause")
async def test_words_in_the_composer_are_never_keys_of_the_card(running_app: StartApp):
    async with running_app(budget="200k", mode="auto") as driver:
        await driver.submit("/mode ask")
        await interrupted(driver)
        dispatcher = driver.app._key_dispatcher
        for words in WORDS:
            await driver.until(lambda: driver.chat.keys.commands_of_card_in_view)
            for at, letter in enumerate(words):
                await driver.press({"\r": "enter", " ": "space"}.get(letter, letter))
                assert (dispatcher._card_timer is not None) is (at == 0), words
            if words.endswith("\r"):
                await driver.until(lambda: driver.state.turn == 2)
                break
            assert driver.chat.composer.text == words
            assert driver.state.turn == 1
            driver.chat.composer.set_draft("")
        driver.app.run_command("session.interrupt")
        await driver.until_idle()


@pytest.mark.usefixtures("endless_pause")
@pytest.mark.parametrize("where", ["a draft", "scrolled away", "a page below", "a turn runs"])
async def test_a_letter_is_only_a_letter(running_app: StartApp, where: str):
    async with running_app(budget="200k", size=(100, 24)) as driver:
        await interrupted(driver)
        match where:
            case "a draft":
                await driver.press("a", "backspace", "b")
            case "scrolled away":
                await driver.submit("/help")
                await driver.press("ctrl+end", "ctrl+home")
            case "a page below":
                await driver.submit("/cost")
            case _:
                await driver.submit("Add the missing return annotations.")
                await driver.until(lambda: driver.state.open_questions)
                driver.chat.composer.focus()
        await driver.press("c")
        assert driver.app._key_dispatcher._card_timer is None
        assert driver.chat.composer.text == ("bc" if where == "a draft" else "c")
        driver.app.run_command("session.interrupt")
        await driver.until_idle()


async def test_keys_of_a_card_mean_letters_elsewhere(running_app: StartApp):
    async with running_app(budget="200k") as driver:
        await interrupted(driver)
        await driver.press("ctrl+up", "end", "c", "x")
        assert driver.chat.composer.text == "cx"
        assert driver.state.turn == 1
        assert driver.chat.composer.has_focus_within

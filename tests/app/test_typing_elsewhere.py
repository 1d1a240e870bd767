"""What is typed where the draft is not: words are text to the last letter, in their order.

Keys arrive as a terminal sends them, many at one moment: the text of a script or a text
expander, a line that lagged, a paste that a multiplexer turned into keys.
"""

from pathlib import Path

import pytest
from textual import events
from textual._time import get_time
from textual.keys import _character_to_key
from textual.widgets import Input

from tests.app.landing_steps import interrupted
from tests.app.limit_steps import swell
from tests.support.app_driver import AppDriver, StartApp
from tui.session import events as ev
from tui.widgets.effort_selector import EffortSelector
from tui.widgets.question_prompt import QuestionPrompt
from tui.widgets.transcript.transcript_view import Transcript

JOB = "Add the missing return annotations."
HAND = 0.08
"""Seconds between two keys of a good typist."""
QUICK = 0.035
"""Seconds between two keys that follow each other as quickly as fingers can."""


class Keyboard:
    """Sends keys to the program at given times, however long the program takes for them."""

    def __init__(self, driver: AppDriver) -> None:
        self.driver = driver
        self.at = 1e9
        """Far ahead of what the world pressed so far."""

    def send(self, keys: str, apart: float = 0.0, pause: float = 5.0) -> None:
        """Send `keys`, so many seconds apart, after a pause; `\\r` is Enter."""
        self.at += pause
        for key in keys:
            name = {"\r": "enter", "\x04": "ctrl+d"}.get(key) or _character_to_key(key)
            event = events.Key(name, key if key.isprintable() else None)
            event.time = self.at
            self.at += apart
            self.driver.app.post_message(event)


def answers(driver: AppDriver) -> list[ev.PermissionAnswered]:
    """The user's answers in the log."""
    every = (record.event for record in driver.records())
    return [event for event in every if isinstance(event, ev.PermissionAnswered)]


def rules(folder: Path) -> str:
    """What the folder's own settings say of permissions."""
    return "".join(path.read_text() for path in folder.rglob(".glideslope/*.toml"))


def written(driver: AppDriver) -> str:
    """The draft, or what was sent along with the turn."""
    return "\n".join(
        [*driver.chat.session.runner.ctx.services.inbox.steering, driver.chat.composer.text]
    )


async def asked(driver: AppDriver) -> QuestionPrompt | None:
    """Wait till a question would take an answer."""
    await driver.submit(JOB)
    pane = driver.chat.live_pane
    await driver.until(lambda: pane.question is not None and pane.question.accepts_answers)
    return pane.question


async def asked_again(driver: AppDriver) -> None:
    """Forget what was written, and give the keys back to the question that waits."""
    driver.chat.session.runner.ctx.services.inbox.steering.clear()
    driver.chat.composer.set_draft("")
    driver.chat.live_pane.question.focus()
    await driver.until(
        lambda: (
            driver.chat.keys.focused_question and driver.chat.keys.focused_question.accepts_answers
        )
    )


AT_ONCE = (
    "Keep going please but only in src",
    "12 files\r",
    "show me\r",
    "Review all Python files, please\r",
    "1\r",
    "yy",
    "ab no",
)


async def test_keys_that_come_at_once_are_words_and_never_an_answer(
    running_app: StartApp,
):
    async with running_app() as driver:
        prompt = await asked(driver)
        keyboard = Keyboard(driver)
        for keys in AT_ONCE:
            keyboard.send(keys)
            await driver.until(lambda: written(driver).strip() == keys.strip())  # noqa: B023
            assert driver.chat.composer.has_focus_within, keys
            assert prompt.is_asking and answers(driver) == [], keys
            assert rules(driver.folder) == "", keys
            await asked_again(driver)


async def test_an_enter_before_words_neither_answers_nor_sends_what_was_written(
    running_app: StartApp,
):
    async with running_app() as driver:
        prompt = await asked(driver)
        driver.chat.composer.set_draft("only in src")
        Keyboard(driver).send("\r, please")
        await driver.until(lambda: driver.chat.composer.text == "only in src, please")
        assert prompt.is_asking and answers(driver) == []


async def test_words_typed_by_hand_allow_nothing_for_longer(
    running_app: StartApp,
):
    async with running_app() as driver:
        await asked(driver)
        keyboard = Keyboard(driver)
        for words in ("all of them", "please go on", "and now", "Pass it"):
            keyboard.send(words, HAND)
            await driver.until(lambda: driver.chat.composer.text == words)  # noqa: B023
            assert answers(driver) == [], words
            await asked_again(driver)


@pytest.mark.parametrize(
    ("key", "scope"), [("1", "once"), ("y", "once"), ("2", "session"), ("a", "session")]
)
async def test_a_key_pressed_alone_answers(running_app: StartApp, key: str, scope: str):
    async with running_app() as driver:
        await asked(driver)
        Keyboard(driver).send(key)
        await driver.until(lambda: answers(driver))
        assert answers(driver)[0].answer == scope
        assert driver.chat.composer.is_empty


async def test_keys_of_a_quick_hand_find_the_question_as_the_key_before_left_it(
    running_app: StartApp, project: Path
):
    swell(project)
    async with running_app(mode="auto", budget="20k") as driver:
        await driver.submit("/config stages.reserve 0.5")
        await asked(driver)
        Keyboard(driver).send("x50k", QUICK)  # at a limit `x` asks for an amount, and 5 stops
        line = driver.chat.live_pane.question.query_one(Input)
        await driver.until(lambda: line.value == "50k")


async def test_words_that_come_at_once_in_the_transcript_are_written_whole(
    running_app: StartApp,
):
    async with running_app() as driver:
        keyboard = Keyboard(driver)
        for words in ("look into every folder yourself please", "keep G going", "y y"):
            await driver.press("ctrl+up")
            assert isinstance(driver.app.focused, Transcript), words
            keyboard.send(words)
            await driver.until(lambda: driver.chat.composer.text == words)  # noqa: B023
            driver.chat.composer.set_draft("")


async def test_words_that_begin_with_a_key_of_the_landing_block_do_not_press_it(
    running_app: StartApp,
):
    async with running_app() as driver:
        await interrupted(driver)
        Keyboard(driver).send("continue, please")
        await driver.until(lambda: driver.chat.composer.text == "continue, please")
        assert driver.state.turn == 1 and not driver.chat.running


async def test_a_key_held_down_in_the_transcript_moves_on(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await driver.run_turn("hello")
        await driver.run_turn("what can you do?")
        await driver.press("ctrl+up")
        top = driver.chat.transcript.cursor.stop
        Keyboard(driver).send("kkk", 0.005)
        await driver.until(lambda: driver.chat.transcript.cursor.stop.entry < top.entry)
        assert driver.chat.composer.is_empty


async def test_a_question_that_has_just_come_hears_nothing(
    running_app: StartApp, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tui.widgets.question_prompt.ANSWER_DELAY", 60.0)
    async with running_app() as driver:
        await driver.submit(JOB)
        await driver.until(lambda: driver.chat.keys.focused_question)
        Keyboard(driver).send("\ryes\r", HAND)
        await driver.until(lambda: written(driver).strip() == "yes")
        assert answers(driver) == []


async def test_a_key_pressed_before_a_question_came_is_no_answer_however_late_it_is_handled(
    running_app: StartApp,
):
    async with running_app() as driver:
        keyboard = Keyboard(driver)
        keyboard.at = get_time()
        await asked(driver)
        keyboard.send("y", pause=0.0)
        await driver.until(lambda: driver.chat.composer.text == "y")
        assert answers(driver) == []


async def test_letters_that_are_no_answer_are_written(running_app: StartApp):
    async with running_app() as driver:
        await asked(driver)
        Keyboard(driver).send("w")
        await driver.until(lambda: driver.chat.composer.text == "w")
        assert driver.chat.composer.has_focus_within and answers(driver) == []


@pytest.mark.parametrize("place", ["question", "transcript", "panel"])
async def test_a_paste_is_put_into_the_draft_wherever_the_keys_are(
    running_app: StartApp, place: str
):
    async with running_app() as driver:
        await asked(driver)
        keyboard = Keyboard(driver)
        for before in ("", "y"):
            if place == "transcript":
                await driver.press("ctrl+up")
            if place == "panel":
                await driver.pilot.click(EffortSelector)
            keyboard.send(before)
            paste = events.Paste("1\nyes, 2 files\n")
            paste.time = keyboard.at
            driver.app.post_message(paste)
            draft = f"{before}1\nyes, 2 files\n"
            await driver.until(lambda: driver.chat.composer.text == draft)  # noqa: B023
            assert driver.chat.composer.has_focus_within and answers(driver) == [], before
            await asked_again(driver)


async def test_a_paste_into_the_words_looked_for_stays_there(
    running_app: StartApp,
):
    async with running_app() as driver:
        await driver.press("ctrl+f")
        driver.app.post_message(events.Paste("parse"))
        await driver.until(lambda: driver.chat.find_bar.query_one(Input).value == "parse")
        assert driver.chat.composer.is_empty


@pytest.mark.parametrize("place", ["composer", "transcript"])
async def test_keys_that_are_commands_of_an_empty_draft_see_the_letters_before_them(
    running_app: StartApp, place: str
):
    async with running_app() as driver:
        if place == "transcript":
            await driver.press("ctrl+up")
        keyboard, said = Keyboard(driver), len(driver.items())
        keyboard.send("what?x\x04?y")
        await driver.until(lambda: driver.chat.composer.text == "what?x?y")
        assert driver.app.return_value is None and len(driver.items()) == said
        driver.chat.composer.set_draft("")
        keyboard.send("?")
        await driver.until(driver.page)
        keyboard.send("\x04ab")
        await driver.until(lambda: driver.app.return_value == 0)

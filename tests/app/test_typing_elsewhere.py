"""What is typed where the draft is not: words are text to the last letter, in their order.

Keys arrive as a terminal sends them, many at one moment: the text of a script or a text
expander, a line that lagged, a paste that a multiplexer turned into keys.
"""

import pytest
from test_card_actions import interrupted
from test_limit_question import swell
from textual import events
from textual.keys import _character_to_key

from tui.session import events as ev
from tui.widgets.effort_selector import EffortSelector
from tui.widgets.transcript.view import Transcript

JOB = "Add the missing return annotations."
HAND = 0.08
"""Seconds between two keys of a good typist."""
QUICK = 0.035
"""Seconds between two keys that follow each other as quickly as fingers can."""


class Keyboard:
    """Sends keys to the program at given times, however long the program takes for them."""

    def __init__(self, cockpit) -> None:
        self.cockpit = cockpit
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
            self.cockpit.app.post_message(event)


def answers(cockpit) -> list[ev.PermissionAnswered]:
    """The user's answers in the log."""
    every = (record.event for record in cockpit.records())
    return [event for event in every if isinstance(event, ev.PermissionAnswered)]


def rules(folder) -> str:
    """What the folder's own settings say of permissions."""
    return "".join(path.read_text() for path in folder.rglob(".glideslope/*.toml"))


def written(cockpit) -> str:
    """The draft, or what was sent along with the turn."""
    return "\n".join([*cockpit.chat.opened.driver.means.desk.steering, cockpit.chat.composer.text])


async def asked(cockpit):
    """Wait till a question would take an answer."""
    await cockpit.say(JOB)
    pane = cockpit.chat.live_pane
    await cockpit.until(lambda: pane.prompt is not None and pane.prompt.listening)
    return pane.prompt


async def asked_again(cockpit) -> None:
    """Forget what was written, and give the keys back to the question that waits."""
    cockpit.chat.opened.driver.means.desk.steering.clear()
    cockpit.chat.composer.put("")
    cockpit.chat.live_pane.prompt.focus()
    await cockpit.until(lambda: cockpit.chat.question and cockpit.chat.question.listening)


AT_ONCE = (
    "Keep going please but only in src",
    "12 files\r",
    "show me\r",
    "Review all Python files, please\r",
    "1\r",
    "yy",
    "ab no",
)


async def test_keys_that_come_at_once_are_words_and_never_an_answer(fly):
    async with fly() as cockpit:
        prompt = await asked(cockpit)
        keyboard = Keyboard(cockpit)
        for keys in AT_ONCE:
            keyboard.send(keys)
            await cockpit.until(lambda: written(cockpit).strip() == keys.strip())  # noqa: B023
            assert cockpit.chat.composer.has_focus_within, keys
            assert prompt.waiting and answers(cockpit) == [], keys
            assert rules(cockpit.folder) == "", keys
            await asked_again(cockpit)


async def test_an_enter_before_words_neither_answers_nor_sends_what_was_written(fly):
    async with fly() as cockpit:
        prompt = await asked(cockpit)
        cockpit.chat.composer.put("only in src")
        Keyboard(cockpit).send("\r, please")
        await cockpit.until(lambda: cockpit.chat.composer.text == "only in src, please")
        assert prompt.waiting and answers(cockpit) == []


async def test_words_typed_by_hand_allow_nothing_for_longer(fly):
    async with fly() as cockpit:
        await asked(cockpit)
        keyboard = Keyboard(cockpit)
        for words in ("all of them", "please go on", "and now", "Pass it"):
            keyboard.send(words, HAND)
            await cockpit.until(lambda: cockpit.chat.composer.text == words)  # noqa: B023
            assert answers(cockpit) == [], words
            await asked_again(cockpit)


@pytest.mark.parametrize(("key", "scope"), [("1", "once"), ("y", "once"), ("2", "session")])
async def test_a_key_pressed_alone_answers(fly, key, scope):
    async with fly() as cockpit:
        await asked(cockpit)
        Keyboard(cockpit).send(key)
        await cockpit.until(lambda: answers(cockpit))
        assert answers(cockpit)[0].answer == scope
        assert cockpit.chat.composer.is_empty


async def test_keys_of_a_quick_hand_find_the_question_as_the_key_before_left_it(fly, project):
    swell(project)
    async with fly(mode="auto", budget="20k") as cockpit:
        await cockpit.say("/config stages.reserve 0.5")
        await asked(cockpit)
        Keyboard(cockpit).send("x50k", QUICK)  # at a limit `x` asks for an amount, and 5 stops
        line = cockpit.chat.live_pane.prompt.query_one("Input")
        await cockpit.until(lambda: line.value == "50k")


async def test_words_that_come_at_once_in_the_transcript_are_written_whole(fly):
    async with fly() as cockpit:
        keyboard = Keyboard(cockpit)
        for words in ("look into every folder yourself please", "keep G going", "y y"):
            await cockpit.press("ctrl+up")
            assert isinstance(cockpit.app.focused, Transcript), words
            keyboard.send(words)
            await cockpit.until(lambda: cockpit.chat.composer.text == words)  # noqa: B023
            cockpit.chat.composer.put("")


async def test_words_that_begin_with_a_key_of_a_card_do_not_press_it(fly):
    async with fly() as cockpit:
        await interrupted(cockpit)
        await cockpit.onto_card()
        Keyboard(cockpit).send("continue, please")
        await cockpit.until(lambda: cockpit.chat.composer.text == "continue, please")
        assert cockpit.state.turn == 1 and not cockpit.chat.running


async def test_a_key_held_down_in_the_transcript_moves_on(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.turn("hello")
        await cockpit.turn("what can you do?")
        await cockpit.press("ctrl+up")
        top = cockpit.chat.transcript.cursor.stop
        Keyboard(cockpit).send("kkk", 0.005)
        await cockpit.until(lambda: cockpit.chat.transcript.cursor.stop.entry < top.entry)
        assert cockpit.chat.composer.is_empty


async def test_a_question_that_has_just_come_hears_nothing(fly, monkeypatch):
    monkeypatch.setattr("tui.widgets.question.GRACE", 60.0)
    async with fly() as cockpit:
        await cockpit.say(JOB)
        await cockpit.until(lambda: cockpit.chat.question)
        Keyboard(cockpit).send("\ryes\r", HAND)
        await cockpit.until(lambda: written(cockpit).strip() == "yes")
        assert answers(cockpit) == []


async def test_letters_that_are_no_answer_are_written(fly):
    async with fly() as cockpit:
        await asked(cockpit)
        Keyboard(cockpit).send("w")
        await cockpit.until(lambda: cockpit.chat.composer.text == "w")
        assert cockpit.chat.composer.has_focus_within and answers(cockpit) == []


@pytest.mark.parametrize("place", ["question", "transcript", "panel"])
async def test_a_paste_is_put_into_the_draft_wherever_the_keys_are(fly, place):
    async with fly() as cockpit:
        await asked(cockpit)
        keyboard = Keyboard(cockpit)
        for before in ("", "y"):
            if place == "transcript":
                await cockpit.press("ctrl+up")
            if place == "panel":
                await cockpit.pilot.click(EffortSelector)
            keyboard.send(before)
            paste = events.Paste("1\nyes, 2 files\n")
            paste.time = keyboard.at
            cockpit.app.post_message(paste)
            draft = f"{before}1\nyes, 2 files\n"
            await cockpit.until(lambda: cockpit.chat.composer.text == draft)  # noqa: B023
            assert cockpit.chat.composer.has_focus_within and answers(cockpit) == [], before
            await asked_again(cockpit)


async def test_a_paste_into_the_words_looked_for_stays_there(fly):
    async with fly() as cockpit:
        await cockpit.press("ctrl+f")
        cockpit.app.post_message(events.Paste("parse"))
        await cockpit.until(lambda: cockpit.chat.find_bar.query_one("Input").value == "parse")
        assert cockpit.chat.composer.is_empty


@pytest.mark.parametrize("place", ["composer", "transcript"])
async def test_keys_that_are_commands_of_an_empty_draft_see_the_letters_before_them(fly, place):
    async with fly() as cockpit:
        if place == "transcript":
            await cockpit.press("ctrl+up")
        keyboard, said = Keyboard(cockpit), len(cockpit.items())
        keyboard.send("what?x\x04?y")
        await cockpit.until(lambda: cockpit.chat.composer.text == "what?x?y")
        assert cockpit.app.return_value is None and len(cockpit.items()) == said
        cockpit.chat.composer.put("")
        keyboard.send("?")
        await cockpit.until(lambda: len(cockpit.items()) > said)
        keyboard.send("\x04ab")
        await cockpit.until(lambda: cockpit.app.return_value == 0)

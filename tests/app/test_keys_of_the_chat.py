"""The keys of the field in the running program: interrupt, quit, modes, panels, history, help."""

import pytest

from tests.support.app_driver import AppDriver, StartApp
from tui.session.events import PermissionAsked, TurnEnded
from tui.widgets.input_guard import EscapeSettled, LoneEscape
from tui.widgets.select_dialog import SelectDialog
from tui.widgets.status_line import WAITING_FOR_ANSWER

JOB = "Add the missing return annotations."


async def asks(driver: AppDriver) -> None:
    """A turn that waits for an answer."""
    await driver.submit(JOB)
    await driver.until(lambda: driver.state.open_questions)


async def opens(driver: AppDriver) -> None:
    """Wait till there is a list to choose from."""
    await driver.until(lambda: isinstance(driver.app.screen, SelectDialog))


async def test_escape_interrupts_and_never_wipes_a_draft(
    running_app: StartApp,
):
    async with running_app() as driver:
        await driver.press(*"ab", "escape")  # nothing runs
        assert driver.chat.composer.text == "ab"
        driver.chat.composer.set_draft("")
        await asks(driver)
        driver.chat.composer.focus()
        await driver.press(*"ab", "escape")
        await driver.until_idle()
        assert driver.state.last_end.reason == "interrupted"
        assert driver.chat.composer.text == "ab"
        assert driver.app.screen is driver.chat  # one escape is no rewind


async def test_an_escape_in_doubt_says_interrupting_and_interrupts_once_it_is_the_key(
    running_app: StartApp,
):
    async with running_app() as driver:
        await asks(driver)
        driver.chat.composer.focus()
        before = WAITING_FOR_ANSWER
        await driver.until(lambda: before in driver.rows()[-1])
        for pressed in (False, True):
            escape = LoneEscape()
            driver.app.post_message(escape)
            await driver.until(lambda: "interrupting" in driver.rows()[-1])
            assert driver.state.open_questions, "nothing is interrupted yet"
            driver.app.post_message(EscapeSettled(escape, pressed=pressed))
            if not pressed:
                await driver.until(lambda: before in driver.rows()[-1])
        await driver.until_idle()
        ends = [each.event for each in driver.records() if isinstance(each.event, TurnEnded)]
        assert [end.reason for end in ends] == ["interrupted"]


async def test_an_escape_in_doubt_closes_a_list_at_once(running_app: StartApp):
    async with running_app() as driver:
        await asks(driver)
        driver.chat.composer.focus()
        await driver.press("slash")
        assert driver.chat.composer.is_list_open
        driver.app.post_message(LoneEscape())
        await driver.until(lambda: not driver.chat.composer.is_list_open)
        assert driver.chat.running


async def answerable(driver: AppDriver) -> None:
    """A turn that waits at a question which has the keys."""
    await asks(driver)
    await driver.until(
        lambda: (
            driver.chat.keys.focused_question and driver.chat.keys.focused_question.accepts_answers
        )
    )


async def test_escape_at_a_question_refuses_and_interrupts(
    running_app: StartApp,
):
    async with running_app() as driver:
        before = {path: path.read_text() for path in driver.folder.rglob("*.py")}
        await answerable(driver)
        await driver.until(lambda: "esc interrupt" in driver.rows()[-1])
        await driver.press("escape")
        await driver.until_idle()
        assert driver.state.last_end.reason == "interrupted"
        assert not driver.state.open_questions and driver.chat.live_pane.question is None
        await driver.until(lambda: driver.chat.composer.has_focus_within)
        assert {path: path.read_text() for path in driver.folder.rglob("*.py")} == before
        assert driver.app.screen is driver.chat  # one escape is no rewind
        await driver.run_turn("hello")  # the conversation is still valid
        assert driver.state.last_end.reason == "wrapped_up"  # the checklist is still open


@pytest.mark.parametrize("key", ["n", "4"])
async def test_no_asks_what_to_do_instead_and_only_refuses(running_app: StartApp, key: str):
    async with running_app() as driver:
        await answerable(driver)
        (first,) = list(driver.state.open_questions)[:1]
        await driver.press(key)
        assert "no: what should it do instead?" in driver.text()
        await driver.press(*"not now", "enter")
        await driver.until(
            lambda: driver.state.open_questions and first not in driver.state.open_questions
        )
        assert driver.chat.running
        assert "> not now" in driver.text(), "what the user said is a prompt line"


async def test_escape_leads_from_a_reason_back_to_the_answers_before_it_interrupts(
    running_app: StartApp,
):
    async with running_app() as driver:
        await answerable(driver)
        await driver.press("n", *"no")
        assert "interrupt" not in driver.rows()[-1]
        await driver.press("escape")
        assert driver.chat.keys.focused_question is not None and driver.chat.running
        await driver.until(lambda: "esc interrupt" in driver.rows()[-1])
        await driver.press("escape")
        await driver.until_idle()
        assert driver.state.last_end.reason == "interrupted"


async def test_escape_closes_a_list_before_it_interrupts(
    running_app: StartApp,
):
    async with running_app() as driver:
        await asks(driver)
        driver.chat.composer.focus()
        await driver.press("slash", "b")
        assert driver.chat.composer.is_list_open
        await driver.press("escape")
        assert not driver.chat.composer.is_list_open and driver.chat.running
        assert driver.chat.composer.text == "/b"
        await driver.press("escape")
        await driver.until_idle()
        assert driver.state.last_end.reason == "interrupted"


async def test_ctrl_c_interrupts_then_quits_and_says_so(running_app: StartApp):
    async with running_app() as driver:
        await asks(driver)
        driver.chat.composer.focus()
        await driver.press("x", "ctrl+c")
        assert "press ctrl+c again to quit" in driver.rows()[-1]
        assert driver.chat.composer.text == "x"  # while a turn runs the draft is not meant
        await driver.until_idle()
        assert driver.state.last_end.reason == "interrupted"
        session = driver.state.session
        await driver.press("ctrl+c", "ctrl+c")
        await driver.until(lambda: driver.app.return_value == 0)
    async with running_app(resume=session) as driver:
        assert driver.state.last_end.reason == "interrupted"


async def test_ctrl_c_puts_a_draft_away_where_it_can_be_had_again(
    running_app: StartApp,
):
    async with running_app() as driver:
        await driver.press(*"draft", "ctrl+c")
        assert driver.chat.composer.is_empty
        await driver.press("up")
        assert driver.chat.composer.text == "draft"
        await driver.press("ctrl+d")  # deletes: it quits only without a draft
        assert driver.app.return_value is None
        driver.chat.composer.set_draft("")
        await driver.press("ctrl+d")
        await driver.until(lambda: driver.app.return_value == 0)


async def test_ctrl_c_twice_quits_though_something_is_written_meanwhile(
    running_app: StartApp,
):
    async with running_app() as driver:
        await asks(driver)
        driver.chat.composer.focus()
        await driver.press("x", "ctrl+c", "ctrl+c")
        await driver.until(lambda: driver.app.return_value == 0)


async def test_shift_tab_goes_through_the_modes_and_mode_names_one(
    running_app: StartApp,
):
    async with running_app() as driver:
        seen = []
        for _ in range(4):
            await driver.press("shift+tab")
            await driver.until(lambda: driver.rows()[-1].split()[0] == driver.state.mode)
            seen.append(driver.state.mode)
        assert seen == ["edits", "plan", "auto", "ask"]
        await driver.submit("/mode plan")
        await driver.until(lambda: driver.state.mode == "plan")
        await driver.submit("/mode wild")
        assert driver.sentences() == ["The modes are plan, ask, edits, auto."]
        await driver.submit("/permissions")
        assert "| mode | plan | shift\\+tab changes it |" in driver.page()
        await driver.run_turn("hello")
        session = driver.state.session
    async with running_app(resume=session) as driver:
        assert driver.state.mode == "plan"
        assert driver.rows()[-1].split()[0] == "plan"


async def test_details_and_panels_are_shown_and_hidden(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        await driver.run_turn()
        hints = driver.rows()[-1]
        assert "interrupt" not in hints and "help" in hints
        assert "text.split()" not in driver.text()
        await driver.press("ctrl+o", "ctrl+end")
        await driver.until(lambda: "text.split()" in driver.text())
        await driver.press("ctrl+o", "ctrl+end")
        await driver.until(lambda: "text.split()" not in driver.text())
        assert "6 of 6 done" in driver.text()
        await driver.press("ctrl+t")
        assert "SUBTASKS" not in driver.text()
        await driver.press("ctrl+t")
        assert "6 of 6 done" in driver.text()
        await driver.press("f2")
        assert "EFFORT" not in driver.text() and "used" in driver.text()
        await driver.press("f2", "ctrl+l")
        assert "EFFORT" in driver.text()


async def test_earlier_prompts_are_found_by_their_words_and_the_draft_is_kept(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await driver.run_turn("hello")
        await driver.run_turn("what can you do?")
        session = driver.state.session
    async with running_app(mode="auto", resume=session) as driver:
        await driver.press(*"he", "ctrl+r", "l")
        assert "hello" in driver.text()
        await driver.press("escape")
        assert driver.chat.composer.text == "he"
        driver.chat.composer.set_draft("")
        await driver.press("ctrl+r", *"can", "enter")
        assert driver.chat.composer.text == "what can you do?"
        assert driver.state.turn == 2  # taken, not sent
        driver.chat.composer.set_draft("")
        await driver.press("up", "up")
        assert driver.chat.composer.text == "hello"
        await driver.press("down")
        assert driver.chat.composer.text == "what can you do?"
        await driver.submit("/new")
        await driver.until(lambda: driver.chat.session_ready and driver.state.turn == 0)
        await driver.press("up")
        assert driver.chat.composer.text == "/new"


async def test_the_palette_finds_runs_and_leaves(running_app: StartApp):
    async with running_app() as driver:
        await driver.press("ctrl+p")
        await opens(driver)
        await driver.press(*"usage")
        assert "Show the five meters" in driver.text()
        await driver.press("enter")
        await driver.until(lambda: "| meter |" in driver.page())
        await driver.press(*"dr", "ctrl+p")
        await opens(driver)
        await driver.press("escape")
        assert driver.app.screen is driver.chat
        assert driver.chat.composer.text == "dr"
        await driver.press("ctrl+p")
        await opens(driver)
        await driver.press(*"sidebar", "enter")
        await driver.until(lambda: driver.chat.has_class("-no-sidebar"))


async def test_the_palette_offers_only_what_makes_sense_now(
    running_app: StartApp,
):
    async with running_app() as driver:
        await driver.press("ctrl+p")
        await opens(driver)
        await driver.press(*"interrupt")
        assert "Interrupt the turn" not in driver.text()
        await driver.press("escape")
        await asks(driver)
        driver.app.run_command("palette.open")
        await opens(driver)
        await driver.press(*"new session")
        assert "Start a new session" not in driver.text()
        await driver.press("ctrl+u", *"interrupt", "enter")
        await driver.until_idle()
        assert driver.state.last_end.reason == "interrupted"


async def test_help_comes_by_its_keys_and_tells_all_about_one_command(
    running_app: StartApp,
):
    async with running_app() as driver:
        await driver.press("question_mark")
        assert "shift+tab mode" in driver.page() and "/undo" in driver.page()
        await driver.press("question_mark")  # the same again closes it
        assert not driver.page() and driver.chat.composer.text == ""
        await driver.press("question_mark", *"dr", "question_mark")  # any letter closes it
        assert not driver.page() and driver.chat.composer.text == "dr?"
        await driver.press("f1")  # f1 works with a draft too
        assert "shift+tab mode" in driver.page()
        await driver.press("escape")
        assert not driver.page() and driver.chat.composer.text == "dr?"
        driver.chat.composer.set_draft("")
        await driver.submit("/help all")
        assert "| /undo" in driver.page() or "`/undo`" in driver.page()
        for name in ("/help theme", "/help /themes", "/help theme.choose", "/help THEME"):
            await driver.submit(name)
            assert driver.page().startswith("**Theme** · Choose the colours, with a preview"), name
            assert "`/theme [name]`" in driver.page() and "also `/themes`" in driver.page()
        await driver.submit("/help me")
        assert driver.sentences()[-1] == "There is no command me; /help all lists them."


async def test_words_are_found_in_the_transcript(running_app: StartApp):
    async with running_app(mode="auto") as driver:
        await driver.run_turn()
        await driver.until(lambda: "compiling: no errors" in driver.text())  # the last words
        await driver.submit("/find src/parse.py")
        await driver.until(lambda: "8 of 8" in driver.text())
        await driver.press("f3")  # round the end
        await driver.until(lambda: "1 of 8" in driver.text())
        await driver.press("f4")
        await driver.until(lambda: "8 of 8" in driver.text())
        assert "f3 next · f4 previous" in driver.rows()[-1]
        await driver.press("escape")
        assert driver.chat.composer.has_focus_within
        await driver.press("ctrl+f", *"zzzz")
        await driver.until(lambda: "not found" in driver.text())


@pytest.mark.parametrize("typed", ["/copy", "key"])
async def test_the_last_answer_is_copied_and_not_a_page_of_the_program(
    running_app: StartApp, typed: str
):
    async with running_app(mode="auto") as driver:
        await driver.submit("/copy")
        assert driver.notices()[-1] == "There is nothing to copy yet."
        await driver.run_turn("hello")
        if typed == "key":
            await driver.press("ctrl+up", "home")
            await driver.press("y")  # the block under the cursor, whoever said it
            await driver.until(lambda: "Glideslope" in driver.app.clipboard)
        else:
            await driver.until(lambda: "What would you like?" in driver.text())  # all of it
            await driver.submit("/copy")
            await driver.until(lambda: driver.app.clipboard.startswith("Hello!"))
            assert "What would you like?" in driver.app.clipboard


async def test_a_selection_in_the_draft_is_copied_and_the_status_line_says_so(
    running_app: StartApp, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SSH_TTY", "/dev/pts/9")
    async with running_app(size=(80, 24)) as driver:
        await driver.press(*"hello", *["shift+left"] * 5, "ctrl+c")
        await driver.until(lambda: "Copied 5 characters through" in driver.rows()[-1])
        assert driver.app.clipboard == driver.chat.composer.text == "hello"


async def test_a_toast_covers_neither_the_composer_nor_the_status_line(
    running_app: StartApp,
):
    async with running_app(size=(80, 24)) as driver:
        driver.app.notify("a toast of Textual's own")
        await driver.until(lambda: "a toast of" in driver.text())
        row = next(at for at, line in enumerate(driver.rows()) if "a toast of" in line)
        assert row < driver.chat.composer.region.y - 2


async def test_page_keys_move_in_the_question_that_has_the_keys(
    running_app: StartApp,
):
    long = "\n".join(f"line {n}" for n in range(60))
    asked = PermissionAsked(
        tool_use="t", name="bash", subject="line 0", reason="runs a command", preview=long
    )
    async with running_app() as driver:
        await driver.until_idle()
        driver.chat.live_pane.show(asked=[asked], take_focus=True)
        await driver.until(lambda: driver.chat.keys.focused_question and "line 3" in driver.text())
        for _ in range(8):
            await driver.press("pagedown")
        assert "line 59" in driver.text() and "line 3\n" not in driver.text()
        for _ in range(8):
            await driver.press("pageup")
        assert "line 3" in driver.text() and "line 59" not in driver.text()

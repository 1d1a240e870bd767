"""The keys of the field in the running program: interrupt, quit, modes, panels, history, help."""

import pytest

from tui.session.events import PermissionAsked
from tui.widgets.choice import Choice
from tui.widgets.transcript.items import Answer

JOB = "Add the missing return annotations."


def said(cockpit) -> str:
    """The last page that the program showed."""
    return [item for item in cockpit.items() if isinstance(item, Answer)][-1].markdown


async def asks(cockpit) -> None:
    """A turn that waits for an answer."""
    await cockpit.say(JOB)
    await cockpit.until(lambda: cockpit.state.asked)


async def opens(cockpit) -> None:
    """Wait till there is a list to choose from."""
    await cockpit.until(lambda: isinstance(cockpit.app.screen, Choice))


async def test_escape_interrupts_and_never_wipes_a_draft(fly):
    async with fly() as cockpit:
        await cockpit.press(*"ab", "escape")  # nothing runs
        assert cockpit.chat.composer.text == "ab"
        cockpit.chat.composer.put("")
        await asks(cockpit)
        cockpit.chat.composer.focus()
        await cockpit.press(*"ab", "escape")
        await cockpit.settled()
        assert cockpit.state.last_end.reason == "interrupted"
        assert cockpit.chat.composer.text == "ab"
        assert cockpit.app.screen is cockpit.chat  # one escape is no rewind


async def answerable(cockpit) -> None:
    """A turn that waits at a question which has the keys."""
    await asks(cockpit)
    await cockpit.until(lambda: cockpit.chat.question and cockpit.chat.question.listening)


async def test_escape_at_a_question_refuses_and_interrupts(fly):
    async with fly() as cockpit:
        before = {path: path.read_text() for path in cockpit.folder.rglob("*.py")}
        await answerable(cockpit)
        await cockpit.until(lambda: "esc interrupt" in cockpit.rows()[-1])
        await cockpit.press("escape")
        await cockpit.settled()
        assert cockpit.state.last_end.reason == "interrupted"
        assert not cockpit.state.asked and cockpit.chat.live_pane.prompt is None
        await cockpit.until(lambda: cockpit.chat.composer.has_focus_within)
        assert {path: path.read_text() for path in cockpit.folder.rglob("*.py")} == before
        assert cockpit.app.screen is cockpit.chat  # one escape is no rewind
        await cockpit.turn("hello")  # the conversation is still valid
        assert cockpit.state.last_end.reason == "wrapped_up"  # the checklist is still open


@pytest.mark.parametrize("key", ["n", "4"])
async def test_no_at_a_question_only_refuses(fly, key):
    async with fly() as cockpit:
        await answerable(cockpit)
        (first,) = list(cockpit.state.asked)[:1]
        await cockpit.press(key)
        await cockpit.until(lambda: cockpit.state.asked and first not in cockpit.state.asked)
        assert cockpit.chat.running


async def test_escape_leads_from_a_reason_back_to_the_answers_before_it_interrupts(fly):
    async with fly() as cockpit:
        await answerable(cockpit)
        await cockpit.press("tab", *"no")
        assert "interrupt" not in cockpit.rows()[-1]
        await cockpit.press("escape")
        assert cockpit.chat.question is not None and cockpit.chat.running
        await cockpit.until(lambda: "esc interrupt" in cockpit.rows()[-1])
        await cockpit.press("escape")
        await cockpit.settled()
        assert cockpit.state.last_end.reason == "interrupted"


async def test_escape_closes_a_list_before_it_interrupts(fly):
    async with fly() as cockpit:
        await asks(cockpit)
        cockpit.chat.composer.focus()
        await cockpit.press("slash", "b")
        assert cockpit.chat.composer.listing
        await cockpit.press("escape")
        assert not cockpit.chat.composer.listing and cockpit.chat.running
        assert cockpit.chat.composer.text == "/b"
        await cockpit.press("escape")
        await cockpit.settled()
        assert cockpit.state.last_end.reason == "interrupted"


async def test_ctrl_c_interrupts_then_quits_and_says_so(fly):
    async with fly() as cockpit:
        await asks(cockpit)
        cockpit.chat.composer.focus()
        await cockpit.press("x", "ctrl+c")
        assert "press ctrl+c again to quit" in cockpit.rows()[-1]
        assert cockpit.chat.composer.text == "x"  # while a turn runs the draft is not meant
        await cockpit.settled()
        assert cockpit.state.last_end.reason == "interrupted"
        session = cockpit.state.session
        await cockpit.press("ctrl+c", "ctrl+c")
        await cockpit.until(lambda: cockpit.app.return_value == 0)
    async with fly(resume=session) as cockpit:
        assert cockpit.state.last_end.reason == "interrupted"


async def test_ctrl_c_puts_a_draft_away_where_it_can_be_had_again(fly):
    async with fly() as cockpit:
        await cockpit.press(*"draft", "ctrl+c")
        assert cockpit.chat.composer.is_empty
        await cockpit.press("up")
        assert cockpit.chat.composer.text == "draft"
        await cockpit.press("ctrl+d")  # deletes: it quits only without a draft
        assert cockpit.app.return_value is None
        cockpit.chat.composer.put("")
        await cockpit.press("ctrl+d")
        await cockpit.until(lambda: cockpit.app.return_value == 0)


async def test_ctrl_c_twice_quits_though_something_is_written_meanwhile(fly):
    async with fly() as cockpit:
        await asks(cockpit)
        cockpit.chat.composer.focus()
        await cockpit.press("x", "ctrl+c", "ctrl+c")
        await cockpit.until(lambda: cockpit.app.return_value == 0)


async def test_shift_tab_goes_through_the_modes_and_mode_names_one(fly):
    async with fly() as cockpit:
        seen = []
        for _ in range(4):
            await cockpit.press("shift+tab")
            await cockpit.until(lambda: cockpit.rows()[-1].split()[0] == cockpit.state.mode)
            seen.append(cockpit.state.mode)
        assert seen == ["edits", "plan", "auto", "ask"]
        await cockpit.say("/mode plan")
        await cockpit.until(lambda: cockpit.state.mode == "plan")
        await cockpit.say("/mode wild")
        assert cockpit.notices() == ["The modes are plan, ask, edits, auto."]
        await cockpit.say("/permissions")
        assert "| mode | plan | shift\\+tab changes it |" in said(cockpit)
        await cockpit.turn("hello")
        session = cockpit.state.session
    async with fly(resume=session) as cockpit:
        assert cockpit.state.mode == "plan"
        assert cockpit.rows()[-1].split()[0] == "plan"


async def test_details_and_panels_are_shown_and_hidden(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.turn()
        hints = cockpit.rows()[-1]
        assert "interrupt" not in hints and "help" in hints
        assert "text.split()" not in cockpit.text()
        await cockpit.press("ctrl+o", "ctrl+end")
        await cockpit.until(lambda: "text.split()" in cockpit.text())
        await cockpit.press("ctrl+o", "ctrl+end")
        await cockpit.until(lambda: "text.split()" not in cockpit.text())
        assert "SUBTASKS 6/6" in cockpit.text()
        await cockpit.press("ctrl+t")
        assert "SUBTASKS" not in cockpit.text()
        await cockpit.press("ctrl+t")
        assert "SUBTASKS 6/6" in cockpit.text()
        await cockpit.press("f2")
        assert "EFFORT" not in cockpit.text() and "used" in cockpit.text()
        await cockpit.press("f2", "ctrl+l")
        assert "EFFORT" in cockpit.text()


async def test_earlier_prompts_are_found_by_their_words_and_the_draft_is_kept(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.turn("hello")
        await cockpit.turn("what can you do?")
        session = cockpit.state.session
    async with fly(mode="auto", resume=session) as cockpit:
        await cockpit.press(*"he", "ctrl+r", "l")
        assert "hello" in cockpit.text()
        await cockpit.press("escape")
        assert cockpit.chat.composer.text == "he"
        cockpit.chat.composer.put("")
        await cockpit.press("ctrl+r", *"can", "enter")
        assert cockpit.chat.composer.text == "what can you do?"
        assert cockpit.state.turn == 2  # taken, not sent
        cockpit.chat.composer.put("")
        await cockpit.press("up", "up")
        assert cockpit.chat.composer.text == "hello"
        await cockpit.press("down")
        assert cockpit.chat.composer.text == "what can you do?"
        await cockpit.say("/new")
        await cockpit.until(lambda: cockpit.chat.ready and cockpit.state.turn == 0)
        await cockpit.press("up")
        assert cockpit.chat.composer.text == "/new"


async def test_the_palette_finds_runs_and_leaves(fly):
    async with fly() as cockpit:
        await cockpit.press("ctrl+p")
        await opens(cockpit)
        await cockpit.press(*"usage")
        assert "The five meters" in cockpit.text()
        await cockpit.press("enter")
        await cockpit.until(lambda: "| meter |" in said(cockpit))
        await cockpit.press(*"dr", "ctrl+p")
        await opens(cockpit)
        await cockpit.press("escape")
        assert cockpit.app.screen is cockpit.chat
        assert cockpit.chat.composer.text == "dr"
        await cockpit.press("ctrl+p")
        await opens(cockpit)
        await cockpit.press(*"sidebar", "enter")
        await cockpit.until(lambda: cockpit.chat.has_class("-no-sidebar"))


async def test_the_palette_offers_only_what_makes_sense_now(fly):
    async with fly() as cockpit:
        await cockpit.press("ctrl+p")
        await opens(cockpit)
        await cockpit.press(*"interrupt")
        assert "Interrupt the turn" not in cockpit.text()
        await cockpit.press("escape")
        await asks(cockpit)
        cockpit.app.run_act("palette.open")
        await opens(cockpit)
        await cockpit.press(*"new session")
        assert "Start a new session" not in cockpit.text()
        await cockpit.press("ctrl+u", *"interrupt", "enter")
        await cockpit.settled()
        assert cockpit.state.last_end.reason == "interrupted"


async def test_help_comes_by_its_keys_and_tells_all_about_one_command(fly):
    async with fly() as cockpit:
        await cockpit.press("question_mark")
        assert said(cockpit).startswith("**Help**")
        assert "**Help**" not in cockpit.text() and "Help · type a command" in cockpit.text()
        await cockpit.press(*"dr", "question_mark")
        assert cockpit.chat.composer.text == "dr?"
        before = len(cockpit.items())
        await cockpit.press("f1")  # f1 works with a draft too
        assert len(cockpit.items()) == before + 1
        cockpit.chat.composer.put("")
        for name in ("/help theme", "/help /themes", "/help theme.choose", "/help THEME"):
            await cockpit.say(name)
            assert said(cockpit).startswith("**Theme** · Choose the colours, with a preview"), name
            assert "`/theme [name]`" in said(cockpit) and "also `/themes`" in said(cockpit)
        await cockpit.say("/help me")
        assert cockpit.notices()[-1] == "There is no command me; /help lists them all."


async def test_words_are_found_in_the_transcript(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.turn()
        await cockpit.say("/find src/parse.py")
        await cockpit.until(lambda: "8 of 8" in cockpit.text())
        await cockpit.press("f3")  # round the end
        await cockpit.until(lambda: "1 of 8" in cockpit.text())
        await cockpit.press("f4")
        await cockpit.until(lambda: "8 of 8" in cockpit.text())
        assert "f3 next · f4 previous" in cockpit.rows()[-1]
        await cockpit.press("escape")
        assert cockpit.chat.composer.has_focus_within
        await cockpit.press("ctrl+f", *"zzzz")
        await cockpit.until(lambda: "not found" in cockpit.text())


@pytest.mark.parametrize("typed", ["/copy", "key"])
async def test_the_last_answer_is_copied_and_not_a_page_of_the_program(fly, typed):
    async with fly(mode="auto") as cockpit:
        await cockpit.say("/copy")
        assert cockpit.notices()[-1] == "There is nothing to copy yet."
        await cockpit.turn("hello")
        await cockpit.say("/help")
        if typed == "key":
            await cockpit.press("ctrl+up", "home")
            await cockpit.press("y")  # the block under the cursor, whoever said it
            await cockpit.until(lambda: "Glideslope" in cockpit.app.clipboard)
        else:
            await cockpit.say("/copy")
            await cockpit.until(lambda: cockpit.app.clipboard.startswith("Hello!"))
            assert "What shall it be?" in cockpit.app.clipboard


async def test_page_keys_move_in_the_question_that_has_the_keys(fly):
    long = "\n".join(f"line {n}" for n in range(60))
    asked = PermissionAsked(
        tool_use="t", name="bash", subject="line 0", reason="runs a command", preview=long
    )
    async with fly() as cockpit:
        await cockpit.settled()
        cockpit.chat.live_pane.show(asked=[asked], take_focus=True)
        await cockpit.until(lambda: cockpit.chat.question and "line 3" in cockpit.text())
        for _ in range(8):
            await cockpit.press("pagedown")
        assert "line 59" in cockpit.text() and "line 3\n" not in cockpit.text()
        for _ in range(8):
            await cockpit.press("pageup")
        assert "line 3" in cockpit.text() and "line 59" not in cockpit.text()

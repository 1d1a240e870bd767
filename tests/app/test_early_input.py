"""What is typed before it can be taken is kept, in order, or comes back with a word about it."""

import asyncio
import os

from tests.support.app_driver import AppDriver, StartApp
from tui.reports.transcript_items import PromptItem, ToolItem
from tui.screens.prompt_queue import NO_SESSION_OPEN
from tui.session import events as ev

BACK = "Your text is back in the composer."


def prompts(driver: AppDriver) -> list[str]:
    return [item.text for item in driver.items() if isinstance(item, PromptItem)]


def ran(driver: AppDriver) -> list[tuple[str, str]]:
    """The user's own commands: what they were and what they printed."""
    lines = [item for item in driver.items() if isinstance(item, ToolItem) and item.name == "!"]
    return [(line.subject, line.detail.strip()) for line in lines]


async def test_a_shell_command_typed_before_the_session_is_open_is_run(
    running_app: StartApp,
):
    gate = asyncio.Event()
    async with running_app(gate=gate) as driver:
        await driver.submit("!echo $((6 * 7))")
        assert not driver.chat.session_ready
        gate.set()
        await driver.until(lambda: ran(driver))
        assert ran(driver) == [("echo $((6 * 7))", "42")]


async def test_prompts_commands_and_shell_lines_typed_early_are_taken_in_order(
    running_app: StartApp,
):
    gate = asyncio.Event()
    async with running_app(gate=gate, mode="auto") as driver:
        for line in (
            "/budget 200k",
            "!echo one",
            "!echo two",
            "hello",
            "and more",
            "/rename early",
        ):
            await driver.submit(line)
        assert "starting" in driver.rows()[-1]
        await driver.press("shift+tab")
        gate.set()
        await driver.until(lambda: driver.chat.session_ready and driver.state.turn)
        await driver.until_idle()
        assert driver.state.grant == 200_000
        assert ran(driver) == [("echo one", "one"), ("echo two", "two")]
        assert prompts(driver) == ["hello", "and more"]
        assert driver.state.turn == 1  # the second one was sent along
        assert driver.state.name == "early"
        assert driver.state.mode == "ask"  # one further than auto
        first, last = (driver.state.prompts[0], driver.chat.composer.text)
        assert (first, last) == ("hello", "")


async def test_the_prompt_of_the_command_line_comes_first(
    running_app: StartApp,
):
    gate = asyncio.Event()
    async with running_app(gate=gate, prompt="hello", mode="auto") as driver:
        await driver.submit("and more")
        gate.set()
        await driver.until(lambda: driver.chat.session_ready and driver.state.turn)
        await driver.until_idle()
        assert prompts(driver) == ["hello", "and more"]


async def test_what_is_typed_while_another_session_opens_goes_there(
    running_app: StartApp,
):
    gate = asyncio.Event()
    gate.set()
    async with running_app(gate=gate, mode="auto") as driver:
        await driver.until_idle()
        first = driver.state.session
        await driver.run_turn("hello")
        gate.clear()
        await driver.submit("/new")
        await driver.submit("what can you do?")
        assert driver.state.session == first and driver.state.turn == 1
        gate.set()
        await driver.until(lambda: driver.chat.session_ready and driver.state.session != first)
        await driver.until_idle()
        assert driver.state.prompts == ["what can you do?"]


async def test_of_two_sessions_wished_for_at_once_the_last_one_is_opened(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        first = driver.state.session
        await driver.run_turn("hello")
        driver.app.handle_input("/new")
        driver.app.handle_input("/new")
        driver.app.handle_input(f"/resume {first}")
        await driver.until(lambda: driver.chat.session_ready and driver.state.turn)
        assert driver.state.session == first
        await driver.run_turn("hello again")


async def test_a_locked_session_gives_the_prompt_back_and_says_what_to_do(
    running_app: StartApp,
):
    async with running_app(mode="auto") as holder:
        await holder.run_turn("hello")
        session = holder.state.session
        gate = asyncio.Event()
        async with running_app(gate=gate, resume=session, prompt="first") as driver:
            await driver.submit("!echo second")
            gate.set()
            await driver.until(lambda: driver.choosing)
            await driver.press("escape")
            await driver.until(driver.chat.opening_done.is_set)
            locked, back = driver.notices()
            assert locked.startswith(f"Session {session} is open in another window (process ")
            assert back == f"{NO_SESSION_OPEN} {BACK}"
            assert driver.chat.composer.text == "first\n!echo second"
            assert "starting" not in driver.rows()[-1]

            driver.chat.composer.submit()
            await driver.pilot.pause()
            assert driver.notices()[-1] == f"{NO_SESSION_OPEN} {BACK}"
            assert driver.chat.composer.text == "first\n!echo second"

            driver.chat.composer.set_draft("")
            for line in ("/cost", "/model sonnet", "/wrapup", "/compact", "/budget 200k"):
                await driver.submit(line)
                assert driver.notices()[-1] == f"{NO_SESSION_OPEN} {BACK}", line
                assert driver.chat.composer.text == line
                driver.chat.composer.set_draft("")
            await driver.press("shift+tab")
            assert driver.notices()[-1] == NO_SESSION_OPEN

            await driver.submit("/new")
            await driver.until(lambda: driver.chat.session_ready)
            assert driver.state.session != session


async def test_a_session_that_cannot_be_opened_leaves_the_one_before_open(
    running_app: StartApp,
):
    gate = asyncio.Event()
    gate.set()
    async with running_app(gate=gate, mode="auto") as driver:
        await driver.until_idle()
        session = driver.state.session
        gate.clear()
        await driver.submit("/resume nowhere")
        await driver.submit("hello")
        gate.set()
        await driver.until(driver.chat.opening_done.is_set)
        assert driver.notices()[-2:] == [
            "No session is called “nowhere”. `glideslope sessions list` shows them all.",
            BACK,
        ]
        assert driver.chat.composer.text == "hello"
        assert driver.state.session == session
        driver.chat.composer.submit()
        await driver.until(lambda: driver.state.turn == 1 and not driver.chat.can_interrupt)


async def test_two_prompts_sent_at_once_are_one_turn_and_none_is_lost(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        driver.app.handle_input("hello")
        driver.app.handle_input("what can you do?")
        await driver.until(lambda: driver.state.turn == 1)
        await driver.until_idle()
        assert prompts(driver) == ["hello", "what can you do?"]
        assert driver.state.last_end.reason == "completed"


async def test_a_prompt_waits_for_the_users_own_command_so_that_the_model_reads_it(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        os.mkfifo(driver.folder / "gate")
        await driver.submit("!cat gate")
        await driver.submit("hello")
        assert "goes when cat gate has ended" in driver.text()
        assert driver.state.turn == 0
        await asyncio.to_thread((driver.folder / "gate").write_text, "told")
        await driver.until(lambda: driver.state.turn == 1)
        await driver.until_idle()
        kinds = [type(record.event) for record in driver.records()]
        assert kinds.index(ev.ShellRan) < kinds.index(ev.PromptSubmitted)
        assert ran(driver) == [("cat gate", "told")]


async def test_escape_interrupts_the_users_own_command_and_keeps_what_it_printed(
    running_app: StartApp,
):
    async with running_app() as driver:
        await driver.submit("!echo begun; sleep 600")
        await driver.until(lambda: "esc interrupt" in driver.rows()[-1])
        await driver.press(*"draft", "escape")
        await driver.until(lambda: not driver.chat.can_interrupt)
        (line,) = [item for item in driver.items() if isinstance(item, ToolItem)]
        assert (line.state, line.summary) == ("error", "interrupted")
        assert driver.chat.composer.text == "draft"
        assert driver.app.is_running


async def test_the_users_own_command_runs_beside_a_turn(running_app: StartApp):
    async with running_app() as driver:
        await driver.submit("Add the missing return annotations.")
        await driver.until(lambda: driver.state.open_questions)
        await driver.submit("!echo beside")
        await driver.until(lambda: ran(driver))
        assert ran(driver) == [("echo beside", "beside")]
        assert driver.chat.running
        while driver.chat.running:  # a conversation that is not valid would be refused
            driver.answer_all()
            await driver.pilot.pause(0.01)
        assert driver.state.last_end.reason == "completed"


async def test_words_sent_along_too_late_come_back(running_app: StartApp):
    async with running_app() as driver:
        await driver.submit("Add the missing return annotations.")
        await driver.until(lambda: driver.state.open_questions)
        await driver.submit("only in src/parse.py")
        driver.app.run_command("session.interrupt")
        await driver.until_idle()
        assert driver.chat.composer.text == "only in src/parse.py"
        assert "it is back in the composer" in driver.notices()[-1]


async def test_a_prompt_sent_while_the_conversation_is_shortened_is_sent_afterwards(
    running_app: StartApp,
):
    async with running_app(mode="auto") as driver:
        await driver.run_turn("hello")
        driver.app.handle_input("/compact")
        driver.app.handle_input("hello again")
        await driver.until(lambda: driver.state.turn == 2)
        await driver.until_idle()
        kinds = [type(record.event) for record in driver.records()]
        last_prompt = len(kinds) - 1 - kinds[::-1].index(ev.PromptSubmitted)
        assert kinds.index(ev.Rewritten) < last_prompt


async def test_escape_takes_back_what_waits_for_the_session_and_no_turn_runs(
    running_app: StartApp,
):
    gate = asyncio.Event()
    async with running_app(gate=gate, prompt="from the command line", mode="auto") as driver:
        await driver.submit("hello")
        assert "starting" in driver.rows()[-1]
        await driver.press("escape")
        assert driver.chat.composer.text == "from the command line\nhello"
        assert "goes when the session is open" not in driver.text()
        gate.set()
        await driver.until(lambda: driver.chat.session_ready)
        await driver.until_idle()
        assert driver.state.turn == 0
        assert driver.chat.composer.text == "from the command line\nhello"
        driver.chat.composer.submit()
        await driver.until(lambda: driver.state.turn == 1)
        await driver.until_idle()


async def test_until_the_session_is_open_no_figure_is_stated(
    running_app: StartApp,
):
    gate = asyncio.Event()
    async with running_app(gate=gate, budget="90k") as driver:
        for words in ("no budget", "nothing limits", "none for this model", "SUBTASKS"):
            assert words not in driver.text()
        gate.set()
        await driver.until(lambda: driver.chat.session_ready)
        await driver.pilot.pause()
        assert "of 90k" in driver.text()


async def test_a_session_that_is_locked_states_no_figure(
    running_app: StartApp,
):
    async with running_app(mode="auto") as holder:
        await holder.run_turn("hello")
        gate = asyncio.Event()
        async with running_app(gate=gate, resume=holder.state.session) as driver:
            gate.set()
            await driver.until(lambda: driver.choosing)
            await driver.press("escape")
            await driver.until(driver.chat.opening_done.is_set)
            assert "is open in another window" in driver.notices()[0]
            assert "nothing limits" not in driver.text()
            assert "none for this model" not in driver.text()

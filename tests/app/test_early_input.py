"""What is typed before it can be taken is kept, in order, or comes back with a word about it."""

import asyncio
import os

from tui.screens.working import NOTHING_OPEN
from tui.session import events as ev
from tui.widgets.transcript.items import Prompt, ToolLine

BACK = "What you sent is back in the composer."


def prompts(cockpit) -> list[str]:
    return [item.text for item in cockpit.items() if isinstance(item, Prompt)]


def ran(cockpit) -> list[tuple[str, str]]:
    """The user's own commands: what they were and what they printed."""
    lines = [item for item in cockpit.items() if isinstance(item, ToolLine) and item.name == "!"]
    return [(line.subject, line.detail.strip()) for line in lines]


async def test_a_shell_command_typed_before_the_session_is_open_is_run(fly):
    gate = asyncio.Event()
    async with fly(gate=gate) as cockpit:
        await cockpit.say("!echo $((6 * 7))")
        assert not cockpit.chat.ready
        gate.set()
        await cockpit.until(lambda: ran(cockpit))
        assert ran(cockpit) == [("echo $((6 * 7))", "42")]


async def test_prompts_commands_and_shell_lines_typed_early_are_taken_in_order(fly):
    gate = asyncio.Event()
    async with fly(gate=gate, mode="auto") as cockpit:
        for line in (
            "/budget 200k",
            "!echo one",
            "!echo two",
            "hello",
            "and more",
            "/rename early",
        ):
            await cockpit.say(line)
        assert "opening the session for what you sent" in cockpit.rows()[-1]
        await cockpit.press("shift+tab")
        gate.set()
        await cockpit.until(lambda: cockpit.chat.ready and cockpit.state.turn)
        await cockpit.settled()
        assert cockpit.state.grant == 200_000
        assert ran(cockpit) == [("echo one", "one"), ("echo two", "two")]
        assert prompts(cockpit) == ["hello", "and more"]
        assert cockpit.state.turn == 1  # the second one was sent along
        assert cockpit.state.name == "early"
        assert cockpit.state.mode == "ask"  # one further than auto
        first, last = (cockpit.state.prompts[0], cockpit.chat.composer.text)
        assert (first, last) == ("hello", "")


async def test_the_prompt_of_the_command_line_comes_first(fly):
    gate = asyncio.Event()
    async with fly(gate=gate, prompt="hello", mode="auto") as cockpit:
        await cockpit.say("and more")
        gate.set()
        await cockpit.until(lambda: cockpit.chat.ready and cockpit.state.turn)
        await cockpit.settled()
        assert prompts(cockpit) == ["hello", "and more"]


async def test_what_is_typed_while_another_session_opens_goes_there(fly):
    gate = asyncio.Event()
    gate.set()
    async with fly(gate=gate, mode="auto") as cockpit:
        await cockpit.settled()
        first = cockpit.state.session
        await cockpit.turn("hello")
        gate.clear()
        await cockpit.say("/new")
        await cockpit.say("what can you do?")
        assert cockpit.state.session == first and cockpit.state.turn == 1
        gate.set()
        await cockpit.until(lambda: cockpit.chat.ready and cockpit.state.session != first)
        await cockpit.settled()
        assert cockpit.state.prompts == ["what can you do?"]


async def test_of_two_sessions_wished_for_at_once_the_last_one_is_opened(fly):
    async with fly(mode="auto") as cockpit:
        first = cockpit.state.session
        await cockpit.turn("hello")
        cockpit.app.take_input("/new")
        cockpit.app.take_input("/new")
        cockpit.app.take_input(f"/resume {first}")
        await cockpit.until(lambda: cockpit.chat.ready and cockpit.state.turn)
        assert cockpit.state.session == first
        await cockpit.turn("hello again")


async def test_a_locked_session_gives_the_prompt_back_and_says_what_to_do(fly):
    async with fly(mode="auto") as holder:
        await holder.turn("hello")
        session = holder.state.session
        gate = asyncio.Event()
        async with fly(gate=gate, resume=session, prompt="first") as cockpit:
            await cockpit.say("!echo second")
            gate.set()
            await cockpit.until(cockpit.chat.settled.is_set)
            locked, back = cockpit.notices()
            assert locked.startswith(f"Session {session} is open in another window (process ")
            assert back == f"{NOTHING_OPEN} {BACK}"
            assert cockpit.chat.composer.text == "first\n!echo second"
            assert "opening" not in cockpit.rows()[-1]

            cockpit.chat.composer.submit()
            await cockpit.pilot.pause()
            assert cockpit.notices()[-1] == f"{NOTHING_OPEN} {BACK}"
            assert cockpit.chat.composer.text == "first\n!echo second"

            cockpit.chat.composer.put("")
            for line in ("/cost", "/model sonnet", "/wrapup", "/compact", "/budget 200k"):
                await cockpit.say(line)
                assert cockpit.notices()[-1] == f"{NOTHING_OPEN} {BACK}", line
                assert cockpit.chat.composer.text == line
                cockpit.chat.composer.put("")
            await cockpit.press("shift+tab")
            assert cockpit.notices()[-1] == NOTHING_OPEN

            await cockpit.say("/new")
            await cockpit.until(lambda: cockpit.chat.ready)
            assert cockpit.state.session != session


async def test_a_session_that_cannot_be_opened_leaves_the_one_before_open(fly):
    gate = asyncio.Event()
    gate.set()
    async with fly(gate=gate, mode="auto") as cockpit:
        await cockpit.settled()
        session = cockpit.state.session
        gate.clear()
        await cockpit.say("/resume nowhere")
        await cockpit.say("hello")
        gate.set()
        await cockpit.until(cockpit.chat.settled.is_set)
        assert cockpit.notices()[-2:] == [
            "No session is called “nowhere”. `glideslope sessions list` shows them all.",
            BACK,
        ]
        assert cockpit.chat.composer.text == "hello"
        assert cockpit.state.session == session
        cockpit.chat.composer.submit()
        await cockpit.until(lambda: cockpit.state.turn == 1 and not cockpit.chat.busy)


async def test_two_prompts_sent_at_once_are_one_turn_and_none_is_lost(fly):
    async with fly(mode="auto") as cockpit:
        cockpit.app.take_input("hello")
        cockpit.app.take_input("what can you do?")
        await cockpit.until(lambda: cockpit.state.turn == 1)
        await cockpit.settled()
        assert prompts(cockpit) == ["hello", "what can you do?"]
        assert cockpit.state.last_end.reason == "completed"


async def test_a_prompt_waits_for_the_users_own_command_so_that_the_model_reads_it(fly):
    async with fly(mode="auto") as cockpit:
        os.mkfifo(cockpit.folder / "gate")
        await cockpit.say("!cat gate")
        await cockpit.say("hello")
        assert cockpit.notices()[-1] == "Sent as soon as cat gate has ended."
        assert cockpit.state.turn == 0
        await asyncio.to_thread((cockpit.folder / "gate").write_text, "told")
        await cockpit.until(lambda: cockpit.state.turn == 1)
        await cockpit.settled()
        kinds = [type(record.event) for record in cockpit.records()]
        assert kinds.index(ev.ShellRan) < kinds.index(ev.PromptSubmitted)
        assert ran(cockpit) == [("cat gate", "told")]


async def test_escape_interrupts_the_users_own_command_and_keeps_what_it_printed(fly):
    async with fly() as cockpit:
        await cockpit.say("!echo begun; sleep 600")
        await cockpit.until(lambda: "esc interrupt" in cockpit.rows()[-1])
        await cockpit.press(*"draft", "escape")
        await cockpit.until(lambda: not cockpit.chat.busy)
        (line,) = [item for item in cockpit.items() if isinstance(item, ToolLine)]
        assert (line.state, line.summary) == ("error", "interrupted")
        assert cockpit.chat.composer.text == "draft"
        assert cockpit.app.is_running


async def test_the_users_own_command_runs_beside_a_turn(fly):
    async with fly() as cockpit:
        await cockpit.say("Add the missing return annotations.")
        await cockpit.until(lambda: cockpit.state.asked)
        await cockpit.say("!echo beside")
        await cockpit.until(lambda: ran(cockpit))
        assert ran(cockpit) == [("echo beside", "beside")]
        assert cockpit.chat.running
        while cockpit.chat.running:  # a conversation that is not valid would be refused
            cockpit.answer_all()
            await cockpit.pilot.pause(0.01)
        assert cockpit.state.last_end.reason == "completed"


async def test_words_sent_along_too_late_come_back(fly):
    async with fly() as cockpit:
        await cockpit.say("Add the missing return annotations.")
        await cockpit.until(lambda: cockpit.state.asked)
        await cockpit.say("only in src/parse.py")
        cockpit.app.run_act("session.interrupt")
        await cockpit.settled()
        assert cockpit.chat.composer.text == "only in src/parse.py"
        assert "they are back" in cockpit.notices()[-1]


async def test_a_prompt_sent_while_the_conversation_is_shortened_is_sent_afterwards(fly):
    async with fly(mode="auto") as cockpit:
        await cockpit.turn("hello")
        cockpit.app.take_input("/compact")
        cockpit.app.take_input("hello again")
        await cockpit.until(lambda: cockpit.state.turn == 2)
        await cockpit.settled()
        kinds = [type(record.event) for record in cockpit.records()]
        last_prompt = len(kinds) - 1 - kinds[::-1].index(ev.PromptSubmitted)
        assert kinds.index(ev.Rewritten) < last_prompt


async def test_escape_takes_back_what_waits_for_the_session_and_no_turn_runs(fly):
    gate = asyncio.Event()
    async with fly(gate=gate, prompt="from the command line", mode="auto") as cockpit:
        await cockpit.say("hello")
        assert "opening the session for what you sent" in cockpit.rows()[-1]
        await cockpit.press("escape")
        assert cockpit.chat.composer.text == "from the command line\nhello"
        assert "for what you sent" not in cockpit.rows()[-1]
        gate.set()
        await cockpit.until(lambda: cockpit.chat.ready)
        await cockpit.settled()
        assert cockpit.state.turn == 0
        assert cockpit.chat.composer.text == "from the command line\nhello"
        cockpit.chat.composer.submit()
        await cockpit.until(lambda: cockpit.state.turn == 1)
        await cockpit.settled()


async def test_until_the_session_is_open_no_figure_is_stated(fly):
    gate = asyncio.Event()
    async with fly(gate=gate, budget="90k") as cockpit:
        for words in ("no budget", "nothing limits", "none for this model", "SUBTASKS"):
            assert words not in cockpit.text()
        gate.set()
        await cockpit.until(lambda: cockpit.chat.ready)
        await cockpit.pilot.pause()
        assert "of 90k" in cockpit.text()


async def test_a_session_that_is_locked_states_no_figure(fly):
    async with fly(mode="auto") as holder:
        await holder.turn("hello")
        gate = asyncio.Event()
        async with fly(gate=gate, resume=holder.state.session) as cockpit:
            gate.set()
            await cockpit.until(cockpit.chat.settled.is_set)
            assert "is open in another window" in cockpit.notices()[0]
            assert "nothing limits" not in cockpit.text()
            assert "none for this model" not in cockpit.text()

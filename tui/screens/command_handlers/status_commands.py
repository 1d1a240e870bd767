"""Commands about what runs here: status, the key, the memory files."""

import asyncio
import platform
from importlib.metadata import version
from typing import TYPE_CHECKING

from tui.agent.memory_usage import memory_in_use
from tui.claude.credentials import TYPED_KEY
from tui.reports.memory_page import memory_page
from tui.reports.status_page import ProgramFacts, status_page
from tui.screens.command_handlers.command_arguments import parse_text
from tui.screens.command_handlers.handler_registry import handles, handles_in_session
from tui.settings.managed import managed_file
from tui.settings.user_folders import project_settings_files, user_folders

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.screens.chat import ChatScreen

MEMORY_PROMPT = """\
Write AGENTS.md in the top folder of this project: what an agent has to know before it works here. \
If an AGENTS.md or CLAUDE.md is there, improve that one and keep what is still true.

- Say in this order: what the project is; where things are; the commands that build, run and test \
it, one test alone among them; rules that the code follows and that nobody would guess.
- Every request carries this text. Stay below 60 lines, and leave out what the code shows.
- Read what you need for that, such as the README, the project file and the entry points, and not \
the whole project. Write down only what you saw; run a command before you name it, if that is \
cheap and safe."""

MEMORY_HINT = (
    "A first AGENTS.md takes about 10k to 40k tokens. No budget is set; /budget 50k gives one."
)


@handles_in_session("status.show")
def status(chat: "ChatScreen", session: "OpenSession") -> None:
    """Show what runs here and with whom it talks."""
    own = user_folders().settings
    files = (own, *project_settings_files(session.folder), managed_file())
    program = ProgramFacts(
        version=version("glideslope"),
        python=platform.python_version(),
        settings_files=[path for path in files if path.is_file()],
    )
    chat.show_page("Status", lambda: status_page(session, program))


@handles_in_session("memory.show")
async def memory(chat: "ChatScreen", session: "OpenSession") -> None:
    """Show the memory files, with the tokens of each."""
    own = user_folders().config / "AGENTS.md"
    records = await session.read_log() if session.read_log else session.records
    uses = await asyncio.to_thread(
        memory_in_use, records, session.folder, own, trusted=session.trusted is True
    )
    chat.show_page("Memory files", lambda: memory_page(uses, str(own)))


@handles_in_session("memory.write", parse_text)
def write_memory(chat: "ChatScreen", session: "OpenSession", wishes: str) -> None:
    """Ask the model to write the memory file of the project."""
    if session.state.mode == "plan":
        chat.show_input_error("In mode plan nothing is written: /mode ask, then /init again.")
        return
    if session.state.grant is None:
        chat.show_notice(MEMORY_HINT)
    more = f"\n\nThe user adds: {wishes}" if wishes else ""
    chat.submit(f"{MEMORY_PROMPT}{more}")


@handles_in_session("doctor.show")
async def doctor(chat: "ChatScreen", session: "OpenSession") -> None:
    """Check what the program needs, and say what is not well."""
    from tui.agent.health.health_checkup import CheckupSubject, run_checkup
    from tui.reports.health_page import health_page

    chat.show_brief_notice("Checking …")
    subject = CheckupSubject(
        folders=user_folders(),
        resolved=session.resolved,
        enforcement=session.sandbox.enforcement,
        base_url=session.base_url,
        key_source=session.key_source,
        folder=session.folder,
        probe=session.probe_server,
        limits=chat.meters.limits,
    )
    page = health_page(await run_checkup(subject))
    chat.show_page("Doctor", lambda: page)


@handles("login.show")
async def login(chat: "ChatScreen") -> None:
    """Say which key is used, and take one for this run."""
    from tui.widgets.key_dialog import KeyDialog

    session = chat.session
    key = await chat.app.push_screen_wait(KeyDialog(_key_sentence(session)))
    if key is None:
        return
    chat.opener.use_key(key)
    if session is None:
        chat.open_session(None)
    elif session.simulated:
        chat.show_notice("The simulator goes on in this session; /new starts one with the key.")
    else:
        await session.use_key(key)
        chat.show_notice("The key is used from the next request on, until you quit.")


def _key_sentence(session: "OpenSession | None") -> str:
    """Which key is used now, as one sentence."""
    if session is None:
        return "No session is open."
    if session.simulated:
        return "The simulator answers in this session; it needs no key."
    if session.key_source == TYPED_KEY:
        return "This session uses the key that you typed."
    if not session.key_source:
        return "This session has no key; its server may want none."
    return f"This session uses the key of {session.key_source}."

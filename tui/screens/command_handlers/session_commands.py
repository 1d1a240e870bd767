"""Commands about sessions: new, resume, rename, rewind, wrap up, interrupt, permissions."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from tui.agent.monthly_budgets import MonthlyBudgetWatch
from tui.reports.export_files import FileNotWritten, write_export_file, write_numbered_file
from tui.reports.monthly_budget_rows import tag_sentences
from tui.reports.permissions_page import permissions_page
from tui.reports.quote_bill_page import current_bill_page
from tui.reports.session_options import session_details, session_figures
from tui.reports.wrapup_markdown import report_markdown
from tui.screens.budget_offers import (
    CONTINUE_PROMPT,
    PendingOffer,
    offer_for_new_session,
    offer_to_continue,
)
from tui.screens.command_handlers.command_arguments import (
    PlanWish,
    ShowChanges,
    parse_changes,
    parse_mode,
    parse_plan,
    parse_session_name,
    parse_tag,
    parse_text,
)
from tui.screens.command_handlers.handler_registry import (
    handles,
    handles_in_session,
    handles_text,
)
from tui.screens.held_team import hold_team
from tui.session import events as ev
from tui.widgets.option_rows import Option
from tui.widgets.status_line import INTERRUPTING

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.screens.chat import ChatScreen

WRAP_UP_PROMPT = (
    "Wrap up now: start nothing new, file the wrap_up tool with what is done, in progress and not "
    "started, and close with a few lines."
)


@handles("session.interrupt")
def interrupt(chat: "ChatScreen") -> None:
    """Stop the turn; what was done stays done. With agents at work all are held first."""
    if not chat.user_commands.interrupt() and chat.session is not None:
        if hold_team(chat, chat.session):
            return
        if not chat.can_interrupt:
            return  # its agents alone worked
        chat.session.runner.interrupt()
    chat.set_status(activity=INTERRUPTING)


@handles("queue.send_now")
def send_now(chat: "ChatScreen") -> None:
    """Interrupt the turn, and send what waits for it."""
    chat.turns.send_now()


@handles("session.new")
def new(chat: "ChatScreen") -> None:
    """Open a new session; the old one stays on disk."""
    chat.open_session(None)


@handles_text("session.list")
async def sessions(chat: "ChatScreen", which: str) -> None:
    """Choose an earlier session and resume it."""
    if which:
        chat.open_session(which)
        return
    rows = await chat.opener.summaries()
    now = datetime.fromtimestamp(chat.clocks.wall()).astimezone()
    open_now = chat.session.state.session if chat.session else ""
    options = [
        Option(
            row.id,
            row.name or row.prompt,
            session_figures(row, now),
            search=f"{row.prompt} {row.last_prompt} {row.last_file} {row.id}",
            about=session_details(row),
        )
        for row in rows
        if row.id != open_now
    ]
    if not options:
        chat.show_input_error(
            "There is no other session in this folder yet. "
            "Those of other folders: glideslope sessions list --all"
        )
        return
    chosen = await chat.choose("Sessions", options)
    if chosen is not None:
        chat.open_session(chosen)


@handles("fleet.show")
async def show_fleet(chat: "ChatScreen") -> None:
    """Show every session on this machine."""
    from tui.screens.fleet_view import FleetView

    await FleetView(chat).open()


@handles_in_session("session.fork")
def fork(chat: "ChatScreen", session: "OpenSession") -> None:
    """Go on in a copy of this session."""
    if not session.state.turn:
        chat.show_notice("There is nothing to fork yet.")
    else:
        chat.open_session(session.state.session, fork=True)


@handles_in_session("session.name", parse_session_name)
async def name(chat: "ChatScreen", session: "OpenSession", given: str) -> None:
    """Give the session a name."""
    await chat.record_events(ev.SessionNamed(name=given))


@handles_in_session("session.tag", parse_tag)
async def tag(chat: "ChatScreen", session: "OpenSession", wanted: str | None) -> None:
    """Show the tag of the session, or give it another one."""
    if wanted is not None:
        await chat.record_events(ev.SessionTagged(name=wanted))
    await MonthlyBudgetWatch(session.state, session.runner.ctx).read()
    for sentence in tag_sentences(session.state.tag, session.runner.ctx.run.monthly_standings):
        chat.show_notice(sentence)
    if chat.controller is not None:
        chat.controller.show_meters()


@handles_in_session("session.rewind")
async def rewind(chat: "ChatScreen", session: "OpenSession") -> None:
    """Go back to before an earlier prompt, with its files or without; its words come back."""
    if not session.state.conversation.messages:
        chat.show_notice("There is nothing to go back to yet.")
        return
    places = session.state.prompts_sent()
    if not places:
        chat.show_notice(
            "The conversation was shortened after your last prompt: there is nothing to go back to."
        )
        return
    from tui.screens.rewind_view import RewindView

    await RewindView(chat, session).open(places)


@handles_in_session("session.wrapup")
def wrap_up(chat: "ChatScreen", session: "OpenSession") -> None:
    """Ask the model to file its wrap-up report and to end the turn."""
    if not session.state.turn:
        chat.show_notice("There is nothing to wrap up yet.")
        return
    chat.submit(WRAP_UP_PROMPT)


@handles_in_session("permissions.show")
def permissions(chat: "ChatScreen", session: "OpenSession") -> None:
    """Show what the model may do without asking."""
    key = chat.host.keymap_in_use.label("mode.cycle") or "/mode"
    chat.show_page("Permissions", lambda: permissions_page(session.rules, key))


MODE_WORDS: dict[ev.Mode, str] = {
    "ask": "asks before a file is changed or a command runs",
    "edits": "changes files in the folder without asking; asks before commands",
    "plan": "reads only: nothing is changed and nothing runs",
    "auto": "changes files and runs commands without asking",
}
"""What each permission mode means, in the order in which a key goes through them."""


@handles_in_session("mode.choose", parse_mode)
async def choose_mode(chat: "ChatScreen", session: "OpenSession", mode: ev.Mode | None) -> None:
    """Choose the permission mode, or take the one named."""
    if mode is None:
        options = [Option(each, each, words) for each, words in MODE_WORDS.items()]
        chosen = await chat.choose("Permission mode", options, session.state.mode)
        mode = next((each for each in MODE_WORDS if each == chosen), None)
    if mode is not None:
        await session.runner.change_mode(mode)


@handles_in_session("mode.plan", parse_plan)
async def plan(chat: "ChatScreen", session: "OpenSession", wish: PlanWish) -> None:
    """Plan something, or show the plan that waits or the bill, or agree to the plan."""
    from tui.screens.quote_view import QuoteView

    if wish.agrees:
        await QuoteView(chat, session).agree_as_quoted(wish.budget)
    elif wish.prompt:
        await _plan_prompt(chat, session, wish.prompt)
    elif session.state.plan_quotes.waiting is not None:
        await QuoteView(chat, session).open()
    elif session.state.mode == "plan":
        chat.show_notice("The mode is plan already: your next prompt is planned. /mode changes it.")
    elif session.state.quote_bill is not None:
        chat.show_page("Bill", lambda: current_bill_page(session.state))
    else:
        await session.runner.change_mode("plan")


async def _plan_prompt(chat: "ChatScreen", session: "OpenSession", prompt: str) -> None:
    """Change to mode plan, and send the prompt there."""
    if chat.running:
        chat.show_input_error("A prompt is being worked on: plan the next one when it is done.")
        return
    await session.runner.change_mode("plan")
    chat.submit(prompt)


@handles_in_session("mode.cycle")
async def next_mode(chat: "ChatScreen", session: "OpenSession") -> None:
    """Change to the next permission mode."""
    order = list(MODE_WORDS)
    now = order.index(session.state.mode)
    await session.runner.change_mode(order[(now + 1) % len(order)])


def _newest_report(chat: "ChatScreen", session: "OpenSession") -> str | None:
    """The newest wrap-up report as Markdown; says so when there is none."""
    text = report_markdown(session.state)
    if text is None:
        chat.show_notice("There is no wrap-up report yet; /wrapup asks for one.")
    return text


@handles("prompt.focus")
def focus_question(chat: "ChatScreen") -> None:
    """Go to the question that waits."""
    if chat.live_pane.question is not None:
        chat.live_pane.question.focus()


@handles_in_session("report.continue")
def continue_from_report(chat: "ChatScreen", session: "OpenSession") -> None:
    """Go on from the wrap-up report; where too little is left, more is offered first."""
    needed = offer_to_continue(session)
    if isinstance(needed, PendingOffer):
        chat.show_offer(needed)
    elif needed:
        chat.show_notice(needed, "error")
    else:
        chat.submit(CONTINUE_PROMPT)


@handles_in_session("report.diff")
def show_changes_of_landing(chat: "ChatScreen", session: "OpenSession") -> None:
    """Show what the session changed."""
    chat.host.run_command("diff.show")


@handles_in_session("report.leave")
def leave_landing(chat: "ChatScreen", session: "OpenSession") -> None:
    """Put the landing block into the transcript."""
    if chat.controller is not None:
        chat.controller.leave_landing()


@handles_in_session("report.copy")
def copy_report(chat: "ChatScreen", session: "OpenSession") -> None:
    """Copy the report as Markdown."""
    if text := _newest_report(chat, session):
        chat.host.copy_to_clipboard(text)


@handles_in_session("report.handoff")
async def save_handoff(chat: "ChatScreen", session: "OpenSession") -> None:
    """Save the report as a handoff file in the project folder."""
    text = _newest_report(chat, session)
    if text is None:
        return
    name = f"HANDOFF-{session.state.session}.md"
    try:
        path = await asyncio.to_thread(write_numbered_file, session.folder, name, text)
    except FileNotWritten as error:
        chat.transcript.follow()
        chat.show_notice(str(error), "error")
        return
    chat.transcript.follow()
    chat.show_notice(f"Saved {path.name} in {path.parent}.")


@handles_in_session("diff.show", parse_changes)
async def show_changes(chat: "ChatScreen", session: "OpenSession", wish: ShowChanges) -> None:
    """Show what the session, a prompt or a subtask changed."""
    from tui.screens.changes_view import ChangesView

    await ChangesView(chat, session).open(wish.kind, wish.which)


@handles_in_session("session.export", parse_text)
async def export(chat: "ChatScreen", session: "OpenSession", file: str) -> None:
    """Write the session as a Markdown file: into the project folder, or where the user says."""
    if session.read_log is None or not session.state.turn:
        chat.show_notice("There is nothing to export yet.")
        return
    from tui.reports import session_export as page

    records = await session.read_log()
    text = await asyncio.to_thread(page.session_markdown, records, session.state)
    name = page.export_file_name(session.state)
    try:
        path = await asyncio.to_thread(write_export_file, session.folder, file, name, text)
    except FileNotWritten as error:
        chat.show_notice(str(error), "error")
        return
    chat.show_notice(f"Exported to {path}.")


@handles_in_session("report.restart")
def restart(chat: "ChatScreen", session: "OpenSession") -> None:
    """A new session that begins with the report; one without a budget is offered one first."""
    text = _newest_report(chat, session)
    if text is None:
        return
    prompt = f"Go on from this handoff:\n\n{text}"
    if session.resolved.settings.task_budget is None:
        chat.show_offer(offer_for_new_session(session, prompt))
    else:
        chat.open_session(None, prompt=prompt)

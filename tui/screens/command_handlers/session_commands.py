"""Commands about sessions: new, resume, rename, rewind, wrap up, interrupt, permissions."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tui.number_format import format_tokens
from tui.reports import summary_pages
from tui.reports.cache_cost_text import rewind_note, rewind_sentence
from tui.reports.export_files import FileNotWritten, write_export_file, write_numbered_file
from tui.reports.wrapup_markdown import report_markdown
from tui.screens.budget_offers import (
    CONTINUE_PROMPT,
    PendingOffer,
    offer_for_new_session,
    offer_to_continue,
)
from tui.screens.command_handlers.handler_registry import handles
from tui.session import events as ev
from tui.settings.settings_schema import MODES
from tui.widgets.option_rows import Option

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen

WRAP_UP_PROMPT = (
    "Wrap up now: start nothing new, file the wrap_up tool with what is done, in progress and not "
    "started, and close with a few lines."
)


@handles("session.interrupt")
def interrupt(chat: "ChatScreen", args: str) -> None:
    """Stop the turn; what was done stays done."""
    if not chat.stop_user_command() and chat.session is not None:
        chat.session.runner.interrupt()
    chat.set_status(activity="interrupting")


@handles("session.new")
def new(chat: "ChatScreen", args: str) -> None:
    """A new session; the old one is kept."""
    chat.open_session(None)


@handles("session.list")
async def sessions(chat: "ChatScreen", args: str) -> None:
    """Choose an earlier session and resume it."""
    if args:
        chat.open_session(args)
        return
    rows = await chat.opener.summaries()
    open_now = chat.session.state.session if chat.session else ""
    options = [
        Option(
            row.id,
            row.name or row.prompt,
            f"{_when(row.updated)} · {_turns(row.turns)} · {format_tokens(row.charged)} used",
        )
        for row in rows
        if row.id != open_now
    ]
    if not options:
        chat.show_notice("There is no other session in this folder yet.")
        return
    chosen = await chat.choose("Sessions", options)
    if chosen is not None:
        chat.open_session(chosen)


def _turns(number: int) -> str:
    return "1 turn" if number == 1 else f"{number} turns"


def _when(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%d %b %H:%M")


@handles("session.fork")
def fork(chat: "ChatScreen", args: str) -> None:
    """Go on in a copy of this session."""
    if chat.session is None or not chat.session.state.turn:
        chat.show_notice("There is nothing to fork yet.")
    else:
        chat.open_session(chat.session.state.session, fork=True)


@handles("session.name")
async def name(chat: "ChatScreen", args: str) -> None:
    """Give the session a name."""
    given = " ".join(args.split())[:80]
    if not given:
        chat.show_notice("A name is missing: /rename NAME.", "error")
        return
    await chat.record_events(ev.SessionNamed(name=given))


@handles("session.rewind")
async def rewind(chat: "ChatScreen", args: str) -> None:
    """Go back to before an earlier prompt; its words return to the composer."""
    opened = chat.session
    if opened is None or not opened.state.conversation.messages:
        chat.show_notice("There is nothing to go back to yet.")
        return
    places = opened.state.prompts_sent()
    if not places:
        chat.show_notice("No prompt stands in the conversation since it was shortened.")
        return
    options = [
        Option(str(at), text, right=rewind_note(opened, at)) for at, text in reversed(places)
    ]
    chosen = await chat.choose("Rewind to before", options)
    if chosen is None:
        return
    keep = int(chosen)
    if price := rewind_sentence(opened, keep):
        chat.show_notice(price, "warning")
    before = opened.state.context
    rewind = ev.Rewritten(reason="rewind", keep=keep, before=before)
    after = opened.state.preview(rewind).context
    await chat.record_events(replace(rewind, after=after))
    chat.composer.propose(dict(places)[keep])
    chat.show_notice(
        "Rewound the conversation; files stay as they are, and what was used stays used.",
        "warning",
    )


@handles("session.wrapup")
def wrap_up(chat: "ChatScreen", args: str) -> None:
    """Finish cleanly now."""
    if chat.session is None or not chat.session.state.turn:
        chat.show_notice("There is nothing to wrap up yet.")
        return
    chat.submit(WRAP_UP_PROMPT)


@handles("permissions.show")
def permissions(chat: "ChatScreen", args: str) -> None:
    """What may be done without asking."""
    if chat.session is None:
        return
    rules = chat.session.runner.ctx.rules
    key = chat.host.keymap_in_use.label("mode.cycle") or "/mode"
    rows: list[tuple[str, str, str]] = [("mode", rules.mode, f"{key} changes it")]
    rows += [("allowed", str(rule), "settings") for rule in rules.allow]
    rows += [("allowed", str(rule), "this session") for rule in rules.session]
    rows += [("allowed", str(rule), "this project") for rule in rules.project]
    rows += [("denied", str(rule), "settings") for rule in rules.deny]
    chat.show_markdown(
        "**Permissions**\n\n" + summary_pages.markdown_table(("", "rule", "from"), rows)
    )


MODE_WORDS: dict[ev.Mode, str] = {
    "ask": "asks before a file is changed or a command runs",
    "edits": "changes files in the folder without asking; asks before commands",
    "plan": "reads only: nothing is changed and nothing runs",
    "auto": "changes files and runs commands without asking",
}
"""What each permission mode means, in the order in which a key goes through them."""


@handles("mode.choose")
async def choose_mode(chat: "ChatScreen", args: str) -> None:
    """Choose the permission mode, or take the one named."""
    if chat.session is None:
        return
    wanted = args.lower()
    if not wanted:
        options = [Option(each, each, words) for each, words in MODE_WORDS.items()]
        chosen = await chat.choose("Permission mode", options, chat.session.state.mode)
        if chosen is None:
            return
        wanted = chosen
    await _change_mode(chat, wanted)


@handles("mode.cycle")
async def next_mode(chat: "ChatScreen", args: str) -> None:
    """The next permission mode."""
    if chat.session is not None:
        order = list(MODE_WORDS)
        now = order.index(chat.session.state.mode)
        await _change_mode(chat, order[(now + 1) % len(order)])


async def _change_mode(chat: "ChatScreen", wanted: str) -> None:
    mode = next((each for each in MODE_WORDS if each == wanted), None)
    if mode is None:
        chat.show_notice(f"The modes are {', '.join(MODES)}.", "error")
    elif chat.session is not None:
        await chat.session.runner.change_mode(mode)


def newest_report(chat: "ChatScreen") -> str | None:
    """The newest wrap-up report as Markdown; says so when there is none."""
    text = report_markdown(chat.session.state) if chat.session else None
    if text is None:
        chat.show_notice("There is no wrap-up report yet; /wrapup asks for one.")
    return text


@handles("prompt.focus")
def focus_question(chat: "ChatScreen", args: str) -> None:
    """Go to the question that waits."""
    if chat.live_pane.question is not None:
        chat.live_pane.question.focus()


@handles("report.continue")
def continue_from_report(chat: "ChatScreen", args: str) -> None:
    """Go on from the wrap-up report; where too little is left, more is offered first."""
    if chat.controller is None:
        return
    needed = offer_to_continue(chat.controller.session)
    if isinstance(needed, PendingOffer):
        chat.controller.show_offer(needed)
    elif needed:
        chat.show_notice(needed, "error")
    else:
        chat.submit(CONTINUE_PROMPT)


@handles("report.copy")
def copy_report(chat: "ChatScreen", args: str) -> None:
    """Copy the report as Markdown."""
    if text := newest_report(chat):
        chat.host.copy_to_clipboard(text)
        chat.transcript.follow()  # the cursor is on the card, above what is said
        chat.show_notice("Copied the wrap-up report.")


@handles("report.handoff")
async def save_handoff(chat: "ChatScreen", args: str) -> None:
    """Save the report as a handoff file in the project folder."""
    text = newest_report(chat)
    if text is None or chat.session is None:
        return
    name = f"HANDOFF-{chat.session.state.session}.md"
    try:
        path = await asyncio.to_thread(write_numbered_file, chat.session.folder, name, text)
    except FileNotWritten as error:
        chat.transcript.follow()
        chat.show_notice(str(error), "error")
        return
    chat.transcript.follow()
    chat.show_notice(f"Saved {path.name}.")


@handles("session.export")
async def export(chat: "ChatScreen", args: str) -> None:
    """Write the session as a Markdown file: into the project folder, or where it is said."""
    opened = chat.session
    if opened is None or opened.read_log is None or not opened.state.turn:
        chat.show_notice("There is nothing to export yet.")
        return
    from tui.reports import session_export as page

    records = await opened.read_log()
    text = await asyncio.to_thread(page.session_markdown, records, opened.state)
    name = page.export_file_name(opened.state)
    try:
        path = await asyncio.to_thread(write_export_file, opened.folder, args, name, text)
    except FileNotWritten as error:
        chat.show_notice(str(error), "error")
        return
    chat.show_notice(f"Exported to {path}.")


@handles("report.restart")
def restart(chat: "ChatScreen", args: str) -> None:
    """A new session that begins with the report; one without a budget is offered one first."""
    text = newest_report(chat)
    if text is None or chat.controller is None:
        return
    prompt = f"Go on from this handoff:\n\n{text}"
    if chat.controller.session.resolved.settings.task_budget is None:
        chat.controller.show_offer(offer_for_new_session(chat.controller.session, prompt))
    else:
        chat.open_session(None, prompt=prompt)

"""Commands about sessions: new, resume, rename, rewind, wrap up, interrupt, permissions."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tui.screens import pages
from tui.screens.acts.act import act
from tui.screens.changes import rewind_note, rewind_sentence
from tui.screens.handoff import handoff
from tui.screens.offers import (
    CONTINUE,
    Pending,
    budget_for_a_new_session,
    room_to_continue,
)
from tui.screens.paper import NotWritten, write_export, write_free
from tui.session import events as ev
from tui.settings.schema import MODES
from tui.widgets.numbers import tokens
from tui.widgets.option_rows import Option

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen

WRAP_UP = (
    "Wrap up now: start nothing new, file the wrap_up tool with what is done, in progress and not "
    "started, and close with a few lines."
)


@act("session.interrupt")
def interrupt(chat: "ChatScreen", args: str) -> None:
    """Stop the turn; what was done stays done."""
    if not chat.stop_shell() and chat.opened is not None:
        chat.opened.driver.interrupt()
    chat.set_status(activity="interrupting")


@act("session.new")
def new(chat: "ChatScreen", args: str) -> None:
    """A new session; the old one is kept."""
    chat.start(None)


@act("session.list")
async def sessions(chat: "ChatScreen", args: str) -> None:
    """Choose an earlier session and resume it."""
    if args:
        chat.start(args)
        return
    rows = await chat.opener.summaries()
    open_now = chat.opened.state.session if chat.opened else ""
    options = [
        Option(
            row.id,
            row.name or row.prompt,
            f"{_when(row.updated)} · {_turns(row.turns)} · {tokens(row.charged)} used",
        )
        for row in rows
        if row.id != open_now
    ]
    if not options:
        chat.say_notice("There is no other session in this folder yet.")
        return
    chosen = await chat.choose("Sessions", options)
    if chosen is not None:
        chat.start(chosen)


def _turns(number: int) -> str:
    return "1 turn" if number == 1 else f"{number} turns"


def _when(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%d %b %H:%M")


@act("session.fork")
def fork(chat: "ChatScreen", args: str) -> None:
    """Go on in a copy of this session."""
    if chat.opened is None or not chat.opened.state.turn:
        chat.say_notice("There is nothing to fork yet.")
    else:
        chat.start(chat.opened.state.session, fork=True)


@act("session.name")
async def name(chat: "ChatScreen", args: str) -> None:
    """Give the session a name."""
    given = " ".join(args.split())[:80]
    if not given:
        chat.say_notice("A name is missing: /rename NAME.", "error")
        return
    await chat.record(ev.SessionNamed(name=given))


@act("session.rewind")
async def rewind(chat: "ChatScreen", args: str) -> None:
    """Go back to before an earlier prompt; its words return to the composer."""
    opened = chat.opened
    if opened is None or not opened.state.conversation.messages:
        chat.say_notice("There is nothing to go back to yet.")
        return
    places = opened.state.prompts_sent()
    if not places:
        chat.say_notice("No prompt stands in the conversation since it was shortened.")
        return
    options = [
        Option(str(at), text, right=rewind_note(opened, at)) for at, text in reversed(places)
    ]
    chosen = await chat.choose("Rewind to before", options)
    if chosen is None:
        return
    keep = int(chosen)
    if price := rewind_sentence(opened, keep):
        chat.say_notice(price, "warning")
    before = opened.state.context
    rewind = ev.Rewritten(reason="rewind", keep=keep, before=before)
    after = opened.state.supposing(rewind).context
    await chat.record(replace(rewind, after=after))
    chat.composer.propose(dict(places)[keep])
    chat.say_notice(
        "Rewound the conversation; files stay as they are, and what was used stays used.",
        "warning",
    )


@act("session.wrapup")
def wrap_up(chat: "ChatScreen", args: str) -> None:
    """Finish cleanly now."""
    if chat.opened is None or not chat.opened.state.turn:
        chat.say_notice("There is nothing to wrap up yet.")
        return
    chat.submit(WRAP_UP)


@act("permissions.show")
def permissions(chat: "ChatScreen", args: str) -> None:
    """What may be done without asking."""
    if chat.opened is None:
        return
    rules = chat.opened.driver.means.rules
    key = chat.host.keymap_in_use.label("mode.cycle") or "/mode"
    rows: list[tuple[str, str, str]] = [("mode", rules.mode, f"{key} changes it")]
    rows += [("allowed", str(rule), "settings") for rule in rules.allow]
    rows += [("allowed", str(rule), "this session") for rule in rules.session]
    rows += [("allowed", str(rule), "this project") for rule in rules.project]
    rows += [("denied", str(rule), "settings") for rule in rules.deny]
    chat.say("**Permissions**\n\n" + pages.table(("", "rule", "from"), rows))


MODE_WORDS: dict[ev.Mode, str] = {
    "ask": "asks before a file is changed or a command runs",
    "edits": "changes files in the folder without asking; asks before commands",
    "plan": "reads only: nothing is changed and nothing runs",
    "auto": "changes files and runs commands without asking",
}
"""What each permission mode means, in the order in which a key goes through them."""


@act("mode.choose")
async def choose_mode(chat: "ChatScreen", args: str) -> None:
    """Choose the permission mode, or take the one named."""
    if chat.opened is None:
        return
    wanted = args.lower()
    if not wanted:
        options = [Option(each, each, words) for each, words in MODE_WORDS.items()]
        chosen = await chat.choose("Permission mode", options, chat.opened.state.mode)
        if chosen is None:
            return
        wanted = chosen
    await _change_mode(chat, wanted)


@act("mode.cycle")
async def next_mode(chat: "ChatScreen", args: str) -> None:
    """The next permission mode."""
    if chat.opened is not None:
        order = list(MODE_WORDS)
        now = order.index(chat.opened.state.mode)
        await _change_mode(chat, order[(now + 1) % len(order)])


async def _change_mode(chat: "ChatScreen", wanted: str) -> None:
    mode = next((each for each in MODE_WORDS if each == wanted), None)
    if mode is None:
        chat.say_notice(f"The modes are {', '.join(MODES)}.", "error")
    elif chat.opened is not None:
        await chat.opened.driver.change_mode(mode)


def report_of(chat: "ChatScreen") -> str | None:
    """The newest wrap-up report as Markdown; says so when there is none."""
    text = handoff(chat.opened.state) if chat.opened else None
    if text is None:
        chat.say_notice("There is no wrap-up report yet; /wrapup asks for one.")
    return text


@act("prompt.focus")
def focus_question(chat: "ChatScreen", args: str) -> None:
    """Go to the question that waits."""
    if chat.live_pane.prompt is not None:
        chat.live_pane.prompt.focus()


@act("report.continue")
def continue_(chat: "ChatScreen", args: str) -> None:
    """Go on from the wrap-up report; where too little is left, more is offered first."""
    if chat.view is None:
        return
    needed = room_to_continue(chat.view.opened)
    if isinstance(needed, Pending):
        chat.view.offer(needed)
    elif needed:
        chat.say_notice(needed, "error")
    else:
        chat.submit(CONTINUE)


@act("report.copy")
def copy_report(chat: "ChatScreen", args: str) -> None:
    """Copy the report as Markdown."""
    if text := report_of(chat):
        chat.host.copy_to_clipboard(text)
        chat.transcript.follow()  # the cursor is on the card, above what is said
        chat.say_notice("Copied the wrap-up report.")


@act("report.handoff")
async def save_handoff(chat: "ChatScreen", args: str) -> None:
    """Save the report as a handoff file in the project folder."""
    text = report_of(chat)
    if text is None or chat.opened is None:
        return
    name = f"HANDOFF-{chat.opened.state.session}.md"
    try:
        path = await asyncio.to_thread(write_free, chat.opened.folder, name, text)
    except NotWritten as error:
        chat.transcript.follow()
        chat.say_notice(str(error), "error")
        return
    chat.transcript.follow()
    chat.say_notice(f"Saved {path.name}.")


@act("session.export")
async def export(chat: "ChatScreen", args: str) -> None:
    """Write the session as a Markdown file: into the project folder, or where it is said."""
    opened = chat.opened
    if opened is None or opened.log is None or not opened.state.turn:
        chat.say_notice("There is nothing to export yet.")
        return
    from tui.screens import export as page

    records = await opened.log()
    text = await asyncio.to_thread(page.export, records, opened.state)
    name = page.file_name(opened.state)
    try:
        path = await asyncio.to_thread(write_export, opened.folder, args, name, text)
    except NotWritten as error:
        chat.say_notice(str(error), "error")
        return
    chat.say_notice(f"Exported to {path}.")


@act("report.restart")
def restart(chat: "ChatScreen", args: str) -> None:
    """A new session that begins with the report; one without a budget is offered one first."""
    text = report_of(chat)
    if text is None or chat.view is None:
        return
    prompt = f"Go on from this handoff:\n\n{text}"
    if chat.view.opened.resolved.settings.task_budget is None:
        chat.view.offer(budget_for_a_new_session(chat.view.opened, prompt))
    else:
        chat.start(None, prompt=prompt)

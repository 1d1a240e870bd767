"""Commands about the program: help, settings, keys, theme, palette, leaving."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from tui.agent.in_force import KEPT_IN_LOG
from tui.budget.fuses import FUSES
from tui.budget.wire import MINIMUM
from tui.claude.names import model_named
from tui.commands import BY_ID, BY_SLASH, COMMANDS
from tui.screens import pages
from tui.screens.acts.act import act
from tui.screens.acts.granting import change_budget
from tui.screens.acts.model import levels_of, no_model
from tui.screens.acts.saving import save_setting
from tui.screens.hints import how_to_quit
from tui.screens.router import CHORD_SECONDS
from tui.session import events as ev
from tui.settings.assignment import Assignment, AssignmentError, parse_assignment
from tui.settings.folders import folders
from tui.settings.last_theme import remember
from tui.settings.layers import Resolved, resolve
from tui.settings.managed import refused
from tui.settings.problems import Layer
from tui.settings.schema import BY_KEY
from tui.settings.themes import load_themes
from tui.widgets.option_rows import Option

if TYPE_CHECKING:
    from tui.agent.opened import Opened
    from tui.screens.chat import ChatScreen


THEMES = "/theme lists them all."


@act("help.show")
def help(chat: "ChatScreen", args: str) -> None:
    """Commands and keys, or all about one command."""
    keymap = chat.host.keymap_in_use
    name = args.lower().removeprefix("/")
    command = BY_SLASH.get(name) or BY_ID.get(name)
    if command is not None:
        chat.say(pages.command(command, keymap))
    elif args:
        chat.say_notice(f"There is no command {args}; /help lists them all.", "error")
    else:
        chat.say(pages.commands(keymap), from_top=True)


@act("keys.show")
def keys(chat: "ChatScreen", args: str) -> None:
    """All keys."""
    page = pages.keys(chat.host.keymap_in_use, str(folders().keybindings))
    chat.say(page, from_top=True)


@act("palette.open")
async def palette(chat: "ChatScreen", args: str) -> None:
    """Find a command by its name."""
    keymap = chat.host.keymap_in_use
    options = [
        Option(command.id, command.title, command.help, pages.keys_of(command, keymap))
        for command in COMMANDS
        if command.palette and chat.can(command.id)
    ]
    chosen = await chat.choose("Commands", options)
    if chosen is not None:
        chat.host.run_act(chosen)


@act("config.show")
async def config(chat: "ChatScreen", args: str) -> None:
    """Show the settings, or set one."""
    if chat.opened is None:
        return
    try:
        small = chat.opened.least_budget < MINIMUM
        assignment = parse_assignment(args, small_budgets=small)
    except AssignmentError as error:
        chat.say_notice(str(error), "error")
        return
    if assignment is None:
        chat.say(pages.settings(chat.opened, chat.host.theme), from_top=True)
    elif assignment.text is None:
        key = assignment.setting.key
        words, origin = pages.setting(chat.opened, key, chat.host.theme)
        chat.say_notice(f"{key} is {words}, set by {origin}.")
    else:
        await assign(chat, assignment)


async def assign(chat: "ChatScreen", assignment: Assignment) -> None:
    """Set one setting: for the session, or in a file too."""
    opened = chat.opened
    if opened is None:
        return
    key, value = assignment.setting.key, assignment.value
    if key == "model" and (found := model_named(opened.catalogue, str(value))):
        assignment, value = replace(assignment, text=found.id), found.id
    if refusal := refused(opened.driver.means.caps, key, value):
        chat.say_notice(refusal, "error")
        return
    typed = {**opened.session_values, key: assignment.text}
    resolved = await asyncio.to_thread(_resolved, chat, opened, typed)
    if problems := resolved.problems_of(Layer.SESSION):
        chat.say_notice(problems[0].sentence, "error")
        return
    if sentence := _of_no_use(opened, key, value):
        chat.say_notice(sentence, "error")
        return
    if key == "task_budget" and not await change_budget(chat, assignment.text or ""):
        return
    if key not in KEPT_IN_LOG | {"theme"}:
        # The session's log keeps the others, and nothing else does.
        opened.session_values = typed
        opened.apply(resolved)
        chat.set_status(sandbox=opened.driver.means.world.sandbox.enforcement.words)
    await _carry_out(chat, opened, key, value)
    if assignment.save is not None:
        await save_setting(chat, assignment.setting, value, assignment.save)


def _resolved(chat: "ChatScreen", opened: "Opened", typed: dict[str, object]) -> Resolved:
    """The settings with what was typed in this session."""
    if opened.resolve is not None:
        return opened.resolve(typed)
    return resolve(opened.folder, command_line=chat.options.settings(), session=typed)


def _of_no_use(opened: "Opened", key: str, value: object) -> str | None:
    """Why this session has no use for a value that its setting allows; None where it has."""
    match key:
        case "model" if model_named(opened.catalogue, str(value)) is None:
            return no_model(str(value))
        case "effort" if value not in opened.model.efforts:
            return levels_of(opened.model)
        case "theme":
            shelf = load_themes(folders().themes)
            return None if str(value) in shelf.themes else shelf.unknown(str(value), THEMES)
        case _:
            return None


async def _carry_out(chat: "ChatScreen", opened: "Opened", key: str, value: object) -> None:
    """Do what a changed setting means for the session that is open."""
    match key:
        case "task_budget":
            pass  # the grant was made before it was kept: it may have been refused
        case "budget_scope" if opened.state.envelope is not None:
            chat.host.run_act("budget.show", f"scope {value}")
        case "effort":
            chat.host.run_act("effort.choose", str(value))
        case "model":
            chat.host.run_act("model.choose", str(value))
        case "permissions.mode":
            chat.host.run_act("mode.choose", str(value))
        case "theme":
            chat.host.use_theme(load_themes(folders().themes).themes[str(value)])
        case str() if (fuse := key.removeprefix("limits.")) in FUSES:
            await chat.record(ev.FuseSet(fuse=fuse, value=Decimal(str(value)), source="/config"))
        case _:
            chat.say_notice(f"{key} is {BY_KEY[key].kind.show(value)} from now on.")


@act("theme.choose")
async def theme(chat: "ChatScreen", args: str) -> None:
    """Choose the colours, with a preview while choosing."""
    shelf = load_themes(folders().themes)
    for problem in shelf.problems:
        chat.say_notice(problem.sentence, "warning")
    chosen: str | None = args
    if not chosen:
        chosen = await chat.choose(
            "Theme",
            [Option(each.name, each.name, each.about) for each in shelf.themes.values()],
            chat.host.theme,
            preview=lambda name: chat.host.use_theme(shelf.themes[name]),
        )
    if chosen is None:
        return
    found = shelf.themes.get(chosen)
    if found is None:
        chat.say_notice(shelf.unknown(chosen, THEMES), "error")
    else:
        chat.host.use_theme(found)
        remember(folders().state, found.name, found)


@act("app.stop")
def stop(chat: "ChatScreen", args: str) -> None:
    """Copy the selection, else interrupt the turn, else clear the draft."""
    selected = chat.get_selected_text()
    if selected:
        chat.host.run_act("transcript.copy")
    elif chat.busy:
        chat.host.run_act("session.interrupt")
    elif not chat.composer.is_empty:
        chat.composer.put_away()
    if notice := how_to_quit(chat.host.keymap_in_use):
        chat.set_status(notice=notice)
        chat.set_timer(CHORD_SECONDS, lambda: chat.set_status(notice=""))


@act("app.suspend")
def suspend(chat: "ChatScreen", args: str) -> None:
    """Back to the shell."""
    chat.host.action_suspend_process()


@act("app.quit")
async def quit(chat: "ChatScreen", args: str) -> None:
    """Save and quit."""
    await chat.host.leave()

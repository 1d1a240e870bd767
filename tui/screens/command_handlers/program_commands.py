"""Commands about the program: help, settings, trust, keys, theme, palette, leaving."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from tui.agent.effective_settings import LOGGED_SETTINGS
from tui.agent.monthly_budgets import MonthlyBudgetWatch
from tui.budget.hard_limits import HARD_LIMITS
from tui.budget.stages import StageThresholds
from tui.claude.model_names import find_model
from tui.commands import BY_ID, BY_SLASH, COMMANDS
from tui.reports import summary_pages
from tui.screens.command_handlers.budget_change import change_budget, change_scope
from tui.screens.command_handlers.command_arguments import parse_setting, unknown_model_sentence
from tui.screens.command_handlers.handler_registry import (
    handles,
    handles_in_session,
    handles_text,
)
from tui.screens.command_handlers.model_commands import (
    change_effort,
    change_model,
    effort_levels_sentence,
)
from tui.screens.command_handlers.setting_file import save_setting
from tui.screens.key_hints import quit_hint
from tui.screens.key_router import CHORD_SECONDS
from tui.session import events as ev
from tui.settings.amounts import NoBudget, Tokens
from tui.settings.config_arguments import SettingAssignment
from tui.settings.last_theme import remember
from tui.settings.managed import cap_refusal
from tui.settings.problems import Layer
from tui.settings.settings_resolver import ResolvedSettings, resolve_settings
from tui.settings.settings_schema import MODES
from tui.settings.theme_catalogue import load_themes
from tui.settings.user_folders import user_folders
from tui.slash_vocabulary import MEANINGS, offered_commands
from tui.widgets.daily_key_rows import DailyKeyRows
from tui.widgets.option_rows import Option
from tui.widgets.panel import Panel

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.screens.chat import ChatScreen


THEME_HINT = "/theme lists them all."
ALL_COMMANDS = "all"
"""What `/help` takes to list every command."""


@handles_text("help.show")
def show_help(chat: "ChatScreen", typed: str) -> None:
    """The keys of every day, every command, or all about one of them."""
    keymap = chat.host.keymap_in_use
    name = typed.lower().removeprefix("/")
    command = BY_SLASH.get(name) or BY_ID.get(name)
    if name == ALL_COMMANDS:
        chat.show_page("Help", lambda: summary_pages.help_page(keymap))
    elif command is not None:
        session = chat.session
        stages = session.settings.thresholds if session else StageThresholds()
        page = summary_pages.command_help(command, keymap, stages)
        chat.show_page(command.title, lambda: page)
    elif typed:
        chat.show_input_error(f"There is no command {typed}; /help all lists them.")
    else:
        _toggle_daily_keys(chat)


def _toggle_daily_keys(chat: "ChatScreen") -> None:
    """Show the keys of every day; the same again closes them."""
    panel = chat.panel_area.panel
    if panel is not None and isinstance(panel.body, DailyKeyRows):
        chat.panel_area.close()
    else:
        rows = DailyKeyRows(lambda: chat.host.keymap_in_use)
        chat.open_panel(Panel("Help", rows, keys="any letter closes", brief=True))


@handles("keys.show")
def keys(chat: "ChatScreen") -> None:
    """Show all keys and how to change them."""
    path = str(user_folders().keybindings)
    chat.show_page("Keys", lambda: summary_pages.keys_page(chat.host.keymap_in_use, path))


@handles("palette.open")
async def palette(chat: "ChatScreen") -> None:
    """Find a command by its name, or by a word that means the same."""
    keymap = chat.host.keymap_in_use
    first = offered_commands(chat.draft_support.used_commands)
    options = [
        Option(
            command.id,
            command.title,
            command.help,
            summary_pages.palette_key(command, keymap),
            search=" ".join((*command.slash, MEANINGS.get(command.id, ""))),
        )
        for command in dict.fromkeys((*first, *COMMANDS))
        if command.palette and chat.keys.is_available(command.id)
    ]
    chosen = await chat.choose("Commands", options)
    if chosen is not None:
        chat.host.run_command(chosen)


@handles_in_session("config.show", parse_setting)
async def config(
    chat: "ChatScreen", session: "OpenSession", assignment: SettingAssignment | None
) -> None:
    """Show the settings, or set one."""
    if assignment is None:
        chat.show_page("Settings", lambda: summary_pages.settings_text(session, chat.host.theme))
    elif assignment.text is None:
        key = assignment.setting.key
        words, origin = summary_pages.setting_text(session, key, chat.host.theme)
        chat.show_notice(f"{key} is {words}, set by {origin}.")
    else:
        await assign_setting(chat, session, assignment)


async def assign_setting(
    chat: "ChatScreen", opened: "OpenSession", assignment: SettingAssignment
) -> None:
    """Set one setting: for the session, or in a file too."""
    key, value = assignment.setting.key, assignment.value
    if key == "model" and (found := find_model(opened.catalogue, str(value))):
        assignment, value = replace(assignment, text=found.id), found.id
    if refusal := cap_refusal(opened.settings.caps, key, value):
        chat.show_input_error(refusal)
        return
    typed = {**opened.session_values, key: assignment.text}
    resolved = await asyncio.to_thread(_resolve_settings, chat, opened, typed)
    if problems := resolved.problems_of(Layer.SESSION):
        chat.show_input_error(problems[0].sentence)
        return
    if sentence := _why_useless_here(opened, key, value):
        chat.show_input_error(sentence)
        return
    if key == "task_budget":
        amount = Tokens(value) if isinstance(value, int) else NoBudget()
        if not await change_budget(chat, opened, amount):
            return
    if key not in LOGGED_SETTINGS | {"theme"}:
        # The session's log keeps the others, and nothing else does.
        opened.session_values = typed
        opened.apply(resolved)
        chat.set_status(sandbox=opened.sandbox.enforcement.summary)
    await _apply_setting(chat, opened, key, value)
    if assignment.save is not None:
        await save_setting(chat, opened, assignment.setting, value, assignment.save)


def _resolve_settings(
    chat: "ChatScreen", opened: "OpenSession", typed: dict[str, object]
) -> ResolvedSettings:
    """The settings with what was typed in this session."""
    if opened.resolve is not None:
        return opened.resolve(typed)
    return resolve_settings(opened.folder, command_line=chat.options.settings(), session=typed)


def _why_useless_here(opened: "OpenSession", key: str, value: object) -> str | None:
    """Why this session has no use for a value that its setting allows; None where it has."""
    match key:
        case "model" if find_model(opened.catalogue, str(value)) is None:
            return unknown_model_sentence(str(value))
        case "effort" if value not in opened.model.efforts:
            return effort_levels_sentence(opened.model)
        case "theme":
            shelf = load_themes(user_folders().themes)
            return (
                None
                if str(value) in shelf.themes
                else shelf.unknown_theme_sentence(str(value), THEME_HINT)
            )
        case _:
            return None


async def _apply_setting(
    chat: "ChatScreen", opened: "OpenSession", key: str, value: object
) -> None:
    """Do what a changed setting means for the session that is open."""
    match key:
        case "task_budget":
            pass  # the grant was made before it was kept: it may have been refused
        case "budget_scope" if opened.state.envelope is not None:
            await change_scope(chat, opened, "turn" if value == "turn" else "session")
        case "effort":
            await change_effort(chat, opened, str(value))
        case "model":
            await change_model(chat, opened, opened.catalogue.model(str(value)))
        case "permissions.mode":
            await opened.runner.change_mode(next(each for each in MODES if each == value))
        case "theme":
            chat.host.use_theme(load_themes(user_folders().themes).themes[str(value)])
        case str() if (name := key.removeprefix("limits.")) in HARD_LIMITS:
            await chat.record_events(
                ev.LimitSet(limit=name, value=Decimal(str(value)), source="/config")
            )
        case _:
            chat.transcript.show_detail(opened.resolved.settings.transcript.calls)
            if chat.controller is not None:
                chat.controller.show_meters()
            await MonthlyBudgetWatch(opened.state, opened.runner.ctx).read()
            words = opened.resolved.values[key].setting.value_type.to_text(value)
            chat.show_notice(f"{key} is {words} from now on.")


@handles_text("theme.choose")
async def theme(chat: "ChatScreen", wanted: str) -> None:
    """Choose the colours, with a preview while choosing."""
    shelf = load_themes(user_folders().themes)
    for problem in shelf.problems:
        chat.show_notice(problem.sentence, "warning")
    chosen: str | None = wanted
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
        chat.show_input_error(shelf.unknown_theme_sentence(chosen, THEME_HINT))
    else:
        chat.host.use_theme(found)
        remember(user_folders().state, found.name, found)


@handles_in_session("trust.show")
async def ask_trust_again(chat: "ChatScreen", session: "OpenSession") -> None:
    """Ask again whether the folder is trusted."""
    question = await chat.opener.trust_question(None, again=True)
    if question is None:
        chat.show_notice("This folder brings no settings and no memory files.")
        return
    answer = await chat.ask_trust(question)
    if answer == "later":
        chat.show_notice("Nothing was changed.")
        return
    if problem := await chat.opener.answer_trust(question, answer):
        chat.show_notice(problem, "warning")
    words = "is not trusted" if answer == "no" else "is trusted"
    chat.show_notice(f"This folder {words} from the next session on: /new starts one.")


@handles("app.stop")
def stop(chat: "ChatScreen") -> None:
    """Copy the selection, else interrupt the turn, else clear the draft."""
    if _copy_selection(chat):
        chat.host.end_chord()  # who copies twice does not mean to quit
        return
    if chat.can_interrupt:
        chat.host.run_command("session.interrupt")
    elif not chat.composer.is_empty:
        chat.composer.stash_draft()
    if notice := quit_hint(chat.host.keymap_in_use):
        chat.show_brief_notice(notice, CHORD_SECONDS)


def _copy_selection(chat: "ChatScreen") -> bool:
    """Copy what is selected in the draft, or else in the transcript; says whether anything is."""
    if text := chat.composer.draft.copied_text:
        chat.host.copy_to_clipboard(text)
        return True
    if chat.get_selected_text():
        chat.host.run_command("transcript.copy")
        return True
    return False


@handles("app.suspend")
def suspend(chat: "ChatScreen") -> None:
    """Stop the program until the shell continues it."""
    chat.host.action_suspend_process()


@handles("app.quit")
async def quit_program(chat: "ChatScreen") -> None:
    """Close the session and end the program; ask first while agents work."""
    from tui.screens.quit_question import may_quit

    if await may_quit(chat):
        await chat.host.shut_down()

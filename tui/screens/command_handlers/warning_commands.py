"""Commands about the warnings before money is spent."""

from typing import TYPE_CHECKING

from tui.reports.warnings_page import warnings_page
from tui.screens.command_handlers.command_arguments import (
    ChangeWarning,
    parse_warning_change,
    warning_names,
)
from tui.screens.command_handlers.handler_registry import handles_in_session
from tui.screens.command_handlers.program_commands import assign_setting
from tui.session import events as ev
from tui.settings.config_arguments import SettingAssignment
from tui.settings.problems import Layer
from tui.settings.settings_schema import SETTINGS_BY_KEY

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.screens.chat import ChatScreen

NOTHING_SHOWN = "There is no warning in the transcript."


@handles_in_session("warning.dismiss")
async def dismiss(chat: "ChatScreen", session: "OpenSession") -> None:
    """Remove the newest warning from the transcript."""
    newest = next(reversed(session.state.open_warnings), None)
    if newest is None:
        chat.show_input_error(NOTHING_SHOWN)
    else:
        await chat.record_events(ev.WarningDismissed(topic=newest))


@handles_in_session("warning.silence", parse_warning_change)
async def silence(chat: "ChatScreen", session: "OpenSession", change: ChangeWarning | None) -> None:
    """Show the warnings, or turn one on or off in the user's settings."""
    if change is None:
        chat.show_page("Warnings", lambda: _page(session))
        return
    shown = session.state.open_warnings
    name = change.name or next(reversed(shown.values()), "")
    if not name:
        chat.show_input_error(f"{NOTHING_SHOWN} Say which: {', '.join(warning_names())}.")
        return
    setting, text = SETTINGS_BY_KEY[f"warnings.{name}"], "true" if change.on else "false"
    await assign_setting(chat, session, SettingAssignment(setting, text, Layer.USER))
    if not change.on:
        gone = [topic for topic, each in shown.items() if each == name]
        await chat.record_events(*(ev.WarningDismissed(topic=topic) for topic in gone))


def _page(session: "OpenSession") -> str:
    settings = session.resolved.settings.warnings
    on = {name: bool(getattr(settings, name)) for name in warning_names()}
    return warnings_page(on, set(session.state.open_warnings.values()))

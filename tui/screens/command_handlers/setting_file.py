"""Keeping a setting in a file, for whichever command was told to."""

import asyncio
from typing import TYPE_CHECKING

from tui.settings.problems import Layer
from tui.settings.setting import Setting
from tui.settings.toml_writer import SettingsWriteError, write_setting
from tui.settings.user_folders import project_settings, user_folders

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.screens.chat import ChatScreen


async def save_setting(
    chat: "ChatScreen", session: "OpenSession", setting: Setting, value: object, layer: Layer
) -> None:
    """Keep a setting in the user's or the project's file.

    Args:
        chat: The chat, which says so.
        session: The open session.
        setting: Which one.
        value: Its value.
        layer: Whose file: the user's or the project's.
    """
    private = layer is Layer.USER
    path = user_folders().settings if private else project_settings(session.folder)
    try:
        await asyncio.to_thread(write_setting, path, setting, value, private=private)
        if not private:
            await asyncio.to_thread(session.on_project_setting_saved, session.resolved)
    except SettingsWriteError as error:
        chat.show_notice(str(error), "error")
        return
    chat.show_notice(f"Saved {setting.key} in {path}.")

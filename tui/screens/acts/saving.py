"""Keeping a setting in a file, for whichever command was told to."""

import asyncio
from typing import TYPE_CHECKING

from tui.settings.folders import folders, project_settings
from tui.settings.problems import Layer
from tui.settings.schema import Setting
from tui.settings.writing import WritingError, save

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen


async def save_setting(chat: "ChatScreen", setting: Setting, value: object, layer: Layer) -> None:
    """Keep a setting in the user's or the project's file."""
    opened = chat.opened
    if opened is None:
        return
    private = layer is Layer.USER
    path = folders().settings if private else project_settings(opened.folder)
    try:
        await asyncio.to_thread(save, path, setting, value, private=private)
        if not private:
            await asyncio.to_thread(opened.saved_in_project, opened.resolved)
    except WritingError as error:
        chat.say_notice(str(error), "error")
        return
    chat.say_notice(f"Saved {setting.key} in {path}.")

"""What the composer asks for while a draft is written: files, a price, the user's editor."""

import asyncio
import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from tui.widgets.completion import SlashName
from tui.widgets.file_index import FileIndex

if TYPE_CHECKING:
    from tui.screens.chat_interface import Chat
    from tui.widgets.pasted_pictures import Picture


class DraftSupport:
    """Helps with the draft of one chat."""

    def __init__(self, chat: "Chat") -> None:
        self._chat = chat
        self._files: FileIndex | None = None
        self.used_commands: list[str] = []
        """Ids of the commands that the user typed in this run, the newest last."""

    def note_use(self, command: str) -> None:
        """The user typed a command; it is offered before those that were used longer ago."""
        self.used_commands = [*(id for id in self.used_commands if id != command), command]

    def slash_names(self) -> list[SlashName]:
        """The slash commands, as `slash_names` says, in the order of their use."""
        return slash_names(self.used_commands)

    def forget_files(self) -> None:
        """Another session may be in another folder."""
        self._files = None

    async def find_files(self, fresh: bool) -> FileIndex:
        """The files of the project for `@`; files come and go while we work.

        Args:
            fresh: Whether to list them again.
        """
        from tui.screens.external_programs import list_project_files

        session = self._chat.session
        if session is None:
            return FileIndex(())
        if fresh or self._files is None:
            self._files = await list_project_files(session.environment)
        return self._files

    def price(self, text: str) -> str:
        """What the first picture of the conversation costs, while the draft names one.

        So it can be read, and the name taken out again, before the prompt is sent.
        """
        session = self._chat.session
        if "@" not in text or session is None or self._chat.running:
            return ""
        from tui.agent.image_attachments import image_names

        return session.cache_costs.image_sentence() if image_names(text) else ""

    async def attach_picture(self) -> None:
        """Attach the picture on the clipboard; without one paste what the program copied last."""
        from tui.screens.desktop import picture_commands

        chat, session = self._chat, self._chat.session
        commands = picture_commands(os.environ, sys.platform)
        folder = session.environment.scratch_folder if session is not None else None
        picture = await asyncio.to_thread(_saved_picture, commands, folder) if folder else None
        if picture is not None:
            chat.composer.attach_picture(picture)
        elif chat.app.clipboard:
            chat.composer.insert_text(chat.app.clipboard)
        elif commands:
            chat.show_brief_notice("There is no picture on the clipboard.")
        else:
            chat.show_brief_notice("No clipboard here: drop a picture, or @name")

    async def write_in_editor(self, text: str) -> None:
        """Leave the terminal to the editor; the turn works on, and nothing is painted."""
        from tui.screens.text_editor import edit_in_editor, released_terminal

        chat = self._chat
        try:
            with released_terminal(chat.app, chat.host.terminal):
                edited = await edit_in_editor(text, os.environ)
        except SuspendNotSupported as error:
            chat.show_notice(f"The editor could not be used: {error}", "error")
            return
        if edited.remark:
            chat.show_notice(edited.remark, "warning")
        if edited.text is None:
            return
        if chat.composer.text == text:
            chat.composer.set_draft(edited.text)
        else:  # what could not be sent came back meanwhile
            chat.composer.restore_draft(edited.text)


def _saved_picture(commands: Sequence[Sequence[str]], folder: Path) -> "Picture | None":
    """The picture on the clipboard in a private file; None where there is none. On a thread."""
    from tui.screens.desktop import picture_from
    from tui.widgets.pasted_pictures import picture_at

    for command in commands:
        if data := picture_from(command):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = folder / f"picture-{secrets.token_hex(4)}.png"
            path.write_bytes(data)
            if (picture := picture_at(path)) is not None:
                return picture
            path.unlink()
    return None


def slash_names(recent: Sequence[str] = ()) -> list[SlashName]:
    """The slash commands, for completion.

    Args:
        recent: Ids of the commands used in this run, the newest last.
    """
    from tui.slash_vocabulary import MEANINGS, offered_commands

    return [
        SlashName(
            command.slash[0],
            command.help,
            command.args,
            command.slash[1:],
            command.exact,
            tuple(MEANINGS.get(command.id, "").split()),
        )
        for command in offered_commands(recent)
    ]

"""What `/fleet` does: the list of all sessions over the chat, and the way into one of them."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tui.budget.stages import StageThresholds
from tui.budget.wire_budget import CountingRules
from tui.reports.fleet_page import answer_source
from tui.screens.fleet_screen import FleetHost, FleetScreen
from tui.session.fleet import Fleet, FleetSession
from tui.session.folder_notes import find_places
from tui.session.lock_holder import this_process
from tui.session.session_paths import sessions_folder
from tui.settings.user_folders import user_folders

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen

FOLDER_GONE = "Its folder is not there any more: start glideslope where it is now, with -r {}."
TURN_RUNS = "A turn runs in this window: close the list and end the turn before you leave it."


def folder_refusal(session: FleetSession) -> str:
    """Why a session cannot be opened in its folder; empty where it can be."""
    folder = session.summary.folder
    return "" if folder and Path(folder).is_dir() else FOLDER_GONE.format(session.summary.id)


class FleetView:
    """The list over one chat."""

    def __init__(self, chat: "ChatScreen") -> None:
        self._chat = chat
        self._data = user_folders().data
        places = find_places(sessions_folder(self._data), chat.options.folder)
        self._own_keys = places.keys
        """Keys of the sessions of the folder that the chat works in."""

    async def open(self) -> None:
        """Show the list, and open the session that the user chooses. Only in a worker."""
        session = self._chat.session
        counting = session.catalogue.counting if session else CountingRules()
        host = FleetHost(
            open_fleet=lambda: Fleet(self._data, counting, self._chat.clocks.wall),
            source=answer_source(this_process(os.environ)),
            own_pid=os.getpid(),
            thresholds=session.settings.thresholds if session else StageThresholds(),
            refusal=self._refusal,
            now=self._chat.clocks.wall,
        )
        chosen = await self._chat.app.push_screen_wait(FleetScreen(host, self._chat.key_labels))
        if chosen is None:
            return
        if chosen.summary.key in self._own_keys:
            self._chat.open_session(chosen.summary.id)
        else:
            await self._chat.host.move_to(Path(chosen.summary.folder), chosen.summary.id)

    def _refusal(self, session: FleetSession) -> str:
        if self._chat.running or self._chat.running_user_command:
            return TURN_RUNS
        return "" if session.summary.key in self._own_keys else folder_refusal(session)

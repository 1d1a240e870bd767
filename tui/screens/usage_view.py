"""What `/report` does: read the history in a thread, and show what was used in a panel."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from tui.claude.usage_pricing import hour_dollars
from tui.history.history_store import HistoryStore
from tui.history.own_history import refresh_own_runs
from tui.history.task_run import TaskRun
from tui.reports.usage_page import usage_page
from tui.reports.usage_report import Grouping, usage_report
from tui.session.store_errors import StoreError
from tui.settings.time_zone import user_zone
from tui.settings.user_folders import user_folders
from tui.widgets.usage_panel import UsagePanel

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.screens.chat import ChatScreen

READING = "Reading the history …"


class UsageView:
    """The usage report over all sessions, in a panel."""

    def __init__(self, chat: "ChatScreen", session: "OpenSession") -> None:
        self._chat = chat
        self._catalogue = session.catalogue
        self._price = lru_cache(maxsize=None)(lambda hour: hour_dollars(hour, self._catalogue))
        self._runs: Sequence[TaskRun] = ()
        self._unread = 0
        self._panel: UsagePanel | None = None

    async def open(self, grouping: Grouping) -> None:
        """Show the report."""
        self._chat.show_brief_notice(READING)
        try:
            page = await asyncio.to_thread(self._read, grouping)
        except StoreError as error:
            self._chat.show_notice(error.sentence, "warning")
            return
        self._chat.status_report.take_back(READING)
        self._panel = UsagePanel(grouping, page, on_grouping=self._start)
        self._chat.open_panel(self._panel)

    def _read(self, grouping: Grouping) -> str:
        """Read the history, and make the first page of it.

        Raises:
            StoreError: the store cannot be read.
        """
        data = user_folders().data
        with HistoryStore(data) as store:
            self._unread = refresh_own_runs(store, data, self._catalogue.counting)
            self._runs = [run for _, run in store.runs(usage=True)]
        return self._page(grouping)

    def _page(self, grouping: Grouping) -> str:
        zone = user_zone()
        today = datetime.now(zone).date()
        report = usage_report(self._runs, grouping, self._price, zone, today=today)
        return usage_page(report, self._unread)

    def _start(self, grouping: Grouping) -> None:
        self._chat.run_worker(self._show(grouping), group="usage-report", exclusive=True)

    async def _show(self, grouping: Grouping) -> None:
        page = await asyncio.to_thread(self._page, grouping)
        if self._panel is not None and self._panel.is_attached:
            self._panel.show_page(grouping, page)

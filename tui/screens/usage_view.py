"""What `/report` does: open a panel at once, and fill it when a thread has read the history."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from tui.agent.monthly_budgets import read_standings
from tui.history.history_store import HistoryStore
from tui.history.own_history import refresh_own_runs
from tui.history.usage_sums import Grouping, ReportScope
from tui.reports.usage_page import READING, usage_page
from tui.reports.usage_report import read_usage_report
from tui.session.store_errors import StoreError
from tui.settings.user_folders import user_folders
from tui.widgets.usage_panel import UsagePanel

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.screens.chat import ChatScreen


class UsageView:
    """The usage report over all sessions, in a panel."""

    def __init__(self, chat: "ChatScreen", session: "OpenSession") -> None:
        self._chat = chat
        self._catalogue = session.catalogue
        self._session = session
        self._panel: UsagePanel | None = None

    def open(self, grouping: Grouping) -> None:
        """Show the report."""
        self._panel = UsagePanel(grouping, READING, on_grouping=self._start)
        self._chat.open_panel(self._panel)
        self._start(grouping)

    def _start(self, grouping: Grouping) -> None:
        self._chat.run_worker(self._show(grouping), group="usage-report", exclusive=True)

    async def _show(self, grouping: Grouping) -> None:
        try:
            page = await asyncio.to_thread(self._read, grouping)
        except StoreError as error:
            page = error.sentence
        if self._panel is not None and self._panel.is_attached:
            self._panel.show_page(grouping, page)

    def _read(self, grouping: Grouping) -> str:
        """The page, from the history as it is now.

        Raises:
            StoreError: the store cannot be read.
        """
        data, settings = user_folders().data, self._session.settings
        zone, now, counting = settings.zone, self._session.now(), self._catalogue.counting
        standings = read_standings(
            data, self._session.folder, counting, settings.monthly_budgets, at=now, zone=zone
        )
        with HistoryStore(data) as store:
            unread = refresh_own_runs(store, data, counting, state=user_folders().state)
            report = read_usage_report(
                store,
                ReportScope(grouping, zone),
                self._catalogue,
                today=datetime.fromtimestamp(now, zone).date(),
                standings=standings,
                day_dollars=self._session.resolved.settings.report.day_dollars,
            )
        return usage_page(report, unread)

"""What agents of earlier sessions took, read in the background while a team's first turn runs.

Own sessions whose logs have changed are read first, in a thread: an estimate must not depend on
whether somebody has looked at a report since.
"""

import asyncio
from pathlib import Path
from threading import Event

from tui.budget.wire_budget import CountingRules
from tui.history.agent_spends import AgentSpends, past_spends
from tui.history.history_store import HistoryStore
from tui.history.own_history import refresh_own_runs
from tui.session.store_errors import StoreError

PATIENCE = 2.0
"""Seconds that a question before a fan-out waits for the logs that are still being read."""


class TeamHistory:
    """The agents of earlier sessions, as one session asks for them."""

    def __init__(self, data: Path, state: Path, counting: CountingRules, session: str) -> None:
        """Args:
        data: The user's data folder.
        state: The user's state folder.
        counting: What the server counts against a budget.
        session: The session that asks: it changes all the time, and is left out.
        """
        self._data, self._state = data, state
        self._counting, self._session = counting, session
        self._stopped = Event()
        self._reading: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Read the logs that have changed, in the background; only the first call does."""
        if self._reading is None:
            self._reading = asyncio.create_task(asyncio.to_thread(self._refresh))

    async def spends(self) -> AgentSpends:
        """What agents took, by kind; what is not read within the patience is not in it."""
        self.start()
        assert self._reading is not None, "it was started"
        await asyncio.wait([self._reading], timeout=PATIENCE)
        return await asyncio.to_thread(self._spends)

    async def close(self) -> None:
        """Read no further: what is left is read the next time."""
        self._stopped.set()
        if self._reading is not None:
            await asyncio.wait([self._reading])

    def _refresh(self) -> None:
        try:
            with HistoryStore(self._data) as store:
                refresh_own_runs(
                    store,
                    self._data,
                    self._counting,
                    state=self._state,
                    stopped=self._stopped.is_set,
                    but=self._session,
                )
        except (StoreError, OSError):
            return  # an estimate is worth no error: the published range stands in for it

    def _spends(self) -> AgentSpends:
        try:
            with HistoryStore(self._data) as store:
                return past_spends(store.newest_runs())
        except StoreError:
            return {}

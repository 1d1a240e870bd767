"""What each effort would take, for the effort selector: worked out in a thread, and kept."""

import asyncio
from typing import TYPE_CHECKING

from tui.history.advice_basis import EFFORT_RATIOS, effort_ratio
from tui.history.effort_matrix import spend_at_effort
from tui.reports.effort_forecast_text import effort_forecast_words
from tui.screens.past_runs import guessed_kind, matrix_model_in_use, prompt_at_hand, read_past_runs
from tui.session.store_errors import StoreError

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.screens.session_chat import SessionChat

_Key = tuple[str, str, str, int]
"""Model, effort, prompt at hand, and how many prompts there were: what a forecast holds for."""


class EffortForecast:
    """The words for each level of one session; none while they are unknown."""

    def __init__(self, chat: "SessionChat", session: "OpenSession") -> None:
        self._chat = chat
        self._session = session
        self._key: _Key | None = None
        self._words: dict[str, str] = {}

    def words(self, level: str) -> str:
        """What `level` would take; empty while that is not known."""
        return self._words.get(level, "")

    def start(self) -> None:
        """Work it out, unless what is known still holds."""
        session = self._session
        now = session.model.effort(session.state.effort)
        if now not in EFFORT_RATIOS:
            self._key, self._words = None, {}
            return
        prompt = prompt_at_hand(self._chat, session)
        key = (session.model.id, now, prompt, len(session.state.prompts))
        if key != self._key:
            self._key, self._words = key, {}
            self._chat.run_worker(self._show, group="effort", exit_on_error=False)

    async def _show(self) -> None:
        key = self._key
        if key is None:
            return
        try:
            words = await asyncio.to_thread(_forecasts, self._session, key)
        except StoreError:
            return
        if key == self._key:
            self._words = words
            self._chat.effort.rebuild()


def _forecasts(session: "OpenSession", key: _Key) -> dict[str, str]:
    """The words for each level but the present one."""
    _, now, prompt, _ = key
    model, past = matrix_model_in_use(session), read_past_runs(session)
    kind = guessed_kind(prompt, past)
    found = {}
    for level in model.efforts:
        if level != now and level in EFFORT_RATIOS:
            distribution, _, _ = spend_at_effort(past.runs, kind, level, model)
            ratio = effort_ratio(past.runs, now, level)
            found[level] = effort_forecast_words(ratio, distribution.quantile(0.5), kind)
    return found

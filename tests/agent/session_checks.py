"""What is held after every step of a random session: the gauge against the server's countdown."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from hypothesis import HealthCheck, Phase, settings

from tests.support.context import copy_of_context
from tests.support.run_session import SessionRun
from tui.agent.session_runner import SessionRunner
from tui.claude.stream_events import TextDelta
from tui.session import events as ev
from tui.session.store import SessionStore

BROKEN = ("interrupt", "fault", "kill")
"""Steps in which an answer may break off."""


def nightly() -> bool:
    """Whether there is time for many sessions."""
    return settings.get_current_profile_name() == "nightly"


def session_settings(few: int, many: int) -> settings:
    """How whole sessions are drawn: `few` by default, `many` under the profile `nightly`."""
    return settings(
        max_examples=many if nightly() else few,
        report_multiple_bugs=False,
        phases=[Phase.explicit, Phase.generate],  # shrinking a session takes minutes
        suppress_health_check=[HealthCheck.too_slow],
    )


def reopen_session(run: SessionRun, store: SessionStore) -> None:
    """Go on with a session the way a program that has just started does."""
    ctx, run.store = copy_of_context(run.ctx), store
    run.driver = SessionRunner(store, run.folded_from_disk(), ctx, ThreadPoolExecutor(1))
    run.driver.listeners.append(run.published.append)


async def kill_during_turn(run: SessionRun, prompt: str) -> None:
    """The program dies while an answer streams: nothing more is committed, and it starts again."""
    turn = asyncio.create_task(run.driver.run_turn(prompt))
    run.when(lambda item: isinstance(item, TextDelta), turn.cancel)
    await asyncio.gather(turn, return_exceptions=True)
    partial = run.store.partial()
    reopen_session(run, run.store)
    await run.driver.recover(partial.text if partial else "")


class GeneratedTokensCheck:
    """What the server says it generated, beside what the ledger charged for it."""

    def __init__(self) -> None:
        self.before = 0, 0

    async def check(self, run: SessionRun, kind: str) -> None:
        """To the token, step by step; where an answer broke off, nobody knows its end."""
        rows, charged = await run.server.ledger(), run.state.ledger.by_kind
        now = (
            sum(row["generated"] + row["summary_tokens"] for row in rows),
            charged.get("output", 0) + charged.get("summary", 0),
        )
        theirs, ours = (after - before for after, before in zip(now, self.before, strict=True))
        if kind not in BROKEN:
            assert theirs == ours, (kind, theirs, ours)
        self.before = now


class GaugeCheck:
    """What the gauge said the model sees left after each response, by the API's message id."""

    def __init__(self, *, summaries: bool = True, least: int | None = None) -> None:
        """Args:
        summaries: Whether to read it after the requests for a summary, too.
        least: The smallest total that can be told, where there is one: less left is not told.
        """
        self.left: dict[str, tuple[int, int]] = {}
        """What the gauge said, and by how much it may differ, by message id."""
        self._summaries = summaries
        self._least = least

    def follow(self, run: SessionRun) -> None:
        def read(item: object) -> None:
            event = item.event if isinstance(item, ev.Record) else None
            if not isinstance(event, ev.RequestFinished) or run.state.left is None:
                return
            request = run.state.requests[-1]
            if request.budget is not None and request.budget.total == self._least:
                return
            if self._summaries or request.purpose != "compaction":
                seen = run.state.left + run.state.dropped_tokens
                if request.purpose == "compaction":
                    # It leaves the conversation, but this request's own countdown has it.
                    seen -= event.usage.budget_output
                # Where a summary failed, no response measured what waits: an estimate is held to
                # be wrong by twice at most, and marked as one.
                unmeasured = run.state.unmeasured if event.usage.only_compacted else 0
                self.left[event.message] = (seen, (run.state.grant or 0) // 100 + unmeasured)

        run.driver.listeners.append(read)

    async def check(self, run: SessionRun) -> None:
        """After every request the gauge is within 1 % of the server's own countdown."""
        rows = {row["message_id"]: row for row in await run.server.ledger()}
        for message, (left, most) in self.left.items():
            row = rows[message]
            if row["after"] is not None and row["kind"] == "message":
                assert abs(left - row["after"]) <= most, (row, left)
        self.left.clear()

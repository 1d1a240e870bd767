"""A team under one rate limit: its agents wait for each other's requests, and all are done."""

from pathlib import Path
from typing import Any

from tests.support.run_team import GLOB, LEAD, delegate, run_team, says
from tui.agent.request_scheduler import RateAllowance
from tui.agent.turn_items import ToolOutput


async def test_the_agents_share_the_limit_of_the_session_and_say_when_they_wait(tmp_path: Path):
    """Two requests a minute: the lead's first and one of an agent; all others have to wait."""
    replies: Any = {
        LEAD: [(delegate("explore", "a"), delegate("explore", "b")), (says(20),)],
        "explore-1": [(GLOB,), (says(20),)],
    }
    async with run_team(tmp_path, replies) as run:
        scheduler = run.run.ctx.services.pacing.scheduler
        scheduler.allow(RateAllowance(own={"requests": 2}))
        await run.run.driver.run_turn("go")
        assert {each.state for each in run.team.agents.values()} == {"done"}
        told = [item.text for item in run.run.published if isinstance(item, ToolOutput)]
        assert [text for text in told if text.endswith(" used · paced: 0 requests/min left")]
        assert "paced" not in [text for text in told if "explore-1" in text][-1]
        assert len(await run.run.server.ledger()) == 5

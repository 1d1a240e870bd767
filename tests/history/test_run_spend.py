"""What a run cost, to the token: all that its session charged is in one run."""

from pathlib import Path

from tests.support.run_session import run_session
from tests.support.run_team import says
from tui.budget.wire_budget import CountingRules
from tui.history.own_runs import own_runs


async def test_a_summary_between_two_prompts_is_in_the_run_before_it(tmp_path: Path):
    replies = ([says(500)], [says(60)], [says(40)])
    async with run_session(tmp_path, *replies) as run:
        await run.driver.run_turn("go")
        await run.driver.compact()
        (alone,) = own_runs(list(run.store.records()), CountingRules())
        assert alone.spend == run.state.ledger.charged > 500 + 60
        await run.driver.run_turn("now something else")
        runs = own_runs(list(run.store.records()), CountingRules())
        assert runs[0].spend == alone.spend
        assert sum(each.spend for each in runs) == run.state.ledger.charged
        assert sum(each.requests for each in runs) == 3

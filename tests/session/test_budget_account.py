"""The account over several prompts: envelopes, what is told late, what a summary leaves."""

import pytest

from tests.session.folded_log import FoldedLog
from tui.budget.wire_budget import CountingRules, Scope, WireBudget
from tui.session import events as ev


@pytest.mark.parametrize(("scope", "stage"), [("session", "descent"), ("turn", "")])
def test_a_stage_is_announced_again_where_the_prompt_has_a_budget_of_its_own(
    scope: Scope, stage: str
):
    log = FoldedLog()
    log.append(ev.BudgetGranted(total=50_000, scope=scope))
    log.prompt()
    log.append(ev.StageCrossed(stage="descent", charged=36_000, grant=50_000))
    log.end()
    log.prompt()
    assert log.state.stage == stage


def test_each_prompt_has_the_whole_grant_without_the_extension_of_another():
    log = FoldedLog()
    log.append(ev.BudgetGranted(total=50_000, scope="turn"))
    log.prompt()
    log.request()
    log.response(100, 7_000)
    log.append(ev.BudgetExtended(by=10_000))
    assert (log.state.grant, log.state.left) == (60_000, 53_000)
    log.end()
    log.prompt()
    assert (log.state.grant, log.state.left) == (50_000, 50_000)


def test_a_budget_granted_within_a_prompt_has_paid_for_all_of_it():
    log = FoldedLog()
    log.prompt()
    log.request()
    log.response(100, 4_000)
    log.end()
    log.prompt()
    log.request()
    log.response(4_100, 7_000)
    log.append(ev.BudgetGranted(total=50_000, scope="turn"))
    assert log.state.left == 43_000
    log.append(ev.BudgetGranted(total=50_000, scope="session"))
    assert log.state.left == 39_000
    log.append(ev.BudgetGranted(total=None))
    assert log.state.left is None


@pytest.mark.parametrize(
    ("lost", "sent"),
    [
        (1_000, WireBudget(100_000)),  # 1 % exactly: not worth a cache miss
        (1_001, WireBudget(100_000, 98_999)),
    ],
)
def test_more_than_a_hundredth_that_vanished_is_told_with_the_next_prompt(
    lost: int, sent: WireBudget
):
    log = FoldedLog()
    log.append(ev.BudgetGranted(total=100_000))
    log.prompt()
    log.request()
    log.append(ev.RequestFailed(request=1, reason="fault", output=lost, message="msg_x"))
    log.end()
    log.prompt()
    assert log.state.wire_budget() == sent


@pytest.mark.parametrize(("prompts", "counted"), [(False, 0), (True, 40)])
def test_a_note_that_waits_on_behind_a_summary_is_counted_where_prompts_are(
    prompts: bool, counted: int
):
    """Beside results the server counts it; alone it is like a prompt."""
    log = FoldedLog(CountingRules(charges_prompts=prompts))
    log.append(ev.BudgetGranted(total=100_000))
    log.prompt()
    log.request()
    log.response(100, 200, "toolu_1")
    log.result("toolu_1", 300)
    log.append(ev.NoteSent(text="and the tests", reason="steering", estimate=40))
    summary = {"role": "user", "content": [{"type": "text", "text": "<summary>x</summary>"}]}
    before = log.state.charged
    log.append(ev.Rewritten(reason="compaction", messages=(summary,), keeps_texts=True))
    assert (log.state.counted_tokens(), log.state.charged) == (counted, before)

"""What the price of a plan rests on, and how logs teach the ratio of actual to estimated tokens."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.history.old_stores import make_older
from tests.history.task_runs import task
from tui.budget.ledger import Usage
from tui.budget.wire_budget import CountingRules
from tui.claude.catalogue import load_catalogue
from tui.claude.work_on_models import matrix_model
from tui.history.history_store import HistoryStore, ReadFile
from tui.history.own_runs import own_runs
from tui.history.plan_pricing import PlanPricing, PricingHistory, estimate_outcomes, price_plan
from tui.history.task_run import TaskRun
from tui.session import events as ev
from tui.session.checklist import SubtaskUpdate
from tui.session.filed_plan import AgreedItem, AgreedQuote, FiledPlan, PlanItem

CATALOGUE = load_catalogue()
MODEL = matrix_model(CATALOGUE, CATALOGUE.model("claude-opus-5-5"), date(2026, 12, 1))
PLAN = FiledPlan(
    items=(
        PlanItem(id="a", title="parse.py", estimate=4_000),
        PlanItem(id="b", title="lexer.py", estimate=6_000),
    )
)


def measured(estimated: float, spend: int, **more: Any) -> TaskRun:
    return task(spend, estimated=estimated, estimate_spend=spend, plan_done=True, **more)


def priced(*runs: TaskRun, plan: FiledPlan = PLAN, **more: Any) -> PlanPricing:
    past = PricingHistory(runs)
    return price_plan(plan, "bug fix", past, MODEL, **({"effort": "high"} | more))


def test_without_history_the_estimates_hold_and_the_published_range_stands_beside_them():
    found = priced()
    assert found.quote().total.tokens == 10_000
    assert (found.told, found.ratio.plans) == (2, 0)
    # A bug fix: from 10,000 to 40,000, centre 20,000, nine in ten below 50,000.
    assert round(found.median) == 20_000
    assert round(found.history.tokens) == 50_000


def test_efforts_are_dated_defaults_beside_the_effort_of_the_plan():
    found = priced(effort="medium")
    assert {e: found.quote(effort=e).total.tokens for e in found.effort_factors} == {
        "low": 7_500,  # 0.6 / 0.8
        "medium": 10_000,
        "high": 12_500,
        "xhigh": 15_000,
        "max": 18_750,
    }


def test_dollars_come_from_the_session_where_it_measured_a_price():
    found = priced(token_price=Decimal("0.00002"))
    assert found.dollars(10_000) == Decimal("0.2")


def test_estimates_of_another_model_are_in_its_tokens():
    assert priced(scale=1.3).estimates == {"a": 5_200, "b": 7_800}


def test_a_plan_without_estimates_shares_what_half_of_such_tasks_take():
    plan = FiledPlan(items=(PlanItem(id="a", title="A"), PlanItem(id="b", title="B")))
    assert priced(plan=plan).estimates == {"a": 10_000, "b": 10_000}


def test_three_plans_of_the_kind_are_enough_to_leave_out_those_of_other_kinds():
    own = [measured(1_000, 2_000)] * 3
    others = [measured(1_000, 9_000, kind="feature")] * 5
    assert estimate_outcomes([*own, *others], "bug fix") == (
        estimate_outcomes(own, "other")[0],
        True,
    )
    few = estimate_outcomes([*own[:2], *others], "bug fix")
    assert (len(few[0]), few[1]) == (7, False)


def test_a_plan_that_landed_near_its_budget_or_was_not_done_counts_as_cut():
    (hurried,) = estimate_outcomes([measured(1_000, 2_000, budget=2_050)], "other")[0]
    (landed,) = estimate_outcomes([measured(1_000, 2_000, end="landed")], "other")[0]
    assert not hurried.finished
    assert not landed.finished
    assert estimate_outcomes([task(2_000)], "other")[0] == []


def test_agreeing_keeps_what_is_not_dropped_with_ids_that_the_session_does_not_have():
    quote = priced().agreed({"b"}, "xhigh", taken={"a", "a-2"})
    assert [(i.id, i.estimate, i.quoted) for i in quote.items] == [("a-3", 4_000, 4_800)]
    assert (quote.estimated, quote.effort, quote.budget) == (4_800, "xhigh", 20_000)


# The fold over logs -------------------------------------------------------------------


def log(*events: ev.Event) -> list[ev.Record]:
    return [ev.Record(seq, float(seq), event) for seq, event in enumerate(events, 1)]


def request(number: int, turn: int, output: int) -> list[ev.Event]:
    return [
        ev.RequestStarted(request=number, turn=turn, model="claude-opus-5-5", effort="high",
                          max_tokens=9_000, budget=None, messages=1),
        ev.RequestFinished(request=number, message=f"m{number}", model="claude-opus-5-5",
                           blocks=({"type": "text", "text": "ok"},),
                           usage=Usage(input=100, output=output), raw_usage={},
                           stop_reason="end_turn"),
    ]  # fmt: skip


def prompt(turn: int, text: str) -> ev.Event:
    return ev.PromptSubmitted(turn=turn, text=text, content=({"type": "text", "text": text},))


START = ev.SessionStarted(
    session="s", folder="/p", program="0", model="claude-opus-5-5", effort="high", mode="plan"
)
AGREED = AgreedQuote(
    items=(AgreedItem(id="a", title="A", estimate=4_000, quoted=4_000),
           AgreedItem(id="b", title="B", estimate=1_000, quoted=1_000)),
    low=1, high=2, estimated=6_000, budget=20_000, kind="bug fix",
)  # fmt: skip


def planned() -> list[ev.Event]:
    return [
        START,
        prompt(1, "Fix the crash in the parser"),
        *request(1, 1, 500),
        ev.PlanFiled(turn=1, plan=PLAN),
        ev.TurnEnded(turn=1, reason="completed"),
    ]


def states(**by_id: str) -> ev.Event:
    updates = tuple(SubtaskUpdate(id=id, title=id, state=s) for id, s in by_id.items())  # type: ignore[arg-type]
    return ev.ChecklistChanged(updates=updates)


def worked(*more: ev.Event) -> list[ev.Event]:
    return [
        *planned(),
        ev.QuoteAgreed(quote=AGREED),
        states(a="pending", b="pending"),
        ev.ModeChanged(mode="edits"),
        prompt(2, "Go ahead with the agreed plan"),
        *request(2, 2, 7_000),
        *more,
        ev.TurnEnded(turn=2, reason="completed"),
    ]


def runs_of(events: Sequence[ev.Event]) -> list[tuple[str, int, float, int, bool]]:
    return [
        (run.end, run.spend, run.estimated, run.estimate_spend, run.plan_done)
        for run in own_runs(log(*events), CountingRules())
    ]


def test_a_plan_that_nobody_agreed_to_is_no_task():
    assert runs_of(planned()) == [("planned", 500, 0.0, 0, False)]
    assert task(500, end="planned").outcome is None


def test_plan_and_work_are_one_run_and_the_ratio_leaves_out_what_the_plan_took():
    assert runs_of(worked(states(a="done", b="done"))) == [("completed", 7_500, 6_000, 7_000, True)]


def test_items_given_up_leave_the_estimate_and_open_ones_leave_the_plan_undone():
    # 6,000 for 5,000 estimated tokens: the factor of the agreed effort is 1.2.
    assert runs_of(worked(states(a="done", b="skipped"))) == [
        ("completed", 7_500, 4_800, 7_000, True)
    ]
    assert runs_of(worked(states(a="done")))[0][4] is False


def test_a_checklist_that_nobody_agreed_to_teaches_as_well():
    updates = (SubtaskUpdate(id="a", title="A", estimate=3_000),)
    events = [
        START,
        prompt(1, "Fix it"),
        *request(1, 1, 200),
        ev.ChecklistChanged(updates=updates),
        *request(2, 1, 4_000),
        ev.ChecklistChanged(updates=(SubtaskUpdate(id="a", state="done", estimate=4_100),)),
        ev.TurnEnded(turn=1, reason="completed"),
    ]
    assert runs_of(events) == [("completed", 4_200, 3_000, 4_000, True)]


def test_a_store_of_the_version_before_keeps_its_runs_and_gets_the_new_columns(tmp_path: Path):
    with HistoryStore(tmp_path) as store:
        store.replace(ReadFile("codex", "f", "1"), [task(5_000, source="codex")])
        store.replace(ReadFile("glideslope", "g", "1"), [task(6_000)])
    make_older(tmp_path / "history.db", 1)
    with HistoryStore(tmp_path) as store:
        assert [(run.spend, run.estimated) for _, run in store.runs()] == [(5_000, 0), (6_000, 0)]
        assert store.stamps("glideslope") == {"g": ""}  # read again at the next look
        assert store.stamps("codex") == {"f": "1"}


@pytest.mark.parametrize("done", [True, False])
def test_the_store_gives_back_the_estimates(tmp_path: Path, done: bool):
    run = task(9_000, estimated=7_000.5, estimate_spend=8_000, plan_done=done)
    with HistoryStore(tmp_path) as store:
        store.replace(ReadFile("glideslope", "f", "1"), [run])
        ((_, found),) = store.runs()
    assert found.outcome == run.outcome

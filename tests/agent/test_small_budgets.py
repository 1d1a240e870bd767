"""Budgets under the API's minimum: given where the API is sent none, and never sent to it."""

from pathlib import Path

import pytest

from tests.support.context import change_context
from tests.support.run_session import SessionRun, run_session
from tui.agent.budget_requests import BudgetRefused, grant_tokens, unsupported_budget_warning
from tui.agent.budget_visibility import api_announces_budget, minimum_budget
from tui.budget.stages import Stage, reserve, stage
from tui.claude.catalogue import Model
from tui.session import events as ev
from tui.simulator.scripted_model.model_input import ScriptedText


def model_of(run: SessionRun) -> Model:
    return run.ctx.services.catalogue.model(run.state.model)


def least_budget(run: SessionRun) -> int:
    return minimum_budget(model_of(run), run.ctx.run)


@pytest.mark.parametrize(
    ("grant", "kept"),
    [
        (1, 0),
        (420, 105),
        (5_000, 1_250),
        (8_000, 2_000),
        (20_000, 2_000),
        (60_000, 4_800),
        (1_000_000, 12_000),
    ],
)
def test_the_reserve_of_a_small_budget_is_a_part_of_it(grant: int, kept: int):
    assert reserve(grant) == kept


def test_a_small_budget_goes_through_its_stages():
    stages = [stage(420, used) for used in (0, 293, 294, 314, 315, 420, 421)]
    assert stages == [
        Stage.CRUISE,
        Stage.CRUISE,
        Stage.DESCENT,
        Stage.DESCENT,
        Stage.LANDING,
        Stage.LANDING,
        Stage.OVERRUN,
    ]


async def test_a_model_told_by_notes_takes_any_budget_and_none_is_sent(tmp_path: Path):
    async with run_session(
        tmp_path, (ScriptedText("a"),), model="claude-sonnet-4-6", budget=None
    ) as run:
        assert least_budget(run) == 1
        await run.driver.commit(
            grant_tokens(run.state, {}, 420, "session", "test", minimum=least_budget(run))
        )
        await run.driver.run_turn("go")
        assert run.state.last_end is not None and run.state.last_end.reason == "completed"
        assert all(row["total"] is None for row in await run.server.ledger())
        (note,) = [each for each in run.events(ev.NoteSent) if each.reason == "countdown"]
        assert "420 of 420" in note.text


async def test_a_model_told_by_the_api_takes_none_under_its_minimum(tmp_path: Path):
    async with run_session(tmp_path, (ScriptedText("a"),), budget=None) as run:
        least = least_budget(run)
        with pytest.raises(BudgetRefused, match="20,000 or more"):
            grant_tokens(run.state, {}, 19_999, "session", "test", minimum=least)
        change_context(run.ctx, server_supports_task_budget=False)
        least = least_budget(run)
        assert grant_tokens(run.state, {}, 5_000, "session", "test", minimum=least).total == 5_000


async def test_a_switch_to_a_model_told_by_the_api_says_that_a_small_budget_is_not_sent(
    tmp_path: Path,
):
    replies = [(ScriptedText("a"),), (ScriptedText("b"),), (ScriptedText("c"),)]
    async with run_session(tmp_path, *replies, model="claude-sonnet-4-6", budget=5_000) as run:
        await run.driver.run_turn("go")
        await run.driver.commit(ev.ModelChanged(model="claude-opus-5-5", effort=None))
        assert unsupported_budget_warning(
            run.state, model_of(run), run.ctx.run, run.ctx.settings.host
        ) == (
            "A budget of 5,000 tokens is under the API's minimum of 20,000, so the API does not "
            "count it down: the program tells Opus 5.5 in notes what is left."
        )
        await run.driver.run_turn("go on")
        assert run.state.last_end is not None and run.state.last_end.reason == "completed"
        assert all(row["total"] is None for row in await run.server.ledger())
        notes = [each for each in run.events(ev.NoteSent) if each.reason == "countdown"]
        assert len(notes) == 2
        await run.driver.commit(ev.BudgetExtended(by=45_000))
        assert api_announces_budget(run.state, model_of(run), run.ctx.run)
        await run.driver.run_turn("and on")
        assert (await run.server.ledger())[-1]["total"] >= 50_000

"""Budgets under the API's minimum: given where the API is sent none, and never sent to it."""

from pathlib import Path

import pytest
from flight import flight

from tui.agent.grants import NotGranted, give, unseen
from tui.agent.telling import api_tells, least_budget
from tui.budget.stages import Stage, reserve, stage
from tui.session import events as ev
from tui.simulator.pilot.situation import Text


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
def test_the_reserve_of_a_small_budget_is_a_part_of_it(grant: int, kept: int) -> None:
    assert reserve(grant) == kept


def test_a_small_budget_goes_through_its_stages() -> None:
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


async def test_a_model_told_by_notes_takes_any_budget_and_none_is_sent(tmp_path: Path) -> None:
    async with flight(tmp_path, (Text("a"),), model="claude-sonnet-4-6", budget=None) as f:
        assert least_budget(f.state, f.means) == 1
        await f.driver.record(
            give(f.state, {}, 420, "session", "test", least=least_budget(f.state, f.means))
        )
        await f.driver.turn("go")
        assert f.state.last_end is not None and f.state.last_end.reason == "completed"
        assert all(row["total"] is None for row in await f.server.ledger())
        (note,) = [each for each in f.events(ev.NoteSent) if each.reason == "countdown"]
        assert "420 of 420" in note.text


async def test_a_model_told_by_the_api_takes_none_under_its_minimum(tmp_path: Path) -> None:
    async with flight(tmp_path, (Text("a"),), budget=None) as f:
        least = least_budget(f.state, f.means)
        with pytest.raises(NotGranted, match="20,000 or more"):
            give(f.state, {}, 19_999, "session", "test", least=least)
        f.means.knows_budgets = False
        least = least_budget(f.state, f.means)
        assert give(f.state, {}, 5_000, "session", "test", least=least).total == 5_000


async def test_a_switch_to_a_model_told_by_the_api_says_that_a_small_budget_is_not_sent(
    tmp_path: Path,
) -> None:
    replies = [(Text("a"),), (Text("b"),), (Text("c"),)]
    async with flight(tmp_path, *replies, model="claude-sonnet-4-6", budget=5_000) as f:
        await f.driver.turn("go")
        await f.driver.record(ev.ModelChanged(model="claude-opus-5-5", effort=None))
        assert unseen(f.state, f.means) == (
            "A budget of 5,000 tokens is under the API's minimum of 20,000: it is not sent, and "
            "notes tell Opus 5.5 what is left."
        )
        await f.driver.turn("go on")
        assert f.state.last_end is not None and f.state.last_end.reason == "completed"
        assert all(row["total"] is None for row in await f.server.ledger())
        notes = [each for each in f.events(ev.NoteSent) if each.reason == "countdown"]
        assert len(notes) == 2
        await f.driver.record(ev.BudgetExtended(by=45_000))
        assert api_tells(f.state, f.means)
        await f.driver.turn("and on")
        assert (await f.server.ledger())[-1]["total"] >= 50_000

"""Every response is priced once, at the rates of its day, and the rates stand in its event."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.agent.cached_conversation import read_then_answer, run_first_turn
from tests.support.context import change_context
from tests.support.run_session import run_session
from tests.support.state_equality import assert_states_equal
from tui.claude.catalogue import load_catalogue
from tui.claude.stream_events import TextDelta
from tui.session import events as ev

DEARER = load_catalogue(
    {
        "models": {
            "claude-opus-5-5": {
                "rates": [
                    {
                        "since": "1970-01-01",  # when the clock of the test begins
                        "input": 40,
                        "output": 200,
                        "cache_write_5m": 50,
                        "cache_write_1h": 80,
                        "cache_read": 2,
                    }
                ]
            }
        }
    }
)
UNKNOWN = load_catalogue({"models": {"claude-opus-5-5": {"rates": []}}})


def worth(event: Any) -> Decimal:
    """What the usage of an event costs at the rates in it, by hand."""
    usage, rates = event.usage, {k: Decimal(str(v)) for k, v in event.rates.items() if k != "since"}
    return (
        usage.input * rates["input"]
        + usage.cache_write_5m * rates["cache_write_5m"]
        + usage.cache_write_1h * rates["cache_write_1h"]
        + usage.cache_read * rates["cache_read"]
        + usage.output * rates["output"]
    ) / 1_000_000


async def test_a_changed_list_prices_what_comes_and_leaves_what_was(tmp_path: Path):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        await run_first_turn(run)
        spent = run.state.bill.dollars
        assert spent is not None
        change_context(run.ctx, catalogue=DEARER)
        await run.driver.run_turn("second")
        change_context(run.ctx, catalogue=UNKNOWN)
        await run.driver.run_turn("third")
        first, second, third = (run.events(ev.RequestFinished)[n : n + 2] for n in (0, 2, 4))
        assert sum(event.dollars for event in first) == spent
        assert [event.rates["input"] for event in (*first, *second)] == ["4", "4", "40", "40"]
        for event in (*first, *second):
            assert event.dollars == worth(event)
        assert [(event.dollars, event.rates) for event in third] == [(None, None)] * 2
        assert run.state.bill.dollars == spent + sum(event.dollars for event in second)
        assert run.state.bill.unpriced == 2
        assert_states_equal(run.state, run.folded_from_disk())


async def test_a_broken_answer_has_its_rates_as_well(tmp_path: Path):
    async with run_session(tmp_path, respond=read_then_answer) as run:
        run.when(lambda item: isinstance(item, TextDelta), run.driver.interrupt)
        await run_first_turn(run)
        (failed,) = run.events(ev.RequestFailed)
        assert failed.rates["output"] == "20"
        assert failed.dollars == worth(failed) > 0

"""Hard limits in a running turn: raised, kept over a restart, held by caps, told in full."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from tests.agent.managed_caps import read_managed_caps
from tests.support.context import change_context, copy_of_context
from tests.support.run_session import SessionRun, run_session
from tests.support.simulator import words
from tui.agent.effective_limits import limits_in_force
from tui.agent.session_runner import Published, SessionRunner
from tui.agent.user_inbox import PermissionAnswer
from tui.budget.hard_limits import HardLimits
from tui.claude.stream_events import TextDelta
from tui.session import events as ev
from tui.session.meter_readings import read_meters
from tui.simulator.scripted_model.model_input import ScriptedText, ScriptedToolUse

CALL = ScriptedToolUse("bash", {"command": "true"})
TOUCH = ScriptedToolUse("bash", {"command": "touch ran"})
LANDING = ScriptedText(words(18_500))
"""Uses a grant of 20,000 up to its reserve."""


def reached(item: Published) -> bool:
    return isinstance(item, ev.Record) and isinstance(item.event, ev.LimitReached)


def restart(session_run: SessionRun, **changes: Any) -> None:
    """The program ends and comes back: everything it knows is what the log says."""
    fresh = copy_of_context(session_run.ctx, hard_limits=HardLimits(), **changes)
    session_run.driver = SessionRunner(
        session_run.store, session_run.folded_from_disk(), fresh, ThreadPoolExecutor(1)
    )
    session_run.driver.listeners.append(session_run.published.append)


def asked(item: Published) -> bool:
    return isinstance(item, ev.Record) and isinstance(item.event, ev.PermissionAsked)


def ended(session_run: SessionRun) -> tuple[str, str]:
    end = session_run.state.last_end
    assert end is not None
    return end.reason, end.sentence


async def test_a_raised_limit_goes_on_in_place_and_outlives_the_program(tmp_path: Path):
    async with run_session(
        tmp_path, (CALL,), (CALL,), (ScriptedText("end"),), (ScriptedText("more"),)
    ) as session_run:
        change_context(session_run.ctx, limit_policy="ask", hard_limits=HardLimits(requests=2))
        session_run.when(reached, lambda: session_run.driver.answer_limit("extend"))
        await session_run.driver.run_turn("go")
        assert ended(session_run)[0] == "completed"
        (asked,) = session_run.events(ev.LimitReached)
        assert asked.raise_to == 4  # half of itself more, and one
        assert session_run.ctx.settings.hard_limits == HardLimits(requests=2), (
            "the settings are not touched"
        )
        restart(session_run)
        assert limits_in_force(session_run.state, session_run.ctx.settings) == HardLimits(
            requests=4
        )


async def test_paused_at_a_limit_in_dollars_restarted_raised_and_gone_on(tmp_path: Path):
    async with run_session(tmp_path, (TOUCH,), (ScriptedText("end"),)) as session_run:
        change_context(session_run.ctx, limit_policy="pause")
        await session_run.driver.commit(
            ev.LimitSet(limit="dollars", value=Decimal("0.0001"), source="test")
        )
        await session_run.driver.run_turn("go")
        reason, sentence = ended(session_run)
        assert reason == "paused"
        assert "To go on, set /config limits.dollars 0.01 and send another prompt." in sentence
        restart(session_run)
        await session_run.driver.run_turn("go on")
        assert ended(session_run)[0] == "paused", "it holds after a restart"
        restart(session_run)
        await session_run.driver.commit(
            ev.LimitSet(limit="dollars", value=Decimal(1), source="test")
        )
        await session_run.driver.run_turn("go on")
        assert ended(session_run)[0] == "completed"
        assert (session_run.folder / "ran").exists()


async def test_paused_at_the_reserve_restarted_extended_and_gone_on(tmp_path: Path):
    replies = [(LANDING, TOUCH), (TOUCH,), (ScriptedText("end"),)]
    async with run_session(tmp_path, *replies, budget=20_000) as session_run:
        change_context(session_run.ctx, limit_policy="pause")
        await session_run.driver.run_turn("go")
        assert ended(session_run) == (
            "paused",
            f"Paused at the reserve: {session_run.state.left:,} of 20,000 tokens left. "
            "To go on, add tokens with /budget +20k.",
        )
        assert not (session_run.folder / "ran").exists()
        restart(session_run)
        await session_run.driver.commit(ev.BudgetExtended(by=20_000))
        await session_run.driver.run_turn("go on")
        assert ended(session_run)[0] == "completed"
        assert (session_run.folder / "ran").exists()
        left = session_run.state.left
        assert left is not None and abs(left - await session_run.countdown()) <= 400


OVER = ScriptedText(words(21_234))
"""More than a grant of 20,000."""


@pytest.mark.parametrize(
    ("on_limit", "reason"), [("wrap", "landed"), ("pause", "paused"), ("stop", "stopped")]
)
async def test_a_prompt_of_an_overrun_session_sends_nothing(
    tmp_path: Path, on_limit: Any, reason: str
):
    async with run_session(
        tmp_path, (OVER,), (ScriptedText("never"),), budget=20_000
    ) as session_run:
        await session_run.driver.run_turn("go")
        change_context(session_run.ctx, limit_policy=on_limit)
        await session_run.driver.run_turn("more")
        assert ended(session_run)[0] == reason
        assert "tokens over the budget of 20,000" in ended(session_run)[1]
        assert len(await session_run.server.ledger()) == 1, "nothing was sent"


async def test_a_prompt_of_an_overrun_session_is_asked_about_and_goes_on(tmp_path: Path):
    async with run_session(
        tmp_path, (OVER,), (ScriptedText("the end"),), budget=20_000
    ) as session_run:
        await session_run.driver.run_turn("go")
        change_context(session_run.ctx, limit_policy="ask")
        answers = iter([300, 20_000])

        def answer(item: Published) -> None:
            if reached(item):
                session_run.driver.answer_limit("extend", next(answers))

        session_run.driver.listeners.append(answer)
        await session_run.driver.run_turn("more")
        first, second = session_run.events(ev.LimitReached)
        assert first.limit == second.limit == "budget"
        assert re.fullmatch(
            r"Your prompt was not sent: you were already 1,2\d\d tokens over the budget of "
            r"20,000\.",
            first.sentence,
        )
        assert ended(session_run)[0] == "completed"
        assert session_run.state.grant == 40_300


async def test_what_a_cap_does_not_allow_is_not_offered(tmp_path: Path):
    async with run_session(
        tmp_path, (LANDING, CALL), (ScriptedText("end"),), budget=20_000
    ) as session_run:
        change_context(session_run.ctx, caps=read_managed_caps(tmp_path, task_budget=25_000))
        await session_run.driver.run_turn("go")
        (asked,) = session_run.events(ev.LimitReached)
        assert (asked.extend_by, asked.extend_most) == (5_000, 5_000)
        assert asked.cap == ("The cap of Platform team is 25,000 tokens and resets on Mondays.")


@pytest.mark.parametrize(
    ("limits", "cap"),
    [
        ({"requests": 1}, {"limits__requests": 1}),
        ({"dollars": Decimal("0.01")}, {"limits__dollars": "0.01"}),
    ],
)
async def test_no_answer_raises_a_limit_above_its_cap(
    tmp_path: Path, limits: dict[str, Any], cap: dict[str, Any]
):
    async with run_session(
        tmp_path, (ScriptedText(words(400)), CALL), (ScriptedText("end"),)
    ) as session_run:
        change_context(session_run.ctx, limit_policy="ask", hard_limits=HardLimits(**limits))
        change_context(session_run.ctx, caps=read_managed_caps(tmp_path, **cap))
        session_run.when(reached, lambda: session_run.driver.answer_limit("extend"))
        await session_run.driver.run_turn("go")
        (asked,) = session_run.events(ev.LimitReached)
        assert asked.raise_to is None
        assert "Platform team" in asked.cap
        (refused,) = session_run.events(ev.ErrorShown)
        assert "the cap of Platform team is" in refused.sentence
        assert ended(session_run)[0] == "paused", "never on"
        assert not session_run.events(ev.LimitSet)


async def test_no_answer_extends_a_budget_above_its_cap(tmp_path: Path):
    async with run_session(
        tmp_path, (LANDING, TOUCH), (ScriptedText("end"),), budget=20_000
    ) as session_run:
        change_context(
            session_run.ctx,
            limit_policy="ask",
            caps=read_managed_caps(tmp_path, task_budget=25_000),
        )
        session_run.when(reached, lambda: session_run.driver.answer_limit("extend", 30_000))
        await session_run.driver.run_turn("go")
        (refused,) = session_run.events(ev.ErrorShown)
        assert refused.sentence == (
            "50,000 tokens is more than allowed: the cap of Platform team is 25,000 tokens and "
            "resets on Mondays."
        )
        assert ended(session_run)[0] == "paused"
        assert session_run.state.grant == 20_000
        assert not (session_run.folder / "ran").exists()


async def test_a_cap_holds_over_what_an_older_log_allowed(tmp_path: Path):
    async with run_session(tmp_path, (CALL,), (CALL,), (ScriptedText("end"),)) as session_run:
        await session_run.driver.commit(
            ev.LimitSet(limit="requests", value=Decimal(9), source="test")
        )
        restart(session_run, caps=read_managed_caps(tmp_path, limits__requests=1))
        await session_run.driver.run_turn("go")
        assert ended(session_run) == (
            "hard_limit",
            "The limit of 1 request a turn is reached: 1 made. Raise limits.requests in the "
            "settings to allow more; with the next prompt the count starts from 0.",
        )


OWING = ev.LimitSet(limit="dollars", value=Decimal(5), source="test", budget="session")
"""Five dollars, of which a token budget follows."""


def paid_at_first(session_run: SessionRun) -> Decimal:
    """Dollars of what the first request wrote, as its usage says: 8 and 5 dollars a million."""
    usage = session_run.events(ev.RequestFinished)[0].usage
    tokens = usage.cache_write_1h * 8 + usage.cache_write_5m * 5 + usage.input * 4
    return Decimal(tokens) / 1_000_000


async def test_dollars_become_a_token_budget_once_enough_is_used_to_tell_the_price(
    tmp_path: Path,
):
    replies = [
        (ScriptedText(words(2_000)),),
        (ScriptedText(words(4_000)),),
        (ScriptedText(words(500)),),
    ]
    async with run_session(tmp_path, *replies, budget=None) as session_run:
        await session_run.driver.commit(OWING)
        await session_run.driver.run_turn("go")
        assert session_run.events(ev.BudgetGranted) == [], "2,000 tokens say little"
        await session_run.driver.run_turn("and on")
        (given,) = session_run.events(ev.BudgetGranted)
        answers = session_run.events(ev.RequestFinished)
        charged = sum(each.usage.output for each in answers)
        billed = sum((each.dollars for each in answers), Decimal(0))
        assert 5_000 <= charged < 7_000
        bought = (5 - billed) * charged / (billed - paid_at_first(session_run))
        assert given.total == (charged + int(bought) // 1_000 * 1_000) // 1_000 * 1_000
        assert given.dollars == 5
        said = session_run.events(ev.NoticeShown)[0]
        assert f"Budget: {given.total:,} tokens, computed once: $5.00 at $" in said.sentence
        await session_run.driver.run_turn("again")
        assert [event.budget for event in session_run.events(ev.RequestStarted)][:2] == [None, None]
        assert session_run.events(ev.RequestStarted)[2].budget.total == given.total
        assert session_run.events(ev.BudgetGranted) == [given], "once"
        left = session_run.state.left
        assert left is not None and abs(left - await session_run.countdown()) <= given.total // 100


async def test_in_mid_turn_the_budget_comes_before_new_results_are_cached_and_says_its_price(
    tmp_path: Path,
):
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "long.txt").write_text(
        "a line of nine words that fills the file\n" * 800
    )
    read = ScriptedToolUse("read", {"path": "long.txt"})
    replies = [
        (ScriptedText(words(1_500)), read),
        (ScriptedText(words(500)),),
        (ScriptedText("end"),),
    ]
    async with run_session(tmp_path, *replies, budget=None) as session_run:
        change_context(session_run.ctx, now=session_run.clock)
        await session_run.driver.commit(OWING)
        await session_run.driver.run_turn("go")
        (given,) = session_run.events(ev.BudgetGranted)
        first, second = session_run.events(ev.RequestStarted)
        assert (first.budget, second.budget.total) == (None, given.total)
        budget, price = (each.sentence for each in session_run.events(ev.NoticeShown))
        assert "$5.00 at ≈ $" in budget, "what the results cost is an estimate yet"
        assert "The next request costs <$0.01 more: it writes" in price
        one, two = (each.usage for each in session_run.events(ev.RequestFinished))
        assert two.cache_read == one.cache_write_1h, "the short conversation is all that is lost"
        assert session_run.state.prompt_cache.misses == 0, "and it was no surprise"
        left = session_run.state.left
        assert left is not None and abs(left - await session_run.countdown()) <= given.total // 100
        assert session_run.folded_from_disk().grant == given.total


async def test_a_model_told_by_notes_hears_of_the_budget_with_the_results_that_wait(
    tmp_path: Path,
):
    replies = [(ScriptedText(words(9_000)), CALL), (ScriptedText("end"),)]
    model = "claude-sonnet-4-6"
    async with run_session(tmp_path, *replies, budget=None, model=model) as session_run:
        limit = ev.LimitSet(limit="dollars", value=Decimal("0.25"), source="test", budget="session")
        await session_run.driver.commit(limit)
        await session_run.driver.run_turn("go")
        (given,) = session_run.events(ev.BudgetGranted)
        assert given.total < 20_000, "only the API refuses small ones"
        (note,) = session_run.events(ev.NoteSent)
        assert f"of {given.total:,} tokens left" in note.text


async def test_the_token_budget_of_dollars_is_still_owed_after_a_restart(tmp_path: Path):
    replies = [(ScriptedText(words(3_000)),), (ScriptedText(words(3_000)),)]
    async with run_session(tmp_path, *replies, budget=None) as session_run:
        await session_run.driver.commit(structs.replace(OWING, budget="turn"))
        await session_run.driver.run_turn("go")
        restart(session_run)
        assert session_run.state.pending_dollar_limit is not None
        await session_run.driver.run_turn("go on")
        (given,) = session_run.events(ev.BudgetGranted)
        assert given.scope == "turn"
        assert session_run.state.pending_dollar_limit is None


async def test_a_clock_set_back_in_mid_turn_keeps_working_time_and_the_limit_in_minutes(
    tmp_path: Path,
):
    """Ten minutes of work, then the clock goes back an hour, then six minutes more."""
    times = {"bash": iter([600.0, -3_600.0, 360.0, 0.0])}
    async with run_session(
        tmp_path, (CALL,), (CALL,), (CALL,), (CALL,), (ScriptedText("end"),)
    ) as session_run:
        change_context(session_run.ctx, hard_limits=HardLimits(minutes=Decimal(15)))

        def pass_time(item: Published) -> None:
            if isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted):
                session_run.clock.shifted += next(times["bash"])

        session_run.driver.listeners.append(pass_time)
        await session_run.driver.run_turn("go")
        reason, sentence = ended(session_run)
        assert reason == "hard_limit"
        assert sentence.startswith(
            "The limit of 15 minutes a turn is reached: 16.0 minutes worked. Raise "
        )
        assert 960 <= session_run.state.work_clock.seconds < 990
        seconds = [at for at, _ in session_run.state.charge_history]
        assert seconds == sorted(seconds), "the burn-down never goes back"
        assert session_run.folded_from_disk().work_clock == session_run.state.work_clock


@pytest.mark.parametrize(
    ("interactive", "advice"),
    [(True, "/budget +20k makes room."), (False, "--budget 40k makes room.")],
)
async def test_nothing_is_shortened_when_less_is_left_than_a_summary_needs(
    tmp_path: Path, interactive: bool, advice: str
):
    reply = (ScriptedText(words(14_000)),)
    async with run_session(tmp_path, reply, budget=20_000, interactive=interactive) as session_run:
        await session_run.driver.run_turn("go")
        before = session_run.state.conversation.sendable()
        await session_run.driver.compact()
        (said,) = session_run.events(ev.ErrorShown)
        assert "A summary may take 8,000 tokens, and 5," in said.sentence
        assert advice in said.sentence
        assert len(await session_run.server.ledger()) == 1, "nothing was sent"
        assert session_run.state.conversation.sendable() == before


async def test_nothing_is_shortened_when_a_hard_limit_leaves_too_little(tmp_path: Path):
    replies = [(ScriptedText(words(2_000)), CALL), (ScriptedText(words(200)),)]
    async with run_session(tmp_path, *replies) as session_run:
        change_context(session_run.ctx, compact_at=0.0001)  # due before the second request
        change_context(session_run.ctx, hard_limits=HardLimits(dollars=Decimal("0.18")))
        await session_run.driver.run_turn("go")
        assert session_run.events(ev.Rewritten) == []
        assert len(session_run.events(ev.RequestStarted)) == 2
        await session_run.driver.compact()
        (said,) = session_run.events(ev.ErrorShown)
        assert "A hard limit leaves" in said.sentence and "too few for a summary" in said.sentence


async def test_a_message_cut_by_a_hard_limit_says_which(tmp_path: Path):
    async with run_session(tmp_path, (ScriptedText(words(30_000)),), budget=20_000) as session_run:
        change_context(session_run.ctx, hard_limits=HardLimits(over_budget=2_000))
        await session_run.driver.run_turn("go")
        reason, sentence = ended(session_run)
        assert reason == "hard_limit"
        assert sentence == (
            "The limit of 2,000 tokens over the budget is reached: 2,000 over. It cut the last "
            "message short; the program does not ask for it again. 2,000 tokens over the budget of "
            "20,000."
        )


async def test_what_waits_to_be_sent_is_projected_before_it_is_paid(tmp_path: Path):
    """A result of some 8,000 tokens costs $0.04 to write to the cache: $0.03 is not enough."""
    replies = [
        (ScriptedText(words(100)), ScriptedToolUse("read", {"path": "long"})),
        (ScriptedText("end"),),
    ]
    line = "a line of nine words that fills the file\n"
    (tmp_path / "one").mkdir()
    async with run_session(tmp_path / "one", *replies) as session_run:
        (session_run.folder / "long").write_text(line * 700)
        await session_run.driver.run_turn("go")
        first, second = session_run.events(ev.RequestFinished)
        assert second.dollars > Decimal("0.03"), "it would be paid"
    (tmp_path / "two").mkdir()
    async with run_session(tmp_path / "two", *replies) as session_run:
        (session_run.folder / "long").write_text(line * 700)
        change_context(
            session_run.ctx, hard_limits=HardLimits(dollars=first.dollars + Decimal("0.03"))
        )
        await session_run.driver.run_turn("go")
        assert ended(session_run)[0] == "hard_limit"
        assert len(session_run.events(ev.RequestStarted)) == 1
        assert session_run.state.bill.dollars == first.dollars


async def test_an_extension_that_is_not_enough_is_asked_about_again(tmp_path: Path):
    """Some 21,530 of 20,000 are used, 22,000 allowed: 300 and 100 more leave less than 1,024."""
    replies = [(ScriptedText(words(21_500)), CALL), (ScriptedText("end"),)]
    async with run_session(tmp_path, *replies, budget=20_000) as session_run:
        change_context(
            session_run.ctx, limit_policy="ask", hard_limits=HardLimits(over_budget=2_000)
        )
        answers = iter([300, 100, 20_000])

        def answer(item: Published) -> None:
            if reached(item):
                session_run.driver.answer_limit("extend", next(answers))

        session_run.driver.listeners.append(answer)
        await session_run.driver.run_turn("go")
        asked = [event.limit for event in session_run.events(ev.LimitReached)]
        assert asked == ["budget", "over_budget", "over_budget"]
        assert ended(session_run)[0] == "completed"
        assert len(session_run.events(ev.RequestStarted)) == 2, "none is sent that can say nothing"


@pytest.fixture
def clock_is_watched_closely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.agent.deadline.POLL_SECONDS", 0.02)


def minutes(session_run: SessionRun, limit: str) -> None:
    change_context(
        session_run.ctx, hard_limits=HardLimits(minutes=Decimal(limit)), now=session_run.clock
    )


def text_begins(item: Published) -> bool:
    return isinstance(item, TextDelta)


@pytest.mark.usefixtures("clock_is_watched_closely")
async def test_the_limit_in_minutes_stops_an_answer_that_is_on_its_way(tmp_path: Path):
    async with run_session(tmp_path, (ScriptedText(words(5_000)),), pace=400) as session_run:
        minutes(session_run, "10")
        session_run.when(text_begins, lambda: session_run.pass_time(601))
        await session_run.driver.run_turn("go")
        (failed,) = session_run.events(ev.RequestFailed)
        assert failed.reason == "interrupted"
        assert 0 < failed.output < 5_000
        assert session_run.state.unsettled == failed.output
        reason, sentence = ended(session_run)
        assert reason == "hard_limit"
        assert sentence.startswith(
            "The limit of 10 minutes a turn is reached: 10.0 minutes worked. Raise "
        )


@pytest.mark.usefixtures("clock_is_watched_closely")
async def test_after_more_minutes_the_model_reads_what_it_had_said(tmp_path: Path):
    replies = [(ScriptedText("It begins so. " + words(3_000)),), (ScriptedText("the end"),)]
    async with run_session(tmp_path, *replies, pace=400) as session_run:
        minutes(session_run, "10")
        change_context(session_run.ctx, limit_policy="ask")
        session_run.when(text_begins, lambda: session_run.pass_time(601))
        session_run.when(reached, lambda: session_run.driver.answer_limit("extend"))
        await session_run.driver.run_turn("go")
        assert ended(session_run)[0] == "completed"
        assert limits_in_force(session_run.state, session_run.ctx.settings).minutes == Decimal(
            "15.1"
        )
        (note,) = session_run.events(ev.NoteSent)
        assert "cut off before it was whole" in note.text and "It begins so." in note.text
        assert len(session_run.events(ev.LimitReached)) == 1


@pytest.mark.usefixtures("clock_is_watched_closely")
async def test_the_limit_in_minutes_ends_a_command_that_runs(tmp_path: Path):
    slow = ScriptedToolUse("bash", {"command": "sleep 60; touch ended"})
    async with run_session(tmp_path, (slow, TOUCH), (ScriptedText("ok"),)) as session_run:
        minutes(session_run, "10")

        def started(item: Published) -> bool:
            return isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted)

        session_run.when(started, lambda: session_run.pass_time(601))
        await session_run.driver.run_turn("go")
        assert ended(session_run)[0] == "hard_limit"
        first, second = session_run.events(ev.ToolFinished)
        assert first.content.startswith("Stopped while it ran: the time limit of this turn was")
        assert second.content == (
            "Not run: the time limit of this turn was reached before this call began."
        )
        assert not session_run.state.conversation.open_calls
        await session_run.driver.run_turn("and now")
        assert ended(session_run)[0] == "completed", (
            "the conversation is valid, the clock begins again"
        )
        assert not (session_run.folder / "ran").exists()


@pytest.mark.usefixtures("clock_is_watched_closely")
async def test_the_limit_in_minutes_ends_a_wait_before_the_next_try(tmp_path: Path):
    async with run_session(
        tmp_path, (ScriptedText(words(300)),), (ScriptedText("ok"),)
    ) as session_run:
        minutes(session_run, "10")
        waiting: list[float] = []

        async def wait(seconds: float) -> None:
            session_run.pass_time(601)
            await asyncio.sleep(30)
            waiting.append(seconds)

        change_context(session_run.ctx, sleep=wait)
        await session_run.server.faults({"kind": "drop", "request": 1})
        await session_run.driver.run_turn("go")
        assert ended(session_run)[0] == "hard_limit"
        assert session_run.events(ev.RequestFailed) and not waiting, "the wait was cut short"


@pytest.mark.usefixtures("clock_is_watched_closely")
async def test_a_question_about_a_permission_is_not_cut_off_by_the_minutes(tmp_path: Path):
    async with run_session(tmp_path, (TOUCH,), (ScriptedText("ok"),), mode="ask") as session_run:
        minutes(session_run, "10")

        async def answer_late() -> None:
            await asyncio.sleep(0.1)
            (question,) = session_run.events(ev.PermissionAsked)
            session_run.driver.answer_permission(question.tool_use, PermissionAnswer("once"))

        tasks: list[asyncio.Task[None]] = []

        def late() -> None:
            session_run.pass_time(3_600)
            tasks.append(asyncio.create_task(answer_late()))

        session_run.when(asked, late)
        await session_run.driver.run_turn("go")
        assert ended(session_run)[0] == "completed"
        assert (session_run.folder / "ran").exists()


@pytest.mark.usefixtures("clock_is_watched_closely")
async def test_the_user_who_interrupts_goes_before_the_minutes(tmp_path: Path):
    async with run_session(tmp_path, (ScriptedText(words(5_000)),), pace=400) as session_run:
        minutes(session_run, "10")
        session_run.when(text_begins, session_run.driver.interrupt)
        await session_run.driver.run_turn("go")
        assert ended(session_run)[0] == "interrupted"
        assert not session_run.events(ev.LimitReached)


async def test_the_meter_runs_while_a_turn_works_and_not_while_a_question_waits(
    tmp_path: Path,
):
    async with run_session(tmp_path, (TOUCH,), (ScriptedText("ok"),), mode="ask") as session_run:
        running: dict[str, bool] = {}

        def look(item: Published) -> None:
            if isinstance(item, ev.Record):
                read = read_meters(session_run.state)
                running[type(item.event).__name__] = read.working_since is not None

        def answer() -> None:
            (question,) = session_run.events(ev.PermissionAsked)
            session_run.driver.answer_permission(question.tool_use, PermissionAnswer("once"))

        session_run.driver.listeners.append(look)
        session_run.when(asked, answer)
        await session_run.driver.run_turn("go")
        assert running["RequestStarted"] and running["ToolStarted"]
        assert not running["PermissionAsked"] and not running["TurnEnded"]


async def test_a_question_that_waits_does_not_use_up_the_minutes(tmp_path: Path):
    async with run_session(tmp_path, (TOUCH,), (ScriptedText("ok"),), mode="ask") as session_run:
        change_context(session_run.ctx, hard_limits=HardLimits(minutes=Decimal("0.5")))

        def answer_late() -> None:
            session_run.pass_time(33)
            (question,) = session_run.events(ev.PermissionAsked)
            session_run.driver.answer_permission(question.tool_use, PermissionAnswer("once"))

        session_run.when(asked, answer_late)
        await session_run.driver.run_turn("go")
        assert ended(session_run)[0] == "completed"
        assert (session_run.folder / "ran").exists()
        assert (
            session_run.state.work_clock.seconds
            < 30
            == 60 * session_run.ctx.settings.hard_limits.minutes
        )

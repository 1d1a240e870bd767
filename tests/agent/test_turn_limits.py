"""Hard limits in flight: raised in place, kept over a restart, held by caps, told in full."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flight import Flight, flight
from managed_caps import caps
from msgspec import structs
from simulator_server import words

from tui.agent.caps import fuses_in_force
from tui.agent.desk import Answer
from tui.agent.driver import Driver, Published
from tui.budget.fuses import Fuses
from tui.claude.progress import TextDelta
from tui.session import events as ev
from tui.session.readings import meters
from tui.simulator.pilot.situation import Text, ToolUse

CALL = ToolUse("bash", {"command": "true"})
TOUCH = ToolUse("bash", {"command": "touch ran"})
LANDING = Text(words(18_500))
"""Uses a grant of 20,000 up to its reserve."""


def reached(item: Published) -> bool:
    return isinstance(item, ev.Record) and isinstance(item.event, ev.LimitReached)


def restart(flown: Flight, **means: Any) -> None:
    """The program ends and comes back: everything it knows is what the log says."""
    fresh = replace(flown.means, fuses=Fuses(), **means)
    flown.driver = Driver(flown.store, flown.refolded(), fresh, ThreadPoolExecutor(1))
    flown.driver.listeners.append(flown.published.append)


def asked(item: Published) -> bool:
    return isinstance(item, ev.Record) and isinstance(item.event, ev.PermissionAsked)


def ended(flown: Flight) -> tuple[str, str]:
    end = flown.state.last_end
    assert end is not None
    return end.reason, end.sentence


async def test_a_raised_limit_goes_on_in_place_and_outlives_the_program(tmp_path: Path) -> None:
    async with flight(tmp_path, (CALL,), (CALL,), (Text("end"),), (Text("more"),)) as flown:
        flown.means.on_limit, flown.means.fuses = "ask", Fuses(requests=2)
        flown.when(reached, lambda: flown.driver.answer_limit("extend"))
        await flown.driver.turn("go")
        assert ended(flown)[0] == "completed"
        (asked,) = flown.events(ev.LimitReached)
        assert asked.raise_to == 4  # half of itself more, and one
        assert flown.means.fuses == Fuses(requests=2), "the settings are not touched"
        restart(flown)
        assert fuses_in_force(flown.state, flown.means) == Fuses(requests=4)


async def test_paused_at_a_limit_in_dollars_restarted_raised_and_gone_on(tmp_path: Path) -> None:
    async with flight(tmp_path, (TOUCH,), (Text("end"),)) as flown:
        flown.means.on_limit = "pause"
        await flown.driver.record(
            ev.FuseSet(fuse="dollars", value=Decimal("0.0001"), source="test")
        )
        await flown.driver.turn("go")
        reason, sentence = ended(flown)
        assert reason == "paused"
        assert "/config limits.dollars 0.01 and another prompt go on." in sentence
        restart(flown)
        await flown.driver.turn("go on")
        assert ended(flown)[0] == "paused", "it holds after a restart"
        restart(flown)
        await flown.driver.record(ev.FuseSet(fuse="dollars", value=Decimal(1), source="test"))
        await flown.driver.turn("go on")
        assert ended(flown)[0] == "completed"
        assert (flown.folder / "ran").exists()


async def test_paused_at_the_reserve_restarted_extended_and_gone_on(tmp_path: Path) -> None:
    replies = [(LANDING, TOUCH), (TOUCH,), (Text("end"),)]
    async with flight(tmp_path, *replies, budget=20_000) as flown:
        flown.means.on_limit = "pause"
        await flown.driver.turn("go")
        assert ended(flown) == (
            "paused",
            f"Paused at the reserve: {flown.state.left:,} of 20,000 tokens left. "
            "/budget +20k and another prompt go on.",
        )
        assert not (flown.folder / "ran").exists()
        restart(flown)
        await flown.driver.record(ev.BudgetExtended(by=20_000))
        await flown.driver.turn("go on")
        assert ended(flown)[0] == "completed"
        assert (flown.folder / "ran").exists()
        left = flown.state.left
        assert left is not None and abs(left - await flown.countdown()) <= 400


OVER = Text(words(21_234))
"""More than a grant of 20,000."""


@pytest.mark.parametrize(
    ("on_limit", "reason"), [("wrap", "landed"), ("pause", "paused"), ("stop", "stopped")]
)
async def test_a_prompt_of_an_overrun_session_sends_nothing(
    tmp_path: Path, on_limit: Any, reason: str
) -> None:
    async with flight(tmp_path, (OVER,), (Text("never"),), budget=20_000) as flown:
        await flown.driver.turn("go")
        flown.means.on_limit = on_limit
        await flown.driver.turn("more")
        assert ended(flown)[0] == reason
        assert "tokens over the budget of 20,000" in ended(flown)[1]
        assert len(await flown.server.ledger()) == 1, "nothing was sent"


async def test_a_prompt_of_an_overrun_session_is_asked_about_and_goes_on(tmp_path: Path) -> None:
    async with flight(tmp_path, (OVER,), (Text("the end"),), budget=20_000) as flown:
        await flown.driver.turn("go")
        flown.means.on_limit = "ask"
        answers = iter([300, 20_000])

        def answer(item: Published) -> None:
            if reached(item):
                flown.driver.answer_limit("extend", next(answers))

        flown.driver.listeners.append(answer)
        await flown.driver.turn("more")
        first, second = flown.events(ev.LimitReached)
        assert first.limit == second.limit == "budget"
        assert re.fullmatch(
            r"Nothing was sent: this prompt begins 1,2\d\d tokens over the budget of 20,000\.",
            first.sentence,
        )
        assert ended(flown)[0] == "completed"
        assert flown.state.grant == 40_300


async def test_what_a_cap_does_not_allow_is_not_offered(tmp_path: Path) -> None:
    async with flight(tmp_path, (LANDING, CALL), (Text("end"),), budget=20_000) as flown:
        flown.means.caps = caps(tmp_path, task_budget=25_000)
        await flown.driver.turn("go")
        (asked,) = flown.events(ev.LimitReached)
        assert (asked.extend_by, asked.extend_most) == (5_000, 5_000)
        assert asked.cap == ("The cap of Platform team is 25,000 tokens and resets on Mondays.")


@pytest.mark.parametrize(
    ("fuses", "cap"),
    [
        ({"requests": 1}, {"limits__requests": 1}),
        ({"dollars": Decimal("0.01")}, {"limits__dollars": "0.01"}),
    ],
)
async def test_no_answer_raises_a_limit_above_its_cap(
    tmp_path: Path, fuses: dict[str, Any], cap: dict[str, Any]
) -> None:
    async with flight(tmp_path, (Text(words(400)), CALL), (Text("end"),)) as flown:
        flown.means.on_limit, flown.means.fuses = "ask", Fuses(**fuses)
        flown.means.caps = caps(tmp_path, **cap)
        flown.when(reached, lambda: flown.driver.answer_limit("extend"))
        await flown.driver.turn("go")
        (asked,) = flown.events(ev.LimitReached)
        assert asked.raise_to is None
        assert "Platform team" in asked.cap
        (refused,) = flown.events(ev.ErrorShown)
        assert "the cap of Platform team is" in refused.sentence
        assert ended(flown)[0] == "paused", "never on"
        assert not flown.events(ev.FuseSet)


async def test_no_answer_extends_a_budget_above_its_cap(tmp_path: Path) -> None:
    async with flight(tmp_path, (LANDING, TOUCH), (Text("end"),), budget=20_000) as flown:
        flown.means.on_limit, flown.means.caps = "ask", caps(tmp_path, task_budget=25_000)
        flown.when(reached, lambda: flown.driver.answer_limit("extend", 30_000))
        await flown.driver.turn("go")
        (refused,) = flown.events(ev.ErrorShown)
        assert refused.sentence == (
            "50,000 tokens is more than allowed: the cap of Platform team is 25,000 tokens and "
            "resets on Mondays."
        )
        assert ended(flown)[0] == "paused"
        assert flown.state.grant == 20_000
        assert not (flown.folder / "ran").exists()


async def test_a_cap_holds_over_what_an_older_log_allowed(tmp_path: Path) -> None:
    async with flight(tmp_path, (CALL,), (CALL,), (Text("end"),)) as flown:
        await flown.driver.record(ev.FuseSet(fuse="requests", value=Decimal(9), source="test"))
        restart(flown, caps=caps(tmp_path, limits__requests=1))
        await flown.driver.turn("go")
        assert ended(flown) == (
            "fuse",
            "The limit of 1 request a turn is reached: 1 made. limits.requests in the settings "
            "allows more; another prompt counts from 0.",
        )


OWING = ev.FuseSet(fuse="dollars", value=Decimal(5), source="test", budget="session")
"""Five dollars, of which a token budget follows."""


def paid_at_first(flown: Flight) -> Decimal:
    """Dollars of what the first request wrote, as its usage says: 8 and 5 dollars a million."""
    usage = flown.events(ev.RequestFinished)[0].usage
    tokens = usage.cache_write_1h * 8 + usage.cache_write_5m * 5 + usage.input * 4
    return Decimal(tokens) / 1_000_000


async def test_dollars_become_a_token_budget_once_enough_is_used_to_tell_the_price(
    tmp_path: Path,
) -> None:
    replies = [(Text(words(2_000)),), (Text(words(4_000)),), (Text(words(500)),)]
    async with flight(tmp_path, *replies, budget=None) as flown:
        await flown.driver.record(OWING)
        await flown.driver.turn("go")
        assert flown.events(ev.BudgetGranted) == [], "2,000 tokens say little"
        await flown.driver.turn("and on")
        (given,) = flown.events(ev.BudgetGranted)
        answers = flown.events(ev.RequestFinished)
        charged = sum(each.usage.output for each in answers)
        billed = sum((each.dollars for each in answers), Decimal(0))
        assert 5_000 <= charged < 7_000
        bought = (5 - billed) * charged / (billed - paid_at_first(flown))
        assert given.total == (charged + int(bought) // 1_000 * 1_000) // 1_000 * 1_000
        assert given.dollars == 5
        said = flown.events(ev.NoticeShown)[0]
        assert f"Budget: {given.total:,} tokens, computed once: $5.00 at $" in said.sentence
        await flown.driver.turn("again")
        assert [event.budget for event in flown.events(ev.RequestStarted)][:2] == [None, None]
        assert flown.events(ev.RequestStarted)[2].budget.total == given.total
        assert flown.events(ev.BudgetGranted) == [given], "once"
        left = flown.state.left
        assert left is not None and abs(left - await flown.countdown()) <= given.total // 100


async def test_in_mid_turn_the_budget_comes_before_new_results_are_cached_and_says_its_price(
    tmp_path: Path,
) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "long.txt").write_text(
        "a line of nine words that fills the file\n" * 800
    )
    read = ToolUse("read", {"path": "long.txt"})
    replies = [(Text(words(1_500)), read), (Text(words(500)),), (Text("end"),)]
    async with flight(tmp_path, *replies, budget=None) as flown:
        flown.means.now = flown.clock
        await flown.driver.record(OWING)
        await flown.driver.turn("go")
        (given,) = flown.events(ev.BudgetGranted)
        first, second = flown.events(ev.RequestStarted)
        assert (first.budget, second.budget.total) == (None, given.total)
        budget, price = (each.sentence for each in flown.events(ev.NoticeShown))
        assert "$5.00 at ≈ $" in budget, "what the results cost is an estimate yet"
        assert "The next request costs <$0.01 more: it writes" in price
        one, two = (each.usage for each in flown.events(ev.RequestFinished))
        assert two.cache_read == one.cache_write_1h, "the short conversation is all that is lost"
        assert flown.state.warmth.misses == 0, "and it was no surprise"
        left = flown.state.left
        assert left is not None and abs(left - await flown.countdown()) <= given.total // 100
        assert flown.refolded().grant == given.total


async def test_a_model_told_by_notes_hears_of_the_budget_with_the_results_that_wait(
    tmp_path: Path,
) -> None:
    replies = [(Text(words(9_000)), CALL), (Text("end"),)]
    model = "claude-sonnet-4-6"
    async with flight(tmp_path, *replies, budget=None, model=model) as flown:
        limit = ev.FuseSet(fuse="dollars", value=Decimal("0.25"), source="test", budget="session")
        await flown.driver.record(limit)
        await flown.driver.turn("go")
        (given,) = flown.events(ev.BudgetGranted)
        assert given.total < 20_000, "only the API refuses small ones"
        (note,) = flown.events(ev.NoteSent)
        assert f"of {given.total:,} tokens left" in note.text


async def test_the_token_budget_of_dollars_is_still_owed_after_a_restart(tmp_path: Path) -> None:
    replies = [(Text(words(3_000)),), (Text(words(3_000)),)]
    async with flight(tmp_path, *replies, budget=None) as flown:
        await flown.driver.record(structs.replace(OWING, budget="turn"))
        await flown.driver.turn("go")
        restart(flown)
        assert flown.state.owed is not None
        await flown.driver.turn("go on")
        (given,) = flown.events(ev.BudgetGranted)
        assert given.scope == "turn"
        assert flown.state.owed is None


async def test_a_clock_set_back_in_mid_turn_keeps_working_time_and_the_fuse_of_minutes(
    tmp_path: Path,
) -> None:
    """Ten minutes of work, then the clock goes back an hour, then six minutes more."""
    times = {"bash": iter([600.0, -3_600.0, 360.0, 0.0])}
    async with flight(tmp_path, (CALL,), (CALL,), (CALL,), (CALL,), (Text("end"),)) as flown:
        flown.means.fuses = Fuses(minutes=Decimal(15))

        def pass_time(item: Published) -> None:
            if isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted):
                flown.clock.skipped += next(times["bash"])

        flown.driver.listeners.append(pass_time)
        await flown.driver.turn("go")
        reason, sentence = ended(flown)
        assert reason == "fuse"
        assert sentence.startswith(
            "The limit of 15 minutes a turn is reached: 16.0 minutes worked. limits.minutes "
        )
        assert 960 <= flown.state.worked < 990
        seconds = [at for at, _ in flown.state.spends]
        assert seconds == sorted(seconds), "the burn-down never goes back"
        assert flown.refolded().worked == flown.state.worked


async def test_nothing_is_shortened_when_less_is_left_than_a_summary_needs(tmp_path: Path) -> None:
    async with flight(tmp_path, (Text(words(14_000)),), budget=20_000) as flown:
        await flown.driver.turn("go")
        before = flown.state.conversation.sendable()
        await flown.driver.compact()
        (said,) = flown.events(ev.ErrorShown)
        assert "A summary may take 8,000 tokens, and 5," in said.sentence
        assert "/budget +20k makes room." in said.sentence
        assert len(await flown.server.ledger()) == 1, "nothing was sent"
        assert flown.state.conversation.sendable() == before


async def test_nothing_is_shortened_when_a_hard_limit_leaves_too_little(tmp_path: Path) -> None:
    replies = [(Text(words(2_000)), CALL), (Text(words(200)),)]
    async with flight(tmp_path, *replies) as flown:
        flown.means.compact_at = 0.0001  # due before the second request
        flown.means.fuses = Fuses(dollars=Decimal("0.18"))
        await flown.driver.turn("go")
        assert flown.events(ev.Rewritten) == []
        assert len(flown.events(ev.RequestStarted)) == 2
        await flown.driver.compact()
        (said,) = flown.events(ev.ErrorShown)
        assert "A hard limit leaves" in said.sentence and "too few for a summary" in said.sentence


async def test_a_message_cut_by_a_hard_limit_says_which(tmp_path: Path) -> None:
    async with flight(tmp_path, (Text(words(30_000)),), budget=20_000) as flown:
        flown.means.fuses = Fuses(over_budget=2_000)
        await flown.driver.turn("go")
        reason, sentence = ended(flown)
        assert reason == "fuse"
        assert sentence == (
            "The limit of 2,000 tokens over the budget is reached: 2,000 over. It cut the last "
            "message short, which is not asked for again. 2,000 tokens over the budget of 20,000."
        )


async def test_what_waits_to_be_sent_is_projected_before_it_is_paid(tmp_path: Path) -> None:
    """A result of some 8,000 tokens costs $0.04 to write to the cache: $0.03 is not enough."""
    replies = [(Text(words(100)), ToolUse("read", {"path": "long"})), (Text("end"),)]
    line = "a line of nine words that fills the file\n"
    (tmp_path / "one").mkdir()
    async with flight(tmp_path / "one", *replies) as flown:
        (flown.folder / "long").write_text(line * 700)
        await flown.driver.turn("go")
        first, second = flown.events(ev.RequestFinished)
        assert second.dollars > Decimal("0.03"), "it would be paid"
    (tmp_path / "two").mkdir()
    async with flight(tmp_path / "two", *replies) as flown:
        (flown.folder / "long").write_text(line * 700)
        flown.means.fuses = Fuses(dollars=first.dollars + Decimal("0.03"))
        await flown.driver.turn("go")
        assert ended(flown)[0] == "fuse"
        assert len(flown.events(ev.RequestStarted)) == 1
        assert flown.state.bill.dollars == first.dollars


async def test_an_extension_that_is_not_enough_is_asked_about_again(tmp_path: Path) -> None:
    """Some 21,530 of 20,000 are used, 22,000 allowed: 300 and 100 more leave less than 1,024."""
    replies = [(Text(words(21_500)), CALL), (Text("end"),)]
    async with flight(tmp_path, *replies, budget=20_000) as flown:
        flown.means.on_limit, flown.means.fuses = "ask", Fuses(over_budget=2_000)
        answers = iter([300, 100, 20_000])

        def answer(item: Published) -> None:
            if reached(item):
                flown.driver.answer_limit("extend", next(answers))

        flown.driver.listeners.append(answer)
        await flown.driver.turn("go")
        asked = [event.limit for event in flown.events(ev.LimitReached)]
        assert asked == ["budget", "over_budget", "over_budget"]
        assert ended(flown)[0] == "completed"
        assert len(flown.events(ev.RequestStarted)) == 2, "none is sent that can say nothing"


@pytest.fixture
def clock_is_watched_closely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.agent.deadline.LOOK_AGAIN", 0.02)


def minutes(flown: Flight, limit: str) -> None:
    flown.means.fuses, flown.means.now = Fuses(minutes=Decimal(limit)), flown.clock


def text_begins(item: Published) -> bool:
    return isinstance(item, TextDelta)


@pytest.mark.usefixtures("clock_is_watched_closely")
async def test_the_limit_in_minutes_stops_an_answer_that_is_on_its_way(tmp_path: Path) -> None:
    async with flight(tmp_path, (Text(words(5_000)),), pace=400) as flown:
        minutes(flown, "10")
        flown.when(text_begins, lambda: flown.skip(601))
        await flown.driver.turn("go")
        (failed,) = flown.events(ev.RequestFailed)
        assert failed.reason == "interrupted"
        assert 0 < failed.output < 5_000
        assert flown.state.unsettled == failed.output
        reason, sentence = ended(flown)
        assert reason == "fuse"
        assert sentence.startswith(
            "The limit of 10 minutes a turn is reached: 10.0 minutes worked. limits.minutes in the "
        )


@pytest.mark.usefixtures("clock_is_watched_closely")
async def test_after_more_minutes_the_model_reads_what_it_had_said(tmp_path: Path) -> None:
    replies = [(Text("It begins so. " + words(3_000)),), (Text("the end"),)]
    async with flight(tmp_path, *replies, pace=400) as flown:
        minutes(flown, "10")
        flown.means.on_limit = "ask"
        flown.when(text_begins, lambda: flown.skip(601))
        flown.when(reached, lambda: flown.driver.answer_limit("extend"))
        await flown.driver.turn("go")
        assert ended(flown)[0] == "completed"
        assert fuses_in_force(flown.state, flown.means).minutes == Decimal("15.1")
        (note,) = flown.events(ev.NoteSent)
        assert "cut off before it was whole" in note.text and "It begins so." in note.text
        assert len(flown.events(ev.LimitReached)) == 1


@pytest.mark.usefixtures("clock_is_watched_closely")
async def test_the_limit_in_minutes_ends_a_command_that_runs(tmp_path: Path) -> None:
    slow = ToolUse("bash", {"command": "sleep 60; touch ended"})
    async with flight(tmp_path, (slow, TOUCH), (Text("ok"),)) as flown:
        minutes(flown, "10")

        def started(item: Published) -> bool:
            return isinstance(item, ev.Record) and isinstance(item.event, ev.ToolStarted)

        flown.when(started, lambda: flown.skip(601))
        await flown.driver.turn("go")
        assert ended(flown)[0] == "fuse"
        first, second = flown.events(ev.ToolFinished)
        assert first.content.startswith("Stopped while it ran: the time limit of this turn was")
        assert second.content == (
            "Not run: the time limit of this turn was reached before this call began."
        )
        assert not flown.state.conversation.open_calls
        await flown.driver.turn("and now")
        assert ended(flown)[0] == "completed", "the conversation is valid, the clock begins again"
        assert not (flown.folder / "ran").exists()


@pytest.mark.usefixtures("clock_is_watched_closely")
async def test_the_limit_in_minutes_ends_a_wait_before_the_next_try(tmp_path: Path) -> None:
    async with flight(tmp_path, (Text(words(300)),), (Text("ok"),)) as flown:
        minutes(flown, "10")
        waiting: list[float] = []

        async def wait(seconds: float) -> None:
            flown.skip(601)
            await asyncio.sleep(30)
            waiting.append(seconds)

        flown.means.sleep = wait
        await flown.server.faults({"kind": "drop", "request": 1})
        await flown.driver.turn("go")
        assert ended(flown)[0] == "fuse"
        assert flown.events(ev.RequestFailed) and not waiting, "the wait was cut short"


@pytest.mark.usefixtures("clock_is_watched_closely")
async def test_a_question_about_a_permission_is_not_cut_off_by_the_minutes(tmp_path: Path) -> None:
    async with flight(tmp_path, (TOUCH,), (Text("ok"),), mode="ask") as flown:
        minutes(flown, "10")

        async def answer_late() -> None:
            await asyncio.sleep(0.1)
            (question,) = flown.events(ev.PermissionAsked)
            flown.means.desk.answer(question.tool_use, Answer("once"))

        tasks: list[asyncio.Task[None]] = []

        def late() -> None:
            flown.skip(3_600)
            tasks.append(asyncio.create_task(answer_late()))

        flown.when(asked, late)
        await flown.driver.turn("go")
        assert ended(flown)[0] == "completed"
        assert (flown.folder / "ran").exists()


@pytest.mark.usefixtures("clock_is_watched_closely")
async def test_the_user_who_interrupts_goes_before_the_minutes(tmp_path: Path) -> None:
    async with flight(tmp_path, (Text(words(5_000)),), pace=400) as flown:
        minutes(flown, "10")
        flown.when(text_begins, flown.driver.interrupt)
        await flown.driver.turn("go")
        assert ended(flown)[0] == "interrupted"
        assert not flown.events(ev.LimitReached)


async def test_the_meter_runs_while_a_turn_works_and_not_while_a_question_waits(
    tmp_path: Path,
) -> None:
    async with flight(tmp_path, (TOUCH,), (Text("ok"),), mode="ask") as flown:
        running: dict[str, bool] = {}

        def look(item: Published) -> None:
            if isinstance(item, ev.Record):
                read = meters(flown.state)
                running[type(item.event).__name__] = read.working_since is not None

        def answer() -> None:
            (question,) = flown.events(ev.PermissionAsked)
            flown.means.desk.answer(question.tool_use, Answer("once"))

        flown.driver.listeners.append(look)
        flown.when(asked, answer)
        await flown.driver.turn("go")
        assert running["RequestStarted"] and running["ToolStarted"]
        assert not running["PermissionAsked"] and not running["TurnEnded"]


async def test_a_question_that_waits_does_not_use_up_the_minutes(tmp_path: Path) -> None:
    async with flight(tmp_path, (TOUCH,), (Text("ok"),), mode="ask") as flown:
        flown.means.fuses = Fuses(minutes=Decimal("0.5"))

        def answer_late() -> None:
            flown.skip(33)
            (question,) = flown.events(ev.PermissionAsked)
            flown.means.desk.answer(question.tool_use, Answer("once"))

        flown.when(asked, answer_late)
        await flown.driver.turn("go")
        assert ended(flown)[0] == "completed"
        assert (flown.folder / "ran").exists()
        assert flown.state.worked < 30 == 60 * flown.means.fuses.minutes

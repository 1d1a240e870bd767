"""The question at a reached limit: every way to answer, the amount, the seconds, the manners."""

from contextlib import AbstractAsyncContextManager
from decimal import Decimal
from typing import Literal

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.widgets.widget_app import WidgetApp
from tui.budget.meters import BudgetMeter
from tui.session.events import LimitReached, PermissionAsked
from tui.widgets.limit_question import LimitAsked, LimitDecided
from tui.widgets.live_pane import LivePane, RunningTool
from tui.widgets.ticker import Ticker

BUDGET = BudgetMeter(grant=200_000, charged=189_000, unsettled=400, reserve=12_000)
AT_RESERVE = LimitAsked(
    LimitReached(
        limit="budget",
        sentence="Only the reserve of the budget is left: 11,000 of 200,000 tokens.",
        extend_by=50_000,
    ),
    budget=BUDGET,
    lower="medium",
    until=352.0,
)
AT_HARD_LIMIT = LimitAsked(
    LimitReached(
        limit="dollars",
        sentence="The limit of $5.00 is reached: $4.98 spent.",
        raise_to=Decimal("7.50"),
    ),
    budget=BUDGET,
)
CAP = "The cap of Platform team is 230,000 tokens and resets on Mondays."


class LimitPromptRun:
    """A pane with a text field beside it, and a clock that stands still."""

    def __init__(self, widget_app: type[WidgetApp]) -> None:
        self.now = 100.0
        self.pane = LivePane(clock=lambda: self.now)
        self.draft = Input()
        self.app = widget_app(self.pane, self.draft)

    def run(self, size: tuple[int, int] = (80, 30)) -> AbstractAsyncContextManager[Pilot[None]]:
        return self.app.run_test(size=size, notifications=True, tooltips=True)

    async def ask(
        self, pilot: Pilot[None], asked: LimitAsked = AT_RESERVE, *, take_focus: bool = True
    ) -> None:
        self.pane.show(limit=asked, take_focus=take_focus)
        await pilot.pause()
        self.now += 0.5

    async def ask_again(self, pilot: Pilot[None], asked: LimitAsked = AT_RESERVE) -> None:
        """Take the question away, forget what was answered, and ask once more."""
        self.pane.show()
        await pilot.pause()
        self.app.posted.clear()
        await self.ask(pilot, asked)

    @property
    def answers(self) -> list[tuple[str, int, str | None]]:
        got = self.app.posted_of(LimitDecided)
        return [(message.answer, message.by, message.effort) for message in got]


@pytest.fixture
def prompt_run(widget_app: type[WidgetApp]) -> LimitPromptRun:
    return LimitPromptRun(widget_app)


async def test_it_says_which_limit_how_far_and_every_way_to_go_on(
    prompt_run: LimitPromptRun,
):
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot)
        text = prompt_run.app.text()
    assert "Only the reserve of the budget is left: 11,000 of 200,000 tokens." in text
    assert "189k used" not in text, "the sentence says it already"
    assert "f finish (report within the 11k left)" in text
    assert "x extend by 50k" in text
    assert "l extend, medium effort" in text
    assert "p pause" in text
    assert "s stop" in text


async def test_a_reserve_that_is_whole_is_named(prompt_run: LimitPromptRun):
    whole = LimitAsked(AT_RESERVE.reached, BudgetMeter(200_000, charged=188_000, reserve=12_000))
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot, whole)
        assert "finish (report within 12k)" in prompt_run.app.text()


async def test_of_a_budget_that_is_used_up_no_report_of_the_model_is_promised(
    prompt_run: LimitPromptRun,
):
    none = LimitAsked(AT_RESERVE.reached, BudgetMeter(200_000, charged=200_300, reserve=12_000))
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot, none)
        assert "finish (the program reports)" in prompt_run.app.text()


async def test_settled_figures_carry_no_sign(prompt_run: LimitPromptRun):
    settled = LimitAsked(AT_HARD_LIMIT.reached, BudgetMeter(grant=200_000, charged=189_000))
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot, settled)
        assert "189k used" in prompt_run.app.text()
        assert "≈" not in prompt_run.app.text()


STANDSTILL = LimitAsked(
    LimitReached(limit="progress", sentence="No progress: “read a” gave the same result 5 times."),
    budget=BUDGET,
    lower="medium",
    until=352.0,
)


async def test_a_turn_without_progress_is_stopped_or_goes_on(prompt_run: LimitPromptRun):
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot, STANDSTILL)
        text = prompt_run.app.text()
    assert "No progress: “read a” gave the same result 5 times." in text
    assert "s stop here · c go on all the same" in text
    assert "c go on all the same" in text
    assert "pauses in" in text
    assert not any(word in text for word in ("extend", "effort", "finish", "raise"))


STANDSTILL_KEYS: tuple[tuple[list[str], list[tuple[str, int, str | None]]], ...] = (
    (["c"], [("extend", 0, None)]),
    (["s"], [("stop", 0, None)]),
    (["enter"], [("stop", 0, None)]),
    (["down", "enter"], [("extend", 0, None)]),
    (["x"], []),
    (["f"], []),
    (["l"], []),
    (["p"], []),
    (["escape"], []),  # it interrupts: that is the screen's to do
)
"""Keys at a turn without progress, and the answers they give."""


async def test_keys_answer_a_turn_without_progress(prompt_run: LimitPromptRun):
    async with prompt_run.run() as pilot:
        for keys, answers in STANDSTILL_KEYS:
            await prompt_run.ask_again(pilot, STANDSTILL)
            await pilot.press(*keys)
            assert prompt_run.answers == answers, keys


async def test_at_a_hard_limit_no_request_is_promised_and_no_amount_asked(
    prompt_run: LimitPromptRun,
):
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot, AT_HARD_LIMIT)
        text = prompt_run.app.text()
        assert "finish (the program reports)" in text
        assert "x raise it to $7.50" in text
        assert "effort" not in text
        assert "pauses" not in text
        await pilot.press("x")
    assert prompt_run.answers == [("extend", 0, None)]


KEYS = (
    (["f"], "finish"),
    (["1"], "finish"),
    (["enter"], "finish"),
    (["p"], "pause"),
    (["4"], "pause"),
    (["escape"], "pause"),
    (["s"], "stop"),
    (["5"], "stop"),
    (["up", "enter"], "finish"),
    (["down", "down", "down", "enter"], "pause"),
    (["down"] * 9 + ["enter"], "stop"),
)
"""Keys at a limit, and the answer they give."""


async def test_keys_answer(prompt_run: LimitPromptRun):
    async with prompt_run.run() as pilot:
        for keys, answer in KEYS:
            await prompt_run.ask_again(pilot)
            await pilot.press(*keys)
            assert prompt_run.answers == [(answer, 0, None)], keys


EXTENSIONS = (
    (["x", "enter"], ("extend", 50_000, None)),
    (["2", "enter"], ("extend", 50_000, None)),
    (["down", "enter", "enter"], ("extend", 50_000, None)),
    (["x", *"80k", "enter"], ("extend", 80_000, None)),
    (["x", *"+120_000", "enter"], ("extend", 120_000, None)),
    (["l", "enter"], ("extend", 50_000, "medium")),
    (["3", *"20k", "enter"], ("extend", 20_000, "medium")),
    (["l", "escape", "x", "enter"], ("extend", 50_000, None)),
)
"""Keys that extend, and the answer they give."""


async def test_an_extension_asks_for_its_amount_with_the_suggestion_in_it(
    prompt_run: LimitPromptRun,
):
    async with prompt_run.run() as pilot:
        for keys, answer in EXTENSIONS:
            await prompt_run.ask_again(pilot)
            await pilot.press(*keys)
            assert prompt_run.answers == [answer], keys


async def test_what_is_no_amount_is_answered_with_a_sentence_and_may_be_mended(
    prompt_run: LimitPromptRun,
):
    async with prompt_run.run() as pilot:
        for typed in ("0", "off", "$5", "+0", "-5k", "more"):
            await prompt_run.ask_again(pilot)
            await pilot.press("x", *typed, "enter")
            await pilot.pause()
            sentence = f'"{typed}" is not an amount to extend by: type tokens, such as 50k.'
            assert sentence in prompt_run.app.text()
            assert prompt_run.answers == [], typed
            await pilot.press("home", "shift+end", *"30k", "enter")
            assert prompt_run.answers == [("extend", 30_000, None)], typed


async def test_the_amount_says_what_it_would_come_to(prompt_run: LimitPromptRun):
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot)
        await pilot.press("x")
        await pilot.pause()
        assert "≈ 61k left of 250k" in prompt_run.app.text()
        await pilot.press(*"500")
        await pilot.pause()
        # 11,000 left and 500 more are within the reserve of 12,000.
        assert "≈ 12k left of 200k: still no more than the reserve" in prompt_run.app.text()


async def test_an_amount_above_the_cap_is_refused_with_its_owner_and_may_be_mended(
    prompt_run: LimitPromptRun,
):
    reached = LimitReached(
        limit="budget", sentence="Down.", extend_by=30_000, extend_most=30_000, cap=CAP
    )
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot, LimitAsked(reached, BUDGET))
        await pilot.press("x", *"50k", "enter")
        await pilot.pause()
        assert (
            "50k is more than may be added (30k). The cap of Platform team" in prompt_run.app.text()
        )
        assert prompt_run.answers == []
        await pilot.press("home", "shift+end", *"30k", "enter")
    assert prompt_run.answers == [("extend", 30_000, None)]


@pytest.mark.parametrize("limit", ["budget", "dollars"])
async def test_where_a_cap_leaves_nothing_no_extension_is_offered_and_it_says_why(
    prompt_run: LimitPromptRun, limit: Literal["budget", "dollars"]
):
    reached = LimitReached(limit=limit, sentence="It is reached.", extend_most=0, cap=CAP)
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot, LimitAsked(reached, BUDGET, lower="medium"))
        text = prompt_run.app.text()
        assert "It cannot be extended. The cap of Platform team is 230,000 tokens" in text
        assert "extend by" not in text and "raise" not in text and "lower effort" not in text
        await pilot.press("x", "l")
        assert prompt_run.answers == []
        await pilot.press("p")
    assert prompt_run.answers == [("pause", 0, None)]


async def test_escape_leaves_the_amount_and_answers_nothing(prompt_run: LimitPromptRun):
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot)
        await pilot.press("x", "escape")
        assert prompt_run.answers == []
        await pilot.press("f")
        assert prompt_run.answers == [("finish", 0, None)]


async def test_a_click_answers(prompt_run: LimitPromptRun):
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot)
        rows = prompt_run.app.rows()
        y = next(at for at, row in enumerate(rows) if "p pause" in row)
        await pilot.click(offset=(rows[y].index("pause"), y))
        assert prompt_run.answers == [("pause", 0, None)]


async def test_it_is_answered_once(prompt_run: LimitPromptRun):
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot)
        await pilot.press("f", "s", "escape")
        assert prompt_run.answers == [("finish", 0, None)]


async def test_without_a_lower_level_none_is_offered(prompt_run: LimitPromptRun):
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot, LimitAsked(AT_RESERVE.reached, BUDGET))
        assert "effort" not in prompt_run.app.text()
        await pilot.press("3", "l")
        assert prompt_run.answers == []


async def test_the_seconds_count_down_once_a_second_and_stop_when_it_is_over(
    prompt_run: LimitPromptRun,
):
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot)
        ticker = Ticker.of(prompt_run.app)
        assert "pauses in 4:12" in prompt_run.app.text()
        question = prompt_run.pane.question.query_one("QuestionView")
        prompt_run.now = 100.9
        ticker.tick()
        assert not question._repaint_regions
        prompt_run.now = 292.0
        ticker.tick()
        await pilot.pause()
        assert "pauses in 1:00" in prompt_run.app.text()
        prompt_run.now = 400.0
        ticker.tick()
        await pilot.pause()
        assert "pausing" in prompt_run.app.text()
        assert not ticker.running


@pytest.mark.parametrize("how", ["answered", "taken away"])
async def test_nothing_ticks_once_the_question_is_gone(prompt_run: LimitPromptRun, how: str):
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot)
        assert Ticker.of(prompt_run.app).running
        if how == "answered":
            await pilot.press("f")
        else:
            prompt_run.pane.show()
        await pilot.pause()
        assert not Ticker.of(prompt_run.app).running


async def test_a_draft_loses_no_letter_to_it(prompt_run: LimitPromptRun):
    async with prompt_run.run() as pilot:
        prompt_run.draft.focus()
        await pilot.press(*"fix ")
        await prompt_run.ask(pilot, take_focus=False)
        await pilot.press(*"flps1")
        assert prompt_run.draft.value == "fix flps1"
        assert prompt_run.answers == []
        assert "tab to answer" in prompt_run.app.text()


async def test_figures_that_change_meanwhile_leave_the_mark_and_the_amount_alone(
    prompt_run: LimitPromptRun,
):
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot)
        await pilot.press("x", *"70k")
        await prompt_run.ask(pilot, LimitAsked(AT_RESERVE.reached, BudgetMeter(200_000, 188_000)))
        await pilot.press("enter")
        assert prompt_run.answers == [("extend", 70_000, None)]


async def test_it_comes_before_permissions_and_tools(prompt_run: LimitPromptRun):
    tools = [RunningTool("a", "bash", "make", 40.0)]
    asked = PermissionAsked(tool_use="t", name="edit", subject="a.py", reason="writes a file")
    async with prompt_run.run() as pilot:
        prompt_run.pane.show(tools=tools, asked=[asked], limit=AT_RESERVE)
        await pilot.pause()
        assert "f finish" in prompt_run.app.text()
        assert "writes a file" not in prompt_run.app.text()
        prompt_run.pane.show(tools=tools, asked=[asked])
        await pilot.pause()
        assert "writes a file" in prompt_run.app.text()
        assert "f finish" not in prompt_run.app.text()
        prompt_run.pane.show(tools=tools)
        await pilot.pause()
        assert "bash make" in prompt_run.app.text()
        assert prompt_run.pane.question is None


@pytest.mark.parametrize("size", [(80, 30), (80, 24), (60, 14), (36, 24), (36, 12), (30, 10)])
async def test_every_answer_and_the_seconds_are_seen_in_any_window(
    prompt_run: LimitPromptRun, size: tuple[int, int]
):
    async with prompt_run.run(size) as pilot:
        await prompt_run.ask(pilot)
        text = prompt_run.app.text()
        for words in ["f finish", "p pause", "s stop", "pauses in 4:12"]:
            assert text.count(words) == 1
        assert "x extend by 50k" in text or "x +50k" in text
        assert "l extend, medium" in text or "l medium" in text
        assert prompt_run.pane.size.height <= size[1] // 2 + 1


async def test_a_sentence_from_elsewhere_does_nothing(prompt_run: LimitPromptRun):
    nasty = LimitReached(limit="budget", sentence="[/x] \x1b]52;c;QUJD\x07 [red]list[int]")
    async with prompt_run.run() as pilot:
        await prompt_run.ask(pilot, LimitAsked(nasty))
        assert "[/x]" in prompt_run.app.text()
        assert "\x1b" not in prompt_run.app.text()

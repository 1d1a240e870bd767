"""An offer: every way to answer it, the amount, the manners, any window."""

from contextlib import AbstractAsyncContextManager

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.widgets.widget_app import WidgetApp
from tui.session.events import LimitReached
from tui.widgets.limit_question import LimitAsked
from tui.widgets.live_pane import LivePane
from tui.widgets.offer_question import Offer, OfferDecided

OFFER = Offer(
    sentence="The model stopped at once: the budget of 20k is probably too small.",
    amount=75_000,
    take="give {} and ask again",
    what="the same prompt, with more room",
)


class OfferPromptRun:
    """A pane with a text field beside it, and a clock that stands still."""

    def __init__(self, widget_app: type[WidgetApp]) -> None:
        self.now = 100.0
        self.pane = LivePane(clock=lambda: self.now)
        self.draft = Input()
        self.app = widget_app(self.pane, self.draft)

    def run(self, size: tuple[int, int] = (80, 24)) -> AbstractAsyncContextManager[Pilot[None]]:
        return self.app.run_test(size=size, notifications=True, tooltips=True)

    async def offer(
        self, pilot: Pilot[None], offer: Offer = OFFER, *, take_focus: bool = True
    ) -> None:
        self.pane.show(offer=offer, take_focus=take_focus)
        await pilot.pause()
        self.now += 0.5

    @property
    def answers(self) -> list[int | None]:
        return [message.amount for message in self.app.posted_of(OfferDecided)]


@pytest.fixture
def prompt_run(widget_app: type[WidgetApp]) -> OfferPromptRun:
    return OfferPromptRun(widget_app)


async def test_it_says_why_and_every_answer(prompt_run: OfferPromptRun):
    async with prompt_run.run() as pilot:
        await prompt_run.offer(pilot)
        text = prompt_run.app.text()
    assert "the budget of 20k is probably too small." in text
    assert "y give 75k and ask again (the same prompt, with more room)" in text
    assert "o another amount" in text
    assert "n not now" in text


KEYS = (
    (["y"], 75_000),
    (["1"], 75_000),
    (["enter"], 75_000),
    (["o", "enter"], 75_000),
    (["2", *"100k", "enter"], 100_000),
    (["down", "enter", *"+90k", "enter"], 90_000),
    (["n"], None),
    (["3"], None),
    (["escape"], None),
    (["down", "down", "down", "enter"], None),
    (["o", "escape", "y"], 75_000),
)
"""Keys at the offer, and the amount they give."""


async def test_keys_answer_once(prompt_run: OfferPromptRun):
    async with prompt_run.run() as pilot:
        for keys, amount in KEYS:
            prompt_run.pane.show()
            await pilot.pause()
            prompt_run.app.posted.clear()
            await prompt_run.offer(pilot)
            await pilot.press(*keys, "y", "enter")
            await pilot.pause()
            assert prompt_run.answers == [amount], keys


async def test_what_is_no_amount_is_answered_with_a_sentence_and_may_be_mended(
    prompt_run: OfferPromptRun,
):
    async with prompt_run.run() as pilot:
        for typed in ("0", "off", "$5", "+0", "-5k", "more"):
            prompt_run.pane.show()
            await pilot.pause()
            prompt_run.app.posted.clear()
            await prompt_run.offer(pilot)
            await pilot.press("o", *typed, "enter")
            await pilot.pause()
            assert f'"{typed}" is not an amount: type tokens, such as 50k.' in prompt_run.app.text()
            assert prompt_run.answers == [], typed
            await pilot.press("home", "shift+end", *"30k", "enter")
            assert prompt_run.answers == [30_000], typed


async def test_a_click_answers(prompt_run: OfferPromptRun):
    async with prompt_run.run() as pilot:
        await prompt_run.offer(pilot)
        rows = prompt_run.app.rows()
        y = next(at for at, row in enumerate(rows) if "not now" in row)
        await pilot.click(offset=(rows[y].index("not"), y))
    assert prompt_run.answers == [None]


async def test_a_draft_loses_no_letter_to_it(prompt_run: OfferPromptRun):
    async with prompt_run.run() as pilot:
        prompt_run.draft.focus()
        await prompt_run.offer(pilot, take_focus=False)
        await pilot.press(*"yon1")
        assert prompt_run.draft.value == "yon1"
        assert prompt_run.answers == []
        assert "tab to answer" in prompt_run.app.text()


async def test_a_limit_comes_before_it_and_it_is_taken_away(prompt_run: OfferPromptRun):
    limit = LimitAsked(LimitReached(limit="budget", sentence="Down.", extend_by=20_000))
    async with prompt_run.run() as pilot:
        prompt_run.pane.show(limit=limit, offer=OFFER)
        await pilot.pause()
        assert "ask again" not in prompt_run.app.text()
        prompt_run.pane.show(offer=OFFER)
        await pilot.pause()
        assert "ask again" in prompt_run.app.text()
        prompt_run.pane.show()
        await pilot.pause()
        assert prompt_run.pane.question is None
        assert "ask again" not in prompt_run.app.text()


@pytest.mark.parametrize("size", [(80, 24), (60, 14), (36, 12), (30, 10)])
async def test_every_answer_is_seen_in_any_window(
    prompt_run: OfferPromptRun, size: tuple[int, int]
):
    async with prompt_run.run(size) as pilot:
        await prompt_run.offer(pilot)
        text = prompt_run.app.text()
        for words in ["y give 75k", "o another amount", "n not now"]:
            assert text.count(words) == 1, words


async def test_a_sentence_from_elsewhere_does_nothing(prompt_run: OfferPromptRun):
    nasty = Offer("[/x] \x1b]52;c;QUJD\x07 [red]list[int]", 1, "take {}")
    async with prompt_run.run() as pilot:
        await prompt_run.offer(pilot, nasty)
        assert "[/x]" in prompt_run.app.text()
        assert "\x1b" not in prompt_run.app.text()

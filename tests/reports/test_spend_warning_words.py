"""The sentences of the warnings before money is spent, and what the transcript keeps of them."""

from decimal import Decimal

from tui.budget.request_growth import RequestGrowth
from tui.history.history_warnings import DriftWarning, NearLimitWarning, SmallBudgetWarning
from tui.reports.spend_warning_words import (
    drift_sentence,
    near_limit_sentence,
    request_growth_sentence,
    small_budget_sentence,
    warning_hint,
)
from tui.reports.transcript_items import NoticeItem
from tui.reports.transcript_presenter import TranscriptPresenter
from tui.session import events as ev
from tui.session.state import SessionState


def test_each_sentence_says_what_is_why_and_what_to_do():
    assert small_budget_sentence(SmallBudgetWarning(30_000, 48_200.0, 0.2249, 14), "feature") == (
        "30k tokens are left for this work, less than twice the median of your feature runs (48k): "
        "that fits 22 % of them (14 runs). /advise feature shows what fits."
    )
    assert near_limit_sentence(NearLimitWarning("tight", 3, 3, 58_000.0, 0.4), "bug fix") == (
        "3 of your last 3 bug fix budgets were used up, or nearly: a budget of 58k tokens fits "
        "60 % of such runs. /advise bug fix shows what fits."
    )
    assert near_limit_sentence(NearLimitWarning("growing", 6, 7, 58_000.0, 0.1), "tests") == (
        "6 of your last 7 tests budgets were used up, or nearly, where 10 % were to be expected: "
        "these tasks grow. /advise tests shows what fits."
    )
    assert drift_sentence(DriftWarning(True, 140_200.0, 190_400.0), "feature") == (
        "The p90 of your feature runs moved from 140k to 190k tokens in the last 30 days. "
        "/advise feature shows what fits."
    )


def test_growing_requests_are_told_in_dollars_with_both_ways():
    growth = RequestGrowth(
        now=Decimal("0.084"),
        first=Decimal("0.024"),
        share=Decimal("0.713"),
        shortening=Decimal("0.11"),
        saved_each=Decimal("0.051"),
    )
    assert request_growth_sentence(growth) == (
        "A request now costs ≈ $0.08, 3.5 times the first ones: 71 % of it is history read again. "
        "Between two prompts, /compact costs ≈ $0.11 once and saves ≈ $1.02 over the next 20 "
        "requests; /fork costs $0.00 and saves nothing by itself: compact the copy to keep this "
        "conversation whole."
    )


def test_the_transcript_shows_a_warning_till_it_is_put_away():
    warned = ev.NoticeShown(sentence="Dear.", once="drift:tests", warning="drift")
    records = [ev.Record(seq=1, at=0.0, event=warned)]
    hint = warning_hint(lambda command: ["alt+w"])

    def shown() -> list[object]:
        return [*TranscriptPresenter(SessionState(), warning_hint=lambda: hint).history(records)]

    assert shown() == [NoticeItem("warning drift:tests", f"Dear. {hint}", "warning")]
    records.append(ev.Record(seq=2, at=1.0, event=ev.WarningDismissed(topic="drift:tests")))
    assert shown() == []


def test_without_a_key_the_hint_names_the_command():
    assert warning_hint(lambda command: []).startswith("/dismiss puts this away")

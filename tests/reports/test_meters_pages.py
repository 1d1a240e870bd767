"""The tables of the meters taken apart, and words for what has no price."""

from dataclasses import replace
from decimal import Decimal

from tui.budget.forecast import BudgetFit, Forecast
from tui.budget.ledger import Usage
from tui.budget.meters import (
    BilledMeter,
    BudgetMeter,
    ContextMeter,
    LimitMeter,
    Meters,
    TeamMeter,
)
from tui.budget.stages import Stage
from tui.reports import summary_pages
from tui.session import events as ev
from tui.session.checklist import SubtaskUpdate
from tui.session.event_fold import apply_record
from tui.session.state import SessionState
from tui.session.usage_breakdown import Grouping
from tui.session.usage_details import UsageDetails

HOSTILE = "| [red] `x` \x1b[31m\n# and more"


class MetersLog:
    """A session that grows event by event."""

    def __init__(self) -> None:
        self.state, self.statement, self.seq = SessionState(), UsageDetails(), 0

    def append(self, *events: ev.Event) -> "MetersLog":
        for event in events:
            self.seq += 1
            record = ev.Record(self.seq, 1_000.0 + self.seq, event)
            apply_record(self.state, record)
            self.statement.apply(record)
        return self

    def prompt(self, text: str) -> "MetersLog":
        content = ({"type": "text", "text": text},)
        return self.append(
            ev.PromptSubmitted(turn=self.state.turn + 1, text=text, content=content, estimate=1)
        )

    def request(
        self, dollars: str | None = "0.25", subtask: str | None = None, model: str = "claude-m-1"
    ) -> "MetersLog":
        number = self.state.request + 1
        return self.append(
            ev.RequestStarted(
                request=number,
                turn=self.state.turn,
                model=model,
                effort=None,
                max_tokens=1,
                budget=None,
                messages=1,
                subtask=subtask,
            ),
            ev.RequestFinished(
                request=number,
                message=f"msg_{number}",
                model=model,
                blocks=({"type": "text", "text": "so"},),
                usage=Usage(input=1_000, cache_read=3_000, output=500),
                raw_usage={},
                stop_reason="end_turn",
                dollars=None if dollars is None else Decimal(dollars),
                seconds=2.0,
            ),
        )

    def apart(self, by: Grouping) -> list[list[str]]:
        """The cells of a table, row by row."""
        page = summary_pages.meters_by_part(self.state, self.statement, by)
        rows = [line for line in page.splitlines() if line.startswith("|")]
        return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


def test_a_row_for_each_turn_and_one_for_all_of_them():
    log = MetersLog().prompt("Mend it.").request().request().prompt("And test it.").request(None)
    head, _, *rows = log.apart("turn")
    assert head == [
        *("turn", "requests", "budget used", "billed", "cached", "dollars", "context", "answering")
    ]
    assert rows == [
        [*("1 · Mend it\\.", "2", "1k", "9k", "6k", "\\$0\\.50", "4\\.5k", "4s")],
        [*("2 · And test it\\.", "1", "500", "4\\.5k", "3k", "price unknown", "4\\.5k", "2s")],
        [*("all", "3", "1\\.5k", "14k", "9k", "\\$0\\.50\\+", "4\\.5k", "6s")],
    ]


def test_subtasks_are_named_by_their_titles_and_models_without_their_family():
    log = MetersLog().prompt("go").request().request(subtask="a").request(subtask="gone")
    log.append(ev.ChecklistChanged(updates=(SubtaskUpdate(id="a", title="parse.py"),)))
    assert [row[0] for row in log.apart("subtask")[2:]] == [
        "reading, planning",
        "parse\\.py",
        "gone",
        "all",
    ]
    assert [row[0] for row in log.apart("model")[2:]] == ["m\\-1", "all"]


def test_a_prompt_stays_one_cell_whatever_is_in_it():
    log = MetersLog().prompt(HOSTILE * 30).request()
    rows = log.apart("turn")[2:]
    assert len(rows) == 2
    assert rows[0][0].startswith("1 · \\| &#91;red&#93; \\`x\\`")


def test_of_many_requests_the_newest_are_shown_and_all_are_summed():
    log = MetersLog().prompt("go")
    for _ in range(summary_pages.MOST_PARTS + 3):
        log.request()
    rows = log.apart("request")[2:]
    assert len(rows) == summary_pages.MOST_PARTS + 1
    assert (rows[0][0], rows[-1][0], rows[-1][1]) == ("4", "all", "43")
    assert "The last 40 of 43" in summary_pages.meters_by_part(log.state, log.statement, "request")


def test_before_anything_was_sent_there_is_nothing_to_take_apart():
    assert [row[0] for row in MetersLog().apart("model")[2:]] == ["all"]


def test_what_has_no_price_is_said_to_be_unknown_and_counted():
    nothing = Meters()
    unknown = Meters(billed=BilledMeter(input=900, unpriced=1))
    partly = Meters(billed=BilledMeter(input=900, dollars=Decimal("1.84"), unpriced=2))
    assert "nothing yet" in summary_pages.cost_summary(nothing)
    assert "**Cost** of this session: price unknown." in summary_pages.cost_summary(unknown)
    assert "The sum leaves out 1 request at an unknown price." in summary_pages.cost_summary(
        unknown
    )
    assert "$1\\.84 at list price" in summary_pages.cost_summary(partly)
    assert "The sum leaves out 2 requests at an unknown price." in summary_pages.cost_summary(
        partly
    )
    assert "price unknown" in summary_pages.usage_summary(unknown, 0.0)
    assert "$1\\.84\\+" in summary_pages.usage_summary(partly, 0.0)
    assert "unknown" not in summary_pages.usage_summary(nothing, 0.0)


def test_what_a_server_did_not_say_is_an_estimate_on_every_page():
    estimated = Meters(
        billed=BilledMeter(input=9_000, output=789, unpriced=1, estimated=True),
        context=ContextMeter(used=3_200, window=200_000, estimated=True),
        spent=1_200,
        unsettled=16,
    )
    assert "| all | ≈ 9,789 |" in summary_pages.cost_summary(estimated)
    usage = summary_pages.usage_summary(estimated, 0.0)
    for words in ("none; ≈ 1.2k used", "≈ 9.8k tokens", "≈ 3.2k used of 200k"):
        assert words in usage.replace("\\", "")
    assert "≈ 1.2k tokens used in this session" in summary_pages.budget_summary(estimated)


def test_the_page_of_the_budget_says_what_became_of_the_pool():
    """Of 300,000 tokens 10,000 are used and 250,000 free: 40,000 are kept for agents at work."""
    team = TeamMeter(granted=300_000, used=10_000, free=250_000, living=2, estimated=True)
    page = summary_pages.budget_summary(Meters(team=team)).replace("\\", "")
    for row in (
        "granted | 300,000",
        "used by agents | ≈ 10,000",
        "kept for agents at work | 40,000",
    ):
        assert f"{row} |" in page
    assert "free | 250,000 |" in page and "`/budget +50k --team`" in page
    over = summary_pages.budget_summary(Meters(team=replace(team, used=301_000, free=-1_000)))
    assert "overdrawn | 1,000 |" in over and "free |" not in over and "kept for" not in over
    assert "agents" not in summary_pages.budget_summary(Meters())


def test_a_part_whose_answer_broke_off_is_an_estimate():
    log = MetersLog().prompt("hello").request().prompt("again")
    log.append(
        ev.RequestStarted(
            request=2, turn=2, model="m", effort=None, max_tokens=1, budget=None, messages=1
        ),
        ev.RequestFailed(request=2, reason="crashed", output=40),
    )
    page = summary_pages.meters_by_part(log.state, log.statement, "turn").replace("\\", "")
    row = next(line for line in page.splitlines() if "again" in line)
    assert "≈ 40" in row
    assert "price unknown" in row
    assert page.splitlines()[-1].count("+") == 1


def test_the_page_of_usage_says_how_fast_tokens_are_used_with_and_without_a_budget():
    assert "12s of work |" in summary_pages.usage_summary(Meters(working_seconds=12), 0.0)
    fast = summary_pages.usage_summary(Meters(working_seconds=72, per_minute=31_400.0), 0.0)
    assert "1m 12s of work, 31k tokens charged a minute" in fast


def test_the_page_of_usage_says_what_is_left_of_each_limit_and_how_long_requests_waited():
    figures = Meters(
        limits=(
            LimitMeter("input-tokens", 30_000, 19_000, resets_at=1_042.0),
            LimitMeter("requests", 50, 3, resets_at=990.0),
            LimitMeter("tokens", 100, 7),
        ),
        working_seconds=72,
        paced_seconds=42.4,
    )
    page = summary_pages.usage_summary(figures, 1_000.0).replace("\\", "")
    for row in (
        "| account: input tokens | 19,000 left of 30,000, full in 0:42 |",
        "| account: requests | 50 left of 50 |",
        "| account: tokens | 7 left of 100 |",
        "| time | 1m 12s of work; requests waited 42s for a rate limit |",
    ):
        assert row in page, page


def test_the_page_of_usage_has_what_the_sidebar_does_not_tell_any_more():
    budget = BudgetMeter(
        grant=200_000, charged=124_000, reserve=12_000, stage=Stage.CRUISE, requests_left=9
    )
    figures = Meters(
        budget=budget,
        billed=BilledMeter(input=1_000, cache_read=3_000, output=500, dollars=Decimal("1.84")),
        turn_dollars=Decimal("0.05"),
        forecast=Forecast(29_000),
        fit=BudgetFit("fits"),
    )
    page = summary_pages.usage_summary(figures, 0.0).replace("\\", "")
    for row in (
        "| budget | 124k used, 76k left of 200k |",
        "| stage | cruise, 12k kept for the wrap-up |",
        "| plan | the plan fits: ≈ 29k to finish |",
        "| requests | about 9 more requests of the recent size before the landing |",
        "| billed | 4.5k tokens, 75 % cached, $1.84, $0.05 in this turn |",
    ):
        assert row in page
    assert "| plan |" not in summary_pages.usage_summary(Meters(), 0.0)


def test_the_burn_down_has_words_too():
    points = tuple((60.0 * n, 200_000 - 5_000 * n) for n in range(21))
    meter = BudgetMeter(grant=200_000, charged=100_000, burn_down=points)
    page = summary_pages.budget_summary(Meters(budget=meter))
    assert (
        "Burn-down, tokens left over the requests so far: "
        "190k, 180k, 170k, 160k, 150k, 140k, 130k, 120k, 110k, 100k." in page
    )
    short = replace(meter, burn_down=points[:2])
    assert "Burn-down" not in summary_pages.budget_summary(Meters(budget=short))

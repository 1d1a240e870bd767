"""The pages behind the figures: exact rows, and sums that are the figures."""

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tui.budget.ledger import Usage
from tui.budget.meters import LimitMeter
from tui.budget.wire_budget import CountingRules
from tui.reports.billing_page import billing_page
from tui.reports.detail_page import DetailPage, DetailRow
from tui.reports.ledger_pages import (
    budget_page,
    context_page,
    limits_page,
    subtask_page,
    subtasks_page,
    time_page,
)
from tui.session import events as ev
from tui.session.checklist import SubtaskUpdate
from tui.session.event_fold import apply_record
from tui.session.state import SessionState
from tui.session.usage_details import UsageDetails

RATES = {
    "since": "2025-11-01",
    "above": 0,
    "input": "5",
    "output": "25",
    "cache_write_5m": "6.25",
    "cache_write_1h": "10",
    "cache_read": "0.50",
    "factor": "1",
}


class LedgerLog:
    """A session that grows event by event: its state, and its statement."""

    def __init__(self, counting: CountingRules = CountingRules()) -> None:
        self.state = SessionState(counting)
        self.statement = UsageDetails()
        self.seq = 0
        self.context = 0
        self.append(
            ev.SessionStarted(session="s", folder="/p", program="1", model="claude-m", effort=None)
        )

    def append(self, *events: ev.Event) -> "LedgerLog":
        for event in events:
            self.seq += 1
            record = ev.Record(self.seq, 1_000.0 + self.seq, event)
            apply_record(self.state, record)
            self.statement.apply(record)
        return self

    def prompt(self, text: str = "Mend it.\nPlease.") -> "LedgerLog":
        content = ({"type": "text", "text": text},)
        turn = self.state.turn + 1
        return self.append(ev.PromptSubmitted(turn=turn, text=text, content=content, estimate=6))

    def request(
        self, subtask: str | None = None, model: str = "claude-m", **more: Any
    ) -> "LedgerLog":
        return self.append(
            ev.RequestStarted(
                request=self.state.request + 1,
                turn=self.state.turn,
                model=model,
                budget=None,
                messages=1,
                subtask=subtask,
                **{"effort": None, "max_tokens": 100, **more},
            )
        )

    def answer(
        self,
        usage: Usage,
        *calls: str,
        dollars: str | None = None,
        rates: dict[str, Any] = RATES,
        seconds: float = 0.0,
    ) -> "LedgerLog":
        """The answer, and the results of its calls, each `id name subject tokens`."""
        request = self.state.request
        blocks: list[dict[str, Any]] = [{"type": "text", "text": "words"}]
        told = [call.split() for call in calls]
        blocks += [{"type": "tool_use", "id": t[0], "name": t[1], "input": {}} for t in told]
        self.append(
            ev.RequestFinished(
                request=request,
                message=f"msg_{request}",
                model=self.state.requests[-1].model,
                blocks=tuple(blocks),
                usage=usage,
                raw_usage={},
                stop_reason="tool_use" if calls else "end_turn",
                dollars=None if dollars is None else Decimal(dollars),
                rates=None if dollars is None else rates,
                seconds=seconds,
            )
        )
        for id, name, subject, tokens in told:
            self.append(
                ev.ToolStarted(request=request, tool_use=id, name=name, input={}, subject=subject),
                ev.ToolFinished(
                    request=request,
                    tool_use=id,
                    name=name,
                    content="text",
                    outcome="done",
                    estimate=int(tokens),
                ),
            )
        return self

    def end(self) -> "LedgerLog":
        return self.append(ev.TurnEnded(turn=self.state.turn, reason="completed"))


def text(page: DetailPage) -> list[str]:
    """The rows of a page as one reads them: name, cells, figure."""
    marks = {"heading": "# ", "entry": "  ", "note": "~ "}
    return [
        marks[row.kind] + " | ".join((row.name, *row.cells, *([row.figure] if row.figure else [])))
        for row in page.rows
    ]


def worked() -> LedgerLog:
    """Two turns: 1,000 + 300 + 200 settled, then 400 and a result of about 50 not settled."""
    log = LedgerLog().append(ev.BudgetGranted(total=100_000)).prompt()
    log.request().answer(Usage(input=20, output=1_000), "t1 read src/parse.py 280")
    log.request(subtask="a").answer(Usage(input=10, cache_read=1_310, output=200)).end()
    log.append(ev.ChecklistChanged(updates=(SubtaskUpdate(id="a", title="parse", estimate=600),)))
    log.prompt("And the lexer.").request(subtask="a")
    return log.answer(Usage(input=30, cache_read=1_520, output=400), "t2 bash pytest 50")


def test_the_entries_behind_the_budget_stand_under_their_prompts():
    log = worked()
    page = budget_page(log.state, log.statement)
    assert page.title == "Entries · budget of the session"
    assert page.summary == ("≈ 1,950 tokens used · ≈ 98,050 left of 100,000",)
    assert [column.name for column in page.columns] == ["kind", "request", "subtask"]
    assert text(page) == [
        "# turn 1 · Mend it. | 1,500",
        "  message: words | output | 1 |  | 1,000",
        "  read src/parse.py | results | 1 |  | 300",
        "  message: words | output | 2 | parse | 200",
        "# turn 2 · And the lexer. | ≈ 450",
        "  message: words | output | 3 | parse | 400",
        "  bash pytest | results | 3 | parse | ≈ 50",
        "~ not charged to a budget: 2 prompts, ≈ 36 tokens",
    ]


def test_a_budget_for_each_prompt_has_the_entries_of_its_prompt():
    log = worked().append(ev.BudgetGranted(total=50_000, scope="turn"))
    page = budget_page(log.state, log.statement)
    assert page.title == "Entries · budget of this prompt"
    assert page.summary == ("≈ 450 tokens used · ≈ 49,550 left of 50,000",)
    assert text(page)[0] == "# turn 2 · And the lexer. | ≈ 450"


def test_a_budget_given_between_two_prompts_has_no_entries_yet():
    log = worked().end().append(ev.BudgetGranted(total=50_000, scope="turn"))
    assert text(budget_page(log.state, log.statement)) == []


def test_what_an_earlier_prompt_settled_to_is_a_row_of_its_own():
    """Growth of 76 over weights of 50 and 6: the result was 68, the prompt beside it 8.

    The result's 18 more count now; 6 of the prompt were charged as the budget opened.
    """
    log = worked().end().append(ev.BudgetGranted(total=50_000, scope="turn"))
    log.prompt("Go on.").request().answer(Usage(input=2_026, output=10))
    page = budget_page(log.state, log.statement)
    headings = [row for row in page.rows if row.kind == "heading"]
    assert headings[-1] == DetailRow("charged apart from these entries", (), "12", "heading")
    assert log.state.charged == 30


def test_without_a_budget_the_page_says_what_was_used():
    log = LedgerLog().prompt().request().answer(Usage(input=9, output=70))
    page = budget_page(log.state, log.statement)
    assert (page.title, page.summary) == (
        "Entries · budget",
        ("70 tokens used in this session; no budget limits it",),
    )


def test_a_request_under_way_says_that_its_entry_comes():
    log = worked().request()
    words = "~ request 4 is still running: its entry appears when it ends"
    assert text(budget_page(log.state, log.statement))[-1] == words


def test_subtasks_have_their_entries_and_the_rest_has_a_group():
    log = worked()
    page = subtasks_page(log.state, log.statement, "the plan fits: ≈ 8k to finish")
    assert page.summary == (
        "≈ 1,950 tokens used in this session",
        "the plan fits: ≈ 8k to finish",
    )
    assert text(page) == [
        "# parse · pending · ≈ 600 estimated | ≈ 650",
        "  message: words | output | 1 | 2 | 200",
        "  message: words | output | 2 | 3 | 400",
        "  bash pytest | results | 2 | 3 | ≈ 50",
        "# reading, planning | 1,300",
        "  message: words | output | 1 | 1 | 1,000",
        "  read src/parse.py | results | 1 | 1 | 300",
    ]


def test_the_context_is_taken_apart_by_kind_with_the_largest_first():
    """1,550 of input and 400 of output, 1,900 with entries; 50 wait, the rest is the system's."""
    log = worked()
    page = context_page(log.state, log.statement, 10_000)
    assert page.summary == (
        "≈ 2,000 tokens used of 10,000 (20 %) by the last request, its answer, and what waits",
    )
    assert text(page) == [
        "# the model's own words | 1,600",
        "  message: words | 1 | 1 | 1,000",
        "  message: words | 2 | 3 | 400",
        "  message: words | 1 | 2 | 200",
        "# tool results | 300",
        "  read src/parse.py | 1 | 1 | 300",
        "# waiting to be sent, or for the answer to it | ≈ 50",
        "# prompts and what came with them | ≈ 36",
        "  prompt | 2 | 2 | 30",
        "  prompt | 1 | 0 | ≈ 6",
        "# system prompt, tools, and what has no entry | ≈ 14",
    ]


def test_what_is_only_being_sent_is_not_in_the_context_yet():
    log = worked().request()
    rows = text(context_page(log.state, log.statement, 0))
    assert not any("bash pytest" in row for row in rows)


def test_the_bill_has_a_row_for_each_request_at_the_rates_applied():
    """By hand, at 5, 6.25, 0.50 and 25 dollars a million."""
    log = LedgerLog().prompt().request()
    log.answer(Usage(input=1_000, cache_write_5m=4_000, output=2_000), dollars="0.08")
    log.request(purpose="landing")
    log.answer(Usage(input=200, cache_read=10_000, output=1_000), dollars="0.031")
    page = billing_page(log.state, log.statement)
    assert page.summary == (
        "18,200 tokens billed · $0.1110 at list price",
        "input $0.0060 · written $0.0250 · read $0.0050 · output $0.0750",
    )
    assert text(page) == [
        "# turn 1 · Mend it. | $0.1110",
        "~ m: prices of 2025-11-01 for a million tokens",
        "~ input $5 · written $6.25 · written for an hour $10 · read $0.50 · output $25",
        "~ at most 100 tokens a message",
        "  request 1 | 1,000 | 4,000 | 0 | 2,000 | $0.0800",
        "  request 2 · landing | 200 | 0 | 10,000 | 1,000 | $0.0310",
    ]


def test_other_rates_and_other_models_are_told_apart():
    log = LedgerLog().prompt().request().answer(Usage(input=10), dollars="0.01")
    dearer = {**RATES, "above": 200_000, "factor": "1.1"}
    log.request(model="claude-n").answer(Usage(input=10), dollars="0.02", rates=dearer)
    rows = text(billing_page(log.state, log.statement))
    assert "  request 2 · n | 10 | 0 | 0 | 0 | $0.0200" in rows
    assert (
        "~ n: prices of 2025-11-01 for a million tokens, prompts above 200,000 tokens, times 1.1"
        in rows
    )


def test_what_a_message_could_take_at_most_is_told_where_it_changes():
    log = LedgerLog().prompt()
    for most, effort in ((64_000, "high"), (64_000, "high"), (9_120, "high"), (32_000, "low")):
        log.request(max_tokens=most, effort=effort).answer(Usage(input=10), dollars="0.01")
    notes = [row for row in text(billing_page(log.state, log.statement)) if "at most" in row]
    assert notes == [
        "~ at most 64,000 tokens a message at high effort",
        "~ at most 9,120 tokens a message at high effort",
        "~ at most 32,000 tokens a message at low effort",
    ]


def test_what_has_no_price_is_counted_and_never_guessed():
    log = LedgerLog().prompt().request().answer(Usage(input=10), dollars="0.01")
    log.request().answer(Usage(input=10))
    page = billing_page(log.state, log.statement)
    assert page.summary[-1] == "price unknown: 1 request"
    assert text(page)[0] == "# turn 1 · Mend it. | $0.0100+"
    assert text(page)[-1] == "  request 2 | 10 | 0 | 0 | 0 | price unknown"


def test_a_broken_answer_is_billed_and_said_to_be_broken():
    log = LedgerLog().prompt().request()
    log.append(
        ev.RequestFailed(
            request=1,
            reason="interrupted",
            output=40,
            usage=Usage(input=500, output=1),
            dollars=Decimal("0.0025"),
            message="msg_1",
        )
    )
    assert text(billing_page(log.state, log.statement))[-1] == (
        "  request 1 · broken off | 500 | 0 | 0 | ≈ 1 | $0.0025"
    )
    assert text(budget_page(log.state, log.statement))[1] == (
        "  message, interrupted | output | 1 | ≈ 40"
    )


def test_limits_say_what_is_left_of_what_and_when_they_reset():
    limits = (
        LimitMeter("requests", 50, 49, resets_at=1_042.0),
        LimitMeter("input-tokens", 400_000, 100_000),
        LimitMeter("tokens", 10, 2, resets_at=999.0),
    )
    page = limits_page(limits, 1_000.0)
    assert text(page) == [
        "  input-tokens | input that the prompt cache does not hold | 400,000 | 25 % |  | 100,000",
        "  requests | every request of the account | 50 | 98 % | 0:42 | 49",
        "  tokens | both: input not in the cache, and output | 10 | 100 % |  | 10",
    ]
    assert limits_page((), 0.0).empty == "no response has named one yet"


STEPS = st.lists(
    st.tuples(st.sampled_from("pqtgse"), st.integers(0, 3_000), st.integers(0, 900)), max_size=25
)


def random_story(steps: list[tuple[str, int, int]], counting: CountingRules) -> LedgerLog:
    """Prompts, requests with and without tools, grants of both scopes, in any order."""
    log = LedgerLog(counting).prompt()
    for kind, size, other in steps:
        match kind:
            case "p":
                log.end().prompt()
            case "q" | "t":
                log.request("a" if size % 2 else None)
                calls = (f"t{log.seq} read x {other}",) if kind == "t" else ()
                log.answer(Usage(input=log.state.context + size, output=other), *calls)
            case "g":
                log.append(ev.BudgetGranted(total=50_000, scope="turn" if size % 2 else "session"))
            case "s":
                log.append(ev.NoteSent(text="so", reason="steering", estimate=other))
            case _:
                log.end()
    return log


@settings(max_examples=60, deadline=None)
@given(steps=STEPS, prompts=st.booleans())
def test_every_page_adds_up_to_its_figure(steps: list, prompts: bool):
    log = random_story(steps, CountingRules(charges_prompts=prompts))
    state, statement = log.state, log.statement

    def summed(page: DetailPage, kind: str) -> int:
        figures = [row.figure for row in page.rows if row.kind == kind]
        return sum(int(each.strip("≈ ").replace(",", "").replace("−", "-")) for each in figures)

    assert summed(budget_page(state, statement), "heading") == state.charged
    assert summed(subtasks_page(state, statement), "heading") == state.ledger.charged
    assert summed(subtasks_page(state, statement), "entry") == state.ledger.charged
    if state.context:
        assert summed(context_page(state, statement, 0), "heading") == state.context_used


def test_the_page_of_one_subtask_has_its_entries_alone_and_they_are_its_sum():
    log = LedgerLog().prompt()
    log.append(ev.ChecklistChanged(updates=(SubtaskUpdate(id="a", title="parse.py"),)))
    log.request("a").answer(Usage(input=900, output=300), "t1 read src/a.py 40")
    log.request().answer(Usage(input=1_300, output=70))
    page = subtask_page(log.state, log.statement, "a")
    assert page.summary == ("parse.py · pending", "400 tokens used")
    assert [(row.name, row.figure) for row in page.rows] == [
        ("message: words", "300"),
        ("read src/a.py", "100"),
    ]
    rest = subtask_page(log.state, log.statement, None)
    assert rest.summary == ("reading, planning", "70 tokens used")


def test_the_page_of_time_has_every_prompt_with_its_answers_and_all_else():
    log = LedgerLog().prompt("One.")  # every event is a second after the one before
    log.request().answer(Usage(input=9, output=9), "t1 read a 4", seconds=1.0)
    log.request().answer(Usage(input=9, output=9), seconds=1.0).end()
    log.append(ev.SessionNamed(name="a pause of a second"))
    log.prompt("Two.").request().answer(Usage(input=9, output=9), seconds=0.5).end()
    page = time_page(log.state, log.statement)
    assert [(row.name, row.figure) for row in page.rows] == [
        ("turn 1 · One.", "7s"),
        ("request 1", "1s"),
        ("request 2", "1s"),
        ("all else: tools, questions, summaries", "5s"),
        ("turn 2 · Two.", "3s"),
        ("request 3", "0.5s"),
        ("all else: tools, questions, summaries", "2s"),
    ]
    assert page.summary == ("10s of work in this session, not counting between turns",)
    assert sum(log.state.work_clock.seconds_by_turn.values()) == log.state.work_clock.seconds == 10

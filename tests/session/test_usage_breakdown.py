"""The meters cut into parts: every cut adds up to the whole session."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tui.budget.ledger import Usage
from tui.session import events as ev
from tui.session.event_fold import apply_record
from tui.session.state import SessionState
from tui.session.usage_breakdown import GROUPINGS, UsageGroup, group_usage
from tui.session.usage_details import UsageDetails

MODELS = ("claude-a", "claude-b")


class BreakdownLog:
    """A session told event by event."""

    def __init__(self) -> None:
        self.state, self.statement, self.seq = SessionState(), UsageDetails(), 0
        self.append(ev.SessionStarted(session="s", folder="/p", program="1", model=MODELS[0]))

    def append(self, event: ev.Event) -> None:
        self.seq += 1
        record = ev.Record(self.seq, 1_000.0 + self.seq, event)
        apply_record(self.state, record)
        self.statement.apply(record)

    def prompt(self) -> None:
        turn = self.state.turn + 1
        text = {"type": "text", "text": "go"}
        self.append(ev.PromptSubmitted(turn=turn, text="go", content=(text,), estimate=1))

    def request(self, **more: Any) -> int:
        number = self.state.request + 1
        fields = {"model": MODELS[0], "subtask": None, "agent": "main", **more}
        self.append(
            ev.RequestStarted(
                request=number,
                turn=self.state.turn,
                effort=None,
                max_tokens=1,
                budget=None,
                messages=1,
                **fields,
            )
        )
        return number

    def answer(self, usage: Usage, dollars: str | None, seconds: float = 1.5) -> None:
        self.append(
            ev.RequestFinished(
                request=self.state.request,
                message=f"msg_{self.state.request}",
                model=self.state.requests[-1].model,
                blocks=({"type": "text", "text": "so"},),
                usage=usage,
                raw_usage={},
                stop_reason="end_turn",
                dollars=None if dollars is None else Decimal(dollars),
                seconds=seconds,
            )
        )

    def cut(self, by: Any) -> list[UsageGroup]:
        return group_usage(self.state.ledger.entries.values(), self.statement.bill_lines, by)


def worked() -> BreakdownLog:
    """Two turns, two models, a subtask and an agent of its own."""
    log = BreakdownLog()
    log.prompt()
    log.request()
    log.answer(Usage(input=20, cache_write_5m=80, output=1_000), "0.50")
    log.request(subtask="a")
    log.answer(Usage(input=10, cache_read=1_100, output=200), "0.25")
    log.prompt()
    log.request(model=MODELS[1], subtask="a", agent="reviewer")
    log.answer(Usage(input=1_400, output=400), None, seconds=4.0)
    return log


def told(found: list[UsageGroup]) -> list[tuple[Any, ...]]:
    return [
        (c.key, c.requests, c.charged, c.billed, c.cached, c.dollars, c.unpriced, c.context)
        for c in found
    ]


def test_a_session_is_cut_by_turn_model_subtask_agent_and_request():
    log, half, quarter = worked(), Decimal("0.50"), Decimal("0.25")
    assert told(log.cut("turn")) == [
        (1, 2, 1_200, 2_410, 1_100, half + quarter, 0, 1_310),
        (2, 1, 400, 1_800, 0, None, 1, 1_800),
    ]
    assert told(log.cut("model")) == [
        ("claude-a", 2, 1_200, 2_410, 1_100, half + quarter, 0, 1_310),
        ("claude-b", 1, 400, 1_800, 0, None, 1, 1_800),
    ]
    assert told(log.cut("subtask")) == [
        (None, 1, 1_000, 1_100, 0, half, 0, 1_100),
        ("a", 2, 600, 3_110, 1_100, quarter, 1, 1_800),
    ]
    found = [(cut.key, cut.charged) for cut in log.cut("agent")]
    assert found == [("main", 1_200), ("reviewer", 400)]
    assert [(cut.key, cut.seconds) for cut in log.cut("request")] == [(1, 1.5), (2, 1.5), (3, 4)]


def test_an_answer_that_broke_off_is_a_part_of_its_request():
    log = worked()
    log.request()
    log.append(
        ev.RequestFailed(
            request=4,
            reason="interrupted",
            output=70,
            usage=Usage(input=30, cache_read=900, output=70, reported=False),
            dollars=Decimal("0.10"),
            message="msg_4",
        )
    )
    last = log.cut("request")[-1]
    assert (last.key, last.charged, last.unsettled, last.billed) == (4, 70, 70, 1_000)
    assert last.dollars == Decimal("0.10")


counts = st.integers(0, 5_000)
requests = st.tuples(
    st.sampled_from(MODELS),
    st.sampled_from([None, "a", "b"]),
    st.sampled_from(["main", "reviewer"]),
    st.tuples(counts, counts, counts, counts),
    st.sampled_from([None, "0.5", "0.0001"]),
    st.booleans(),
)


@given(st.lists(requests, max_size=12))
def test_every_cut_adds_up_to_the_meters_of_the_session(
    told: list[tuple[Any, ...]],
):
    log = BreakdownLog()
    for model, subtask, agent, (a, b, c, d), dollars, prompted in told:
        if prompted or not log.state.turn:
            log.prompt()
        log.request(model=model, subtask=subtask, agent=agent)
        log.answer(Usage(input=a, cache_write_5m=b, cache_read=c, output=d), dollars)
    billed = log.state.bill.meter()
    for by in GROUPINGS:
        whole = UsageGroup(None)
        for cut in log.cut(by):
            whole.add(cut)
        assert whole.charged == log.state.ledger.charged, by
        assert whole.unsettled == log.state.ledger.unsettled
        assert (whole.billed, whole.cached) == (billed.tokens, billed.cache_read)
        assert (whole.dollars, whole.unpriced) == (billed.dollars, billed.unpriced)
        assert whole.requests == len(told)
        assert whole.context == max([line.context for line in log.statement.bill_lines], default=0)
    assert {cut.key: cut.charged for cut in log.cut("turn") if cut.charged} == {
        turn: n for turn, n in log.state.ledger.by_turn.items() if n
    }
    assert {cut.key: cut.charged for cut in log.cut("model") if cut.charged} == {
        model: n for model, n in log.state.ledger.by_model.items() if n
    }

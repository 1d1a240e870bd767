"""What the transcript shows of events that have something odd about them."""

from decimal import Decimal

import pytest

from tui.budget.ledger import LedgerEntry, Usage
from tui.reports.transcript_items import DividerItem, NoticeItem, PromptItem, ToolItem
from tui.reports.transcript_presenter import TranscriptPresenter, rewrite_summary
from tui.session import events as ev
from tui.session.event_fold import fold
from tui.session.state import SessionState
from tui.session.wrapup import WrapUp


def call(id: str, name: str, **given: object) -> ev.JSON:
    return {"type": "tool_use", "id": id, "name": name, "input": given}


def shown(*events: ev.Event) -> list[ToolItem]:
    presenter = TranscriptPresenter(SessionState())
    records = [ev.Record(seq=at, at=0.0, event=event) for at, event in enumerate(events)]
    return [item for item in presenter.history(records) if isinstance(item, ToolItem)]


@pytest.mark.parametrize("outcome", ["denied", "not_run", "interrupted"])
def test_a_call_that_never_started_says_what_it_was_for_and_its_state_once(
    outcome: ev.ToolOutcome,
):
    asked = ev.RequestFinished(
        request=1,
        message="m",
        model="claude-opus-5-5",
        blocks=(
            call("a", "edit", path="src/a.py", old_string="x"),
            call("b", "bash", command="make", timeout=3),
            call("c", "checklist", subtasks=[]),
            {"type": "text", "text": "no call"},
        ),
        usage=Usage(),
        raw_usage={},
        stop_reason="tool_use",
    )
    ends = [
        ev.ToolFinished(
            request=1,
            tool_use=id,
            name=name,
            content="",
            outcome=outcome,
            summary=outcome.replace("_", " "),
        )
        for id, name in (("a", "edit"), ("b", "bash"), ("c", "checklist"))
    ]
    lines = shown(asked, *ends)
    assert [(line.subject, line.summary, line.state) for line in lines] == [
        ("src/a.py", "", outcome),
        ("make", "", outcome),
        ("", "", outcome),
    ]


@pytest.mark.parametrize("finished", ["abcd", "dcba", "cadb", "bdac", "ac", "zba"])
def test_lines_of_calls_are_in_the_order_of_the_calls(finished: str):
    asked = ev.RequestFinished(
        request=1,
        message="m",
        model="claude-opus-5-5",
        blocks=tuple(call(id, "read", path=f"{id}.py") for id in "abcd"),
        usage=Usage(),
        raw_usage={},
        stop_reason="tool_use",
    )
    ends = [
        ev.ToolFinished(request=1, tool_use=id, name=id, content=id, outcome="done")
        for id in finished
    ]
    for so_far in range(1, len(ends) + 1):
        lines = shown(asked, *ends[:so_far])
        assert [line.name for line in lines] == sorted(finished[:so_far])
        assert all(line.name == line.detail for line in lines)
    cut = ev.ResultsCut(cuts=(ev.PartCut(key=finished[0], content="", estimate=7),))
    assert {line.name for line in shown(asked, *ends, cut) if line.tokens == 7} == {finished[0]}


def missed(request: int, reason: str, dollars: str | None = "0.25") -> ev.CacheMissed:
    price = None if dollars is None else Decimal(dollars)
    return ev.CacheMissed(request=request, tokens=40_000, dollars=price, reason=reason)


def said(*events: ev.Event) -> list[str]:
    """The notices in the transcript, each at its last state."""
    presenter = TranscriptPresenter(SessionState())
    records = [ev.Record(seq=at, at=0.0, event=event) for at, event in enumerate(events)]
    return [item.text for item in presenter.history(records) if isinstance(item, NoticeItem)]


def test_a_miss_of_the_prompt_cache_is_one_line_with_tokens_price_and_reason():
    assert said(missed(4, "tools_changed")) == [
        "The prompt cache was missed: 40,000 tokens written again, $0.2500 more than reading "
        "them. The API says that the tools changed."
    ]
    assert said(missed(4, "tools_changed", None)) == [
        "The prompt cache was missed: 40,000 tokens written again, price unknown. "
        "The API says that the tools changed."
    ]


def test_a_reason_that_comes_later_takes_the_place_of_the_question():
    (line,) = said(missed(4, "pending"), missed(4, "messages_changed"))
    assert "missed: 40,000" in line and line.endswith("that earlier messages changed.")


def test_misses_in_a_row_share_a_line_and_later_ones_have_their_own():
    rows = [missed(4, "pending"), missed(4, "same"), missed(5, "unavailable"), missed(9, "same")]
    first, second = said(*rows)
    assert first == (
        "The prompt cache was missed 2 times: 80,000 tokens written again, $0.5000 more than "
        "reading them. The API cannot say why."
    )
    assert second.startswith("The prompt cache was missed: 40,000")


def test_a_reason_nobody_knows_yet_is_passed_on_as_text():
    (line,) = said(missed(1, "[b]gremlins[/b]"))
    assert line.endswith("The API says: [b]gremlins[/b].")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (
            ev.Rewritten(reason="compaction", before=34_000, after=9_180),
            "compacted · context 34k → ≈ 9.2k used · 73 % less",
        ),
        (
            ev.Rewritten(reason="model", model="m", before=10_000, after=13_000),
            "model changed · context 10k → ≈ 13k used",
        ),
        (ev.Rewritten(reason="rewind", before=34_000), "rewound"),
        (ev.Rewritten(reason="invalid_signature"), "thinking left out"),
    ],
)
def test_a_rule_marks_what_was_done_to_the_conversation(event: ev.Rewritten, words: str):
    assert rewrite_summary(event) == words


class Counted(dict[str, LedgerEntry]):
    """Entries of a ledger that count how often one is looked up."""

    looked_up = 0

    def get(self, key: str, default: object = None) -> object:  # type: ignore[override]
        self.looked_up += 1
        return super().get(key, default)


def a_tool(turn: int, *, settled: bool) -> tuple[str, LedgerEntry]:
    key = f"tool-{turn}"
    return key, LedgerEntry(
        key=key,
        kind="results",
        tokens=100,
        settled=settled,
        charged=True,
        turn=turn,
        request=turn,
        subtask=None,
        agent="",
        model="m",
    )


def a_turn(turn: int) -> list[ev.Event]:
    done = ev.ToolFinished(
        request=turn, tool_use=f"tool-{turn}", name="read", content="", outcome="done"
    )
    return [
        ev.PromptSubmitted(turn=turn, text="go", content=()),
        ev.RequestStarted(
            request=turn, turn=turn, model="m", effort="high", max_tokens=1, budget=None, messages=1
        ),
        done,
        ev.TurnEnded(turn=turn, reason="completed"),
    ]


def history(state: SessionState, turns: int) -> list[str]:
    """The lines at the ends of so many turns."""
    events = [event for turn in range(1, turns + 1) for event in a_turn(turn)]
    records = [ev.Record(seq=at, at=0.0, event=event) for at, event in enumerate(events)]
    items = TranscriptPresenter(state).history(records)
    return [item.text for item in items if isinstance(item, DividerItem)]


def test_a_turn_is_estimated_only_where_its_own_tools_are():
    state = SessionState()
    for turn in (1, 2):
        state.ledger.add(a_tool(turn, settled=turn == 2)[1])
    ends = history(state, 2)
    assert "≈" in ends[0] and "≈" not in ends[1]


def test_a_history_twice_as_long_takes_twice_the_work():
    looked_up = []
    for turns in (50, 100):
        state = SessionState()
        state.ledger.entries = Counted(a_tool(turn, settled=True) for turn in range(1, turns + 1))
        history(state, turns)
        looked_up.append(state.ledger.entries.looked_up)
    assert looked_up[1] == 2 * looked_up[0]


def ending(
    reason: ev.TurnEndReason,
    sentence: str,
    budget: int | None = None,
    report: WrapUp = WrapUp(not_started=("b",)),  # noqa: B008 - it is frozen
    *before: ev.Event,
) -> list[str]:
    """The words at the end of a turn that left a report, while its landing block waits."""
    events = (
        ev.PromptSubmitted(turn=1, text="go", content=()),
        *before,
        ev.WrappedUp(turn=1, report=report),
        ev.TurnEnded(turn=1, reason=reason, sentence=sentence, budget=budget),
    )
    records = [ev.Record(seq=at, at=0.0, event=event) for at, event in enumerate(events, 1)]
    items = TranscriptPresenter(fold(records)).history(records)
    return [item.text for item in items if isinstance(item, (DividerItem, NoticeItem))]


def test_what_the_landing_block_says_is_said_nowhere_else():
    said_before = (
        ev.StageCrossed(stage="overrun", charged=22, grant=20),
        ev.NoteSent(text="Landing", reason="landing"),
        ev.LimitReached(limit="budget", sentence="Only the reserve is left."),
        ev.LimitAnswered(answer="finish"),
    )
    for reason in ("landed", "wrapped_up", "paused", "stopped"):
        assert ending(reason, "It says what is left.") == ["took 0.0s"]
        assert ending(reason, "It says what is left.", None, LEFT, *said_before) == ["took 0.0s"]
    # The offer and the block name the budget that should do.
    assert ending("landed", "Set /budget 100k.", 100_000) == ["took 0.0s"]


LEFT = WrapUp(done=("a",), not_started=("b",))


def test_an_answer_from_another_process_is_noted_with_what_it_does_and_from_where():
    answered = ev.PermissionAnswered(tool_use="t", answer="session", source="process 7\x1b[2J")
    denied = ev.PermissionAnswered(tool_use="t", answer="no", reason="why?", source="process 7")
    here = ev.PermissionAnswered(tool_use="t", answer="once")
    limit = ev.LimitAnswered(answer="pause", source="process 7")
    records = [
        ev.Record(seq=at, at=0.0, event=event)
        for at, event in enumerate((answered, denied, here, limit), 1)
    ]
    items = TranscriptPresenter(SessionState()).history(records)
    assert [item.text for item in items if isinstance(item, (NoticeItem, PromptItem))] == [
        "Allowed for this session: answered from process 7.",
        "why?",
        "Denied: answered from process 7.",
        "Paused. Answered from process 7.",
    ]


def test_a_question_takes_back_the_warning_that_says_the_same():
    overrun = ev.StageCrossed(stage="overrun", charged=22, grant=20)
    reached = ev.LimitReached(limit="over_budget", sentence="The budget is used up.")
    records = [ev.Record(seq=at, at=0.0, event=each) for at, each in enumerate((overrun, reached))]
    assert TranscriptPresenter(SessionState()).history(records[:1]) != []
    assert TranscriptPresenter(SessionState()).history(records) == []


def test_what_only_a_sentence_says_is_said_beside_the_block():
    limit = "The limit of 2 requests a turn is reached."
    assert ending("hard_limit", limit) == [limit, "took 0.0s"]
    declined = "It stopped at once. Set /budget 100k."
    assert ending("declined", declined, 100_000)[0] == declined
    words = "Wrapped up with work left. The model says: “more”."
    assert ending("wrapped_up", words, report=WrapUp(next_step="more")) == [words, "took 0.0s"]


def test_an_interrupt_without_a_plan_is_one_row():
    assert ending("interrupted", "", report=WrapUp(files=("a.py",))) == [
        "interrupted after 0.0s · say what to do instead"
    ]


CALLS: tuple[tuple[str, ev.ToolOutcome], ...] = (
    ("wrap_up", "done"),
    ("read", "done"),
    ("wrap_up", "error"),
)


def test_the_tool_line_of_a_report_is_not_shown():
    events = [
        ev.ToolFinished(
            request=1, tool_use=f"{name} {outcome}", name=name, content="", outcome=outcome
        )
        for name, outcome in CALLS
    ]
    items = TranscriptPresenter(SessionState(), merged=False).history(
        ev.Record(seq=at, at=0.0, event=event) for at, event in enumerate(events)
    )
    shown = [(item.name, item.state) for item in items if isinstance(item, ToolItem)]
    assert shown == [("read", "done"), ("wrap_up", "error")]


@pytest.mark.parametrize(
    ("reason", "words"),
    [("crashed", "cut short after 9s · price unknown"), ("completed", "price unknown · 1h 00m")],
)
def test_a_turn_that_a_crash_cut_short_took_until_its_last_event(
    reason: ev.TurnEndReason, words: str
):
    """Killed 9 seconds after the prompt, and opened again an hour later."""
    usage = Usage(input=10, output=10)
    answered = ev.RequestFinished(
        request=1,
        message="m",
        model="claude-opus-5-5",
        blocks=(),
        usage=usage,
        raw_usage={},
        stop_reason="end_turn",
    )
    closed = ev.RequestFailed(request=2, reason="crashed", sentence="It ended.")
    events = [
        (100.0, ev.PromptSubmitted(turn=1, text="go", content=(), estimate=1)),
        (104.0, answered),
        (109.0, ev.NoticeShown(sentence="The last that was committed.")),
        (3_700.0, closed),
        (3_700.0, ev.TurnEnded(turn=1, reason=reason)),
    ]
    records = [ev.Record(seq=at, at=when, event=event) for at, (when, event) in enumerate(events)]
    items = TranscriptPresenter(SessionState()).history(records)
    (divider,) = [item for item in items if isinstance(item, DividerItem)]
    assert divider.text == words

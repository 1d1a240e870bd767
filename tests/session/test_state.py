"""The fold: conversation, ledger and wire value out of a log."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.session.folded_log import FoldedLog
from tui.budget.ledger import Usage
from tui.budget.wire_budget import CountingRules, WireBudget
from tui.session import events as ev
from tui.session.checklist import SubtaskUpdate
from tui.session.event_codec import to_event
from tui.session.event_fold import fold


def worked_example() -> FoldedLog:
    """The documentation's example: 100,000 granted, three requests, 19,000 charged."""
    log = FoldedLog()
    log.append(ev.BudgetGranted(total=100_000))
    log.prompt()
    log.request()
    log.response(20, 5_000, "toolu_1")
    log.result("toolu_1", 2_500)
    log.request()
    log.response(7_820, 4_000, "toolu_2")
    log.result("toolu_2", 1_500)
    log.request()
    log.response(13_020, 6_000)
    log.end()
    return log


def test_the_official_worked_example_to_the_token():
    state = worked_example().state
    assert (state.charged, state.left, state.ledger.unsettled) == (19_000, 81_000, 0)


def test_the_wire_object_is_the_same_on_every_request_of_the_example():
    log = worked_example()
    sent = [each.budget for each in log.state.requests]
    assert sent == [WireBudget(100_000)] * 3


def test_folding_the_log_again_gives_the_same_session():
    log = worked_example()
    again = fold(log.records)
    assert again.conversation.sendable() == log.state.conversation.sendable()
    assert again.ledger.entries == log.state.ledger.entries
    assert again.bill.meter() == log.state.bill.meter()


def test_results_go_before_texts_in_one_message():
    log = FoldedLog()
    log.prompt()
    log.request()
    log.response(20, 100, "a", "b")
    log.append(ev.NoteSent(text="steer", reason="steering", estimate=3))
    log.result("b", 10)
    log.result("a", 10)
    message = log.state.conversation.sendable()[-1]
    assert [block["type"] for block in message["content"]] == [
        "tool_result",
        "tool_result",
        "text",
    ]
    assert log.state.ledger.entries["note-5"].kind == "beside"


def test_a_prompt_beside_unsent_results_continues_their_message():
    """After an interrupt during tools every call is answered and the next prompt follows."""
    log = FoldedLog()
    log.prompt()
    log.request()
    log.response(20, 100, "a")
    log.result("a", 10)
    log.end()
    log.prompt("next")
    roles = [message["role"] for message in log.state.conversation.sendable()]
    assert roles == ["user", "assistant", "user"]


def test_a_dropped_partial_is_charged_and_told_only_at_the_next_turn_once_it_matters():
    log = FoldedLog()
    log.append(ev.BudgetGranted(total=100_000))
    log.prompt()
    log.request()
    log.append(ev.RequestFailed(request=1, reason="fault", output=1_500, message="msg_x"))
    assert log.state.left == 98_500
    assert log.state.wire_budget() == WireBudget(100_000), "not within the turn"
    log.end()
    log.prompt()
    assert log.state.wire_budget() == WireBudget(100_000, 98_500), "1.5 % is more than 1 %"


def test_a_small_dropped_partial_does_not_cost_a_cache_miss():
    log = FoldedLog()
    log.append(ev.BudgetGranted(total=100_000))
    log.prompt()
    log.request()
    log.append(ev.RequestFailed(request=1, reason="fault", output=900, message="msg_x"))
    log.end()
    log.prompt()
    assert log.state.wire_budget() == WireBudget(100_000)


def test_a_rewrite_subtracts_what_was_removed_and_keeps_the_summary_visible():
    log = worked_example()
    log.append(
        ev.RequestStarted(
            request=4,
            turn=1,
            model="m",
            effort="high",
            max_tokens=8_000,
            budget=None,
            messages=7,
            purpose="compaction",
        )
    )
    log.append(
        ev.RequestFinished(
            request=4,
            message="msg_sum",
            model="m",
            blocks=({"type": "text", "text": "summary"},),
            usage=Usage(input=19_000, output=2_000),
            raw_usage={},
            stop_reason="end_turn",
        )
    )
    log.append(
        ev.Rewritten(
            reason="compaction",
            messages=({"role": "user", "content": [{"type": "text", "text": "summary"}]},),
            summary_message="msg_sum",
            summary_tokens=1_200,
            before=19_000,
            after=1_300,
        )
    )
    assert log.state.charged == 21_000
    assert log.state.counted_tokens() == 1_200
    assert log.state.wire_budget() == WireBudget(100_000, 100_000 - 21_000 + 1_200)


def test_the_programs_own_report_is_not_charged_and_counted_by_the_server():
    """All 19,000 leave and 400 come that nobody wrote: shown is 81,400 - 400 = 81,000."""
    log = worked_example()
    report = {"role": "user", "content": [{"type": "text", "text": "<summary>report</summary>"}]}
    log.append(ev.Rewritten(reason="compaction", messages=(report,), summary_tokens=400, after=900))
    assert (log.state.charged, log.state.counted_tokens()) == (19_000, 400)
    assert log.state.wire_budget() == WireBudget(100_000, 81_400)


def test_a_request_for_a_summary_measures_what_it_had_and_not_the_prompt_that_waits():
    """It grew by 650: results of 500, which were taken for 400, and the question, taken for 120."""
    log = FoldedLog()
    log.append(ev.BudgetGranted(total=100_000))
    log.prompt()
    log.request()
    log.response(1_000, 200, "toolu_1")
    log.result("toolu_1", 400)
    log.append(
        ev.PromptSubmitted(
            turn=2, text="long", content=({"type": "text", "text": "long"},), estimate=17_000
        ),
        ev.RequestStarted(
            request=2,
            turn=2,
            model="m",
            effort="high",
            max_tokens=8_000,
            budget=log.state.wire_budget(),
            messages=3,
            purpose="compaction",
            question=120,
        ),
    )
    log.response(1_850, 40)
    entries = log.state.ledger.entries
    assert (entries["toolu_1"].tokens, entries["question-2"].tokens) == (500, 150)
    assert (entries["prompt-2"].tokens, entries["prompt-2"].settled) == (17_000, False)
    assert log.state.context_used == 1_200 + 500 + 17_000


def test_a_request_for_a_summary_behind_an_answer_had_nothing_of_the_prompt():
    log = worked_example()
    log.prompt()
    log.append(
        ev.RequestStarted(
            request=4,
            turn=2,
            model="m",
            effort="high",
            max_tokens=8_000,
            budget=log.state.wire_budget(),
            messages=7,
            purpose="compaction",
            question=120,
        )
    )
    log.response(19_140, 40)
    assert log.state.context_used == 19_025
    assert log.state.charged == 19_040, "a question that stands alone is a prompt"


def test_under_scope_turn_each_prompt_has_its_own_grant():
    log = FoldedLog()
    log.append(ev.BudgetGranted(total=50_000, scope="turn"))
    log.prompt()
    log.request()
    log.response(20, 30_000)
    log.end()
    assert log.state.left == 20_000
    log.prompt()
    assert log.state.left == 50_000
    assert log.state.wire_budget() == WireBudget(80_000), "30,000 are still counted"


def test_where_the_count_is_fresh_a_turn_sends_only_what_is_left():
    log = FoldedLog(CountingRules(turn_reset="fresh"))
    log.append(ev.BudgetGranted(total=50_000))
    log.prompt()
    log.request()
    log.response(20, 30_000)
    log.end()
    log.prompt()
    assert log.state.wire_budget() == WireBudget(50_000, 20_000)


def test_a_refusal_is_charged_but_leaves_the_conversation():
    log = FoldedLog()
    log.append(ev.BudgetGranted(total=50_000))
    log.prompt()
    log.request()
    log.response(20, 300, stop="refusal")
    assert [m["role"] for m in log.state.conversation.sendable()] == ["user"]
    assert log.state.charged == 300


def test_a_request_is_charged_to_the_subtask_in_progress_when_it_starts():
    log = FoldedLog()
    log.prompt()
    log.request()
    log.response(20, 500, "a")
    log.append(
        ev.ChecklistChanged(
            updates=(SubtaskUpdate(id="t1", title="parse.py", state="in_progress"),)
        )
    )
    log.result("a", 40)
    log.append(
        ev.RequestStarted(
            request=2,
            turn=1,
            model="m",
            effort="high",
            max_tokens=1,
            budget=None,
            messages=3,
            subtask="t1",
        )
    )
    log.response(560, 700)
    assert log.state.ledger.by_subtask == {None: 540, "t1": 700}
    assert sum(log.state.ledger.by_subtask.values()) == log.state.ledger.charged


def test_unknown_kinds_change_nothing_and_round_trip():
    body = b'{"kind":"from_the_future","x":[1,2]}'
    event = to_event("from_the_future", ev.VERSION + 1, body)
    assert isinstance(event, ev.Unknown)
    assert ev.encode(event) == body
    log = FoldedLog()
    before = log.state.conversation.sendable()
    log.append(event)
    assert log.state.conversation.sendable() == before


def every_kind() -> Iterator[ev.Event]:
    yield from (record.event for record in worked_example().records)


def test_every_event_survives_its_json():
    for event in every_kind():
        assert ev.decode(ev.encode(event)) == event


SUMMARY: ev.JSON = {"type": "compaction", "content": "so far", "encrypted_content": "x"}


def compacted(log: FoldedLog, *blocks: ev.JSON, written: int, said: int, context: int) -> None:
    """A response in which the server shortened the conversation."""
    log.append(
        ev.RequestFinished(
            request=log.state.request,
            message=f"msg_{log.state.request}",
            model="m",
            blocks=(SUMMARY, *blocks),
            usage=Usage(input=context, output=written + said, context=context, charged_output=said),
            raw_usage={},
            stop_reason="end_turn" if blocks else "compaction",
        )
    )


def test_a_server_that_goes_on_behind_its_summary_is_seen_to_have_left_out_the_rest():
    log = worked_example()
    log.prompt()
    log.request()
    compacted(log, {"type": "text", "text": "words"}, written=700, said=300, context=900)
    state = log.state
    assert [message.content[0] for message in state.conversation.messages] == [SUMMARY]
    assert state.charged == 19_000 + 700 + 300
    assert state.ledger.by_kind["summary"] == 700
    assert state.counted_tokens() == 700 + 300
    assert state.wire_budget() == WireBudget(total=100_000 - 19_000)
    assert state.context == 1_200


def test_a_summary_alone_changes_nothing_until_the_rewrite_and_is_charged_once():
    log = worked_example()
    log.prompt()
    log.request()
    before = list(log.state.conversation.messages)
    compacted(log, written=700, said=0, context=0)
    assert log.state.conversation.messages == before
    log.append(
        ev.Rewritten(
            reason="compaction",
            messages=({"role": "assistant", "content": [SUMMARY]},),
            summary_message=f"msg_{log.state.request}",
            summary_tokens=650,
            after=1_000,
        )
    )
    assert (log.state.charged, log.state.counted_tokens()) == (19_700, 650)
    assert log.state.wire_budget() == WireBudget(total=100_000 - 19_000 - 50)


def test_a_summary_that_failed_leaves_everything_as_it_was():
    log = worked_example()
    log.prompt()
    log.request()
    log.append(
        ev.RequestFinished(
            request=4,
            message="msg_4",
            model="m",
            blocks=({"type": "compaction", "content": None},),
            usage=Usage(output=40, context=0, charged_output=0),
            raw_usage={},
            stop_reason="compaction",
        )
    )
    assert log.state.wire_budget() == WireBudget(total=100_000)
    assert (log.state.context, log.state.counted_tokens()) == (19_020, 19_000)


def test_another_model_is_shown_what_is_left_however_it_counts():
    """19,000 are charged; the new model counts what is visible as 24,700 without thinking."""
    log = worked_example()
    keys = ("msg_1", "toolu_1", "msg_2", "toolu_2", "msg_3")
    old = dict(zip(keys, (5_000, 2_800, 4_000, 1_200, 6_000), strict=True))
    assert log.state.budget_account.plain_weights() == old
    new = {key: tokens * 13 // 10 for key, tokens in old.items()}
    log.append(ev.ModelChanged(model="n"))
    log.append(ev.Rewritten(reason="model", model="n", weights=new, before=19_020, after=24_726))
    state = log.state
    assert (state.charged, state.left, state.counted_tokens()) == (19_000, 81_000, 24_700)
    assert state.wire_budget() == WireBudget(total=81_000 + 24_700)
    assert (state.sent_model, state.context) == ("n", 24_726)


def test_results_that_wait_are_measured_from_what_the_next_model_counts():
    """Counted are 1,400 up to the last answer; the request is 1,900: so the results are 500."""
    log = FoldedLog()
    log.append(ev.BudgetGranted(total=100_000))
    log.prompt()
    log.request()
    log.response(1_000, 200, "toolu_1")
    log.result("toolu_1", 900)
    weights = {"msg_1": 260, "toolu_1": 1_170}
    log.append(
        ev.ModelChanged(model="n"),
        ev.Rewritten(reason="model", model="n", weights=weights, measured=1_400, after=1_400),
    )
    assert log.state.counted_tokens() == 260 + 900
    log.request()
    answer = Usage(input=1_900, output=50)
    log.append(
        ev.RequestFinished(
            request=2,
            message="msg_2",
            model="n",
            blocks=({"type": "text", "text": "a"},),
            usage=answer,
            raw_usage={},
            stop_reason="end_turn",
        )
    )
    assert (log.state.charged, log.state.unsettled) == (200 + 500 + 50, 0)
    assert log.state.counted_tokens() == 260 + 500 + 50


def asked_for_a_summary(question: int, *, results: bool) -> FoldedLog:
    """A request for a summary with a question, with results waiting before it or none."""
    log = FoldedLog()
    log.append(ev.BudgetGranted(total=100_000))
    log.prompt()
    log.request()
    log.response(100, 200, *(["toolu_1"] if results else []))
    if results:
        log.result("toolu_1", 300)
    log.append(
        ev.RequestStarted(
            request=2,
            turn=1,
            model="m",
            effort=None,
            max_tokens=8_000,
            budget=None,
            messages=4,
            purpose="compaction",
            question=question,
        )
    )
    return log


@pytest.mark.parametrize(
    ("question", "results", "charged"),
    [(60, True, 560), (60, False, 200), (0, True, 500)],
)
def test_the_question_for_a_summary_is_charged_where_it_stands_beside_results(
    question: int, results: bool, charged: int
) -> None:
    log = asked_for_a_summary(question, results=results)
    assert log.state.charged == charged
    log.append(ev.RequestFailed(request=2, reason="fault"))
    assert log.state.charged == charged - (60 if charged == 560 else 0), "nobody read it"
    assert log.state.unmeasured == (300 if results else 0)


def test_what_a_broken_answer_took_is_billed_as_far_as_it_is_known() -> None:
    log = FoldedLog()
    log.prompt()
    log.request()
    began = Usage(input=70, cache_read=500, output=9)
    log.append(
        ev.RequestFailed(
            request=1, reason="fault", output=9, usage=began, dollars=Decimal("0.02"), message="m1"
        )
    )
    assert (log.state.bill.usage, log.state.bill.dollars) == (began, Decimal("0.02"))
    assert (log.state.bill.unpriced, log.state.bill.estimated) == (0, True)
    log.request()
    log.append(ev.RequestFailed(request=2, reason="fault", output=40, message="m2"))
    assert (log.state.bill.usage.output, log.state.bill.unpriced) == (49, 1)
    log.request()
    log.append(ev.RequestFailed(request=3, reason="fault"))
    assert log.state.bill.unpriced == 1, "a request without an answer costs nothing"


def test_tokens_are_of_the_model_of_the_request_and_a_prompt_is_of_the_next_one() -> None:
    log = FoldedLog()
    log.prompt()
    log.request()
    log.response(100, 200, "toolu_1")
    log.append(ev.ModelChanged(model="n"))
    log.result("toolu_1", 300)
    assert log.state.ledger.by_model == {"m": 500}
    log.end()
    log.prompt()
    models = [(entry.turn, entry.model) for entry in log.state.ledger.entries.values()]
    assert models == [(1, "m"), (1, "m"), (1, "m"), (2, "n")]

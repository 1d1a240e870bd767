"""A rewind goes back to the size the conversation had at that place."""

from tests.session.folded_log import FoldedLog
from tui.session import events as ev


def two_turns() -> FoldedLog:
    """300 tokens after the first answer, 450 after the second."""
    log = FoldedLog()
    for context, output in ((100, 200), (400, 50)):
        log.prompt()
        log.request()
        log.response(context, output)
        log.end()
    return log


def size_after(log: FoldedLog, keep: int) -> tuple[int, bool]:
    log.append(ev.Rewritten(reason="rewind", keep=keep))
    return log.state.context, log.state.context_estimated


def test_a_rewound_conversation_has_the_size_it_had() -> None:
    assert size_after(two_turns(), keep=2) == (300, False)
    assert size_after(two_turns(), keep=0) == (0, False)


def test_another_model_counts_the_earlier_places_its_own_way() -> None:
    """It counts 900 tokens where the other one counted 450."""
    log = two_turns()
    log.append(ev.ModelChanged(model="n"))
    log.append(ev.Rewritten(reason="model", model="n", before=450, after=900))
    assert log.state.context == 900
    assert size_after(log, keep=2) == (600, False)


def test_behind_a_summary_there_is_only_its_own_size() -> None:
    log = two_turns()
    summary = {"role": "user", "content": [{"type": "text", "text": "<summary>x</summary>"}]}
    log.append(ev.Rewritten(reason="compaction", messages=(summary,), before=450, after=80))
    assert size_after(log, keep=1) == (80, False)

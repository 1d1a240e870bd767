"""What the transcript shows of events that have something odd about them."""

import pytest

from tui.screens.presenting import Presenter
from tui.session import events as ev
from tui.session.state import SessionState
from tui.widgets.transcript.items import ToolLine


def call(id: str, name: str, **given: object) -> ev.JSON:
    return {"type": "tool_use", "id": id, "name": name, "input": given}


def shown(*events: ev.Event) -> list[ToolLine]:
    presenter = Presenter(SessionState())
    records = [ev.Record(seq=at, at=0.0, event=event) for at, event in enumerate(events)]
    return [item for item in presenter.history(records) if isinstance(item, ToolLine)]


@pytest.mark.parametrize("outcome", ["denied", "not_run", "interrupted"])
def test_a_call_that_never_started_says_what_it_was_for_and_its_state_once(outcome) -> None:
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
        usage=ev.Usage(),
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

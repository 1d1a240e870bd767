"""The meters of a session, as the screen reads them."""

from session_logs import Ticks, exchange, prompt, started

from tui.budget.outlook import Outlook
from tui.session import events as ev
from tui.session.checklist import SubtaskUpdate
from tui.session.readings import meters
from tui.session.state import SessionState, fold


def told(*events: ev.Event) -> SessionState:
    now = Ticks()
    return fold(ev.Record(seq, now(), event) for seq, event in enumerate(events, start=1))


def test_the_outlook_is_read_from_checklist_and_ledger() -> None:
    """The first subtask took twice its 400: of the other 1,000 the double is expected."""
    first = SubtaskUpdate(id="a", title="parse", state="in_progress", estimate=400)
    second = SubtaskUpdate(id="b", title="lexer", estimate=1_000)
    request, response = exchange(1, 1, 800, None, "msg_1")
    state = told(
        started(),
        ev.ChecklistChanged(updates=(first, second)),
        prompt(1, "go"),
        ev.RequestStarted(**{**_fields(request), "subtask": "a"}),
        response,
        ev.ChecklistChanged(updates=(SubtaskUpdate(id="a", state="done"),)),
    )
    assert meters(state).outlook == Outlook(complete=400 / 1_400, to_finish=2_000)


def test_without_a_checklist_there_is_no_outlook() -> None:
    assert meters(told(started(), prompt(1, "go"))).outlook is None


def _fields(event: ev.Event) -> dict[str, object]:
    return {name: getattr(event, name) for name in event.__struct_fields__}

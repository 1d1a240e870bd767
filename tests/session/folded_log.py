"""A log told step by step, for the tests of what is folded from it."""

from tui.budget.ledger import Usage
from tui.budget.wire_budget import CountingRules
from tui.session import events as ev
from tui.session.event_fold import apply_record
from tui.session.state import SessionState


class FoldedLog:
    """Writes a log the way an agent would, and folds it as it goes."""

    def __init__(self, counting: CountingRules = CountingRules()) -> None:
        self.state = SessionState(counting)
        self.records: list[ev.Record] = []
        self.append(
            ev.SessionStarted(session="s", folder="/p", program="1", model="m", effort="high")
        )

    def append(self, *events: ev.Event) -> None:
        for event in events:
            seq = len(self.records) + 1
            record = ev.Record(seq, 1_000.0 + seq, event)
            self.records.append(record)
            apply_record(self.state, record)

    def prompt(self, text: str = "go") -> None:
        self.append(
            ev.PromptSubmitted(
                turn=self.state.turn + 1,
                text=text,
                content=({"type": "text", "text": text},),
                estimate=5,
            )
        )

    def request(self, subtask: str | None = None) -> None:
        self.append(
            ev.RequestStarted(
                request=self.state.request + 1,
                turn=self.state.turn,
                model="m",
                effort="high",
                max_tokens=32_000,
                budget=self.state.wire_budget(),
                messages=1,
                subtask=subtask,
            )
        )

    def response(self, context: int, output: int, *calls: str, stop: str | None = None) -> None:
        blocks: list[ev.JSON] = [{"type": "text", "text": "words"}]
        blocks += [{"type": "tool_use", "id": call, "name": "read", "input": {}} for call in calls]
        self.append(
            ev.RequestFinished(
                request=self.state.request,
                message=f"msg_{self.state.request}",
                model="m",
                blocks=tuple(blocks),
                usage=Usage(input=context, output=output),
                raw_usage={},
                stop_reason=stop or ("tool_use" if calls else "end_turn"),
            )
        )

    def result(self, call: str, estimate: int) -> None:
        self.append(
            ev.ToolFinished(
                request=self.state.request,
                tool_use=call,
                name="read",
                content="text",
                outcome="done",
                estimate=estimate,
            )
        )

    def end(self) -> None:
        self.append(ev.TurnEnded(turn=self.state.turn, reason="completed"))

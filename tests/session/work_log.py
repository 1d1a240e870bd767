"""A log in which a prompt reads a file, changes it and says so, with figures worked out by hand."""

from decimal import Decimal

from tests.session.folded_log import FoldedLog
from tui.budget.ledger import Usage
from tui.session import events as ev

RATES = {"input": "5", "cache_write_5m": "6.25", "output": "25"}


def text_block(words: str) -> ev.JSON:
    return {"type": "text", "text": words}


def call_block(id: str, name: str, **given: object) -> ev.JSON:
    return {"type": "tool_use", "id": id, "name": name, "input": given}


class WorkLog(FoldedLog):
    """A log with answers that say more: thinking, dollars, calls with their input."""

    def answer(
        self,
        context: int,
        output: int,
        *blocks: ev.JSON,
        thinking: int = 0,
        dollars: str | None = "0.02",
        subtask: str | None = None,
    ) -> None:
        """Send a request and get its answer."""
        self.request(subtask)
        calls = any(block["type"] == "tool_use" for block in blocks)
        self.append(
            ev.RequestFinished(
                request=self.state.request,
                message=f"msg_{self.state.request}",
                model="m",
                blocks=blocks,
                usage=Usage(input=context, output=output, thinking=thinking),
                raw_usage={},
                stop_reason="tool_use" if calls else "end_turn",
                dollars=None if dollars is None else Decimal(dollars),
                rates=None if dollars is None else RATES,
            )
        )

    def call(self, id: str, name: str, subject: str, estimate: int, *changes: ev.FileChange):
        """Run a tool."""
        self.append(
            ev.ToolStarted(
                request=self.state.request, tool_use=id, name=name, input={}, subject=subject
            ),
            ev.ToolFinished(
                request=self.state.request,
                tool_use=id,
                name=name,
                content="text",
                outcome="done",
                estimate=estimate,
                changes=changes,
            ),
        )


CHANGE = ev.FileChange(path="src/core.py", added=3, removed=1, diff="")


def worked_example() -> WorkLog:
    """1,100 tokens and $0.05.

    | | thinking | text | read core.py | edit core.py |
    | --- | --- | --- | --- | --- |
    | message 1: 300, of which 200 thinking; text and call have 22 bytes each | 200 | 50 | 50 | |
    | its result: the context grows by 940, 300 of it the message | | | 640 | |
    | message 2: 100, a call alone | | | | 100 |
    | its result: the context grows by 140, 100 of it the message | | | | 40 |
    | message 3: 20 | | 20 | | |
    | sum | 200 | 70 | 690 | 140 |
    """
    log = WorkLog()
    log.prompt("Fix it")
    read = call_block("t1", "read", path="src/core.py")
    log.answer(1_000, 300, text_block("I look at it at first."), read, thinking=200)
    log.call("t1", "read", "src/core.py", 600)
    log.answer(1_940, 100, call_block("t2", "edit", path="./src/core.py", old_string="a"))
    log.call("t2", "edit", "src/core.py", 30, CHANGE)
    log.answer(2_080, 20, text_block("Done."), dollars="0.01")
    log.end()
    return log

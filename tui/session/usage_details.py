"""Names for the ledger's entries, and the bill request by request.

The ledger knows how many tokens each entry took, but not that a key belongs to
`read src/parse.py`; and the bill is only a sum. This fold keeps the names and the single bills
for the pages that list them. No arithmetic of the budget depends on it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from tui.budget.ledger import Usage
from tui.session import events as ev
from tui.session.ledger_keys import (
    is_summary,
    message_key,
    note_key,
    prompt_key,
    repeated_call_key,
    shell_key,
    whole_key,
)

MESSAGE_LABEL = "message"
"""What an entry of the model's own words is called."""
MAX_QUOTED = 80
"""Characters of a message that are kept to know it again by."""


@dataclass(frozen=True, slots=True)
class BillLine:
    """What one request was billed with."""

    request: int
    turn: int
    model: str
    purpose: str
    """`turn`, `compaction` or `landing`."""
    usage: Usage
    """Tokens by class."""
    dollars: Decimal | None
    """None when the price is unknown."""
    rates: ev.JSON | None
    """The rates applied, as logged; None when the price is unknown."""
    is_complete: bool = True
    """False when the answer broke off; its output is an estimate then."""
    max_tokens: int | None = None
    """`max_tokens`: what the message could take at most, by its effort or by a hard limit."""
    effort: str | None = None
    """None where the model has no levels."""
    agent: str = "main"
    subtask: str | None = None
    """The subtask it was charged to; None where there was none."""
    context: int = 0
    """Tokens in the window with its answer, how full the context was."""
    seconds: float = 0.0
    """How long the answer took."""

    @property
    def estimated(self) -> bool:
        """Whether some of its tokens are an estimate."""
        return not (self.is_complete and self.usage.reported)

    @property
    def by_class(self) -> dict[str, Decimal]:
        """Dollars by class at the rates applied; empty without them.

        What the classes leave of the price, code execution for one, is `other`.
        """
        if self.rates is None or self.dollars is None:
            return {}
        usage, million = self.usage, Decimal(1_000_000) / self._rate("factor", "1")
        parts = {
            "input": usage.input * self._rate("input"),
            "written": usage.cache_write_5m * self._rate("cache_write_5m")
            + usage.cache_write_1h * self._rate("cache_write_1h"),
            "read": usage.cache_read * self._rate("cache_read"),
            "output": usage.output * self._rate("output"),
        }
        dollars = {name: part / million for name, part in parts.items()}
        if usage.web_searches:
            dollars["searches"] = usage.web_searches * self._rate("web_search") / 1_000
        return {**dollars, "other": self.dollars - sum(dollars.values(), Decimal(0))}

    def _rate(self, name: str, usual: str = "0") -> Decimal:
        return Decimal(str((self.rates or {}).get(name, usual)))


class UsageDetails:
    """Words for the ledger's entries, and the lines of the bill."""

    def __init__(self, records: Iterable[ev.Record] = ()) -> None:
        """Args: records: the log so far."""
        self.bill_lines: list[BillLine] = []
        """Every billed request, in order."""
        self._words: dict[str, str] = {}
        self._tools: dict[str, ev.ToolStarted] = {}
        self._request: ev.RequestStarted | None = None
        for record in records:
            self.apply(record)

    def describe(self, key: str) -> str:
        """What the ledger's entry of `key` was: a tool and its subject, a message, a note."""
        if key in self._words:
            return self._words[key]
        if is_summary(key):
            return "summary of the conversation"
        return f"{self._words.get(whole_key(key), MESSAGE_LABEL)}, no longer sent"

    def apply(self, record: ev.Record) -> None:
        """Take one record; most kinds have no line."""
        match record.event:
            case ev.PromptSubmitted(turn=turn):
                self._words[prompt_key(turn)] = "prompt"
            case ev.NoteSent(reason=reason):
                self._words[note_key(record.seq)] = f"note: {reason}"
            case ev.ShellRan(command=command):
                self._words[shell_key(record.seq)] = f"! {command}"
            case ev.RequestStarted() as started:
                self._request = started
            case ev.RequestFinished() as finished:
                self._finished(finished)
            case ev.RequestFailed() as failed:
                self._failed(failed)
            case ev.ToolStarted() as tool:
                self._tools[tool.tool_use] = tool
            case ev.ToolFinished() as tool:
                self._tool(tool, record.seq)
            case _:
                pass

    def _finished(self, event: ev.RequestFinished) -> None:
        said = _first_words(event.blocks)
        self._words[event.message] = f"{MESSAGE_LABEL}: {said}" if said else MESSAGE_LABEL
        self._bill(event, event.model, event.usage, event.rates, seconds=event.seconds)

    def _failed(self, event: ev.RequestFailed) -> None:
        said = "interrupted" if event.reason == "interrupted" else "broken off"
        self._words.setdefault(
            message_key(event.message, event.request), f"{MESSAGE_LABEL}, {said}"
        )
        usage = event.usage
        if usage is None and event.output:  # nobody saw its end: what else it took is not known
            usage = Usage(output=event.output, reported=False)
        if usage is not None:
            model = self._request.model if self._request else ""
            self._bill(event, model, usage, event.rates, whole=False)

    def _bill(
        self,
        event: ev.RequestFinished | ev.RequestFailed,
        model: str,
        usage: Usage,
        rates: ev.JSON | None,
        *,
        whole: bool = True,
        seconds: float = 0.0,
    ) -> None:
        started = self._request
        line = BillLine(
            request=event.request,
            turn=started.turn if started else 0,
            model=model,
            purpose=started.purpose if started else "turn",
            usage=usage,
            dollars=event.dollars,
            rates=rates,
            is_complete=whole,
            context=usage.window + usage.budget_output,
            seconds=seconds,
        )
        if started is not None:
            line = replace(
                line,
                max_tokens=started.max_tokens,
                effort=started.effort,
                agent=started.agent,
                subtask=started.subtask,
            )
        self.bill_lines.append(line)

    def _tool(self, event: ev.ToolFinished, seq: int) -> None:
        started = self._tools.pop(event.tool_use, None)
        words = f"{event.name} {started.subject}".strip() if started else event.name
        if event.outcome != "done":
            words += f" ({event.outcome.replace('_', ' ')})"
        again = event.tool_use in self._words
        self._words[repeated_call_key(event.tool_use, seq) if again else event.tool_use] = words


def _first_words(blocks: Iterable[ev.JSON]) -> str:
    """How the text of a message begins; empty where it only thinks and calls tools."""
    texts = (str(block.get("text") or "").strip() for block in blocks)
    said = next((text for text in texts if text), "")
    return said.partition("\n")[0][:MAX_QUOTED]

"""What the server noted of every request, for tests that compare it with a client's books."""

from dataclasses import dataclass, field, fields

from tui.simulator.block_content import JSON

MOST = 10_000
"""Requests that are remembered."""


@dataclass(slots=True)
class SimulatedLedgerEntry:
    """One request."""

    number: int
    """From 1, in the order of arrival."""
    request_id: str
    model: str = ""
    betas: list[str] = field(default_factory=list)
    stream: bool = False
    effort: str = ""
    kind: str = "message"
    """`message`, or `compaction` for one on demand."""
    message_id: str | None = None
    status: int = 200
    error: str | None = None
    fault: str | None = None
    """The fault that was injected."""
    total: int | None = None
    remaining: int | None = None
    before: int | None = None
    """The countdown as the model saw it before it generated."""
    input_tokens: int = 0
    """Uncached input."""
    cache_read_input_tokens: int = 0
    ephemeral_5m_input_tokens: int = 0
    ephemeral_1h_input_tokens: int = 0
    generated: int = 0
    """Output tokens so far; all of them once `finished`."""
    summary_tokens: int = 0
    """Tokens of a summary a compaction wrote; not among `generated`."""
    thinking_tokens: int = 0
    stop_reason: str | None = None
    finished: bool = False
    """Whether the whole message was generated and sent."""

    @property
    def after(self) -> int | None:
        """The countdown after what was generated."""
        return None if self.before is None else self.before - self.generated

    def to_json(self) -> JSON:
        """The entry as the debug route shows it."""
        row = {name: getattr(self, name) for name in _FIELDS}
        return {**row, "betas": list(self.betas), "after": self.after}


_FIELDS = tuple(each.name for each in fields(SimulatedLedgerEntry))


class SimulatedLedger:
    """The requests of this server, oldest first."""

    def __init__(self) -> None:
        self._entries: list[SimulatedLedgerEntry] = []
        self._count = 0

    def open(self, request_id: str) -> SimulatedLedgerEntry:
        """A new entry, filled in as the request goes on."""
        self._count += 1
        entry = SimulatedLedgerEntry(self._count, request_id)
        self._entries.append(entry)
        del self._entries[:-MOST]
        return entry

    def to_json(self) -> JSON:
        """All entries."""
        return {"requests": [entry.to_json() for entry in self._entries]}

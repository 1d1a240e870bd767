"""What the tokens and dollars of each prompt went on: reading, writing, running, thinking.

The tokens are those a budget is charged with: what the model writes, and what it sees for the first
time (Messages API, "task budgets"). They are divided by these rules of the program:

- The tokens of a tool result belong to the call that brought them, and so to its file or command.
- Of a message, the server counts the thinking. The rest is divided among the text and the calls in
  proportion to their length, which is an estimate.
- The dollars of a prompt are those of its requests. They are divided in proportion to what each
  part cost when it was new: its tokens at the rate of output, or of input written to the cache.
  What sending the conversation again costs is so divided in the same proportion.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import Literal, NamedTuple

import msgspec

from tui.budget.ledger import Ledger, LedgerEntry, apportion
from tui.session import events as ev
from tui.session.call_arguments import call_subject
from tui.session.ledger_keys import message_key, whole_key

ActivityKind = Literal[
    "read", "search", "run", "write", "plan", "report", "think", "answer", "summary", "other"
]
"""What the model did with some tokens."""

CALL_KINDS: dict[str, ActivityKind] = {
    "read": "read",
    "grep": "search",
    "glob": "search",
    "bash": "run",
    "jobs": "run",
    "edit": "write",
    "write": "write",
    "checklist": "plan",
    "file_plan": "plan",
    "wrap_up": "report",
}
"""By the name of the tool; a call of any other one is `other`."""

_USUAL_RATES = (Decimal(5), Decimal(1))
"""Output to input, where no rates are logged: how most models are priced."""


class Activity(NamedTuple):
    """One thing that tokens went on."""

    kind: ActivityKind
    subject: str = ""
    """The path, pattern or command, as far as it is known. Foreign text."""


class ActivityCost(NamedTuple):
    """What one activity took."""

    activity: Activity
    tokens: int
    """Charged to a budget."""
    estimated: int
    """The part of `tokens` that is an estimate."""
    weight: Decimal
    """Its tokens at their rates, to divide the dollars of the prompt."""
    call: str = ""
    """Id of the tool call that it is a part of; empty where there is none, or several."""


class _Piece(NamedTuple):
    """A part of a message."""

    call: str
    """Id of a tool call; empty for what is none."""
    kind: ActivityKind
    weight: int
    """Its length in bytes."""


class PromptCosts:
    """The activities of each entry of the ledger, and the dollars of each prompt."""

    def __init__(self, records: Iterable[ev.Record] = ()) -> None:
        """Args: records: the log so far."""
        self.dollars: dict[int, Decimal] = {}
        """By turn, its agents included; a turn without a priced request is missing."""
        self.estimated: set[int] = set()
        """Turns of which some tokens are an estimate: broken off, or never reported."""
        self.unpriced: dict[int, int] = {}
        """Requests without a known price, by turn."""
        self._calls: dict[str, Activity] = {}
        """By the id of the call."""
        self._messages: dict[str, tuple[tuple[_Piece, ...], int]] = {}
        """Parts of a message and its tokens of thinking, by ledger key."""
        self.agents_tokens: dict[int, int] = {}
        """Tokens that agents used, by the turn in which they said so; no part of the ledger.

        What they say between two turns belongs to the second one.
        """
        self.agents_estimated: set[int] = set()
        """Turns in which a part of those tokens is an estimate."""
        self._agents: dict[str, Decimal] = {}
        """What each agent cost so far."""
        self._dollars_before = Decimal(0)
        """Dollars of agents since the last turn ended."""
        self._counters: dict[str, tuple[int, int]] = {}
        """Number and tokens of what each agent said last."""
        self._rates: dict[int, Mapping[str, object]] = {}
        """The rates applied, by request."""
        self._turn = 0
        self._purpose = ""
        self._by_turn: dict[int, list[str]] = {}
        """Keys of the ledger's entries."""
        self._indexed = 0
        """Entries of the ledger that are in `_by_turn`."""
        for record in records:
            self.apply(record)

    # The fold --------------------------------------------------------------------

    def apply(self, record: ev.Record) -> None:
        """Take one record; most kinds change nothing."""
        match record.event:
            case ev.PromptSubmitted(turn=turn):
                self._turn = turn
                self._take_what_agents_used_before()
            case ev.TurnEnded():
                self._turn = 0
            case ev.RequestStarted(purpose=purpose):
                self._purpose = purpose
            case ev.RequestFinished() as event:
                self._bill(event)
                self._messages[event.message] = self._pieces(event.blocks), event.usage.thinking
            case ev.RequestFailed() as event:
                if event.usage is not None or event.output:
                    self._bill(event)
                key = message_key(event.message, event.request)
                self._messages.setdefault(key, (self._pieces(event.partial), 0))
            case ev.AgentSettled() | ev.AgentFinished() as counted:
                self._bill_agent(counted)
            case ev.ToolStarted() as call:
                self._calls[call.tool_use] = _activity(call.name, call.input, call.subject)
            case _:
                pass

    def _bill_agent(self, event: ev.AgentSettled | ev.AgentFinished) -> None:
        """An agent says what it cost so far: what is new of it belongs to the turn."""
        now, before = event.dollars or Decimal(0), self._agents.get(event.agent, Decimal(0))
        if now > before:
            self._agents[event.agent] = now
            self._add_dollars(now - before)
            if not self._turn:
                self._dollars_before += now - before
        self._count_agent(event)

    def _take_what_agents_used_before(self) -> None:
        """A prompt begins: what agents told since the last one ended belongs to it.

        They worked on without their lead, or the program booked what a crash had left open.
        """
        if tokens := self.agents_tokens.pop(0, 0):
            self.agents_tokens[self._turn] = self.agents_tokens.get(self._turn, 0) + tokens
        if 0 in self.agents_estimated:
            self.agents_estimated.remove(0)
            self.agents_estimated.add(self._turn)
        if self._dollars_before:
            between = self.dollars.pop(0) - self._dollars_before
            if between:  # of /compact
                self.dollars[0] = between
            self._add_dollars(self._dollars_before)
            self._dollars_before = Decimal(0)

    def _add_dollars(self, dollars: Decimal) -> None:
        self.dollars[self._turn] = self.dollars.get(self._turn, Decimal(0)) + dollars

    def _count_agent(self, event: ev.AgentSettled | ev.AgentFinished) -> None:
        """An agent's counter of tokens: the one with the highest number holds."""
        number, before = self._counters.get(event.agent, (-1, 0))
        if event.number < number:
            return
        self._counters[event.agent] = event.number, event.charged
        so_far = self.agents_tokens.get(self._turn, 0)
        self.agents_tokens[self._turn] = so_far + event.charged - before
        if event.unsettled:
            self.agents_estimated.add(self._turn)

    def _bill(self, event: ev.RequestFinished | ev.RequestFailed) -> None:
        if event.rates:
            self._rates[event.request] = event.rates
        if isinstance(event, ev.RequestFailed) or not event.usage.reported:
            self.estimated.add(self._turn)
        if event.dollars is None:
            self.unpriced[self._turn] = self.unpriced.get(self._turn, 0) + 1
        else:
            self._add_dollars(event.dollars)

    def _pieces(self, blocks: Sequence[ev.JSON]) -> tuple[_Piece, ...]:
        """What a message was divided into; its calls are remembered for their results."""
        if self._purpose == "compaction":
            return (_Piece("", "summary", 1),)
        found = []
        for block in blocks:
            match block.get("type"):
                case "text":
                    found.append(_Piece("", "answer", len(str(block.get("text")).encode())))
                case "tool_use":
                    id, given = str(block.get("id")), block.get("input")
                    call = _activity(str(block.get("name")), given, "")
                    self._calls.setdefault(id, call)
                    found.append(_Piece(id, call.kind, len(msgspec.json.encode(given))))
                case _:
                    pass
        return tuple(found)

    # Answers ---------------------------------------------------------------------

    def of_turn(self, turn: int, ledger: Ledger) -> list[ActivityCost]:
        """What one prompt went on, the largest first.

        Args:
            turn: Number of the prompt.
            ledger: All entries of the session, those of this turn included.
        """
        return sum_costs(self.of_entries(self._entries(turn, ledger)))

    def of_entries(self, entries: Iterable[LedgerEntry]) -> list[ActivityCost]:
        """What some entries went on, each in its parts; what nobody is charged with is left out."""
        return [
            part for entry in entries if entry.charged and entry.tokens for part in self._of(entry)
        ]

    def _entries(self, turn: int, ledger: Ledger) -> list[LedgerEntry]:
        """Entries are added and never removed, so each is looked at once."""
        for key, entry in islice(ledger.entries.items(), self._indexed, None):
            self._by_turn.setdefault(entry.turn, []).append(key)
        self._indexed = len(ledger.entries)
        return [ledger.entries[key] for key in self._by_turn.get(turn, ())]

    def _of(self, entry: LedgerEntry) -> list[ActivityCost]:
        output, new = self._rates_of(entry.request)
        unsure = not entry.settled
        if entry.kind == "summary":
            return [_cost(Activity("summary"), entry.tokens, unsure, output)]
        if entry.kind != "output":
            call = self._calls.get(entry.key) or self._calls.get(whole_key(entry.key))
            return [_cost(call or Activity("other"), entry.tokens, unsure, new)]
        pieces, thought = self._message(entry.key)
        thinking = min(thought, entry.tokens)
        parts = [_cost(Activity("think"), thinking, unsure, output)] if thinking else []
        rest = entry.tokens - thinking
        shares = apportion(rest, [piece.weight for piece in pieces]) or [rest]
        whats = [self._calls.get(piece.call, Activity(piece.kind)) for piece in pieces]
        guessed = unsure or len(pieces) > 1
        calls = [piece.call for piece in pieces] or [""]
        for what, tokens, id in zip(whats or [Activity("answer")], shares, calls, strict=True):
            cost = _cost(what, tokens, guessed, output)
            parts += [cost._replace(call=id)] if tokens else []
        return parts

    def _message(self, key: str) -> tuple[tuple[_Piece, ...], int]:
        """The parts of a message and its thinking; what was split off from it has none."""
        if key in self._messages:
            return self._messages[key]
        return self._messages.get(whole_key(key), ((), 0))[0], 0

    def _rates_of(self, request: int) -> tuple[Decimal, Decimal]:
        """Dollars of a token of output and of one of new input, in proportion to each other."""
        rates = self._rates.get(request)
        if not rates or "output" not in rates:
            return _USUAL_RATES
        new = rates.get("cache_write_5m") or rates.get("input") or 0
        return Decimal(str(rates["output"])), Decimal(str(new))


def sum_costs(costs: Iterable[ActivityCost]) -> list[ActivityCost]:
    """One row for each activity, the one with most tokens first."""
    found: dict[Activity, ActivityCost] = {}
    for cost in costs:
        before = found.get(cost.activity)
        found[cost.activity] = cost if before is None else _sum(before, cost)
    return sorted(found.values(), key=lambda cost: -cost.tokens)


def _sum(one: ActivityCost, other: ActivityCost) -> ActivityCost:
    return ActivityCost(
        one.activity,
        one.tokens + other.tokens,
        one.estimated + other.estimated,
        one.weight + other.weight,
    )


def _cost(activity: Activity, tokens: int, unsure: bool, rate: Decimal) -> ActivityCost:
    return ActivityCost(activity, tokens, tokens if unsure else 0, tokens * rate)


def _activity(tool: str, given: object, subject: str) -> Activity:
    """What a call does, and to what; a command is known by its first line."""
    if not subject and isinstance(given, dict):
        subject = call_subject(given, "path", "command", "pattern", "task")
    return Activity(CALL_KINDS.get(tool, "other"), subject.strip().partition("\n")[0])

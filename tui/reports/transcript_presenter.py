"""From events to what the transcript shows: one `match`, for the live turn and for a resume.

The same presenter reads a log back and follows a running turn, so a resumed session looks
the way it looked. It only makes items; texts in them are verbatim and cleaned later.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from msgspec import structs

from tui.agent.cache_cost import cache_miss_sentence
from tui.agent.limit_sentences import TOLD_TO_LAND, answer_sentence, stage_sentence
from tui.agent.tools.change_diff import cut_diff
from tui.budget.hard_limits import HardLimitName, limit_text
from tui.claude.request_errors import ApiError
from tui.number_format import (
    format_duration,
    format_tokens,
    mark_estimate,
)
from tui.reports.call_order import CallOrder
from tui.reports.key_labels import KeyLabels, default_key_labels
from tui.reports.receipt import receipt_row
from tui.reports.repeated_errors import RepeatedErrors
from tui.reports.transcript_items import (
    SHELL_COMMAND,
    AnswerItem,
    CardItem,
    DividerItem,
    NoticeItem,
    NoticeLevel,
    PromptItem,
    ThinkingItem,
    ToolItem,
    TranscriptItem,
    is_removed,
)
from tui.reports.wrapup_card import is_work_left, wrapup_card
from tui.session import events as ev
from tui.session.call_arguments import call_subject
from tui.session.ledger_keys import whole_key
from tui.session.prompt_costs import PromptCosts
from tui.session.prompt_receipt import make_receipt
from tui.session.state import SessionState

END_WORDS: dict[ev.TurnEndReason, str] = {
    "completed": "done in",
    "landed": "landed on the budget after",
    "wrapped_up": "wrapped up with work left after",
    "declined": "declined after",
    "hard_limit": "stopped at a limit after",
    "no_progress": "stopped without progress after",
    "interrupted": "interrupted after",
    "refused": "refused after",
    "error": "stopped by an error after",
    "denied": "stopped without permission after",
    "paused": "paused after",
    "stopped": "stopped by choice after",
    "crashed": "cut short after",
}
"""How a turn ended, before how long it took."""

HARD_LIMIT_WORDS: dict[HardLimitName, str] = {
    "over_budget": "on tokens over the budget",
    "dollars": "in dollars",
    "requests": "on requests",
    "minutes": "on minutes",
}


class TranscriptPresenter:
    """Makes transcript items out of records."""

    def __init__(
        self,
        state: SessionState,
        name: Callable[[str], str] = str,
        labels: KeyLabels = default_key_labels,
    ) -> None:
        """Args:
        state: The session, with each record already applied when it gets here.
        name: A model's name for people, by its id.
        labels: The keys of commands, for cards.
        """
        self._state = state
        self._name = name
        self._labels = labels
        self._asked = False
        """Whether there has been a prompt."""
        self._tools: dict[str, ToolItem] = {}
        """Tool lines whose tokens are not settled yet."""
        self._starts: dict[str, ev.ToolStarted] = {}
        self._calls = CallOrder()
        """The calls of the last message."""
        self._asked_for: dict[str, str] = {}
        """What calls that may never start act on, by their id."""
        self._repeated_errors = RepeatedErrors()
        """The lines about requests that failed."""
        self._report: tuple[str, ev.WrappedUp] | None = None
        """The report of this turn, with the key of its card."""
        self._limit = ""
        """The sentence about the limit that was reached last."""
        self._hard_limits: dict[HardLimitName, Decimal | None] = {}
        """The hard limits that notices have named."""
        self._misses: list[ev.CacheMissed] = []
        """Misses of the prompt cache that follow each other, request by request."""
        self._now, self._before = 0.0, 0.0
        """When the last event was committed, and the last one at another time before it."""
        self._turn_began = 0.0
        self._costs = PromptCosts()
        """What the prompts went on."""
        self._changes: list[ev.FileChange] = []
        """The changes of files of this turn."""
        self._summarising = False
        """Whether the open request writes a summary: for the model, not for the reader."""

    def history(self, records: Iterable[ev.Record]) -> list[TranscriptItem]:
        """All items of a log, each at its last state, in order."""
        items: dict[str, TranscriptItem] = {}
        for record in records:
            for item in self.items_for(record, settle=False):
                items[item.key] = item
        for item in self._settled():
            items[item.key] = item
        return [item for item in items.values() if not is_removed(item)]

    def items_for(self, record: ev.Record, *, settle: bool = True) -> Iterator[TranscriptItem]:
        """What `record` adds, or replaces by key."""
        key = f"e{record.seq}"
        if record.at != self._now:
            self._before, self._now = self._now, record.at
        self._costs.apply(record)
        match record.event:
            case ev.PromptSubmitted(turn=turn, text=text):
                yield from self._repeated_errors.request_answered()
                self._open_turn(record.at)
                yield PromptItem(f"p{turn}", text)
            case ev.NoteSent(reason="steering", text=text):
                yield PromptItem(key, text.partition("\n")[2])
            case ev.RequestStarted(purpose=purpose):
                self._summarising = purpose == "compaction"
            case ev.RequestFinished() as finished:
                yield from self._repeated_errors.request_answered()
                self._asked_for |= tool_subjects(finished.blocks)
                self._calls = CallOrder(tool_calls(finished.blocks))
                if not self._summarising:
                    yield from message_items(
                        finished.request, finished.blocks, finished.usage.thinking
                    )
                if settle:
                    yield from self._settled()
            case ev.RequestFailed() as failed:
                yield from self._failure(key, failed)
            case ev.ToolStarted() as started:
                # While it runs it is in the live pane.
                self._starts[started.tool_use] = started
            case ev.ToolFinished() as finished:
                self._changes += finished.changes
                yield from self._tool_lines(finished)
            case ev.ResultsCut(cuts=cuts):
                yield from self._cut(cuts)
            case ev.WrappedUp() as filed:
                self._report = key, filed
                yield self._card(key, filed)
            case ev.TurnEnded() as ended:
                # What a crash left open is closed when the session is opened again.
                over = self._before if ended.reason == "crashed" else record.at
                yield from self._end(key, ended, over)
            case ev.BudgetGranted(source=source) if not self._asked and source[:1] != "/":
                # The gauge shows what a session begins with.
                pass
            case ev.LimitReached(sentence=sentence):
                # The question says it, and the answer puts it into the transcript.
                self._limit = sentence
            case ev.LimitAnswered() as answered:
                yield NoticeItem(
                    key, f"{self._limit} {answer_sentence(answered)}".strip(), "warning"
                )
            case ev.LimitSet(limit=name, value=value) if value != self._hard_limits.get(name):
                self._hard_limits[name] = value
                words = f"Removed the session's own hard limit {HARD_LIMIT_WORDS[name]}."
                if value is not None:
                    words = f"Hard limit for this session: {limit_text(name, value)}."
                yield NoticeItem(key, words)
            case ev.SessionStarted(parent=(parent, _)):
                yield DividerItem(key, f"forked from {parent}")
            case ev.ErrorShown(sentence=sentence) if said := self._repeated_errors.turn_ended(
                sentence, "error"
            ):
                yield said  # a summary that could not be had
            case ev.CacheMissed() as missed:
                yield self._cache_miss_notice(missed)
            case ev.ModelChanged(model=model):
                yield NoticeItem(key, f"Model: {self._name(model)}, from your next prompt on.")
            case other:
                yield from _notice(key, other)

    # Parts -----------------------------------------------------------------------

    def _open_turn(self, at: float) -> None:
        self._asked = True
        self._turn_began = at
        self._changes = []
        self._report = None

    def _card(self, key: str, filed: ev.WrappedUp, ended: ev.TurnEnded | None = None) -> CardItem:
        """The card of a report, once the turn has ended with how it did."""
        state = self._state
        used = state.ledger.by_turn.get(filed.turn, 0)
        estimated = bool(state.ledger.unsettled_by_turn.get(filed.turn))
        words = [f"{mark_estimate(format_tokens(used), estimated)} used"] if used else []
        if ended is not None:
            words.insert(0, END_WORDS[ended.reason].removesuffix(" after").removesuffix(" in"))
        return wrapup_card(
            key,
            filed.report,
            by=filed.by,
            outlook=state.outlooks.get(filed.turn),
            state=" · ".join(words),
            labels=self._labels,
        )

    def _tool_lines(self, event: ev.ToolFinished) -> Iterator[ToolItem]:
        """The line of a call, and of calls made after it that finished before."""
        self._tools[event.tool_use] = self._tool(event)
        for call, key in self._calls.finish(event.tool_use).items():
            line = self._tools.get(call)
            if line is not None and (line.key != key or call == event.tool_use):
                self._tools[call] = line = replace(line, key=key)
                yield line

    def _tool(self, event: ev.ToolFinished) -> ToolItem:
        started = self._starts.pop(event.tool_use, None)
        asked_for = self._asked_for.pop(event.tool_use, "")
        subject = started.subject if started else asked_for
        said_already = (subject, event.outcome.replace("_", " "))
        return ToolItem(
            key=event.tool_use,
            name=event.name,
            subject=subject,
            state=event.outcome,
            tokens=event.estimate,
            settled=False,
            summary="" if event.summary in said_already else event.summary,
            detail=event.content if isinstance(event.content, str) else "",
            changes=tuple(map(_cut_change, event.changes)),
        )

    def _cut(self, cuts: Sequence[ev.PartCut]) -> Iterator[TranscriptItem]:
        """The lines of results that were cut before they were sent say so; details stay whole."""
        for cut in cuts:
            call = cut.key if cut.key in self._tools else whole_key(cut.key)
            line = self._tools.get(call)
            if line is None:
                continue
            said = ", ".join(filter(None, (line.summary, ev.CUT_WORDS[cut.reason])))
            cut_line = replace(line, tokens=cut.estimate, summary=said)
            self._tools[call] = cut_line
            yield cut_line

    def _settled(self) -> Iterator[TranscriptItem]:
        for tool_use, line in list(self._tools.items()):
            entry = self._state.ledger.entries.get(tool_use)
            if entry is not None and entry.settled:
                del self._tools[tool_use]
                yield replace(line, tokens=entry.tokens, settled=True)

    def _cache_miss_notice(self, event: ev.CacheMissed) -> NoticeItem:
        """One line for misses in a row; a reason that comes later takes its place in it."""
        follows = self._misses and event.request - self._misses[-1].request <= 1
        before = self._misses if follows else []
        self._misses = [*(each for each in before if each.request != event.request), event]
        return NoticeItem(
            f"miss{self._misses[0].request}", cache_miss_sentence(self._misses), "warning"
        )

    def _failure(self, key: str, event: ev.RequestFailed) -> Iterator[TranscriptItem]:
        shown = [] if self._summarising else list(message_items(event.request, event.partial, 0))
        if shown:
            yield from self._repeated_errors.request_answered()
        yield from shown
        if event.reason != "interrupted" and event.sentence:
            yield self._repeated_errors.request_failed(
                key, event.error, event.sentence, left_piece=bool(shown)
            )

    def answer_begins(self) -> Sequence[TranscriptItem]:
        """A part of an answer arrives: the lines about requests before it that failed."""
        return self._repeated_errors.request_answered()

    def retry_notice(self, fault: ApiError, seconds: float) -> TranscriptItem | None:
        """The line about a request that is sent again; None where there is nothing to say.

        Args:
            fault: Why.
            seconds: Until then.
        """
        if (request := self._state.open_request) is not None:
            # The client tries again by itself: no event of the log says that it failed.
            key = f"retry{request.request}.{fault.kind}"
            self._repeated_errors.request_failed(key, fault.kind, fault.description)
        return self._repeated_errors.retry_scheduled(fault.kind, seconds)

    def retry_sent_later(self, fault: ApiError) -> Callable[[], TranscriptItem | None]:
        """What says, once the wait before a retry is over, that the request was sent again."""
        times = self._repeated_errors.times(fault.kind)
        return lambda: self._repeated_errors.retry_sent(fault.kind, times)

    def _end(self, key: str, event: ev.TurnEnded, at: float) -> Iterator[TranscriptItem]:
        if self._report is not None:
            yield self._card(*self._report, event)
        level: NoticeLevel = "error" if event.reason == "error" else "info"
        if said := self._repeated_errors.turn_ended(event.sentence, level):
            # It only turned out to be the end.
            yield said
        elif event.sentence and not self._divider_says_all(event):
            yield NoticeItem(f"{key}n", event.sentence, level)
        yield from self._repeated_errors.turn_over()
        yield DividerItem(key, self._turn_summary(event, at))

    def _divider_says_all(self, event: ev.TurnEnded) -> bool:
        """Whether the divider and the items above it say what the sentence would."""
        if event.over or event.budget is not None:
            return False
        wrapped_up = event.reason in ("landed", "wrapped_up")
        return event.reason == "interrupted" or (wrapped_up and self._report is not None)

    def _turn_summary(self, event: ev.TurnEnded, at: float) -> str:
        """The receipt of the prompt, behind how the turn ended where it is not simply done."""
        receipt = make_receipt(event.turn, self._state, self._costs, self._changes)
        took = format_duration(max(0.0, at - self._turn_began))
        ended = "" if event.reason == "completed" else self._end_words(event)
        return receipt_row(receipt, took, ended)

    def _end_words(self, event: ev.TurnEnded) -> str:
        """How the turn ended; a report that leaves nothing to do is no work left."""
        report = self._report[1].report if self._report else None
        finished = report is not None and report.total and not is_work_left(report, 0)
        return (
            "wrapped up after"
            if event.reason == "wrapped_up" and finished
            else END_WORDS[event.reason]
        )


REWRITE_WORDS = {
    "compaction": "compacted",
    "rewind": "rewound",
    "model": "model changed",
    "invalid_signature": "thinking left out",
    "pictures": "pictures left out",
}
"""What was done to the conversation."""


def rewrite_summary(event: ev.Rewritten) -> str:
    """`compacted · context 34k → ≈ 9.1k used · 73 % less`: the narrower, the fewer of its parts."""
    what, before, after = REWRITE_WORDS[event.reason], event.before, event.after
    if not before or not after:
        return what
    less = f" · {round(100 * (before - after) / before)} % less" if after < before else ""
    return f"{what} · context {format_tokens(before)} → ≈ {format_tokens(after)} used{less}"


def message_items(
    request: int, blocks: Iterable[ev.JSON], thinking_tokens: int
) -> Iterator[TranscriptItem]:
    """The items of one message; the keys are those its stream was fed under."""
    for index, block in enumerate(blocks):
        key = block_key(request, index)
        match block.get("type"):
            case "text" if block.get("text", "").strip():
                yield AnswerItem(key, block["text"])
            case "thinking":
                yield ThinkingItem(key, block.get("thinking", ""), thinking_tokens or None)
            case "redacted_thinking":
                yield ThinkingItem(key, "", thinking_tokens or None)
            case _:
                pass


def tool_subjects(blocks: Iterable[ev.JSON]) -> dict[str, str]:
    """What the tool calls of a message act on, as far as their input says, by their id."""
    found = {}
    for block in blocks:
        given = block.get("input")
        if block.get("type") == "tool_use" and isinstance(given, dict):
            found[block["id"]] = call_subject(given, "path", "command", "pattern")
    return found


def tool_calls(blocks: Iterable[ev.JSON]) -> list[str]:
    """Ids of the tool calls of a message, in their order."""
    return [block["id"] for block in blocks if block.get("type") == "tool_use"]


def block_key(request: int, index: int) -> str:
    """Key of the item that block `index` of a request's message becomes."""
    return f"r{request}.{index}"


def _cut_change(change: ev.FileChange) -> ev.FileChange:
    """The change with as much of its diff as the transcript shows."""
    shown = cut_diff(change.diff)
    return change if shown == change.diff else structs.replace(change, diff=shown)


def _notice(key: str, event: ev.Event) -> Iterator[TranscriptItem]:
    match event:
        case ev.StageCrossed() as crossed:
            yield NoticeItem(key, stage_sentence(crossed), "warning")
        case ev.BudgetGranted(dollars=Decimal()):
            pass  # a notice of the log says how it was computed
        case ev.BudgetGranted(total=None):
            yield NoticeItem(key, "No budget for this session.")
        case ev.BudgetGranted(total=int(total), scope=scope):
            what = "this session" if scope == "session" else "each prompt"
            yield NoticeItem(key, f"Budget: {format_tokens(total)} tokens for {what}.")
        case ev.BudgetExtended(by=by):
            yield NoticeItem(key, f"Budget extended by {format_tokens(by)} tokens.")
        case ev.EffortChanged(effort=effort):
            yield NoticeItem(key, f"Effort: {effort}, from your next prompt on.")
        case ev.SessionNamed(name=name):
            yield NoticeItem(key, f"Session named {name}.")
        case ev.ShellRan() as ran:
            yield ToolItem(
                key, SHELL_COMMAND, ran.command, ran.outcome, summary=ran.summary, detail=ran.output
            )
        case ev.Rewritten() as rewritten:
            yield DividerItem(key, rewrite_summary(rewritten))
        case ev.NoteSent(reason="landing"):
            yield NoticeItem(key, TOLD_TO_LAND, "warning")
        case ev.NoticeShown(sentence=sentence):
            yield NoticeItem(key, sentence)
        case ev.ErrorShown(sentence=sentence):
            yield NoticeItem(key, sentence, "error")
        case _:
            pass

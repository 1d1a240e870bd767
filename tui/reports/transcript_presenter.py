"""From events to what the transcript shows: one `match`, for the live turn and for a resume.

The same presenter reads a log back and follows a running turn, so a resumed session looks
the way it looked. It only makes items; texts in them are verbatim and cleaned later.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from msgspec import structs

from tui.agent.cache_cost import cache_miss_sentence
from tui.agent.limit_sentences import (
    TOLD_TO_LAND,
    answer_sentence,
    outside_sentence,
    stage_sentence,
)
from tui.agent.monthly_budget_words import MONTHLY_TOPIC
from tui.agent.tools.change_diff import cut_diff
from tui.budget.hard_limits import HardLimitName, limit_text
from tui.claude.request_errors import ApiError
from tui.number_format import (
    count_with_noun,
    format_duration,
    format_tokens,
)
from tui.reports.call_rows import CallRows
from tui.reports.landing_block import has_landing_block, landing_block, landing_words
from tui.reports.message_items import message_items, thought_of, tool_calls, tool_subjects
from tui.reports.quote_bill_page import agreed_sentence, bill_sentence
from tui.reports.receipt import files_words, receipt_row, receipt_row_above_landing
from tui.reports.repeated_errors import RepeatedErrors
from tui.reports.rewind_options import restored_sentence
from tui.reports.transcript_items import (
    SHELL_COMMAND,
    DividerItem,
    NoticeItem,
    NoticeLevel,
    PromptItem,
    ToolItem,
    TranscriptItem,
    is_removed,
    removed_item,
)
from tui.session import events as ev
from tui.session.changed_files import ChangedFile, ChangedFileCounter
from tui.session.landing_figures import LandingFigures
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

OLD_NO_USER = "nobody is here to answer"
"""What logs of earlier versions have as the reason where a run had no user."""

SAY_INSTEAD = "say what to do instead"
"""What is left to do after an interrupt."""

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
        *,
        merged: bool = True,
        warning_hint: Callable[[], str] = lambda: "",
    ) -> None:
        """Args:
        state: The session, with each record already applied when it gets here.
        name: A model's name for people, by its id.
        merged: Whether tool calls of one request share rows; otherwise each has its own.
        warning_hint: What the user can do with a warning, in a few words.
        """
        self._state = state
        self._name = name
        self._warning_hint = warning_hint
        self._asked = False
        """Whether there has been a prompt."""
        self._merged = merged
        self._tools: dict[str, tuple[ToolItem, CallRows]] = {}
        """Tool lines whose tokens are not settled yet, and the rows they are in."""
        self._starts: dict[str, ev.ToolStarted] = {}
        self._rows = CallRows()
        """What the last message thought and did."""
        self._asked_for: dict[str, str] = {}
        """What calls that may never start act on, by their id."""
        self._repeated_errors = RepeatedErrors()
        """The lines about requests that failed."""
        self._landed: ev.TurnEnded | None = None
        """The end of the last turn, if its landing block waits above the composer."""
        self._landing_notices: list[str] = []
        """Keys of the notices of this turn that its landing block makes needless."""
        self._limit = ""
        """The sentence about the limit that was reached last."""
        self._prompt_waits = False
        """Whether it keeps a prompt from being sent."""
        self._hard_limits: dict[HardLimitName, Decimal | None] = {}
        """The hard limits that notices have named."""
        self._misses: list[ev.CacheMissed] = []
        """Misses of the prompt cache that follow each other, request by request."""
        self._now, self._before = 0.0, 0.0
        """When the last event was committed, and the last one at another time before it."""
        self._turn_began = 0.0
        self._costs = PromptCosts()
        """What the prompts went on."""
        self._changed = ChangedFileCounter()
        """The files that changed in this turn."""
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
                yield from self.past_landing()
                self._open_turn(record.at)
                yield PromptItem(f"p{turn}", text)
            case ev.NoteSent(reason="steering", text=text):
                yield PromptItem(key, text.partition("\n")[2])
            case ev.RequestStarted(purpose=purpose):
                self._summarising = purpose == "compaction"
            case ev.RequestFinished() as finished:
                yield from self._repeated_errors.request_answered()
                self._asked_for |= tool_subjects(finished.blocks)
                if not self._summarising:
                    yield from self._message(
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
                self._changed.add(finished.changes)
                yield from self._tool_lines(finished)
            case ev.PermissionAnswered(reason=reason) as answered:
                if reason not in ("", OLD_NO_USER):
                    yield PromptItem(key, reason)
                if answered.source:
                    yield NoticeItem(f"{key}s", outside_sentence(answered))
            case ev.ResultsCut(cuts=cuts):
                yield from self._cut(cuts)
            case ev.TurnEnded() as ended:
                # What a crash left open is closed when the session is opened again.
                over = self._before if ended.reason == "crashed" else record.at
                yield from self._end(key, ended, over)
            case ev.BudgetGranted(source=source) if not self._asked and source[:1] != "/":
                # The gauge shows what a session begins with.
                pass
            case ev.LimitReached() as reached:
                # The question says it, and the answer puts it into the transcript; where the
                # prompt waits, the end of the turn does.
                self._limit, self._prompt_waits = reached.sentence, reached.unsent
                yield from self._take_back_landing_notices()
            case ev.LimitAnswered(answer=how) if self._prompt_waits and how != "extend":
                pass
            case ev.LimitAnswered() as answered:
                if answered.answer != "extend":
                    self._landing_notices.append(key)
                yield NoticeItem(
                    key, f"{self._limit} {answer_sentence(answered)}".strip(), "warning"
                )
            case ev.StageCrossed(stage="landing" | "overrun") | ev.NoteSent(reason="landing"):
                self._landing_notices.append(key)
                yield from _notice(key, record.event)
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
            case ev.NoticeShown(warning=str(name)) as warned if name:
                words = " ".join(filter(None, (warned.sentence, self._warning_hint())))
                yield NoticeItem(f"warning {warned.once}", words, "warning")
            case ev.WarningDismissed(topic=topic):
                yield removed_item(f"warning {topic}")
            case ev.ModelChanged(model=model):
                yield NoticeItem(key, f"Model: {self._name(model)}, from your next prompt on.")
            case other:
                yield from _notice(key, other)

    def turn_dollars(self, turn: int) -> Decimal | None:
        """Dollars of a turn so far, at list price; None where no request of it has a price."""
        return self._costs.dollars.get(turn)

    def is_turn_estimated(self, turn: int) -> bool:
        """Whether some of what `turn_dollars` pays for is an estimate."""
        return turn in self._costs.estimated

    # Parts -----------------------------------------------------------------------

    def _open_turn(self, at: float) -> None:
        self._asked = True
        self._turn_began = at
        self._changed = ChangedFileCounter()
        self._landed, self._landing_notices = None, []

    def past_landing(self) -> Iterator[NoticeItem]:
        """The landing block of the turn before, once the user goes on."""
        ended = self._landed
        if ended is not None and (figures := self._landing(ended)) is not None:
            words = landing_words(landing_block(ended.reason, figures))
            yield NoticeItem(f"landing{ended.turn}", words)

    def _landing(self, event: ev.TurnEnded) -> LandingFigures | None:
        """What the landing block of a turn shows; None where it has none."""
        figures = self._state.landings.get(event.turn)
        return figures if figures and has_landing_block(event.reason, figures) else None

    def _take_back_landing_notices(self) -> Iterator[NoticeItem]:
        taken, self._landing_notices = self._landing_notices, []
        yield from (NoticeItem(key, "") for key in taken)

    def _message(
        self, request: int, blocks: Sequence[ev.JSON], thinking_tokens: int
    ) -> Iterator[TranscriptItem]:
        """The items of one message: what it says, then a row with what it thought."""
        thought = thought_of(request, blocks, thinking_tokens)
        yield from message_items(request, blocks, thought)
        self._rows = CallRows(request, tool_calls(blocks), thought, merged=self._merged)
        yield from self._rows.changed_rows()

    def _tool_lines(self, event: ev.ToolFinished) -> Iterator[TranscriptItem]:
        """The rows that change now that a call has finished."""
        if self._rows.request != event.request:
            self._rows = CallRows(event.request, merged=self._merged)
        line = self._tool(event)
        if (event.name, event.outcome) != ("wrap_up", "done"):  # the landing block says it
            yield from self._put_line(event.tool_use, line, self._rows)

    def _put_line(self, call: str, line: ToolItem, rows: CallRows) -> Iterator[TranscriptItem]:
        self._tools[call] = line, rows
        yield from rows.put(call, line)

    def _tool(self, event: ev.ToolFinished) -> ToolItem:
        started = self._starts.pop(event.tool_use, None)
        asked_for = self._asked_for.pop(event.tool_use, "")
        subject = started.subject if started else asked_for
        said_already = (subject, event.outcome.replace("_", " "))
        summary = "" if event.summary in said_already else event.summary
        ran = event.name == "bash"
        if ran and event.changes:  # `/diff` shows the lines: below the row is the output
            summary = " · ".join(filter(None, (summary, _changed_words(event.changes))))
        return ToolItem(
            key=event.tool_use,
            name=event.name,
            subject=subject,
            state=event.outcome,
            tokens=event.estimate,
            settled=False,
            summary=summary,
            detail=event.content if isinstance(event.content, str) else "",
            changes=() if ran else tuple(map(_cut_change, event.changes)),
        )

    def _cut(self, cuts: Sequence[ev.PartCut]) -> Iterator[TranscriptItem]:
        """The lines of results that were cut before they were sent say so; details stay whole."""
        for cut in cuts:
            call = cut.key if cut.key in self._tools else whole_key(cut.key)
            if call not in self._tools:
                continue
            line, rows = self._tools[call]
            said = ", ".join(filter(None, (line.summary, ev.CUT_WORDS[cut.reason])))
            cut_line = replace(line, tokens=cut.estimate, summary=said)
            yield from self._put_line(call, cut_line, rows)

    def _settled(self) -> Iterator[TranscriptItem]:
        for tool_use, (line, rows) in list(self._tools.items()):
            entry = self._state.ledger.entries.get(tool_use)
            if entry is not None and entry.settled:
                del self._tools[tool_use]
                yield from rows.put(tool_use, replace(line, tokens=entry.tokens, settled=True))

    def _cache_miss_notice(self, event: ev.CacheMissed) -> NoticeItem:
        """One line for misses in a row; a reason that comes later takes its place in it."""
        follows = self._misses and event.request - self._misses[-1].request <= 1
        before = self._misses if follows else []
        self._misses = [*(each for each in before if each.request != event.request), event]
        return NoticeItem(
            f"miss{self._misses[0].request}", cache_miss_sentence(self._misses), "warning"
        )

    def _failure(self, key: str, event: ev.RequestFailed) -> Iterator[TranscriptItem]:
        shown = [] if self._summarising else list(self._message(event.request, event.partial, 0))
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
        landing = self._landing(event)
        if landing is not None:
            self._landed = event
            yield from self._take_back_landing_notices()
        level: NoticeLevel = "error" if event.reason == "error" else "info"
        if said := self._repeated_errors.turn_ended(event.sentence, level):
            # It only turned out to be the end.
            yield said
        elif event.sentence and not _says_all(event, landing):
            yield NoticeItem(f"{key}n", event.sentence, level)
        yield from self._repeated_errors.turn_over()
        yield DividerItem(key, self._turn_summary(event, at))
        bill = self._state.quote_bill
        if bill is not None and self._state.plan_quotes.closed_turn == event.turn:
            yield NoticeItem(f"{key}b", bill_sentence(bill))

    def _turn_summary(self, event: ev.TurnEnded, at: float) -> str:
        """The receipt of the prompt, behind how the turn ended where it is not simply done."""
        receipt = make_receipt(event.turn, self._state, self._costs, self._changed.files())
        took = format_duration(max(0.0, at - self._turn_began))
        if (landing := self._landing(event)) is not None:
            return receipt_row_above_landing(receipt, took, landing.dollars)
        if event.reason == "completed":
            return receipt_row(receipt, took)
        if event.reason == "interrupted":
            took = f"{took} · {SAY_INSTEAD}"
        return receipt_row(receipt, took, END_WORDS[event.reason])


def _says_all(event: ev.TurnEnded, landing: LandingFigures | None) -> bool:
    """Whether the row of the end and the landing block say what the sentence would."""
    if event.reason == "interrupted":
        return not event.over or landing is not None
    if landing is None or event.reason not in ("landed", "wrapped_up", "paused", "stopped"):
        return False
    return event.reason != "wrapped_up" or any(landing.counts)


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


def _changed_words(changes: Sequence[ev.FileChange]) -> str:
    """`changed cart.py +3 −1`: what a command did to files that the session knows."""
    files = [ChangedFile(each.path, each.added, each.removed) for each in changes]
    return f"changed {files_words(files)}"


def _cut_change(change: ev.FileChange) -> ev.FileChange:
    """The change with as much of its diff as the transcript shows."""
    shown = cut_diff(change.diff)
    return change if shown == change.diff else structs.replace(change, diff=shown)


def _notice(key: str, event: ev.Event) -> Iterator[TranscriptItem]:
    match event:
        case ev.StageCrossed() as crossed:
            yield NoticeItem(key, stage_sentence(crossed), "warning")
        case ev.PlanFiled(plan=plan):
            items = count_with_noun(len(plan.items), "item")
            yield NoticeItem(key, f"Plan filed: {items}. /plan shows it with its price.")
        case ev.QuoteAgreed(quote=quote):
            yield NoticeItem(key, agreed_sentence(quote))
        case ev.BudgetGranted(purpose="plan", total=int(total)):
            words = f"{format_tokens(total)} tokens for each prompt in mode plan"
            yield NoticeItem(key, f"Budget: {words}.")
        case ev.BudgetGranted(purpose="restored", total=None):
            pass  # there was none before mode plan either
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
        case ev.FilesRestored(changes=changes):
            yield NoticeItem(key, restored_sentence(changes))
        case ev.Rewritten() as rewritten:
            yield DividerItem(key, rewrite_summary(rewritten))
        case ev.NoteSent(reason="landing"):
            yield NoticeItem(key, TOLD_TO_LAND, "warning")
        case ev.NoticeShown(sentence=sentence, once=topic):
            is_warning = topic.startswith(MONTHLY_TOPIC)
            yield NoticeItem(key, sentence, "warning" if is_warning else "info")
        case ev.ErrorShown(sentence=sentence):
            yield NoticeItem(key, sentence, "error")
        case _:
            pass

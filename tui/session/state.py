"""The state of a session: a fold over its events, pure and incremental.

`apply` takes one committed record and nothing else, so resuming is folding the log again
and a state can never know more than the log. The conversation folds over the live
branch; the ledger folds over the whole log, because money spent stays spent.
"""

from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import replace
from typing import Any

import msgspec

from tui.budget.billing import Bill
from tui.budget.envelope import Envelope
from tui.budget.forecast import Forecast
from tui.budget.hard_limits import HardLimits
from tui.budget.ledger import Kind, Ledger, LedgerEntry, Usage, is_charged
from tui.budget.settled_weights import RequestBaseline
from tui.budget.token_estimate import estimate_tokens, tokens_of_bytes
from tui.budget.wire_budget import CountingRules, WireBudget
from tui.session import events as ev
from tui.session.attribution import Attribution, CallSubject
from tui.session.budget_account import BudgetAccount
from tui.session.checklist import Subtask, merge_updates
from tui.session.compaction_history import CompactionHistory
from tui.session.conversation import Conversation, ends_in_a_call, summary_index
from tui.session.event_codec import kind_of
from tui.session.ledger_keys import (
    message_key,
    note_key,
    prompt_key,
    question_key,
    repeated_call_key,
    shell_key,
    summary_key,
)
from tui.session.plan_progress import PlanProgress
from tui.session.prompt_cache import PromptCacheState
from tui.session.rewind_points import RewindPoints
from tui.session.settlement import MAX_DENSITY, Settlement
from tui.session.stop_reasons import TRUNCATED
from tui.session.window_limits import WindowLimits
from tui.session.wrapup import WrapUp

LOST_RESULT = "[A part of this session is missing here: its file was damaged.]"
"""What the model reads in the place of what was lost."""

BETWEEN_TURNS = 0
"""Number of no turn: what `/compact` between two prompts is charged to."""
TOO_LONG_ERRORS = ("context_exceeded", "too_large")
"""Kinds of faults that say that a request is too long; older programs knew the second apart."""
NEVER_CUT = ("wrap_up", "checklist")
"""Tools whose results are sent as they are: they say what holds from now on."""
MAY_BE_LONG = ("steering", "interrupted", "reminder")
"""Reasons of notes that quote somebody."""
LAST_COMMANDS = 5
"""Commands of a turn that its report names."""


class SessionState:
    """Everything a session is, as far as its log tells."""

    def __init__(self, counting: CountingRules = CountingRules()) -> None:
        """Args: counting: how the server counts, from the catalogue."""
        self.counting = counting
        self.seq = 0
        """Number of the last event applied."""
        self.at = 0.0
        """When it came, in seconds since the Unix epoch."""
        self.session = ""
        self.folder = ""
        self.name = ""
        self.parent: tuple[str, int] | None = None
        self.created = 0.0
        self.model = ""
        self.effort: str | None = None
        self.announced_effort: str | None = None
        """The effort the model works at: of the last request, system messages included."""
        self.top_effort: str | None = None
        """The effort in the parameters of the last request; None before the first."""
        self.mode: ev.Mode = "ask"
        self.preamble: ev.PreambleSet | None = None
        self.conversation = Conversation()
        self.budget_account = BudgetAccount(counting, self.conversation)
        self.bill = Bill()
        self.checklist: dict[str, Subtask] = {}
        self.attribution = Attribution()
        """Which subtask each charge belongs to."""
        self.progress = PlanProgress()
        self.hard_limits = HardLimits()
        """The hard limits set in this session; they are laid over those of the settings."""
        self.pending_dollar_limit: ev.LimitSet | None = None
        """A limit in dollars from which a token budget still has to be computed."""
        self.stage: str = ""
        """The last stage announced for the envelope."""
        self.turn = 0
        self.turn_open = False
        self.active_seconds = 0.0
        """Seconds inside turns, up to the last event, without those spent waiting for the user."""
        self.active_seconds_by_turn: dict[int, float] = {}
        """The same, by turn."""
        self._last_active_seconds = 0.0
        """The part of it that came with the last event."""
        self.budget_source = ""
        """Who gave the budget that holds, or took it away; empty while there was none."""
        self.windows: dict[str, ev.WindowLearned] = {}
        """What servers said of the windows of models, by id."""
        self.request = 0
        self.requests: list[ev.RequestStarted] = []
        self.charge_history: list[tuple[float, int]] = []
        """(Working seconds, charged tokens) after each response of the session."""
        self.open_request: ev.RequestStarted | None = None
        self.prompts: list[str] = []
        self.rules: list[str] = []
        """Permission rules granted for the session."""
        self.running_tools: dict[str, ev.ToolStarted] = {}
        """Tools started and not finished: after a crash they may have run."""
        self.open_questions: dict[str, ev.PermissionAsked] = {}
        """Permission questions without an answer."""
        self.open_limit: ev.LimitReached | None = None
        """A reached limit that nobody has answered yet."""
        self.last_limit: ev.LimitReached | None = None
        """The limit that the turn reached last."""
        self.commands: list[str] = []
        """Commands of the turn and how they ended, the last few."""
        self.sent_model = ""
        """The model that last read the conversation; empty before the first request."""
        self.touched_files: dict[str, tuple[int, int]] = {}
        """Lines (added, removed) by file touched."""
        self.changed_files = False
        """Whether a tool changed a file in the current turn."""
        self.wrap_ups: list[ev.WrappedUp] = []
        self.forecasts: dict[int, Forecast | None] = {}
        """What the rest of the work would take when a turn with a report ended, by turn."""
        self.last_end: ev.TurnEnded | None = None
        self.rate_limit_headers: dict[str, str] = {}
        self.context = 0
        """Context tokens after the last response, its output included."""
        self.context_estimated = False
        self.preamble_tokens = 0
        """Estimated tokens of system text and tools."""
        self.window_limits = WindowLimits()
        """Context windows of models, as learnt from refused requests."""
        self.compaction_history = CompactionHistory()
        """When the conversation was shortened last."""
        self.notices_shown: set[str] = set()
        """Topics of the notices that a session shows only once, and has shown."""
        self.prompt_cache = PromptCacheState()
        """The prompt cache, computed from the log."""
        self.rewind_points = RewindPoints()
        """The places a rewind can go back to."""
        self.partial_text = ""
        """What an interrupted answer had said: quoted to the model with the next prompt."""
        self.lost_events = 0
        """Events that a damaged file had lost."""
        self.damage = ""
        """The sentence about the loss, until a prompt accepts it; else empty."""
        self._after_gap = False
        """Whether events were lost since the last answer, so that what follows may not fit it."""
        self._context_sent = False
        """Whether the conversation already has the context of the preamble."""

    # What follows from the state -------------------------------------------------

    @property
    def ledger(self) -> Ledger:
        """All that was charged, over the whole log."""
        return self.budget_account.ledger

    @property
    def envelope(self) -> Envelope | None:
        """The budget in force; None without one."""
        return self.budget_account.envelope

    @property
    def grant(self) -> int | None:
        """`T`; None without a budget."""
        return self.envelope.grant if self.envelope else None

    @property
    def charged(self) -> int:
        """`C` of the envelope; of the whole session where there is none."""
        return self.budget_account.charged

    @property
    def left(self) -> int | None:
        """`L = T - C`; None without a budget."""
        return None if self.envelope is None else self.envelope.grant - self.charged

    @property
    def unsettled(self) -> int:
        """The part of `charged` that is an estimate: of this prompt where the budget is for it."""
        if self.envelope is not None and self.envelope.scope == "turn":
            return self.ledger.unsettled_by_turn.get(self.turn, 0)
        return self.ledger.unsettled

    @property
    def unmeasured(self) -> int:
        """Estimated tokens of what waits to be sent, or was sent and is not answered yet."""
        return self.budget_account.settlement.unmeasured

    @property
    def context_used(self) -> int:
        """Tokens of the context window in use: as measured last, and what waits, estimated."""
        before = self.context or (self.preamble_tokens if self.unmeasured else 0)
        return before + self.unmeasured

    @property
    def pending_prompt_charge(self) -> int:
        """Charged tokens of the turn's prompt while it waits: beside results it is charged."""
        key = prompt_key(self.turn)
        entry = self.ledger.entries.get(key)
        waits = key in self.conversation.pending.keys
        return entry.tokens if entry is not None and entry.charged and waits else 0

    @property
    def dropped_tokens(self) -> int:
        """Charged tokens that left the conversation unseen and are not yet told to the model."""
        return self.budget_account.dropped_tokens

    @property
    def last_wrap_up(self) -> WrapUp | None:
        """The newest wrap-up report of the current turn."""
        last = self.wrap_ups[-1] if self.wrap_ups else None
        return last.report if last and last.turn == self.turn else None

    def done_together_with(self, subtask: str) -> str | None:
        """The subtask that one was done with and that has its tokens; None where it has its own."""
        leads = self.attribution.done_together_with.get(subtask)
        return None if self.ledger.by_subtask.get(subtask) else leads

    def active_seconds_until(self, now: float) -> float:
        """Seconds spent in turns, the open one included; a question to the user stops the clock."""
        works = self.turn_open and not self.awaits_user
        return self.active_seconds + (max(0.0, now - self.at) if works else 0.0)

    @property
    def awaits_user(self) -> bool:
        """Whether a permission or a reached limit waits for an answer."""
        return bool(self.open_questions) or self.open_limit is not None

    def counted_tokens(self) -> int:
        """`N`: charged tokens the server will count in a request made now."""
        return self.budget_account.counted_tokens()

    def wire_budget(self, *, by_server: bool = False, asked: bool = False) -> WireBudget | None:
        """The task budget of a request made now; None without a grant.

        Tokens that left the conversation unseen stay out of it until the next turn, so that
        the object is byte-identical within a turn and the prompt cache holds.

        Args:
            by_server: whether the server may shorten the conversation in this request.
            asked: whether the request ends with a question of the program that the
                conversation does not keep.
        """
        return self.budget_account.wire_budget(by_server=by_server, asked=asked)

    def prompts_sent(self) -> list[tuple[int, str]]:
        """The prompts in the conversation: (index of their message, text), in order.

        It leaves out prompts that a summary replaced or a rewind removed, and a prompt beside
        results: without its message the calls before would have no answer.
        """
        texts = {prompt_key(turn): text for turn, text in enumerate(self.prompts, 1)}
        found = []
        for at, message in enumerate(self.conversation.messages):
            said = [texts[key] for key in message.keys if key in texts]
            if said and not message.has_results:
                found.append((at, "\n".join(said)))
        return found

    def preview(self, *events: ev.Event) -> "SessionState":
        """The state as it would be after a grant, another effort or model, or a rewind.

        The copy shares with this state everything that these events do not replace. So nobody
        may change the copy.
        """
        after = copy(self)
        after.budget_account = copy(self.budget_account)
        if any(isinstance(event, ev.Rewritten) for event in events):
            after.conversation = after.budget_account.conversation = copy(self.conversation)
            after.budget_account.settlement, after.rewind_points = (
                Settlement(),
                copy(self.rewind_points),
            )
        for event in events:
            after.apply(ev.Record(after.seq + 1, after.at, event))
        return after

    # The fold --------------------------------------------------------------------

    def apply(self, record: ev.Record) -> None:
        """Take one record; kinds this version does not know change nothing."""
        if record.at != self.at:
            # Step by step, so that a clock set back takes away no time and a later one is kept.
            self._last_active_seconds = self.active_seconds_until(record.at) - self.active_seconds
            self._add_active_seconds(self._last_active_seconds)
        self.seq, self.at = record.seq, record.at
        if self._after_gap and isinstance(record.event, _CLOSES_GAP):
            self._close_gap()
        handler = _HANDLERS.get(type(record.event))
        if handler is not None:
            handler(self, record.event, record.at)
        if self.attribution.reporting:
            self.progress.on_report_charge(self.ledger.charged)
        self.prompt_cache = self.prompt_cache.applied(record)
        self._add_rewind_point(record.event)

    def _add_active_seconds(self, seconds: float) -> None:
        """Count working time; none goes by between turns."""
        self.active_seconds += seconds
        if seconds:
            self.active_seconds_by_turn[self.turn] = (
                self.active_seconds_by_turn.get(self.turn, 0.0) + seconds
            )

    def _add_rewind_point(self, event: ev.Event) -> None:
        """Remember the place right after an answer that joined the conversation."""
        last = self.conversation.messages[-1:]
        if isinstance(event, ev.RequestFinished) and last and event.message in last[0].keys:
            self.rewind_points.add(event.message, self.context, self.prompt_cache)

    def _started(self, event: ev.SessionStarted, at: float) -> None:
        self.session, self.folder, self.created = event.session, event.folder, at
        self.model, self.effort, self.mode = event.model, event.effort, event.mode
        self.parent = event.parent

    def _events_lost(self, event: ev.EventsLost, at: float) -> None:
        """Events are missing here. The state keeps what it knows and invents nothing.

        When the conversation goes on, calls without a result get a closing one, results without
        a call stay out, and no size is compared across the hole. Nobody knows the tokens spent
        in the hole: the ledger keeps what it has, and a sentence tells the user.
        """
        self.lost_events += 1
        self._after_gap = True
        self.turn = max(self.turn, 1)  # a session in which nothing was said loses nothing
        self.open_request = self.open_limit = None
        self.open_questions.clear()
        self.running_tools.clear()
        self.budget_account.settlement.forget()

    def _error(self, event: ev.ErrorShown, at: float) -> None:
        self.damage = event.sentence if event.damage else self.damage

    def _unknown(self, event: ev.Unknown, at: float) -> None:
        """A newer program wrote it; what it ended by its kind is not open any more."""
        match kind_of(event):
            case "turn_ended":
                self.turn_open, self.last_end = False, None
                self.open_questions.clear()
            case "request_finished" | "request_failed":
                self.open_request = None
            case "limit_answered":
                self.open_limit = None
            case "permission_answered":
                self.open_questions.clear()
            case _:
                pass

    def _close_gap(self) -> None:
        """The conversation goes on behind a hole: close what is open, and tell the model."""
        self._after_gap = False
        for call in list(self.conversation.open_calls):
            block = {
                "type": "tool_result",
                "tool_use_id": call,
                "content": LOST_RESULT,
                "is_error": True,
            }
            self.conversation.put_result(block, f"lost-{call}")
        self.conversation.put_text([{"type": "text", "text": LOST_RESULT}], f"lost-{self.seq}")
        self.conversation.commit_pending()

    def _preamble(self, event: ev.PreambleSet, at: float) -> None:
        self.preamble = event
        self.preamble_tokens = tokens_of_bytes(
            len(msgspec.json.encode(event.system)) + len(msgspec.json.encode(event.tools))
        )

    def _shell(self, event: ev.ShellRan, at: float) -> None:
        said = f"The user ran `{event.command}` ({event.summary}):\n{event.output}"
        block = {"type": "text", "text": said}
        self._put_text([block], shell_key(self.seq), estimate_tokens(said), may_be_cut=True)

    def _prompt(self, event: ev.PromptSubmitted, at: float) -> None:
        self.turn, self.turn_open = event.turn, True
        self.attribution.on_prompt()
        self.damage = ""
        if self.lost_events:  # a prompt is found by its turn
            self.prompts += [""] * (event.turn - 1 - len(self.prompts))
        self.prompts.append(event.text)
        self.budget_account.open_turn()
        self.window_limits.open_turn()
        self.commands, self.changed_files = [], False
        self.open_limit = self.last_limit = None
        self.partial_text = ""
        content, estimate = list(event.content), event.estimate
        if self.preamble and self.preamble.context and not self._context_sent:
            content.insert(0, {"type": "text", "text": self.preamble.context})
            estimate += estimate_tokens(self.preamble.context)
            self._context_sent = True
        self.conversation.allow_cutting()
        self._put_text(content, prompt_key(event.turn), estimate)
        if self.budget_account.open_envelope(self.active_seconds):
            self.stage = ""

    def _note(self, event: ev.NoteSent, at: float) -> None:
        block = {"type": "text", "text": event.text}
        long = event.reason in MAY_BE_LONG
        self._put_text([block], note_key(self.seq), event.estimate, may_be_cut=long)
        if self.budget_account.starts_new_count:
            # It begins a turn of the API within ours.
            self.budget_account.rewritten_in_turn = self.turn_open

    def _put_text(
        self, blocks: list[ev.JSON], key: str, estimate: int, *, may_be_cut: bool = False
    ) -> None:
        kind: Kind = "beside" if self.conversation.continues_turn else "prompt"
        self._charge(key, kind, estimate, settled=False)
        self.budget_account.settlement.add_estimate(key, estimate)
        self.conversation.put_text(blocks, key, may_be_cut=may_be_cut)

    def _request_started(self, event: ev.RequestStarted, at: float) -> None:
        self.request = event.request
        if event.turn > self.turn:  # its prompt is lost
            self.turn, self.turn_open = event.turn, True
        self.requests.append(event)
        self.attribution.on_request(event, self.checklist)
        self.open_request = event
        self.sent_model = event.model
        if event.purpose == "compaction":
            self.compaction_history.on_summary_request(self.context_used)
            self._ask_for_summary(event)
        else:
            self.conversation.commit_pending()
            self.announced_effort = event.effort
            self.top_effort = event.top_effort or event.effort

    def _ask_for_summary(self, event: ev.RequestStarted) -> None:
        """The question beside results that wait is charged like any text beside results."""
        if not event.question:
            return
        key = question_key(event.request)
        if self.conversation.continues_turn:
            self._charge(key, "beside", event.question, settled=False)
        self.budget_account.settlement.add_estimate(key, event.question)

    def _request_finished(self, event: ev.RequestFinished, at: float) -> None:
        started, self.open_request = self.open_request, None
        usage = event.usage
        footing = RequestBaseline(
            usage.window,
            usage.budget_output,
            event.model,
            budgeted=bool(started and started.budget),
        )
        asked_to = started is not None and started.purpose == "compaction"
        compacting = asked_to or usage.only_compacted
        if not compacting:
            self.budget_account.settle(footing, transformed=event.transformed)
            self.window_limits.on_answer(event.model, usage.window)
            self.compaction_history.on_measured(usage.window)
        elif asked_to:
            self._measure_by_summary(event, footing)
        else:
            self.compaction_history.on_summary_request(self.context_used)
        before = self.ledger.charged
        self._charge_message(event)
        if compacting:
            # Seen by nobody, unless the summary takes the place of the conversation.
            self.budget_account.dropped_tokens += self.ledger.charged - before
        self.bill.add(usage, event.dollars, event.model, rates=event.rates)
        self.rate_limit_headers = event.limits or self.rate_limit_headers
        self.charge_history.append((self.active_seconds_until(at), self.ledger.charged))
        if not compacting:
            self._add_answer(event, footing)

    def _measure_by_summary(self, event: ev.RequestFinished, footing: RequestBaseline) -> None:
        """Results that wait were in the request that asked for a summary, and its question."""
        if event.usage.reported and footing.context and not self._sent_a_copy(event.request):
            self.budget_account.settlement.measure(
                self.ledger,
                footing,
                transformed=event.transformed,
                left_out=self.conversation.pending.text_keys,
            )
        self._drop_question(event.request)

    def _sent_a_copy(self, request: int) -> bool:
        """Whether the request had a shortened copy of the conversation."""
        last = self.requests[-1] if self.requests else None
        return last is not None and last.request == request and last.shortened

    def _drop_question(self, request: int) -> None:
        """The question for a summary is no part of the conversation."""
        key = question_key(request)
        self.budget_account.settlement.drop(key)
        self.budget_account.dropped_tokens += self.ledger.tokens(key)

    def _charge_message(self, event: ev.RequestFinished) -> None:
        """Charge what the model wrote, a summary within it as an entry of its own."""
        usage, settled = event.usage, event.usage.reported
        calls = self.attribution.on_response(event.blocks)
        self._charge(event.message, "output", usage.budget_output, settled=settled, calls=calls)
        self.budget_account.thinking[event.message] = min(usage.thinking, usage.budget_output)
        if summary_index(event.blocks) is not None:
            tokens = usage.output - usage.budget_output
            self._charge(summary_key(event.message), "summary", tokens, settled=settled)

    def _add_answer(self, event: ev.RequestFinished, footing: RequestBaseline) -> None:
        """The message joins the conversation, unless the API would not take it back."""
        usage, refused = event.usage, event.stop_reason == "refusal"
        cut: str | None = None
        self.partial_text = ""
        summary = (summary_key(event.message),) if summary_index(event.blocks) is not None else ()
        if not refused and self.conversation.add_answer(event.blocks, event.message, *summary):
            cut = event.message if _was_truncated(event) else None
        else:
            self.budget_account.dropped_tokens += usage.budget_output
            footing = replace(footing, output=0)
            self.partial_text = "" if refused else _text(event.blocks)
        self.budget_account.settlement.set_baseline(footing if usage.reported else None, cut)
        self.context = footing.context + footing.output
        self.context_estimated = not usage.reported

    def _request_failed(self, event: ev.RequestFailed, at: float) -> None:
        started, self.open_request = self.open_request, None
        if event.output:
            key = message_key(event.message, event.request)
            if key not in self.ledger.entries:
                self.budget_account.dropped_tokens += event.output
            self._charge(key, "output", event.output, settled=False)
        model = started.model if started else self.model
        if event.message is None:  # nobody read it
            self.ledger.reestimate(question_key(event.request), 0)
        self._drop_question(event.request)
        if event.error in TOO_LONG_ERRORS:
            self._refused_as_too_long(event, model)
        if event.usage is not None:
            self.bill.add(event.usage, event.dollars, model, rates=event.rates, whole=False)
        elif event.output:
            # Nobody saw its end, so what it took beside its words is not known.
            self.bill.add(Usage(output=event.output, reported=False), None, model)
        if started is None or started.purpose != "compaction":
            self.partial_text = _text(event.partial) or self.partial_text

    def _refused_as_too_long(self, event: ev.RequestFailed, model: str) -> None:
        """Nothing of it was read: what it brought waits again, and can still be cut."""
        self.window_limits.on_too_long(model, self.context_used, event.window)
        if event.needed is not None and event.needed > self.context_used:
            self._weigh_refused(event.needed)
        self.conversation.return_to_pending()

    def _weigh_refused(self, needed: int) -> None:
        """A request weighs more than this program knew: what was not measured, or all of it."""
        if not self.context:  # nothing was measured yet: system text and tools count otherwise too
            self.preamble_tokens = self.preamble_tokens * needed // self.context_used
        else:
            least = needed - int(self.unmeasured * MAX_DENSITY)
            if least > self.context:  # another server, or another tokenizer
                self.context, self.context_estimated = least, True
        self.budget_account.settlement.on_too_long(self.context or self.preamble_tokens, needed)

    def _results_cut(self, event: ev.ResultsCut, at: float) -> None:
        for part in event.cuts:
            self.budget_account.cut_part(part)

    def _notice(self, event: ev.NoticeShown, at: float) -> None:
        if event.once:
            self.notices_shown.add(event.once)

    def _tool_started(self, event: ev.ToolStarted, at: float) -> None:
        self.running_tools[event.tool_use] = event
        self.attribution.on_tool_started(event.name)

    def _tool_finished(self, event: ev.ToolFinished, at: float) -> None:
        started = self.running_tools.pop(event.tool_use, None)
        if started is not None and event.name == "bash":
            self.commands = [*self.commands, f"{started.subject}: {event.summary}"][-LAST_COMMANDS:]
        self.open_questions.pop(event.tool_use, None)
        content: Any = event.content if isinstance(event.content, str) else list(event.content)
        block: ev.JSON = {
            "type": "tool_result",
            "tool_use_id": event.tool_use,
            "content": content,
        }
        if event.is_error:
            block["is_error"] = True
        key = event.tool_use
        if key in self.ledger.entries:  # a server that gives the same id to several calls
            key = repeated_call_key(key, self.seq)
        calls = self.attribution.on_tool_finished(event.tool_use)
        self._charge(key, "results", event.estimate, settled=False, calls=calls)
        self.budget_account.settlement.add_estimate(key, event.estimate)
        if not self.lost_events or event.tool_use in self.conversation.open_calls:
            whole = event.name in NEVER_CUT
            self.conversation.put_result(block, key, may_be_cut=not whole)
        for change in event.changes:
            added, removed = self.touched_files.get(change.path, (0, 0))
            self.touched_files[change.path] = (added + change.added, removed + change.removed)
            self.changed_files = True

    def _charge(
        self,
        key: str,
        kind: Kind,
        tokens: int,
        *,
        settled: bool,
        calls: tuple[CallSubject, ...] = (),
    ) -> None:
        request = self.requests[-1] if self.requests else None
        current = request if request and request.turn == self.turn else None
        between = not self.turn_open and kind in ("output", "summary")
        owner = self.attribution.owner_of_charge(key, calls)
        self.ledger.add(
            LedgerEntry(
                key=key,
                kind=kind,
                tokens=max(0, tokens),
                settled=settled,
                charged=is_charged(kind, prompts=self.counting.charges_prompts),
                turn=BETWEEN_TURNS if between else self.turn,
                request=self.request,
                subtask=owner.subtask,
                shares=owner.shares,
                overhead=owner.overhead,
                agent=request.agent if request else "main",
                model=current.model if current else self.model,
            )
        )

    def _asked(self, event: ev.PermissionAsked, at: float) -> None:
        self.open_questions[event.tool_use] = event

    def _answered(self, event: ev.PermissionAnswered, at: float) -> None:
        self.open_questions.pop(event.tool_use, None)
        if event.answer == "session":
            self.rules.extend(event.rules)

    def _checklist(self, event: ev.ChecklistChanged, at: float) -> None:
        before, self.checklist = self.checklist, merge_updates(self.checklist, event.updates)
        for key, owner in self.attribution.on_checklist_change(before, self.checklist):
            self.ledger.assign(key, owner.subtask, owner.shares)
        self.progress.on_checklist_change(self.request)

    def _granted(self, event: ev.BudgetGranted, at: float) -> None:
        self.stage = ""
        self.pending_dollar_limit = None
        lately = self.ledger.by_turn.get(self.turn, 0) if self.turn_open else 0
        self.budget_account.grant(event, self.active_seconds_until(at), lately)
        self.budget_source = event.source

    def _extended(self, event: ev.BudgetExtended, at: float) -> None:
        self.budget_account.extend(event.by)
        self.budget_source = EXTENSION_SOURCE
        self.attribution.on_continuation()
        self.stage = ""

    def _hard_limit_set(self, event: ev.LimitSet, at: float) -> None:
        self.hard_limits = self.hard_limits.with_value(event.limit, event.value)
        if event.limit == "dollars":
            self.pending_dollar_limit = event if event.budget else None

    def _stage(self, event: ev.StageCrossed, at: float) -> None:
        self.stage = event.stage

    def _rewritten(self, event: ev.Rewritten, at: float) -> None:
        self.budget_account.rewrite(event)
        if event.reason not in ("invalid_signature", "pictures"):
            self.context, self.context_estimated = event.after, True
            self.top_effort = self.top_effort if event.keep else None
        match event.reason:
            case "model":
                self.sent_model = event.model
                self.announced_effort = None
                self.rewind_points.rescale(event.before, event.after)
            case "compaction":
                self.rewind_points.restart(event.after)
                self.compaction_history.on_shortened(event.after)
            case "rewind":
                self.compaction_history.forget()
                self._rewound(event)
            case _:
                pass
        if self.lost_events:  # its places may be those of messages that are lost
            self.conversation.complete_call_pairs(LOST_RESULT)
        self._context_sent = bool(self.conversation.messages)
        self.running_tools = {}

    def _rewound(self, event: ev.Rewritten) -> None:
        """The conversation ends at an earlier place: what was known there is known again."""
        messages = self.conversation.messages
        mark = self.rewind_points.at(messages)
        self.rewind_points.rewind(messages)
        self.context = event.after or mark.context
        self.context_estimated = self.context != mark.context
        self.prompt_cache = self.prompt_cache.rewound_to(mark.cache)
        told = (each.effort for each in reversed(messages) if each.effort is not None)
        self.announced_effort = next(told, self.top_effort)

    def _wrapped_up(self, event: ev.WrappedUp, at: float) -> None:
        self.wrap_ups.append(event)
        if event.by == "model":
            self.attribution.on_report()
            self.progress.on_report(event.report, charged=self.ledger.charged, request=self.request)
        self._keep_forecast()

    def _keep_forecast(self) -> None:
        self.forecasts[self.turn] = self.progress.forecast(self.checklist, self.ledger)

    def _limit_reached(self, event: ev.LimitReached, at: float) -> None:
        self.open_limit = self.last_limit = event

    def _limit_answered(self, event: ev.LimitAnswered, at: float) -> None:
        self.open_limit = None

    def _effort_told(self, event: ev.EffortTold, at: float) -> None:
        self.conversation.announce_effort(event.effort)
        self.announced_effort = event.effort

    def _effort(self, event: ev.EffortChanged, at: float) -> None:
        self.effort = event.effort

    def _model(self, event: ev.ModelChanged, at: float) -> None:
        self.model, self.effort = event.model, event.effort
        self.top_effort = None

    def _window(self, event: ev.WindowLearned, at: float) -> None:
        self.windows[event.model] = event

    def _mode(self, event: ev.ModeChanged, at: float) -> None:
        self.mode = event.mode

    def _named(self, event: ev.SessionNamed, at: float) -> None:
        self.name = event.name

    def _turn_ended(self, event: ev.TurnEnded, at: float) -> None:
        if event.reason == "crashed":
            self._add_active_seconds(
                -self._last_active_seconds
            )  # nobody worked until the program was started again
        if event.unsent:
            self.budget_account.withdraw_prompt(prompt_key(event.turn))
            self._context_sent = bool(self.conversation.messages)
        self.turn_open = False
        self.last_end = event
        if self.turn in self.forecasts:
            self._keep_forecast()
        self.open_questions.clear()


EXTENSION_SOURCE = "/budget"
"""The source of a budget that was extended, wherever the user did it."""


Handler = Callable[[SessionState, Any, float], None]

_HANDLERS: dict[type[ev.Event], Handler] = {
    ev.SessionStarted: SessionState._started,
    ev.PreambleSet: SessionState._preamble,
    ev.EventsLost: SessionState._events_lost,
    ev.Unknown: SessionState._unknown,
    ev.ErrorShown: SessionState._error,
    ev.PromptSubmitted: SessionState._prompt,
    ev.NoteSent: SessionState._note,
    ev.RequestStarted: SessionState._request_started,
    ev.RequestFinished: SessionState._request_finished,
    ev.RequestFailed: SessionState._request_failed,
    ev.ToolStarted: SessionState._tool_started,
    ev.ToolFinished: SessionState._tool_finished,
    ev.ResultsCut: SessionState._results_cut,
    ev.NoticeShown: SessionState._notice,
    ev.PermissionAsked: SessionState._asked,
    ev.PermissionAnswered: SessionState._answered,
    ev.ChecklistChanged: SessionState._checklist,
    ev.BudgetGranted: SessionState._granted,
    ev.BudgetExtended: SessionState._extended,
    ev.LimitSet: SessionState._hard_limit_set,
    ev.StageCrossed: SessionState._stage,
    ev.Rewritten: SessionState._rewritten,
    ev.WrappedUp: SessionState._wrapped_up,
    ev.LimitReached: SessionState._limit_reached,
    ev.LimitAnswered: SessionState._limit_answered,
    ev.EffortTold: SessionState._effort_told,
    ev.EffortChanged: SessionState._effort,
    ev.ModelChanged: SessionState._model,
    ev.ModeChanged: SessionState._mode,
    ev.WindowLearned: SessionState._window,
    ev.SessionNamed: SessionState._named,
    ev.ShellRan: SessionState._shell,
    ev.TurnEnded: SessionState._turn_ended,
}


_CLOSES_GAP = (
    ev.PromptSubmitted,
    ev.NoteSent,
    ev.ShellRan,
    ev.RequestStarted,
    ev.RequestFinished,
    ev.EffortTold,
    ev.TurnEnded,
)
"""Events with which the conversation goes on."""


def _was_truncated(event: ev.RequestFinished) -> bool:
    return event.stop_reason in TRUNCATED and ends_in_a_call(event.blocks)


def _text(blocks: Iterable[ev.JSON]) -> str:
    return "".join(block.get("text", "") for block in blocks if block.get("type") == "text")


def fold(records: Iterable[ev.Record], counting: CountingRules = CountingRules()) -> SessionState:
    """The state after `records`."""
    state = SessionState(counting)
    for record in records:
        state.apply(record)
    return state

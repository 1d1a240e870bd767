"""A session on the screen: it shows what the runner publishes, and hands on what the user answers.

The whole reaction to the agent is the one `match` of `handle_published`. The controller keeps no
state of the session: a resumed session is shown by the same code from its log. The module is
loaded after the first frame.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from tui.agent.folder_contents import FolderContents
from tui.agent.open_session import OpenSession
from tui.agent.pacing_words import rate_left_words
from tui.agent.session_runner import Published
from tui.agent.turn_items import ToolOutput
from tui.agent.user_inbox import PermissionAnswer as Permission
from tui.budget.meters import Meters
from tui.budget.request_pacing import PacedWait
from tui.budget.streaming_estimate import StreamingEstimate
from tui.claude.model_names import short_name
from tui.claude.stream_events import (
    BlockStarted,
    InputDelta,
    MessageStarted,
    OutputCounted,
    Retrying,
    TextDelta,
    ThinkingDelta,
)
from tui.reports.cache_cost_text import cache_stake, cold_cache_sentence, effort_change_note
from tui.reports.landing_block import LandingBlock
from tui.reports.notification_text import notification
from tui.reports.spend_warning_words import warning_hint
from tui.reports.transcript_items import AnswerItem, StreamKind, TranscriptItem, request_key
from tui.reports.transcript_presenter import TranscriptPresenter
from tui.screens.budget_offers import (
    PendingOffer,
    limit_progress,
    offer_bigger_budget,
    waiting_landing,
)
from tui.screens.effort_forecast import EffortForecast
from tui.screens.first_budget import FirstBudget
from tui.screens.welcome import welcome
from tui.session import events as ev
from tui.session.checklist import count_subtasks, current_subtask
from tui.session.usage_details import UsageDetails
from tui.widgets.limit_question import LimitAsked
from tui.widgets.live_pane import TAIL_LINES, RunningTool
from tui.widgets.narrow_gauge import NarrowWork
from tui.widgets.status_line import (
    COMPACTING,
    PACED,
    TRYING_AGAIN,
    WAITING_FOR_ANSWER,
    WORKING,
)
from tui.widgets.ticker import Ticker, certain

if TYPE_CHECKING:
    from tui.screens.session_chat import SessionChat


class SessionController:
    """Binds one opened session to the widgets of the chat."""

    def __init__(
        self, chat: "SessionChat", opened: OpenSession, found: FolderContents | None = None
    ) -> None:
        """Bind a session.

        Args:
            chat: Where it is shown.
            opened: The session.
            found: What is in its folder; None where nobody looked.
        """
        self._found = found or FolderContents(is_known=False)
        self.chat = chat
        self.session = opened
        self.meters = Meters()
        """The meters as last read from the state, without the streaming tail."""
        self._presenter = TranscriptPresenter(
            opened.state,
            lambda id: opened.catalogue.model(id).name,
            warning_hint=lambda: warning_hint(chat.key_labels),
        )
        self.statement = UsageDetails(opened.records)
        """The entries and bill lines that the figures are sums of."""
        self._streaming_estimate = StreamingEstimate()
        self._open_streams: set[str] = set()
        self.compacting = False
        self.is_driven = False
        """Whether somebody works on what is open in the log."""
        self._running_tools: dict[str, RunningTool] = {}
        self._limit_question: LimitAsked | None = None
        self._pending_offer: PendingOffer | None = None
        """What is offered till the next prompt."""
        self._left_landing = 0
        """The turn whose landing block the user has put away."""
        self.first_budget = FirstBudget(chat, opened)
        self.effort_forecast = EffortForecast(chat, opened)
        self._turn_began = 0.0
        """When the last prompt was sent, in seconds since the Unix epoch."""
        self._last_fault = ""
        """The kind of fault that broke off the last request."""
        self._meters_pending = False
        """Whether the figures follow the stream at the next tick."""

    def show(self) -> None:
        """Show the session as its log has it, and follow it from here on."""
        chat, opened = self.chat, self.session
        chat.transcript.show_detail(opened.resolved.settings.transcript.calls)
        chat.transcript.load(self._presenter.history(opened.records))
        chat.composer.set_history(opened.state.prompts)
        opened.runner.listeners.append(self.handle_published)
        chat.live_pane.check_rule = opened.runner.rule_problem
        if not opened.state.turn:
            page = welcome(opened, self._found)
            chat.transcript.put(AnswerItem("welcome", page, from_program=True))
        for sentence in (*opened.warnings, self._cold_cache_sentence()):
            if sentence:
                chat.show_notice(sentence, "warning")
        chat.set_status(
            activity="",
            mode=opened.state.mode,
            sandbox=opened.sandbox.enforcement.summary,
            model=short_name(opened.model),
            simulated=opened.simulated,
            branch=opened.branch,
        )
        self._give_back_queued()
        self._show_live()
        self.first_budget.begin()
        self.show_meters()

    def _cold_cache_sentence(self) -> str:
        """That the prompt cache is cold, where the session is opened; empty where it is not."""
        warnings = self.session.spend_warnings
        if warnings is None:
            return cold_cache_sentence(self.session)
        said = cold_cache_sentence(self.session) if warnings.may_say_cold_cache else ""
        if said:
            warnings.note_cold_cache_said()
        return said

    def note_draft(self) -> None:
        """A prompt is being written: say what it costs more if the prompt cache is cold."""
        if self.session.spend_warnings is not None and not self.running:
            self.session.spend_warnings.check_cache()

    def _give_back_queued(self) -> None:
        """What the program could not send before it ended goes back into the composer."""
        text = "\n".join(self.session.state.queued_prompts)
        if text and text not in self.chat.composer.text:
            self.chat.composer.restore_draft(text)
            self.chat.show_notice(
                "The program ended before the model read your message: it is back in the composer.",
                "warning",
            )

    async def close(self) -> None:
        """Stop following the session and let go of it."""
        self._meters_pending = False
        self.session.runner.listeners.remove(self.handle_published)
        await self.session.close()

    # Turns -----------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether a turn or a compaction is running.

        A turn that could not be recorded to its end stays open in the log, but nothing works on it.
        """
        return (self.session.state.turn_open and self.is_driven) or self.compacting

    async def run_turn(self, text: str) -> None:
        """Work on one prompt until the model yields; a budget that was chosen comes first."""
        await self.first_budget.grant()
        await self._drive(self.session.runner.run_turn(text))
        self._ask_ways_on()
        self._show_quote()

    def _show_quote(self) -> None:
        """Show the quote of a plan that the turn filed, unless the user writes something."""
        state, chat = self.session.state, self.chat
        filed = state.plan_quotes.waiting
        if filed is None or filed.turn != state.turn or chat.session is not self.session:
            return
        if chat.composer.is_empty:
            chat.host.run_command("mode.plan")

    async def compact(self, instructions: str) -> None:
        """Replace the conversation by a summary of it."""
        self.compacting = True
        self.chat.set_status(activity=COMPACTING)
        await self._drive(self.session.runner.compact(instructions))

    async def _drive(self, work: Awaitable[None]) -> None:
        self.is_driven = True
        try:
            await work
        finally:
            self.is_driven = self.compacting = False
            self._running_tools.clear()
            self._show_live()
            self.chat.set_status(activity="", until=None)
            self.show_meters()

    def answer_permission(
        self, tool_use: str, answer: ev.PermissionScope, reason: str = "", rule: str = ""
    ) -> None:
        """Hand the user's answer to the agent.

        Args:
            tool_use: The call that was asked about.
            answer: Whether it may act, and for how long.
            reason: Why not.
            rule: The rule as the user wrote it; empty for the one that was offered.
        """
        self.session.runner.answer_permission(tool_use, Permission(answer, reason, rule))

    # What the runner publishes ---------------------------------------------------

    def handle_published(self, item: Published) -> None:
        """React to one committed record, or to progress."""
        status = self.chat.set_status
        if not isinstance(item, ev.Record | ToolOutput):
            pause = item.seconds if isinstance(item, Retrying | PacedWait) else 0.0
            self.chat.status_line.note_server_activity(self.chat.clocks.monotonic() + pause)
        match item:
            case ev.Record():
                self._show_record(item)
            case TextDelta(index=index, text=text):
                self._feed(index, "answer", text)
            case ThinkingDelta(index=index, text=text, estimated_tokens=hidden):
                self._streaming_estimate.add_hidden_thinking(hidden or 0)
                self._feed(index, "thinking", text)
            case InputDelta(json=text):
                self._streaming_estimate.add_characters(len(text))
                self._schedule_meters()
            case OutputCounted(tokens=counted):
                self._streaming_estimate.set_counted(counted)
                self._schedule_meters()
            case MessageStarted():
                self._streaming_estimate.begin()
                status(activity=WORKING, until=None)
            case BlockStarted():
                for settled in self._presenter.answer_begins():
                    self.chat.transcript.put(settled)
            case Retrying(seconds=seconds, error=fault):
                if said := self._presenter.retry_notice(fault, seconds):
                    self.chat.transcript.put(said)
                self._put_later(seconds, self._presenter.retry_sent_later(fault))
                status(activity=TRYING_AGAIN, until=self.chat.clocks.monotonic() + seconds)
            case PacedWait(seconds=seconds):
                status(
                    activity=PACED,
                    rate_left=rate_left_words(item),
                    until=self.chat.clocks.monotonic() + seconds,
                )
                self.show_meters()
            case ToolOutput(tool_use=tool_use, text=text) if tool_use in self._running_tools:
                tail = tuple(text.splitlines()[-TAIL_LINES:])
                self._running_tools[tool_use] = replace(self._running_tools[tool_use], tail=tail)
                self._show_live()
            case _:
                pass

    def _put_later(self, seconds: float, item: Callable[[], TranscriptItem | None]) -> None:
        """Put an item into the transcript in a while, if there is one by then."""

        def put() -> None:
            if self.is_driven and (found := item()) is not None:
                self.chat.transcript.put(found)

        certain(self.chat.set_timer(max(seconds, 0.01), put))

    def _show_record(self, record: ev.Record) -> None:
        """Show what a committed record changes on the screen."""
        self.statement.apply(record)
        event, chat = record.event, self.chat
        if isinstance(event, ev.RequestStarted):
            chat.status_line.note_server_activity(chat.clocks.monotonic())
        elif isinstance(event, ev.RequestFinished | ev.RequestFailed | ev.TurnEnded):
            chat.status_line.note_server_activity(None)
        match event:
            case ev.RequestStarted(purpose="compaction") if chat.status_line.is_paced:
                chat.set_status(activity=COMPACTING if self.compacting else WORKING, until=None)
            case ev.RequestStarted(purpose="turn" | "landing"):
                chat.set_status(activity=WORKING, until=None)
            case ev.RequestFinished(usage=usage):
                self._streaming_estimate.end(usage.output)
                self._close_streams()
            case ev.RequestFailed(error=fault):
                self._last_fault = fault
                self._streaming_estimate.end(None)
                self._close_streams()
            case ev.ToolStarted(tool_use=tool_use, name=name, subject=subject):
                waits = bool(self.session.state.open_questions)
                chat.set_status(activity=WAITING_FOR_ANSWER if waits else WORKING)
                now = chat.clocks.monotonic()
                self._running_tools[tool_use] = RunningTool(tool_use, name, subject, now)
                self._show_live()
            case ev.ToolFinished(tool_use=tool_use):
                self._running_tools.pop(tool_use, None)
                self._show_live()
            case ev.PermissionAsked():
                self._show_live()
                chat.set_status(activity=WAITING_FOR_ANSWER)
            case ev.PermissionAnswered():
                self._show_live()
            case ev.Rewritten(reason="rewind"):
                self._left_landing = self.session.state.turn
                if self.running:
                    # The agent took back a prompt that the server refused.
                    chat.composer.restore_draft(self.session.state.prompts[-1])
                self._show_live()
            case ev.BudgetGranted() | ev.BudgetExtended():
                self._show_live()  # continuing may need another amount
            case ev.PromptSubmitted():
                self._last_fault = ""
                self._pending_offer = None
                self._show_live()
            case ev.StageCrossed(stage="approach"):
                self._suggest_lower_effort()
            case ev.LimitReached():
                self._ask_limit(event)
            case ev.TurnEnded(unsent=True):
                self._limit_question = None
                if self.is_driven:
                    chat.composer.restore_draft(self.session.state.prompts[-1])
                self._show_live()
            case ev.TurnEnded(budget=int(budget)):
                self._limit_question, self._pending_offer = (
                    None,
                    offer_bigger_budget(self.session, budget),
                )
                self._show_live()
            case ev.LimitAnswered() | ev.TurnEnded():
                self._limit_question = None
                self._show_live()
            case ev.ModeChanged(mode=mode):
                chat.set_status(mode=mode)
            case ev.ModelChanged():
                chat.set_status(model=short_name(self.session.model))
            case _:
                pass
        for item in self._presenter.items_for(record):
            chat.transcript.put(item)
        self._notify(record)
        self._warn_about_budget(event)
        self.chat.queue.show()
        self.first_budget.show()
        self.show_meters()

    def _notify(self, record: ev.Record) -> None:
        """Tell the user who looks elsewhere that the session waits or that its turn is over."""
        if isinstance(record.event, ev.PromptSubmitted):
            self._turn_began = record.at
        took = record.at - self._turn_began
        if told := notification(record.event, self.session.folder.name, took):
            channel = self.session.resolved.settings.notifications
            self.chat.host.notifications.tell(told, channel)

    def _ask_ways_on(self) -> None:
        """Ask how to go on where a turn ended for want of a key or of the server."""
        from tui.screens.ways_on import WAYS_AFTER_FAULT, WaysOn

        end = self.session.state.last_end
        failed = end is not None and end.reason == "error" and self._last_fault in WAYS_AFTER_FAULT
        if failed and self.chat.session is self.session:
            prompt = self.session.state.prompts[-1]
            ways = WaysOn(self.chat, self.chat.opener)
            asking = partial(ways.after_fault, self.chat, self._last_fault, prompt)
            self.chat.run_worker(asking, group="ask", exit_on_error=False)

    def _warn_about_budget(self, event: ev.Event) -> None:
        """What a budget or a limit cannot do, when it or the model is another one."""
        said: list[str] = []
        if isinstance(event, ev.BudgetGranted | ev.ModelChanged):
            said.append(self.session.unsupported_budget_warning)
        if isinstance(event, ev.ModelChanged):
            said.append(self.session.unpriced_limit_warning)
        for sentence in filter(None, said):
            self.chat.show_notice(sentence, "warning")

    def _ask_limit(self, reached: ev.LimitReached) -> None:
        """Ask how it goes on at a reached limit; the agent pauses when nobody answers."""
        opened = self.session
        progress = limit_progress(opened)
        self._limit_question = LimitAsked(
            reached,
            opened.meters().budget,
            lower=self._lower_effort,
            until=self.chat.clocks.monotonic() + opened.settings.limit_answer_seconds,
            progress=progress.progress,
            next=progress.next,
        )
        self._show_live()
        self.chat.set_status(activity=WAITING_FOR_ANSWER)

    def _suggest_lower_effort(self) -> None:
        """Say once that a lower effort takes fewer tokens for the rest."""
        key, lower = self.chat.host.keymap_in_use.label("effort.down"), self._lower_effort
        if lower is not None:
            now = self.session.model.effort(self.session.state.effort)
            how = f"{key} lowers it" if key else f"/effort {lower} lowers it"
            self.chat.show_notice(
                f"At a lower effort the rest takes fewer tokens: {how} from {now} to "
                f"{lower}, from your next prompt on.",
                "warning",
            )

    @property
    def _lower_effort(self) -> str | None:
        """The effort level below the one in use; None where there is none."""
        levels, now = (
            self.session.model.efforts,
            self.session.model.effort(self.session.state.effort),
        )
        at = levels.index(now) if now in levels else 0
        return levels[at - 1] if at else None

    def show_offer(self, pending: PendingOffer) -> None:
        """Offer something till the next prompt."""
        self._pending_offer = pending
        self._show_live()

    def answer_offer(self, amount: int | None) -> None:
        """Do what was offered with so many tokens; with None nothing."""
        pending, self._pending_offer = self._pending_offer, None
        self._show_live()
        if pending is not None and amount is not None:
            taking = partial(pending.accept, self.chat, amount)
            self.chat.run_worker(taking, group="act", exit_on_error=False)

    async def answer_limit(self, answer: ev.LimitAnswer, by: int, effort: str | None) -> None:
        """Go on the way the user says; another effort holds from the next prompt on."""
        if effort is not None:
            await self.session.runner.commit(ev.EffortChanged(effort=effort))
        self.session.runner.answer_limit(answer, by)

    def _show_live(self) -> None:
        """Show what is live; of a question that is gone the keys go back to the composer."""
        had_keys = self.chat.keys.context == "prompt"
        waits = self._limit_question is not None or self.session.state.open_questions
        extends = self._limit_question is not None and self._limit_question.extends_by_tokens
        steady = self.chat.clocks.monotonic()
        self.chat.live_pane.show(
            tools=list(self._running_tools.values()),
            asked=list(self.session.state.open_questions.values()),
            limit=self._limit_question,
            offer=self._pending_offer.offer if self._pending_offer and not self.running else None,
            landing=self._landing,
            stake=cache_stake(self.session, steady, extends=extends) if waits else None,
            # Keys of a panel, such as `y`, are no answers to what comes while it is read.
            take_focus=self.chat.composer.is_empty and self.chat.keys.context != "panel",
        )
        if had_keys and self.chat.live_pane.question is None:
            self.chat.composer.take_focus_now()

    @property
    def _landing(self) -> LandingBlock | None:
        """The landing block that waits above the composer."""
        waits = not self.running and self._left_landing != self.session.state.turn
        return waiting_landing(self.session) if waits else None

    def leave_landing(self) -> None:
        """Put the landing block into the transcript."""
        self._left_landing = self.session.state.turn
        for item in self._presenter.past_landing():
            self.chat.transcript.put(item)
        self._show_live()

    def _feed(self, index: int, kind: StreamKind, text: str) -> None:
        self._streaming_estimate.add_characters(len(text))
        self._schedule_meters()
        request = self.session.state.open_request
        if request is not None and request.purpose == "compaction":
            return
        key = request_key(self.session.state.request, index)
        if key not in self._open_streams:
            self._open_streams.add(key)
            self.chat.transcript.open_stream(key, kind)
        self.chat.transcript.feed(key, text)

    def _close_streams(self) -> None:
        for key in self._open_streams:
            self.chat.transcript.end_stream(key)
        self._open_streams.clear()

    # Meters ----------------------------------------------------------------------

    def _schedule_meters(self) -> None:
        if not self._meters_pending:
            self._meters_pending = True
            Ticker.of(self.chat.app).at_next_tick(self._show_pending_meters)

    def _show_pending_meters(self) -> None:
        if self._meters_pending:
            self._show_figures()

    def show_meters(self) -> None:
        """Show the figures of the state as it is now."""
        opened, state = self.session, self.session.state
        spent = self._presenter.turn_dollars(state.turn)
        rough = self._presenter.is_turn_estimated(state.turn)
        self.meters = replace(opened.meters(), turn_dollars=spent, turn_estimated=rough)
        effort = opened.model.effort(state.effort)
        self.chat.effort.show(
            opened.model.efforts,
            effort,
            lambda: effort_change_note(opened),
            self.effort_forecast.words,
        )
        self.chat.set_status(effort=effort or "")
        self._show_figures()

    def _show_figures(self) -> None:
        self._meters_pending = False
        figures = self.meters
        if figures.budget is not None:
            live = replace(figures.budget, live=self._streaming_estimate.tokens)
            figures = replace(figures, budget=live)
        if not self.is_driven:  # a turn that broke off may still be open in the log
            figures = replace(figures, working_since=None)
        self.chat.panel_area.content_changed()
        burn_down = self.session.resolved.settings.burn_down
        self.chat.budget_panel.show(figures, burn_down=burn_down)
        state, checklist = self.session.state, self.chat.checklist
        plan = state.plan
        tokens = state.ledger.by_turn.get(state.turn, 0) + self._streaming_estimate.tokens
        unsettled = state.ledger.unsettled_by_turn.get(state.turn, 0)
        self.chat.status_line.note_tokens(
            tokens, estimated=bool(unsettled or self._streaming_estimate.tokens)
        )
        checklist.show(
            state.checklist,
            state.ledger.by_subtask,
            plan=plan,
            live=self._streaming_estimate.tokens,
            estimated=figures.estimated_subtasks,
            ahead=figures.forecast,
        )
        at_work = current_subtask(plan)
        title = at_work.title if at_work else ""
        effort = self.session.model.effort(state.effort) or ""
        work = NarrowWork(count_subtasks(plan), title, checklist.figures_at_work, effort)
        self.chat.budget_line.show(figures, work)

"""A session on the screen: what the driver publishes, shown; what the user says, handed on.

The whole reaction to the agent is the one `match` of `hear`. It holds no truth of its own:
a resumed session is shown by the same code from its log. Loaded after the first frame.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.agent.desk import Answer as Permission
from tui.agent.driver import Published
from tui.agent.grants import fiction, unseen
from tui.agent.means import ToolOutput
from tui.agent.opened import Opened
from tui.budget.live import Tail
from tui.budget.meters import Meters
from tui.claude.names import short_name
from tui.claude.progress import (
    BlockStarted,
    InputDelta,
    MessageStarted,
    OutputCounted,
    Retrying,
    TextDelta,
    ThinkingDelta,
)
from tui.screens.changes import cold_sentence, effort_note, stake
from tui.screens.offers import Pending, bigger_budget
from tui.screens.presenting import Presenter, block_key
from tui.screens.welcome import welcome
from tui.session import events as ev
from tui.session.statement import Statement
from tui.widgets.limit_question import LimitAsked
from tui.widgets.live_pane import TAIL_LINES, RunningTool
from tui.widgets.transcript.items import Answer, StreamKind

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen

METER_SECONDS = 1 / 15
"""The gauge follows the stream this often at most."""


class SessionView:
    """Binds one opened session to the widgets of the chat."""

    def __init__(self, chat: "ChatScreen", opened: Opened) -> None:
        self.chat = chat
        self.opened = opened
        self.figures = Meters()
        """The meters as last read from the state, without the streaming tail."""
        self._presenter = Presenter(
            opened.state, lambda id: opened.catalogue.model(id).name, chat.labels
        )
        self.statement = Statement(opened.records)
        """What stands behind the figures."""
        self._tail = Tail()
        self._streams: set[str] = set()
        self.compacting = False
        self.at_work = False
        """Whether somebody works on what is open in the log."""
        self._tools: dict[str, RunningTool] = {}
        self._limit: LimitAsked | None = None
        self._pending: Pending | None = None
        """What is offered till the next prompt."""
        self._soon: Callable[[], None] | None = None

    def show(self) -> None:
        """Show the session as its log has it, and follow it from here on."""
        chat, opened = self.chat, self.opened
        chat.transcript.load(self._presenter.history(opened.records))
        chat.composer.remember(opened.state.prompts)
        opened.driver.listeners.append(self.hear)
        if not opened.state.turn:
            page = welcome(opened, chat.host.keymap_in_use)
            chat.transcript.put(Answer("welcome", page, ours=True))
        for sentence in (*opened.sentences, cold_sentence(opened)):
            if sentence:
                chat.say_notice(sentence, "warning")
        chat.set_status(
            activity="",
            mode=opened.state.mode,
            sandbox=opened.driver.means.world.sandbox.enforcement.words,
            model=short_name(opened.model),
            simulated=opened.simulated,
            branch=opened.branch,
        )
        self.show_meters()

    async def close(self) -> None:
        """Stop following the session and let go of it."""
        self.opened.driver.listeners.remove(self.hear)
        await self.opened.close()

    # Turns -----------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether a turn or a compaction is running.

        A turn that could not be recorded to its end stays open in the log, but nobody is at it.
        """
        return (self.opened.state.turn_open and self.at_work) or self.compacting

    async def turn(self, text: str) -> None:
        """Work on one prompt until the model yields."""
        await self._working(self.opened.driver.turn(text))

    async def compact(self, instructions: str) -> None:
        """Shorten the conversation."""
        self.compacting = True
        self.chat.set_status(
            activity="shortening the conversation", since=self.chat.clocks.steady()
        )
        await self._working(self.opened.driver.compact(instructions))

    async def _working(self, work: Awaitable[None]) -> None:
        self.at_work = True
        try:
            await work
        finally:
            self.at_work = self.compacting = False
            self._tools.clear()
            self._show_live()
            self.chat.set_status(activity="", until=None, since=None)
            self.show_meters()

    def answer(self, tool_use: str, answer: ev.PermissionScope, reason: str) -> None:
        """Leave the user's answer on the agent's desk."""
        self.opened.driver.means.desk.answer(tool_use, Permission(answer, reason))

    # What the driver publishes ---------------------------------------------------

    def hear(self, item: Published) -> None:
        """React to one committed record, or to progress."""
        status = self.chat.set_status
        if not isinstance(item, ev.Record | ToolOutput):
            waits = isinstance(item, Retrying)
            self.chat.status_line.heard(None if waits else self.chat.clocks.steady())
        match item:
            case ev.Record():
                self._take(item)
            case TextDelta(index=index, text=text):
                self._feed(index, "answer", text)
            case ThinkingDelta(index=index, text=text, estimated_tokens=hidden):
                self._tail.hidden(hidden or 0)
                self._feed(index, "thinking", text)
            case InputDelta(json=text):
                self._tail.feed(len(text))
                self._meters_soon()
            case OutputCounted(tokens=counted):
                self._tail.counted(counted)
                self._meters_soon()
            case MessageStarted():
                self._tail.begin()
                status(activity="working", until=None)
            case BlockStarted(type="thinking"):
                status(activity="thinking")
            case BlockStarted(type="text"):
                status(activity="writing")
            case BlockStarted(type="tool_use", name=name):
                status(activity=f"calling {name}")
            case Retrying(seconds=seconds, fault=fault):
                if said := self._presenter.retrying(fault, seconds):
                    self.chat.transcript.put(said)
                status(activity="trying again", until=self.chat.clocks.steady() + seconds)
            case ToolOutput(tool_use=tool_use, text=text) if tool_use in self._tools:
                tail = tuple(text.splitlines()[-TAIL_LINES:])
                self._tools[tool_use] = replace(self._tools[tool_use], tail=tail)
                self._show_live()
            case _:
                pass

    def _take(self, record: ev.Record) -> None:
        """Show one committed record."""
        self.statement.apply(record)
        event, chat = record.event, self.chat
        if isinstance(event, ev.RequestStarted):
            chat.status_line.heard(chat.clocks.steady())
        elif isinstance(event, ev.RequestFinished | ev.RequestFailed):
            chat.status_line.heard(None)
        match event:
            case ev.RequestStarted(purpose="turn" | "landing"):
                chat.set_status(activity="working", until=None, since=chat.clocks.steady())
            case ev.RequestFinished(usage=usage):
                self._tail.end(usage.output)
                self._seal()
            case ev.RequestFailed():
                self._tail.end(None)
                self._seal()
            case ev.ToolStarted(tool_use=tool_use, name=name, subject=subject):
                chat.set_status(activity=f"running {name}", since=None)
                now = chat.clocks.steady()
                self._tools[tool_use] = RunningTool(tool_use, name, subject, now)
                self._show_live()
            case ev.ToolFinished(tool_use=tool_use):
                self._tools.pop(tool_use, None)
                self._show_live()
            case ev.PermissionAsked():
                self._show_live()
                chat.set_status(activity="waiting for your answer", since=None)
                chat.app.bell()
            case ev.PermissionAnswered():
                self._show_live()
            case ev.Rewritten(reason="rewind") if self.running:
                # The agent took back a prompt that the server refused.
                chat.composer.give_back(self.opened.state.prompts[-1])
            case ev.PromptSubmitted():
                self._pending = None
                self._show_live()
            case ev.StageCrossed(stage="approach"):
                self._offer_effort()
            case ev.LimitReached():
                self._ask_limit(event)
            case ev.TurnEnded(unsent=True):
                self._limit = None
                if self.running:
                    chat.composer.give_back(self.opened.state.prompts[-1])
                self._show_live()
            case ev.TurnEnded(budget=int(budget)):
                self._limit, self._pending = None, bigger_budget(self.opened, budget)
                self._show_live()
                chat.app.bell()
            case ev.LimitAnswered() | ev.TurnEnded():
                self._limit = None
                self._show_live()
            case ev.ModeChanged(mode=mode):
                chat.set_status(mode=mode)
            case ev.ModelChanged():
                chat.set_status(model=short_name(self.opened.model))
            case _:
                pass
        for item in self._presenter.items(record):
            chat.transcript.put(item)
        self._say_reservations(event)
        self.show_meters()

    def _say_reservations(self, event: ev.Event) -> None:
        """What a budget or a limit cannot do, when it or the model is another one."""
        state, means = self.opened.state, self.opened.driver.means
        said = (
            [unseen(state, means)] if isinstance(event, ev.BudgetGranted | ev.ModelChanged) else []
        )
        said += [fiction(state, means)] if isinstance(event, ev.ModelChanged) else []
        for sentence in filter(None, said):
            self.chat.say_notice(sentence, "warning")

    def _ask_limit(self, reached: ev.LimitReached) -> None:
        """Ask how it goes on at a reached limit; the agent pauses when nobody answers."""
        opened = self.opened
        levels, now = opened.model.efforts, opened.model.effort(opened.state.effort)
        at = levels.index(now) if now in levels else 0
        self._limit = LimitAsked(
            reached,
            opened.meters().budget,
            lower=levels[at - 1] if at else None,
            until=self.chat.clocks.steady() + opened.driver.means.limit_patience,
        )
        self._show_live()
        self.chat.set_status(activity="waiting for your answer", since=None)
        self.chat.app.bell()

    def _offer_effort(self) -> None:
        """Say once how what is left of the budget goes further."""
        opened = self.opened
        levels, now = opened.model.efforts, opened.model.effort(opened.state.effort)
        at = levels.index(now) if now in levels else 0
        key = self.chat.host.keymap_in_use.label("effort.down")
        if at:
            how = f"{key} lowers it" if key else f"/effort {levels[at - 1]} lowers it"
            self.chat.say_notice(
                f"At a lower effort the rest takes fewer tokens: {how} from {now} to "
                f"{levels[at - 1]}, from the next prompt on.",
                "warning",
            )

    def offer(self, pending: Pending) -> None:
        """Offer something till the next prompt."""
        self._pending = pending
        self._show_live()

    def answer_offer(self, amount: int | None) -> None:
        """Do what was offered with so many tokens; with None nothing."""
        pending, self._pending = self._pending, None
        self._show_live()
        if pending is not None and amount is not None:
            taking = pending.take(self.chat, amount)
            self.chat.run_worker(taking, group="act", exit_on_error=False)

    async def answer_limit(self, answer: ev.LimitAnswer, by: int, effort: str | None) -> None:
        """Go on the way the user says; another effort holds from the next prompt on."""
        if effort is not None:
            await self.opened.driver.record(ev.EffortChanged(effort=effort))
        self.opened.driver.answer_limit(answer, by)

    def _show_live(self) -> None:
        """Show what is live; of a question that is gone the keys go back to the composer."""
        had_keys = self.chat.context == "prompt"
        waits = self._limit is not None or self.opened.state.asked
        extends = self._limit is not None and self._limit.by_tokens
        steady = self.chat.clocks.steady()
        self.chat.live_pane.show(
            tools=list(self._tools.values()),
            asked=list(self.opened.state.asked.values()),
            limit=self._limit,
            offer=self._pending.offer if self._pending and not self.running else None,
            stake=stake(self.opened, steady, extends=extends) if waits else None,
            take_focus=self.chat.composer.is_empty,
        )
        if had_keys and self.chat.live_pane.prompt is None:
            self.chat.composer.take_keys()

    def _feed(self, index: int, kind: StreamKind, text: str) -> None:
        self._tail.feed(len(text))
        self._meters_soon()
        request = self.opened.state.open_request
        if request is not None and request.purpose == "compaction":
            return
        key = block_key(self.opened.state.request, index)
        if key not in self._streams:
            self._streams.add(key)
            self.chat.transcript.open_stream(key, kind)
        self.chat.transcript.feed(key, text)

    def _seal(self) -> None:
        for key in self._streams:
            self.chat.transcript.seal(key)
        self._streams.clear()

    # Meters ----------------------------------------------------------------------

    def _meters_soon(self) -> None:
        if self._soon is None:
            self._soon = self.chat.set_timer(METER_SECONDS, self._show_tail).stop

    def _show_tail(self) -> None:
        self._soon = None
        self._show_figures()

    def show_meters(self) -> None:
        """Show the figures of the state as it is now."""
        if self._soon is not None:
            self._soon()
            self._soon = None
        opened, state = self.opened, self.opened.state
        self.figures = opened.meters()
        effort = opened.model.effort(state.effort)
        self.chat.effort.show(opened.model.efforts, effort, lambda: effort_note(opened))
        self._show_figures()

    def _show_figures(self) -> None:
        figures = self.figures
        if figures.budget is not None:
            live = replace(figures.budget, live=self._tail.tokens)
            figures = replace(figures, budget=live)
        if not self.at_work:  # a turn that broke off may still be open in the log
            figures = replace(figures, working_since=None)
        who = "simulator" if self.opened.simulated else short_name(self.opened.model)
        self.chat.budget_panel.show(figures, who)
        self.chat.budget_line.show(figures)
        state = self.opened.state
        self.chat.checklist.show(
            state.checklist,
            state.ledger.by_subtask,
            live=self._tail.tokens,
            estimated=figures.estimated_subtasks,
            ahead=figures.outlook,
            done_with=figures.done_with,
        )

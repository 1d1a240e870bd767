"""The session runner: commits what a turn tells, applies it to the state, then publishes it.

What the user sees is on disk, because the runner publishes nothing before it has committed it, and
the turn goes on only after that. Screen and headless runner are listeners. What the user does
beside a turn (effort, budget, name) takes the same way.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Protocol, TypeVar

from tui.agent import model_notes
from tui.agent.cache_cost import CacheCosts
from tui.agent.compaction import Compaction, CompactionFailed
from tui.agent.concurrency import Interrupted
from tui.agent.image_attachments import attach_images, image_blocks, image_names, other_image_names
from tui.agent.limit_checks import no_room_for_summary, why_not_compact
from tui.agent.monthly_budgets import MonthlyBudgetWatch
from tui.agent.partial_saver import PartialSaver
from tui.agent.plan_mode import leaving_grant
from tui.agent.turn import Turn
from tui.agent.turn_context import TurnContext
from tui.agent.turn_end import end_turn
from tui.agent.turn_items import ToolOutput, TurnItem
from tui.agent.user_inbox import PermissionAnswer
from tui.agent.window_discovery import apply_learned_windows, learn_window
from tui.budget.request_pacing import PacedWait
from tui.budget.token_estimate import estimate_tokens
from tui.claude.stream_events import StreamEvent, TextDelta
from tui.session import events as ev
from tui.session.event_fold import apply_record
from tui.session.state import SessionState
from tui.session.store_errors import StoreError

Published = ev.Record | StreamEvent | ToolOutput | PacedWait
"""What listeners get: committed records, and progress that is never stored."""


_T = TypeVar("_T")


class EventLog(Protocol):
    """Where events are kept: `tui.session.store.SessionStore`. Called from one thread."""

    def append(self, events: Sequence[ev.Event], *, drop_partial: bool = False) -> list[ev.Record]:
        """Commit `events` in one transaction."""
        ...

    def append_partial(self, request: int, chunk: str) -> None:
        """Commit a piece of the message now streaming."""
        ...


class SessionRunner:
    """One session being worked on."""

    def __init__(
        self, log: EventLog, state: SessionState, ctx: TurnContext, thread: ThreadPoolExecutor
    ) -> None:
        """Args: thread: the one thread in which the log is used."""
        self.state = state
        self.ctx = ctx
        self.listeners: list[Callable[[Published], None]] = []
        self._log = log
        self._thread = thread
        self._commit_lock = asyncio.Lock()
        self._partial_saver = PartialSaver(self._save_partial)
        self._unlogged: list[ev.Event] = []
        """What became of words of the user: written before all that is committed after it."""
        self._flushes: set[asyncio.Task[object]] = set()
        apply_learned_windows(list(state.windows.values()), ctx.services.catalogue)

    # Committing ------------------------------------------------------------------

    async def commit(self, *events: ev.Event) -> list[ev.Record]:
        """Commit `events`, apply them to the state, publish them.

        Raises:
            StoreError: they could not be written; nothing was applied or published.
        """
        over = any(isinstance(event, (ev.RequestFinished, ev.RequestFailed)) for event in events)
        async with self._commit_lock:
            if over:
                self._partial_saver.take()
            before, self._unlogged = self._unlogged, []
            written = (*before, *events)
            if not written:
                return []
            records = await self._in_log_thread(
                lambda: self._log.append(written, drop_partial=over)
            )
            for record in records:
                apply_record(self.state, record)
        for record in records:
            self._publish(record)
        return records[len(before) :]

    def _log_soon(self, event: ev.Event) -> None:
        """Write an event at once, and before everything that is committed from now on."""
        self._unlogged.append(event)
        self._flushes.add(task := asyncio.get_running_loop().create_task(self._flush()))
        task.add_done_callback(self._flushes.discard)

    async def _flush(self) -> None:
        with suppress(StoreError):  # the turn meets the same trouble, and tells it
            await self.commit()

    async def _in_log_thread(self, act: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, act)

    def _publish(self, item: Published) -> None:
        for listener in self.listeners:
            listener(item)

    # Turns -----------------------------------------------------------------------

    async def run_turn(
        self, prompt: str, content: Sequence[ev.JSON] = (), *, data: str = ""
    ) -> None:
        """Work on `prompt` until the model yields; the log says how it ended.

        Args:
            prompt: What the user typed.
            content: The blocks to send; by default the prompt and the pictures it names.
            data: What came from another program and belongs to the prompt; nothing in it is
                looked up.

        Raises:
            StoreError: the log could not be written; the turn stops where it is.
        """
        if self.state.turn_open:
            # An error of ours broke the last turn off: close it as a crash is closed.
            await self.recover("")
        self.ctx.services.inbox.reset()
        if learned := await learn_window(self.state, self.ctx.services, self.ctx.settings.host):
            await self.commit(*learned)
        if not content and (image_names(prompt) or other_image_names(prompt)):
            sent = list(image_blocks(self.state.conversation.content))
            seen = await asyncio.to_thread(
                attach_images, prompt, self.ctx.services.environment, sent
            )
            content = seen.content
            price = CacheCosts(self.state, self.ctx).image_sentence() if content else ""
            said = filter(None, (*seen.sentences, price))
            await self.commit(*(ev.NoticeShown(sentence=each) for each in said))
        if data:
            content = (*(content or [{"type": "text", "text": prompt}]), _piped_input_block(data))
        await self._run(Turn(self.state, self.ctx, self.emit).run(prompt, content))
        if self.state.agent_of is None:
            watch = MonthlyBudgetWatch(self.state, self.ctx)
            await self.commit(*await watch.warnings(await watch.read()))

    async def compact(self, instructions: str = "") -> None:
        """Shorten the conversation between two turns; says so when it cannot be done.

        Raises:
            StoreError: the log could not be written.
        """
        self.ctx.services.inbox.reset()
        state, ctx = self.state, self.ctx
        await MonthlyBudgetWatch(state, ctx).read()
        if refusal := why_not_compact(state, ctx):
            await self.commit(ev.ErrorShown(sentence=refusal))
            return
        may_ask = not no_room_for_summary(state, ctx)
        try:
            compaction = Compaction(state, ctx, self.emit)
            await self._run(compaction.run(instructions, may_request=may_ask))
        except CompactionFailed as failure:
            await self.commit(ev.ErrorShown(sentence=str(failure)))
        except Interrupted:
            await self.commit(ev.NoticeShown(sentence="The conversation stays as it was."))

    async def emit(self, *items: TurnItem) -> None:
        """Take what a turn tells: see `tui.agent.turn_items.Emit`."""
        for item in items:
            if isinstance(item, ev.Event):
                await self.commit(item)
                continue
            self._publish(item)
            if isinstance(item, TextDelta):
                self._partial_saver.add(self.state.request, item.text)

    async def _run(self, work: Awaitable[None]) -> None:
        try:
            await work
        finally:
            await self._partial_saver.stop()

    async def _save_partial(self) -> None:
        async with self._commit_lock:
            request, text = self._partial_saver.take()
            if text:
                await self._in_log_thread(lambda: self._log.append_partial(request, text))

    # The user's part -------------------------------------------------------------

    def interrupt(self, why: str = "") -> None:
        """Stop the turn as soon as it can stop; what was done is kept.

        Args:
            why: What stops it, as a sentence; empty where the user does.
        """
        self.ctx.services.inbox.interrupt_turn(why)

    def ask_for_report(self, why: str) -> None:
        """Stop the turn; before it ends the model reports from the reserve what it has.

        Args:
            why: What stops it, as a sentence.
        """
        self.ctx.services.inbox.ask_for_report(why)

    def steer(self, text: str) -> None:
        """Say something to the model while it works: it reads it with the next results."""
        self.ctx.services.inbox.steering.append(text)
        self.note_queued(text)

    def note_queued(self, text: str) -> None:
        """Log what the user sent and what cannot be taken yet: a crash must not lose it."""
        self._log_soon(ev.PromptQueued(text=text))

    def note_taken_back(self, text: str) -> None:
        """Log that the user took back what was queued."""
        self._log_soon(ev.PromptTakenBack(text=text))

    @property
    def unread_steering(self) -> tuple[str, ...]:
        """The texts given to `steer` that the model has not read, oldest first."""
        return tuple(self.ctx.services.inbox.steering)

    def take_back_last(self) -> str | None:
        """The newest text given to `steer` that nobody has read, for editing; None without one."""
        text = self.ctx.services.inbox.take_back_last()
        if text is not None:
            self.note_taken_back(text)
        return text

    def take_back_steering(self) -> list[str]:
        """The texts given to `steer` that no turn has read, and none will."""
        return self.ctx.services.inbox.drain_steering()

    def answer_permission(self, tool_use: str, answer: PermissionAnswer) -> None:
        """Answer the permission question that waits for this call."""
        self.ctx.services.inbox.answer_question(tool_use, answer)

    def rule_problem(self, tool_use: str, rule: str) -> str:
        """Why a rule cannot be granted at the question of this call; empty where it can."""
        return self.ctx.services.inbox.rule_problem(tool_use, rule)

    def answer_limit(self, answer: ev.LimitAnswer, by: int = 0, *, source: str = "") -> None:
        """Say how it goes on at a reached limit.

        Args:
            answer: How.
            by: Tokens to extend by.
            source: The other process that says it, in words; empty for this one.
        """
        said = ev.LimitAnswered(answer=answer, by=by, source=source)
        self.ctx.services.inbox.answer_limit(said)

    async def change_mode(self, mode: ev.Mode) -> None:
        """Change the permission mode, in mid-turn too."""
        leaves_plan = mode != "plan" and not self.state.turn_open
        restored = leaving_grant(self.state) if leaves_plan else []
        await self.commit(ev.ModeChanged(mode=mode), *restored)
        self.ctx.run.rules = self.ctx.run.rules.with_mode(mode)

    async def agree_to_plan(self, events: Sequence[ev.Event], mode: ev.Mode) -> None:
        """Let an agreement hold that `tui.agent.plan_agreement` made.

        Args:
            events: Of the agreement; the change of the mode is one of them.
            mode: The permission mode of the work.
        """
        await self.commit(*events)
        self.ctx.run.rules = self.ctx.run.rules.with_mode(mode)

    # After a crash ---------------------------------------------------------------

    async def recover(self, partial: str) -> None:
        """Close what a crash left open; a tool that may have run is never run again.

        Args:
            partial: Text of the message that was streaming, as far as it was saved.
        """
        events: list[ev.Event] = []
        state = self.state
        if state.open_request is not None:
            blocks = ({"type": "text", "text": partial},) if partial else ()
            events.append(
                ev.RequestFailed(
                    request=state.open_request.request,
                    reason="crashed",
                    sentence="The program ended while this answer was streaming.",
                    partial=blocks,
                    output=estimate_tokens(partial),
                )
            )
        for tool_use, block in state.conversation.open_calls.items():
            ran = tool_use in state.running_tools
            words = model_notes.CRASHED if ran else model_notes.CRASHED_NOT_RUN
            events.append(
                ev.ToolFinished(
                    request=state.request,
                    tool_use=tool_use,
                    name=block["name"],
                    content=words,
                    outcome="interrupted" if ran else "not_run",
                    estimate=estimate_tokens(words),
                    summary="may have run" if ran else "not run",
                )
            )
        if state.turn_open:
            ended = "The program ended in the middle of this turn. Nothing else is lost."
            events.extend(end_turn(state, "crashed", ended))
        if events:
            await self.commit(*events)


def _piped_input_block(text: str) -> ev.JSON:
    """What was piped into the program, as a block that says what it is."""
    return {"type": "text", "text": f"From standard input, data to work on:\n\n{text}"}

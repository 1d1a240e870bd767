"""The driver: pulls an event out of the agent, commits it, then publishes it.

What is shown is on disk, because nothing is published before it is committed and nothing
more is asked of the agent before it is published. Screen and headless runner are
listeners; what the user does beside a turn (effort, budget, name) is recorded the same way.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import Protocol, TypeVar

from tui.agent import notes
from tui.agent.caching import image_sentence
from tui.agent.compaction import CompactionFailed, compact
from tui.agent.endings import closing
from tui.agent.flow import Interrupted
from tui.agent.limits import no_room_for_summary, why_not_compact
from tui.agent.means import Means, ToolOutput
from tui.agent.pictures import images, named, pictured
from tui.agent.saving import Saving
from tui.agent.tools.estimate import estimate_tokens
from tui.agent.turn import Item, Turn
from tui.agent.window import learn_window, use_windows
from tui.claude.progress import Progress, TextDelta
from tui.session import events as ev
from tui.session.state import SessionState

Published = ev.Record | Progress | ToolOutput
"""What listeners get: committed records, and progress that is never stored."""


_T = TypeVar("_T")


class Log(Protocol):
    """Where events are kept: `tui.session.store.SessionStore`. Called from one thread."""

    def append(self, events: Sequence[ev.Event], *, drop_partial: bool = False) -> list[ev.Record]:
        """Commit `events` in one transaction."""
        ...

    def append_partial(self, request: int, chunk: str) -> None:
        """Commit a piece of the message now streaming."""
        ...


class Driver:
    """One session being worked on."""

    def __init__(
        self, log: Log, state: SessionState, means: Means, thread: ThreadPoolExecutor
    ) -> None:
        """Args: thread: the one thread in which the log is used."""
        self.state = state
        self.means = means
        self.listeners: list[Callable[[Published], None]] = []
        self._log = log
        self._thread = thread
        self._order = asyncio.Lock()
        self._saving = Saving(self._save_partial)
        use_windows(list(state.windows.values()), means)

    # Committing ------------------------------------------------------------------

    async def record(self, *events: ev.Event) -> list[ev.Record]:
        """Commit `events`, apply them to the state, publish them.

        Raises:
            StoreError: they could not be written; nothing was applied or published.
        """
        over = any(isinstance(event, (ev.RequestFinished, ev.RequestFailed)) for event in events)
        async with self._order:
            if over:
                self._saving.take()
            records = await self._in_thread(lambda: self._log.append(events, drop_partial=over))
            for record in records:
                self.state.apply(record)
        for record in records:
            self._publish(record)
        return records

    async def _in_thread(self, act: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, act)

    def _publish(self, item: Published) -> None:
        for listener in self.listeners:
            listener(item)

    # Turns -----------------------------------------------------------------------

    async def turn(self, prompt: str, content: Sequence[ev.JSON] = (), *, data: str = "") -> None:
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
        self.means.desk.begin()
        if learned := await learn_window(self.state, self.means):
            await self.record(*learned)
        if not content and named(prompt):
            sent = list(images(self.state.conversation.content))
            seen = await asyncio.to_thread(pictured, prompt, self.means.world, sent)
            content = seen.content
            price = image_sentence(self.state, self.means) if content else ""
            said = filter(None, (*seen.sentences, price))
            await self.record(*(ev.NoticeShown(sentence=each) for each in said))
        if data:
            content = (*(content or [{"type": "text", "text": prompt}]), _as_data(data))
        await self._follow(Turn(self.state, self.means).run(prompt, content))

    async def compact(self, instructions: str = "") -> None:
        """Shorten the conversation between two turns; says so when it cannot be done.

        Raises:
            StoreError: the log could not be written.
        """
        self.means.desk.begin()
        state, means = self.state, self.means
        if refusal := why_not_compact(state, means):
            await self.record(ev.ErrorShown(sentence=refusal))
            return
        may_ask = not no_room_for_summary(state, means)
        try:
            await self._follow(compact(state, means, instructions, may_ask=may_ask))
        except CompactionFailed as failure:
            await self.record(ev.ErrorShown(sentence=str(failure)))
        except Interrupted:
            await self.record(ev.NoticeShown(sentence="The conversation stays as it was."))

    async def _follow(self, items: AsyncGenerator[Item, None]) -> None:
        try:
            async with aclosing(items):
                async for item in items:
                    if isinstance(item, ev.Event):
                        await self.record(item)
                    else:
                        self._progress(item)
        finally:
            await self._saving.stop()

    def _progress(self, item: Progress | ToolOutput) -> None:
        self._publish(item)
        if isinstance(item, TextDelta):
            self._saving.add(self.state.request, item.text)

    async def _save_partial(self) -> None:
        async with self._order:
            request, text = self._saving.take()
            if text:
                await self._in_thread(lambda: self._log.append_partial(request, text))

    # The user's part -------------------------------------------------------------

    def interrupt(self, why: str = "") -> None:
        """Stop the turn as soon as it can stop; what was done is kept.

        Args:
            why: What stops it, as a sentence; empty where the user does.
        """
        self.means.desk.stop(why)

    def steer(self, text: str) -> None:
        """Say something to the model while it works: it reads it with the next results."""
        self.means.desk.steering.append(text)

    def answer_limit(self, answer: ev.LimitAnswer, by: int = 0) -> None:
        """Say how it goes on at a reached limit."""
        self.means.desk.answer_limit(ev.LimitAnswered(answer=answer, by=by))

    async def change_mode(self, mode: ev.Mode) -> None:
        """Change the permission mode, in mid-turn too."""
        await self.record(ev.ModeChanged(mode=mode))
        self.means.rules = self.means.rules.with_mode(mode)

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
            ran = tool_use in state.running
            words = notes.CRASHED if ran else notes.CRASHED_NOT_RUN
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
            events.extend(closing(state, "crashed", ended))
        if events:
            await self.record(*events)


def _as_data(text: str) -> ev.JSON:
    """What was piped into the program, as a block that says what it is."""
    return {"type": "text", "text": f"From standard input, data to work on:\n\n{text}"}

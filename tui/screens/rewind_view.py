"""What `/rewind` does: show the prompts with their costs, ask what goes back, and go back."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace

from tui.agent.restored_files import RestorePlan, plan_restores, restore_files
from tui.reports.cache_cost_text import rewind_note, rewind_sentence
from tui.reports.rewind_options import (
    PromptDone,
    PromptsDone,
    prompt_figures,
    read_prompts,
    restore_details,
    restore_words,
    restored_sentence,
    rewind_details,
)
from tui.session import events as ev
from tui.session.changes_back import changes_back
from tui.session.event_fold import preview
from tui.session.session_changes import SessionChanges
from tui.widgets.option_rows import Option

if TYPE_CHECKING:
    from tui.agent.open_session import OpenSession
    from tui.screens.chat import ChatScreen

What = Literal["talk", "both", "files"]
"""What goes back."""

REWOUND = "Rewound the conversation. Tokens already used still count."
FILES_STAY = (
    "Rewound the conversation. Files stay as they are, and tokens already used still count."
)


class RewindView:
    """Goes back to before an earlier prompt of one session."""

    def __init__(self, chat: "ChatScreen", session: "OpenSession") -> None:
        self._chat = chat
        self._session = session

    async def open(self, places: Sequence[tuple[int, str]]) -> None:
        """Let the user choose a prompt and what goes back. Only in a worker.

        Args:
            places: Index of the message of each prompt, and its words.
        """
        session, state = self._session, self._session.state
        records = list(await session.read_log()) if session.read_log else []
        done = await asyncio.to_thread(read_prompts, records, state)
        options = [self._option(at, text, done) for at, text in reversed(places)]
        chosen = await self._chat.choose("Rewind to before", options)
        if chosen is None:
            return
        keep = int(chosen)
        plans = await self._plan(records, state.prompt_at(keep))
        what = await self._ask_what(plans)
        if what is None:
            return
        restored = what != "talk" and await self._restore(plans, state.prompt_at(keep))
        if what != "files":
            await self._rewind(keep, dict(places)[keep], restored=restored)

    def _option(self, at: int, text: str, done: PromptsDone) -> Option:
        turn = self._session.state.prompt_at(at)
        figures = prompt_figures(done.by_turn.get(turn, PromptDone()))
        about = rewind_details(done, turn, rewind_note(self._session, at))
        return Option(str(at), text, figures, about=about)

    async def _plan(self, records: Sequence[ev.Record], turn: int) -> tuple[RestorePlan, ...]:
        """What would become of the files; in a thread."""
        session, state = self._session, self._session.state
        entries, checklist = list(state.ledger.entries.values()), dict(state.checklist)

        def work_out() -> tuple[RestorePlan, ...]:
            changes = SessionChanges(records, entries, checklist).changes
            return plan_restores(session.environment, changes_back(changes, turn))

        return await asyncio.to_thread(work_out)

    async def _ask_what(self, plans: Sequence[RestorePlan]) -> What | None:
        """What goes back; the conversation alone where no file can."""
        if not any(not plan.problem for plan in plans):
            return "talk"
        words, about = restore_words(plans), restore_details(plans)
        options = [
            Option("talk", "conversation only", "files stay as they are", about=about),
            Option("both", "conversation and files", words, about=about),
            Option("files", "files only", words, about=about),
        ]
        chosen = await self._chat.choose("What goes back?", options)
        choices: tuple[What, ...] = ("talk", "both", "files")
        return next((each for each in choices if each == chosen), None)

    async def _restore(self, plans: Sequence[RestorePlan], turn: int) -> bool:
        """Restore the files and log it; says whether any was restored."""
        results = await asyncio.to_thread(lambda: list(restore_files(plans)))
        redact = self._session.environment.redactor
        changes = [
            replace(made, diff=redact(made.diff).text)
            for _, made in results
            if isinstance(made, ev.FileChange)
        ]
        for plan, made in results:
            if isinstance(made, str):
                self._chat.show_notice(f"{plan.back.path} was not restored: {made}", "warning")
        if changes:
            await self._chat.record_events(ev.FilesRestored(turn=turn, changes=tuple(changes)))
        else:
            self._chat.show_notice(restored_sentence(()), "warning")
        return bool(changes)

    async def _rewind(self, keep: int, words: str, *, restored: bool) -> None:
        chat, state = self._chat, self._session.state
        if price := rewind_sentence(self._session, keep):
            chat.show_notice(price, "warning")
        rewind = ev.Rewritten(reason="rewind", keep=keep, before=state.context)
        after = preview(state, rewind).context
        await chat.record_events(replace(rewind, after=after))
        chat.composer.propose(words)
        chat.show_notice(REWOUND if restored else FILES_STAY, "warning")

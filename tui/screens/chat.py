"""The chat: transcript, composer and the budget beside them.

What it does with keys and messages. `tui.screens.chat_layout` holds its widgets,
`tui.screens.session_screen` what it works on, and `tui.screens.session_controller` binds a
session to it.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import events, on, work
from textual.app import SuspendNotSupported

from tui.command_line import CommandLineOptions
from tui.commands import BY_ID
from tui.screens.clocks import SYSTEM_CLOCKS, Clocks
from tui.screens.session_screen import SessionScreen
from tui.slash_lines import escape_prompt
from tui.widgets.composer import Composer

if TYPE_CHECKING:
    from tui.agent.folder_trust import TrustAnswer, TrustQuestion
    from tui.agent.open_session import OpenSession, SessionOpener
    from tui.widgets.budget_gauge import MarkedFigures
    from tui.widgets.checklist_panel import ChecklistPanel
    from tui.widgets.effort_selector import EffortSelector
    from tui.widgets.find_bar import FindBar
    from tui.widgets.limit_question import LimitDecided
    from tui.widgets.offer_question import OfferDecided
    from tui.widgets.permission_question import PermissionDecided
    from tui.widgets.question_prompt import QuestionPrompt
    from tui.widgets.status_line import Hint
    from tui.widgets.transcript.messages import ActionChosen, Copied, LinkChosen, SearchProgress
    from tui.widgets.trust_question import FilesRequested, TrustDecided


class ChatScreen(SessionScreen):
    """The one screen people work in."""

    AUTO_FOCUS = "Draft"

    def __init__(
        self, opener: "SessionOpener", options: CommandLineOptions, clocks: Clocks = SYSTEM_CLOCKS
    ) -> None:
        super().__init__(opener, options, clocks)
        self._project_paths: Sequence[str] | None = None
        self._pending_trust_answer: asyncio.Future[TrustAnswer] | None = None
        """Where the answer about a folder goes while it is asked about."""

    def on_mount(self) -> None:
        """Paint first; everything that costs time comes after the first frame."""
        self.status_line.show(self.status)
        options = self.options
        prompt = escape_prompt(options.prompt) if options.literal else options.prompt
        self.call_after_refresh(self.open_session, options.resume, prompt, fork=options.fork)

    async def show_session(self, opened: "OpenSession") -> None:
        """Show a session that was opened."""
        from tui.screens.session_controller import SessionController

        self.controller = SessionController(self, opened)
        self._project_paths = None
        self.controller.show()
        self.remove_class("-unopened")
        self.call_after_refresh(opened.warm_up)
        if opened.rejected_budget:
            from tui.screens.command_handlers.budget_change import change_budget
            from tui.settings.amounts import parse_amount

            await change_budget(self, opened, parse_amount(opened.rejected_budget))

    async def ask_trust(self, question: "TrustQuestion") -> "TrustAnswer":
        """Ask whether a folder is trusted, and wait for the answer."""
        answer: asyncio.Future[TrustAnswer] = asyncio.get_running_loop().create_future()
        self._pending_trust_answer = answer
        self.live_pane.ask_trust(question, take_focus=self.composer.is_empty)
        self.set_status(activity="waiting for your answer")
        self.app.bell()
        try:
            return await answer
        finally:
            had_keys = self.key_context == "prompt"
            self.live_pane.ask_trust(None)
            self.set_status(activity="")
            if had_keys and self.live_pane.question is None:
                self.composer.take_focus_now()

    # Keys ------------------------------------------------------------------------

    def key_labels(self, command: str) -> "Sequence[str]":
        """The keys that a command has, as people write them."""
        return self.host.keymap_in_use.labels(command)

    def key_hints(self) -> "tuple[Hint, ...]":
        """The keys that help here and now."""
        from tui.screens.key_hints import HintContext, key_hints

        # At a limit escape pauses, and from a line that is written it leads back.
        own = (
            self.focused_question.handles_escape
            if self.focused_question
            else self.is_writing_answer
        )
        place = HintContext(
            context=self.key_context,
            running=self.can_interrupt and not own,
            empty=self.composer.is_empty,
            asked=self.has_unfocused_question,
            finding=self.find_bar.is_finding,
            offered=self.offered_commands,
            enters=self.transcript.cursor.enter_action,
        )
        return key_hints(place, self.host.keymap_in_use)

    def refresh_hints(self) -> None:
        """Say which keys help, now that something else is going on."""
        if self.is_attached:
            self.set_status()

    def on_composer_empty_changed(self) -> None:
        """Other keys help with a draft."""
        self.refresh_hints()

    def on_descendant_focus(self) -> None:
        """Other keys help elsewhere."""
        self.call_later(self.refresh_hints)

    def is_command_available(self, command: str) -> bool:
        """Whether a command makes sense now."""
        match BY_ID[command].when:
            case "idle":
                return not self.running
            case "running":
                return self.can_interrupt
            case "finding":
                return self.widgets_mounted.is_set() and self.find_bar.is_finding
            case _:
                return True

    @property
    def _shown_question(self) -> "QuestionPrompt | None":
        """The question on screen."""
        return self.live_pane.question if self.widgets_mounted.is_set() else None

    @property
    def focused_question(self) -> "QuestionPrompt | None":
        """The question that has the keys; not while the line below it is written."""
        prompt = self._shown_question
        return prompt if prompt is not None and prompt is self.focused else None

    @property
    def is_writing_answer(self) -> bool:
        """Whether the keys are in the line below a question."""
        prompt = self._shown_question
        return prompt is not None and prompt.is_writing and self.key_context == "prompt"

    @property
    def has_unfocused_question(self) -> bool:
        """Whether a question is on screen while the keys are elsewhere."""
        prompt = self._shown_question
        return prompt is not None and not prompt.has_focus_within and not self.composer.is_list_open

    @property
    def offered_commands(self) -> tuple[str, ...]:
        """Commands that the card under the block cursor offers; none without a card."""
        return self.transcript.cursor.offered_actions if self.key_context == "transcript" else ()

    @property
    def key_context(self) -> str:
        """Where the keys are: `composer`, `transcript`, `prompt`, or `app`."""
        around = {node.id for node in self.focused.ancestors_with_self} if self.focused else set()
        for id, context in (
            (self.composer.id, "composer"),
            ("transcript", "transcript"),
            ("live", "prompt"),
        ):
            if id in around:
                return context
        return "app"

    def on_key(self, event: events.Key) -> None:
        """The way back from a panel that has no other use for the key."""
        if (
            event.key == "escape"
            and self.key_context == "app"
            and not self._is_key_bound(event.key)
        ):
            event.stop()
            self.composer.focus()

    def _is_key_bound(self, key: str) -> bool:
        """Whether the focused widget, or one around it, has a use for `key`."""
        active = self.active_bindings.get(key)
        return active is not None and active.node not in (self, self.app)

    # Messages of widgets ---------------------------------------------------------

    @on(Composer.Submitted)
    def _submitted(self, message: Composer.Submitted) -> None:
        if self.widgets_mounted.is_set():
            self.transcript.follow()
            self.host.handle_input(message.text)
        else:
            self.enqueue(message.text)

    @on(Composer.ShellRequested)
    def _shell_requested(self, message: Composer.ShellRequested) -> None:
        if self.widgets_mounted.is_set():
            self.transcript.follow()
        self.run_user_command(message.command)

    @on(Composer.EditorRequested)
    def _editor_requested(self, message: Composer.EditorRequested) -> None:
        self._write_in_editor(message.text)

    @work(group="editor", exclusive=True, exit_on_error=False)
    async def _write_in_editor(self, text: str) -> None:
        """Leave the terminal to the editor; the turn works on, and nothing is painted."""
        from tui.screens.external_programs import edit_in_editor, released_terminal

        try:
            with released_terminal(self.app):
                text = await edit_in_editor(text)
        except (OSError, ValueError, SuspendNotSupported) as error:
            self.show_notice(f"The editor could not be used: {error}. Set $EDITOR.", "error")
            return
        self.composer.set_draft(text)

    async def find_files(self, query: str) -> Sequence[str]:
        """Paths in the project for `@`."""
        from tui.screens.external_programs import list_project_files

        fresh = self._project_paths is None or not query  # files come and go while we work
        if fresh and self.session is not None:
            self._project_paths = await list_project_files(self.session.runner.ctx.world)
        return self._project_paths or ()

    def draft_price(self, text: str) -> str:
        """What the first picture of the conversation costs, while the draft names one.

        So it can be read, and the name taken out again, before the prompt is sent.
        """
        if "@" not in text or self.session is None or self.running:
            return ""
        from tui.agent.cache_cost import image_cost_sentence
        from tui.agent.image_attachments import image_names

        return (
            image_cost_sentence(self.session.state, self.session.runner.ctx)
            if image_names(text)
            else ""
        )

    def on_find_bar_query_changed(self, message: "FindBar.QueryChanged") -> None:
        """Look for other words."""
        self.transcript.search.find(message.words)

    def on_find_bar_next_requested(self) -> None:
        """Go to the next place."""
        self.transcript.search.find_next()

    def on_find_bar_closed(self) -> None:
        """Stop looking."""
        self.transcript.search.find("")
        self.composer.focus()

    def on_transcript_search_progress(self, message: "SearchProgress") -> None:
        """Say how many places there are."""
        self.find_bar.show_count(message.at, message.count)

    def on_transcript_new_output(self) -> None:
        """Say that there is more below."""
        key = self.host.keymap_in_use.label("transcript.end")
        self.set_status(below=f"↓ new output · {key}" if key else "↓ new output")

    def on_transcript_at_end(self) -> None:
        """Nothing is out of sight any more."""
        self.set_status(below="")

    def on_transcript_cursor_moved(self) -> None:
        """Other keys help on another block."""
        self.refresh_hints()

    def on_transcript_copied(self, message: "Copied") -> None:
        """Say so."""
        self.notify(f"Copied {len(message.text):,} characters.", timeout=2, markup=False)

    def on_transcript_link_chosen(self, message: "LinkChosen") -> None:
        """Open it."""
        self.app.open_url(message.href)

    def on_transcript_action_chosen(self, message: "ActionChosen") -> None:
        """Run the command a card offered."""
        self.host.run_command(message.action)

    def on_permission_decided(self, message: "PermissionDecided") -> None:
        """The user answered a question."""
        if self.controller is not None:
            self.controller.answer_permission(message.tool_use, message.answer, message.reason)

    async def on_limit_decided(self, message: "LimitDecided") -> None:
        """The user said how it goes on at a reached limit."""
        if self.controller is not None:
            await self.controller.answer_limit(message.answer, message.by, message.effort)

    def on_offer_decided(self, message: "OfferDecided") -> None:
        """The user took what was offered, or did not."""
        if self.controller is not None:
            self.controller.answer_offer(message.amount)

    def on_trust_decided(self, message: "TrustDecided") -> None:
        """The user decided whether the folder is trusted."""
        if self._pending_trust_answer is not None and not self._pending_trust_answer.done():
            self._pending_trust_answer.set_result(message.answer)

    def on_files_requested(self, message: "FilesRequested") -> None:
        """Show the files that the folder brings, in full."""
        from tui.widgets.line_widget import flatten
        from tui.widgets.text_page import Section, TextPage

        asked = message.asked
        changes = [*(f"{each} (tighter)" for each in asked.stricter_settings)]
        changes += [f"{each} (asked for)" for each in asked.requested_settings]
        sections = [Section("What the settings change", "\n".join(changes))] if changes else []
        sections += [
            Section(f"{flatten(file.name, 300)} · {file.size:,} bytes", file.text or file.remark)
            for file in asked.files
        ]
        self.app.push_screen(TextPage(flatten(str(asked.folder), 300), sections))

    def on_marked_figures_figure_chosen(self, message: "MarkedFigures.FigureChosen") -> None:
        """Open what is behind a figure."""
        self.host.run_command("entries.show", message.figure)

    def on_checklist_panel_subtask_chosen(self, message: "ChecklistPanel.SubtaskChosen") -> None:
        """Open what a subtask is charged with."""
        from tui.screens.command_handlers.ledger_commands import show_subtask_page

        show_subtask_page(self, message.subtask)

    def on_effort_selector_chosen(self, message: "EffortSelector.Chosen") -> None:
        """Work at another effort."""
        self.host.run_command("effort.choose", message.level)

"""The chat: transcript, composer and the budget beside them.

The screen connects its parts with Textual, and is what commands work on:

- `chat_layout` puts widgets in their places, `status_report` says what the status line says,
  `notices` what the program says in the transcript;
- `keys` knows where the keys are; `draft_support` helps the composer;
- `switcher` opens sessions, and `controller` binds the open one to the widgets; `turns` and
  `user_commands` start work in it, and `queue` holds what has to wait; `trust_dialog` asks
  about folders.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

from textual import events, on
from textual.app import ComposeResult
from textual.geometry import Size
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from tui.command_line import CommandLineOptions
from tui.screens.chat_layout import (
    CHAT_CSS,
    ChatLayout,
    import_agents_view,
    import_deferred_modules,
)
from tui.screens.clocks import SYSTEM_CLOCKS, Clocks
from tui.screens.draft_support import DraftSupport
from tui.screens.key_focus import KeyFocus
from tui.screens.prompt_queue import PromptQueue
from tui.screens.session_switcher import SessionSwitcher
from tui.screens.session_work import TurnControl, UserCommands
from tui.slash_lines import escape_prompt
from tui.widgets.command_bindings import BindingChain, BindingChainCache, active_binding
from tui.widgets.composer import Composer
from tui.widgets.status_line import StatusLine, StatusReport
from tui.widgets.ticker import certain

if TYPE_CHECKING:
    from tui.agent.folder_trust import TrustAnswer, TrustQuestion
    from tui.agent.open_session import OpenSession, SessionOpener
    from tui.budget.meters import Meters
    from tui.reports.transcript_items import NoticeLevel
    from tui.screens.app_interface import AppInterface
    from tui.screens.budget_offers import PendingOffer
    from tui.screens.notices import Notices
    from tui.screens.session_controller import SessionController
    from tui.screens.trust_dialog import TrustDialog
    from tui.session.events import Event, PermissionAsked, Record
    from tui.session.usage_details import UsageDetails
    from tui.widgets.budget_choice import BudgetChoice
    from tui.widgets.budget_gauge import BudgetLine, BudgetPanel, MarkedFigures
    from tui.widgets.checklist_panel import ChecklistPanel
    from tui.widgets.effort_selector import EffortSelector
    from tui.widgets.find_bar import FindBar
    from tui.widgets.landing_view import LandingView
    from tui.widgets.limit_question import LimitDecided
    from tui.widgets.live_pane import LivePane
    from tui.widgets.offer_question import OfferDecided
    from tui.widgets.option_rows import Option
    from tui.widgets.panel import Panel
    from tui.widgets.panel_area import PanelArea
    from tui.widgets.permission_question import PermissionDecided, PreviewRequested
    from tui.widgets.queue_pane import QueuedPrompts
    from tui.widgets.transcript.messages import LinkChosen, SearchProgress
    from tui.widgets.transcript.transcript_view import Transcript
    from tui.widgets.trust_question import FilesRequested, TrustDecided


BRIEF_SECONDS = 4.0
"""How long the status line shows a notice, at least."""
READING_PACE = 12.0
"""Characters a second that everybody can read."""


class ChatScreen(Screen[None]):
    """The one screen people work in."""

    AUTO_FOCUS = "Draft"

    DEFAULT_CSS = CHAT_CSS

    transcript: "Transcript"
    find_bar: "FindBar"
    live_pane: "LivePane"
    budget_line: "BudgetLine"
    budget_panel: "BudgetPanel"
    effort: "EffortSelector"
    checklist: "ChecklistPanel"
    panel_area: "PanelArea"
    queued: "QueuedPrompts"
    budget_choice: "BudgetChoice"
    notices: "Notices"
    trust_dialog: "TrustDialog"

    def __init__(
        self, opener: "SessionOpener", options: CommandLineOptions, clocks: Clocks = SYSTEM_CLOCKS
    ) -> None:
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (150, "-broad")]
        self.VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-tall")]
        self.add_class("-unopened")  # there are no figures before there is a session
        self.opener = opener
        self.options = options
        self.clocks = clocks
        self.controller: SessionController | None = None
        """The session on the screen; None while none is open."""
        self._binding_chains = BindingChainCache(self)
        self.keys = KeyFocus(self)
        self.draft_support = DraftSupport(self)
        self.queue = PromptQueue(self)
        self.composer = Composer(
            commands=self.draft_support.slash_names,
            files=self.draft_support.find_files,
            price=self.draft_support.price,
            take_queued=self.queue.take_back_last,
            watch=self._follow_draft,
            stash_key=lambda: self.host.keymap_in_use.label("composer.stash"),
            id="composer",
        )
        self.input_error = ""
        """Why the line typed last cannot be run; empty while no error is shown."""
        self.status_line = StatusLine(clock=clocks.monotonic, id="status")
        self.status_report = StatusReport(self.status_line, options.folder, self.keys.hints)
        self.chat_layout = ChatLayout(self, self.composer, self.status_line)
        self.widgets_mounted = self.chat_layout.complete
        """Set once everything is in its place: until then there is only the composer."""
        self.switcher = SessionSwitcher(self, self.queue, opener)
        self.opening_done = self.switcher.done
        """Set while no session is being opened."""
        self.turns = TurnControl(self, self.queue, lambda: self.controller)
        self.user_commands = UserCommands(self, self.queue)

    # Widgets ---------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """What the first frame shows."""
        self._apply_breakpoints(self.app.size)
        yield from self.chat_layout.compose()

    def _apply_breakpoints(self, size: Size) -> None:
        """Wear the classes of this size: Textual would lay out once before it puts them on."""
        wide = self._get_breakpoint_classes(size.width, self.HORIZONTAL_BREAKPOINTS or [])
        tall = self._get_breakpoint_classes(size.height, self.VERTICAL_BREAKPOINTS or [])
        self.add_class(*wide, *tall)

    def on_mount(self) -> None:
        """Paint first; everything that costs time comes after the first frame."""
        self.status_report.show()
        options = self.options
        prompt = escape_prompt(options.prompt) if options.literal else options.prompt
        self.call_after_refresh(self.open_session, options.resume, prompt, fork=options.fork)

    async def mount_deferred_widgets(self) -> None:
        """Move in what the first frame did not need; the keys stay with the composer."""
        await import_deferred_modules()
        if self.widgets_mounted.is_set():
            return
        from tui.screens.deferred_widgets import create_deferred_widgets
        from tui.screens.notices import Notices
        from tui.screens.partial_compositor import PartialCompositor
        from tui.screens.trust_dialog import TrustDialog

        self._compositor = PartialCompositor.take_over(self._compositor)
        made = create_deferred_widgets(self.clocks, self.key_labels, self.composer.take_focus_now)
        self.transcript, self.find_bar, self.live_pane = made[:3]
        self.budget_line, self.budget_panel, self.effort, self.checklist = made[3:7]
        self.panel_area = made.panel_area
        self.queued, self.budget_choice = made.queued, made.budget_choice
        self.notices = Notices(self.transcript)
        self.trust_dialog = TrustDialog(self, self.keys)
        await self.chat_layout.mount(made)
        self.queue.show()

    # The session, and what goes on -------------------------------------------------

    @property
    def host(self) -> "AppInterface":
        """The application, as far as screens know it."""
        return cast("AppInterface", self.app)

    @property
    def session(self) -> "OpenSession | None":
        """The session that is open."""
        return self.controller.session if self.controller else None

    @property
    def meters(self) -> "Meters":
        """The five meters as last shown, without the streaming tail."""
        from tui.budget.meters import Meters

        return self.controller.meters if self.controller else Meters()

    @property
    def usage_details(self) -> "UsageDetails":
        """The entries and bill lines that the figures are sums of."""
        from tui.session.usage_details import UsageDetails

        return self.controller.statement if self.controller else UsageDetails(())

    @property
    def is_opening_session(self) -> bool:
        """Whether a session is being opened."""
        return not self.opening_done.is_set()

    @property
    def session_ready(self) -> bool:
        """Whether a session is open, and no other one is being opened."""
        return self.controller is not None and not self.is_opening_session

    @property
    def running(self) -> bool:
        """Whether a turn or a compaction is running, or about to."""
        return self.turns.is_running

    @property
    def running_user_command(self) -> str:
        """The user's own command that runs; empty while none does."""
        return self.user_commands.running_command

    @property
    def takes_prompts(self) -> bool:
        """Whether a prompt would be taken now, by a new turn or the one that runs."""
        compacting = self.controller is not None and self.controller.compacting
        return self.session_ready and not compacting and not self.running_user_command

    @property
    def can_interrupt(self) -> bool:
        """Whether there is something to interrupt."""
        return self.running or bool(self.running_user_command) or self.queue.waits_for_session

    @property
    def can_send_now(self) -> bool:
        """Whether an interrupt would send, or has just given back, what waits for the turn."""
        return self.turns.can_send_now

    def open_session(self, which: str | None, prompt: str = "", *, fork: bool = False) -> None:
        """Open a session and show it, as `SessionSwitcher.open` does."""
        self.switcher.open(which, prompt, fork=fork)

    async def show_session(self, opened: "OpenSession") -> None:
        """Show a session that was opened."""
        from tui.agent.folder_contents import glance_at
        from tui.screens.session_controller import SessionController

        found = None if opened.state.turn else await asyncio.to_thread(glance_at, opened.folder)
        self.controller = SessionController(self, opened, found)
        self.draft_support.forget_files()
        self.controller.show()
        self.remove_class("-unopened")
        self.call_after_refresh(opened.warm_up)
        if opened.crew is not None:
            self.run_worker(import_agents_view(), group="warm-up", exit_on_error=False)
        if opened.rejected_budget:
            from tui.settings.amounts import parse_amount

            await self.host.change_budget(opened, parse_amount(opened.rejected_budget))

    async def close_session(self) -> None:
        """Close the open session, if there is one; a turn that runs is interrupted first.

        Agents at work go on when it is opened again.
        """
        controller, self.controller = self.controller, None
        if controller is None:
            return
        self.panel_area.close()
        self.user_commands.interrupt()
        if (crew := controller.session.crew) is not None:
            crew.keep_for_later()
        controller.session.runner.interrupt()
        busy = [worker for worker in self.workers if worker.group in ("turn", "shell")]
        if busy:
            await self.workers.wait_for_complete(busy)
        await controller.close()

    async def record_events(self, *events: "Event") -> "Sequence[Record]":
        """Commit what the user did beside a turn."""
        return await self.session.runner.commit(*events) if self.session else ()

    def show_offer(self, pending: "PendingOffer") -> None:
        """Offer something till the next prompt."""
        if self.controller is not None:
            self.controller.show_offer(pending)

    def submit(self, text: str) -> None:
        """Take what the user wrote: a prompt, or a word for the turn that runs."""
        self.turns.submit(text)

    def run_user_command(self, command: str) -> None:
        """Run the user's own command and keep its output for the model."""
        self.user_commands.run(command)

    # Notices and questions ----------------------------------------------------------

    def set_status(self, **changes: object) -> None:
        """Change parts of the status line, as `StatusReport.change` does."""
        self.status_report.change(**changes)
        self.composer.draft.show_placeholder(self.keys.composer_placeholder)

    def show_brief_notice(self, sentence: str, seconds: float | None = None) -> None:
        """Say something on the right of the status line; what is said there next replaces it.

        Args:
            sentence: A short one: what does not fit is cut.
            seconds: How long; None for as long as it takes to read.
        """
        self.set_status(notice=sentence)
        reading = max(BRIEF_SECONDS, len(sentence) / READING_PACE)
        take_back = partial(self.status_report.take_back, sentence)
        certain(self.set_timer(reading if seconds is None else seconds, take_back))

    def show_input_error(self, sentence: str) -> None:
        """Say why what was typed cannot be done, till the next key or till it can have been read.

        The status line has it, or the composer where it is too long for one row; no row of the
        transcript.
        """
        self.forget_input_error()
        self.input_error = sentence
        if self.status_line.fits(sentence):
            self.set_status(notice=sentence)
        else:
            self.composer.show_remark(sentence)
        reading = 2 * max(BRIEF_SECONDS, len(sentence) / READING_PACE)
        certain(self.set_timer(reading, partial(self._take_back_input_error, sentence)))

    def forget_input_error(self) -> None:
        """Take back what was said about a line that could not be run."""
        self._take_back_input_error(self.input_error)

    def _take_back_input_error(self, sentence: str) -> None:
        if sentence and sentence == self.input_error:
            self.input_error = ""
            self.composer.take_back_remark(sentence)
            self.status_report.take_back(sentence)

    def refresh_hints(self) -> None:
        """Show the hints for what is going on now."""
        if self.is_attached:
            self.set_status()

    def show_notice(self, text: str, level: "NoticeLevel" = "info") -> None:
        """One sentence in the transcript; out of view, the status line says it too."""
        if not self.notices.show(text, level):
            self.show_brief_notice(text)

    def show_page(self, title: str, source: Callable[[], str]) -> None:
        """Show a page of the program's own in a panel.

        Args:
            title: Of the page.
            source: What it says now, as Markdown; asked again when figures change.
        """
        from tui.widgets.panel import Panel
        from tui.widgets.panel_text import PanelText

        self.open_panel(Panel(title, PanelText(source), keys="↑ ↓ scroll · ctrl+f find"))

    def open_panel(self, panel: "Panel") -> None:
        """Show a page in a panel, in place of the panel that is open; Escape closes it."""
        self.panel_area.open(panel)

    async def choose(
        self,
        title: str,
        options: "Sequence[Option]",
        current: str | None = None,
        preview: Callable[[str], None] | None = None,
    ) -> str | None:
        """Let the user choose one of `options`; None when they did not. Only in a worker.

        Args:
            title: What is chosen.
            options: What there is.
            current: Id of what is chosen now.
            preview: Called with the id of what the cursor is on.
        """
        from tui.widgets.select_dialog import SelectDialog

        return await self.app.push_screen_wait(
            SelectDialog(title, options, current=current, preview=preview)
        )

    async def ask_trust(self, question: "TrustQuestion") -> "TrustAnswer":
        """Ask whether a folder is trusted, and wait for the answer."""
        return await self.trust_dialog.ask(question)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show why work in the background failed; the program goes on."""
        if event.state is not WorkerState.ERROR or event.worker.error is None:
            return
        if not self.widgets_mounted.is_set():  # nowhere to say it, and nothing to go on with
            raise event.worker.error
        self.set_status(activity="")
        from tui.screens.notices import error_sentence

        self.show_notice(error_sentence(event.worker.error), "error")
        if event.worker.group == "session":
            self.switcher.finish(False)

    # Keys ------------------------------------------------------------------------

    def key_labels(self, command: str) -> Sequence[str]:
        """The keys that a command has, as people write them."""
        return self.host.keymap_in_use.labels(command)

    @property
    def _binding_chain(self) -> BindingChain:
        """Textual (8.2.8) asks for it with each key, and makes it from nothing each time."""
        return self._binding_chains.get(lambda: super(ChatScreen, self)._binding_chain)

    def _follow_draft(self) -> None:
        """The offer of a budget goes by what is being written, and a cold cache is told."""
        if self.controller is not None:
            self.controller.first_budget.show()
            if not self.composer.is_empty:
                self.controller.note_draft()

    def on_composer_empty_changed(self) -> None:
        """Show the hints for a draft, or for an empty composer."""
        self.refresh_hints()

    def on_descendant_focus(self) -> None:
        """Show the hints for the widget that has the focus now."""
        self.call_later(self.refresh_hints)
        if self.widgets_mounted.is_set():
            self.panel_area.close_brief()

    def on_key(self, event: events.Key) -> None:
        """Go back to the composer by Escape, from a panel that has not bound the key."""
        if (
            event.key == "escape"
            and self.keys.context == "app"
            and not self._is_key_bound(event.key)
        ):
            event.stop()
            self.composer.focus()

    def _is_key_bound(self, key: str) -> bool:
        """Whether the focused widget, or one around it, has a use for `key`."""
        active = active_binding(self, key)
        return active is not None and active.node not in (self, self.app)

    # Messages of the composer and the find bar ---------------------------------------

    @on(Composer.Submitted)
    def _submitted(self, message: Composer.Submitted) -> None:
        if self.widgets_mounted.is_set():
            self.transcript.follow()
            self.panel_area.close_if_over()
            self.host.handle_input(message.text, pasted=message.pasted)
        else:
            self.queue.add(escape_prompt(message.text) if message.pasted else message.text)

    @on(Composer.ShellRequested)
    def _shell_requested(self, message: Composer.ShellRequested) -> None:
        if self.widgets_mounted.is_set():
            self.transcript.follow()
        self.run_user_command(message.command)

    @on(Composer.PictureRequested)
    def _picture_requested(self) -> None:
        attach = self.draft_support.attach_picture()
        self.run_worker(attach, group="picture", exclusive=True, exit_on_error=False)

    @on(Composer.EditorRequested)
    def _editor_requested(self, message: Composer.EditorRequested) -> None:
        edit = self.draft_support.write_in_editor(message.text)
        self.run_worker(edit, group="editor", exclusive=True, exit_on_error=False)

    @property
    def searched(self) -> "Transcript":
        """The text that a search looks through: a page in a panel, else the transcript."""
        return self.panel_area.searched or self.transcript

    def on_find_bar_query_changed(self, message: "FindBar.QueryChanged") -> None:
        """Search the page of the panel, or the transcript, for other words."""
        self.searched.search.find(message.words)

    def on_find_bar_next_requested(self) -> None:
        """Go to the next match."""
        self.searched.search.find_next()

    def on_find_bar_closed(self) -> None:
        """End the search and go back to the panel that is open, or to the composer."""
        self.transcript.search.find("")
        if self.panel_area.panel is not None:
            self.searched.search.find("")
            self.panel_area.panel.focus()
        else:
            self.composer.focus()

    # Messages of the transcript --------------------------------------------------------

    def on_transcript_search_progress(self, message: "SearchProgress") -> None:
        """Show how many matches there are."""
        self.find_bar.show_count(message.at, message.count)

    def on_transcript_new_output(self) -> None:
        """Show in the status line that there is more below."""
        key = self.host.keymap_in_use.label("transcript.end")
        self.set_status(below=f"↓ new output · {key}" if key else "↓ new output")

    def on_transcript_at_end(self) -> None:
        """Take the remark about more text below out of the status line."""
        self.set_status(below="")

    def on_transcript_cursor_moved(self) -> None:
        """Show the hints for the block that the cursor is on now."""
        self.refresh_hints()

    def on_transcript_link_chosen(self, message: "LinkChosen") -> None:
        """Open the link in the user's browser."""
        self.app.open_url(message.href)

    # Messages of questions and panels --------------------------------------------------

    def on_permission_decided(self, message: "PermissionDecided") -> None:
        """The user answered a question."""
        if self.controller is not None:
            self.controller.answer_permission(
                message.tool_use, message.answer, message.reason, message.rule
            )

    def on_preview_requested(self, message: "PreviewRequested") -> None:
        """Show all that a permission question is about."""
        show = self._show_permission_page(message.asked)
        self.run_worker(show, group="ask", exit_on_error=False)

    async def _show_permission_page(self, asked: "PermissionAsked") -> None:
        from tui.reports.permission_page import permission_texts
        from tui.widgets.line_widget import flatten
        from tui.widgets.text_page import Section, TextPage

        file = await asyncio.to_thread(self._file_in_question, asked)
        texts = permission_texts(asked, file)
        sections = [Section(flatten(each.title, 300), each.text) for each in texts]
        self.app.push_screen(TextPage(flatten(asked.subject, 300), sections))

    def _file_in_question(self, asked: "PermissionAsked") -> str | None:
        """The file that a change is about, as it is now; None where it cannot be read."""
        if self.session is None or asked.name not in ("edit", "write"):
            return None
        try:
            return (self.session.folder / asked.subject).read_text(errors="replace")
        except OSError:
            return None

    def on_limit_advice_requested(self) -> None:
        """Open the advisor from the question about a limit."""
        self.host.run_command("budget.ask_advisor")

    async def on_limit_decided(self, message: "LimitDecided") -> None:
        """The user said how it goes on at a reached limit."""
        if self.controller is not None:
            await self.controller.answer_limit(message.answer, message.by, message.effort)

    def on_offer_decided(self, message: "OfferDecided") -> None:
        """The user took what was offered, or did not."""
        if self.controller is not None:
            self.controller.answer_offer(message.amount)

    def on_landing_view_action_chosen(self, message: "LandingView.ActionChosen") -> None:
        """Run the command that the landing block offers."""
        self.host.run_command(message.command)

    def on_trust_decided(self, message: "TrustDecided") -> None:
        """The user decided whether the folder is trusted."""
        self.trust_dialog.decide(message.answer)

    def on_files_requested(self, message: "FilesRequested") -> None:
        """Show the files that the folder brings, in full."""
        self.trust_dialog.show_files(message.asked)

    def on_marked_figures_figure_chosen(self, message: "MarkedFigures.FigureChosen") -> None:
        """Open the entries that a figure counts, or the agents."""
        if message.figure == "agents":
            self.host.run_command("agents.show")
        else:
            self.host.run_command("entries.show", message.figure)

    def on_checklist_panel_subtask_chosen(self, message: "ChecklistPanel.SubtaskChosen") -> None:
        """Open the entries that a subtask is charged with."""
        self.host.show_subtask(message.subtask)

    def on_checklist_panel_several_chosen(self, message: "ChecklistPanel.SeveralChosen") -> None:
        """Open the entries that the subtasks are charged with."""
        self.host.run_command("entries.show", "subtasks")

    def on_effort_selector_chosen(self, message: "EffortSelector.Chosen") -> None:
        """Change the effort as `/effort` does."""
        self.host.run_command("effort.choose", message.level)

    def on_effort_selector_proposed(self, _: "EffortSelector.Proposed") -> None:
        """Work out what the efforts would take; the selector shows it when it is there."""
        if self.controller is not None:
            self.controller.effort_forecast.start()
